"""The laws: what must hold after every commit, and what must hold once the program is quiet. Each is a name and what breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

from bot.callbacks import decode
from bot.chat import Role
from engine.notices import EntryCard, ExitCard
from engine.state.repository import Anchor, verify
from tests.crash.protocol.phones import Sent
from tests.crash.protocol.room import RULES, Room
from tests.crash.protocol.witness import AuditRow, Fill, Order, Proposal, Tables, Witness

CommitLaw = Callable[[Witness, Tables], Iterator[str]]
RestLaw = Callable[[Witness, Room], Iterator[str]]

ENDINGS = {
    "executed": frozenset({"card.executed"}),
    "rejected": frozenset({"card.rejected"}),
    "expired": frozenset({"card.expired"}),
    "superseded": frozenset({"card.superseded", "card.settled"}),
    "refused": frozenset({"card.refused", "card.killed"}),
    "not_placed": frozenset({"card.not_placed", "card.killed"}),
}
ENDING_TYPES = frozenset().union(*ENDINGS.values())
CARRIED = ("approved", "executed", "not_placed")
COMMAND_AGE = timedelta(seconds=60)
FRESH = timedelta(seconds=RULES.freshness_s.chain)
DRIFT = RULES.approval.drift_max
START_UP = "start_up"
PUT_OFF = ("card.postponed", "card.snoozed")
ANSWERS = ("tap.accepted", "tap.refused", *PUT_OFF, "force_close.confirmed", "force_close.refused")


def one_approval_one_order(_: Witness, tables: Tables) -> Iterator[str]:
    """A question leads to one order at most, and only once it is approved."""
    per_proposal = Counter(order.proposal_id for order in tables.orders.values())
    yield from (f"proposal {number} has {count} orders" for number, count in per_proposal.items() if count > 1)
    for order in tables.orders.values():
        state = tables.proposals[order.proposal_id].state
        if state not in CARRIED:
            yield f"order {order.label} stands while its card is {state}"
    live = Counter((order.trade_id, order.side) for order in tables.orders.values() if order.state == "intended")
    yield from (f"trade {trade_id} has {count} live orders to {side}" for (trade_id, side), count in live.items() if count > 1)


def orders_are_audited(witness: Witness, tables: Tables) -> Iterator[str]:
    """Every order has its row in the chain from the same commit on, with its name and its size, and every row its order."""
    told = {(row.body["order"], row.ref, row.body["quantity_eth"]) for row in witness.audit if row.type in ("entry.approved", "exit.approved")}
    stand = {(order.label, f"proposal:{order.proposal_id}", str(order.quantity_eth)) for order in tables.orders.values()}
    yield from (f"order {order[0]} and the audit chain disagree" for order in told ^ stand)


def approved_by_somebody_entitled(witness: Witness, tables: Tables) -> Iterator[str]:
    """An order has the word of an operator, given on the card as it was shown, or of the written policy once a hard exit's time is up."""
    for order in tables.new_orders:
        word, proposal = witness.words[order.order_id], tables.proposals[order.proposal_id]
        if word is None:
            yield f"order {order.label} has nobody's word"
        elif word.is_policy and not (proposal.kind == "exit" and proposal.urgency == "hard" and proposal.expires_at <= witness.clock.now()):
            yield f"order {order.label} was approved by policy before its time"


def nothing_after_the_latch(witness: Witness, tables: Tables) -> Iterator[str]:
    """After the kill nothing new is sent or filled but what a person ordered after it to close."""
    if witness.armed_since is None:
        return
    for order in _moving(tables):
        word = witness.words.get(order.order_id)
        ordered_after = word is not None and word.sent is not None and word.sent.order > witness.armed_since
        if order.side == "open" or not ordered_after:
            yield f"order {order.label} went on after the kill"


def no_entry_on_hold(_: Witness, tables: Tables) -> Iterator[str]:
    """While anything holds new entries, none is ordered."""
    if tables.holds:
        yield from (f"order {order.label} in spite of {', '.join(tables.holds)}" for order in tables.new_orders if order.side == "open")


def sent_on_a_sound_market(witness: Witness, tables: Tables) -> Iterator[str]:
    """No order and no fill on stale or missing quotes, with the venue locked or in the settlement pause."""
    market = witness.market
    for order in _moving(tables):
        needed = {"chain", "index_usd", "dvol_pts"} if order.side == "open" else {"ticker", "index_usd"}
        if market.is_locked or market.quotes_age > FRESH or needed & market.muted:
            yield f"order {order.label} on a market that could not be trusted"
        if order.side == "close" and witness.is_past_pause(tables.trades[order.trade_id]):
            yield f"order {order.label} in the settlement pause"


def filled_as_shown(witness: Witness, tables: Tables) -> Iterator[str]:
    """What is done is what the person saw: not more of it, and not at prices beyond the drift limits."""
    for fill in tables.new_fills:
        order = tables.orders.get(fill.order_id)
        if order is None:
            yield f"fill {fill.fill_id} belongs to no order"
            continue
        word = witness.words.get(order.order_id)
        shown = None if word is None or word.sent is None or word.sent.button is None else word.sent.button.notice
        if fill.quantity_eth > order.quantity_eth:
            yield f"order {order.label} was filled beyond its size"
        if isinstance(shown, EntryCard | ExitCard) and order.quantity_eth > shown.report.quantity_eth:
            yield f"order {order.label} is for {order.quantity_eth} ETH, the card said {shown.report.quantity_eth}"
        if isinstance(shown, EntryCard) and _moved(fill, shown):
            yield f"order {order.label} was filled at a price nobody had seen"
        if isinstance(shown, ExitCard) and shown.report.urgency == "soft" and shown.report.at_mid is not None:
            before = shown.report.at_mid.cost_coin
            if before > 0 and abs(fill.mid_coin - before) / before > DRIFT.credit_frac:
                yield f"order {order.label} closed at a cost nobody had seen"


def taps_that_count(witness: Witness, tables: Tables) -> Iterator[str]:
    """A tap counts once per question, within its time, and only where somebody entitled pressed what was shown there."""
    for row in tables.new_rows:
        if row.type not in ("tap.accepted", *PUT_OFF):
            continue
        proposal = tables.proposals[int(row.ref.partition(":")[2])]
        known = witness.before.proposals.get(proposal.proposal_id) if witness.before is not None else None
        if known is None or known.state != "pending":
            yield f"a tap on proposal {proposal.proposal_id} counted while nobody was asked"
        elif row.at >= known.expires_at:
            yield f"a tap on proposal {proposal.proposal_id} counted after its time"
        if not any(_is_behind(sent, row, proposal) for sent in witness.taps_of(row.actor)):
            yield f"a tap on proposal {proposal.proposal_id} counted that nobody entitled made"


def positions_are_fills(_: Witness, tables: Tables) -> Iterator[str]:
    """A trade is open for exactly what was filled, an order is filled exactly when its fill is there."""
    for trade in tables.trades.values():
        opened = [fill for fill in tables.fills.values() if fill.trade_id == trade.trade_id and fill.side == "open"]
        closed = [fill for fill in tables.fills.values() if fill.trade_id == trade.trade_id and fill.side == "close"]
        expected = {"opening": (0, 0), "not_opened": (0, 0), "open": (1, 0), "closing": (1, 0), "closed": (1, 1), "settled": (1, 0)}[trade.state]
        if (len(opened), len(closed)) != expected or any(fill.quantity_eth != trade.quantity_eth for fill in (*opened, *closed)):
            yield f"trade {trade.trade_id} is {trade.state} with {len(opened)} opening and {len(closed)} closing fills"
    per_order = Counter(fill.order_id for fill in tables.fills.values())
    for order in tables.orders.values():
        if per_order[order.order_id] != (1 if order.state == "filled" else 0):
            yield f"order {order.label} is {order.state} with {per_order[order.order_id]} fills"


def unknown_is_not_guessed(witness: Witness, tables: Tables) -> Iterator[str]:
    """What was under way when the program ended is never filled afterwards."""
    for number in witness.unknown_orders:
        if tables.orders[number].state == "filled":
            yield f"order {tables.orders[number].label} was under way at a crash and is filled now"


def endings_are_told(witness: Witness, tables: Tables) -> Iterator[str]:
    """A card's end, its one audit row and its message to every operator come together."""
    told: dict[str, list[str]] = {}
    for row in witness.audit:
        if row.type in ENDING_TYPES:
            told.setdefault(row.ref, []).append(row.type)
    for proposal in tables.proposals.values():
        possible, found = ENDINGS.get(proposal.state, frozenset()), told.get(f"proposal:{proposal.proposal_id}", [])
        if len(found) != (1 if possible else 0) or not possible.issuperset(found):
            yield f"proposal {proposal.proposal_id} is {proposal.state}, and the chain tells of {found}"
        if possible and tables.outcomes_owed.get(proposal.proposal_id, 0) < len(witness.phones.operators):
            yield f"not everybody is owed the end of proposal {proposal.proposal_id}"


def switches_are_audited(witness: Witness, tables: Tables) -> Iterator[str]:
    """The kill row and the holds are what the chain says they are."""
    kills = [row.type for row in witness.audit if row.type in ("kill.armed", "kill.disarmed")]
    if tables.is_kill_recorded != (kills[-1:] == ["kill.armed"]):
        yield "the kill row and the audit chain disagree"
    holds: set[str] = set()
    for row in witness.audit:
        if row.type == "hold.set":
            holds.add(row.ref)
        elif row.type == "hold.lifted":
            holds -= set(row.body["lifted"])
    if holds != set(tables.holds) - {START_UP}:
        yield f"held by {sorted(tables.holds)}, and the audit chain says {sorted(holds)}"


def switches_obey_the_entitled(witness: Witness, tables: Tables) -> Iterator[str]:
    """Only an administrator's fresh line starts again: the right phrase for the kill, any for a hold of a person's."""
    for row in tables.new_rows:
        if row.type == "kill.disarmed":
            earlier = Witness.phrase(_until(witness, row.seq))
            if not any(_fresh(witness, sent) and sent.text.startswith(f"/disarm {earlier} ") for sent in _lines(witness, row.actor)):
                yield "the kill was lifted without its phrase"
            witness.armed_since, witness.disarmed_at = None, len(witness.phones.ledger)
        is_by_a_person = row.type == "hold.lifted" and row.body["source"] == "chat"
        if is_by_a_person and not any(_fresh(witness, sent) and sent.text == "/resume" for sent in _lines(witness, row.actor)):
            yield "a hold was lifted by nobody entitled"


def the_chain_follows(witness: Witness, _: Tables) -> Iterator[str]:
    """Every row follows the one before it."""
    yield from witness.chain_breaks


COMMIT_LAWS: tuple[CommitLaw, ...] = (
    one_approval_one_order,
    orders_are_audited,
    approved_by_somebody_entitled,
    nothing_after_the_latch,
    no_entry_on_hold,
    sent_on_a_sound_market,
    filled_as_shown,
    taps_that_count,
    positions_are_fills,
    unknown_is_not_guessed,
    endings_are_told,
    switches_are_audited,
    switches_obey_the_entitled,
    the_chain_follows,
)


def the_chain_stands(witness: Witness, room: Room) -> Iterator[str]:
    """The file's chain is the one that was seen growing."""
    seen = tuple(Anchor(seq=row.seq, hash=row.hash) for row in witness.audit)
    verdict = room.program.store.read_sync(lambda tx: verify(tx.audit_stream(), seen))
    if not verdict.ok or verdict.rows != len(witness.audit):
        yield f"the chain is broken: {verdict.problem or 'rows are gone'}"


def nothing_sent_is_lost(witness: Witness, room: Room) -> Iterator[str]:
    """What an operator sent and the service was told to forget is in the inbox."""
    kept = {row[0] for row in room.program.store.rows("SELECT update_id FROM inbox")}
    known = {each.user_id for each in witness.phones.operators}
    for sent in witness.phones.ledger:
        if sent.is_confirmed and sent.user_id in known and sent.update_id not in kept:
            yield f"update {sent.update_id} was confirmed and is nowhere"


def taps_are_answered(witness: Witness, room: Room) -> Iterator[str]:
    """Every tap of an operator that was taken has its effect or its refusal in the chain."""
    done = {row[0] for row in room.program.store.rows("SELECT update_id FROM inbox WHERE state = 'done'")}
    taken: Counter[tuple[str, str]] = Counter()
    for sent in witness.phones.ledger:
        if sent.is_decision and sent.update_id in done:
            taken[f"chat:{sent.user_id}", _ref_of(sent)] += 1
    answers = Counter((row.actor, row.ref) for row in witness.audit if row.type in ANSWERS)
    turned_away = Counter(row.actor for row in witness.audit if row.type == "access.refused")
    for (actor, ref), count in taken.items():
        turned_away[actor] -= max(0, count - answers[actor, ref])
    # Where the disk failed the person was told so in words, and nothing could be written down.
    forgiven = room.failures
    yield from (f"{-left} taps of {actor} have neither effect nor refusal in the chain" for actor, left in turned_away.items() if left + forgiven < 0)


def killed_stays_killed(witness: Witness, room: Room) -> Iterator[str]:
    """Nothing but a disarm ends a kill: no crash, no restart, no lost latch."""
    if witness.armed_since is not None and not room.program.desk.kill_switch.is_armed():
        yield "the kill was forgotten"


def nothing_waits_while_stopped(witness: Witness, room: Room) -> Iterator[str]:
    """No entry card waits for an answer under a hold or under a kill that is on record."""
    tables = witness.tables
    if tables is None or not (set(tables.holds) - {START_UP} or tables.is_kill_recorded):
        return
    for proposal in tables.proposals.values():
        if proposal.kind == "entry" and proposal.state == "pending":
            yield f"entry {proposal.proposal_id} waits for an answer while entries are stopped"


def no_card_is_stuck(witness: Witness, room: Room) -> Iterator[str]:
    """A claimed card reaches an end while the disk works."""
    if witness.tables is None or room.fate.failures:
        return
    for proposal in witness.tables.proposals.values():
        if proposal.state in ("claimed", "approved"):
            yield f"proposal {proposal.proposal_id} stays {proposal.state}"


REST_LAWS: tuple[RestLaw, ...] = (
    the_chain_stands,
    nothing_sent_is_lost,
    taps_are_answered,
    killed_stays_killed,
    nothing_waits_while_stopped,
    no_card_is_stuck,
)


def _is_behind(sent: Sent, row: AuditRow, proposal: Proposal) -> bool:
    """True for the very press the row tells of."""
    button = sent.button
    if button is None or button.meaning.number != proposal.proposal_id or button.revision != proposal.revision:
        return False
    return row.type in PUT_OFF or (row.body["verb"], row.body["message_id"]) == (button.meaning.verb, sent.message_id)


def _moving(tables: Tables) -> tuple[Order, ...]:
    return (*tables.new_orders, *(tables.orders[fill.order_id] for fill in tables.new_fills if fill.order_id in tables.orders))


def _moved(fill: Fill, shown: EntryCard) -> bool:
    spot, credit = shown.report.market.spot_usd, shown.report.money.credit_mid_coin
    return abs(fill.spot_usd / spot - 1) > Decimal(str(DRIFT.spot_frac)) or abs(fill.mid_coin / credit - 1) > Decimal(str(DRIFT.credit_frac))


def _lines(witness: Witness, actor: str) -> Iterator[Sent]:
    return (sent for sent in witness.phones.ledger if sent.text and sent.is_allowed(Role.ADMIN) and actor == f"chat:{sent.user_id}")


def _fresh(witness: Witness, sent: Sent) -> bool:
    return witness.clock.wall() - sent.at <= COMMAND_AGE


def _until(witness: Witness, seq: int) -> Witness:
    """The witness as of the row before `seq`."""
    return Witness(phones=witness.phones, market=witness.market, clock=witness.clock, audit=witness.audit[: seq - 1])


def _ref_of(sent: Sent) -> str:
    read = decode(sent.data)
    if read is None:
        return ""
    return f"trade:{read.ref}" if read.verb == "force_close" else f"proposal:{read.ref}"
