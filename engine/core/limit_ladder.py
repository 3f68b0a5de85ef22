"""The limits an order is worked at, from the first one asked to the last one allowed.

Rules of this file: coin per 1 ETH on the combo's tick; a credit only ever falls and never below its floor, a debit only ever
rises and never above its cap. Source: strategy §1.8 and §1.9.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from engine.core.rules import EntryLadder, HardExitLadder, SoftExitLadder
from engine.core.spread_prices import ONE, ZERO, round_down_to_tick, round_up_to_tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Limits in the order they are asked, the next one `step_s` after the last; what is left after `timeout_s` is cancelled."""

    limits_coin: tuple[Decimal, ...]
    step_s: int
    timeout_s: int

    @property
    def first_coin(self) -> Decimal:
        """What is asked at once."""
        return self.limits_coin[0]

    @property
    def last_coin(self) -> Decimal:
        """The worst this order may ever be filled at."""
        return self.limits_coin[-1]

    def limit_at(self, elapsed_s: float) -> Decimal:
        """The limit in force so many seconds after the first one was asked."""
        rung = max(0, int(elapsed_s // self.step_s))
        return self.limits_coin[min(rung, len(self.limits_coin) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCosts:
    """What closing costs at mid and when every book is crossed, and what may never be paid: the width's worth."""

    mid_coin: Decimal
    natural_coin: Decimal
    cap_coin: Decimal
    tick_coin: Decimal


def entry_ladder(*, limit_coin: Decimal, floor_coin: Decimal, tick_coin: Decimal, rules: EntryLadder) -> Ladder:
    """Credits from `limit_coin` down, one tick a step, ending at the floor or after the steps that are allowed."""
    first = max(limit_coin, floor_coin)
    ticks = int((first - floor_coin) / tick_coin)
    steps = min(ticks, rules.steps_max)
    limits = tuple(first - tick_coin * step for step in range(steps + 1))
    return Ladder(limits_coin=limits, step_s=rules.step_s, timeout_s=rules.timeout_s)


def soft_exit_ladder(costs: CloseCosts, rules: SoftExitLadder, *, step_s: int) -> Ladder:
    """Debits from mid up to the concession over it: nobody is in a hurry."""
    last = round_down_to_tick(costs.mid_coin * (ONE + rules.concession_max_frac), costs.tick_coin)
    return _rising(costs, last_coin=last, step_s=step_s, timeout_s=rules.timeout_s)


def hard_exit_ladder(costs: CloseCosts, rules: HardExitLadder, *, step_s: int) -> Ladder:
    """Debits from mid to beyond natural, reached before the time is over; natural itself is always among what may be paid."""
    beyond = round_down_to_tick(costs.natural_coin * (ONE + rules.over_natural_max_frac), costs.tick_coin)
    last = max(beyond, round_up_to_tick(costs.natural_coin, costs.tick_coin))
    return _rising(costs, last_coin=last, step_s=step_s, timeout_s=rules.timeout_s)


def _rising(costs: CloseCosts, *, last_coin: Decimal, step_s: int, timeout_s: int) -> Ladder:
    tick = costs.tick_coin
    # A close is worth a tick even where the mid says nothing; nothing is worth more than the width.
    last = min(max(last_coin, tick), costs.cap_coin)
    first = min(max(round_down_to_tick(costs.mid_coin, tick), ZERO), last)
    steps = max(1, timeout_s // step_s - 1)
    stride = (Decimal(int((last - first) / tick)) / steps).to_integral_value(rounding=ROUND_CEILING) * tick
    limits = [first]
    while limits[-1] < last:
        limits.append(min(limits[-1] + stride, last))
    return Ladder(limits_coin=tuple(limits), step_s=step_s, timeout_s=timeout_s)
