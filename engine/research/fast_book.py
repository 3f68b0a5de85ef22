"""The book of a fast replay: open and closed trades, holds, equity, in memory instead of a store.

Rules of this file: every figure that decides comes from the function that the live
engine decides by; what is kept here is what its store would keep.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from engine.core.lifecycle import TradeState
from engine.core.model import Book
from engine.core.rules import StrategyRules
from engine.reporting.fills import slippage_frac
from engine.research.holding import Holding
from engine.research.past import STAGE
from engine.research.policy import PERSONS, Tripped
from engine.runtime.book import Results, Stops, book_of, results_of
from engine.runtime.breakers import BREAKER_HOLDS, reached_breakers
from engine.runtime.opening import Opened
from engine.state.records import FillRecord, NewFill, NewTrade, TradeRecord


@dataclass(slots=True)
class FastBook:
    """What the store of a replay would hold."""

    rules: StrategyRules
    holdings: list[Holding] = field(default_factory=list)
    closed: list[TradeRecord] = field(default_factory=list)
    fills: dict[int, list[FillRecord]] = field(default_factory=dict)
    holds: dict[str, datetime] = field(default_factory=dict)
    tripped: list[Tripped] = field(default_factory=list)
    reset_at: datetime | None = None
    realised_eur: Decimal = Decimal(0)
    proposals: int = 0
    opened: int = 0
    _results: tuple[tuple[int, int, int, datetime | None], Results] | None = None

    def book(self, now: datetime) -> Book:
        """The book of an entry decision at `now`."""
        return book_of(
            self._closed_results(now),
            open_trades=[holding.trade for holding in self.holdings],
            pending=(),
            stops=Stops(is_killed=False, is_on_hold=bool(self.holds)),
            stage=STAGE,
            now=now,
        )

    def open(self, new: NewTrade, opened: Opened, now: datetime) -> TradeRecord:
        """The trade is open and filled; it waits for its first look."""
        self.opened += 1
        trade = TradeRecord(
            **{each.name: getattr(new, each.name) for each in fields(new)},
            trade_id=self.opened,
            state=TradeState.OPEN,
            opened_at=now,
            credit_coin=opened.fill.price_coin,
            open_fee_coin=opened.fill.fee_coin,
            closed_at=None,
            close_reason=None,
            debit_coin=None,
            close_fee_coin=None,
            pnl_coin=None,
            pnl_usd=None,
            pnl_eur=None,
            checked_at=None,
            stale_misses=0,
            unanswered_time_stops=0,
        )
        self.fills[trade.trade_id] = []
        return trade

    def add_fill(self, fill: NewFill) -> None:
        """The fill is kept, in the order fills happen."""
        self.fills[fill.trade_id].append(FillRecord(fill_id=0, fill=fill))

    def close(self, holding: Holding, ended: TradeRecord, now: datetime) -> None:
        """The trade has ended as `ended` says; breakers that its result reaches hold from now on."""
        self.holdings.remove(holding)
        self.closed.append(ended)
        if ended.pnl_eur is not None:
            self.realised_eur += ended.pnl_eur
        for breaker in reached_breakers(self.book(now), self.rules):
            self.hold(breaker.code, now)

    def hold(self, code: str, now: datetime) -> None:
        """Entries are held under this code, unless they are already."""
        if code not in self.holds:
            self.holds[code] = now
            if code in PERSONS:
                self.tripped.append(Tripped(code=code, at=now))

    def held_for_a_person(self) -> datetime | None:
        """Since when the oldest hold stands that a person must lift and has not looked at yet; None without one."""
        return min((since for code, since in self.holds.items() if code in PERSONS and (self.reset_at is None or since > self.reset_at)), default=None)

    def resume(self, now: datetime) -> None:
        """A person has looked: breakers are lifted, and what was lost before counts no more."""
        for code in BREAKER_HOLDS:
            self.holds.pop(code, None)
        self.reset_at = now
        self.tripped = [each if each.resumed_at is not None else replace(each, resumed_at=now) for each in self.tripped]

    def _closed_results(self, now: datetime) -> Results:
        # They change with a close, a week, a month or a reset, and are asked for at every scan.
        day = now.date()
        key = (len(self.closed), (day - timedelta(days=day.weekday())).toordinal(), day.year * 12 + day.month, self.reset_at)
        if self._results is None or self._results[0] != key:
            self._results = key, results_of(self.closed, self.rules.sizing, reset_at=self.reset_at, now=now)
        return self._results[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillFacts:
    """Where and when a paper fill happened."""

    at: datetime
    side: str
    spot_usd: Decimal
    fx_usd_per_eur: Decimal


def fill_of(trade: TradeRecord, facts: FillFacts, *, price_coin: Decimal, mid_coin: Decimal, fee_coin: Decimal) -> NewFill:
    """The fill as the store keeps it."""
    return NewFill(
        trade_id=trade.trade_id,
        order_id=None,
        side=facts.side,
        at=facts.at,
        quantity_eth=trade.quantity_eth,
        price_coin=price_coin,
        mid_at_approval_coin=mid_coin,
        slippage_frac=slippage_frac(price_coin, mid_coin, side=facts.side),
        fee_coin=fee_coin,
        spot_usd=facts.spot_usd,
        fx_usd_per_eur=facts.fx_usd_per_eur,
        source="modelled",
    )


def instant_of(at_s: int) -> datetime:
    """Unix seconds as an aware instant."""
    return datetime.fromtimestamp(at_s, UTC)
