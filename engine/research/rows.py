"""A finished trade of either replay as one row of figures."""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.model import Family
from engine.runtime.views_of import closed_view, fill_eur
from engine.state.records import FillRecord, TradeRecord
from engine.views.replays import ReplayedTrade

MODELLED_SOURCES = {
    Family.INVERSE: frozenset({"surface", "synthetic"}),
    Family.LINEAR_USDC: frozenset({"surface", "synthetic", "carried", "recorded"}),
}
"""Chains whose prices nobody recorded: a carried inverse chain was and is only brought to the present, linear ones never were."""


def replayed_trade(trade: TradeRecord, fills: Sequence[FillRecord]) -> ReplayedTrade:
    """The row of a trade that has ended. Raises ValueError for one that has not."""
    view = closed_view(trade, tuple(fills))
    year, week, _ = view.opened_at.isocalendar()
    by_side = {record.fill.side: record.fill for record in fills}
    if trade.credit_coin is None or trade.debit_coin is None or trade.open_fee_coin is None or trade.close_fee_coin is None or trade.pnl_usd is None:
        raise ValueError(f"trade {trade.trade_id} is {trade.state} and has no result")
    closing = by_side.get("close")
    return ReplayedTrade(
        trade_id=trade.trade_id,
        strategy=trade.strategy,
        family=trade.family,
        sides=tuple(side.strikes for side in trade.sides),
        expiry_at=trade.expiry_at,
        quantity_eth=trade.quantity_eth,
        opened_at=view.opened_at,
        closed_at=view.closed_at,
        week=f"{year}-W{week:02d}",
        reason=view.reason,
        spot_open_usd=trade.spot_open_usd,
        dvol_entry_pts=trade.dvol_entry_pts,
        short_delta_entry=trade.short_delta_entry,
        credit_coin=trade.credit_coin,
        debit_coin=trade.debit_coin,
        open_fee_coin=trade.open_fee_coin,
        close_fee_coin=trade.close_fee_coin,
        pnl_coin=view.pnl_coin,
        pnl_usd=trade.pnl_usd,
        pnl_eur=view.pnl_eur,
        max_loss_eur=trade.max_loss_eur,
        r=view.r,
        credit_eur=fill_eur(by_side["open"].price_coin, by_side["open"], trade.family),
        fees_eur=view.fees_eur,
        slippage_open_frac=view.slippage_frac,
        slippage_close_frac=None if closing is None or closing.slippage_frac is None else float(closing.slippage_frac),
    )
