"""What the compiled paths are told: the strategy's rules and the model's figures as plain numbers.

Rules of this file: prices of options are in millionths of an ETH, where every price on
the venue's grid and every fee of it is exact in floating point; everything else keeps
the unit of the rule it comes from. Only inverse contracts.
"""

from __future__ import annotations

import math
from decimal import Decimal
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from engine.core.exit_view import AT_MAX_LOSS_FRAC, MARK_OVER_WIDTH_MAX
from engine.core.model import Family, Stage
from engine.core.rules import LegLiquidity, StageCaps, StrategyRules
from engine.core.spread_prices import EXPECTED_SHARE, PAPER_EXIT_SHARE
from engine.errors import ConfigError
from engine.market.fitted import BOOK, SURFACE
from engine.market.listing import TICKS
from engine.market.surface import SurfaceBand

MICRO = 1_000_000


class ExitTerms(NamedTuple):
    """The exit table's thresholds; `*_pct` are shares of the way from mid to natural."""

    stop_loss_x: float
    vol_stop_pts: float
    delta_breach: float
    adverse_move_frac: float
    adverse_delta: float
    pin_dte_d: float
    pin_otm_frac: float
    expire_dte_d: float
    expire_otm_frac: float
    expire_mark_over_credit: float
    profit_take_frac: float
    time_stop_dte_d: float
    time_hold_above_frac: float
    at_max_loss_frac: float
    mark_over_width_max: float
    expected_pct: float
    fill_pct: float


class FeeTerms(NamedTuple):
    """Fees in micro ETH per leg, and the grid: a second tick begins above a level."""

    trade_micro: float
    premium_cap_frac: float
    is_cheaper_group_free: bool
    delivery_micro: float
    delivery_cap_frac: float
    combo_tick_micro: float
    fine_tick_micro: float
    coarse_above_micro: float
    coarse_tick_micro: float


class EntryTerms(NamedTuple):
    """What an entry of the paths is held against; caps are in USD at the rate of the start."""

    dvol_min_pts: float
    dvol_max_pts: float
    dvol_jump_max_pts: float
    return_24h_max_frac: float
    return_4h_max_frac: float
    bull_trend_frac: float
    bear_trend_frac: float
    crash_trend_frac: float
    calm_return_7d_frac: float
    calm_dvol_min_pts: float
    calm_dvol_max_pts: float
    calm_rv_ratio_min: float
    calm_premium_max_pts: float
    sells_puts: bool
    sells_calls: bool
    sells_condors: bool
    trade_cap_usd: float
    total_cap_usd: float
    full_cap_dvol_pts: float
    cap_scale_min: float
    cap_scale_max: float
    one_lot_floor_dvol_pts: float
    new_per_week: int
    per_expiry_and_side: int
    open_max: int
    cooldown_d: float


class StrikeTerms(NamedTuple):
    """Bands and gates of a vertical; legs are told apart as short and long. `delta_max_sd` is how many deviations out the largest delta lies."""

    delta_min: float
    delta_max: float
    delta_target: float
    delta_max_sd: float
    otm_put_min_frac: float
    otm_put_max_frac: float
    otm_call_min_frac: float
    otm_call_max_frac: float
    expected_move_min: float
    width_min_frac: float
    width_max_frac: float
    width_target_frac: float
    credit_over_width_min: float
    credit_min_micro: float
    fees_over_credit_max: float
    short_spread_abs_micro: float
    short_spread_rel: float
    long_spread_abs_micro: float
    long_spread_rel: float
    slippage_max_frac: float
    divergence_max_frac: float
    concession_frac: float
    fee_allowance_vertical: float
    fee_allowance_condor: float


class SurfaceTerms(NamedTuple):
    """The surface's figures with the band they are played in; `rho` is NaN where the week's return says it."""

    level_far: float
    level_drop: float
    level_decay_d: float
    realised_pull: float
    trailing_pull: float
    pull_max: float
    pull_decay_d: float
    skew: float
    skew_per_return: float
    skew_max: float
    wing: float
    wing_decay: float
    wing_max: float
    basis_per_year: float
    rho: float
    atm_factor: float
    spread_factor: float
    book_base_micro: float
    book_per_vega: float
    book_ticks_min: float


class Terms(NamedTuple):
    """Everything above."""

    exits: ExitTerms
    fees: FeeTerms
    entry: EntryTerms
    strikes: StrikeTerms
    surface: SurfaceTerms


def terms_of(rules: StrategyRules, stage: Stage, *, fx_usd_per_eur: Decimal, band: SurfaceBand) -> Terms:
    """The numbers of these rules in `stage`. Raises ConfigError for contracts the paths do not know."""
    if Family(rules.meta.contract_family) is not Family.INVERSE:
        raise ConfigError("Monte Carlo knows inverse contracts only", fix='Set contract_family = "inverse" for this question.', key="meta.contract_family")
    return Terms(
        exits=_exit_terms(rules),
        fees=_fee_terms(rules),
        entry=_entry_terms(rules, stage, fx_usd_per_eur),
        strikes=_strike_terms(rules),
        surface=_surface_terms(band),
    )


def packed(values: NamedTuple) -> Any:
    """The same fields as one record, which compiled functions hand on by its place: a tuple would be copied at every call."""
    row = np.zeros(1, dtype=_dtype(values))
    row[0] = _plain(values)
    return row[0]


def _dtype(values: NamedTuple) -> np.dtype[np.void]:
    kinds: dict[type, Any] = {bool: np.bool_, int: np.int64, float: np.float64}
    return np.dtype([(name, kinds[type(value)] if type(value) in kinds else _dtype(value)) for name, value in values._asdict().items()])


def _plain(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_plain(value) if isinstance(value, tuple) else value for value in values)


def _exit_terms(rules: StrategyRules) -> ExitTerms:
    written = rules.exit
    return ExitTerms(
        stop_loss_x=float(written.stop_loss_x_credit),
        vol_stop_pts=written.vol_stop_pts,
        delta_breach=written.short_delta_breach,
        adverse_move_frac=written.adverse_move.move_frac,
        adverse_delta=written.adverse_move.short_delta_min,
        pin_dte_d=written.pin_risk.dte_max_d,
        pin_otm_frac=written.pin_risk.otm_min_frac,
        expire_dte_d=written.let_expire.dte_max_d,
        expire_otm_frac=written.let_expire.otm_min_frac,
        expire_mark_over_credit=written.let_expire.mark_over_credit_max_frac,
        profit_take_frac=written.profit_take_net_frac,
        time_stop_dte_d=written.time_stop_dte_d,
        time_hold_above_frac=written.time_stop_hold_above_profit_frac,
        at_max_loss_frac=float(AT_MAX_LOSS_FRAC),
        mark_over_width_max=float(MARK_OVER_WIDTH_MAX),
        expected_pct=float(EXPECTED_SHARE * 100),
        fill_pct=float(PAPER_EXIT_SHARE * 100),
    )


def _fee_terms(rules: StrategyRules) -> FeeTerms:
    fees, (fine, coarse) = rules.fees, TICKS[Family.INVERSE]
    return FeeTerms(
        trade_micro=_micro(fees.inverse_of_underlying_frac),
        premium_cap_frac=float(fees.cap_of_premium_frac),
        is_cheaper_group_free=fees.combo_cheaper_group_free,
        delivery_micro=_micro(fees.delivery_frac),
        delivery_cap_frac=float(fees.delivery_cap_of_value_frac),
        combo_tick_micro=_micro(rules.execution.combo_tick_eth),
        fine_tick_micro=_micro(fine.tick_coin),
        coarse_above_micro=_micro(coarse.above_coin),
        coarse_tick_micro=_micro(coarse.tick_coin),
    )


def _entry_terms(rules: StrategyRules, stage: Stage, fx_usd_per_eur: Decimal) -> EntryTerms:
    entry, bias, calm, caps = rules.entry, rules.bias, rules.bias.condor, rules.caps_of(stage.value)
    return EntryTerms(
        dvol_min_pts=entry.dvol_min_pts,
        dvol_max_pts=entry.dvol_max_pts,
        dvol_jump_max_pts=entry.dvol_jump_24h_max_pts,
        return_24h_max_frac=entry.abs_return_24h_max_frac,
        return_4h_max_frac=entry.abs_return_4h_max_frac,
        bull_trend_frac=bias.bull_trend_min_frac,
        bear_trend_frac=bias.bear_trend_max_frac,
        crash_trend_frac=bias.crash_trend_frac,
        calm_return_7d_frac=calm.abs_return_7d_max_frac,
        calm_dvol_min_pts=calm.dvol_min_pts,
        calm_dvol_max_pts=calm.dvol_max_pts,
        calm_rv_ratio_min=calm.rv10_over_rv30_min,
        calm_premium_max_pts=calm.dvol_minus_rv30_max_pts,
        sells_puts="bull_put" in caps.strategies,
        sells_calls="bear_call" in caps.strategies,
        sells_condors=_sells_condors(caps, is_enabled=calm.enabled.of(stage.value)),
        trade_cap_usd=float(caps.trade_eur * fx_usd_per_eur),
        total_cap_usd=float(caps.total_eur * fx_usd_per_eur),
        full_cap_dvol_pts=rules.sizing.dvol_scale.ref_pts,
        cap_scale_min=rules.sizing.dvol_scale.min,
        cap_scale_max=rules.sizing.dvol_scale.max,
        one_lot_floor_dvol_pts=rules.sizing.one_lot_floor_dvol_max_pts,
        new_per_week=caps.new_per_week,
        per_expiry_and_side=caps.per_expiry_and_side,
        open_max=rules.caps.open_positions_max,
        cooldown_d=entry.cooldown_after_stop_same_side_d,
    )


def _sells_condors(caps: StageCaps, *, is_enabled: bool) -> bool:
    return is_enabled and "iron_condor" in caps.strategies


def _strike_terms(rules: StrategyRules) -> StrikeTerms:
    written, liquidity, allowance = rules.strikes, rules.liquidity, rules.sizing.fee_allowance_eth
    short_abs, short_rel = _leg(liquidity.short_leg)
    long_abs, long_rel = _leg(liquidity.long_leg)
    return StrikeTerms(
        delta_min=written.short_delta_min,
        delta_max=written.short_delta_max,
        delta_target=written.short_delta_target,
        delta_max_sd=NormalDist().inv_cdf(1.0 - written.short_delta_max),
        otm_put_min_frac=written.otm_put_frac[0],
        otm_put_max_frac=written.otm_put_frac[1],
        otm_call_min_frac=written.otm_call_frac[0],
        otm_call_max_frac=written.otm_call_frac[1],
        expected_move_min=written.expected_move_multiple_min,
        width_min_frac=float(written.width_min_frac),
        width_max_frac=float(written.width_max_frac),
        width_target_frac=float(written.width_target_frac),
        credit_over_width_min=float(written.credit_over_width_min_frac),
        credit_min_micro=_micro(written.credit_min.inverse_eth),
        fees_over_credit_max=float(written.roundtrip_fees_over_credit_max_frac),
        short_spread_abs_micro=short_abs,
        short_spread_rel=short_rel,
        long_spread_abs_micro=long_abs,
        long_spread_rel=long_rel,
        slippage_max_frac=float(liquidity.expected_slippage_max_frac),
        divergence_max_frac=float(liquidity.mark_mid_divergence_max_frac),
        concession_frac=float(rules.execution.entry.concession_max_frac),
        fee_allowance_vertical=float(allowance.vertical),
        fee_allowance_condor=float(allowance.condor),
    )


def _leg(leg: LegLiquidity) -> tuple[float, float]:
    return _micro(leg.spread_abs_max_eth), float(leg.spread_rel_max_frac)


def _surface_terms(band: SurfaceBand) -> SurfaceTerms:
    return SurfaceTerms(
        level_far=SURFACE.level_far,
        level_drop=SURFACE.level_drop,
        level_decay_d=SURFACE.level_decay_days,
        realised_pull=SURFACE.realised_pull,
        trailing_pull=SURFACE.trailing_pull,
        pull_max=SURFACE.pull_max,
        pull_decay_d=SURFACE.pull_decay_days,
        skew=SURFACE.skew,
        skew_per_return=SURFACE.skew_per_return,
        skew_max=SURFACE.skew_max,
        wing=SURFACE.wing,
        wing_decay=SURFACE.wing_decay,
        wing_max=SURFACE.wing_max,
        basis_per_year=SURFACE.basis_per_year,
        rho=math.nan if band.rho is None else band.rho,
        atm_factor=band.atm_factor,
        spread_factor=band.spread_factor,
        book_base_micro=BOOK.base_1e4 * 100.0,
        book_per_vega=BOOK.per_vega,
        book_ticks_min=BOOK.ticks_min,
    )


def _micro(coin: Decimal) -> float:
    return float(coin * MICRO)
