"""The desk's accounts as the chat sees them: what is owned, statistics, results per period, the sheet of closed trades."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from engine.core.lifecycle import TradeState
from engine.core.margin import margin_equity_eth, spread_margin
from engine.core.model import Wealth
from engine.notices import MonthlyNotice, encode_notice
from engine.reporting.payoff import strikes_text
from engine.reporting.performance import FillSlip, PnlFrame, StatsFrame, pnl_view, stats_view
from engine.runtime.desk import Desk
from engine.runtime.equity_curve import totals
from engine.runtime.gather import Gathered, gather
from engine.runtime.monthly import build_monthly, month_of
from engine.runtime.positions import Look, look_at, margin_usage_frac
from engine.runtime.risk import HELD_STATES
from engine.runtime.views_of import closed_view, credit_eur, history_view, since_of
from engine.state.records import FillRecord, TradeRecord
from engine.state.repository import Transaction
from engine.views import AccountView, ClosedTradeView, PnlView, SheetRow, StatsView


class AccountsRoom:
    """What is owned and what was earned, looked up each time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def account(self) -> AccountView:
        desk = self._desk
        async with desk.cycle():
            trades = [trade for trade in await desk.store.read(lambda tx: tx.open_trades()) if trade.state in HELD_STATES]
            gathered = await gather(desk, with_chain=False)
            looks = tuple([await look_at(desk, trade) for trade in trades])
        return await desk.store.read(lambda tx: _account(tx, desk, looks, gathered))

    async def stats(self, period: str) -> StatsView:
        now = self._desk.now()
        trades, slips, credit = await self._desk.store.read(lambda tx: _results(tx, since_of(period, now)))
        frame = StatsFrame(env=self._desk.env, period=period, as_of=now)
        # Drawing the weeks again takes some ten milliseconds that no kill should wait for.
        return await asyncio.to_thread(stats_view, trades, slips, frame, credit_eur=credit)

    async def pnl(self, step: str) -> PnlView:
        now = self._desk.now()
        return await self._desk.store.read(lambda tx: _pnl(tx, step, now))

    async def monthly_json(self, month_on: date | None = None) -> str:
        desk = self._desk
        at = desk.now() if month_on is None else datetime(month_on.year, month_on.month, 1, tzinfo=UTC)
        async with desk.cycle():
            return encode_notice(MonthlyNotice(report=await build_monthly(desk, month_of(at))))[1]

    async def sheet(self, period: str, *, reason: str | None = None, outcome: str | None = None) -> tuple[SheetRow, ...]:
        now = self._desk.now()
        return await self._desk.store.read(lambda tx: _sheet(tx, history_view(tx, period=period, now=now, reason=reason, outcome=outcome).trades))


def _account(tx: Transaction, desk: Desk, looks: tuple[Look, ...], gathered: Gathered) -> AccountView:
    snapshot, rules = gathered.snapshot, desk.rules
    wealth, index, fx = snapshot.wealth, snapshot.index_usd, snapshot.fx_usd_per_eur
    realised_eur, unrealised_eur = totals(tx)
    owned = None if wealth is None else wealth.value
    in_eth_eur = None if owned is None else owned.wealth_eur * owned.eth_share_frac
    eth_eur = index.value / fx.value if index is not None and fx is not None else None
    equity_eth = None if owned is None else margin_equity_eth(owned)
    initial_eth, maintenance_eth = _margins(owned, looks, None if index is None else index.value)
    free_eth = None if equity_eth is None or initial_eth is None else equity_eth - initial_eth
    missing = {"portfolio": owned is None, "index": index is None, "fx": fx is None}
    return AccountView(
        stage=desk.stage.value,
        as_of=snapshot.taken_at,
        observed_at=None if wealth is None else wealth.observed_at,
        wealth_eur=None if owned is None else owned.wealth_eur,
        in_eth_eur=in_eth_eur,
        cash_eur=None if owned is None or in_eth_eur is None else owned.wealth_eur - in_eth_eur,
        eth=None if in_eth_eur is None or eth_eur is None else in_eth_eur / eth_eur,
        spot_usd=None if index is None else index.value,
        fx_usd_per_eur=None if fx is None else fx.value,
        margin_equity_eth=equity_eth,
        initial_margin_eth=initial_eth,
        maintenance_margin_eth=maintenance_eth,
        free_eth=free_eth,
        free_eur=None if free_eth is None or eth_eur is None else free_eth * eth_eur,
        margin_usage_frac=margin_usage_frac(looks, gathered, rules),
        margin_usage_close_frac=float(rules.exit.margin_usage_close_frac),
        realised_eur=realised_eur,
        unrealised_eur=unrealised_eur,
        open_trades=len(looks),
        engaged_eur=sum((trade.max_loss_eur for trade in tx.open_trades()), Decimal(0)),
        cap_total_eur=desk.caps.total_eur,
        missing=tuple(name for name, is_missing in missing.items() if is_missing),
    )


def _margins(owned: Wealth | None, looks: tuple[Look, ...], index_usd: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Initial and maintenance margin of the account and every open trade; None while the account is not known."""
    if owned is None:
        return None, None
    initial_eth, maintenance_eth = owned.initial_margin_eth, owned.maintenance_margin_eth
    for look in looks:
        margin = None if index_usd is None else spread_margin(look.spread, index_usd=index_usd)
        initial_eth += look.trade.initial_margin_eth if margin is None else margin.initial_eth * look.trade.quantity_eth
        maintenance_eth += look.trade.maintenance_margin_eth if margin is None else margin.maintenance_eth * look.trade.quantity_eth
    return initial_eth, maintenance_eth


def _results(tx: Transaction, since: datetime | None) -> tuple[tuple[ClosedTradeView, ...], tuple[FillSlip, ...], Decimal]:
    """The trades that ended since then, their fills against the mids, and what they were paid at entry."""
    trades, slips = [], []
    for record in tx.closed_trades(since):
        fills = tx.fills(record.trade_id)
        trades.append(closed_view(record, fills))
        slips += [FillSlip(slippage_frac=each.fill.slippage_frac, source=each.fill.source) for each in fills]
    return tuple(trades), tuple(slips), credit_eur(tx, trades)


def _pnl(tx: Transaction, step: str, now: datetime) -> PnlView:
    closed = [closed_view(record, tx.fills(record.trade_id)) for record in tx.closed_trades()]
    still_open = [trade for trade in tx.open_trades() if trade.state is TradeState.OPEN]
    return pnl_view(closed, PnlFrame(step=step, as_of=now, open_trades=len(still_open), unrealised_eur=totals(tx)[1]))


def _sheet(tx: Transaction, views: Sequence[ClosedTradeView]) -> tuple[SheetRow, ...]:
    found = ((tx.trade(view.trade_id), view) for view in views)
    return tuple(_sheet_row(record, view, tx.fills(view.trade_id)) for record, view in found if record is not None)


def _sheet_row(record: TradeRecord, view: ClosedTradeView, fills: tuple[FillRecord, ...]) -> SheetRow:
    closing = next((each.fill for each in reversed(fills) if each.fill.side == "close"), None)
    return SheetRow(
        trade=view,
        stage=record.stage,
        strikes=strikes_text(tuple(side.strikes for side in record.sides)),
        expiry_at=record.expiry_at,
        quantity_eth=record.quantity_eth,
        credit_coin=record.credit_coin,
        debit_coin=record.debit_coin,
        open_fee_coin=record.open_fee_coin,
        close_fee_coin=record.close_fee_coin,
        spot_open_usd=record.spot_open_usd,
        spot_close_usd=None if closing is None else closing.spot_usd,
        fx_open_usd_per_eur=record.fx_open_usd_per_eur,
        fx_close_usd_per_eur=None if closing is None else closing.fx_usd_per_eur,
        pnl_usd=record.pnl_usd,
        max_loss_eur=record.max_loss_eur,
        dvol_entry_pts=record.dvol_entry_pts,
        fill_sources=tuple(dict.fromkeys(each.fill.source for each in fills)),
    )
