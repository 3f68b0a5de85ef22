"""Trade and proposal life as tables: (state, event) -> state; anything else changes nothing and raises.

Proposal: a card's question. CLAIMED is the moment one tap won and the gates run again.
Trade: born APPROVED together with its order intent, so a crash can never lose the link.
Order: one that goes to the venue; in the store before it is sent, and ended only by what the venue proves.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from engine.errors import InvariantBroken

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class ProposalState(StrEnum):
    """Where a card stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    APPROVED = "approved"
    EXECUTED = "executed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    NOT_PLACED = "not_placed"


class ProposalEvent(StrEnum):
    """What can happen to a card."""

    CLAIM = "claim"
    ASK_AGAIN = "ask_again"
    APPROVE = "approve"
    EXECUTE = "execute"
    REJECT = "reject"
    EXPIRE = "expire"
    SUPERSEDE = "supersede"
    REFUSE = "refuse"
    NOT_PLACED = "not_placed"


class TradeState(StrEnum):
    """Where a trade stands."""

    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    SETTLED = "settled"
    NOT_OPENED = "not_opened"


class TradeEvent(StrEnum):
    """What can happen to a trade."""

    OPEN_FILLED = "open_filled"
    OPEN_FAILED = "open_failed"
    CLOSE_STARTED = "close_started"
    CLOSE_FILLED = "close_filled"
    SIDE_CLOSED = "side_closed"
    PART_CLOSED = "part_closed"
    CLOSE_FAILED = "close_failed"
    DELIVERED = "delivered"


class OrderState(StrEnum):
    """Where an order at the venue stands. UNKNOWN: it may stand there or not, and is never sent again."""

    SENDING = "sending"
    OPEN = "open"
    UNKNOWN = "unknown"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    NOT_PLACED = "not_placed"

    @property
    def is_live(self) -> bool:
        """It stands at the venue, or may."""
        return self in (OrderState.SENDING, OrderState.OPEN, OrderState.UNKNOWN)


class OrderEvent(StrEnum):
    """What can be learned of an order."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    WITHHELD = "withheld"
    FOUND = "found"
    NOT_FOUND = "not_found"
    FILLED = "filled"
    ENDED = "ended"


PROPOSAL_TABLE: Mapping[tuple[ProposalState, ProposalEvent], ProposalState] = {
    (ProposalState.PENDING, ProposalEvent.CLAIM): ProposalState.CLAIMED,
    (ProposalState.PENDING, ProposalEvent.REJECT): ProposalState.REJECTED,
    (ProposalState.PENDING, ProposalEvent.EXPIRE): ProposalState.EXPIRED,
    (ProposalState.PENDING, ProposalEvent.SUPERSEDE): ProposalState.SUPERSEDED,
    (ProposalState.PENDING, ProposalEvent.REFUSE): ProposalState.REFUSED,
    (ProposalState.CLAIMED, ProposalEvent.ASK_AGAIN): ProposalState.PENDING,
    (ProposalState.CLAIMED, ProposalEvent.APPROVE): ProposalState.APPROVED,
    (ProposalState.CLAIMED, ProposalEvent.REJECT): ProposalState.REJECTED,
    (ProposalState.CLAIMED, ProposalEvent.REFUSE): ProposalState.REFUSED,
    (ProposalState.CLAIMED, ProposalEvent.EXPIRE): ProposalState.EXPIRED,
    (ProposalState.CLAIMED, ProposalEvent.SUPERSEDE): ProposalState.SUPERSEDED,
    (ProposalState.APPROVED, ProposalEvent.EXECUTE): ProposalState.EXECUTED,
    (ProposalState.APPROVED, ProposalEvent.NOT_PLACED): ProposalState.NOT_PLACED,
}

TRADE_TABLE: Mapping[tuple[TradeState, TradeEvent], TradeState] = {
    (TradeState.OPENING, TradeEvent.OPEN_FILLED): TradeState.OPEN,
    (TradeState.OPENING, TradeEvent.OPEN_FAILED): TradeState.NOT_OPENED,
    (TradeState.OPEN, TradeEvent.CLOSE_STARTED): TradeState.CLOSING,
    (TradeState.OPEN, TradeEvent.DELIVERED): TradeState.SETTLED,
    (TradeState.CLOSING, TradeEvent.CLOSE_FILLED): TradeState.CLOSED,
    (TradeState.CLOSING, TradeEvent.SIDE_CLOSED): TradeState.OPEN,
    (TradeState.CLOSING, TradeEvent.PART_CLOSED): TradeState.OPEN,
    (TradeState.CLOSING, TradeEvent.CLOSE_FAILED): TradeState.OPEN,
    (TradeState.CLOSING, TradeEvent.DELIVERED): TradeState.SETTLED,
}

ORDER_TABLE: Mapping[tuple[OrderState, OrderEvent], OrderState] = {
    (OrderState.SENDING, OrderEvent.ACCEPTED): OrderState.OPEN,
    (OrderState.SENDING, OrderEvent.REFUSED): OrderState.REJECTED,
    (OrderState.SENDING, OrderEvent.IN_DOUBT): OrderState.UNKNOWN,
    (OrderState.SENDING, OrderEvent.WITHHELD): OrderState.NOT_PLACED,
    (OrderState.UNKNOWN, OrderEvent.FOUND): OrderState.OPEN,
    (OrderState.UNKNOWN, OrderEvent.NOT_FOUND): OrderState.NOT_PLACED,
    (OrderState.OPEN, OrderEvent.IN_DOUBT): OrderState.UNKNOWN,
    (OrderState.OPEN, OrderEvent.FILLED): OrderState.FILLED,
    (OrderState.OPEN, OrderEvent.ENDED): OrderState.CANCELLED,
}


def advance_proposal(state: ProposalState, event: ProposalEvent) -> ProposalState:
    """The proposal's next state. Raises InvariantBroken for a step the table does not know."""
    following = PROPOSAL_TABLE.get((state, event))
    if following is None:
        raise InvariantBroken(f"a proposal that is {state} cannot {event}")
    return following


def advance_trade(state: TradeState, event: TradeEvent) -> TradeState:
    """The trade's next state. Raises InvariantBroken for a step the table does not know."""
    following = TRADE_TABLE.get((state, event))
    if following is None:
        raise InvariantBroken(f"a trade that is {state} cannot take {event}")
    return following


def advance_order(state: OrderState, event: OrderEvent) -> OrderState:
    """The order's next state. Raises InvariantBroken for a step the table does not know."""
    following = ORDER_TABLE.get((state, event))
    if following is None:
        raise InvariantBroken(f"an order that is {state} cannot be {event}")
    return following


def mermaid_proposal() -> str:
    """The proposal's life as a Mermaid state diagram, drawn from its table."""
    return _mermaid(PROPOSAL_TABLE, starts=ProposalState.PENDING)


def mermaid_trade() -> str:
    """The trade's life as a Mermaid state diagram, drawn from its table."""
    return _mermaid(TRADE_TABLE, starts=TradeState.OPENING)


def mermaid_order() -> str:
    """The life of an order at the venue as a Mermaid state diagram, drawn from its table."""
    return _mermaid(ORDER_TABLE, starts=OrderState.SENDING)


def _mermaid(table: Mapping[tuple[S, E], S], *, starts: S) -> str:
    left = {state for state, _ in table}
    ends = [state for state in dict.fromkeys(table.values()) if state not in left]
    steps = [f"    {state} --> {following}: {event}" for (state, event), following in table.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {starts}", *steps, *(f"    {state} --> [*]" for state in ends), ""])
