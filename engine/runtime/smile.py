"""The smile of one expiry, asked of the venue now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from engine.core.model import Family
from engine.core.rules import StrategyRules
from engine.errors import ActionRefused
from engine.reporting import smile as smile_report
from engine.reporting.smile import HeldStrike, SmileInputs
from engine.runtime.desk import Desk
from engine.state.records import TradeRecord
from engine.views import SmileView

DAY = timedelta(days=1)


async def smile(desk: Desk, expiry_on: date | None) -> SmileView:
    """The expiry of that day, without one the expiry an entry would take now, or the listed one nearest to it.

    Raises VenueError when the venue does not answer, ActionRefused when none is connected.
    """
    deribit, family = desk.clients.deribit, Family(desk.rules.meta.contract_family)
    if deribit is None:
        raise ActionRefused("no-market", detail="")
    async with desk.cycle():
        now = desk.now()
        expiries = sorted({option.expiry_at for option in await deribit.get_instruments(family) if option.expiry_at > now})
        expiry_at = _wanted(expiries, now, desk.rules) if expiry_on is None else next((each for each in expiries if each.date() == expiry_on), None)
        chain = None if expiry_at is None else await deribit.get_option_chain(family, expiry_at, expiry_at)
        dvol = None if expiry_at is None else await deribit.get_dvol()
        trades = await desk.store.read(lambda tx: tx.open_trades())
    chart = smile_report.smile(
        SmileInputs(
            env=desk.env,
            expiry_at=expiry_at,
            chain=chain,
            held=_held(trades, expiry_at),
            dvol_pts=None if dvol is None else dvol.value,
            as_of=now,
        )
    )
    return SmileView(
        expiry_at=expiry_at,
        dte_days=None if expiry_at is None else (expiry_at - now) / DAY,
        expiries=tuple(expiries),
        source="" if chain is None else chain.source,
        chart=chart,
    )


def _wanted(expiries: Sequence[datetime], now: datetime, rules: StrategyRules) -> datetime | None:
    """The expiry nearest to the target; one inside the window before any outside it."""
    strikes = rules.strikes

    def distance(expiry_at: datetime) -> tuple[bool, float]:
        dte_d = (expiry_at - now) / DAY
        return not strikes.dte_min_d <= dte_d <= strikes.dte_max_d, abs(dte_d - strikes.dte_target_d)

    return min(expiries, key=distance, default=None)


def _held(trades: Sequence[TradeRecord], expiry_at: datetime | None) -> tuple[HeldStrike, ...]:
    sides = [(trade.trade_id, side) for trade in trades if trade.expiry_at == expiry_at for side in trade.open_strikes]
    return tuple(
        HeldStrike(trade_id=trade_id, option_type=side.option_type, strike_usd=strike_usd, is_short=is_short)
        for trade_id, side in sides
        for strike_usd, is_short in ((side.short_strike_usd, True), (side.long_strike_usd, False))
    )
