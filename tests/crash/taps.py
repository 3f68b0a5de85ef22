"""Forty taps wait at the platform when the process is killed in their midst: each has its effect once, in the next process or in this one.

`python -m tests.crash.taps [--heavy]`. A round is a home with forty cards and forty Reject taps, one per card; the program is killed
once a drawn number of them is settled (0: once the first tap is stored), started again, and asked what became of every card. The naive
bot gets the same round: forty taps, the same kill, an order, a row, an answer and a message per tap.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks import Verb, encode
from engine.clock import SystemClock
from engine.home import home_at
from engine.notices import encode_notice
from engine.runtime.payloads import card_of, encode_entry, entry_of
from engine.state.records import NewOutgoing
from engine.state.repository import AnchorFile, Store, Transaction, new_nonce
from engine.state.store import verify_home
from tests.crash.moments import START_S, Life, Moment, before_approval, life_of
from tests.crash.naive_bot import VENUE
from tests.crash.naive_points import NaiveLife, naive_life
from tests.crash.nursery import Nursery, nursery
from tests.crash.report import Row, tell
from tests.e2e.scene import ADA

PACK = "taps"
TAPS = 40
KILLS, KILLS_HEAVY = 2, 20
SEED = 20260105
PATIENCE_S = 60.0

SETTLED = "SELECT ref, count(*) AS times FROM audit WHERE type = 'card.rejected' GROUP BY ref"
ACCEPTED = "SELECT ref, count(*) AS times FROM audit WHERE type = 'tap.accepted' GROUP BY ref"
REJECTED = "SELECT proposal_id FROM proposals WHERE state = 'rejected'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One kill: how many taps were settled before it, how many had their effect in the end, and what had it more than once."""

    killed_at: int
    effects: int
    doubles: int
    wrong: str = ""


async def with_forty_cards(parent: Nursery, folder: Path) -> Moment:
    """Forty entry cards wait, each in a message of its own."""
    moment = await before_approval(parent, folder)
    async with moment.api.twin() as api, Bot(api.token, base_url=api.base_url) as bot:
        store = Store.open(home_at(moment.home).db, origin="demo", clock=SystemClock(), boot="taps", anchors=AnchorFile(home_at(moment.home).anchors))
        for _ in range(TAPS - 1):
            number, outbox_id, nonce = store.write_sync(_another_card)
            button = InlineKeyboardButton("Reject", callback_data=encode(Verb.REJECT, number, nonce))
            message = await bot.send_message(ADA, f"card #{number}", reply_markup=InlineKeyboardMarkup([[button]]))
            store.write_sync(lambda tx, sent=(outbox_id, message.message_id): tx.settle_sent(sent[0], message_id=sent[1]))
        store.close()
    return replace(moment, api=api)


def _another_card(tx: Transaction) -> tuple[int, int, str]:
    """The first card once more under a number of its own, being sent: (proposal, outbox row, nonce)."""
    first = tx.proposals()[-1]
    number = tx.add_proposal(
        kind="entry",
        strategy=first.strategy,
        reason=first.reason,
        urgency=first.urgency,
        payload_json="",
        created_at=first.created_at,
        expires_at=first.expires_at,
    )
    card, payload = replace(card_of(first), proposal_id=number), entry_of(first)
    tx.set_payload(number, encode_entry(payload.proposal, card, index_usd=payload.index_usd, dvol_pts=payload.dvol_pts))
    kind, payload_json = encode_notice(card)
    key = f"card:{number}:1@{ADA}"
    tx.add_outgoing(NewOutgoing(chat_id=ADA, kind=kind, payload_json=payload_json, dedupe_key=key, priority=2, proposal_id=number, is_edit=False))
    sending, nonce = tx.claim_outgoing(SystemClock().wall()), new_nonce()
    if sending is None:
        raise LookupError("the card is not the next message")
    tx.add_card_attempt(nonce=nonce, proposal_id=number, revision=1, chat_id=ADA, outbox_id=sending.outbox_id)
    return number, sending.outbox_id, nonce


async def our_round(parent: Nursery, moment: Moment, folder: Path, *, killed_at: int) -> Round:
    """The program was killed once `killed_at` cards were settled, and had all the time it wanted afterwards."""
    async with life_of(moment, parent, folder) as life:
        for message in life.api.messages(ADA):
            if "Reject" in message.labels:
                life.api.tap(message, "Reject")
        program = await life.launch()
        await life.api.wait_until(lambda: _settled(life) >= killed_at if killed_at else bool(life.rows("SELECT 1 FROM inbox")), timeout=PATIENCE_S)
        await program.end(signal.SIGKILL)
        # Forty new faces of cards, one a second, go before the message that it is up: nobody waits for that one here.
        again = await life.launch()
        await life.api.wait_until(lambda: not life.api.pending_updates() and not life.rows("SELECT 1 FROM inbox WHERE state = 'queued'"), timeout=PATIENCE_S)
        await again.end(signal.SIGKILL)
        counts = [int(str(row["times"])) for query in (SETTLED, ACCEPTED) for row in life.rows(query)]
        chain = verify_home(home_at(life.home).db, home_at(life.home).anchors)
        effects = min(len(life.rows(REJECTED)), len(life.rows(SETTLED)), len(life.rows(ACCEPTED)))
        return Round(killed_at=killed_at, effects=effects, doubles=sum(count - 1 for count in counts), wrong=chain.problem)


def _settled(life: Life) -> int:
    return len(life.rows(REJECTED))


async def naive_round(parent: Nursery, folder: Path, *, killed_at: int) -> Round:
    """The same for the naive bot."""
    async with naive_life(parent, folder) as life:
        for number in range(TAPS):
            life.api.tap_data(life.card, f"card {number}")
        program = await life.start()
        await life.api.wait_until(lambda: len(_placed(life)) >= max(1, killed_at), timeout=PATIENCE_S)
        await program.end(signal.SIGKILL)
        again = await life.start()
        # Nothing tells that it has nothing left to do: it is given as long as our own program needs for all forty.
        await life.api.wait_until(lambda: bool(life.api.calls_of("getUpdates")) and not life.api.pending_updates(), timeout=START_S)
        await asyncio.sleep(QUIET_S)
        await again.end(signal.SIGKILL)
        placed = _placed(life)
        return Round(killed_at=killed_at, effects=len(set(placed)), doubles=len(placed) - len(set(placed)))


QUIET_S = 3.0


def _placed(life: NaiveLife) -> list[str]:
    venue = life.home / VENUE
    return venue.read_text(encoding="utf-8").splitlines() if venue.exists() else []


def drawn(kills: int) -> list[int]:
    """After how many settled cards each process dies; the same numbers every time."""
    draw = random.Random(SEED)
    return [draw.randrange(TAPS) for _ in range(kills)]


async def our_rounds(parent: Nursery, folder: Path, *, kills: int) -> list[Round]:
    """`kills` rounds of the program."""
    moment = await with_forty_cards(parent, folder / "moment")
    return [await our_round(parent, moment, folder / str(number), killed_at=killed_at) for number, killed_at in enumerate(drawn(kills))]


def run(heavy: bool) -> tuple[Row, ...]:
    """Twenty kills in the heavy size."""
    return asyncio.run(_run(KILLS_HEAVY if heavy else KILLS))


async def _run(kills: int) -> tuple[Row, ...]:
    with tempfile.TemporaryDirectory(prefix="cerbero-taps-") as name:
        folder = Path(name)
        async with nursery() as parent:
            ours = await our_rounds(parent, folder / "ours", kills=kills)
            naive = [await naive_round(parent, folder / f"naive-{number}", killed_at=killed_at) for number, killed_at in enumerate(drawn(kills))]
    asked = kills * TAPS
    return (
        _row(f"taps with an effect, {kills} kills", ours, [each.effects for each in ours], [each.effects for each in naive], asked),
        _row(f"effects had twice, {kills} kills", ours, [each.doubles for each in ours], [each.doubles for each in naive], 0),
    )


def _row(measure: str, ours: Sequence[Round], counts: Sequence[int], naive_counts: Sequence[int], wanted: int) -> Row:
    return Row(
        pack=PACK,
        measure=measure,
        ours=f"{sum(counts)}",
        naive=f"{sum(naive_counts)}",
        pass_mark=str(wanted),
        is_passed=sum(counts) == wanted and not any(each.wrong for each in ours),
    )


if __name__ == "__main__":
    sys.exit(tell(run))
