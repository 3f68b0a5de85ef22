"""Everything an entry decision looks at, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from engine.core.decision import Approved, Check, Refused
from engine.core.model import BiasDecision, Book, Candidate, MarketSnapshot, OptionType, Sizing, Stage, Strategy


# Without slots, because what is asked again by every rule is worked out once and kept.
@dataclass(frozen=True, kw_only=True)
class EntryContext:
    """One entry question: the market, the book, and what the steps before said.

    `candidate` is None when the bias named no trade, `sizing` when there was no
    candidate, `liquidity` the gate's checks at the final size (None when it did not run).
    The book must not contain the proposal that is being decided again.
    """

    snapshot: MarketSnapshot
    book: Book
    bias: BiasDecision
    rr25_pts: float | None
    candidate: Approved[Candidate] | Refused | None
    sizing: Approved[Sizing] | Refused | None
    liquidity: tuple[Check, ...] | None
    stage: Stage
    now: datetime

    @cached_property
    def chosen(self) -> Candidate | None:
        """The candidate, where one was found."""
        return self.candidate.value if isinstance(self.candidate, Approved) else None

    @cached_property
    def sized(self) -> Sizing | None:
        """The size, where one was allowed."""
        return self.sizing.value if isinstance(self.sizing, Approved) else None

    @cached_property
    def strategy(self) -> Strategy | None:
        """The trade in question: the candidate's, otherwise the bias table's."""
        return self.chosen.spread.strategy if self.chosen is not None else self.bias.strategy

    @cached_property
    def sides(self) -> tuple[OptionType, ...]:
        """The sides of the trade in question, none while no trade is."""
        return () if self.strategy is None else self.strategy.sides
