"""The monthly report over a running engine: by its job, by the command's way, and for cards nobody entered."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from engine.notices import EntryCard, MonthlyNotice, decode_notice
from engine.runtime.monthly import send_monthly
from tests.engine.core.builders import EXPIRY_AT, NOW
from tests.fakes.scripted_market import ScriptedMarket
from tests.scenarios.house import at, house, open_trade


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
