"""Button data and back: `v1:<verb>:<ref>:<nonce>`, at most 64 bytes, decoded strictly or not at all.

Rules of this file: a button that decides carries the 96-bit nonce of its own
sending, kept in the database; one that only reads carries `-`. `ref` is the number
of a proposal or a trade, one side of a trade (`7-put`), a page, a command with its
words (`equity.all`), or a short name, and means what the verb says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from engine.core.model import OptionType

VERSION = "v1"
NO_NONCE = "-"
CALLBACK_MAX_BYTES = 64
NUMBER_MAX_DIGITS = 15

_SHAPE = re.compile(r"v1:([a-z_]{1,12}):([0-9A-Za-z._-]{1,28}):(-|[0-9A-Za-z_-]{16})", re.ASCII)


class Verb(StrEnum):
    """What a button does. Those of `DECIDING` change something and need a nonce, the others read, lead on, or choose for who taps them."""

    APPROVE = "approve"
    REJECT = "reject"
    CLOSE = "close"
    POSTPONE = "postpone"
    KEEP = "keep"
    FORCE_CLOSE = "force_close"
    CLOSE_ALL = "close_all"
    CANCEL = "cancel"
    DETAILS = "details"
    CHART = "chart"
    HD = "hd"
    PAGE = "page"
    SHOW = "show"
    SHEET = "sheet"
    PICK = "pick"
    ASK_CLOSE = "ask_close"
    DISMISS = "dismiss"
    INVITE = "invite"
    APPOINT = "appoint"
    REMOVE = "remove"
    PERSON = "person"
    ZONE = "zone"
    LANGUAGE = "language"
    SEEN = "seen"
    LATER = "later"
    SUBJECT = "subject"
    LOUD = "loud"
    QUIET = "quiet"
    PRACTISE = "practise"
    HALF = "half"
    WIDER = "wider"
    NEXT = "next"
    SNOOZE = "snooze"
    BECAUSE = "because"
    CONFIRM = "confirm"


DECIDING = frozenset(
    {
        *(Verb.APPROVE, Verb.REJECT, Verb.CLOSE, Verb.POSTPONE, Verb.KEEP, Verb.FORCE_CLOSE, Verb.CLOSE_ALL, Verb.CANCEL),
        *(Verb.HALF, Verb.WIDER, Verb.NEXT, Verb.SNOOZE, Verb.CONFIRM),
        *(Verb.PRACTISE, Verb.INVITE, Verb.APPOINT, Verb.REMOVE),
    }
)

LOOKING = frozenset({Verb.DETAILS, Verb.CHART, Verb.HD, Verb.PAGE, Verb.SHOW, Verb.SHEET, Verb.PICK})
"""What these show comes as messages; the tap itself has no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRef:
    """A trade, or one side of an iron condor."""

    trade_id: int
    side: OptionType | None = None

    def __str__(self) -> str:
        """As a button carries it: `7` or `7-put`."""
        return str(self.trade_id) if self.side is None else f"{self.trade_id}-{self.side}"


def read_trade(ref: str) -> TradeRef | None:
    """The trade or the side a button means; None for anything else."""
    written, dash, side = ref.partition("-")
    if not _is_number(written) or (dash and side not in OptionType.__members__.values()):
        return None
    return TradeRef(trade_id=int(written), side=OptionType(side) if dash else None)


@dataclass(frozen=True, slots=True)
class Callback:
    """A button's meaning, typed."""

    verb: Verb
    ref: str
    nonce: str = NO_NONCE

    @property
    def number(self) -> int | None:
        """`ref` as the number it is for most verbs; None when it is a name."""
        return int(self.ref) if _is_number(self.ref) else None


def encode(verb: Verb, ref: int | str | TradeRef, nonce: str = NO_NONCE) -> str:
    """Button data within 64 bytes. Raises ValueError for a ref or a nonce the format does not know."""
    written = f"{VERSION}:{verb}:{ref}:{nonce}"
    if decode(written) is None:
        raise ValueError(f"{written!r} is no button data")
    return written


def decode(written: str) -> Callback | None:
    """The meaning of button data; None for anything this version did not write."""
    match = _SHAPE.fullmatch(written)
    if match is None:
        return None
    verb, ref, nonce = match.groups()
    if verb not in Verb.__members__.values() or (Verb(verb) in DECIDING) != (nonce != NO_NONCE):
        return None
    return Callback(Verb(verb), ref, nonce)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= NUMBER_MAX_DIGITS
