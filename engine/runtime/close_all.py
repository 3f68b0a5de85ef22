"""Every open trade closed because a person says so: entries stop first, then the price of it all, then, with a nonce, one close after the other.

Rules of this file: what is confirmed is the very set that was priced, down to the sides and the size; a trade that is not any more what
was priced is left alone and told; each close goes the way of a single one, and under KILL only by a word given under that very kill.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import structlog

from engine.core.lifecycle import TradeState
from engine.errors import ActionRefused, EngineError, VenueError
from engine.notices import ClosedAllNotice
from engine.runtime import cards, confirmed_closes, force_close, switches
from engine.runtime.desk import Desk
from engine.runtime.notify import Priority, post
from engine.state.outcomes import NonceUse
from engine.state.records import TradeRecord
from engine.state.repository import Json, Transaction
from engine.views import ActionResult, CloseAllQuote, ClosePrice, CloseSum, Person, Tap, TradeEnd

log = structlog.get_logger(__name__)

NONCE_KIND = "force_close_all"
REASON = "/force_close all"
"""Why entries are paused, the same words in every language."""

OVER = (TradeState.CLOSED, TradeState.SETTLED, TradeState.NOT_OPENED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What was confirmed: the row of the chain that says so, by whom, the trades as they were priced, and the kill on record then."""

    number: int
    by: Person
    marks: tuple[str, ...]
    under_kill: int | None


async def quote(desk: Desk, *, by: Person, chat_id: int) -> CloseAllQuote:
    """Entries are paused, and this is what closing every open trade costs now at mid and at natural, with a nonce valid for a minute.

    Raises ActionRefused when nothing is open; then nothing is paused either.
    """
    await desk.store.read(_refuse_empty)
    paused = await switches.pause(desk, by, REASON)
    book = await desk.store.read(lambda tx: tx.open_trades())
    looked = {trade.trade_id: await _priced(desk, trade.trade_id) for trade in book if trade.state is TradeState.OPEN}
    priced = [found for found in looked.values() if found is not None]
    valid_until, nonce = desk.clock.wall() + force_close.VALID_FOR, None
    if priced:
        ref = " ".join(mark for _, mark in priced)
        nonce = await desk.store.write(lambda tx: tx.add_action_nonce(kind=NONCE_KIND, ref=ref, user_id=by.user_id, chat_id=chat_id, valid_until=valid_until))
    prices = tuple(price for price, _ in priced)
    return CloseAllQuote(
        prices=prices,
        sums=_sums(prices),
        pnl_mid_eur=_whole(price.pnl_mid_eur for price in prices),
        pnl_natural_eur=_whole(price.pnl_natural_eur for price in prices),
        unpriced_ids=tuple(trade_id for trade_id, found in looked.items() if found is None),
        busy_ids=tuple(trade.trade_id for trade in book if trade.state is not TradeState.OPEN),
        paused=paused,
        nonce=nonce,
        valid_until_at=valid_until,
    )


async def confirm(desk: Desk, tap: Tap) -> ActionResult:
    """The trades that were priced are being closed, once per nonce."""
    now = desk.clock.wall()

    def use(tx: Transaction) -> tuple[NonceUse, Ordered | None]:
        ref = tx.action_ref(tap.nonce, kind=NONCE_KIND)
        used = NonceUse.UNKNOWN
        if ref is not None:
            used = tx.use_action_nonce(nonce=tap.nonce, kind=NONCE_KIND, ref=ref, user_id=tap.person.user_id, chat_id=tap.chat_id, now=now)
        if ref is None or used is not NonceUse.GRANTED:
            tx.audit(actor=cards.actor_of(tap.person), type=f"{NONCE_KIND}.refused", ref="trades", body={"outcome": used.value})
            return used, None
        return used, _ordered(tx, by=tap.person, marks=tuple(ref.split(" ")), under_kill=desk.kill_switch.recorded_as(tx))

    used, ordered = await desk.store.write(use)
    if ordered is None:
        return ActionResult(code="close-all-expired" if used is NonceUse.EXPIRED else "nonce-used", ok=False)
    return _begun(desk, ordered)


async def order_now(desk: Desk, *, by: Person, under_kill: int | None) -> ActionResult:
    """Entries are paused and every trade that is open is being closed, without a price shown first: the command line's way.

    `under_kill` is the kill on record when it was asked for.
    Raises ActionRefused when nothing is open; then nothing is paused either.
    """
    await desk.store.read(_refuse_empty)
    await switches.pause(desk, by, REASON)

    def work(tx: Transaction) -> Ordered:
        _refuse_empty(tx)
        marks = tuple(_mark(trade, tx.left_eth(trade)) for trade in tx.open_trades() if trade.state is TradeState.OPEN)
        return _ordered(tx, by=by, marks=marks, under_kill=under_kill)

    return _begun(desk, await desk.store.write(work))


def _refuse_empty(tx: Transaction) -> None:
    book = tx.open_trades()
    if not book:
        raise ActionRefused("close-all-nothing")
    if all(trade.state is not TradeState.OPEN for trade in book):
        raise ActionRefused("close-all-busy", ids=", ".join(f"#{trade.trade_id}" for trade in book))


async def _priced(desk: Desk, trade_id: int) -> tuple[ClosePrice, str] | None:
    """The price of the trade and its mark; None when nobody quotes it now or it is not open any more."""
    try:
        async with desk.cycle():
            judged = await force_close.judge(desk, trade_id, None)
    except (ActionRefused, VenueError) as error:
        log.warning("close_all.not_priced", trade_id=trade_id, error=str(error))
        return None
    look, trade = judged.look, judged.look.trade
    if not look.is_quoted:
        return None
    left_eth = await desk.store.read(lambda tx: tx.left_eth(trade))
    mid, natural = force_close.costs(judged, quantity_eth=left_eth)
    price = ClosePrice(
        trade_id=trade_id,
        strategy=look.spread.strategy,
        family=trade.family,
        sides=look.spread.sides,
        quantity_eth=left_eth,
        cost_mid_coin=None if mid is None else mid.cost_coin * left_eth,
        cost_natural_coin=None if natural is None else natural.cost_coin * left_eth,
        pnl_mid_eur=None if mid is None else mid.pnl_eur,
        pnl_natural_eur=None if natural is None else natural.pnl_eur,
    )
    return price, _mark(trade, left_eth)


def _mark(trade: TradeRecord, left_eth: Decimal) -> str:
    """The trade as it stands: its number, what is open of it and how much."""
    return f"{trade.trade_id}:{'+'.join(strikes.option_type.value for strikes in trade.open_strikes)}:{left_eth}"


def _trade_of(mark: str) -> int:
    return int(mark.partition(":")[0])


def _sums(prices: tuple[ClosePrice, ...]) -> tuple[CloseSum, ...]:
    coins = sorted({price.family.coin for price in prices})
    by_coin = [(coin, [price for price in prices if price.family.coin == coin]) for coin in coins]
    return tuple(
        CloseSum(coin=coin, mid_coin=_whole(price.cost_mid_coin for price in theirs), natural_coin=_whole(price.cost_natural_coin for price in theirs))
        for coin, theirs in by_coin
    )


def _whole(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Their sum; None where one is missing, for a part is not the whole."""
    told = list(amounts)
    known = [amount for amount in told if amount is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(told) else None


def _ordered(tx: Transaction, *, by: Person, marks: tuple[str, ...], under_kill: int | None) -> Ordered:
    """The order stands in the chain, and among those not answered yet."""
    body: dict[str, Json] = {"outcome": NonceUse.GRANTED.value, "trades": list(marks)}
    number = tx.audit(actor=cards.actor_of(by), type=f"{NONCE_KIND}.confirmed", ref="trades", body=body).seq
    confirmed_closes.note(tx, number, [_trade_of(mark) for mark in marks])
    return Ordered(number=number, by=by, marks=marks, under_kill=under_kill)


def _begun(desk: Desk, ordered: Ordered) -> ActionResult:
    desk.spawn(_close(desk, ordered))
    return ActionResult(code="close-all-started", ok=True, facts={"ids": ", ".join(f"#{_trade_of(mark)}" for mark in ordered.marks)})


async def _close(desk: Desk, ordered: Ordered) -> None:
    """Each trade has come to its end or stays open, and everybody knows which."""
    ends = [await _end_of(desk, ordered, mark) for mark in ordered.marks]
    await desk.store.write(lambda tx: _tell(tx, desk, ordered, ends))


async def _end_of(desk: Desk, ordered: Ordered, mark: str) -> TradeEnd:
    trade_id = _trade_of(mark)
    kept = await desk.store.read(lambda tx: _left_alone(tx, desk, ordered, mark))
    if kept is not None:
        return kept
    try:
        result = await force_close.close_now(desk, trade_id, by=ordered.by, under_kill=ordered.under_kill)
    except EngineError as error:
        # It may have ended by itself while the close waited for its turn.
        kept = await desk.store.read(lambda tx: _left_alone(tx, desk, ordered, mark))
        return TradeEnd(trade_id=trade_id, code="failed", detail=str(error)) if kept is None else kept
    except Exception as unexpected:  # a mistake of ours about one trade must not leave the others open
        log.exception("close_all.crashed", trade_id=trade_id)
        return TradeEnd(trade_id=trade_id, code="failed", detail=f"{type(unexpected).__name__}: {unexpected}")
    if result.code == "close-started":
        await _until_over(desk, trade_id)
    return await desk.store.read(lambda tx: _come_to(tx, desk, mark))


def _left_alone(tx: Transaction, desk: Desk, ordered: Ordered, mark: str) -> TradeEnd | None:
    """Why the trade is not closed by this order any more; None where it is as it was priced and may be closed."""
    trade_id = _trade_of(mark)
    trade = tx.trade(trade_id)
    if trade is None or trade.state in OVER:
        return TradeEnd(trade_id=trade_id, code="closed-before")
    if trade.state is not TradeState.OPEN:
        return TradeEnd(trade_id=trade_id, code="closing-before")
    if _mark(trade, tx.left_eth(trade)) != mark:
        return TradeEnd(trade_id=trade_id, code="changed")
    if desk.is_killed(tx) and (ordered.under_kill is None or ordered.under_kill != desk.kill_switch.recorded_as(tx)):
        return TradeEnd(trade_id=trade_id, code="killed")
    return TradeEnd(trade_id=trade_id, code="stopped") if _is_stopping(desk) else None


def _is_stopping(desk: Desk) -> bool:
    return desk.orders is not None and desk.orders.halt.is_set()


async def _until_over(desk: Desk, trade_id: int) -> None:
    """Whoever works the trade's order at the venue has brought it to its end, or has left it in doubt."""
    if desk.orders is None:
        return
    orders = await desk.store.read(lambda tx: tx.orders(trade_id))
    working = {task for order in orders if (task := desk.orders.tasks.get(order.order_id)) is not None}
    if working:
        await asyncio.wait(working)


def _come_to(tx: Transaction, desk: Desk, mark: str) -> TradeEnd:
    """What the close of the trade has come to."""
    trade_id = _trade_of(mark)
    trade = tx.trade(trade_id)
    if trade is None or trade.state in OVER:
        return TradeEnd(trade_id=trade_id, code="closed", pnl_eur=None if trade is None else trade.pnl_eur)
    if trade.state is TradeState.CLOSING:
        return TradeEnd(trade_id=trade_id, code="working")
    if _mark(trade, tx.left_eth(trade)) != mark:
        return TradeEnd(trade_id=trade_id, code="part")
    return TradeEnd(trade_id=trade_id, code="dry-run" if desk.is_dry_run else "stays-open")


def _tell(tx: Transaction, desk: Desk, ordered: Ordered, ends: list[TradeEnd]) -> None:
    """The order is answered, trade by trade; what was opened since and is no part of it is named."""
    asked = {_trade_of(mark) for mark in ordered.marks}
    since = [TradeEnd(trade_id=trade.trade_id, code="opened-since") for trade in tx.open_trades() if trade.trade_id not in asked and _is_open(trade)]
    told = (*ends, *since)
    body: dict[str, Json] = {"ordered": ordered.number, "ends": [f"{end.trade_id}: {end.code}" for end in told]}
    tx.audit(actor="engine", type=f"{NONCE_KIND}.ended", ref="trades", body=body)
    confirmed_closes.strike_off(tx, ordered.number)
    notice = ClosedAllNotice(env=desk.env, at=desk.now(), by=ordered.by.name, ends=told)
    post(tx, notice, dedupe_key=f"closed-all:{ordered.number}", priority=Priority.ANSWER)


def _is_open(trade: TradeRecord) -> bool:
    return trade.state is TradeState.OPEN
