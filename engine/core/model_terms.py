"""The words of the desk as values: contract family, option type, strategy, bias, stage, severity, book state.

Rules of this file: those of `model.py`, which is where everybody imports them from.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum


class Family(StrEnum):
    """Which contracts are traded: quoted and settled in ETH (inverse), or in USDC (linear).

    The only place that knows what a quote coin is worth; `index_usd` must be positive.
    """

    INVERSE = "inverse"
    LINEAR_USDC = "linear_usdc"

    @property
    def coin(self) -> str:
        """The quote coin's name."""
        return "ETH" if self is Family.INVERSE else "USDC"

    def usd_of_coin(self, amount_coin: Decimal, *, index_usd: Decimal) -> Decimal:
        """What an amount of the quote coin is worth in USD."""
        return amount_coin * index_usd if self is Family.INVERSE else amount_coin

    def coin_of_usd(self, amount_usd: Decimal, *, index_usd: Decimal) -> Decimal:
        """What an amount of USD is worth in the quote coin."""
        return amount_usd / index_usd if self is Family.INVERSE else amount_usd

    def coin_of_eth(self, amount_eth: Decimal, *, index_usd: Decimal) -> Decimal:
        """What an amount of ETH is worth in the quote coin."""
        return amount_eth if self is Family.INVERSE else amount_eth * index_usd

    def eth_of_coin(self, amount_coin: Decimal, *, index_usd: Decimal) -> Decimal:
        """What an amount of the quote coin is worth in ETH."""
        return amount_coin if self is Family.INVERSE else amount_coin / index_usd


class OptionType(StrEnum):
    """The right to sell or to buy."""

    PUT = "put"
    CALL = "call"


class Strategy(StrEnum):
    """The credit spreads that are sold; an iron condor is a bull put and a bear call of one expiry."""

    BULL_PUT = "bull_put"
    BEAR_CALL = "bear_call"
    IRON_CONDOR = "iron_condor"

    @property
    def sides(self) -> tuple[OptionType, ...]:
        """The option type of each vertical, puts first."""
        by_strategy = {Strategy.BULL_PUT: (OptionType.PUT,), Strategy.BEAR_CALL: (OptionType.CALL,), Strategy.IRON_CONDOR: (OptionType.PUT, OptionType.CALL)}
        return by_strategy[self]


class Bias(StrEnum):
    """What the market allows; NO_ENTRY is a "no" whatever the spread."""

    BULL = "bull"
    BEAR = "bear"
    NEUTRAL = "neutral"
    NO_ENTRY = "no_entry"


class Stage(StrEnum):
    """How much is trusted to the engine, from simulated fills to full caps."""

    PAPER = "paper"
    SOFT = "soft"
    FULL = "full"


class Severity(StrEnum):
    """How much an event may move the market."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class BookState(StrEnum):
    """What the exchange says of one instrument's book, in its words."""

    OPEN = "open"
    SETTLEMENT = "settlement"
    DELIVERED = "delivered"
    INACTIVE = "inactive"
    LOCKED = "locked"
    HALTED = "halted"
    ARCHIVIZED = "archivized"
