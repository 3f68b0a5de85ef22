"""Which run may send what where.

Rules of this file: paper fills here and nothing leaves the house; a dry run fills nothing; only a stage that was signed off for orders
gets at the tools that trade, and without that permission there is no object to call them with.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.clients.deribit import DeribitClient
from engine.clients.mcp import Caller
from engine.clients.trading import TradingClient
from engine.core.model import Family, Stage
from engine.errors import InvariantBroken

TESTNET, VENUE, REPORTED, MODELLED = "testnet", "venue", "reported", "modelled"
"""Where a fill comes from: the test network, the exchange itself, an operator who tells of it, or our own model on paper."""


REAL = "real"
"""The origin of a store whose trades are not a demo's."""


class Lane(StrEnum):
    """Where an approved order goes."""

    NOWHERE = "nowhere"
    PAPER = "paper"
    VENUE = "venue"


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueAccess:
    """The account behind one key: what trades, what is public, the coin everything is settled in, and what its fills are called."""

    trading: TradingClient
    public: DeribitClient
    coin: str
    source: str


def lane_of(stage: Stage, *, is_dry_run: bool, origin: str) -> Lane:
    """Where the orders of a run go: a dry run's nowhere whatever its stage, a demo's never to a venue."""
    if is_dry_run:
        return Lane.NOWHERE
    return Lane.PAPER if stage is Stage.PAPER or origin != REAL else Lane.VENUE


def venue_access(lane: Lane, caller: Caller, *, family: Family, is_testnet: bool) -> VenueAccess:
    """What trades, for the lane that may. Raises InvariantBroken for any other."""
    if lane is not Lane.VENUE:
        raise InvariantBroken(f"a run whose orders go to {lane} asked for the tools that trade")
    return VenueAccess(trading=TradingClient(caller), public=DeribitClient(caller), coin=family.coin, source=TESTNET if is_testnet else VENUE)
