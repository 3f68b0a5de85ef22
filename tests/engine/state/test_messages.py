"""What came is handled once; what is owed goes out in order or is accounted for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.state.records import InboxRecord, NewOutgoing
from engine.state.repository import Store, Transaction
from tests.engine.state.builders import CHAT, NOW, add_message, add_proposal, new_trade, send_card

SOON = NOW + timedelta(seconds=30)


def receive(store: Store, update_id: int, callback_id: str | None = None) -> bool:
    return store.write_sync(lambda tx: tx.add_update(update_id=update_id, raw_json="{}", callback_id=callback_id, now=NOW))


def take(store: Store) -> InboxRecord | None:
    return store.write_sync(lambda tx: tx.next_update())


def claim(store: Store, now: object = NOW) -> str | None:
    record = store.write_sync(lambda tx: tx.claim_outgoing(now))  # type: ignore[arg-type]
    return None if record is None else record.dedupe_key


def test_an_update_and_a_button_press_are_stored_once(store: Store) -> None:
    assert receive(store, 10, "press-1")
    assert not receive(store, 10)
    assert not receive(store, 11, "press-1")
    assert receive(store, 12)


def test_updates_are_handled_in_the_order_they_came(store: Store) -> None:
    receive(store, 10)
    receive(store, 11)
    first = take(store)

    assert first is not None
    assert (first.update_id, first.attempts, first.state) == (10, 1, "queued")
    assert store.write_sync(lambda tx: tx.finish_update(10, outcome="ok", now=NOW))
    assert not store.write_sync(lambda tx: tx.finish_update(10, outcome="ok", now=NOW))
    second = take(store)
    assert second is not None
    assert second.update_id == 11


def test_an_update_that_fails_three_times_is_dead_and_named(store: Store) -> None:
    receive(store, 10)
    died = []
    for _ in range(3):
        take(store)
        died.append(store.write_sync(lambda tx: tx.fail_update(10, error="boom", now=NOW)))

    assert died == [False, False, True]
    assert take(store) is None
    assert [record.update_id for record in store.read_sync(lambda tx: tx.inbox_dead())] == [10]


def test_an_update_that_crashes_the_process_is_handed_out_once_more_to_be_buried_and_then_skipped(store: Store) -> None:
    receive(store, 10)
    receive(store, 11)
    taken = [take(store) for _ in range(5)]

    assert [(record.update_id, record.attempts) for record in taken if record is not None] == [(10, 1), (10, 2), (10, 3), (10, 4), (11, 1)]


def test_an_update_in_the_workers_hands_is_neither_handed_out_again_nor_given_up(store: Store) -> None:
    receive(store, 10)
    receive(store, 11)
    for _ in range(3):
        take(store)
    beside = store.write_sync(lambda tx: tx.next_update(frozenset({10})))

    assert beside is not None
    assert beside.update_id == 11
    assert store.read_sync(lambda tx: tx.inbox_dead()) == ()


def test_the_poll_goes_on_after_the_update_stored_last(store: Store) -> None:
    assert store.read_sync(lambda tx: tx.max_update_id()) is None
    receive(store, 900)
    receive(store, 20)

    assert store.read_sync(lambda tx: tx.max_update_id()) == 20


def test_the_same_message_is_owed_once(store: Store) -> None:
    outgoing = NewOutgoing(chat_id=CHAT, kind="text", payload_json="{}", dedupe_key="once")

    assert store.write_sync(lambda tx: tx.add_outgoing(outgoing)) == 1
    assert store.write_sync(lambda tx: tx.add_outgoing(outgoing)) is None


def test_urgent_messages_go_first_and_each_chat_keeps_its_order(store: Store) -> None:
    def owe(tx: Transaction) -> None:
        add_message(tx, "a1")
        add_message(tx, "a2")
        add_message(tx, "b1", chat_id=7)
        add_message(tx, "kill", priority=0)

    store.write_sync(owe)

    assert [claim(store) for _ in range(4)] == ["kill", "a1", "b1", None]
    store.write_sync(lambda tx: tx.settle_sent(1, message_id=500))
    assert claim(store) == "a2"


def test_a_retry_waits_for_its_instant_and_holds_back_what_follows(store: Store) -> None:
    store.write_sync(lambda tx: (add_message(tx, "first"), add_message(tx, "second")))
    claim(store)
    store.write_sync(lambda tx: tx.settle_retry(1, not_before=SOON, error="busy"))

    assert claim(store, SOON - timedelta(microseconds=1)) is None
    assert claim(store, SOON) == "first"
    record = store.read_sync(lambda tx: tx.outgoing(1))
    assert record is not None
    assert (record.state, record.attempts) == ("sending", 2)


def test_a_message_past_its_time_is_never_sent(store: Store) -> None:
    store.write_sync(lambda tx: (add_message(tx, "old", not_after_at=NOW), add_message(tx, "new", not_after_at=SOON)))

    assert claim(store) == "new"
    old = store.read_sync(lambda tx: tx.outgoing(1))
    assert old is not None
    assert old.state == "dead"


def test_what_is_too_late_is_taken_away_once_and_named(store: Store) -> None:
    store.write_sync(lambda tx: (add_message(tx, "old", not_after_at=NOW), add_message(tx, "new", not_after_at=SOON)))

    assert [record.dedupe_key for record in store.write_sync(lambda tx: tx.take_expired(NOW))] == ["old"]
    assert store.write_sync(lambda tx: tx.take_expired(NOW)) == ()


def test_a_message_of_a_kind_that_waits_gives_way_to_what_is_said_anew(store: Store) -> None:
    store.write_sync(lambda tx: add_message(tx, "first"))

    taken = store.write_sync(lambda tx: tx.replace_waiting(CHAT, "text"))

    assert taken is not None
    assert store.write_sync(lambda tx: tx.replace_waiting(CHAT, "text")) is None
    assert claim(store) is None


@pytest.mark.parametrize(("priority", "first"), [(4, ["fill", "close"]), (0, ["close", "fill"])])
def test_what_tells_of_one_trade_keeps_its_order_whatever_its_priority(store: Store, priority: int, first: list[str]) -> None:
    """A close that is more urgent than the fill before it waits for it all the same; only what is critical does not."""

    def owe(tx: Transaction) -> None:
        opening = add_proposal(tx)
        trade_id = tx.add_trade(new_trade(opening))
        add_message(tx, "fill", proposal_id=opening, priority=6)
        add_message(tx, "close", proposal_id=add_proposal(tx, kind="exit", trade_id=trade_id), priority=priority)

    store.write_sync(owe)

    assert claim(store) == first[0]
    store.write_sync(lambda tx: (tx.settle_sent(1, message_id=500), tx.settle_sent(2, message_id=501)))
    assert claim(store) == first[1]


def test_another_trade_does_not_wait(store: Store) -> None:
    def owe(tx: Transaction) -> None:
        for name, priority in (("fill of one", 6), ("fill of another", 2)):
            opening = add_proposal(tx)
            tx.add_trade(new_trade(opening))
            add_message(tx, name, proposal_id=opening, priority=priority)

    store.write_sync(owe)

    assert [claim(store), claim(store)] == ["fill of another", "fill of one"]


def test_a_message_is_settled_once(store: Store) -> None:
    store.write_sync(lambda tx: add_message(tx, "x"))
    assert not store.write_sync(lambda tx: tx.settle_sent(1, message_id=5))
    claim(store)

    assert store.write_sync(lambda tx: tx.settle_dead(1, error="lost", ambiguous=True))
    assert not store.write_sync(lambda tx: tx.settle_dead(1, error="lost", ambiguous=False))
    record = store.read_sync(lambda tx: tx.outgoing(1))
    assert record is not None
    assert record.state == "ambiguous"


def test_a_card_sent_twice_knows_only_the_message_it_was_told_of(store: Store) -> None:
    proposal_id = store.write_sync(add_proposal)
    store.write_sync(lambda tx: send_card(tx, proposal_id))
    claim(store)
    store.write_sync(lambda tx: tx.settle_retry(1, not_before=NOW, error="the program ended while sending"))
    claim(store)
    store.write_sync(lambda tx: tx.add_card_attempt(nonce="!second", proposal_id=proposal_id, revision=1, chat_id=CHAT, outbox_id=1))
    store.write_sync(lambda tx: tx.settle_sent(1, message_id=501))

    assert [card.message_id for card in store.read_sync(lambda tx: tx.card_messages(proposal_id))] == [None, 501]


def test_a_sent_card_knows_its_message(store: Store) -> None:
    proposal_id = store.write_sync(add_proposal)
    store.write_sync(lambda tx: send_card(tx, proposal_id))
    claim(store)
    store.write_sync(lambda tx: tx.settle_sent(1, message_id=500))

    assert [card.message_id for card in store.read_sync(lambda tx: tx.card_messages(proposal_id))] == [500]


def test_edits_of_one_card_coalesce_and_the_last_wins(store: Store) -> None:
    proposal_id = store.write_sync(add_proposal)
    store.write_sync(lambda tx: [add_message(tx, f"edit-{number}", proposal_id=proposal_id, is_edit=True) for number in range(3)])

    assert claim(store) == "edit-2"
    assert claim(store) is None


def test_depth_counts_what_is_owed(store: Store) -> None:
    assert store.read_sync(lambda tx: tx.outbox_depth()) == (0, None)
    store.write_sync(lambda tx: (add_message(tx, "a"), add_message(tx, "b")))
    claim(store)
    depth, oldest = store.read_sync(lambda tx: tx.outbox_depth())

    assert depth == 2
    assert oldest is not None
    store.write_sync(lambda tx: tx.settle_sent(1, message_id=1))
    assert store.read_sync(lambda tx: tx.outbox_depth())[0] == 1


def test_after_a_crash_cards_and_edits_go_again_and_information_does_not(store: Store) -> None:
    def owe(tx: Transaction) -> None:
        proposal_id = add_proposal(tx)
        send_card(tx, proposal_id, key="card", chat_id=1)
        add_message(tx, "edit", chat_id=2, proposal_id=proposal_id, is_edit=True)
        add_message(tx, "reply", chat_id=3, proposal_id=proposal_id)
        add_message(tx, "digest", chat_id=4)

    store.write_sync(owe)
    for _ in range(4):
        claim(store)
    found = store.write_sync(lambda tx: tx.recover_sending(NOW))

    assert found == (3, 4)
    assert {claim(store), claim(store), claim(store)} == {"card", "edit", None}


def test_a_message_stands_under_a_number_once_it_was_sent_and_not_where_it_failed(store: Store) -> None:
    def owe(tx: Transaction) -> None:
        add_message(tx, "wait", chat_id=1)
        add_message(tx, "lost", chat_id=2)

    store.write_sync(owe)
    before = store.read_sync(lambda tx: tx.standing("wait"))
    for _ in range(2):
        claim(store)
    store.write_sync(lambda tx: tx.settle_sent(1, message_id=77))
    store.write_sync(lambda tx: tx.settle_dead(2, error="gone", ambiguous=False))

    assert [before, *(store.read_sync(lambda tx, key=key: tx.standing(key)) for key in ("wait", "lost", "unknown"))] == [None, 77, None, None]  # type: ignore[misc]
