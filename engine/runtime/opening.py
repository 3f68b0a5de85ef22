"""The trade an approved and filled entry becomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.economics import strict_loss_usd
from engine.core.model import Proposal, Stage, Vertical
from engine.core.rules import StrategyRules
from engine.errors import InvariantBroken
from engine.execution.paper import PaperFill
from engine.state.records import NewTrade, TradeSide


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An entry and its fill: the proposal as the gates saw it last, at which index, rate and DVOL, and how much of it."""

    proposal: Proposal
    fill: PaperFill
    index_usd: Decimal
    fx_usd_per_eur: Decimal
    dvol_pts: float
    quantity_eth: Decimal


def new_trade(opened: Opened, rules: StrategyRules, *, proposal_id: int, stage: Stage, now: datetime) -> NewTrade:
    """The trade as it is born: what it risks at the credit it was really sold for, what it ties up, what it moves by."""
    proposal, quantity_eth = opened.proposal, opened.quantity_eth
    spread, figures = proposal.candidate.spread, proposal.candidate.economics
    scale = float(quantity_eth / proposal.sizing.quantity_eth)
    return NewTrade(
        proposal_id=proposal_id,
        strategy=spread.strategy,
        stage=stage.value,
        family=spread.family,
        sides=tuple(_side(vertical, credit.credit_mid_coin) for vertical, credit in zip(spread.verticals, figures.sides, strict=True)),
        expiry_at=spread.expiry_at,
        quantity_eth=quantity_eth,
        mid_at_approval_coin=opened.fill.mid_coin,
        max_loss_usd=max_loss_usd(opened, rules),
        max_loss_eur=max_loss_eur(opened, rules),
        initial_margin_eth=figures.initial_margin_eth * quantity_eth,
        maintenance_margin_eth=figures.maintenance_margin_eth * quantity_eth,
        spot_open_usd=opened.index_usd,
        fx_open_usd_per_eur=opened.fx_usd_per_eur,
        dvol_entry_pts=opened.dvol_pts,
        short_delta_entry=short_delta_of(proposal),
        net_delta_eth=proposal.greeks.delta_eth * scale,
        vega_usd_per_pt=proposal.greeks.vega_usd_per_pt * scale,
        gamma_usd_per_1pct=proposal.greeks.gamma_usd_per_1pct * scale,
        bias=proposal.bias.bias,
        created_at=now,
    )


def max_loss_usd(opened: Opened, rules: StrategyRules) -> Decimal:
    """The strict loss of the whole position at the credit it was really sold for."""
    spread, credit_coin = opened.proposal.candidate.spread, opened.fill.price_coin
    return strict_loss_usd(spread, credit_coin=credit_coin, index_usd=opened.index_usd, rules=rules.sizing) * opened.quantity_eth


def max_loss_eur(opened: Opened, rules: StrategyRules) -> Decimal:
    """The same in EUR at the rate of the opening."""
    return max_loss_usd(opened, rules) / opened.fx_usd_per_eur


def short_delta_of(proposal: Proposal) -> float:
    """The largest delta of a short leg."""
    greeks = [short.greeks for short in proposal.candidate.spread.shorts]
    known = [abs(each.delta) for each in greeks if each is not None]
    if len(known) < len(greeks):
        raise InvariantBroken("an approved short leg without Greeks")
    return max(known)


def _side(vertical: Vertical, mid_coin: Decimal) -> TradeSide:
    return TradeSide(
        strikes=vertical.strikes,
        short_instrument=vertical.short.instrument.name,
        long_instrument=vertical.long.instrument.name,
        mid_at_approval_coin=mid_coin,
    )
