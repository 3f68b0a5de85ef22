"""Every step the tables know is taken, every other one raises and changes nothing."""

from __future__ import annotations

import itertools

import pytest

from engine.core.lifecycle import (
    ORDER_TABLE,
    PROPOSAL_TABLE,
    TRADE_TABLE,
    OrderEvent,
    OrderState,
    ProposalEvent,
    ProposalState,
    TradeEvent,
    TradeState,
    advance_order,
    advance_proposal,
    advance_trade,
    mermaid_order,
    mermaid_proposal,
    mermaid_trade,
)
from engine.errors import InvariantBroken


@pytest.mark.parametrize(("state", "event"), list(itertools.product(ProposalState, ProposalEvent)))
def test_a_proposal_takes_only_the_steps_of_its_table(state: ProposalState, event: ProposalEvent) -> None:
    if (state, event) in PROPOSAL_TABLE:
        assert advance_proposal(state, event) is PROPOSAL_TABLE[state, event]
    else:
        with pytest.raises(InvariantBroken, match=f"{state} cannot {event}"):
            advance_proposal(state, event)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(TradeState, TradeEvent)))
def test_a_trade_takes_only_the_steps_of_its_table(state: TradeState, event: TradeEvent) -> None:
    if (state, event) in TRADE_TABLE:
        assert advance_trade(state, event) is TRADE_TABLE[state, event]
    else:
        with pytest.raises(InvariantBroken, match=f"{state} cannot take {event}"):
            advance_trade(state, event)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(OrderState, OrderEvent)))
def test_an_order_takes_only_the_steps_of_its_table(state: OrderState, event: OrderEvent) -> None:
    if (state, event) in ORDER_TABLE:
        assert advance_order(state, event) is ORDER_TABLE[state, event]
    else:
        with pytest.raises(InvariantBroken, match=f"{state} cannot be {event}"):
            advance_order(state, event)


def test_an_order_that_is_live_is_one_that_may_stand_at_the_venue() -> None:
    assert [state for state in OrderState if state.is_live] == [OrderState.SENDING, OrderState.OPEN, OrderState.UNKNOWN]
    assert {state for state, _ in ORDER_TABLE} == {state for state in OrderState if state.is_live}


def test_the_order_diagram_is_drawn_from_the_table() -> None:
    assert mermaid_order().startswith("stateDiagram-v2\n    [*] --> sending\n    sending --> open: accepted\n")
    assert "    unknown --> not_placed: not_found\n" in mermaid_order()


@pytest.mark.parametrize("ended", [ProposalState.EXECUTED, ProposalState.REJECTED, ProposalState.EXPIRED, ProposalState.SUPERSEDED, ProposalState.REFUSED])
def test_an_answered_proposal_never_moves_again(ended: ProposalState) -> None:
    assert not [event for event in ProposalEvent if (ended, event) in PROPOSAL_TABLE]


def test_the_trade_diagram_is_drawn_from_the_table() -> None:
    assert mermaid_trade() == (
        "stateDiagram-v2\n"
        "    [*] --> opening\n"
        "    opening --> open: open_filled\n"
        "    opening --> not_opened: open_failed\n"
        "    open --> closing: close_started\n"
        "    open --> settled: delivered\n"
        "    closing --> closed: close_filled\n"
        "    closing --> open: side_closed\n"
        "    closing --> open: part_closed\n"
        "    closing --> open: close_failed\n"
        "    closing --> settled: delivered\n"
        "    not_opened --> [*]\n"
        "    settled --> [*]\n"
        "    closed --> [*]\n"
    )


def test_the_proposal_diagram_has_every_step_once() -> None:
    drawn = mermaid_proposal()

    assert drawn.count(": ") == len(PROPOSAL_TABLE)
    assert all(f"    {state} --> {following}: {event}\n" in drawn for (state, event), following in PROPOSAL_TABLE.items())
