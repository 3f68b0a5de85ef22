"""A period of a market prepared for being lived through many times: due runs, hourly closes, chains and looks as columns.

Rules of this file: what is prepared depends on the market, the schedule and the
window of expiries, never on a threshold; a stretch of some weeks is prepared at a time
and `stretches_max` of them are kept, so that memory follows that number and not the period.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from engine.clients.hyperliquid import annual_funding
from engine.clients.portfolio import read_wealth
from engine.core.model import Candle, Family, Instrument, MacroCalendar, MarketSnapshot, Reading, Stage, Wealth
from engine.core.rules import StrategyRules
from engine.market.model import HOUR, Market
from engine.market.rows import OptionRows
from engine.market.ticks import round_usd
from engine.research.dues import Dues, market_dues
from engine.research.scan_chain import ScanChains
from engine.runtime import housekeeping, monitoring, orchestrator
from engine.runtime.gather import CANDLE, EVENTS_MARGIN, TREND_MARGIN, WATCH_WINDOW, Answers, snapshot_of
from engine.runtime.jobs import Run, job_table
from engine.servers.holdings import Holdings, converted, marked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Rows = NDArray[np.int32]
    Kinds = NDArray[np.int8]

BLOCK_S = 4 * 86_400
STRETCH_S = 14 * BLOCK_S
DAY_S, HOUR_S = 86_400, 3600
STAGE = Stage.PAPER
"""What a replay is lived through in: every fill of it is a paper fill."""

SETTLE, MONITOR, GUARD, OPEN, DIGEST, NOTHING = range(6)
KINDS: Mapping[Run, int] = {
    monitoring.settle_expired: SETTLE,
    monitoring.run_monitor: MONITOR,
    monitoring.run_guard: GUARD,
    orchestrator.weekly_open: OPEN,
    housekeeping.send_digest: DIGEST,
}
"""What a job of the table means to a book without messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which expiries an entry looks at."""

    family: Family
    first: timedelta
    last: timedelta
    trend: timedelta

    @classmethod
    def of(cls, rules: StrategyRules) -> Window:
        """A day more on either side, as the live engine asks."""
        strikes = rules.strikes
        return cls(
            family=Family(rules.meta.contract_family),
            first=timedelta(days=strikes.dte_min_d - 1),
            last=timedelta(days=strikes.dte_max_d + 1),
            trend=timedelta(days=rules.bias.trend_window_d) + TREND_MARGIN,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """Hourly closes by the instant each became known, ascending."""

    known_s: list[int]
    pairs: tuple[tuple[datetime, float], ...]

    @classmethod
    def of(cls, candles: tuple[Candle, ...]) -> Closes:
        pairs = tuple((candle.open_at + CANDLE, candle.close) for candle in candles)
        return cls(known_s=[int(known_at.timestamp()) for known_at, _ in pairs], pairs=pairs)

    def between(self, since: datetime, now: datetime) -> tuple[tuple[datetime, float], ...]:
        """Those of candles that opened at or after `since` and have closed by `now`."""
        first = bisect_left(self.known_s, -int(-since.timestamp() // 1) + HOUR_S)
        return self.pairs[first : bisect_right(self.known_s, int(now.timestamp() // 1))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """The quotes of one option at consecutive looks; `row` is its row in `rows`, -1 where there is no quote."""

    rows: OptionRows
    row: Ints

    def column(self, name: str) -> Floats:
        """One column by look, NaN where the option has no quote."""
        values: Floats = getattr(self.rows, name)
        # The last place, which is where -1 leads, is the one without a quote.
        return np.append(values, np.nan)[self.row]

    def since(self, place: int) -> Legs:
        """The same from a later look on."""
        return self if place == 0 else Legs(rows=self.rows, row=self.row[place:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some weeks of a period. `first` is the number of its first look; the other columns have a row a look.

    `worst_fall` and `worst_rise` bound the fastest move of the last day from above, as positive fractions.
    """

    spot_closes: Closes
    dvol_closes: Closes
    scans: ScanChains
    first: int
    spot_usd: Floats
    dvol_pts: Floats
    fx_usd_per_eur: Floats
    worst_fall: Floats
    worst_rise: Floats
    snapshots: dict[int, MarketSnapshot] = field(default_factory=dict)
    legs: dict[tuple[int, tuple[str, ...]], tuple[int, tuple[Legs, ...]]] = field(default_factory=dict)


class Past:
    """What a fast replay of one market and period reads; the same one serves any rules with the same schedule and window."""

    def __init__(self, market: Market, rules: StrategyRules, from_at: datetime, to_at: datetime, *, stretches_max: int = 2) -> None:
        self.market, self.from_at, self.to_at = market, from_at, to_at
        self._schedule, self._window = rules.schedule, Window.of(rules)
        self._move_h = rules.exit.adverse_move.window_h
        self._lookback_h = rules.entry.funding.lookback_h
        self._stretches: OrderedDict[int, Stretch] = OrderedDict()
        self._stretches_max = stretches_max
        self.dues: Dues = market_dues(job_table(rules.schedule, STAGE), from_at, to_at)
        kinds = np.array([KINDS.get(job.run, NOTHING) for job in self.dues.jobs], dtype=np.int8)
        self.kind: Kinds = kinds[self.dues.row]
        self.is_look: Bools = (self.kind == MONITOR) | (self.kind == GUARD)
        self.look_rows: Rows = np.flatnonzero(self.is_look).astype(np.int32)
        self.look_s: Ints = self.dues.at_s[self.look_rows]
        self.is_belief: Bools = (self.kind == MONITOR) | (self.kind == DIGEST)
        self.look_number: Rows = np.cumsum(self.is_look, dtype=np.int32) - np.int32(1)

    def serves(self, rules: StrategyRules) -> bool:
        """True when these rules ask for nothing that is not prepared."""
        asked = (rules.schedule, Window.of(rules), rules.exit.adverse_move.window_h, rules.entry.funding.lookback_h)
        return asked == (self._schedule, self._window, self._move_h, self._lookback_h)

    def stretch(self, at_s: int) -> Stretch:
        """The stretch that holds the instant."""
        number = at_s // STRETCH_S
        if number not in self._stretches:
            self._stretches[number] = self._prepared(number)
            while len(self._stretches) > self._stretches_max:
                self._stretches.popitem(last=False)
        self._stretches.move_to_end(number)
        return self._stretches[number]

    def answers(self, now: datetime, *, wealth: Reading[Wealth] | None, is_scan: bool = False) -> Answers:
        """What the servers of the simulated market would say at `now`, the chain apart: an entry's inputs, or those of open trades."""
        market, at_s = self.market, int(now.timestamp())
        stretch = self.stretch(at_s)
        since = now - (self._window.trend if is_scan else WATCH_WINDOW)
        return Answers(
            index_usd=market.index_usd(now),
            dvol_pts=market.dvol_pts(now),
            closes=stretch.spot_closes.between(since, now),
            dvols=stretch.dvol_closes.between(since, now) if is_scan else (),
            funding_apr_frac=self._funding_at(now) if is_scan else None,
            perp_mark_usd=market.perp_mark_usd(now) if is_scan else None,
            sentiment=market.sentiment(now) if is_scan else None,
            fx_usd_per_eur=market.fx_usd_per_eur(now),
            macro=self._macro(now),
            wealth=wealth,
            status=market.venue_status(now).value,
            venue_time_at=now,
            chain=None,
        )

    def block_of(self, look: int) -> int:
        """The number of the few days a look lies in."""
        return int(self.look_s[look]) // BLOCK_S

    def legs(self, stretch: Stretch, block: int, options: tuple[Instrument, ...]) -> tuple[int, tuple[Legs, ...]]:
        """The first look of a block, and options of one expiry at each of its looks until they expire."""
        key = block, tuple(option.name for option in options)
        if key not in stretch.legs:
            until_s = min((block + 1) * BLOCK_S, int(options[0].expiry_at.timestamp()))
            first, last = np.searchsorted(self.look_s, (block * BLOCK_S, until_s)).tolist()
            legs = []
            for rows in self.market.legs_rows(self.look_s[first:last], options):
                row = np.full(last - first, -1)
                row[rows.instant] = np.arange(len(rows))
                legs.append(Legs(rows=rows, row=row))
            stretch.legs[key] = first, tuple(legs)
        return stretch.legs[key]

    def scan(self, now: datetime, rules: StrategyRules, *, wealth: Reading[Wealth] | None, fx_before_usd_per_eur: Reading[Decimal] | None) -> MarketSnapshot:
        """What an entry decision sees at a scan."""
        at_s = int(now.timestamp())
        stretch = self.stretch(at_s)
        if at_s not in stretch.snapshots:
            answers = self.answers(now, wealth=None, is_scan=True)
            stretch.snapshots[at_s] = snapshot_of(answers, now=now, fx_before_usd_per_eur=None, rules=rules)
        chain = stretch.scans.chain(at_s, rules.strikes)
        return replace(stretch.snapshots[at_s], wealth=wealth, fx_before_usd_per_eur=fx_before_usd_per_eur, chain=chain)

    def rr25_pts(self, snapshot: MarketSnapshot, rules: StrategyRules) -> float | None:
        """The risk reversal a scan's bias reads."""
        at_s = int(snapshot.taken_at.timestamp())
        return self.stretch(at_s).scans.rr25_pts(at_s, snapshot, rules)

    def source(self, row: int) -> str:
        """Where the chain of a scan comes from, empty without one."""
        at_s = int(self.dues.at_s[row])
        return self.stretch(at_s).scans.source(at_s)

    def instant(self, row: int) -> datetime:
        """When a row is due."""
        return datetime.fromtimestamp(int(self.dues.at_s[row]), UTC)

    def look_instant(self, number: int) -> datetime:
        """When a look is due."""
        return datetime.fromtimestamp(int(self.look_s[number]), UTC)

    def block_end(self, row: int) -> int:
        """The first row that lies in a later block than this one, which may be in a later stretch."""
        return int(np.searchsorted(self.dues.at_s, (int(self.dues.at_s[row]) // BLOCK_S + 1) * BLOCK_S))

    def fx(self, now: datetime) -> Reading[Decimal] | None:
        """The exchange rate, None where there is none above zero."""
        rate = self.market.fx_usd_per_eur(now)
        return rate if rate is not None and rate.value > 0 else None

    def _macro(self, now: datetime) -> Reading[MacroCalendar] | None:
        calendar = self.market.macro(now, now + self._window.last - timedelta(days=1) + EVENTS_MARGIN, t=now)
        return calendar if calendar is not None and calendar.value.covered_until else None

    def _funding_at(self, now: datetime) -> Reading[float] | None:
        rates = self.market.funding(now - self._lookback_h * HOUR, now, t=now)
        return annual_funding([int(rate.at.timestamp()) for rate in rates], [rate.hourly_frac for rate in rates], hours=self._lookback_h)

    def _prepared(self, number: int) -> Stretch:
        from_s, to_s = number * STRETCH_S, (number + 1) * STRETCH_S
        since, until = (datetime.fromtimestamp(at_s, UTC) for at_s in (from_s - int(self._window.trend.total_seconds()) - HOUR_S, to_s))
        scan_s = self.dues.at_s[(self.kind == OPEN) & (self.dues.at_s >= from_s) & (self.dues.at_s < to_s)]
        first, last = np.searchsorted(self.look_s, (from_s, to_s)).tolist()
        look_s = self.look_s[first:last]
        known_until = min(until, self.to_at)
        spots = Closes.of(self.market.candles(since, known_until, t=known_until))
        dvols = Closes.of(self.market.dvol_history(since, known_until, t=known_until))
        first_dte, last_dte = (int(span.total_seconds()) for span in (self._window.first, self._window.last))
        inputs = self.market.surface_inputs(look_s)
        fall, rise = _worst_moves(spots, look_s, inputs.spot_usd, window_h=self._move_h)
        rates = [self.market.fx_usd_per_eur(datetime.fromtimestamp(at_s, UTC)) for at_s in look_s.tolist()]
        return Stretch(
            spot_closes=spots,
            dvol_closes=dvols,
            scans=ScanChains(self.market.rows_at(scan_s, expiry_from_s=scan_s + first_dte, expiry_to_s=scan_s + last_dte, family=self._window.family)),
            first=first,
            spot_usd=round_usd(inputs.spot_usd),
            dvol_pts=inputs.dvol_frac * 100.0,
            fx_usd_per_eur=np.array([np.nan if rate is None else float(rate.value) for rate in rates]),
            worst_fall=fall,
            worst_rise=rise,
        )


class PaperWealth:
    """The paper account of a run: converted at its first look, then only marked."""

    def __init__(self, market: Market, rules: StrategyRules) -> None:
        self._market, self._rules = market, rules.paper_account
        self._holdings: Holdings | None = None

    def at(self, now: datetime) -> Reading[Wealth] | None:
        """The wealth at `now`; None while the index or the exchange rate is missing."""
        index, fx = self._market.index_usd(now), self._market.fx_usd_per_eur(now)
        if index is None or fx is None:
            return None
        eth_eur = index.value / fx.value
        if self._holdings is None:
            self._holdings = converted(self._rules, eth_eur=eth_eur)
        return read_wealth(marked(self._holdings, eth_eur=eth_eur, at=now))

    def equity_eth(self, spot_usd: Floats, fx_usd_per_eur: Floats) -> Floats:
        """What margins are a share of, at many instants; infinite before the account was converted."""
        if self._holdings is None:
            return np.full(len(spot_usd), np.inf)
        return float(self._holdings.exchange_eth) + float(self._holdings.exchange_cash_eur) * fx_usd_per_eur / spot_usd


def _worst_moves(closes: Closes, look_s: Ints, spot_usd: Floats, *, window_h: int) -> tuple[Floats, Floats]:
    """Bounds of the fall and the rise over `window_h` that ended within the day before each look, as positive fractions."""
    known_s, close = np.array(closes.known_s), np.array([value for _, value in closes.pairs])
    if len(close) <= window_h:
        return np.full(len(look_s), np.inf), np.full(len(look_s), np.inf)
    moves = np.concatenate((np.zeros(window_h), close[window_h:] / close[:-window_h] - 1.0))
    last = np.searchsorted(known_s, look_s, side="right") - 1
    before = np.searchsorted(known_s, look_s - window_h * HOUR_S, side="right") - 1
    present = spot_usd / close[np.maximum(before, 0)] - 1.0
    recent = moves[np.maximum(last[:, None] - np.arange(LOOKS_BACK_H), 0)]
    return -np.minimum(recent.min(axis=1), present), np.maximum(recent.max(axis=1), present)


LOOKS_BACK_H = 26
"""Further back than two monitors are apart."""
