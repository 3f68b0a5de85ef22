"""How the cards of a replay are answered."""

from __future__ import annotations

from enum import StrEnum


class Policy(StrEnum):
    """Who answers the cards: everyone says yes, everyone says no, everyone sleeps."""

    APPROVE = "approve"
    REJECT = "reject"
    IGNORE = "ignore"
