"""Frozen values of the trade, one import for all of them: the market, an entry, an exit.

Rules of this file: everything is per 1 ETH of option and a size is an ETH amount
(`quantity_eth`, a multiple of the lot). `_coin` is the quote coin of the contract
family: ETH for inverse, USDC for linear. Money, prices and sizes are Decimal,
model quantities (iv, Greeks, probabilities, returns) are float. Absent is None.
"""

from __future__ import annotations

from engine.core.decision import Approved, Check, Refused
from engine.core.model_entry import (
    BiasDecision,
    Binding,
    Book,
    Candidate,
    Combo,
    ComboLeg,
    GreekLeg,
    NetGreeks,
    OpenTrade,
    Proposal,
    SideCredit,
    Sizing,
    SpreadEconomics,
)
from engine.core.model_exit import ExitAction, ExitDecision, ExitEvidence, ExitInputs, ExitReason, ExitUrgency
from engine.core.model_market import (
    Candle,
    Chain,
    Greeks,
    Instrument,
    MacroCalendar,
    MacroEvent,
    MarketSnapshot,
    Quote,
    Reading,
    Sentiment,
    TickStep,
    VenueStatus,
    Wealth,
)
from engine.core.model_spread import Spread, Strikes, Vertical
from engine.core.model_terms import Bias, BookState, Family, OptionType, Severity, Stage, Strategy

__all__ = [
    "Approved",
    "Bias",
    "BiasDecision",
    "Binding",
    "Book",
    "BookState",
    "Candidate",
    "Candle",
    "Chain",
    "Check",
    "Combo",
    "ComboLeg",
    "ExitAction",
    "ExitDecision",
    "ExitEvidence",
    "ExitInputs",
    "ExitReason",
    "ExitUrgency",
    "Family",
    "GreekLeg",
    "Greeks",
    "Instrument",
    "MacroCalendar",
    "MacroEvent",
    "MarketSnapshot",
    "NetGreeks",
    "OpenTrade",
    "OptionType",
    "Proposal",
    "Quote",
    "Reading",
    "Refused",
    "Sentiment",
    "Severity",
    "SideCredit",
    "Sizing",
    "Spread",
    "SpreadEconomics",
    "Stage",
    "Strategy",
    "Strikes",
    "TickStep",
    "VenueStatus",
    "Vertical",
    "Wealth",
]
