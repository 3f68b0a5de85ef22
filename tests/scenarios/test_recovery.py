"""kill -9 in the middle of a decision, and what the next start makes of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.core.lifecycle import TradeState
from engine.notices import AlertNotice, CardOutcome, EntryCard
from engine.state.repository import Store
from tests.conftest import ROOT
from tests.engine.core.builders import NOW
from tests.scenarios.child import BLOCKED
from tests.scenarios.house import CHEAP, at, house, open_trade, unguarded


def killed_at(step: str, home: Path) -> None:
    """An engine of this home reached `step` and was killed there."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.scenarios.child", step, str(home)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )
    assert child.stdout is not None
    told = []
    for line in child.stdout:
        told.append(line)
        if BLOCKED in line:
            break
    child.send_signal(signal.SIGKILL)
    child.wait()

    assert BLOCKED in told[-1], "".join(told)


async def test_killed_between_approval_and_fill_nothing_was_placed_and_the_operator_is_told(tmp_path: Path) -> None:
    killed_at("open-fill", tmp_path)

    async with house(tmp_path, start_at=NOW + timedelta(minutes=1)) as engine:
        await engine.deliver()

        (trade,) = await engine.trades()
        (order,) = await engine.orders()
        assert (trade.state, order.state, await engine.states()) == (TradeState.NOT_OPENED, "not_placed", ["not_placed"])
        assert engine.outcomes() == ["not_placed"]
        assert engine.start_ups()[-1].recovered_orders == 1
        await engine.run_job("reconcile")
        assert not (await engine.door.status()).is_killed
        assert await engine.is_audit_whole()

        await engine.run_until(at("03-03 14:00"))
        await engine.tap("approve", engine.card())
        assert [trade.state for trade in await engine.trades()] == [TradeState.NOT_OPENED, TradeState.OPEN]


async def test_killed_between_tap_and_approval_the_card_asks_again_with_new_buttons(tmp_path: Path) -> None:
    killed_at("open-approval", tmp_path)

    async with house(tmp_path, start_at=NOW + timedelta(minutes=1)) as engine:
        await engine.deliver()

        card = engine.card()
        assert isinstance(card.notice, EntryCard)
        assert (card.notice.revision, await engine.states(), await engine.trades()) == (2, ["pending"], [])
        (alert,) = engine.notices(AlertNotice)
        assert (alert.code, alert.detail) == ("approval-failed", "engine_stopped")
        await engine.tap("approve", card)
        await engine.tap("approve", card)
        assert len(await engine.trades()) == len(await engine.orders()) == 1
        assert await engine.is_audit_whole()


async def test_killed_between_tap_and_approval_and_under_kill_at_the_next_start_the_card_is_settled(tmp_path: Path) -> None:
    killed_at("open-approval", tmp_path)
    (tmp_path / "KILL").write_text('{"reason": "from the shell", "source": "shell", "at": ""}')

    async with house(tmp_path, start_at=NOW + timedelta(minutes=1)) as engine:
        await engine.deliver()

        assert (await engine.states(), engine.outcomes()) == (["refused"], ["killed"])
        assert engine.start_ups()[-1].is_killed


@pytest.mark.parametrize("step", ["close-approval", "close-fill"])
async def test_killed_while_closing_the_trade_is_open_and_is_closed_once(tmp_path: Path, step: str) -> None:
    killed_at(step, tmp_path)

    async with house(tmp_path, start_at=at("03-02 19:01")) as engine:
        engine.market.books = CHEAP
        await engine.deliver()
        assert (await engine.trades())[0].state is TradeState.OPEN
        (asked,) = await engine.pending()
        assert (asked.urgency, asked.expires_at) == ("soft", at("03-03 01:01" if step == "close-fill" else "03-03 01:00"))

        await engine.tap("approve", engine.card())

        (trade,) = await engine.trades()
        closing = [order.state for order in await engine.orders() if order.side == "close"]
        assert (trade.state, closing.count("filled")) == (TradeState.CLOSED, 1)
        assert await engine.is_audit_whole()


async def test_after_a_day_off_an_overdue_card_has_lapsed_and_the_late_run_is_made_once(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        await engine.run_until(at("03-03 14:00"))
        await engine.run_job("heartbeat")

    async with house(tmp_path, start_at=at("03-04 14:40")) as engine:
        await engine.deliver()

        runs = await engine.desk.store.read(lambda tx: tx.runs(at("03-03 14:01")))
        by_job = {name: [(run.outcome, run.due_at) for run in runs if run.job == name] for name in ("monitor", "open", "hourly_guard", "digest")}
        assert by_job["monitor"] == [("missed", at("03-03 19:00")), ("ok", at("03-04 07:00"))]
        assert by_job["open"] == [("ok", at("03-04 14:00"))]
        assert [outcome for outcome, _ in by_job["hourly_guard"]].count("ok") == 1
        assert by_job["digest"] == [("missed", at("03-04 07:30"))]
        notice = engine.start_ups()[-1]
        assert (notice.expired_cards, notice.down_s) == (1, timedelta(hours=24, minutes=40).total_seconds())
        assert {"monitor", "hourly_guard", "digest"} <= set(notice.missed_jobs)
        assert await engine.states() == ["executed", "expired", "pending"]


async def test_a_start_too_late_for_the_open_records_it_as_missed_and_opens_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await engine.run_job("heartbeat")

    async with house(tmp_path, start_at=at("03-02 15:30"), rules=unguarded()) as engine:
        assert "open" in engine.missed
        assert await engine.proposals() == ()


async def test_a_hard_exit_overdue_at_start_runs_as_written_at_the_next_minute(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.dvol = 75.0
        await engine.run_until(at("03-02 19:00"))
        await engine.run_job("heartbeat")

    async with house(tmp_path, start_at=at("03-02 20:00"), rules=unguarded()) as engine:
        assert len(await engine.pending()) == 1
        await engine.run_until(at("03-02 20:01"))

        assert (await engine.trades())[0].state is TradeState.CLOSED


async def test_a_card_that_waited_when_the_kill_file_was_laid_is_settled_at_the_next_start(tmp_path: Path) -> None:
    """The dead-man lays the file when the engine is gone: the start that finds it leaves no entry waiting for a tap."""
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
    (tmp_path / "KILL").write_text('{"reason": "no heartbeat", "source": "dead-man", "at": ""}')

    async with house(tmp_path, start_at=NOW + timedelta(minutes=1)) as engine:
        await engine.deliver()

        assert (await engine.states(), engine.outcomes()) == (["refused"], ["killed"])


async def test_an_answered_entry_that_is_given_back_on_hold_does_not_wait_again(tmp_path: Path) -> None:
    """Killed between tap and approval and paused since: nobody is asked for an entry while entries are held."""
    killed_at("open-approval", tmp_path)
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=SystemClock(), boot="test")
    store.write_sync(lambda tx: tx.add_hold("operator", "lunch", NOW))
    store.close()

    async with house(tmp_path, start_at=NOW + timedelta(minutes=1)) as engine:
        await engine.deliver()

        assert (await engine.states(), engine.outcomes()) == (["refused"], ["refused"])
        (outcome,) = engine.notices(CardOutcome)
        assert [check.observed for check in outcome.outcome.reasons] == ["operator"]
