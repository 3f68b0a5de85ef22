"""What every step of an order needs, and how it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.clock import Clock
from engine.execution.door import Door
from engine.execution.permission import VenueAccess
from engine.state.repository import Store, Transaction

CANCELLED, NOT_FILLED = "cancelled", "not_filled"
"""Why an order came to nothing: a person has ended it, or nobody met it in its time."""

Tell = Callable[[Transaction, str, str, Mapping[str, str]], None]
"""(transaction, code, key, facts): a person is owed this alarm, once per key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRoom:
    """The store, the venue, the door and the clock of one run; `tell` reaches the operator.

    `working` are the intents somebody works on at this moment: reconciling leaves those alone; `tasks` is who works on them, for whoever
    waits for the end, and `given_up` are those of them that a person has asked to end. `silent_since` remembers since when
    every source has been silent about an order in doubt, `differed` what the last look at the positions found. Once `halt` is set
    whoever works an intent ends it: the program is about to stop.
    """

    store: Store
    clock: Clock
    venue: VenueAccess
    door: Door
    tell: Tell
    working: set[int] = field(default_factory=set)
    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    given_up: set[int] = field(default_factory=set)
    silent_since: dict[int, datetime] = field(default_factory=dict)
    differed: dict[str, str] = field(default_factory=dict)
    halt: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> datetime:
        return self.clock.now()

    def why_unfilled(self, order_id: int) -> str:
        """The cause a card tells whose order came to nothing."""
        return CANCELLED if order_id in self.given_up else NOT_FILLED
