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

from engine.research.compiled import inlined, lent
from engine.research.path_market import DELTA, FORWARD, LANES, QUOTE_FIELDS, RATIO, SD, SLOPE, YEARS, quotes_into
from engine.research.path_numbers import exp_of
from engine.research.path_rules import ASK, BID, LONG, MARK, MICRO, SHORT, ceil_to, combo_fee, floor_to, leg_fee
from engine.research.path_terms import EntryTerms, FeeTerms, StrikeTerms, Terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ladders = tuple[Floats, Floats]
    """The strikes of each side by field, and a table to quote in."""

CREDIT, FEE, LOSS_USD, STRIKES_AT = 0, 1, 2, 3
OFFER_FIELDS = 7
STRIKES_MAX = 96
STRIKE = QUOTE_FIELDS
LADDER_FIELDS = QUOTE_FIELDS + 1
SHORT_DAYS, MIDDLE_DAYS = 4.0, 45.0
LOW_SPOT_USD, HIGH_SPOT_USD = 1000.0, 6000.0
DELTA_BUCKET = 0.01
EXPECTED_SHARE = 0.35


@inlined
def strike_step_usd(spot: float, days: float) -> float:
    """Distance of the finest strikes, as `engine.market.grid` lists them."""
    step = 25.0 if days <= SHORT_DAYS else 50.0 if days <= MIDDLE_DAYS else 100.0
    if spot < LOW_SPOT_USD:
        return 10.0 if days <= SHORT_DAYS else step / 2.0
    return step if spot < HIGH_SPOT_USD else 2.0 * step


@inlined
def is_listed(number: int, distance: float, days: float) -> bool:
    """Whether the strike `number` steps from zero is listed at this distance from spot: every one near it, every second or fourth further out."""
    near, middle = (0.075, 0.15) if days <= SHORT_DAYS else (0.15, 0.25) if days <= MIDDLE_DAYS else (0.40, 0.80)
    between = 0 if distance <= near else 1 if distance <= middle else 3
    return number & between == 0


@inlined
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


@inlined
def can_never_fit(spot: float, days: float, is_condor: bool, terms: Terms) -> bool:
    """True where even the narrowest width that strikes and band allow costs more than the cap: no price of an option can change that."""
    strikes = terms.strikes
    allowance, step = strikes.fee_allowance_condor if is_condor else strikes.fee_allowance_vertical, strike_step_usd(spot, days)
    narrowest = max(math.ceil(strikes.width_min_frac * spot / step * (1.0 - 1e-9)), 1) * step
    return narrowest * (1.0 - 1e-9) + allowance * spot > terms.entry.trade_cap_usd


@inlined
def gate_micro(width: float, spot: float, strikes: StrikeTerms, fees: FeeTerms) -> float:
    """The credit at which the last credit gate of one side closes."""
    legs = 1.0 if fees.is_cheaper_group_free else 2.0
    return max(strikes.credit_min_micro, strikes.credit_over_width_min * width / spot * MICRO, 2.0 * legs * fees.trade_micro / strikes.fees_over_credit_max)


@inlined
def is_leg_liquid(ladder: Floats, row: int, limits: tuple[float, float], divergence_max: float) -> bool:
    """The book of one leg is narrow, in micro ETH or beside its middle, and stands around its mark."""
    bid, ask, mark = ladder[BID, row], ladder[ASK, row], ladder[MARK, row]
    middle = (bid + ask) / 2.0
    is_narrow: bool = ask - bid <= max(limits[0], limits[1] * middle) + 1e-6
    is_near: bool = mark > 0.0 and abs(middle - mark) <= divergence_max * mark + 1e-6
    return is_narrow and is_near


@inlined
def is_pair_tradable(ladder: Floats, short: int, long: int, width: float, spot: float, terms: Terms) -> bool:  # noqa: PLR0917
    """The vertical of a short leg that may be sold passes the credit and liquidity gates for one lot."""
    strikes = terms.strikes
    mid, natural = vertical_mid(ladder, short, long), ladder[BID, short] - ladder[ASK, long]
    if mid < gate_micro(width, spot, strikes, terms.fees) - 1e-6 or mid / MICRO * spot > width:
        return False
    if EXPECTED_SHARE * (mid - natural) > strikes.slippage_max_frac * mid + 1e-6:
        return False
    return is_leg_liquid(ladder, long, (strikes.long_spread_abs_micro, strikes.long_spread_rel), strikes.divergence_max_frac)


@inlined
def vertical_mid(ladder: Floats, short: int, long: int) -> float:
    """The net credit at mid; a long leg nobody bids for is bid at zero."""
    mid: float = (ladder[BID, short] + ladder[ASK, short]) / 2.0 - (ladder[BID, long] + ladder[ASK, long]) / 2.0
    return mid


@inlined
def priced_outwards(ladders: Ladders, side: int, asked: tuple[float, bool], slices: Floats, terms: Terms) -> int:
    """Listed strikes of a side from the nearest that may be sold outwards stand in its ladder; returns how many. `asked`: spot, and whether of calls.

    It ends where no short leg may be any more and no long leg would be wide enough away.
    """
    (ladder, quotes), (spot, is_call), strikes = (ladders[0][side], ladders[1]), asked, terms.strikes
    days, forward, sign = slices[YEARS * LANES] * 365.0, slices[FORWARD * LANES], 1.0 if is_call else -1.0
    step = strike_step_usd(spot, days)
    number, end = _nearest_number(asked, step, slices, strikes), _furthest_usd(asked, strikes)
    count = 0
    while count <= STRIKES_MAX - LANES:
        listed = 0
        while listed < LANES and number > 0 and sign * (number * step - end) <= 0.0:
            if is_listed(number, abs(number * step / spot - 1.0), days):
                ladder[STRIKE, count + listed] = number * step
                listed += 1
            number += 1 if is_call else -1
        if listed == 0:
            break
        for lane in range(LANES):
            quotes[RATIO * LANES + lane] = ladder[STRIKE, count + min(lane, listed - 1)] / forward
        quotes_into(quotes, sign, slices, LANES if listed > LANES // 2 else LANES // 2, terms)
        for field in range(QUOTE_FIELDS):
            for lane in range(LANES):
                ladder[field, count + lane] = quotes[field * LANES + lane]
        count += listed
        if listed < LANES or _is_past(ladder, count, spot, strikes):
            break
    return count


@inlined
def _nearest_number(asked: tuple[float, bool], step: float, slices: Floats, strikes: StrikeTerms) -> int:
    """The strike nearest to spot that may be sold, in steps."""
    spot, is_call = asked
    sign, near = (1.0, strikes.otm_call_min_frac) if is_call else (-1.0, strikes.otm_put_min_frac)
    # No volatility of the slice lies below its lowest, and with that one every strike nearer than this has too much delta to be sold.
    lowest = slices[SD * LANES] * math.sqrt(1.0 - slices[SLOPE * LANES] * slices[SLOPE * LANES])
    reach = exp_of(sign * strikes.delta_max_sd * lowest + 0.5 * lowest * lowest) * (1.0 - sign * 1e-9) * slices[FORWARD * LANES]
    number: int = math.ceil(max(spot * (1.0 + near), reach) / step - 1e-9) if is_call else math.floor(min(spot * (1.0 - near), reach) / step + 1e-9)
    return number


@inlined
def _furthest_usd(asked: tuple[float, bool], strikes: StrikeTerms) -> float:
    """Beyond this lies no long leg of any short leg that may be sold."""
    spot, is_call = asked
    if is_call:
        return spot * (1.0 + strikes.otm_call_max_frac + strikes.width_max_frac + 1e-9)
    return spot * (1.0 - strikes.otm_put_max_frac - strikes.width_max_frac - 1e-9)


@inlined
def _is_past(ladder: Floats, count: int, spot: float, strikes: StrikeTerms) -> bool:
    """The last strike has too little delta to be sold and is too far from every one that has enough."""
    if ladder[DELTA, count - 1] >= strikes.delta_min:
        return False
    row = count - 1
    while row >= 0 and ladder[DELTA, row] < strikes.delta_min:
        row -= 1
    return row < 0 or abs(ladder[STRIKE, count - 1] - ladder[STRIKE, row]) > strikes.width_max_frac * spot + 1e-9


@inlined
def is_sellable(ladder: Floats, row: int, spot: float, slices: Floats, strikes: StrikeTerms) -> bool:
    """The strike lies inside the bands of a short leg, and its book is narrow and bid for."""
    delta, strike, forward = ladder[DELTA, row], ladder[STRIKE, row], slices[FORWARD * LANES]
    if not strikes.delta_min <= delta <= strikes.delta_max or abs(strike - forward) < strikes.expected_move_min * forward * slices[SD * LANES]:
        return False
    if abs(strike / spot - 1.0) > (strikes.otm_call_max_frac if strike > spot else strikes.otm_put_max_frac) or ladder[BID, row] <= 0.0:
        return False
    return is_leg_liquid(ladder, row, (strikes.short_spread_abs_micro, strikes.short_spread_rel), strikes.divergence_max_frac)


@inlined
def best_pair(ladder: Floats, count: int, limits: tuple[float, float, float, float], slices: Floats, terms: Terms) -> tuple[int, int]:
    """The rows of the best tradable vertical, (-1, -1) without one; what cannot be better is not looked at twice.

    `limits`: spot, the fee allowance, and between which widths in USD the pair must lie besides its own band.
    """
    spot, allowance, width_least, width_most = limits
    strikes = terms.strikes
    best_short, best_long = -1, -1
    best_bucket, best_off, best_ror, best_strike = math.inf, math.inf, -math.inf, math.inf
    for short in range(count):
        if not is_sellable(ladder, short, spot, slices, strikes):
            continue
        strike = ladder[STRIKE, short]
        bucket = math.floor(abs(ladder[DELTA, short] - strikes.delta_target) / DELTA_BUCKET + 1e-9)
        if bucket > best_bucket:
            continue
        for long in range(short + 1, count):
            width = abs(ladder[STRIKE, long] - strike)
            off = abs(width / spot - strikes.width_target_frac)
            if not strikes.width_min_frac <= width / spot <= strikes.width_max_frac or not width_least <= width <= width_most:
                continue
            if bucket == best_bucket and off > best_off:
                continue
            if width + allowance * spot > terms.entry.trade_cap_usd or not is_pair_tradable(ladder, short, long, width, spot, terms):
                continue
            ror = return_on_risk(vertical_mid(ladder, short, long), width, (spot, allowance, ladder[STRIKE, long], strike), terms)
            is_better = bucket < best_bucket or off < best_off or ror > best_ror or (ror == best_ror and strike < best_strike)
            if is_better:
                best_short, best_long = short, long
                best_bucket, best_off, best_ror, best_strike = bucket, off, ror, strike
    return best_short, best_long


@inlined
def return_on_risk(mid: float, width: float, place: tuple[float, float, float, float], terms: Terms) -> float:
    """Net credit over the strict loss less the credit; `place`: spot, fee allowance, long strike, short strike."""
    spot, allowance, long_strike, short_strike = place
    legs = 1.0 if terms.fees.is_cheaper_group_free else 2.0
    floor = credit_floor(mid, gate_micro(width, spot, terms.strikes, terms.fees), terms)
    loss = width if long_strike < short_strike else max(width - floor / MICRO * long_strike, 0.0)
    credit_usd = mid / MICRO * spot
    at_stake = loss + allowance * spot - credit_usd
    return (credit_usd - 2.0 * legs * terms.fees.trade_micro / MICRO * spot) / at_stake if at_stake > 0.0 else math.inf


@inlined
def credit_floor(mid: float, gates: float, terms: Terms) -> float:
    """The lowest credit an entry may be filled at."""
    tick = terms.fees.combo_tick_micro
    return max(floor_to(mid * (1.0 - terms.strikes.concession_frac), tick), ceil_to(gates, tick))


@lent
def offer_into(offer: Floats, ladders: Ladders, asked: tuple[int, float], slices: Floats, terms: Terms) -> bool:
    """The spread that would be sold stands in `offer`: credit, fee, strict loss, strikes; False when nothing fits or fills. `asked`: strategy and spot."""
    strategy, spot = asked
    is_condor = strategy == 2
    sides = 2 if is_condor else 1
    allowance = terms.strikes.fee_allowance_condor if is_condor else terms.strikes.fee_allowance_vertical
    mid, natural, gates, shorts_fee, longs_fee = 0.0, 0.0, 0.0, 0.0, 0.0
    width_least, width_most = 0.0, math.inf
    for side in range(sides):
        is_call = strategy == 1 or side == 1
        ladder = ladders[0][side]
        count = priced_outwards(ladders, side, (spot, is_call), slices, terms)
        short, long = best_pair(ladder, count, (spot, allowance, width_least, width_most), slices, terms)
        if short < 0:
            return False
        width = abs(ladder[STRIKE, short] - ladder[STRIKE, long])
        # A condor's sides lie within one strike step of each other in width.
        step = strike_step_usd(spot, slices[YEARS * LANES] * 365.0)
        width_least, width_most = width - step, width + step
        mid += vertical_mid(ladder, short, long)
        natural += ladder[BID, short] - ladder[ASK, long]
        gates += gate_micro(width, spot, terms.strikes, terms.fees)
        shorts_fee += leg_fee(ladder[MARK, short], terms.fees)
        longs_fee += leg_fee(ladder[MARK, long], terms.fees)
        offer[STRIKES_AT + 2 * side + SHORT], offer[STRIKES_AT + 2 * side + LONG] = ladder[STRIKE, short], ladder[STRIKE, long]
    floor = credit_floor(mid, gates, terms)
    expected_100 = (100.0 - terms.exits.expected_pct) * mid + terms.exits.expected_pct * natural
    if expected_100 < 100.0 * floor:
        return False
    offer[CREDIT] = max(floor_to(expected_100 / 100.0, terms.fees.combo_tick_micro), floor)
    offer[FEE] = combo_fee(shorts_fee, longs_fee, terms.fees)
    offer[LOSS_USD] = strict_loss_usd(offer, sides, floor) + allowance * spot
    return True


@inlined
def strict_loss_usd(offer: Floats, sides: int, credit: float) -> float:
    """The worse side's strict loss before the fee allowance: a put spread its width, a call spread what its credit leaves at the long strike."""
    loss = 0.0
    for side in range(sides):
        short, long = offer[STRIKES_AT + 2 * side + SHORT], offer[STRIKES_AT + 2 * side + LONG]
        width = abs(short - long)
        loss = max(loss, width if long < short else max(width - credit / MICRO * long, 0.0))
    return loss


@inlined
def lots_of(loss_usd: float, engaged_usd: float, dvol_pts: float, entry: EntryTerms) -> int:
    """How many lots of one ETH the caps allow; zero for none."""
    scale = min(max(entry.full_cap_dvol_pts / dvol_pts, entry.cap_scale_min), entry.cap_scale_max)
    room = (entry.total_cap_usd - engaged_usd) / loss_usd
    lots = math.floor(min(entry.trade_cap_usd * scale / loss_usd, room) + 1e-12)
    if lots < 1 and dvol_pts <= entry.one_lot_floor_dvol_pts and min(entry.trade_cap_usd / loss_usd, room) >= 1.0:
        return 1
    return max(lots, 0)
