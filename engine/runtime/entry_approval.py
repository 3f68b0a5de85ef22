"""From an approved entry to an open trade: re-quote, all gates, drift, kill switch, intent, fill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from engine.core.decision import Approved, Check, Refused, Relation, Unit, Verdict
from engine.core.entry_cycle import EntryDecision, Pair, decide_entry
from engine.core.lifecycle import ProposalEvent, TradeEvent
from engine.core.model import MarketSnapshot, Proposal
from engine.errors import InvariantBroken
from engine.execution.paper import MODELLED, PaperFill, fill_open
from engine.notices import Drift, FillNotice
from engine.reporting import fills
from engine.runtime import cards
from engine.runtime.book import read_book
from engine.runtime.desk import Desk
from engine.runtime.entry_cards import entry_card, record_decision
from engine.runtime.gather import gather
from engine.runtime.notify import Priority, post
from engine.runtime.payloads import EntryPayload, encode_entry, entry_of
from engine.state.records import NewFill, NewTrade, ProposalRecord
from engine.state.repository import Transaction
from engine.views import Person

DRY_RUN = Check(rule="E01", code="dry_run", verdict=Verdict.FAILED, cause="a dry run proposes and never orders")


async def complete(desk: Desk, record: ProposalRecord, *, by: Person) -> None:
    """The claimed entry is open, refused with every reason, or asked again because the market moved."""
    payload = entry_of(record)
    snapshot = (await gather(desk, with_chain=True)).snapshot
    spread = payload.proposal.candidate.spread
    pair = Pair(strategy=spread.strategy, short=spread.short.instrument.name, long=spread.long.instrument.name)

    def decide(tx: Transaction) -> EntryDecision:
        book = read_book(tx, stage=desk.stage, now=snapshot.taken_at, is_killed=desk.is_killed(tx), without_proposal=record.proposal_id)
        decision = decide_entry(snapshot, book, desk.rules, pair=pair)
        record_decision(tx, snapshot, decision, proposal_id=record.proposal_id)
        return decision

    outcome = (await desk.store.write(decide)).outcome
    if isinstance(outcome, Approved) and desk.is_dry_run:
        outcome = Refused(checks=(*outcome.checks, DRY_RUN))
    if isinstance(outcome, Refused):
        reasons = outcome.reasons
        await desk.store.write(lambda tx: cards.settle(tx, desk, record.proposal_id, event=ProposalEvent.REFUSE, result="refused", by=by, reasons=reasons))
        return
    approved, fresh = outcome, outcome.value
    drift = _drift(payload, fresh, snapshot, desk)
    if drift is not None:
        await desk.store.write(lambda tx: _ask_again(tx, desk, record, approved, snapshot, drift))
        return
    # What was approved is the ceiling; what the gates allow now may be less, never more.
    quantity_eth = min(payload.proposal.sizing.quantity_eth, fresh.sizing.quantity_eth)
    fill = fill_open(fresh.candidate.spread, desk.rules)
    ids = await desk.store.write(lambda tx: _commit(tx, desk, record, fresh, snapshot, fill, quantity_eth=quantity_eth, by=by))
    if ids is not None:
        await desk.store.write(lambda tx: _book(tx, desk, record, fresh, snapshot, fill, trade_id=ids[0], order_id=ids[1], by=by))


def _drift(payload: EntryPayload, fresh: Proposal, snapshot: MarketSnapshot, desk: Desk) -> Drift | None:
    """What moved, when any of it moved beyond its limit (or the size shrank); None when the answer still fits the question."""
    limits, before = desk.rules.approval.drift_max, payload.proposal
    index_usd, dvol_pts = _present(snapshot)
    then, now = before.candidate, fresh.candidate
    drift = Drift(
        spot_usd=(payload.index_usd, index_usd),
        credit_coin=(then.economics.credit_mid_coin, now.economics.credit_mid_coin),
        short_delta=(_short_delta(before), _short_delta(fresh)),
        dvol_pts=(payload.dvol_pts, dvol_pts),
    )
    has_moved = (
        abs(drift.spot_usd[1] / drift.spot_usd[0] - 1) > limits.spot_frac
        or abs(drift.credit_coin[1] / drift.credit_coin[0] - 1) > limits.credit_frac
        or abs(drift.short_delta[1] - drift.short_delta[0]) > limits.short_delta
        or abs(drift.dvol_pts[1] - drift.dvol_pts[0]) > limits.dvol_pts
        or fresh.sizing.quantity_eth < before.sizing.quantity_eth
    )
    return drift if has_moved else None


def _ask_again(tx: Transaction, desk: Desk, record: ProposalRecord, approved: Approved[Proposal], snapshot: MarketSnapshot, drift: Drift) -> None:
    ttl = timedelta(seconds=desk.rules.approval.entry_ttl_s)
    book = read_book(tx, stage=desk.stage, now=snapshot.taken_at, is_killed=desk.is_killed(tx), without_proposal=record.proposal_id)
    card = replace(entry_card(desk, approved, snapshot, book, proposal_id=record.proposal_id, revision=record.revision + 1), drift=drift)
    index_usd, dvol_pts = _present(snapshot)
    payload = encode_entry(approved.value, card, index_usd=index_usd, dvol_pts=dvol_pts)
    cards.ask_again(tx, card, payload_json=payload, expires_at=desk.now() + ttl, why="market moved beyond the drift limits")


def _commit(
    tx: Transaction, desk: Desk, record: ProposalRecord, fresh: Proposal, snapshot: MarketSnapshot, fill: PaperFill, *, quantity_eth: Decimal, by: Person
) -> tuple[int, int] | None:
    """Approval, trade and order intent stand together before anything is filled; None when the kill switch came first."""
    if desk.is_killed(tx) or tx.holds():
        result = "killed" if desk.is_killed(tx) else "refused"
        held = tuple(Check(rule="E01", code="hold_off", verdict=Verdict.FAILED, observed=hold.code, relation=Relation.NONE, unit=Unit.NONE) for hold in tx.holds())
        cards.settle(tx, desk, record.proposal_id, event=ProposalEvent.REFUSE, result=result, by=by, reasons=held)
        return None
    now, actor = desk.now(), cards.actor_of(by)
    tx.move_proposal(proposal_id=record.proposal_id, event=ProposalEvent.APPROVE, now=now, by=actor)
    trade_id = tx.add_trade(_new_trade(desk, record, fresh, snapshot, fill, quantity_eth=quantity_eth))
    label = _label(trade_id, record)
    order_id = tx.add_order(
        proposal_id=record.proposal_id, trade_id=trade_id, side="open", label=label, quantity_eth=quantity_eth, limit_coin=fresh.combo.limit_coin, now=now
    )
    tx.audit(
        actor=actor,
        type="entry.approved",
        ref=f"proposal:{record.proposal_id}",
        body={"trade_id": trade_id, "order": label, "quantity_eth": str(quantity_eth), "limit_coin": str(fresh.combo.limit_coin)},
        anchor=True,
    )
    return trade_id, order_id


def _book(
    tx: Transaction,
    desk: Desk,
    record: ProposalRecord,
    fresh: Proposal,
    snapshot: MarketSnapshot,
    fill: PaperFill,
    *,
    trade_id: int,
    order_id: int,
    by: Person,
) -> None:
    """The paper order is filled and told, unless the kill switch was set in between: then nothing was placed."""
    trade = tx.trade(trade_id)
    if trade is None:
        raise InvariantBroken(f"trade {trade_id} vanished between approval and fill")
    if desk.is_killed(tx):
        tx.settle_order(order_id=order_id, state="not_placed", now=desk.now())
        tx.move_trade(trade_id=trade_id, event=TradeEvent.OPEN_FAILED)
        cards.settle(tx, desk, record.proposal_id, event=ProposalEvent.NOT_PLACED, result="killed", by=by)
        return
    now, (index_usd, _), fx = desk.now(), _present(snapshot), snapshot.fx_usd_per_eur
    if fx is None:
        raise InvariantBroken("an approved entry without an exchange rate")
    tx.book_open_fill(
        NewFill(
            trade_id=trade_id,
            order_id=order_id,
            side="open",
            at=now,
            quantity_eth=trade.quantity_eth,
            price_coin=fill.price_coin,
            mid_at_approval_coin=fill.mid_coin,
            slippage_frac=fills.slippage_frac(fill.price_coin, fill.mid_coin, side="open"),
            fee_coin=fill.fee_coin,
            spot_usd=index_usd,
            fx_usd_per_eur=fx.value,
            source=MODELLED,
        )
    )
    order = fills.FilledOrder(
        proposal_id=record.proposal_id,
        side="open",
        label=_label(trade_id, record),
        at=now,
        price_coin=fill.price_coin,
        mid_at_approval_coin=fill.mid_coin,
        fee_coin=fill.fee_coin,
        spot_usd=index_usd,
        fx_usd_per_eur=fx.value,
        source=MODELLED,
    )
    opened = fills.FilledTrade(
        trade_id=trade_id,
        strategy=trade.strategy,
        short_strike_usd=trade.short_strike_usd,
        long_strike_usd=trade.long_strike_usd,
        expiry_at=trade.expiry_at,
        quantity_eth=trade.quantity_eth,
        max_loss_eur=trade.max_loss_eur,
    )
    report = fills.build(order, opened, env=desk.env)
    cards.settle(tx, desk, record.proposal_id, event=ProposalEvent.EXECUTE, result="executed", by=by, fill=report)
    post(tx, FillNotice(report=report), dedupe_key=f"fill:{order_id}", priority=Priority.ANSWER, proposal_id=record.proposal_id)
    tx.audit(
        actor="engine",
        type="trade.opened",
        ref=f"trade:{trade_id}",
        body={"proposal_id": record.proposal_id, "credit_coin": str(fill.price_coin), "fee_coin": str(fill.fee_coin), "source": MODELLED},
    )


def _new_trade(desk: Desk, record: ProposalRecord, fresh: Proposal, snapshot: MarketSnapshot, fill: PaperFill, *, quantity_eth: Decimal) -> NewTrade:
    index_usd, dvol_pts = _present(snapshot)
    if snapshot.fx_usd_per_eur is None:
        raise InvariantBroken("an approved entry without an exchange rate")
    spread, figures = fresh.candidate.spread, fresh.candidate.economics
    scale = quantity_eth / fresh.sizing.quantity_eth
    return NewTrade(
        proposal_id=record.proposal_id,
        strategy=spread.strategy,
        stage=desk.stage.value,
        option_type=spread.short.instrument.option_type,
        short_instrument=spread.short.instrument.name,
        long_instrument=spread.long.instrument.name,
        short_strike_usd=spread.short.instrument.strike_usd,
        long_strike_usd=spread.long.instrument.strike_usd,
        expiry_at=spread.expiry_at,
        quantity_eth=quantity_eth,
        mid_at_approval_coin=fill.mid_coin,
        max_loss_usd=figures.max_loss_usd * quantity_eth,
        max_loss_eur=fresh.sizing.max_loss_eur * scale,
        initial_margin_eth=figures.initial_margin_eth * quantity_eth,
        maintenance_margin_eth=figures.maintenance_margin_eth * quantity_eth,
        spot_open_usd=index_usd,
        fx_open_usd_per_eur=snapshot.fx_usd_per_eur.value,
        dvol_entry_pts=dvol_pts,
        short_delta_entry=_short_delta(fresh),
        net_delta_eth=fresh.greeks.delta_eth * float(scale),
        vega_usd_per_pt=fresh.greeks.vega_usd_per_pt * float(scale),
        gamma_usd_per_1pct=fresh.greeks.gamma_usd_per_1pct * float(scale),
        bias=fresh.bias.bias,
        created_at=desk.now(),
    )


def _label(trade_id: int, record: ProposalRecord) -> str:
    return f"cb{trade_id}-{record.proposal_id}-o0-{record.revision}"


def _short_delta(proposal: Proposal) -> float:
    greeks = proposal.candidate.spread.short.greeks
    if greeks is None:
        raise InvariantBroken("an approved short leg without Greeks")
    return abs(greeks.delta)


def _present(snapshot: MarketSnapshot) -> tuple[Decimal, float]:
    if snapshot.index_usd is None or snapshot.dvol_pts is None:
        raise InvariantBroken("an approved entry without index or DVOL")
    return snapshot.index_usd.value, snapshot.dvol_pts.value
