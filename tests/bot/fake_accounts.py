"""The accounts of an engine at the api door, made by the real reports from written-down trades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.config import default_rules
from engine.core.model import Stage, Strategy
from engine.notices import MonthlyNotice, encode_notice
from engine.reporting.gates import StageRecord, gate_table
from engine.reporting.monthly_report import KellyLine, MonthlyLedger, MonthTrade, NotEntered, build
from engine.reporting.performance import FillSlip, PnlFrame, StatsFrame, pnl_view, stats_view
from engine.views import AccountView, ClosedTradeView, PnlView, SheetRow, StatsView
from tests.bot.fake_views import ENV, EXPIRY, HISTORY, NOW

TRADES: tuple[ClosedTradeView, ...] = tuple(reversed(HISTORY.trades))
RECORD = StageRecord(
    days=64.2,
    trades=TRADES,
    monitor_success_frac=0.995,
    z=-0.43,
    slippage_median_frac=None,
    unreconciled=0,
    open_incidents=0,
    hard_exits_s=(),
    restore_drills=2,
    failure_drills=3,
)
NO_RECORD = replace(RECORD, days=None, trades=(), monitor_success_frac=None, z=None, restore_drills=0, failure_drills=0)
SLIPS = tuple(FillSlip(slippage_frac=Decimal(number) / 400, source="modelled") for number in range(8))


ACCOUNT = AccountView(
    stage="paper",
    as_of=NOW,
    observed_at=NOW - timedelta(seconds=40),
    wealth_eur=Decimal("20418.22"),
    in_eth_eur=Decimal("4210.55"),
    cash_eur=Decimal("16207.67"),
    eth=Decimal("1.3906"),
    spot_usd=Decimal("3512.40"),
    fx_usd_per_eur=Decimal("1.16"),
    margin_equity_eth=Decimal("1.9866"),
    initial_margin_eth=Decimal("0.2461"),
    maintenance_margin_eth=Decimal("0.1602"),
    free_eth=Decimal("1.7405"),
    free_eur=Decimal("5270.11"),
    margin_usage_frac=0.0806,
    margin_usage_close_frac=0.7,
    realised_eur=Decimal("31.20"),
    unrealised_eur=Decimal("14.42"),
    open_trades=2,
    engaged_eur=Decimal("344.83"),
    cap_total_eur=Decimal(500),
    missing=(),
)
NOT_KNOWN = ("observed_at", "wealth_eur", "in_eth_eur", "cash_eur", "eth", "spot_usd", "margin_equity_eth", "initial_margin_eth", "maintenance_margin_eth")
ABSENT: dict[str, Any] = dict.fromkeys((*NOT_KNOWN, "free_eth", "free_eur", "margin_usage_frac", "fx_usd_per_eur"))
ACCOUNT_BLIND = replace(ACCOUNT, **ABSENT, missing=("portfolio", "index", "fx"))


def sheet_row(trade: ClosedTradeView, *, is_settled: bool = False) -> SheetRow:
    return SheetRow(
        trade=trade,
        stage="paper",
        strikes="3200/3000" if trade.strategy is Strategy.BULL_PUT else "4200/4400",
        expiry_at=EXPIRY,
        quantity_eth=Decimal(1),
        credit_coin=Decimal("0.0125"),
        debit_coin=Decimal("0.0074"),
        open_fee_coin=Decimal("0.0003"),
        close_fee_coin=Decimal("0.0003"),
        spot_open_usd=Decimal("3512.40"),
        spot_close_usd=None if is_settled else Decimal("3498.10"),
        fx_open_usd_per_eur=Decimal("1.16"),
        fx_close_usd_per_eur=None if is_settled else Decimal("1.158"),
        pnl_usd=Decimal("17.76"),
        max_loss_eur=Decimal(172),
        dvol_entry_pts=61.5,
        fill_sources=("modelled",),
    )


def _monthly(trades: tuple[ClosedTradeView, ...], **changes: Any) -> MonthlyNotice:
    ledger = MonthlyLedger(
        env=ENV,
        stage="paper",
        month_at=datetime(2026, 10, 1, tzinfo=UTC),
        as_of=NOW,
        is_running=False,
        credit_eur=Decimal(len(trades) * 36),
        max_drawdown_eur=Decimal("-52.18"),
        open_trades=2,
        unrealised_eur=Decimal("14.42"),
        not_entered=NotEntered(rejected=3, expired=1, settled=2, would_have_eur=Decimal("-21.75")),
        kelly=(KellyLine(strategy=Strategy.BULL_PUT, state="uncertain", f_used_frac=0.0275),),
        gates=gate_table(Stage.PAPER, RECORD, default_rules().gates),
        z=RECORD.z,
        incidents=(("hold.set", 2), ("job.failed", 1)),
        monitor_ok=61,
        monitor_expected=62,
        fingerprint="c0ffee12" * 8,
        months=(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)),
        audit_head="142·7f3a90c2" + "5e" * 28,
    )
    month = [MonthTrade(trade=trade, credit_eur=Decimal(36), slips=SLIPS[:2]) for trade in trades]
    return MonthlyNotice(report=build(month, TRADES if trades else (), replace(ledger, **changes)))


MONTHLY = _monthly(TRADES[:11])
MONTHLY_EMPTY = _monthly(
    (),
    is_running=True,
    open_trades=0,
    max_drawdown_eur=Decimal(0),
    unrealised_eur=Decimal(0),
    not_entered=NotEntered(rejected=0, expired=0, settled=0, would_have_eur=Decimal(0)),
    kelly=(),
    gates=gate_table(Stage.PAPER, NO_RECORD, default_rules().gates),
    z=None,
    incidents=(),
    months=(),
)


class FakeAccounts:
    """Answers as the real reports make them of `TRADES`; `trades` and `open_trades` may be set."""

    def __init__(self, note: Callable[[str, object], None]) -> None:
        self._note = note
        self.trades = TRADES
        self.slips = SLIPS
        self.open_trades = 2
        self.account_view = ACCOUNT
        self.monthly = MONTHLY

    async def account(self) -> AccountView:
        self._note("account", None)
        return self.account_view

    async def stats(self, period: str) -> StatsView:
        self._note("stats", period)
        return stats_view(self.trades, self.slips, StatsFrame(env=ENV, period=period, as_of=NOW), credit_eur=Decimal(len(self.trades) * 36))

    async def pnl(self, step: str) -> PnlView:
        self._note("pnl", step)
        unrealised = Decimal("14.42") if self.open_trades else Decimal(0)
        return pnl_view(self.trades, PnlFrame(step=step, as_of=NOW, open_trades=self.open_trades, unrealised_eur=unrealised))

    async def monthly_json(self, month_on: date | None = None) -> str:
        self._note("monthly_json", month_on)
        return encode_notice(self.monthly)[1]

    async def sheet(self, period: str, *, reason: str | None = None, outcome: str | None = None) -> tuple[SheetRow, ...]:
        self._note("sheet", (period, reason, outcome))
        return tuple(sheet_row(trade, is_settled=trade.trade_id == 1) for trade in self.trades[2::-1])


def many_days(count: int) -> tuple[ClosedTradeView, ...]:
    """A trade a day, for more days than a table lists."""
    return tuple(replace(TRADES[number % len(TRADES)], trade_id=number + 1, closed_at=NOW - timedelta(days=count - number)) for number in range(count))
