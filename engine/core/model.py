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
    Sizing,
    SpreadEconomics,
)
from engine.core.model_exit import ExitAction, ExitDecision, ExitEvidence, ExitInputs, ExitReason, ExitUrgency
from engine.core.model_market import (
    Bias,
    BookState,
    Candle,
    Chain,
    Family,
    Greeks,
    Instrument,
    MacroCalendar,
    MacroEvent,
    MarketSnapshot,
    OptionType,
    Quote,
    Reading,
    Sentiment,
    Severity,
    Spread,
    Stage,
    Strategy,
    TickStep,
    VenueStatus,
    Wealth,
)

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
    "Sizing",
    "Spread",
    "SpreadEconomics",
    "Stage",
    "Strategy",
    "TickStep",
    "VenueStatus",
    "Wealth",
]
