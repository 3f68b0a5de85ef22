"""Whole paths, compiled: the market goes on, open trades are judged, entries are looked for, results are kept.

Rules of this file: a look comes first at what is open and then, where the calendar says
so, at a new entry, as in the job table; one path touches nothing of another. A trade is
a row of numbers, named below.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.research import path_market, path_rules
from engine.research.compiled import compiled
from engine.research.path_entry import CREDIT, FEE, LOSS_USD, OFFER_FIELDS, STRIKES_AT, STRIKES_MAX, lots_of, offer_into, strategy_of
from engine.research.path_market import DRAW_BRIDGE, DRAW_DELIVERY, DRAW_RETURN, DRAW_SCALE, DRAWS_PER_STEP, LIFE_MIN_D, YEAR_D
from engine.research.path_rules import ADVERSE_MOVE, DATA, EXPIRE, HOLD, MICRO, SETTLED, STOP_LOSS
from engine.research.path_setting import LN_DVOL, LN_SPOT, VARIANCE, Model
from engine.research.path_terms import EntryTerms, Terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.research.path_market import Expiry, Market
    from engine.research.path_rules import Legs, Place

    Floats = NDArray[np.float64]
    Calendar = NDArray[np.void]
    Setting = tuple[Calendar, Model, Terms]
    """The looks, how the market moves, the rules: the same for every path."""
    Room = tuple[Floats, Floats, Floats, NDArray[np.bool_]]
    """The trades that may be open at once; to work with: two ladders of strikes, the strikes of a trade's sides, whether a side is of calls."""
    Results = tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.int32], NDArray[np.int32]]
    """r, exit row and look of the close by path and trade, and how many trades by path."""

PUT_SPREAD, CALL_SPREAD, CONDOR = 0, 1, 2
STRATEGY, EXPIRY_S, EXPIRY_D, DVOL_ENTRY, LOTS, OPENED, IS_WAITING = (OFFER_FIELDS + number for number in range(7))
TRADE_FIELDS = OFFER_FIELDS + 7
PLACE_FIELDS, TOLD_FIELDS, BOOK_FIELDS = 4, 6, 12
TRACE_FIELDS = PLACE_FIELDS + TOLD_FIELDS + TRADE_FIELDS + BOOK_FIELDS
DAY_S = 86_400.0


@compiled
def run_paths(span: tuple[int, int], setting: Setting, start: tuple[Floats, float, float], out: Results, trace: Floats) -> None:
    """The results of the paths from the first of `span` up to its last stand in `out`.

    Every look at an open trade of the first path stands in `trace` while it has rows.
    """
    calendar, model, terms = setting
    series = np.empty((3, len(calendar)))
    room = (np.zeros((max(terms.entry.open_max, 1), TRADE_FIELDS)), np.zeros((2, STRIKES_MAX, 5)), np.ones((2, 2)), np.ones(2, np.bool_))
    for path in range(span[0], span[1]):
        series[:, : model.history + 1] = start[0]
        room[0][:, IS_WAITING] = 0.0
        out[3][path] = _live(path, setting, (series, start[1], start[2]), room, (out, trace if path == span[0] else trace[:0]))


@compiled
def _live(path: int, setting: Setting, start: tuple[Floats, float, float], room: Room, kept: tuple[Results, Floats]) -> int:
    """How many trades one path closed from its first look to its last; their results are kept."""
    calendar, model, terms = setting
    series, ln_mean, realised = start
    trades = room[0]
    key = path_market.path_key(model.seed, path)
    week, opened_this_week, closed, traced, waiting = -1, 0, 0, 0, 0
    stopped = np.array([-math.inf, -math.inf])
    for look in range(model.history, len(calendar)):
        if look > model.history:
            _step(key, look, series, calendar[look].business_d - calendar[look - 1].business_d, model)
            ln_mean = model.dvol_mean_keep * ln_mean + (1.0 - model.dvol_mean_keep) * 0.5 * (series[LN_DVOL, look - 1] + series[LN_DVOL, look])
            drawn = (series[VARIANCE, look] - series[VARIANCE, look - 1]) / model.step_d * YEAR_D
            realised = model.realised_keep * realised + (1.0 - model.realised_keep) * drawn
        is_entry = calendar[look].is_entry and calendar[look].expiry_s > 0
        if waiting == 0 and not is_entry:
            continue
        market = (math.exp(series[LN_DVOL, look]), ln_mean, 0.5 * math.log(realised), series[LN_SPOT, look] - series[LN_SPOT, look - 7 * model.per_day])
        for slot in range(len(trades)):
            if trades[slot, IS_WAITING] == 0.0:
                continue
            reason, r, traced = _judged(key, look, (trades[slot], series, room), market, (setting, kept[1], traced))
            if reason in (HOLD, DATA, EXPIRE):
                continue
            trades[slot, IS_WAITING] = 0.0
            waiting -= 1
            if STOP_LOSS <= reason <= ADVERSE_MOVE:
                _note_stop(stopped, trades[slot], calendar[look].at_s / DAY_S)
            closed += _keep(kept[0], path, closed, (r, reason, look - model.history))
        if calendar[look].week != week:
            week, opened_this_week = calendar[look].week, 0
        if is_entry and opened_this_week < terms.entry.new_per_week and _opened(key, look, series, market, (setting, stopped, room)):
            opened_this_week += 1
            waiting += 1
    return closed


@compiled
def _keep(out: Results, path: int, closed: int, result: tuple[float, int, int]) -> int:
    """1 when there was room for the result of one more trade, else 0."""
    if closed >= out[0].shape[1]:
        return 0
    out[0][path, closed], out[1][path, closed], out[2][path, closed] = result
    return 1


@compiled
def _step(key: np.uint64, look: int, series: Floats, business_d: float, model: Model) -> None:
    """Spot and DVOL one look further; the price has no drift, and the variance the step was drawn with is added up."""
    draw = look * DRAWS_PER_STEP
    z_spot, z_other = path_market.normals(key, draw + DRAW_RETURN)
    sigma = model.rv_over_dvol * math.exp(series[LN_DVOL, look - 1])
    drawn = sigma * sigma * business_d / YEAR_D * path_market.variance_scale(key, draw + DRAW_SCALE, model.nu)
    series[VARIANCE, look] = series[VARIANCE, look - 1] + drawn
    series[LN_SPOT, look] = series[LN_SPOT, look - 1] + math.sqrt(drawn) * z_spot - 0.5 * drawn
    z_dvol = model.correlation * z_spot + math.sqrt(1.0 - model.correlation * model.correlation) * z_other
    series[LN_DVOL, look] = model.ln_dvol_centre + (series[LN_DVOL, look - 1] - model.ln_dvol_centre) * model.ln_dvol_keep + model.ln_dvol_sd * z_dvol


@compiled
def _expiry_of(trade: Floats, at: tuple[int, float, float], market: Market, terms: Terms) -> Expiry:
    """The trade's expiry on the surface; `at`: Unix seconds, business days, log of spot."""
    years = max((trade[EXPIRY_S] - at[0]) / DAY_S, LIFE_MIN_D) / YEAR_D
    sd, rho, eta = path_market.slice_of(trade[EXPIRY_D] - at[1], market, terms.surface)
    return math.exp(at[2]) * (1.0 + terms.surface.basis_per_year * years), years, sd, rho, eta


@compiled
def _judged(key: np.uint64, look: int, held: tuple[Floats, Floats, Room], market: Market, rest: tuple[Setting, Floats, int]) -> tuple[int, float, int]:
    """(exit row, r, looks traced) of an open trade; r counts where the trade ends. `held`: the trade, the series, room to work in."""
    trade, series, (_, ladders, strikes, is_call) = held
    (calendar, model, terms), trace, traced = rest
    at_s, spot = calendar[look].at_s, math.exp(series[LN_SPOT, look])
    legs = _legs(trade, strikes, is_call)
    if at_s >= trade[EXPIRY_S]:
        price = _delivery_price(key, look, trade, series, (calendar[look - 1].business_d, calendar[look].business_d))
        payout, fee = path_rules.delivered(legs, price, terms.fees)
        return SETTLED, (trade[CREDIT] - payout - trade[FEE] - fee) / MICRO * price / trade[LOSS_USD], traced
    if calendar[look].is_blackout and at_s // DAY_S == trade[EXPIRY_S] // DAY_S:
        return HOLD, 0.0, traced
    expiry, book = _expiry_of(trade, (at_s, calendar[look].business_d, series[LN_SPOT, look]), market, terms), ladders[:, :2, :3]
    delta = _quoted(book, legs, expiry, terms)
    worst = _worst_move(key, look, series, legs, model.parts) if delta >= terms.exits.adverse_delta else math.inf
    place = (spot, delta, worst, (trade[EXPIRY_S] - at_s) / DAY_S)
    facts = (trade[CREDIT], trade[FEE], 100.0 * (market[0] - trade[DVOL_ENTRY]))
    reason, close_fee, price = path_rules.judged(book, legs, place, facts, terms.exits, terms.fees)
    r = (trade[CREDIT] - price - trade[FEE] - close_fee) / MICRO * spot / trade[LOSS_USD]
    if traced < len(trace):
        _note(trace[traced], trade, place, (float(look), market[0], close_fee, price, r, float(reason)), book)
        traced += 1
    return reason, r, traced


@compiled
def _legs(trade: Floats, strikes: Floats, is_call: NDArray[np.bool_]) -> Legs:
    """The sides of a trade, in the arrays given: new ones would cost more than the look they are for."""
    for side in range(2):
        strikes[side, 0], strikes[side, 1] = trade[STRIKES_AT + 2 * side], trade[STRIKES_AT + 2 * side + 1]
    is_call[0] = trade[STRATEGY] == CALL_SPREAD
    return 2 if trade[STRATEGY] == CONDOR else 1, strikes, is_call


@compiled
def _quoted(book: Floats, legs: Legs, expiry: Expiry, terms: Terms) -> float:
    """The largest |delta| of a short leg; the quotes of every leg stand in `book`."""
    sides, strikes, is_call = legs
    largest = 0.0
    for side in range(sides):
        delta = path_market.quote_into(book[side, 0], (strikes[side, 0], is_call[side]), expiry, terms.surface, terms.fees)
        path_market.quote_into(book[side, 1], (strikes[side, 1], is_call[side]), expiry, terms.surface, terms.fees)
        largest = max(largest, abs(delta))
    return largest


@compiled
def _worst_move(key: np.uint64, look: int, series: Floats, legs: Legs, parts: int) -> float:
    """The worst part of the last step against any side of the trade."""
    step = (series[LN_SPOT, look] - series[LN_SPOT, look - 1], series[VARIANCE, look] - series[VARIANCE, look - 1])
    worst = math.inf
    for side in range(legs[0]):
        sign = -1.0 if legs[2][side] else 1.0
        worst = min(worst, path_market.worst_move(key, look * DRAWS_PER_STEP + DRAW_BRIDGE, step, parts, sign))
    return worst


@compiled
def _delivery_price(key: np.uint64, look: int, trade: Floats, series: Floats, business_d: tuple[float, float]) -> float:
    """The index at the expiry, which lies inside the step that ended at `look`: a bridge between its two ends."""
    begun, ended = business_d
    share = min(max((trade[EXPIRY_D] - begun) / (ended - begun), 0.0), 1.0)
    moved, drawn = series[LN_SPOT, look] - series[LN_SPOT, look - 1], series[VARIANCE, look] - series[VARIANCE, look - 1]
    chance = path_market.normals(key, look * DRAWS_PER_STEP + DRAW_DELIVERY)[0]
    return math.exp(series[LN_SPOT, look - 1] + share * moved + math.sqrt(drawn * share * (1.0 - share)) * chance)


@compiled
def _note(row: Floats, trade: Floats, place: Place, told: tuple[float, float, float, float, float, float], book: Floats) -> None:
    """A look stands in a row of the trace: the place, what was told of it, the trade, the book of both sides."""
    for number in range(PLACE_FIELDS):
        row[number] = place[number]
    for number in range(TOLD_FIELDS):
        row[PLACE_FIELDS + number] = told[number]
    at = PLACE_FIELDS + TOLD_FIELDS
    row[at : at + TRADE_FIELDS] = trade
    row[at + TRADE_FIELDS :] = book.copy().reshape(BOOK_FIELDS)


@compiled
def _note_stop(stopped: Floats, trade: Floats, at_d: float) -> None:
    """The sides of a trade that was stopped wait from now on."""
    if trade[STRATEGY] != CALL_SPREAD:
        stopped[0] = at_d
    if trade[STRATEGY] != PUT_SPREAD:
        stopped[1] = at_d


@compiled
def _opened(key: np.uint64, look: int, series: Floats, market: Market, rest: tuple[Setting, Floats, Room]) -> bool:
    """True when a trade was opened at this look."""
    (calendar, model, terms), stopped, (trades, ladders, _, _) = rest
    strategy = _strategy(key, look, series, market[0], (model, terms.entry))
    at_d, wait_d = calendar[look].at_s / DAY_S, terms.entry.cooldown_d
    if strategy < 0 or (strategy != CALL_SPREAD and at_d - stopped[0] < wait_d) or (strategy != PUT_SPREAD and at_d - stopped[1] < wait_d):
        return False
    slot, engaged = _room(trades, strategy, calendar[look].expiry_s, terms.entry)
    if slot < 0:
        return False
    trade = trades[slot]
    trade[EXPIRY_S], trade[EXPIRY_D] = calendar[look].expiry_s, calendar[look].expiry_business_d
    expiry = _expiry_of(trade, (calendar[look].at_s, calendar[look].business_d, series[LN_SPOT, look]), market, terms)
    if not offer_into(trade[:OFFER_FIELDS], ladders, (strategy, math.exp(series[LN_SPOT, look])), expiry, terms):
        return False
    lots = lots_of(trade[LOSS_USD], engaged, 100.0 * market[0], terms.entry)
    trade[STRATEGY], trade[DVOL_ENTRY], trade[LOTS], trade[OPENED], trade[IS_WAITING] = strategy, market[0], lots, look, min(lots, 1)
    return lots > 0


@compiled
def _strategy(key: np.uint64, look: int, series: Floats, dvol: float, rules: tuple[Model, EntryTerms]) -> int:
    """What the bias asks for at a look, -1 for nothing."""
    model, entry = rules
    day, spot, variance = model.per_day, series[LN_SPOT], series[VARIANCE]
    jump_pts = 100.0 * (dvol - math.exp(series[LN_DVOL, look - day]))
    rv_10 = 100.0 * math.sqrt((variance[look] - variance[look - 10 * day]) / 10.0 * YEAR_D)
    rv_30 = 100.0 * math.sqrt((variance[look] - variance[look - 30 * day]) / 30.0 * YEAR_D)
    returns = (math.expm1(spot[look] - spot[look - 30 * day]), math.expm1(spot[look] - spot[look - 7 * day]), math.expm1(spot[look] - spot[look - day]))
    strategy = strategy_of(100.0 * dvol, jump_pts, returns, (rv_10, rv_30), entry)
    if strategy < 0:
        return -1
    step = (spot[look] - spot[look - 1], variance[look] - variance[look - 1])
    last_part = path_market.part_return(key, look * DRAWS_PER_STEP + DRAW_BRIDGE, step, model.parts, model.parts - 1)
    return strategy if abs(math.expm1(last_part)) <= entry.return_4h_max_frac else -1


@compiled
def _room(trades: Floats, strategy: int, expiry_s: int, entry: EntryTerms) -> tuple[int, float]:
    """(a free slot, what is engaged in USD); no slot where the book, the expiry or the side is full."""
    slot, engaged, puts, calls = -1, 0.0, 0, 0
    for number in range(len(trades)):
        trade = trades[number]
        if trade[IS_WAITING] == 0.0:
            slot = number if slot < 0 else slot
            continue
        engaged += trade[LOSS_USD] * trade[LOTS]
        if trade[EXPIRY_S] == expiry_s:
            puts += trade[STRATEGY] != CALL_SPREAD
            calls += trade[STRATEGY] != PUT_SPREAD
    is_full = (strategy != CALL_SPREAD and puts >= entry.per_expiry_and_side) or (strategy != PUT_SPREAD and calls >= entry.per_expiry_and_side)
    return (-1 if is_full else slot), engaged
