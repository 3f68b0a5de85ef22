"""One tap wins, every other is told precisely why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.lifecycle import ProposalEvent, ProposalState
from engine.core.model import Strategy
from engine.errors import InvariantBroken, StateError
from engine.state.repository import ClaimCode, ClaimOutcome, NonceUse, Store, Transaction, new_nonce
from tests.engine.state.builders import CHAT, LATER, MESSAGE, NOW, USER, add_proposal, new_trade, send_card


def tap(tx: Transaction, proposal_id: int, nonce: str, **changes: object) -> ClaimOutcome:
    facts: dict[str, object] = {"chat_id": CHAT, "message_id": MESSAGE, "user": USER, "now": NOW}
    return tx.claim_proposal(proposal_id=proposal_id, nonce=nonce, **{**facts, **changes})  # type: ignore[arg-type]


def asked(store: Store) -> tuple[int, str]:
    def work(tx: Transaction) -> tuple[int, str]:
        proposal_id = add_proposal(tx)
        return proposal_id, send_card(tx, proposal_id)

    return store.write_sync(work)


def test_a_nonce_has_96_bits_and_fits_a_button() -> None:
    assert len({new_nonce() for _ in range(1000)}) == 1000
    assert len(new_nonce()) == 16


def test_a_proposal_is_born_pending(store: Store) -> None:
    proposal_id, _ = asked(store)
    record = store.read_sync(lambda tx: tx.proposal(proposal_id))

    assert record is not None
    assert (record.state, record.revision, record.strategy, record.max_loss_eur) == (ProposalState.PENDING, 1, Strategy.BULL_PUT, Decimal("172.50"))
    assert store.read_sync(lambda tx: tx.pending_proposals()) == (record,)
    assert store.read_sync(lambda tx: tx.proposals()) == (record,)
    assert store.read_sync(lambda tx: tx.proposal(99)) is None


def test_the_first_tap_wins_and_learns_its_message(store: Store) -> None:
    proposal_id, nonce = asked(store)
    first = store.write_sync(lambda tx: tap(tx, proposal_id, nonce))
    second = store.write_sync(lambda tx: tap(tx, proposal_id, nonce, user="user:2"))

    assert first.is_claimed
    assert (second.code, second.decided_by, second.decided_at) == (ClaimCode.ALREADY_DECIDED, USER, NOW)
    assert store.read_sync(lambda tx: tx.card_messages(proposal_id))[0].message_id == MESSAGE


def test_two_hundred_taps_have_one_winner(store: Store) -> None:
    proposal_id, nonce = asked(store)
    outcomes = [store.write_sync(lambda tx: tap(tx, proposal_id, nonce)) for _ in range(200)]

    assert sum(outcome.is_claimed for outcome in outcomes) == 1


def nothing_before(tx: Transaction, proposal_id: int) -> None:
    return


def sent_as_message_one(tx: Transaction, proposal_id: int) -> None:
    card = tx.claim_outgoing(NOW)
    assert card is not None
    assert card.proposal_id == proposal_id
    tx.settle_sent(card.outbox_id, message_id=1)


REFUSALS: list[tuple[str, Callable[[Transaction, int], object], dict[str, object], ClaimCode]] = [
    ("at the deadline", nothing_before, {"now": LATER}, ClaimCode.EXPIRED),
    ("another nonce", nothing_before, {"nonce": "x" * 16}, ClaimCode.UNKNOWN_NONCE),
    ("another chat", nothing_before, {"chat_id": 1}, ClaimCode.WRONG_MESSAGE),
    ("another message", sent_as_message_one, {}, ClaimCode.WRONG_MESSAGE),
    ("superseded", lambda tx, p: tx.move_proposal(p, ProposalEvent.SUPERSEDE, now=NOW), {}, ClaimCode.SUPERSEDED),
    ("expired", lambda tx, p: tx.move_proposal(p, ProposalEvent.EXPIRE, now=NOW), {}, ClaimCode.EXPIRED),
    ("rejected", lambda tx, p: tx.move_proposal(p, ProposalEvent.REJECT, now=NOW, user="u"), {}, ClaimCode.ALREADY_DECIDED),
    ("void", lambda tx, p: tx.void_attempts(p), {}, ClaimCode.VOID_NONCE),
]


@pytest.mark.parametrize(("before", "facts", "code"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_tap_that_does_not_match_is_refused_with_its_reason(
    store: Store, before: Callable[[Transaction, int], object], facts: dict[str, object], code: ClaimCode
) -> None:
    proposal_id, nonce = asked(store)
    store.write_sync(lambda tx: before(tx, proposal_id))
    was = store.read_sync(lambda tx: tx.proposal(proposal_id))
    outcome = store.write_sync(lambda tx: tap(tx, proposal_id, str(facts.get("nonce", nonce)), **{k: v for k, v in facts.items() if k != "nonce"}))

    assert outcome.code is code
    assert store.read_sync(lambda tx: tx.proposal(proposal_id)) == was


def test_a_tap_just_before_the_deadline_counts(store: Store) -> None:
    proposal_id, nonce = asked(store)

    assert store.write_sync(lambda tx: tap(tx, proposal_id, nonce, now=LATER - timedelta(microseconds=1))).is_claimed


def test_a_nonce_of_another_card_opens_nothing(store: Store) -> None:
    first, _ = asked(store)
    _, other_nonce = asked(store)

    assert store.write_sync(lambda tx: tap(tx, first, other_nonce)).code is ClaimCode.UNKNOWN_NONCE


def test_the_winning_attempt_voids_its_siblings(store: Store) -> None:
    proposal_id, first = asked(store)
    second = store.write_sync(lambda tx: send_card(tx, proposal_id))
    store.write_sync(lambda tx: tap(tx, proposal_id, second))
    void = {card.nonce: card.is_void for card in store.read_sync(lambda tx: tx.card_messages(proposal_id))}

    assert void == {first: True, second: False}


def test_a_no_settles_the_card_in_one_step(store: Store) -> None:
    proposal_id, nonce = asked(store)
    outcome = store.write_sync(lambda tx: tap(tx, proposal_id, nonce, event=ProposalEvent.REJECT))

    assert (outcome.is_claimed, outcome.state) == (True, ProposalState.REJECTED)
    assert store.read_sync(lambda tx: tx.pending_proposals()) == ()


def test_looking_at_a_card_decides_nothing(store: Store) -> None:
    proposal_id, nonce = asked(store)
    seen = store.write_sync(lambda tx: tx.check_tap(proposal_id=proposal_id, nonce=nonce, chat_id=CHAT, message_id=MESSAGE, now=NOW))
    elsewhere = store.write_sync(lambda tx: tx.check_tap(proposal_id=proposal_id, nonce=nonce, chat_id=CHAT, message_id=1, now=NOW))

    assert (seen.code, seen.is_claimed) == (ClaimCode.VALID, False)
    assert elsewhere.code is ClaimCode.WRONG_MESSAGE
    assert store.write_sync(lambda tx: tap(tx, proposal_id, nonce)).is_claimed


def test_asking_again_makes_every_old_button_void(store: Store) -> None:
    proposal_id, old = asked(store)
    store.write_sync(lambda tx: tap(tx, proposal_id, old))
    revision = store.write_sync(lambda tx: tx.revise_proposal(proposal_id, payload_json='{"new":1}', expires_at=LATER))
    new = store.write_sync(lambda tx: send_card(tx, proposal_id, revision=revision))
    record = store.read_sync(lambda tx: tx.proposal(proposal_id))

    assert record is not None
    assert (record.state, record.revision, record.payload_json, record.decided_by) == (ProposalState.PENDING, 2, '{"new":1}', None)
    assert store.write_sync(lambda tx: tap(tx, proposal_id, old)).code is ClaimCode.VOID_NONCE
    assert store.write_sync(lambda tx: tap(tx, proposal_id, new)).is_claimed


def test_the_steps_of_the_table_are_the_only_ones(store: Store) -> None:
    proposal_id, nonce = asked(store)
    store.write_sync(lambda tx: tap(tx, proposal_id, nonce))
    store.write_sync(lambda tx: tx.move_proposal(proposal_id, ProposalEvent.APPROVE, now=LATER, user="user:9", note="fine"))
    store.write_sync(lambda tx: tx.move_proposal(proposal_id, ProposalEvent.EXECUTE, now=LATER + timedelta(days=1)))
    record = store.read_sync(lambda tx: tx.proposal(proposal_id))

    assert record is not None
    assert (record.state, record.decided_by, record.decided_at, record.note) == (ProposalState.EXECUTED, "user:9", LATER, "fine")
    assert store.read_sync(lambda tx: tx.proposals_in(ProposalState.EXECUTED)) == (record,)
    assert all(card.is_void for card in store.read_sync(lambda tx: tx.card_messages(proposal_id)))
    with pytest.raises(InvariantBroken):
        store.write_sync(lambda tx: tx.move_proposal(proposal_id, ProposalEvent.REJECT, now=NOW))
    with pytest.raises(StateError, match="no proposal 99"):
        store.write_sync(lambda tx: tx.move_proposal(99, ProposalEvent.REJECT, now=NOW))


def test_a_claim_given_back_waits_as_if_never_tapped(store: Store) -> None:
    proposal_id, nonce = asked(store)
    store.write_sync(lambda tx: tap(tx, proposal_id, nonce))
    store.write_sync(lambda tx: tx.move_proposal(proposal_id, ProposalEvent.ASK_AGAIN, now=NOW))
    record = store.read_sync(lambda tx: tx.proposal(proposal_id))

    assert record is not None
    assert (record.state, record.decided_at, record.decided_by) == (ProposalState.PENDING, None, None)


def test_only_a_pending_proposal_can_be_put_off(store: Store) -> None:
    proposal_id, nonce = asked(store)

    assert store.write_sync(lambda tx: tx.postpone_proposal(proposal_id, expires_at=LATER + timedelta(minutes=30))) == 1
    assert store.write_sync(lambda tx: tap(tx, proposal_id, nonce, now=LATER)).is_claimed
    with pytest.raises(InvariantBroken, match="put off"):
        store.write_sync(lambda tx: tx.postpone_proposal(proposal_id, expires_at=LATER))


def test_content_is_frozen_once_decided(store: Store) -> None:
    proposal_id, _ = asked(store)
    store.write_sync(lambda tx: tx.set_payload(proposal_id, '{"id":1}'))
    store.write_sync(lambda tx: tx.move_proposal(proposal_id, ProposalEvent.EXPIRE, now=NOW))

    with pytest.raises(InvariantBroken, match="not waiting"):
        store.write_sync(lambda tx: tx.set_payload(proposal_id, "{}"))


def test_a_dangerous_button_works_once_for_whom_it_was_made(store: Store) -> None:
    nonce = store.write_sync(lambda tx: tx.add_action_nonce(kind="force_close", ref="7", user_id=1, chat_id=2, valid_until=LATER))
    late = store.write_sync(lambda tx: tx.add_action_nonce(kind="force_close", ref="7", user_id=1, chat_id=2, valid_until=NOW))

    def use(value: str, *, ref: str = "7", user_id: int = 1) -> NonceUse:
        return store.write_sync(lambda tx: tx.use_action_nonce(nonce=value, kind="force_close", ref=ref, user_id=user_id, chat_id=2, now=NOW))

    assert use(nonce, user_id=3) is NonceUse.WRONG_PERSON
    assert use(nonce, ref="8") is NonceUse.UNKNOWN
    assert use(nonce) is NonceUse.GRANTED
    assert use(nonce) is NonceUse.USED
    assert use(late) is NonceUse.EXPIRED


def test_decisions_are_kept_with_what_they_stood_on(store: Store) -> None:
    def work(tx: Transaction) -> tuple[int, int, int]:
        facts = {"at": NOW, "reason": "E05", "bias": "bull", "source": "recorded", "checks_json": "[]", "snapshot_json": "{}"}
        trade_id = tx.add_trade(new_trade(add_proposal(tx)))
        refused = tx.add_decision(kind="entry", outcome="refused", bias_row=3, **facts)
        approved = tx.add_decision(kind="entry", outcome="approved", strategy=Strategy.BULL_PUT, recorded_at=NOW, **facts)
        tx.add_decision(kind="exit", outcome="hold", trade_id=trade_id, **facts)
        return refused, approved, trade_id

    refused, approved, trade_id = store.write_sync(work)
    last = store.read_sync(lambda tx: tx.decision(None))
    first = store.read_sync(lambda tx: tx.decision(refused))

    assert last is not None
    assert first is not None
    assert (last.decision_id, last.strategy, last.recorded_at) == (approved, Strategy.BULL_PUT, NOW)
    assert (first.bias_row, first.strategy) == (3, None)
    assert [decision.kind for decision in store.read_sync(lambda tx: tx.decisions_of_trade(trade_id))] == ["exit"]
    assert [decision.decision_id for decision in store.read_sync(lambda tx: tx.decisions("entry"))] == [refused, approved]
