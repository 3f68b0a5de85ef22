"""What comes of a tap: one permission to act, or the precise reason why not; and how the kill row reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from engine.core.lifecycle import ProposalState


class ClaimCode(StrEnum):
    """What came of a tap on a card; only CLAIMED (or VALID, where nothing is decided) is a permission to act."""

    CLAIMED = "claimed"
    VALID = "valid"
    ALREADY_DECIDED = "already_decided"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    UNKNOWN_NONCE = "unknown_nonce"
    WRONG_MESSAGE = "wrong_message"
    VOID_NONCE = "void_nonce"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOutcome:
    """`state`, `decided_at` and `decided_by` are the proposal's after the tap; None when the nonce names no proposal."""

    code: ClaimCode
    state: ProposalState | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None

    @property
    def is_claimed(self) -> bool:
        """True for the one tap that may act."""
        return self.code is ClaimCode.CLAIMED


class NonceUse(StrEnum):
    """What came of using a stand-alone nonce; only GRANTED is a permission to act."""

    GRANTED = "granted"
    UNKNOWN = "unknown"
    WRONG_PERSON = "wrong_person"
    USED = "used"
    EXPIRED = "expired"


class KillRow(NamedTuple):
    """The switch as the database remembers it; `since` is None while it is not armed."""

    armed: bool
    reason: str
    since: datetime | None
