"""The monthly report over a running engine: by its job, by the command's way, and for cards nobody entered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from engine.clients.brain_bridge import BrainBridgeClient
from engine.clients.bundle import connect_clients
from engine.clients.mcp import McpConnection, in_memory
from engine.clients.ping import ServerHealth, ping_all
from engine.core.model import Stage
from engine.errors import ActionRefused
from engine.notices import EntryCard, MonthlyNotice, decode_notice
from engine.reporting.monthly_report import MonthlyReport, ReportNote
from engine.runtime.desk import Desk
from engine.runtime.monthly import send_monthly
from engine.runtime.stage_record import keep_z, kept_z
from engine.servers.brain_bridge import Vault, build_brain_bridge_server
from tests.engine.core.builders import EXPIRY_AT, NOW
from tests.fakes.scripted_market import ScriptedMarket
from tests.scenarios.house import House, at, house, open_trade


async def test_the_month_holds_the_trades_that_ended_in_it(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.dvol = 75.0
        await engine.run_until(at("03-02 19:00"))
        (trade,) = (await engine.door.history("all")).trades

        notice = decode_notice("monthly", await engine.door.accounts.monthly_json())
        other = decode_notice("monthly", await engine.door.accounts.monthly_json(date(2026, 2, 1)))

        assert isinstance(notice, MonthlyNotice)
        assert isinstance(other, MonthlyNotice)
        assert (notice.report.stats.closed, notice.report.stats.net_eur, notice.report.ledger.is_running) == (1, trade.pnl_eur, True)
        assert notice.report.average_loss_credits is not None
        assert notice.report.slippage.modelled == 2
        assert [row.code for row in notice.report.ledger.gates][:2] == ["days", "closed_trades"]
        assert (other.report.stats.closed, other.report.stats_all.closed, other.report.ledger.months) == (0, 1, (at("03-01 00:00"),))


async def test_a_rejected_card_is_told_with_what_it_would_have_made_once_it_settled(tmp_path: Path) -> None:
    market = ScriptedMarket(deliveries={EXPIRY_AT: Decimal(2000)})
    async with house(tmp_path, market=market) as engine:
        await engine.run_until(NOW)
        card = engine.card()
        assert isinstance(card.notice, EntryCard)
        await engine.tap("reject", card)
        before = decode_notice("monthly", await engine.door.accounts.monthly_json())
        engine.clock.advance_to(EXPIRY_AT + timedelta(hours=1))

        after = decode_notice("monthly", await engine.door.accounts.monthly_json())

        assert isinstance(before, MonthlyNotice)
        assert isinstance(after, MonthlyNotice)
        assert (before.report.ledger.not_entered.rejected, before.report.ledger.not_entered.settled) == (1, 0)
        money, size = card.notice.report.money, card.notice.report.quantity_eth
        kept = (money.credit_mid_coin - money.open_fee_coin) * size * 2000 / Decimal("1.16")
        assert (after.report.ledger.not_entered.settled, after.report.ledger.not_entered.would_have_eur) == (1, kept)


async def test_the_report_of_the_ended_month_is_sent_once(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.clock.advance_to(at("04-01 08:00"))
        await send_monthly(engine.desk)
        await send_monthly(engine.desk)

        await engine.deliver()

        (sent,) = engine.notices(MonthlyNotice)
        assert sent.report.ledger.month_at == at("03-01 00:00")


async def measured(desk: Desk) -> float | None:
    return -0.42


async def unmeasurable(desk: Desk) -> float | None:
    raise ActionRefused("montecarlo-cannot", detail="no market")


def noted(report: MonthlyReport) -> ReportNote:
    return ReportNote(title="Month", markdown="# Month\n")


async def last_report(engine: House) -> MonthlyReport:
    await engine.deliver()
    notice = engine.notices(MonthlyNotice)[-1]
    assert isinstance(notice, MonthlyNotice)
    return notice.report


async def test_the_report_shows_the_rows_of_stage_with_z_and_the_drills(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.desk.store.write(lambda tx: tx.audit(actor="test", type="drill.restore", ref="drill", body={"ok": True}))
        engine.clock.advance_to(at("04-01 08:00"))
        await send_monthly(replace(engine.desk, measure_z=measured))
        report, view = await last_report(engine), await engine.door.stages.view()

    rows = {gate.code: gate.measured for gate in view.gates}
    assert report.ledger.gates == view.gates
    assert (report.ledger.z, rows["z_abs"], rows["restore_drills"], rows["failure_drills"]) == (-0.42, 0.42, 1, 0)


async def test_a_report_without_a_market_to_compare_with_comes_without_z(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.clock.advance_to(at("04-01 08:00"))
        await send_monthly(replace(engine.desk, measure_z=unmeasurable))

        assert (await last_report(engine)).ledger.z is None


async def test_z_counts_until_another_trade_closes(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        await engine.desk.store.write(lambda tx: keep_z(tx, Stage.PAPER, 1.5))
        before = await engine.desk.store.read(lambda tx: (kept_z(tx, Stage.PAPER), kept_z(tx, Stage.SOFT)))
        engine.market.dvol = 75.0
        await engine.run_until(at("03-02 19:00"))

        assert before == (1.5, None)
        assert await engine.desk.store.read(lambda tx: kept_z(tx, Stage.PAPER)) is None


async def test_the_report_is_published_with_the_notes(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, notes(tmp_path / "vault") as vault:
        desk = replace(engine.desk, clients=replace(engine.desk.clients, brain_bridge=vault), write_note=noted)
        engine.clock.advance_to(at("04-01 08:00"))
        await send_monthly(desk)
        await desk.settled()

        assert await vault.list_reports() == ("2026-04-01-month.md",)
        assert desk.pulse.unpublished is None
    assert '"cerbero", "report/monthly", "paper"' in (tmp_path / "vault" / "2026-04-01-month.md").read_text(encoding="utf-8")


async def test_notes_that_cannot_be_written_hold_no_report_up_and_are_told_on_ping(tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("a file where the folder should be", encoding="utf-8")
    async with house(tmp_path) as engine, notes(tmp_path / "vault") as vault:
        desk = replace(engine.desk, clients=replace(engine.desk.clients, brain_bridge=vault), write_note=noted)
        engine.clock.advance_to(at("04-01 08:00"))
        await send_monthly(desk)
        await desk.settled()

        assert (await last_report(engine)).ledger.month_at == at("03-01 00:00")
        assert desk.pulse.unpublished is not None
        assert "Month: " in desk.pulse.unpublished
        assert "cannot be written" in desk.pulse.unpublished


async def test_a_server_that_answers_and_still_owes_is_failing(tmp_path: Path) -> None:
    connection = McpConnection("brain_bridge", in_memory(build_brain_bridge_server(Vault(tmp_path, lambda: NOW))))
    clients = connect_clients({"brain_bridge": connection})
    try:
        (sound,), (owing,) = await ping_all(clients), await ping_all(clients, owed={"brain_bridge": "Month: full"})
    finally:
        await clients.aclose()

    assert (sound.health, owing.health, owing.problem) == (ServerHealth.UP, ServerHealth.FAILING, "Month: full")


@asynccontextmanager
async def notes(folder: Path) -> AsyncIterator[BrainBridgeClient]:
    """A notes server over the folder, on the first of April."""
    connection = McpConnection("brain_bridge", in_memory(build_brain_bridge_server(Vault(folder, lambda: at("04-01 08:00")))))
    try:
        yield BrainBridgeClient(connection)
    finally:
        await connection.aclose()
