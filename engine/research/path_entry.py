"""What a path would sell at a look, compiled: the bias of the market, the vertical of a side, its credit and its strict loss.

Rules of this file: the bands, gates and rank are those of `engine.core.strike_search`,
`economics` and `bias` as far as a path knows the figures: funding, sentiment and macro
events are absent there, and every listed strike is held by somebody. Prices are in
micro ETH.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.research.compiled import compiled
from engine.research.path_market import quote_into
from engine.research.path_rules import ASK, BID, LONG, MARK, MICRO, SHORT, ceil_to, combo_fee, floor_to, leg_fee
from engine.research.path_terms import EntryTerms, FeeTerms, StrikeTerms, Terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.research.path_market import Expiry

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

CREDIT, FEE, LOSS_USD, STRIKES_AT = 0, 1, 2, 3
OFFER_FIELDS = 7
STRIKES_MAX = 96
SHORT_DAYS, MIDDLE_DAYS = 4.0, 45.0
LOW_SPOT_USD, HIGH_SPOT_USD = 1000.0, 6000.0
DELTA_BUCKET = 0.01
EXPECTED_SHARE = 0.35


@compiled
def strike_step_usd(spot: float, days: float) -> float:
    """Distance of the finest strikes, as `engine.market.grid` lists them."""
    step = 25.0 if days <= SHORT_DAYS else 50.0 if days <= MIDDLE_DAYS else 100.0
    if spot < LOW_SPOT_USD:
        return 10.0 if days <= SHORT_DAYS else step / 2.0
    return step if spot < HIGH_SPOT_USD else 2.0 * step


@compiled
def is_listed(number: int, distance: float, days: float) -> bool:
    """Whether the strike `number` steps from zero is listed at this distance from spot: every one near it, fewer further out."""
    near, middle = (0.075, 0.15) if days <= SHORT_DAYS else (0.15, 0.25) if days <= MIDDLE_DAYS else (0.40, 0.80)
    every = 1 if distance <= near else 2 if distance <= middle else 4
    return number % every == 0


@compiled
def strategy_of(dvol_pts: float, jump_pts: float, returns: tuple[float, float, float], rv_pts: tuple[float, float], entry: EntryTerms) -> int:
    """The trade the bias table asks for: 0 put spread, 1 call spread, 2 condor, -1 none. `returns` over 30 d, 7 d and 24 h, `rv_pts` over 10 and 30 d."""
    trend, return_7d, return_24h = returns
    rv_10, rv_30 = rv_pts
    if not entry.dvol_min_pts <= dvol_pts <= entry.dvol_max_pts or jump_pts > entry.dvol_jump_max_pts or trend <= entry.crash_trend_frac:
        return -1
    if abs(return_24h) > entry.return_24h_max_frac:
        return -1
    if trend >= entry.bull_trend_frac:
        return 0 if entry.sells_puts else -1
    if trend <= entry.bear_trend_frac:
        return 1 if entry.sells_calls else -1
    is_calm = abs(return_7d) <= entry.calm_return_7d_frac and entry.calm_dvol_min_pts <= dvol_pts <= entry.calm_dvol_max_pts
    is_paid = rv_10 >= entry.calm_rv_ratio_min * rv_30 and dvol_pts - rv_30 <= entry.calm_premium_max_pts
    return 2 if entry.sells_condors and is_calm and is_paid else -1


@compiled
def gate_micro(width: float, spot: float, strikes: StrikeTerms, fees: FeeTerms) -> float:
    """The credit at which the last credit gate of one side closes."""
    legs = 1.0 if fees.is_cheaper_group_free else 2.0
    return max(strikes.credit_min_micro, strikes.credit_over_width_min * width / spot * MICRO, 2.0 * legs * fees.trade_micro / strikes.fees_over_credit_max)


@compiled
def is_leg_liquid(quote: Floats, abs_max: float, rel_max: float, divergence_max: float) -> bool:
    """The book of one leg is narrow and stands around its mark."""
    middle, mark = (quote[BID] + quote[ASK]) / 2.0, quote[MARK]
    is_narrow: bool = quote[ASK] - quote[BID] <= max(abs_max, rel_max * middle) + 1e-6
    is_near: bool = mark > 0.0 and abs(middle - mark) <= divergence_max * mark + 1e-6
    return is_narrow and is_near


@compiled
def is_pair_tradable(short: Floats, long: Floats, width: float, spot: float, terms: Terms) -> bool:
    """The vertical passes the credit and liquidity gates for one lot."""
    strikes = terms.strikes
    if short[BID] <= 0.0:
        return False
    mid, natural = vertical_mid(short, long), short[BID] - long[ASK]
    if mid < gate_micro(width, spot, strikes, terms.fees) - 1e-6 or mid / MICRO * spot > width:
        return False
    if EXPECTED_SHARE * (mid - natural) > strikes.slippage_max_frac * mid + 1e-6:
        return False
    divergence = strikes.divergence_max_frac
    return is_leg_liquid(short, strikes.short_spread_abs_micro, strikes.short_spread_rel, divergence) and is_leg_liquid(
        long, strikes.long_spread_abs_micro, strikes.long_spread_rel, divergence
    )


@compiled
def vertical_mid(short: Floats, long: Floats) -> float:
    """The net credit at mid; a long leg nobody bids for is bid at zero."""
    mid: float = (short[BID] + short[ASK]) / 2.0 - (long[BID] + long[ASK]) / 2.0
    return mid


@compiled
def priced_outwards(ladder: Floats, spot: float, is_call: bool, expiry: Expiry, terms: Terms) -> int:
    """Listed strikes of a side from the nearest that may be sold outwards stand in `ladder` as BID, ASK, MARK, |delta|, strike; returns how many.

    It ends where no short leg may be any more and no long leg would be wide enough away.
    """
    strikes = terms.strikes
    days, sign = expiry[1] * 365.0, 1.0 if is_call else -1.0
    step = strike_step_usd(spot, days)
    near, far = (strikes.otm_call_min_frac, strikes.otm_call_max_frac) if is_call else (strikes.otm_put_min_frac, strikes.otm_put_max_frac)
    # No volatility of the slice lies below its lowest, and with that one every strike nearer than this has too much delta to be sold.
    lowest = expiry[2] * math.sqrt(1.0 - expiry[3] * expiry[3])
    reach = math.exp(sign * strikes.delta_max_sd * lowest + 0.5 * lowest * lowest) * (1.0 - sign * 1e-9) * expiry[0]
    number = math.ceil(max(spot * (1.0 + near), reach) / step - 1e-9) if is_call else math.floor(min(spot * (1.0 - near), reach) / step + 1e-9)
    count, last_short = 0, -1.0
    while count < STRIKES_MAX and number > 0:
        strike = number * step
        distance = sign * (strike / spot - 1.0)
        is_past = distance > far or (count > 0 and ladder[count - 1, 3] < strikes.delta_min)
        if is_past and (last_short < 0.0 or sign * (strike - last_short) > strikes.width_max_frac * spot + 1e-9):
            break
        if is_listed(number, abs(distance), days):
            delta = abs(quote_into(ladder[count], (strike, is_call), expiry, terms.surface, terms.fees))
            ladder[count, 3], ladder[count, 4] = delta, strike
            if distance <= far and strikes.delta_min <= delta <= strikes.delta_max:
                last_short = strike
            count += 1
        number += 1 if is_call else -1
    return count


@compiled
def best_pair(ladder: Floats, count: int, limits: tuple[float, float, float, float], expiry: Expiry, terms: Terms) -> tuple[int, int]:
    """The rows of the best tradable vertical, (-1, -1) without one.

    `limits`: spot, the fee allowance, and between which widths in USD the pair must lie besides its own band.
    """
    spot, allowance, width_least, width_most = limits
    strikes, forward, sd = terms.strikes, expiry[0], expiry[2]
    best_short, best_long = -1, -1
    best_bucket, best_off, best_ror, best_strike = math.inf, math.inf, -math.inf, math.inf
    for short in range(count):
        delta, strike = ladder[short, 3], ladder[short, 4]
        if not strikes.delta_min <= delta <= strikes.delta_max or abs(strike - forward) < strikes.expected_move_min * forward * sd:
            continue
        otm = abs(strike / spot - 1.0)
        if otm > (strikes.otm_call_max_frac if strike > spot else strikes.otm_put_max_frac):
            continue
        bucket = math.floor(abs(delta - strikes.delta_target) / DELTA_BUCKET + 1e-9)
        for long in range(short + 1, count):
            width = abs(ladder[long, 4] - strike)
            if not strikes.width_min_frac <= width / spot <= strikes.width_max_frac or not width_least <= width <= width_most:
                continue
            if width + allowance * spot > terms.entry.trade_cap_usd or not is_pair_tradable(ladder[short], ladder[long], width, spot, terms):
                continue
            off = abs(width / spot - strikes.width_target_frac)
            ror = return_on_risk(ladder[short], ladder[long], width, (spot, allowance, ladder[long, 4], strike), terms)
            is_better = bucket < best_bucket or (bucket == best_bucket and (off < best_off or (off == best_off and ror > best_ror)))
            is_equal = bucket == best_bucket and off == best_off and ror == best_ror and strike < best_strike
            if is_better or is_equal:
                best_short, best_long = short, long
                best_bucket, best_off, best_ror, best_strike = bucket, off, ror, strike
    return best_short, best_long


@compiled
def return_on_risk(short: Floats, long: Floats, width: float, place: tuple[float, float, float, float], terms: Terms) -> float:
    """Net credit over the strict loss less the credit; `place`: spot, fee allowance, long strike, short strike."""
    spot, allowance, long_strike, short_strike = place
    mid, legs = vertical_mid(short, long), 1.0 if terms.fees.is_cheaper_group_free else 2.0
    floor = credit_floor(mid, gate_micro(width, spot, terms.strikes, terms.fees), terms)
    loss = width if long_strike < short_strike else max(width - floor / MICRO * long_strike, 0.0)
    credit_usd = mid / MICRO * spot
    at_stake = loss + allowance * spot - credit_usd
    return (credit_usd - 2.0 * legs * terms.fees.trade_micro / MICRO * spot) / at_stake if at_stake > 0.0 else math.inf


@compiled
def credit_floor(mid: float, gates: float, terms: Terms) -> float:
    """The lowest credit an entry may be filled at."""
    tick = terms.fees.combo_tick_micro
    return max(floor_to(mid * (1.0 - terms.strikes.concession_frac), tick), ceil_to(gates, tick))


@compiled
def offer_into(offer: Floats, ladders: Floats, asked: tuple[int, float], expiry: Expiry, terms: Terms) -> bool:
    """The spread that would be sold stands in `offer`: credit, fee, strict loss, strikes; False when nothing fits or fills. `asked`: strategy and spot."""
    strategy, spot = asked
    is_condor = strategy == 2
    sides = 2 if is_condor else 1
    allowance = terms.strikes.fee_allowance_condor if is_condor else terms.strikes.fee_allowance_vertical
    mid, natural, gates, shorts_fee, longs_fee = 0.0, 0.0, 0.0, 0.0, 0.0
    width_least, width_most = 0.0, math.inf
    for side in range(sides):
        is_call = strategy == 1 or side == 1
        ladder = ladders[side]
        count = priced_outwards(ladder, spot, is_call, expiry, terms)
        short, long = best_pair(ladder, count, (spot, allowance, width_least, width_most), expiry, terms)
        if short < 0:
            return False
        width = abs(ladder[short, 4] - ladder[long, 4])
        # A condor's sides lie within one strike step of each other in width.
        step = strike_step_usd(spot, expiry[1] * 365.0)
        width_least, width_most = width - step, width + step
        mid += vertical_mid(ladder[short], ladder[long])
        natural += ladder[short, BID] - ladder[long, ASK]
        gates += gate_micro(width, spot, terms.strikes, terms.fees)
        shorts_fee += leg_fee(ladder[short, MARK], terms.fees)
        longs_fee += leg_fee(ladder[long, MARK], terms.fees)
        offer[STRIKES_AT + 2 * side + SHORT], offer[STRIKES_AT + 2 * side + LONG] = ladder[short, 4], ladder[long, 4]
    floor = credit_floor(mid, gates, terms)
    expected_100 = (100.0 - terms.exits.expected_pct) * mid + terms.exits.expected_pct * natural
    if expected_100 < 100.0 * floor:
        return False
    offer[CREDIT] = max(floor_to(expected_100 / 100.0, terms.fees.combo_tick_micro), floor)
    offer[FEE] = combo_fee(shorts_fee, longs_fee, terms.fees)
    offer[LOSS_USD] = strict_loss_usd(offer, sides, floor) + allowance * spot
    return True


@compiled
def strict_loss_usd(offer: Floats, sides: int, credit: float) -> float:
    """The worse side's strict loss before the fee allowance: a put spread its width, a call spread what its credit leaves at the long strike."""
    loss = 0.0
    for side in range(sides):
        short, long = offer[STRIKES_AT + 2 * side + SHORT], offer[STRIKES_AT + 2 * side + LONG]
        width = abs(short - long)
        loss = max(loss, width if long < short else max(width - credit / MICRO * long, 0.0))
    return loss


@compiled
def lots_of(loss_usd: float, engaged_usd: float, dvol_pts: float, entry: EntryTerms) -> int:
    """How many lots of one ETH the caps allow; zero for none."""
    scale = min(max(entry.full_cap_dvol_pts / dvol_pts, entry.cap_scale_min), entry.cap_scale_max)
    room = (entry.total_cap_usd - engaged_usd) / loss_usd
    lots = math.floor(min(entry.trade_cap_usd * scale / loss_usd, room) + 1e-12)
    if lots < 1 and dvol_pts <= entry.one_lot_floor_dvol_pts and min(entry.trade_cap_usd / loss_usd, room) >= 1.0:
        return 1
    return max(lots, 0)
