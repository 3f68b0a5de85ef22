"""What may happen in the model, and how: people, their mistakes, strangers, the market, the clock and the faults."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.callbacks import Verb
from tests.crash.protocol.inputs import DEAR, THIN
from tests.crash.protocol.phones import ACK_LOST, ANNA, BRUNO, REFUSED, STRANGER_ID, VERA, Button
from tests.engine.core.builders import INDEX_USD
from tests.scenarios.house import CHEAP

SCENES = ("asked", "asked", "asked twice", "open", "soft exit", "soft exit", "hard exit", "hard exit", "last day", "quiet")
BREATHS = (timedelta(seconds=5), timedelta(seconds=50), timedelta(minutes=2), timedelta(minutes=16), timedelta(minutes=31), timedelta(hours=7))
JOBS = ("approval_expiry", "approval_expiry", "monitor", "monitor", "hourly_guard", "open", "settlement", "reconcile", "heartbeat", "watch")
CALM: dict[str, Any] = {"spot_usd": INDEX_USD, "dvol": 60.0, "books": {}, "quotes_age": timedelta(0), "is_locked": False, "muted": set()}
MOVES: dict[str, dict[str, Any]] = {
    "calm": {},
    "a little up": {"spot_usd": INDEX_USD * Decimal("1.004")},
    "up": {"spot_usd": INDEX_USD * Decimal("1.03")},
    "a fall": {"spot_usd": INDEX_USD * Decimal("0.89")},
    "livelier": {"dvol": 64.0},
    "quieter": {"dvol": 57.5},
    "a storm": {"dvol": 73.0},
    "thin": {"books": THIN},
    "cheap": {"books": CHEAP},
    "dear": {"books": DEAR},
    "stale": {"quotes_age": timedelta(minutes=5)},
    "locked": {"is_locked": True},
    "no tickers": {"muted": {"ticker"}},
    "no chain": {"muted": {"chain"}},
    "no index": {"muted": {"index_usd"}},
}
PRESSES = (
    "any button",
    "everything at once",
    "a former button",
    "a former button",
    "on another message",
    "on another message",
    "in another's chat",
    "another's button in the own chat",
    "as a viewer",
    "as a stranger",
    "as a stranger in the chat",
    "with another nonce",
    "with another nonce",
    "without a nonce",
    "with another verb",
    "for another card",
    "garbled",
)
ALIEN = frozenset({"kill by the viewer", "in another's chat", "as a viewer", "as a stranger", "as a stranger in the chat", "without a nonce", "garbled"})
"""What nobody may do: everything stays as it was."""

WISHES = ("scan", "scan", "monitor", "close", "close by the other", "approve at the machine", "reject at the machine", "close at the machine")
STOPS = ("kill", "kill by the other", "kill by the viewer", "kill from the shell", "kill at the machine", "pause", "hold")
RESTARTS = (
    *("right",) * 6,
    "wrong phrase",
    "wrong phrase",
    "phrase of another kill",
    "no reason",
    "old",
    "edited",
    "forwarded",
    "by the other",
    "by a stranger",
)
RIVALS = ("kill", "pause", "hold", "no", "yes of the other", "scan", "kill from the shell", *("the market",) * 4)
RIGHT = len(RESTARTS) - 1
"""Where the restart that works stands, counted from the end as picks are."""

HOWS: dict[str, tuple[Any, ...]] = {
    "press": PRESSES,
    "ask for": WISHES,
    "stop": STOPS,
    "start again": RESTARTS,
    "race": RIVALS,
    "pass time": BREATHS,
    "run job": JOBS,
    "move the market": (*MOVES, *("calm",) * 6),
    "lose the mail": (ACK_LOST, REFUSED),
}
DEEDS = (
    *("say yes",) * 4,
    *("press",) * 4,
    *("race",) * 3,
    *("ask for",) * 3,
    "stop",
    *("start again",) * 3,
    *("pass time",) * 3,
    *("run job",) * 3,
    *("move the market",) * 3,
    "deliver again",
    "lose the mail",
    "crash",
)
"""What may happen, each as often as it weighs."""

NEED_A_BUTTON = frozenset({"say yes", "press", "race"})
STANDING = ("proposals", "trades", "orders", "fills", "holds", "kill_switch", "cards", "action_nonces", "operators")


def odd_press(button: Button, other: Button, pick: int, how: str) -> tuple[int, int, int, str]:
    """Who presses in which chat on which message, and the data that comes with it: `button` as it is not meant to be pressed."""
    chat, message, read = button.chat_id, button.message_id, button.meaning
    if how == "a former button":
        return other.chat_id, other.chat_id, other.message_id, other.data
    neighbour = BRUNO if chat == ANNA.chat_id else ANNA
    user, place, where = {
        "on another message": (chat, chat, message + 1 + pick),
        "in another's chat": (neighbour.user_id, chat, message),
        "another's button in the own chat": (neighbour.user_id, neighbour.chat_id, message),
        "as a viewer": (VERA.user_id, VERA.chat_id, message),
        "as a stranger": (STRANGER_ID, STRANGER_ID, message),
        "as a stranger in the chat": (STRANGER_ID, chat, message),
    }.get(how, (chat, chat, message))
    data = {
        "with another nonce": f"v1:{read.verb}:{read.ref}:{other.meaning.nonce if other.meaning.nonce != read.nonce else 'A' * 16}",
        "without a nonce": f"v1:{read.verb}:{read.ref}:-",
        "with another verb": f"v1:{Verb.CLOSE if read.verb is Verb.APPROVE else Verb.APPROVE}:{read.ref}:{read.nonce}",
        "for another card": f"v1:{read.verb}:{1 + pick % 4}:{read.nonce}",
        "garbled": f"v2:{read.verb}:{read.ref}:{read.nonce}",
    }.get(how, button.data)
    return user, place, where, data
