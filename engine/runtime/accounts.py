"""The desk's accounts as the chat sees them, read from the store: statistics, results per period, the sheet of closed trades."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from engine.core.lifecycle import TradeState
from engine.reporting.payoff import strikes_text
from engine.reporting.performance import FillSlip, PnlFrame, StatsFrame, pnl_view, stats_view
from engine.runtime.desk import Desk
from engine.runtime.views_of import closed_view, credit_eur, history_view, since_of
from engine.state.records import FillRecord, TradeRecord
from engine.state.repository import Transaction
from engine.views import ClosedTradeView, PnlView, SheetRow, StatsView


class AccountsRoom:
    """What was earned, asked of the store each time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def stats(self, period: str) -> StatsView:
        now = self._desk.now()
        trades, slips, credit = await self._desk.store.read(lambda tx: _results(tx, since_of(period, now)))
        frame = StatsFrame(env=self._desk.env, period=period, as_of=now)
        # Drawing the weeks again takes some ten milliseconds that no kill should wait for.
        return await asyncio.to_thread(stats_view, trades, slips, frame, credit_eur=credit)

    async def pnl(self, step: str) -> PnlView:
        now = self._desk.now()
        return await self._desk.store.read(lambda tx: _pnl(tx, step, now))

    async def sheet(self, period: str, *, reason: str | None = None, outcome: str | None = None) -> tuple[SheetRow, ...]:
        now = self._desk.now()
        return await self._desk.store.read(lambda tx: _sheet(tx, history_view(tx, period=period, now=now, reason=reason, outcome=outcome).trades))


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
    marks = [tx.last_mark(trade.trade_id) for trade in still_open]
    floating = sum((mark.unrealised_eur for mark in marks if mark is not None and mark.unrealised_eur is not None), Decimal(0))
    return pnl_view(closed, PnlFrame(step=step, as_of=now, open_trades=len(still_open), unrealised_eur=floating))


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
