"""The open book, priced as it is quoted now, under jumps of the market."""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.checks import fresh_value
from engine.core.lifecycle import TradeState
from engine.core.scenarios import Held, is_priceable
from engine.reporting.risk_grid import RiskInputs, risk_view
from engine.runtime.desk import Desk
from engine.runtime.gather import Gathered, gather
from engine.runtime.positions import Look, look_at
from engine.views import RiskView

HELD_STATES = (TradeState.OPEN, TradeState.CLOSING)


async def risk(desk: Desk) -> RiskView:
    """What every open or closing trade together makes when index and volatility jump."""
    async with desk.cycle():
        trades = [trade for trade in await desk.store.read(lambda tx: tx.open_trades()) if trade.state in HELD_STATES]
        gathered = await gather(desk, with_chain=False)
        looks = [await look_at(desk, trade) for trade in trades]
    return risk_view(_inputs(desk, gathered, looks))


def _inputs(desk: Desk, gathered: Gathered, looks: Sequence[Look]) -> RiskInputs:
    snapshot = gathered.snapshot
    priced = [look for look in looks if look.is_quoted and is_priceable(look.spread)]
    quotes = [quote for look in priced for quote in look.spread.quotes]
    oldest_at = min((quote.quoted_at for quote in quotes), default=snapshot.taken_at)
    return RiskInputs(
        env=desk.env,
        book=tuple((look.trade.trade_id, Held(spread=look.spread, quantity_eth=look.trade.quantity_eth)) for look in priced),
        left_out=tuple(look.trade.trade_id for look in looks if look not in priced),
        index_usd=None if snapshot.index_usd is None else snapshot.index_usd.value,
        fx_usd_per_eur=None if snapshot.fx_usd_per_eur is None else snapshot.fx_usd_per_eur.value,
        dvol_pts=None if snapshot.dvol_pts is None else snapshot.dvol_pts.value,
        wealth=fresh_value(snapshot.wealth, snapshot.taken_at, desk.rules.freshness_s.portfolio),
        limits=desk.rules.greeks,
        as_of=snapshot.taken_at,
        data_age_s=(snapshot.taken_at - oldest_at).total_seconds(),
        is_modelled=any(quote.modelled for quote in quotes),
    )
