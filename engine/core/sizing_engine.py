"""How many ETH of a spread to sell: the smallest of what caps, edge, liquidity and margin allow.

Rules of this file: Decimal throughout, rounded down to the lot and never up; a
refusal names the constraint that bound. Source: strategy §1.7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from engine.core.checks import not_evaluated
from engine.core.decision import Approved, Check, Refused, Relation, Unit, Verdict
from engine.core.economics import width_that_fits_usd
from engine.core.fees import fee_allowance_eth
from engine.core.kelly_recalibration import kelly_room_eth
from engine.core.model import Binding, Book, Candidate, Family, MarketSnapshot, Sizing
from engine.core.model_kelly import KellyLimit
from engine.core.rules import SizingRules, StrategyRules

ZERO = Decimal(0)

Limits = tuple[tuple[Binding, Decimal | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingInputs:
    """What bounds one trade; `max_loss_usd`, `initial_margin_eth` and `fee_allowance_eth` per 1 ETH, prices and sizes positive.

    `engaged_eur` is the strict loss of everything open, approved or waiting; `top_size_eth`
    the least that is bid for a short leg or offered of a long one; `available_funds_eth`
    what is left after the margin of the open trades.
    """

    max_loss_usd: Decimal
    initial_margin_eth: Decimal
    lot_eth: Decimal
    index_usd: Decimal
    fx_usd_per_eur: Decimal
    dvol_pts: float
    cap_trade_eur: Decimal
    cap_total_eur: Decimal
    engaged_eur: Decimal
    kelly: KellyLimit
    top_size_eth: Decimal
    available_funds_eth: Decimal
    fee_allowance_eth: Decimal


def sizing_inputs(candidate: Candidate, snapshot: MarketSnapshot, *, book: Book, rules: StrategyRules) -> SizingInputs | Refused:
    """The bounds of this candidate as the market and the book stand, or every input that is missing."""
    index, fx, dvol, wealth = snapshot.index_usd, snapshot.fx_usd_per_eur, snapshot.dvol_pts, snapshot.wealth
    spread, caps = candidate.spread, rules.caps_of(book.stage.value)
    bid_size_eth, ask_size_eth = _least([short.bid_size_eth for short in spread.shorts]), _least([long.ask_size_eth for long in spread.longs])
    if index is None or fx is None or dvol is None or wealth is None or bid_size_eth is None or ask_size_eth is None:
        named = (("index", index), ("fx", fx), ("dvol", dvol), ("portfolio", wealth), ("short_bid_size", bid_size_eth), ("long_ask_size", ask_size_eth))
        return Refused(checks=tuple(_missing(name) for name, value in named if value is None))
    if not (math.isfinite(dvol.value) and dvol.value > 0.0 and fx.value > ZERO and index.value > ZERO):
        return Refused(checks=(_missing("positive_index_fx_dvol"),))
    return SizingInputs(
        max_loss_usd=candidate.economics.max_loss_usd,
        initial_margin_eth=candidate.economics.initial_margin_eth,
        lot_eth=max(spread.lot_eth, lot_eth(spread.family, rules.sizing)),
        index_usd=index.value,
        fx_usd_per_eur=fx.value,
        dvol_pts=dvol.value,
        cap_trade_eur=caps.trade_eur,
        cap_total_eur=caps.total_eur,
        engaged_eur=sum((trade.max_loss_eur for trade in book.open_trades), ZERO),
        kelly=book.kelly_limit_of(spread.strategy),
        top_size_eth=min(bid_size_eth, ask_size_eth),
        available_funds_eth=wealth.value.available_funds_eth - sum((trade.initial_margin_eth for trade in book.open_trades), ZERO),
        fee_allowance_eth=fee_allowance_eth(len(spread.verticals), rules.sizing),
    )


def compute_contracts(inputs: SizingInputs, rules: SizingRules) -> Approved[Sizing] | Refused:
    """The ETH amount to sell, a positive multiple of the lot, or the constraint that leaves less than one lot."""
    scale = dvol_scale(inputs.dvol_pts, rules)
    unscaled = _limits(inputs, rules)
    scaled = tuple((name, limit * scale if name is Binding.TRADE_CAP and limit is not None else limit) for name, limit in unscaled)
    binding, quantity_eth = _smallest(scaled, inputs.lot_eth)
    if quantity_eth < inputs.lot_eth and inputs.dvol_pts <= rules.one_lot_floor_dvol_max_pts and _smallest(unscaled, inputs.lot_eth)[1] >= inputs.lot_eth:
        # The volatility scale alone may not turn a trade the caps allow into none.
        binding, quantity_eth = Binding.ONE_LOT_FLOOR, inputs.lot_eth
    if quantity_eth < inputs.lot_eth:
        return Refused(checks=_below_one_lot(inputs, binding, dict(scaled)))
    sizing = Sizing(
        quantity_eth=quantity_eth,
        max_loss_eur=_max_loss_eur(inputs) * quantity_eth,
        dvol_scale=float(scale),
        binding=binding,
        limits_eth=scaled,
    )
    return Approved(value=sizing, checks=(_lot_check("sized", Verdict.PASSED, observed_eth=quantity_eth, inputs=inputs, binding=binding),))


def lot_eth(family: Family, rules: SizingRules) -> Decimal:
    """The smallest step of a size in these contracts; the venue's own minimum wins where it is larger."""
    return rules.lot_eth.inverse if family is Family.INVERSE else rules.lot_eth.linear_usdc


def dvol_scale(dvol_pts: float, rules: SizingRules) -> Decimal:
    """The share of the trade cap used at this volatility: reference over DVOL, held between its bounds."""
    low, high, reference = (Decimal(repr(figure)) for figure in (rules.dvol_scale.min, rules.dvol_scale.max, rules.dvol_scale.ref_pts))
    return min(max(reference / Decimal(repr(dvol_pts)), low), high)


def _limits(inputs: SizingInputs, rules: SizingRules) -> Limits:
    """What each constraint allows in ETH before the volatility scale; None = it does not bind."""
    per_eth_eur = _max_loss_eur(inputs)
    kelly_eth = kelly_room_eth(inputs.kelly, bankroll_eur=rules.kelly_bankroll_eur, max_loss_eur=per_eth_eur, lot_eth=inputs.lot_eth)
    return (
        (Binding.TRADE_CAP, inputs.cap_trade_eur / per_eth_eur),
        (Binding.TOTAL_CAP, (inputs.cap_total_eur - inputs.engaged_eur) / per_eth_eur),
        (Binding.KELLY, kelly_eth),
        (Binding.LIQUIDITY, rules.top_of_book_share_max_frac * inputs.top_size_eth),
        (Binding.MARGIN, rules.margin_use_max_frac * inputs.available_funds_eth / inputs.initial_margin_eth),
    )


def _least(sizes_eth: Sequence[Decimal | None]) -> Decimal | None:
    """The smallest size, or None while one of them is missing."""
    known = [size_eth for size_eth in sizes_eth if size_eth is not None]
    return min(known) if len(known) == len(sizes_eth) else None


def _max_loss_eur(inputs: SizingInputs) -> Decimal:
    return inputs.max_loss_usd / inputs.fx_usd_per_eur


def _smallest(limits: Limits, lot_eth: Decimal) -> tuple[Binding, Decimal]:
    """The constraint that binds and the whole lots it leaves, in ETH; the first of equals binds."""
    binding, limit_eth = min(((name, limit) for name, limit in limits if limit is not None), key=lambda bound: bound[1])
    return binding, (limit_eth / lot_eth).to_integral_value(rounding=ROUND_FLOOR) * lot_eth


def _below_one_lot(inputs: SizingInputs, binding: Binding, limits: dict[Binding, Decimal | None]) -> tuple[Check, ...]:
    if binding not in (Binding.TRADE_CAP, Binding.TOTAL_CAP):
        return (_lot_check("size_zero", Verdict.FAILED, observed_eth=limits[binding], inputs=inputs, binding=binding),)
    left_eur = inputs.cap_trade_eur if binding is Binding.TRADE_CAP else inputs.cap_total_eur - inputs.engaged_eur
    one_lot_eur = _max_loss_eur(inputs) * inputs.lot_eth
    if one_lot_eur <= left_eur:
        return (_lot_check("size_zero", Verdict.FAILED, observed_eth=limits[binding], inputs=inputs, binding=binding, cause="dvol_scale"),)
    width_usd = width_that_fits_usd(
        cap_eur=left_eur,
        fx_usd_per_eur=inputs.fx_usd_per_eur,
        index_usd=inputs.index_usd,
        lot_eth=inputs.lot_eth,
        fee_allowance_eth=inputs.fee_allowance_eth,
    )
    return (
        Check(
            rule="E16",
            code="cap_below_one_lot",
            verdict=Verdict.FAILED,
            observed=one_lot_eur,
            limit=left_eur,
            relation=Relation.AT_MOST,
            unit=Unit.EUR,
            subject=binding.value,
        ),
        Check(rule="E16", code="width_that_fits", verdict=Verdict.PASSED, observed=width_usd, unit=Unit.USD),
    )


def _lot_check(code: str, verdict: Verdict, *, observed_eth: Decimal | None, inputs: SizingInputs, binding: Binding, cause: str = "") -> Check:
    return Check(
        rule="E16",
        code=code,
        verdict=verdict,
        observed=observed_eth,
        limit=inputs.lot_eth,
        relation=Relation.AT_LEAST,
        unit=Unit.ETH,
        subject=binding.value,
        cause=cause,
    )


def _missing(name: str) -> Check:
    return not_evaluated("E16", "size_zero", cause=f"no_{name}")
