"""What the trigger table does: KILL armed, HOLD set, and lifted once its cause has been gone for a while.

Rules of this file: it runs on hold and under KILL too; what it sets it tells once, what it lifts it tells; a hold of a
person, of a breaker or of a restore is none of its business.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import structlog

from engine.runtime import switches
from engine.runtime.desk import Desk
from engine.runtime.watch_money import losses
from engine.runtime.watch_readings import read_all
from engine.safety.triggers import TOOLS_CHANGED, Hysteresis, Readings, Trigger, Weight, judge, stated
from engine.state.repository import Transaction

log = structlog.get_logger(__name__)

TELEGRAM_HOLD = "telegram"
CHANGED = "changed"
MONEY = frozenset({"day-loss", "drawdown", "margin-usage"})


async def run_watch(desk: Desk) -> None:
    """Every trigger was judged by what is there now, and the engine stands as the table says."""
    await _record_latch(desk)
    triggers = (*judge(await read_all(desk), desk.rules.triggers), _changed_tools(desk))
    await _stop(desk, triggers)
    await _lift(desk, (*triggers, *_standing(desk)))


async def watch_money(desk: Desk, *, margin_usage_frac: float | None) -> None:
    """The triggers on money alone were judged, at the market's own time: what the monitor and a replay do."""

    def read(tx: Transaction) -> Readings:
        lost = losses(tx, desk.now())
        return Readings(
            trade_cap_eur=desk.caps.trade_eur,
            day_loss_eur=lost.day_eur,
            drawdown_eur=lost.drawdown_eur,
            margin_usage_frac=margin_usage_frac,
        )

    judged = judge(await desk.store.read(read), desk.rules.triggers)
    triggers = tuple(trigger for trigger in judged if trigger.code in MONEY)
    await _stop(desk, triggers)
    await _lift(desk, triggers)


async def _record_latch(desk: Desk) -> None:
    """The kill file of the dead-man, or a latch the store could not take at its time, is on record and told.

    Whoever latches records it too: only a latch that is still unknown at the next look is taken up here.
    """
    was_unrecorded, pulse = desk.pulse.is_latch_unrecorded, desk.pulse
    pulse.is_latch_unrecorded = desk.kill_switch.is_armed() and not await desk.store.read(lambda tx: tx.kill_row().armed)
    if was_unrecorded and pulse.is_latch_unrecorded:
        await switches.record_kill(desk, code="kill-found")


async def _stop(desk: Desk, triggers: Collection[Trigger]) -> None:
    reached = [trigger for trigger in triggers if trigger.is_reached]
    kills = [trigger for trigger in reached if trigger.weight is Weight.KILL]
    if kills and not await desk.store.read(desk.is_killed):
        log.error("trigger.killed", code=kills[0].code, evidence=kills[0].evidence)
        await switches.kill_automatically(desk, f"{kills[0].code}: {kills[0].evidence}")
    for trigger in reached:
        if trigger.weight is Weight.HOLD:
            await switches.hold(desk, trigger.code, trigger.evidence)


async def _lift(desk: Desk, triggers: Collection[Trigger]) -> None:
    """The holds of these triggers whose cause has been gone long enough are lifted, each counted by its own clock."""
    hysteresis = Hysteresis(clear_after=timedelta(seconds=desk.rules.triggers.hold.clear_after_s), gone_since=desk.pulse.gone_since)
    held = await desk.store.read(lambda tx: [hold.code for hold in tx.holds()])
    for is_of_market, now in ((True, desk.now()), (False, desk.clock.wall())):
        own = [trigger for trigger in triggers if trigger.is_of_market is is_of_market]
        codes = {trigger.code for trigger in own}
        for code in hysteresis.may_lift(own, [code for code in held if code in codes], now):
            log.info("trigger.lifted", code=code)
            await switches.release(desk, code)


def _changed_tools(desk: Desk) -> Trigger:
    """A server whose tools are others than at first is asked nothing, and a person looks before anything new is opened."""
    changed = [state.name for state in (connection.state for connection in desk.clients.connections) if state.state == CHANGED]
    return stated(TOOLS_CHANGED, bool(changed), evidence=", ".join(changed))


def _standing(desk: Desk) -> tuple[Trigger, ...]:
    """Holds whose cause others report. What the poller reported in an earlier run is gone where this run's chat is not Telegram."""
    causes = dict(desk.pulse.causes)
    if desk.pulse.polling_since_at is None:
        causes[TELEGRAM_HOLD] = False
    return tuple(stated(code, is_there) for code, is_there in causes.items())
