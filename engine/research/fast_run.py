"""One pass of the fast replay over the due runs.

Rules of this file: what asks for an exact look is found in columns first (`holding.py`,
`fast_money.py`), and then core decides on the quotes of that instant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from engine.core.decision import Approved, Verdict
from engine.core.entry_cycle import decide_entry
from engine.core.model import Family, MarketSnapshot, Proposal, Reading
from engine.core.rules import StrategyRules
from engine.execution.paper import fill_open
from engine.research.early_no import is_surely_refused
from engine.research.fast_book import FastBook, FillFacts, fill_of
from engine.research.fast_look import Closed, ExactLook
from engine.research.fast_money import Money
from engine.research.holding import Holding
from engine.research.past import DIGEST, GUARD, MONITOR, OPEN, SETTLE, STAGE, PaperWealth, Past
from engine.research.policy import Policy
from engine.research.rows import MODELLED_SOURCES, replayed_trade
from engine.runtime.gather import believed_fx
from engine.runtime.opening import Opened, new_trade
from engine.views.replays import ReplayedTrade

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(slots=True)
class Tally:
    """What the entry scans came to; `failed` counts decisions per failed rule."""

    scans: int = 0
    proposed: int = 0
    refused: int = 0
    modelled: int = 0
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The looks of some rows in a line: their rows, instants, the equity at each, and which of them must be made exactly."""

    rows: Ints
    at_s: Ints
    equity_eur: Floats
    is_acting: Bools


class FastRun:
    """A book that lives through a past."""

    def __init__(self, rules: StrategyRules, past: Past, *, policy: Policy, resume_after: timedelta | None, is_counting: bool) -> None:
        self._rules, self._past, self._policy, self._resume_after, self._is_counting = rules, past, policy, resume_after, is_counting
        self.book, self.tally = FastBook(rules), Tally()
        self.money = Money(rules, caps=rules.caps_of(STAGE.value))
        self._wealth = PaperWealth(past.market, rules)
        self._fx: tuple[Reading[Decimal] | None, Reading[Decimal] | None] = (None, None)
        self._modelled_sources = MODELLED_SOURCES[Family(rules.meta.contract_family)]

    def live(self) -> Iterator[int]:
        """Every due run has its effect, one after the other; the row of each scan is told once it is over."""
        past = self._past
        asking = np.flatnonzero(np.isin(past.kind, (MONITOR, OPEN, DIGEST)))
        if len(asking) > 0:
            # The paper account is bought at the first look at the market, whichever run that is.
            self._wealth.at(past.instant(int(asking[0])))
        row = 0
        for scan in np.flatnonzero(past.kind == OPEN).tolist():
            self._advance(row, scan)
            self._scan(scan)
            yield scan
            row = scan + 1
        self._advance(row, len(past.dues))

    def trades(self) -> tuple[ReplayedTrade, ...]:
        """The trades that have ended, in the order they did."""
        return tuple(replayed_trade(trade, self.book.fills[trade.trade_id]) for trade in self.book.closed)

    def _advance(self, first: int, last: int) -> None:
        """The looks of the rows from `first` up to `last` are made: one by one where something may come of it, the others as columns."""
        self._believe(first, last)
        while first < last:
            resume_row = self._resume_row()
            end = min(last, self._past.block_end(first), resume_row + 1)
            segment = self._segment(first, end)
            acting = np.flatnonzero(segment.is_acting)
            looks = int(acting[0]) if len(acting) > 0 else len(segment.rows)
            self._skip(segment, looks)
            first = end
            if looks < len(segment.rows):
                self._look(int(segment.rows[looks]))
                first = int(segment.rows[looks]) + 1
            if first > resume_row:
                self._resume(resume_row)

    def _resume_row(self) -> int:
        """After which due run a person resumes; beyond the last one while nothing waits for a person, or nobody comes."""
        since = self.book.held_for_a_person()
        if since is None or self._resume_after is None:
            return len(self._past.dues)
        due_s = -int(-(since + self._resume_after).timestamp() // 1)
        # The last of the runs due at that instant, so that none of them already sees the hold gone.
        first = int(np.searchsorted(self._past.dues.at_s, due_s))
        if first == len(self._past.dues):
            return first
        return int(np.searchsorted(self._past.dues.at_s, self._past.dues.at_s[first], side="right")) - 1

    def _resume(self, row: int) -> None:
        self.book.resume(self._past.instant(row))
        self.money.reset(int(self._past.dues.at_s[row]))

    def _segment(self, first: int, end: int) -> Segment:
        past, holdings = self._past, self.book.holdings
        stretch = past.stretch(int(past.dues.at_s[first]))
        kind = past.kind[first:end]
        is_made = (kind == MONITOR) | (kind == GUARD) if holdings else kind == MONITOR
        expired_s = min((int(holding.trade.expiry_at.timestamp()) for holding in holdings), default=None)
        if expired_s is not None:
            is_made |= (kind == SETTLE) & (past.dues.at_s[first:end] >= expired_s)
        rows = first + np.flatnonzero(is_made)
        at_s, look = past.dues.at_s[rows], past.look_number[rows]
        is_acting = past.kind[rows] == SETTLE
        equity = np.full(len(rows), float(self.book.realised_eur))
        margin = np.zeros(len(rows))
        for holding in holdings if len(rows) > 0 else ():
            looks = holding.looks_at(past, stretch, int(look[0]), self._rules)
            place = look - looks.first
            is_there = place < len(looks.may_act)
            known = np.minimum(place, len(looks.may_act) - 1)
            is_acting |= ~is_there
            if len(looks.may_act) > 0:
                is_acting |= looks.may_act[known]
                equity += _filled(looks.unrealised_eur[known], holding.unrealised_eur)
                margin += looks.margin_max_eth[known]
        local = look - stretch.first
        usage = margin / self._wealth.equity_eth(stretch.spot_usd[local], stretch.fx_usd_per_eur[local])
        is_acting |= self.money.is_near_limit(at_s, equity, usage)
        is_acting |= self.money.is_holding(self.book.holds)
        return Segment(rows=rows, at_s=at_s, equity_eur=equity, is_acting=is_acting)

    def _skip(self, segment: Segment, looks: int) -> None:
        """The first looks of the segment are over and nothing came of them but points of the curve."""
        if looks == 0:
            return
        self.money.add(segment.at_s[:looks], segment.equity_eur[:looks])
        numbers = self._past.look_number[segment.rows[:looks]]
        for holding in self.book.holdings:
            holding.skip(numbers)

    def _look(self, row: int) -> None:
        """The look of this row is made exactly: every trade judged, the money judged, then the cards answered."""
        look = ExactLook(self._past, self._rules, self.book, self._wealth, row=row, fx=self._fx)
        closes = look.judge_all()
        self._point(look.now)
        judged = self.money.judge(look.now, margin_usage_frac=look.margin_usage_frac, held=self.book.holds)
        for trigger in judged.reached:
            self.book.hold(trigger.code, look.now)
        for code in judged.lifted:
            self.book.holds.pop(code, None)
        for close in closes:
            self._answer_exit(look, close)

    def _answer_exit(self, look: ExactLook, close: Closed) -> None:
        look.close(close)
        self._point(look.now)

    def _point(self, now: datetime) -> None:
        floating = sum(holding.unrealised_eur for holding in self.book.holdings)
        self.money.add(np.array([int(now.timestamp())]), np.array([float(self.book.realised_eur) + floating]))

    def _believe(self, first: int, last: int) -> None:
        """The exchange rate believed in follows the looks at the market that always happen."""
        past = self._past
        for row in first + np.flatnonzero(past.is_belief[first:last]):
            self._believe_at(past.instant(int(row)))

    def _believe_at(self, now: datetime) -> None:
        fx, before = self._fx
        self._fx = self._past.fx(now), believed_fx(fx, before, now=now, rules=self._rules)

    def _scan(self, row: int) -> None:
        past, now = self._past, self._past.instant(row)
        self._believe_at(now)
        snapshot = past.scan(now, self._rules, wealth=self._wealth.at(now), fx_before_usd_per_eur=self._fx[1])
        self.tally.scans += 1
        # What open trades tie up matters only beside a candidate, so a sure refusal need not know it.
        if not self._is_counting and is_surely_refused(snapshot, self.book.book(now), self._rules, rr25_pts=past.rr25_pts(snapshot, self._rules)):
            return
        for holding in self.book.holdings:
            holding.record(past)
        decision = decide_entry(snapshot, self.book.book(now), self._rules)
        self.tally.modelled += self._is_counting and past.source(row) in self._modelled_sources
        if not isinstance(decision.outcome, Approved):
            if not self._is_counting:
                return
            self.tally.refused += 1
            self.tally.failed.update({(check.rule, check.code) for check in decision.outcome.checks if check.verdict is Verdict.FAILED})
            return
        self.tally.proposed += 1
        self.book.proposals += 1
        if self._policy is Policy.APPROVE:
            self._open(decision.outcome.value, snapshot, row)

    def _open(self, proposal: Proposal, snapshot: MarketSnapshot, row: int) -> None:
        """The entry is filled at once: at the instant it was proposed the market is the one it was judged by, so nothing has drifted."""
        index, dvol, fx, now = snapshot.index_usd, snapshot.dvol_pts, snapshot.fx_usd_per_eur, snapshot.taken_at
        if index is None or dvol is None or fx is None:
            return
        fill = fill_open(proposal.candidate.spread, self._rules, floor_coin=proposal.combo.floor_coin, index_usd=index.value)
        if fill is None:
            return
        opened = Opened(
            proposal=proposal, fill=fill, index_usd=index.value, fx_usd_per_eur=fx.value, dvol_pts=dvol.value, quantity_eth=proposal.sizing.quantity_eth
        )
        new = new_trade(opened, self._rules, proposal_id=self.book.proposals, stage=STAGE, now=now)
        trade = self.book.open(new, opened, now)
        facts = FillFacts(at=now, side="open", spot_usd=index.value, fx_usd_per_eur=fx.value)
        self.book.add_fill(fill_of(trade, facts, price_coin=fill.price_coin, mid_coin=fill.mid_coin, fee_coin=fill.fee_coin))
        first_look = int(np.searchsorted(self._past.look_s, int(self._past.dues.at_s[row]), side="right"))
        self.book.holdings.append(Holding.of(trade, opened_look=first_look))


def _filled(values: Floats, before: float) -> Floats:
    """The values with every gap filled by the last one known."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    last = np.maximum.accumulate(np.where(missing, -1, np.arange(len(values))))
    return np.where(last >= 0, values[np.maximum(last, 0)], before)
