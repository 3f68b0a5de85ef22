"""Research asked from the chat: the desk's own market and trades, worked on beside the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from engine.core.model import Stage
from engine.errors import ActionRefused, ConfigError
from engine.research.montecarlo import MonteCarloPlan, measured_z, run_montecarlo
from engine.research.past_room import PastAsk, PastRoom
from engine.research.path_setting import Past
from engine.research.workers import in_own_process, processors
from engine.runtime import kelly
from engine.runtime.desk import Desk
from engine.runtime.gather import gather
from engine.state.records import TradeRecord
from engine.views import KellyView, MonteCarloView, SweepView

DAYS = 850
"""How far a path runs when nobody says: longer than any gate's period, as long as the recorded history."""


class LabRoom:
    """One question at a time, on this desk."""

    def __init__(self, desk: Desk, past: PastRoom | None = None) -> None:
        self._desk, self._past, self._busy = desk, past, asyncio.Lock()

    async def montecarlo(self) -> MonteCarloView:
        if self._busy.locked():
            raise ActionRefused("research-busy")
        async with self._busy:
            plan = await _plan(self._desk)
            try:
                return await in_own_process(run_montecarlo, plan)
            except ConfigError as error:
                raise ActionRefused("montecarlo-cannot", detail=f"{error.problem}. {error.fix}") from error

    async def sweep(self, *, from_on: str | None, to_on: str | None, words: tuple[str, ...]) -> SweepView:
        if self._busy.locked():
            raise ActionRefused("research-busy")
        if self._past is None:
            raise ActionRefused("replay-no-history")
        async with self._busy:
            return await self._past.sweep(PastAsk.of_days(from_on, to_on, words))

    def progress(self) -> tuple[int, int] | None:
        return None if self._past is None else self._past.progress

    async def kelly(self) -> KellyView:
        return await kelly.kelly(self._desk)


async def z_of(desk: Desk) -> float | None:
    """How many standard deviations the stage's closed trades lie from the paths; None without a trade to compare.

    Raises ActionRefused or ConfigError where no path can begin.
    """
    plan = await _plan(desk)
    return await in_own_process(measured_z, plan) if plan.realised_r else None


async def _plan(desk: Desk) -> MonteCarloPlan:
    """The paths begin where the market stands now. Raises ActionRefused without a market or a rate."""
    async with desk.cycle():
        gathered = await gather(desk, with_chain=True)
    closed = await desk.store.read(lambda tx: tx.closed_trades())
    fx = gathered.snapshot.fx_usd_per_eur
    if fx is None or not gathered.closes or not gathered.dvols:
        raise ActionRefused("montecarlo-cannot", detail="no market or no EUR/USD rate")
    written = desk.rules.montecarlo
    return MonteCarloPlan(
        rules=desk.rules,
        stage=desk.stage,
        now=desk.now(),
        past=Past(spot=gathered.closes, dvol=gathered.dvols),
        fx_usd_per_eur=fx.value,
        market=desk.market,
        env=desk.env,
        realised_r=realised_r(closed, desk.stage),
        paths=written.paths,
        days=DAYS,
        seed=written.seed,
        threads=processors(),
    )


def realised_r(closed: Sequence[TradeRecord], stage: Stage) -> tuple[float, ...]:
    """The results of a stage's closed trades in the order they ended."""
    own = [trade for trade in closed if trade.stage == stage.value and trade.pnl_eur is not None]
    ordered = sorted(own, key=lambda trade: (trade.closed_at or datetime.max.replace(tzinfo=trade.created_at.tzinfo), trade.trade_id))
    return tuple(float(trade.pnl_eur / trade.max_loss_eur) for trade in ordered if trade.pnl_eur is not None)
