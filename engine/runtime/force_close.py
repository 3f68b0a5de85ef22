"""Closes a trade because a person says so: first what it costs, then, with a nonce, the close."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from engine.core.exit_decision import evaluate
from engine.core.lifecycle import ProposalEvent, TradeState
from engine.core.model import OptionType
from engine.core.spread_prices import close_mid_coin
from engine.errors import ActionRefused, EngineError
from engine.reporting.exit_proposal import ClosingCost, OpenPosition, closing_cost
from engine.runtime import approvals, cards, confirmed_closes
from engine.runtime.desk import Desk
from engine.runtime.exit_proposals import Judgement, ask, record_decision
from engine.runtime.gather import gather
from engine.runtime.positions import exit_inputs, look_at
from engine.state.outcomes import NonceUse
from engine.state.repository import Transaction
from engine.views import ActionResult, ForceCloseQuote, Person, Tap

VALID_FOR = timedelta(seconds=60)
NONCE_KIND = "force_close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What was confirmed: the trade or one side of it, by whom, the row of the chain that says so, and the kill on record then."""

    trade_id: int
    side: OptionType | None
    by: Person
    number: int
    under_kill: int | None


async def quote(desk: Desk, trade_id: int, *, by: Person, chat_id: int, side: OptionType | None) -> ForceCloseQuote:
    """What closing the trade, or one side of a condor, costs now at mid and at natural, with a nonce valid for a minute.

    Raises ActionRefused for a trade that is not open and a side it has not.
    """
    async with desk.cycle():
        judged = await judge(desk, trade_id, side)
    look = judged.look
    left_eth = await desk.store.read(lambda tx: tx.left_eth(look.trade))
    mid, natural = costs(judged, quantity_eth=left_eth)
    valid_until = desk.clock.wall() + VALID_FOR
    nonce = await desk.store.write(
        lambda tx: tx.add_action_nonce(kind=NONCE_KIND, ref=_ref(trade_id, side), user_id=by.user_id, chat_id=chat_id, valid_until=valid_until)
    )
    return ForceCloseQuote(
        trade_id=trade_id,
        strategy=look.spread.strategy,
        family=look.trade.family,
        sides=look.spread.sides,
        cost_mid_coin=None if mid is None else mid.cost_coin,
        cost_natural_coin=None if natural is None else natural.cost_coin,
        pnl_mid_eur=None if mid is None else mid.pnl_eur,
        pnl_natural_eur=None if natural is None else natural.pnl_eur,
        nonce=nonce,
        valid_until_at=valid_until,
    )


async def confirm(desk: Desk, tap: Tap, *, side: OptionType | None) -> ActionResult:
    """The trade is being closed, once per nonce; `tap.proposal_id` is the trade's number here."""
    now = desk.clock.wall()

    def use(tx: Transaction) -> tuple[NonceUse, int, int | None]:
        ref = _ref(tap.proposal_id, side)
        used = tx.use_action_nonce(nonce=tap.nonce, kind=NONCE_KIND, ref=ref, user_id=tap.person.user_id, chat_id=tap.chat_id, now=now)
        type_ = "force_close.confirmed" if used is NonceUse.GRANTED else "force_close.refused"
        number = tx.audit(actor=cards.actor_of(tap.person), type=type_, ref=f"trade:{ref}", body={"outcome": used.value}).seq
        if used is NonceUse.GRANTED:
            confirmed_closes.note(tx, number, [tap.proposal_id])
        return used, number, desk.kill_switch.recorded_as(tx)

    used, number, under_kill = await desk.store.write(use)
    if used is not NonceUse.GRANTED:
        return ActionResult(code="nonce-expired" if used is NonceUse.EXPIRED else "nonce-used", ok=False, facts={"id": str(tap.proposal_id)})
    desk.spawn(_close(desk, Confirmed(trade_id=tap.proposal_id, side=side, by=tap.person, number=number, under_kill=under_kill)))
    return _answer("close-started", tap.proposal_id, side)


async def close_now(
    desk: Desk, trade_id: int, *, by: Person, under_kill: int | None, side: OptionType | None = None, number: int | None = None
) -> ActionResult:
    """The trade, or one side of a condor, has been closed at the market's present prices; `under_kill` is the kill on record when it was ordered.

    From its own card on, row `number` is answered for. Raises ActionRefused for a trade that is not open and a side it has not.
    """
    async with desk.cycle():
        judged = await judge(desk, trade_id, side)
        proposal_id = await desk.store.write(lambda tx: _claimed_question(tx, desk, judged, by=by, number=number))
    await approvals.complete(desk, proposal_id, by=by, under_kill=under_kill)
    trade = await desk.store.read(lambda tx: tx.trade(trade_id))
    still_open = () if trade is None or trade.state is TradeState.CLOSED else trade.open_strikes
    is_closed = trade is not None and not set(judged.look.spread.sides) & set(still_open)
    if trade is not None and trade.state is TradeState.CLOSING:
        # Worked at the venue: the fill is told when it comes.
        return _answer("close-started", trade_id, side)
    if not is_closed:
        return ActionResult(code="close-failed", ok=False, facts={"id": str(trade_id)})
    return _answer("closed", trade_id, side if still_open else None)


def _answer(code: str, trade_id: int, side: OptionType | None) -> ActionResult:
    """The result of the trade, or of the named side of it."""
    if side is None:
        return ActionResult(code=code, ok=True, facts={"id": str(trade_id)})
    return ActionResult(code=f"{code}-side", ok=True, facts={"id": str(trade_id), "side": side.value})


async def _close(desk: Desk, confirmed: Confirmed) -> None:
    """The close has been tried; when it could not even be asked for, the operator is told."""
    trade_id = confirmed.trade_id
    try:
        await close_now(desk, trade_id, by=confirmed.by, side=confirmed.side, under_kill=confirmed.under_kill, number=confirmed.number)
    except EngineError as error:
        why, key = str(error), f"force-close:{trade_id}:{desk.now().isoformat()}"

        def tell(tx: Transaction) -> None:
            confirmed_closes.strike_off(tx, confirmed.number)
            cards.alert(tx, desk, code="approval-failed", level="warning", key=key, facts={"id": str(trade_id)}, detail=why)

        await desk.store.write(tell)


def _claimed_question(tx: Transaction, desk: Desk, judged: Judgement, *, by: Person, number: int | None) -> int:
    """A manual exit stands as a card like any other, already answered by who ordered it; softer questions give way."""
    if number is not None:
        confirmed_closes.strike_off(tx, number)
    proposal_id = ask(tx, desk, judged)
    record_decision(tx, judged, proposal_id=proposal_id)
    for record in tx.pending_proposals():
        if record.trade_id == judged.look.trade.trade_id and record.proposal_id != proposal_id:
            cards.settle(tx, desk, record.proposal_id, cards.Ending(event=ProposalEvent.SUPERSEDE, result="superseded", next_id=proposal_id))
    cards.claim_without_tap(tx, proposal_id, by=by, now=desk.now())
    return proposal_id


def costs(judged: Judgement, *, quantity_eth: Decimal) -> tuple[ClosingCost | None, ClosingCost | None]:
    """What closing so much of the trade costs at mid and at natural; None for a price that nobody makes."""
    look, fx = judged.look, judged.gathered.snapshot.fx_usd_per_eur
    position = OpenPosition(trade_id=look.trade.trade_id, quantity_eth=quantity_eth, max_loss_eur=look.trade.max_loss_eur)
    rate = None if fx is None else fx.value
    mid = closing_cost(position, judged.inputs, close_mid_coin(look.spread), fx_usd_per_eur=rate)
    return mid, closing_cost(position, judged.inputs, look.spread.natural_close_coin, fx_usd_per_eur=rate)


async def judge(desk: Desk, trade_id: int, side: OptionType | None) -> Judgement:
    """The trade, or one side of it, on fresh quotes as an exit that a person orders. Raises ActionRefused where it is not open."""
    trade = await desk.store.read(lambda tx: tx.trade(trade_id))
    if trade is None:
        raise ActionRefused("trade-unknown", id=str(trade_id))
    if trade.state is not TradeState.OPEN:
        raise ActionRefused("trade-not-open", id=str(trade_id), state=trade.state.value)
    if side is not None and side not in [strikes.option_type for strikes in trade.open_strikes]:
        raise ActionRefused("side-not-open", id=str(trade_id), side=side.value)
    gathered = await gather(desk, with_chain=False)
    look = await look_at(desk, trade)
    asked = look if side is None else look.only((side,))
    inputs = replace(exit_inputs(asked, (look,), gathered, desk.rules, bias_now=None), is_manual=True)
    return Judgement(look=asked, inputs=inputs, decision=evaluate(inputs, desk.rules), gathered=gathered)


def _ref(trade_id: int, side: OptionType | None) -> str:
    """What the confirmation is good for: the trade, or one side of it."""
    return str(trade_id) if side is None else f"{trade_id}-{side.value}"
