"""An entry as a person must see it before saying yes: market, legs, money, margins, planned exits, warnings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.decision import Check, Verdict
from engine.core.exit_prices import OpenTerms, PlannedExits, exit_prices
from engine.core.model import (
    Bias,
    Binding,
    Book,
    Family,
    MacroEvent,
    MarketSnapshot,
    NetGreeks,
    Proposal,
    Quote,
    Severity,
    Stage,
    Strategy,
    Strikes,
)
from engine.core.rules import ExitRules, StrategyRules
from engine.errors import InvariantBroken
from engine.reporting.proposal_money import MoneyReport, index_usd_of, money_report


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFrame:
    """What stands around the proposal; `valid_until_at` is on the wall clock, `checks` are all that were made."""

    env: str
    created_at: datetime
    valid_until_at: datetime
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReport:
    """One leg as quoted; `side` is sell or buy, `modelled` the parts a model supplied."""

    side: str
    instrument: str
    strike_usd: Decimal
    delta: float | None
    iv_frac: float | None
    bid_coin: Decimal | None
    ask_coin: Decimal | None
    mid_coin: Decimal | None
    mark_coin: Decimal | None
    bid_size_eth: Decimal | None
    ask_size_eth: Decimal | None
    open_interest_eth: Decimal | None
    quoted_at: datetime
    recorded_at: datetime | None
    modelled: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketReport:
    """The outside world the proposal was made in; None = not known."""

    spot_usd: Decimal
    forward_usd: Decimal | None
    dvol_pts: float | None
    dvol_change_24h_pts: float | None
    rv30_pts: float | None
    trend_30d_frac: float | None
    funding_apr_frac: float | None
    rr25_pts: float | None
    fear_greed: int | None
    fx_usd_per_eur: Decimal
    events: tuple[MacroEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreTradeReport:
    """Everything section 5 asks of a proposal. `snapshot_age_s` is the age of the oldest leg quote at decision time."""

    env: str
    stage: Stage
    strategy: Strategy
    created_at: datetime
    valid_until_at: datetime
    expiry_at: datetime
    dte_days: float
    quantity_eth: Decimal
    lot_eth: Decimal
    family: Family
    sides: tuple[Strikes, ...]
    width_usd: Decimal
    width_frac: Decimal
    legs: tuple[LegReport, ...]
    market: MarketReport
    bias: Bias
    bias_row: int
    bias_warnings: tuple[str, ...]
    money: MoneyReport
    greeks: NetGreeks
    binding: Binding
    limits_eth: tuple[tuple[Binding, Decimal | None], ...]
    dvol_scale: float
    exits: PlannedExits
    delta_limit: float
    warnings: tuple[Check, ...]
    checks: tuple[Check, ...]
    source: str
    quoted_at: datetime
    recorded_at: datetime | None
    snapshot_age_s: float
    modelled: tuple[str, ...]


def build(proposal: Proposal, snapshot: MarketSnapshot, book: Book, rules: StrategyRules, frame: CardFrame) -> PreTradeReport:
    """The proposal with every figure a person needs. Raises InvariantBroken without index or exchange rate, which no approval can lack."""
    if snapshot.index_usd is None or snapshot.fx_usd_per_eur is None:
        raise InvariantBroken("a proposal without an index price or an exchange rate")
    spread, index_usd = proposal.candidate.spread, snapshot.index_usd.value
    quoted_at = min(quote.quoted_at for quote in spread.quotes)
    return PreTradeReport(
        env=frame.env,
        stage=book.stage,
        strategy=proposal.strategy,
        created_at=frame.created_at,
        valid_until_at=frame.valid_until_at,
        expiry_at=spread.expiry_at,
        dte_days=proposal.candidate.dte_days,
        quantity_eth=proposal.sizing.quantity_eth,
        lot_eth=spread.lot_eth,
        family=spread.family,
        sides=spread.sides,
        width_usd=spread.width_usd,
        width_frac=spread.width_usd / index_usd,
        legs=tuple(leg for vertical in spread.verticals for leg in (_leg("sell", vertical.short), _leg("buy", vertical.long))),
        market=_market(proposal, snapshot, index_usd, snapshot.fx_usd_per_eur.value),
        bias=proposal.bias.bias,
        bias_row=proposal.bias.row,
        bias_warnings=proposal.bias.warnings,
        money=money_report(proposal, snapshot, book, rules.caps_of(book.stage), fx_usd_per_eur=snapshot.fx_usd_per_eur.value),
        greeks=proposal.greeks,
        binding=proposal.sizing.binding,
        limits_eth=proposal.sizing.limits_eth,
        dvol_scale=proposal.sizing.dvol_scale,
        exits=_exits(proposal, snapshot, rules.exit),
        delta_limit=rules.exit.short_delta_breach,
        warnings=tuple(check for check in frame.checks if check.verdict is Verdict.WARNED),
        checks=frame.checks,
        source=snapshot.chain.source if snapshot.chain is not None else "",
        quoted_at=quoted_at,
        recorded_at=snapshot.chain.recorded_at if snapshot.chain is not None else None,
        snapshot_age_s=(snapshot.taken_at - quoted_at) / timedelta(seconds=1),
        modelled=tuple(sorted({part for quote in spread.quotes for part in quote.modelled})),
    )


def _leg(side: str, quote: Quote) -> LegReport:
    return LegReport(
        side=side,
        instrument=quote.instrument.name,
        strike_usd=quote.instrument.strike_usd,
        delta=quote.greeks.delta if quote.greeks is not None else None,
        iv_frac=quote.iv_frac,
        bid_coin=quote.bid_coin,
        ask_coin=quote.ask_coin,
        mid_coin=quote.mid_coin,
        mark_coin=quote.mark_coin,
        bid_size_eth=quote.bid_size_eth,
        ask_size_eth=quote.ask_size_eth,
        open_interest_eth=quote.open_interest_eth,
        quoted_at=quote.quoted_at,
        recorded_at=quote.recorded_at,
        modelled=quote.modelled,
    )


def _market(proposal: Proposal, snapshot: MarketSnapshot, index_usd: Decimal, fx_usd_per_eur: Decimal) -> MarketReport:
    dvol_pts = snapshot.dvol_pts.value if snapshot.dvol_pts is not None else None
    expiry_at = proposal.candidate.spread.expiry_at
    events = snapshot.macro.value.events if snapshot.macro is not None else ()
    return MarketReport(
        spot_usd=index_usd,
        forward_usd=proposal.candidate.spread.shorts[0].forward_usd,
        dvol_pts=dvol_pts,
        dvol_change_24h_pts=_change(dvol_pts, snapshot.dvol_24h_ago_pts),
        rv30_pts=snapshot.rv30_pts,
        trend_30d_frac=snapshot.trend_30d_frac,
        funding_apr_frac=snapshot.funding_apr_frac.value if snapshot.funding_apr_frac is not None else None,
        rr25_pts=proposal.candidate.rr25_pts,
        fear_greed=snapshot.sentiment.value.fear_greed if snapshot.sentiment is not None else None,
        fx_usd_per_eur=fx_usd_per_eur,
        events=tuple(event for event in events if snapshot.taken_at <= event.at <= expiry_at and event.severity is not Severity.LOW),
    )


def _change(now: float | None, before: float | None) -> float | None:
    return now - before if now is not None and before is not None else None


def _exits(proposal: Proposal, snapshot: MarketSnapshot, rules: ExitRules) -> PlannedExits:
    economics = proposal.candidate.economics
    if snapshot.dvol_pts is None:
        raise InvariantBroken("a proposal without DVOL")
    terms = OpenTerms(
        credit_coin=economics.credit_expected_coin,
        open_fee_coin=economics.open_fee_coin,
        # What is not yet known, the closing fee, is taken as the rest of a round trip.
        close_fee_coin=economics.roundtrip_fees_coin - economics.open_fee_coin,
        dvol_entry_pts=snapshot.dvol_pts.value,
    )
    return exit_prices(proposal.candidate.spread, terms, index_usd=index_usd_of(snapshot), now=snapshot.taken_at, rules=rules)
