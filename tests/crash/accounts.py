"""Do store, audit chain and chat tell one story? Every check answers in words; nothing said is nothing wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from engine.home import home_at
from engine.state.store import verify_home
from tests.crash.moments import Life, Rows
from tests.e2e.scene import ADA

PLACED = ("entry.approved", "exit.approved")
BOOKED = {"open": "trade.opened", "close": "trade.closed"}
TRADE_AFTER = {"open": "open", "close": "closed"}
OVERTAKEN = ("a later edit replaced it", "the card was overtaken before it was sent")
WORDS_OF = {"executed": ("✅ DONE",), "not_placed": ("NOT FILLED",), "refused": ("REFUSED", "STOPPED"), "rejected": ("REJECTED",)}


def wrong_in(life: Life) -> tuple[str, ...]:
    """What does not agree, whichever way was being gone when the program was killed."""
    checks = (_chain, _holds, _orders, _trades, _updates, _messages, _cards)
    return tuple(problem for check in checks for problem in check(life))


def _chain(life: Life) -> Iterator[str]:
    home = home_at(life.home)
    verdict = verify_home(home.db, home.anchors)
    if not verdict.ok:
        yield f"audit: {verdict.problem}"


def _holds(life: Life) -> Iterator[str]:
    for hold in life.rows("SELECT code, detail FROM holds"):
        yield f"on hold: {hold['code']} {hold['detail']}"


def _orders(life: Life) -> Iterator[str]:
    """Orders in the store are the orders of the audit chain, one per card, each with its end and that end once."""
    orders = life.rows("SELECT order_id, proposal_id, trade_id, side, label, state, quantity_eth FROM orders")
    audited = Counter(str(_body(row)["order"]) for row in _audit(life, *PLACED))
    if audited != Counter(str(order["label"]) for order in orders):
        yield f"orders {[order['label'] for order in orders]} but approvals {dict(audited)}"
    for proposal_id, count in Counter(order["proposal_id"] for order in orders).items():
        if count > 1:
            yield f"card {proposal_id} has {count} orders"
    fills = Counter(fill["order_id"] for fill in life.rows("SELECT order_id FROM fills"))
    for order in orders:
        booked = [row for row in _audit(life, BOOKED[str(order["side"])]) if row["ref"] == f"trade:{order['trade_id']}"]
        wanted = {"filled": (1, 1), "not_placed": (0, 0)}.get(str(order["state"]))
        if wanted != (fills[order["order_id"]], len(booked)):
            yield f"order {order['label']} is {order['state']} with {fills[order['order_id']]} fills and {len(booked)} bookings"


def _trades(life: Life) -> Iterator[str]:
    """A trade is where its filled orders brought it, at the approved size."""
    orders = life.rows("SELECT trade_id, side, state, quantity_eth FROM orders ORDER BY order_id")
    for trade in life.rows("SELECT trade_id, state, quantity_eth FROM trades"):
        own = [order for order in orders if order["trade_id"] == trade["trade_id"]]
        filled = [str(order["side"]) for order in own if order["state"] == "filled"]
        if trade["state"] != (TRADE_AFTER[filled[-1]] if filled else "not_opened"):
            yield f"trade {trade['trade_id']} is {trade['state']} after {filled}"
        if {order["quantity_eth"] for order in own} != {trade["quantity_eth"]}:
            yield f"trade {trade['trade_id']} has another size than its orders"


def _updates(life: Life) -> Iterator[str]:
    """What the platform was told to forget was stored and handled; a tap that was answered was too, and was accepted at most once per face."""
    for row in life.rows("SELECT update_id, state, outcome FROM inbox WHERE state != 'done'"):
        yield f"update {row['update_id']} is {row['state']}: {row['outcome']}"
    stored = {row["update_id"] for row in life.rows("SELECT update_id FROM inbox")}
    forgotten = set(life.api.pushed) - stored - {update["update_id"] for update in life.api.pending_updates()}
    if forgotten:
        yield f"updates {sorted(forgotten)} were confirmed and are nowhere"
    answered = {row["callback_id"] for row in life.rows("SELECT callback_id FROM inbox WHERE callback_id IS NOT NULL")}
    if lost := set(life.api.answers) - answered:
        yield f"taps {sorted(lost)} were answered and are nowhere"
    faces = {row["proposal_id"]: row["revision"] for row in life.rows("SELECT proposal_id, revision FROM proposals")}
    for ref, count in Counter(str(row["ref"]) for row in _audit(life, "tap.accepted")).items():
        if count > int(str(faces[int(ref.removeprefix("proposal:"))])):
            yield f"{ref} accepted {count} taps"


def _messages(life: Life) -> Iterator[str]:
    """Every message owed stands in the chat or is marked as one that may not; none stands there twice unmarked."""
    standing = {message.message_id for message in life.api.messages(ADA)}
    for row in life.rows("SELECT outbox_id, kind, state, message_id, error FROM outbox"):
        if row["state"] == "sent" and row["message_id"] not in standing:
            yield f"message {row['outbox_id']} ({row['kind']}) counts as sent and is not in the chat"
        if row["state"] not in ("sent", "ambiguous") and not (row["state"] == "dead" and row["error"] in OVERTAKEN):
            yield f"message {row['outbox_id']} ({row['kind']}) is {row['state']}: {row['error']}"
    told = Counter(message.text.splitlines()[0] for message in life.api.messages(ADA) if "trade #" in message.text and not message.buttons)
    for headline, count in told.items():
        if count > 1:
            yield f"told {count} times: {headline}"


def _cards(life: Life) -> Iterator[str]:
    """No card is half decided, and the chat shows each as it ended, with no button left that could decide it."""
    for row in life.rows("SELECT proposal_id, kind, state FROM proposals"):
        if row["state"] in ("claimed", "approved"):
            yield f"card {row['proposal_id']} stayed {row['state']}"
        shown = [message for message in life.api.messages(ADA) if f"#{row['proposal_id']} ·" in message.text.splitlines()[0] and message.photo is not None]
        words = WORDS_OF.get(str(row["state"]), ())
        if words and not any(word in message.text for message in shown for word in words):
            yield f"card {row['proposal_id']} is {row['state']} and the chat does not say so: {[message.text[-200:] for message in shown]}"
        if words and any("Approve" in message.labels for message in shown):
            yield f"card {row['proposal_id']} is {row['state']} and still offers Approve"


def _audit(life: Life, *types: str) -> Rows:
    listed = ", ".join(f"'{each}'" for each in types)
    return life.rows(f"SELECT type, ref, body_json FROM audit WHERE type IN ({listed}) ORDER BY seq")  # noqa: S608 -- constant names


def _body(row: dict[str, object]) -> dict[str, object]:
    body: dict[str, object] = json.loads(str(row["body_json"]))
    return body
