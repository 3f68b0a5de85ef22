"""Each trigger that holds, in a running engine: just below, at and just above its limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from mcp.client.client import Client

from engine.clients.breaker import FAILURES_MAX, Breaker
from engine.clients.bundle import connect_clients
from engine.clients.mcp import McpConnection, in_memory
from engine.clients.roles import SIM
from engine.clock import monotonic_s
from engine.config import default_rules
from engine.core.margin import margin_equity_eth
from engine.core.model import Reading, VenueStatus
from engine.core.rules import StrategyRules
from engine.notices import AlertNotice, CardOutcome
from engine.runtime.watch_readings import read_all
from engine.servers.sim import build_sim_server
from engine.state.records import MarkRecord
from tests.engine.core.builders import NOW
from tests.engine.runtime.watching import LOOK, Watched, ended_trade, order, orders, watched
from tests.fakes.scripted_market import ScriptedMarket
from tests.scenarios.house import at
from tests.scenarios.test_settlement import EXAMPLE, book_open

RULES = default_rules()
YESTERDAY = NOW - timedelta(days=1)


def mark(trade_id: int, marked_at: datetime, unrealised_eur: str | None) -> MarkRecord:
    return MarkRecord(
        trade_id=trade_id,
        at=marked_at,
        mark_coin=None,
        natural_coin=None,
        spot_usd=None,
        dvol_pts=None,
        short_delta=None,
        unrealised_eur=None if unrealised_eur is None else Decimal(unrealised_eur),
    )


async def held(watch: Watched, code: str) -> str | None:
    """The reading behind the hold after one look, None when it does not stand."""
    status = await watch.look()
    return next((hold.detail for hold in status.holds if hold.code == code), None)


@pytest.mark.parametrize(("pnl_eur", "evidence"), [("-399.99", None), ("-400", "400 >= 400 eur"), ("-400.01", "400.01 >= 400 eur")])
async def test_the_loss_of_a_day_holds(tmp_path: Path, pnl_eur: str, evidence: str | None) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.run_until(NOW)
        await watch.book(lambda tx: ended_trade(tx, pnl_eur, at=NOW))

        assert await held(watch, "day-loss") == evidence
        is_held = evidence is not None
        assert watch.engine.outcomes() == ["refused"] * is_held
        for outcome in watch.engine.notices(CardOutcome):
            assert [(check.code, check.observed) for check in outcome.outcome.reasons] == [("hold_off", "day-loss")]
        await watch.look()
        told = [(alert.code, alert.level, alert.facts, alert.detail) for alert in watch.engine.notices(AlertNotice)]
        assert told == [("hold", "critical", {"hold": "day-loss", "minutes": "5"}, evidence)] * is_held
        assert await watch.engine.audited("hold.set") == is_held


async def test_the_loss_of_a_day_counts_open_trades_at_their_mark_and_nothing_of_yesterday(tmp_path: Path) -> None:
    """Yesterday -300 realised and +100 open; today the open one stands at -300: 400 lost since midnight."""
    midnight = NOW.replace(hour=0)
    async with watched(tmp_path) as watch:

        def work(tx) -> None:
            ended_trade(tx, "-300", at=midnight - timedelta(hours=2))
            trade_id = book_open(tx, EXAMPLE)
            tx._sql("UPDATE trades SET opened_at = '2026-03-01T00:00:00.000000+00:00'")
            for marked_at, unrealised in ((midnight - timedelta(hours=1), "100"), (NOW - timedelta(hours=2), "-300"), (NOW - timedelta(hours=1), None)):
                tx.add_mark(mark(trade_id, marked_at, unrealised))

        await watch.book(work)

        assert await held(watch, "day-loss") == "400 >= 400 eur"


@pytest.mark.parametrize(("pnl_eur", "evidence"), [("-799.99", None), ("-800", "800 >= 800 eur"), ("-800.01", "800.01 >= 800 eur")])
async def test_a_drawdown_holds(tmp_path: Path, pnl_eur: str, evidence: str | None) -> None:
    async with watched(tmp_path) as watch:
        await watch.book(lambda tx: ended_trade(tx, pnl_eur, at=YESTERDAY))

        assert await held(watch, "drawdown") == evidence


async def test_a_drawdown_is_measured_from_the_highest_point_of_the_curve(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await watch.book(lambda tx: ended_trade(tx, "300", at=YESTERDAY - timedelta(days=3)))
        await watch.engine.run_until(NOW + timedelta(hours=5))
        await watch.book(lambda tx: ended_trade(tx, "-499", at=YESTERDAY))
        assert await held(watch, "drawdown") is None
        await watch.book(lambda tx: ended_trade(tx, "-301", at=YESTERDAY))

        assert await held(watch, "drawdown") == "800 >= 800 eur"


@pytest.mark.parametrize(("share", "evidence"), [("0.799", None), ("0.8", "0.8 >= 0.8 frac"), ("0.801", "0.801 >= 0.8 frac")])
async def test_margin_in_use_holds(tmp_path: Path, share: str, evidence: str | None) -> None:
    async with watched(tmp_path) as watch:
        portfolio = watch.engine.desk.clients.portfolio
        assert portfolio is not None
        wealth = await portfolio.get_portfolio()
        tied_up = margin_equity_eth(wealth.value) * Decimal(share)
        await watch.book(lambda tx: book_open(tx, replace(EXAMPLE, maintenance_margin_eth=tied_up)))

        assert await held(watch, "margin-usage") == evidence


@pytest.mark.parametrize(("age_s", "evidence"), [(29, None), (30, None), (31, "31 > 30 s")])
async def test_an_order_whose_end_is_not_known_holds(tmp_path: Path, age_s: int, evidence: str | None) -> None:
    async with watched(tmp_path) as watch:
        await orders(watch, 1)
        await order(watch, 7, "intended", placed_at=watch.clock.now() + LOOK - timedelta(seconds=age_s))

        assert await held(watch, "unknown-order") == evidence
        assert not (await watch.engine.door.status()).is_killed


@pytest.mark.parametrize(("skew_s", "evidence"), [(1.9, None), (2.0, None), (2.1, "2.1 > 2 s"), (-2.0, None), (-2.1, "2.1 > 2 s")])
async def test_a_clock_that_is_not_the_exchanges_holds(tmp_path: Path, skew_s: float, evidence: str | None) -> None:
    async with watched(tmp_path) as watch:
        server = build_sim_server(ScriptedMarket(), lambda: watch.clock.now() + timedelta(seconds=skew_s), RULES.paper_account)
        clients = connect_clients({SIM: McpConnection(SIM, in_memory(server))})
        watch.reconnect(clients)

        assert await held(watch, "clock-skew") == evidence
        await clients.aclose()


async def test_a_slow_answer_is_no_skew(tmp_path: Path) -> None:
    """The exchange told its time at some instant between the question and the answer."""
    async with watched(tmp_path) as watch:
        asked = 0

        def told() -> datetime:
            nonlocal asked
            asked += 1
            watch.clock.advance_to(watch.clock.now() + timedelta(seconds=6))
            return watch.clock.now() - timedelta(seconds=3)

        clients = connect_clients({SIM: McpConnection(SIM, in_memory(build_sim_server(ScriptedMarket(), told, RULES.paper_account)))})
        watch.reconnect(clients)
        readings = await read_all(watch.engine.desk)

        assert (asked > 0, readings.clock_skew_s) == (True, 0.0)
        await clients.aclose()


@pytest.mark.parametrize(("silent_s", "evidence"), [(299, None), (300, None), (301, "301 > 300 s")])
@pytest.mark.parametrize("was_heard", [True, False], ids=["heard once", "never heard"])
async def test_a_silent_telegram_holds(tmp_path: Path, silent_s: int, evidence: str | None, was_heard: bool) -> None:
    async with watched(tmp_path) as watch:
        watch.engine.door.begin_polling()
        if was_heard:
            watch.clock.advance_to(watch.clock.now() + timedelta(hours=1))
            await watch.engine.door.note_poll()
        watch.clock.advance_to(watch.clock.now() + timedelta(seconds=silent_s) - LOOK)

        assert await held(watch, "telegram-silent") == evidence


async def test_where_the_chat_is_not_telegram_nothing_is_silent(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        assert await watch.held(after=timedelta(hours=3)) == []


def refused() -> Client:
    raise ConnectionError("nobody listens")


def tripped(open_for_s: float, *, failed_s_ago: float = 0.0) -> Breaker:
    now_s = monotonic_s()
    return Breaker(failures=FAILURES_MAX, failed_at_s=now_s - failed_s_ago, failing_since_s=now_s - 9000, tripped_at_s=now_s - open_for_s)


@pytest.mark.parametrize(("open_for_s", "is_held"), [(59.0, False), (61.0, True)])
async def test_a_server_that_does_not_answer_holds_and_measures_nothing_else(tmp_path: Path, open_for_s: float, is_held: bool) -> None:
    async with watched(tmp_path) as watch:
        clients = connect_clients({SIM: McpConnection(SIM, refused, breaker=tripped(open_for_s))})
        watch.reconnect(clients)
        readings = await read_all(watch.engine.desk)

        assert await watch.held() == ["breaker-open"] * is_held
        assert (readings.clock_skew_s, readings.is_venue_locked, readings.margin_usage_frac) == (None, None, None)
        await clients.aclose()


class Suspicious:
    """Remembers other tools than the server has."""

    def agrees(self, server: str, digest: str) -> bool:
        return (server, digest) == ("", "")


async def test_a_server_whose_tools_changed_holds_and_is_named(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        connection = McpConnection(SIM, in_memory(build_sim_server(ScriptedMarket(), watch.clock.now, RULES.paper_account)))
        connection.pin(Suspicious())
        watch.reconnect(connect_clients({SIM: connection}))

        assert await held(watch, "tools-changed") == SIM
        await connection.aclose()


@pytest.mark.parametrize("role", ["memory", "brain_bridge", "telegram"])
async def test_a_server_no_decision_reads_holds_nothing(tmp_path: Path, role: str) -> None:
    async with watched(tmp_path) as watch:
        server = in_memory(build_sim_server(ScriptedMarket(), watch.clock.now, RULES.paper_account))
        clients = connect_clients({SIM: McpConnection(SIM, server), role: McpConnection(role, refused, breaker=tripped(900.0))})
        watch.reconnect(clients)

        assert await watch.held() == []
        await clients.aclose()


@pytest.mark.parametrize("role", ["hyperliquid", "macro", "sentiment", "deribit", "portfolio"])
async def test_a_server_that_answers_again_is_found_by_the_look_itself(tmp_path: Path, role: str) -> None:
    """Nobody else may ask it for hours."""
    async with watched(tmp_path) as watch:
        server = build_sim_server(ScriptedMarket(), watch.clock.now, RULES.paper_account)
        back = McpConnection(role, in_memory(server), breaker=tripped(3600.0, failed_s_ago=10.0))
        clients = connect_clients({SIM: McpConnection(SIM, in_memory(server)), role: back})
        watch.reconnect(clients)

        assert back.state.state == "open"
        assert (await watch.held(), back.state.state) == ([], "up")
        await clients.aclose()


def with_disk_free_min(megabytes: int) -> StrategyRules:
    hold = replace(RULES.triggers.hold, disk_free_min_mb=megabytes)
    return replace(RULES, triggers=replace(RULES.triggers, hold=hold))


@pytest.mark.parametrize(("at_least_mb", "is_held"), [(1, False), (10**12, True)])
async def test_a_full_disk_holds(tmp_path: Path, at_least_mb: int, is_held: bool) -> None:
    async with watched(tmp_path, rules=with_disk_free_min(at_least_mb)) as watch:
        assert await watch.held() == ["disk-free"] * is_held


@pytest.mark.parametrize(("hours", "evidence"), [(25.9, None), (26.0, None), (26.1, "26.1 > 26 h")])
async def test_an_old_backup_holds(tmp_path: Path, hours: float, evidence: str | None) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.run_job("backup")
        watch.clock.advance_to(watch.clock.now() + timedelta(hours=hours) - LOOK)

        assert await held(watch, "backup-age") == evidence


async def test_where_no_backup_ever_succeeds_its_age_counts_from_the_first_one_that_was_due(tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("no folder\n")
    async with watched(tmp_path) as watch:
        await watch.engine.run_job("backup")
        assert "backup-failed" in watch.engine.alerts()
        assert await watch.held(after=timedelta(hours=26)) == []
        assert await watch.held() == ["backup-age"]


async def test_a_home_that_was_off_for_days_waits_for_the_backup_of_this_run(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.run_job("backup")

    async with watched(tmp_path, start_at=NOW + timedelta(days=4)) as watch:
        before = await watch.held()
        await watch.engine.run_job("backup")

        assert (before, await watch.held()) == ([], [])


@pytest.mark.parametrize(("late_s", "evidence"), [(1.9, None), (2.0, None), (2.1, "2.1 > 2 s")])
async def test_a_loop_that_hung_holds(tmp_path: Path, late_s: float, evidence: str | None) -> None:
    async with watched(tmp_path) as watch:
        for each in (0.01, late_s, 0.02):
            watch.engine.desk.pulse.lag.note(each)

        assert await held(watch, "loop-lag") == evidence


class Announced(ScriptedMarket):
    """The exchange has told when it stops."""

    def venue_status(self, t: datetime) -> Reading[VenueStatus]:
        return Reading(value=VenueStatus(is_locked=False, maintenance_at=at("03-02 15:00")), observed_at=t)


@pytest.mark.parametrize(
    ("market", "minute", "is_held"),
    [
        (ScriptedMarket(), "14:50", False),
        (ScriptedMarket(is_locked=True), "14:50", True),
        (Announced(), "14:44", False),
        (Announced(), "14:45", True),
        (Announced(), "15:15", True),
        (Announced(), "15:16", False),
    ],
    ids=["open", "locked", "before", "near", "just after", "over"],
)
async def test_an_exchange_that_is_locked_or_about_to_stop_holds(tmp_path: Path, market: ScriptedMarket, minute: str, is_held: bool) -> None:
    async with watched(tmp_path, market=market, start_at=at(f"03-02 {minute}") - LOOK) as watch:
        assert await watch.held() == ["venue-locked"] * is_held


async def test_what_this_version_cannot_measure_is_not_measured(tmp_path: Path) -> None:
    """Legs are filled together, so no short stands without its hedge; before the first backup and the first sample there is nothing to tell."""
    async with watched(tmp_path) as watch:
        readings = await read_all(watch.engine.desk)

        assert (readings.uncovered_short_s, readings.backup_age_h, readings.loop_lag_s) == (None, None, None)
        assert (readings.order_actions, readings.rejects_in_row, readings.strangers, readings.unknown_order_s) == (0, 0, 0, 0.0)
