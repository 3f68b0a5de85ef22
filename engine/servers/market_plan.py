"""Which market a run lives in: a recording, a seed, or the servers of the outside world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from engine.clients.roles import SIM
from engine.clients.servers_file import read_servers
from engine.core.rules import StrategyRules
from engine.errors import ConfigError
from engine.home import Home
from engine.market.folder import read_manifest
from engine.market.history import RecordedMarket
from engine.market.model import Market
from engine.market.synthetic import DEMO_SEED, DEMO_START_AT, SyntheticMarket, require_start
from engine.servers.macro.server import shipped_calendar

UNASKED_REPLAY = timedelta(days=30)
"""What a replay of the simulated market, or `/replay`, lives through when nobody says how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPlan:
    """Where market data comes from: a recorded folder, a seed, or (neither) the servers of mcp.json and the bundled ones.

    `is_exact`: recorded chains are served as they were, not carried to the present.
    """

    history: Path | None = None
    is_exact: bool = False
    seed: int | None = None
    start_at: datetime | None = None

    def told(self) -> str:
        """Where a simulated market comes from, in a few words; a synthetic history is called so."""
        if self.history is None:
            return f"simulated market, seed {DEMO_SEED if self.seed is None else self.seed}"
        return f"{'SYNTHETIC history' if read_manifest(self.history).is_synthetic else 'recorded market'} in {self.history}"


def build_market(plan: MarketPlan, rules: StrategyRules) -> Market:
    """The simulated market of the plan. Raises ConfigError for a folder that cannot be played or a start outside it."""
    if plan.history is None:
        seed = DEMO_SEED if plan.seed is None else plan.seed
        start_at = DEMO_START_AT if plan.start_at is None else plan.start_at
        require_start(start_at)
        return SyntheticMarket(seed, start_at)
    market = RecordedMarket(plan.history, exact=plan.is_exact, chain_age_max_h=rules.recorded_chain_age_max_h, calendar=shipped_calendar())
    if plan.start_at is not None:
        market.require(plan.start_at, plan.start_at)
    return market


def simulated_name(plan: MarketPlan) -> str:
    """The recorded or synthetic market in words that need no translation."""
    if plan.history is None:
        return f"sim, seed {DEMO_SEED if plan.seed is None else plan.seed}"
    return f"{plan.history.name} ({'synthetic' if read_manifest(plan.history).is_synthetic else 'csv'})"


def is_simulated(market: MarketPlan) -> bool:
    """True when the simulator plays every role."""
    return market.history is not None or market.seed is not None


def origin_of(market: MarketPlan, home: Home) -> str:
    """`demo` where any of the market is simulated, a server named sim included; `real` otherwise. A store keeps it for life."""
    is_demo = is_simulated(market) or any(spec.name == SIM for spec in read_servers(home.mcp_json))
    return "demo" if is_demo else "real"


def default_start(plan: MarketPlan) -> datetime:
    """Where a demo begins: as planned, otherwise the chosen start of the simulated market, or the first Monday of the recorded chains.

    Raises ConfigError for an instant at which no simulated market can start.
    """
    if plan.start_at is not None:
        if plan.history is None:
            require_start(plan.start_at)
        return plan.start_at
    if plan.history is None:
        return DEMO_START_AT
    market = RecordedMarket(plan.history)
    months = market.snapshots.months
    first = max(market.starts_at, market.snapshots.recorded_at(months[0])[0]) if months else market.starts_at
    monday = (first + timedelta(days=(7 - first.weekday()) % 7)).replace(hour=13, minute=58, second=0, microsecond=0)
    return monday if monday >= first else monday + timedelta(days=7)


def period_of(played: Market, from_at: datetime | None, to_at: datetime | None) -> tuple[datetime, datetime]:
    """The period to replay: as asked, otherwise all a recording can answer. Raises ConfigError when it cannot."""
    asked = [at for at in (from_at, to_at) if at is not None]
    if asked != sorted(asked):
        raise ConfigError(_reversed(*asked), fix="Give --from an earlier day than --to.")
    if asked and isinstance(played, RecordedMarket | SyntheticMarket):
        played.require(asked[0], asked[-1])
    if isinstance(played, RecordedMarket):
        first_at = played.starts_at if from_at is None else from_at
        last_at = played.ends_at if to_at is None else to_at
    else:
        first_at = DEMO_START_AT if from_at is None else from_at
        last_at = first_at + UNASKED_REPLAY if to_at is None else to_at
        if to_at is None and isinstance(played, SyntheticMarket):
            last_at = min(last_at, played.ends_at)
    if first_at >= last_at:
        held = f"the period would begin at {first_at:%Y-%m-%d %H:%M} and end at {last_at:%Y-%m-%d %H:%M}"
        raise ConfigError(held, fix="Give both --from and --to, --from first.")
    return first_at, last_at


def _reversed(from_at: datetime, to_at: datetime) -> str:
    """A plain last day was asked for as the midnight after it."""
    first, last = f"{from_at:%Y-%m-%d}", f"{to_at - timedelta(microseconds=1):%Y-%m-%d}"
    if first > last:
        return f"the first day, {first}, comes after the last, {last}"
    return f"the period begins at {from_at:%H:%M} and ends at {to_at:%H:%M} of the same day"
