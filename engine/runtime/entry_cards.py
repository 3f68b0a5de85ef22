"""An entry decision as it is stored and as it is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engine.core.decision import Approved
from engine.core.entry_cycle import EntryDecision
from engine.core.model import Book, MarketSnapshot, Proposal
from engine.core.payoff import payoff_terms
from engine.core.skew import atm_iv_frac
from engine.errors import InvariantBroken
from engine.notices import EntryCard
from engine.reporting import pre_trade
from engine.reporting.payoff import PayoffInputs, payoff, priced_legs
from engine.runtime.desk import Desk
from engine.state.codec import encode, encode_checks
from engine.state.repository import Json, Transaction
from engine.views import PayoffChart


def record_decision(tx: Transaction, snapshot: MarketSnapshot, decision: EntryDecision, *, proposal_id: int | None = None) -> int:
    """The decision stands in the store with every check and the figures behind it; returns its number."""
    is_yes = isinstance(decision.outcome, Approved)
    chain = snapshot.chain
    return tx.add_decision(
        at=snapshot.taken_at,
        kind="entry",
        outcome="approved" if is_yes else "refused",
        reason="" if isinstance(decision.outcome, Approved) else ",".join(dict.fromkeys(check.code for check in decision.outcome.reasons)),
        bias=decision.bias.bias.value,
        source="" if chain is None else chain.source,
        checks_json=encode_checks(decision.outcome.checks),
        snapshot_json=encode(_without_chain(snapshot), MarketSnapshot),
        strategy=decision.bias.strategy,
        bias_row=decision.bias.row,
        proposal_id=proposal_id,
        recorded_at=None if chain is None else chain.recorded_at,
    )


def prices_of(snapshot: MarketSnapshot) -> dict[str, Json]:
    """What an audit row says of the prices behind it: their source, the instant they were quoted for, the instant of a recording."""
    chain = snapshot.chain
    if chain is None:
        return {"source": None, "quoted_at": None, "recorded_at": None}
    return {"source": chain.source, "quoted_at": chain.taken_at, "recorded_at": chain.recorded_at}


def entry_card(desk: Desk, approved: Approved[Proposal], snapshot: MarketSnapshot, book: Book, *, proposal_id: int, revision: int) -> EntryCard:
    """The card a person decides on, complete with its payoff chart."""
    ttl = timedelta(seconds=desk.rules.approval.entry_ttl_s)
    frame = pre_trade.CardFrame(env=desk.env, created_at=desk.now(), valid_until_at=desk.clock.wall() + ttl, checks=approved.checks)
    report = pre_trade.build(approved.value, snapshot, book, desk.rules, frame)
    return EntryCard(
        proposal_id=proposal_id,
        revision=revision,
        report=report,
        chart=_payoff_chart(desk, approved.value, snapshot, report, proposal_id=proposal_id),
        is_dry_run=desk.is_dry_run,
    )


def _payoff_chart(desk: Desk, proposal: Proposal, snapshot: MarketSnapshot, report: pre_trade.PreTradeReport, *, proposal_id: int) -> PayoffChart:
    spread, figures = proposal.candidate.spread, proposal.candidate.economics
    forward, legs = spread.shorts[0].forward_usd, priced_legs(spread)
    if snapshot.chain is None or forward is None or legs is None:
        raise InvariantBroken("an approved entry without a chain, a forward or volatilities")
    atm = atm_iv_frac(quote for quote in snapshot.chain.quotes if quote.instrument.expiry_at == spread.expiry_at)
    return payoff(
        PayoffInputs(
            title=f"#{proposal_id}",
            env=desk.env,
            strategy=proposal.strategy,
            terms=payoff_terms(spread),
            legs=legs,
            credit_coin=figures.credit_mid_coin,
            fee_coin=figures.open_fee_coin,
            quantity_eth=proposal.sizing.quantity_eth,
            max_loss_eur=proposal.sizing.max_loss_eur,
            spot_usd=report.market.spot_usd,
            forward_usd=forward,
            fx_usd_per_eur=report.market.fx_usd_per_eur,
            atm_iv_frac=legs[0].iv_frac if atm is None else atm,
            expiry_at=spread.expiry_at,
            as_of=snapshot.taken_at,
            data_age_s=report.snapshot_age_s,
            is_modelled=bool(report.modelled),
        )
    )


def _without_chain(snapshot: MarketSnapshot) -> MarketSnapshot:
    """The figures of a decision; the chain's hundreds of rows are not kept, the chosen legs stand in the proposal."""
    return replace(snapshot, chain=None)
