"""The answer to a question about the rules, as a value of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.decision import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What the rules say of one question, with every check; nothing came of it.

    `legs` are the spread's, such as "sell ETH-27MAR26-1700-P"; the figures are None where there is no spread.
    """

    at: datetime
    outcome: str
    reason: str
    bias: str
    bias_row: int | None
    strategy: str | None
    legs: tuple[str, ...]
    quantity_eth: Decimal | None
    credit_mid_coin: Decimal | None
    max_loss_eur: Decimal | None
    checks: tuple[Check, ...]
