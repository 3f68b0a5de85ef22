"""The compiled paths against core and the surface: the same exits, fees, prices and spreads, and the same figures on any number of threads."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import default_rules
from engine.core.combo_builder import select_strikes
from engine.core.decision import Approved
from engine.core.exit_decision import evaluate
from engine.core.fees import combo_fee_coin, delivery_fee_coin, fee_terms
from engine.core.model import Chain, ExitInputs, Family, Greeks, Instrument, OptionType, Quote, Spread, Stage, Strategy, Vertical
from engine.core.payoff import intrinsic_usd, payoff_terms, payout_coin
from engine.core.spread_prices import paper_exit_price
from engine.errors import ConfigError
from engine.execution.paper import fill_open
from engine.market.listing import TICKS, instrument_name, parse_instrument
from engine.market.quotes import quotes_of
from engine.market.rows import surface_rows
from engine.market.surface import POINT_ESTIMATE, slices_of
from engine.research import path_chance, path_entry, path_market, path_rules, path_trade, paths
from engine.research.montecarlo import MonteCarloPlan, simulate
from engine.research.path_setting import AT_S, BUSINESS_D, LN_DVOL, LN_SPOT, PAST, Past, calendar_of, model_of, start_of
from engine.research.path_terms import packed, terms_of
from tests.engine.core.builders import WEALTH, read, snapshot
from tests.engine.market.surfaces import inputs_of, seconds

RULES = default_rules()
FX = Decimal("1.16")
TERMS = terms_of(RULES, Stage.FULL, fx_usd_per_eur=FX, band=POINT_ESTIMATE)
PACKED = packed(TERMS)
EXITS, FEES, SURFACE = packed(TERMS.exits), packed(TERMS.fees), packed(TERMS.surface)
LANES = path_market.LANES
NOW = datetime(2026, 3, 2, 19, tzinfo=UTC)
EXPIRY_AT = datetime(2026, 3, 20, 8, tzinfo=UTC)
MICRO = Decimal(1_000_000)
PRICES = st.integers(0, 300)


def coin(micro: float) -> Decimal:
    return Decimal(repr(float(micro))) / MICRO


@st.composite
def legs(draw: st.DrawFn, *, is_call: bool, index: int) -> tuple[list[int], list[list[int]]]:
    """Strikes and books of one side in steps of the grid; a mark anywhere near its book, now and then far off."""
    short = index + draw(st.integers(-6, 12)) * 50 * (1 if is_call else -1)
    long = short + draw(st.integers(1, 6)) * 50 * (1 if is_call else -1)
    books = []
    for _ in range(2):
        bid = draw(PRICES)
        ask = bid + draw(st.integers(1, 12))
        books.append([100 * bid, 100 * ask, max(0, 100 * bid + draw(st.integers(-150, 100 * (ask - bid) + 150)))])
    return [short, max(long, 50)], books


@st.composite
def open_trades(draw: st.DrawFn) -> dict[str, object]:
    index = draw(st.integers(12, 60)) * 50 + draw(st.integers(0, 49))
    kind = draw(st.sampled_from(list(Strategy)))
    sides = [draw(legs(is_call=side is OptionType.CALL, index=index)) for side in kind.sides]
    return {
        "strategy": kind,
        "index": index,
        "strikes": [side[0] for side in sides],
        "books": [side[1] for side in sides],
        "credit": 100 * draw(st.integers(1, 200)),
        "open_fee": 12.5 * draw(st.integers(0, 40)),
        "days": draw(st.sampled_from([0.25, 0.5, 0.999, 1.0, 1.5, 6.9, 7.0, 7.1, 17.5])),
        "delta": draw(st.sampled_from([0.02, 0.13, 0.1999, 0.2, 0.25, 0.2999, 0.3, 0.6])),
        "dvol_change": draw(st.sampled_from([-20.0, 0.0, 9.5, 10.0, 15.0])),
        "worst": draw(st.sampled_from([-0.2, -0.06, -0.0599, 0.0, 0.03])),
    }


def instrument(kind: OptionType, strike: int, expiry_at: datetime = EXPIRY_AT) -> Instrument:
    name = instrument_name(Family.INVERSE, expiry_at=expiry_at, strike_usd=Decimal(strike), option_type=kind)
    found = parse_instrument(name)

    assert found is not None
    return found


def as_spread(trade: dict, now: datetime) -> Spread:
    def quote(kind: OptionType, strike: int, book: list[int]) -> Quote:
        sign = -1.0 if kind is OptionType.PUT else 1.0
        return Quote(
            instrument=instrument(kind, strike),
            quoted_at=now,
            bid_coin=coin(book[0]) if book[0] else None,
            ask_coin=coin(book[1]),
            mark_coin=coin(book[2]),
            iv_frac=0.6,
            greeks=Greeks(delta=sign * trade["delta"], gamma_per_usd=0.0, vega_usd_per_pt=0.0, theta_usd_per_day=0.0),
            forward_usd=Decimal(trade["index"]),
        )

    return Spread(
        verticals=tuple(
            Vertical(short=quote(kind, strikes[0], books[0]), long=quote(kind, strikes[1], books[1]))
            for kind, strikes, books in zip(trade["strategy"].sides, trade["strikes"], trade["books"], strict=True)
        )
    )


def as_arrays(trade: dict) -> tuple[np.ndarray, tuple[int, np.ndarray, np.ndarray]]:
    book, strikes = np.zeros((2, 2, 3)), np.ones((2, 2))
    for side, (levels, books) in enumerate(zip(trade["strikes"], trade["books"], strict=True)):
        strikes[side], book[side] = levels, books
    is_call = np.array([trade["strategy"] is Strategy.BEAR_CALL, True])
    return book, (len(trade["strikes"]), strikes, is_call)


@given(open_trades())
@settings(max_examples=400)
def test_an_exit_its_fee_and_its_price_are_those_of_core(trade: dict) -> None:
    now, index = EXPIRY_AT - timedelta(days=trade["days"]), Decimal(trade["index"])
    spread, (book, legs_) = as_spread(trade, now), as_arrays(trade)
    terms = fee_terms(spread, index_usd=index, rules=RULES.fees)
    fee = combo_fee_coin(short_prices_coin=[q.mark_coin for q in spread.shorts], long_prices_coin=[q.mark_coin for q in spread.longs], terms=terms)
    decision = evaluate(
        ExitInputs(
            now=now,
            spread=spread,
            credit_coin=coin(trade["credit"]),
            open_fee_coin=coin(trade["open_fee"]),
            close_fee_coin=fee,
            opened_at=now - timedelta(days=1),
            dvol_entry_pts=50.0,
            dvol_pts=50.0 + trade["dvol_change"],
            index_usd=index,
            worst_4h_move_frac=trade["worst"],
            margin_usage_frac=0.1,
            has_worst_delta=True,
            high_event_at=None,
            bias_now=None,
            stale_misses=0,
            unanswered_time_stops=0,
            delivery_price_usd=None,
            is_locked=False,
        ),
        RULES,
    )
    place = (float(index), trade["delta"], trade["worst"], trade["days"])
    facts = (float(trade["credit"]), trade["open_fee"], trade["dvol_change"])
    row, close_fee = path_rules.judged(book, legs_, place, facts, EXITS, FEES)
    price = path_rules.close_price(book, legs_, float(index), EXITS, FEES)

    assert row == decision.priority
    assert coin(close_fee) == fee
    assert coin(round(price)) == paper_exit_price(spread, RULES.execution, index_usd=index)


@given(open_trades(), st.integers(5, 90))
@settings(max_examples=150)
def test_a_delivery_pays_and_costs_what_core_says(trade: dict, hundreds: int) -> None:
    price, spread = Decimal(hundreds * 50 + 7), as_spread(trade, NOW)
    terms = fee_terms(spread, index_usd=price, rules=RULES.fees)
    values = [intrinsic_usd(q.instrument.option_type, strike_usd=q.instrument.strike_usd, index_usd=price) / price for q in spread.quotes]
    payout, fee = path_rules.delivered(as_arrays(trade)[1], float(price), FEES)

    assert payout == pytest.approx(float(payout_coin(payoff_terms(spread), index_usd=price) * MICRO), abs=1e-6)
    assert fee == pytest.approx(float(sum(delivery_fee_coin(value, terms) for value in values) * MICRO), abs=1e-6)


worlds = st.tuples(
    st.floats(900.0, 7000.0),
    st.floats(0.35, 0.9),
    st.floats(0.8, 1.25),
    st.floats(0.6, 1.5),
    st.floats(-0.2, 0.2),
    st.integers(0, 60),
)


def sliced(market: tuple[float, float, float, float, float], now_d: float, expiry: tuple[float, float], now_s: float) -> np.ndarray:
    """The slices of an expiry at looks that all see the same market: spot, DVOL, the logs of its mean and of realised volatility, the week's return."""
    spot, dvol, ln_mean, ln_realised, return_7d = market
    series, clock = np.zeros((path_market.SERIES_ROWS, LANES)), np.zeros((2, LANES))
    series[path_market.SPOT], series[path_market.DVOL], clock[AT_S], clock[BUSINESS_D] = spot, dvol, now_s, now_d
    pull = TERMS.surface.realised_pull * (ln_realised - math.log(dvol)) + TERMS.surface.trailing_pull * (math.log(dvol) - ln_mean)
    series[path_market.PULL] = min(max(pull, -TERMS.surface.pull_max), TERMS.surface.pull_max)
    rho = TERMS.surface.skew + TERMS.surface.skew_per_return * return_7d
    series[path_market.RHO] = min(max(rho, -TERMS.surface.skew_max), TERMS.surface.skew_max)
    plan_, slices = np.zeros(path_market.PLAN_FIELDS * LANES), np.zeros(path_market.SLICE_FIELDS * LANES)
    path_market.plan_into(plan_, expiry, clock, SURFACE)
    path_market.slices_into(slices, plan_, series, SURFACE)
    return slices


def expiry_and_chain(world: tuple[float, float, float, float, float, int]) -> tuple[np.ndarray, Chain, datetime]:
    """The same expiry as the paths see it and as a chain of quotes; every strike is held by many and quoted deep."""
    spot, dvol, mean, realised, return_7d, looks = world
    now = NOW + timedelta(hours=12 * looks)
    spot = round(spot, 2)
    inputs = inputs_of(at=now, spot_usd=spot, dvol_frac=dvol, dvol_mean_frac=dvol * mean, realised_frac=dvol * realised, return_7d_frac=return_7d)
    calendar = calendar_of(RULES, Stage.FULL, now=now, days=1)
    row = calendar[calendar["at_s"] == int(now.timestamp())][0]
    expiry_s = seconds(datetime.fromtimestamp(int(row["expiry_s"]), UTC))
    market = (spot, dvol, math.log(dvol * mean), math.log(dvol * realised), return_7d)
    seen = sliced(market, row["business_d"], (float(row["expiry_s"]), row["expiry_business_d"]), float(row["at_s"]))
    fields = seen.reshape(path_market.SLICE_FIELDS, LANES)
    slices = slices_of(inputs, np.zeros(1, dtype=np.int64), expiry_s)
    told = [fields[field, 0] for field in (path_market.FORWARD, path_market.YEARS, path_market.SD, path_market.SLOPE, path_market.WING)]

    assert told == pytest.approx([float(each[0]) for each in (slices.forward_usd, slices.years, slices.sd, slices.rho, slices.eta)], rel=1e-9)
    assert np.array_equal(fields, np.repeat(fields[:, :1], LANES, axis=1))
    rows = surface_rows(inputs, expiry_from_s=expiry_s, expiry_to_s=expiry_s, family=Family.INVERSE)
    quotes = [
        replace(quote, open_interest_eth=Decimal(5000), bid_size_eth=Decimal(100), ask_size_eth=Decimal(100)) if quote.bid_coin is not None else quote
        for quote in quotes_of(rows, now, family=Family.INVERSE)
    ]
    chain = Chain(family=Family.INVERSE, taken_at=now, index_usd=Decimal(repr(spot)), quotes=tuple(quotes), source="surface")
    return seen, chain, now


@given(worlds)
@settings(max_examples=25)
def test_an_option_is_quoted_as_the_surface_quotes_it(world) -> None:
    slices, chain, _ = expiry_and_chain(world)
    table = np.zeros((path_market.QUOTE_FIELDS, LANES))
    differing = 0
    for number, quote in enumerate(chain.quotes):
        option, lane = quote.instrument, number % LANES
        table[path_market.RATIO, lane] = float(option.strike_usd) / slices[path_market.FORWARD * LANES]
        path_market.quotes_into(table.reshape(-1), 1.0 if option.option_type is OptionType.CALL else -1.0, slices, LANES, PACKED)
        row = table[:, lane]

        assert quote.greeks is not None
        assert quote.mark_coin is not None
        assert row[path_market.DELTA] == pytest.approx(abs(quote.greeks.delta), abs=1e-9)
        assert abs(row[2] - float(quote.mark_coin * MICRO)) <= 1.0 + 1e-6
        told = tuple(round(float(price * MICRO)) if price is not None else 0 for price in (quote.bid_coin, quote.ask_coin))
        differing += (round(row[0]), round(row[1])) != told

    # A price that lies on a tick to the last bit may be rounded either way.
    assert differing <= 1


@given(worlds, st.sampled_from([Strategy.BULL_PUT, Strategy.BEAR_CALL]))
@settings(max_examples=40)
def test_the_spread_offered_is_the_one_core_selects(world, strategy: Strategy) -> None:
    slices, chain, now = expiry_and_chain(world)
    offer = np.zeros(path_entry.OFFER_FIELDS)
    ladders = (np.zeros((2, path_entry.LADDER_FIELDS, path_entry.STRIKES_MAX)), np.zeros(path_market.QUOTE_FIELDS * LANES))
    number = path_trade.PUT_SPREAD if strategy is Strategy.BULL_PUT else path_trade.CALL_SPREAD
    is_offered = path_entry.offer_into(offer, ladders, (number, float(chain.index_usd)), slices, PACKED)
    seen = replace(snapshot(), taken_at=now, index_usd=read(chain.index_usd), chain=chain, wealth=read(WEALTH))
    found = select_strikes(chain, seen, strategy=strategy, stage=Stage.FULL, rules=RULES, now=now)
    if not isinstance(found, Approved):
        assert not is_offered
        return
    spread, economics = found.value.spread, found.value.economics
    filled = fill_open(spread, RULES, floor_coin=economics.credit_floor_coin, index_usd=chain.index_usd)

    assert is_offered is (filled is not None)
    if filled is not None:
        vertical = spread.verticals[0]
        told = (
            vertical.short.instrument.strike_usd,
            vertical.long.instrument.strike_usd,
            filled.price_coin * MICRO,
            filled.fee_coin * MICRO,
            economics.max_loss_usd,
        )

        assert (offer[3], offer[4], offer[0], offer[1], offer[2]) == pytest.approx([float(figure) for figure in told], rel=1e-9)


@given(worlds, st.floats(40.0, 320.0), st.sampled_from([path_trade.PUT_SPREAD, path_trade.CALL_SPREAD, path_trade.CONDOR]))
@settings(max_examples=60)
def test_what_is_refused_before_it_is_priced_would_have_been_refused_after(world, cap_usd: float, strategy: int) -> None:
    slices, chain, _ = expiry_and_chain(world)
    terms = packed(TERMS._replace(entry=TERMS.entry._replace(trade_cap_usd=cap_usd)))
    spot, days = float(chain.index_usd), 365.0 * slices[path_market.YEARS * LANES]
    ladders = (np.zeros((2, path_entry.LADDER_FIELDS, path_entry.STRIKES_MAX)), np.zeros(path_market.QUOTE_FIELDS * LANES))
    is_offered = path_entry.offer_into(np.zeros(path_entry.OFFER_FIELDS), ladders, (strategy, spot), slices, terms)

    assert not (is_offered and path_entry.can_never_fit(spot, days, strategy == path_trade.CONDOR, terms))


def test_a_cap_below_the_narrowest_listed_width_refuses_before_pricing() -> None:
    """At 3,000 USD strikes lie 50 apart and 3 % of spot is 90: the narrowest width is 100, and 3.6 more are set aside for fees."""
    refused = [
        path_entry.can_never_fit(3000.0, 18.0, False, packed(TERMS._replace(entry=TERMS.entry._replace(trade_cap_usd=cap)))) for cap in (103.5, 103.6, 103.7)
    ]

    assert refused == [True, False, False]


def wave(now: datetime, *, level: float = 2400.0) -> Past:
    """Hourly closes of the last month: a rising market that swings, and a calm DVOL."""
    at = [now - PAST + timedelta(hours=hour) for hour in range(int(PAST / timedelta(hours=1)) + 1)]
    spot = tuple((each, level * math.exp(0.0002 * hour + 0.02 * math.sin(hour / 7))) for hour, each in enumerate(at))
    return Past(spot=spot, dvol=tuple((each, 58.0 + 3.0 * math.sin(hour / 50)) for hour, each in enumerate(at)))


def plan(**changes) -> MonteCarloPlan:
    usual = MonteCarloPlan(
        rules=RULES,
        stage=Stage.PAPER,
        now=NOW,
        past=wave(NOW),
        fx_usd_per_eur=FX,
        market="a wave",
        env="PAPER",
        realised_r=(),
        paths=520,
        days=120,
        seed=7,
        threads=1,
    )
    return replace(usual, **changes)


def test_a_seed_gives_the_same_results_on_any_number_of_threads() -> None:
    alone = simulate(plan(), band=POINT_ESTIMATE, paths=520)
    together = simulate(plan(threads=3), band=POINT_ESTIMATE, paths=520)
    other = simulate(plan(seed=8), band=POINT_ESTIMATE, paths=520)

    assert alone.closed.sum() > 500
    assert np.array_equal(alone.r, together.r)
    assert np.array_equal(alone.look, together.look)
    assert not np.array_equal(alone.r, other.r)


def test_fewer_paths_are_the_first_of_more() -> None:
    few, many = (simulate(plan(), band=POINT_ESTIMATE, paths=count) for count in (40, 300))

    assert np.array_equal(few.r, many.r[:40])


def test_each_look_of_a_path_is_the_one_core_would_have_taken() -> None:
    """Every open trade of a few paths looked at again by core, from the books the path saw."""
    model = model_of(RULES, wave(NOW), seed=5)
    calendar = calendar_of(RULES, Stage.PAPER, now=NOW, days=200)
    begun = start_of(wave(NOW), calendar, model)
    setting = (calendar, packed(model), packed(terms_of(RULES, Stage.PAPER, fx_usd_per_eur=FX, band=POINT_ESTIMATE)))
    out = (np.zeros((4, 200), np.float32), np.zeros((4, 200), np.int8), np.zeros((4, 200), np.int32), np.zeros(4, np.int32))
    looks = 0
    clock = np.zeros((2, len(calendar) + LANES))
    clock[AT_S, : len(calendar)], clock[BUSINESS_D, : len(calendar)] = calendar["at_s"], calendar["business_d"]
    for path in range(4):
        trace = np.zeros((1000, path_trade.TRACE_FIELDS))
        series = np.zeros((path_market.SERIES_ROWS, len(calendar) + LANES))
        series[:3, : model.history + 1] = begun.series
        path_market.live(series, clock, np.uint64(path_chance.path_key(5, path)), packed(model), (begun.ln_dvol_mean, begun.realised_variance, SURFACE))
        paths.run_paths((path, path + 1), setting, (begun.series, begun.ln_dvol_mean, begun.realised_variance), out, trace)
        for row in trace[trace[:, 0] > 0.0]:
            looks += 1
            _look_again(row, calendar)
            _quote_again(row, series, clock)

    assert looks > 150


def _quote_again(row: np.ndarray, series: np.ndarray, clock: np.ndarray) -> None:
    """The books a path saw at a look, among those of many looks at once, are those of that look alone."""
    look, trade, book = int(row[4]), row[10 : 10 + path_trade.TRADE_FIELDS], row[10 + path_trade.TRADE_FIELDS :].reshape(2, 2, 3)
    plan_, slices = np.zeros(path_market.PLAN_FIELDS * LANES), np.zeros(path_market.SLICE_FIELDS * LANES)
    path_market.plan_into(plan_, (trade[path_trade.EXPIRY_S], trade[path_trade.EXPIRY_D]), clock[:, look:], SURFACE)
    path_market.slices_into(slices, plan_, series[:, look:], SURFACE)
    strikes, table = trade[path_entry.STRIKES_AT : path_entry.STRIKES_AT + 4].reshape(2, 2), np.zeros((path_market.QUOTE_FIELDS, LANES))
    for side, kind in enumerate(list(Strategy)[int(trade[path_trade.STRATEGY])].sides):
        for leg in range(2):
            table[path_market.RATIO] = strikes[side, leg] / slices[path_market.FORWARD * LANES]
            path_market.quotes_into(table.reshape(-1), 1.0 if kind is OptionType.CALL else -1.0, slices, LANES // 2, PACKED)

            assert book[side, leg].tolist() == table[:3, 0].tolist()


def _look_again(row: np.ndarray, calendar: np.ndarray) -> None:
    spot, delta, worst, _ = row[:4]
    look, dvol, close_fee, price, r, reason = row[4:10]
    trade, book = row[10 : 10 + path_trade.TRADE_FIELDS], row[10 + path_trade.TRADE_FIELDS :].reshape(2, 2, 3)
    strategy = list(Strategy)[int(trade[path_trade.STRATEGY])]
    now = datetime.fromtimestamp(int(calendar["at_s"][int(look)]), UTC)
    expiry_at = datetime.fromtimestamp(int(trade[path_trade.EXPIRY_S]), UTC)
    index = Decimal(repr(float(spot)))

    def quote(kind: OptionType, strike: float, levels: np.ndarray) -> Quote:
        bid, ask, mark = (Decimal(round(float(level))) / MICRO for level in levels)
        greeks = Greeks(delta=float(delta) * (-1 if kind is OptionType.PUT else 1), gamma_per_usd=0.0, vega_usd_per_pt=0.0, theta_usd_per_day=0.0)
        return Quote(
            instrument=instrument(kind, int(strike), expiry_at), quoted_at=now, bid_coin=bid if bid else None, ask_coin=ask, mark_coin=mark, greeks=greeks
        )

    strikes = trade[path_entry.STRIKES_AT : path_entry.STRIKES_AT + 4].reshape(2, 2)
    spread = Spread(
        verticals=tuple(
            Vertical(short=quote(kind, strikes[side, 0], book[side, 0]), long=quote(kind, strikes[side, 1], book[side, 1]))
            for side, kind in enumerate(strategy.sides)
        )
    )
    credit, open_fee = (Decimal(repr(float(trade[field]))) / MICRO for field in (path_entry.CREDIT, path_entry.FEE))
    decision = evaluate(
        ExitInputs(
            now=now,
            spread=spread,
            credit_coin=credit,
            open_fee_coin=open_fee,
            close_fee_coin=Decimal(repr(float(close_fee))) / MICRO,
            opened_at=now - timedelta(hours=12),
            dvol_entry_pts=float(100.0 * trade[path_trade.DVOL_ENTRY]),
            dvol_pts=float(100.0 * dvol),
            index_usd=index,
            worst_4h_move_frac=float(worst) if math.isfinite(worst) else None,
            margin_usage_frac=None,
            has_worst_delta=True,
            high_event_at=None,
            bias_now=None,
            stale_misses=0,
            unanswered_time_stops=0,
            delivery_price_usd=None,
            is_locked=False,
        ),
        RULES,
    )
    paid = paper_exit_price(spread, RULES.execution, index_usd=index)
    made = (credit - open_fee - Decimal(round(float(price))) / MICRO - Decimal(repr(float(close_fee))) / MICRO) * index

    assert int(reason) == decision.priority
    assert paid == Decimal(round(float(price))) / MICRO
    assert float(r) == pytest.approx(float(made) / float(trade[path_entry.LOSS_USD]), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("nu", "median", "at_5_pct"), [(4, 0.740697, 2.776445), (3, 0.764892, 3.182446), (9, 0.702722, 2.262157)])
def test_the_returns_of_a_step_have_the_variance_of_dvol_and_tails_of_student(nu: int, median: float, at_5_pct: float) -> None:
    key, steps = np.uint64(path_chance.path_key(1, 2)), 200_000
    first, other, scales = np.zeros(steps), np.zeros(steps), np.zeros(steps)
    path_chance.normals_into(first, other, key, path_chance.DRAW_RETURN)
    path_chance.variance_scales_into(scales, key, path_chance.DRAW_SCALE, nu)
    returns, spread = np.sqrt(scales) * first, math.sqrt((nu - 2) / nu)

    # Middle and tails of Student-t, scaled to variance one: unlike its moments they do not hang on a few wild draws.
    assert np.median(np.abs(returns)) == pytest.approx(median * spread, rel=0.01)
    assert np.mean(np.abs(returns) > at_5_pct * spread) == pytest.approx(0.05, abs=0.002)
    assert np.mean(1.0 / scales) == pytest.approx(nu / (nu - 2), rel=0.01)
    assert np.corrcoef(np.array([first, scales]))[0, 1] == pytest.approx(0.0, abs=0.01)


def test_normal_numbers_are_normal_and_independent_of_each_other_the_step_and_the_path() -> None:
    steps = 200_000
    rows = np.zeros((4, steps))
    for path in range(2):
        path_chance.normals_into(rows[2 * path], rows[2 * path + 1], np.uint64(path_chance.path_key(9, path)), path_chance.DRAW_RETURN)
    every = rows.reshape(-1)

    assert [float(np.mean(every**power)) for power in (1, 2, 3, 4)] == pytest.approx([0.0, 1.0, 0.0, 3.0], abs=0.03)
    assert np.mean(np.abs(every) > 3.0) == pytest.approx(0.0026998, rel=0.07)
    assert np.corrcoef(rows) == pytest.approx(np.eye(4), abs=0.01)
    assert np.corrcoef(np.abs(rows)) == pytest.approx(np.eye(4), abs=0.01)
    assert [np.corrcoef(row[:-1], row[1:])[0, 1] for row in rows] == pytest.approx([0.0] * 4, abs=0.01)


def test_the_market_of_a_path_is_the_written_one_step_by_step() -> None:
    """Drawn again look by look in plain numbers from the same chance."""
    model, calendar = model_of(RULES, wave(NOW), seed=5), calendar_of(RULES, Stage.PAPER, now=NOW, days=100)
    begun, looks, key = start_of(wave(NOW), calendar, model), len(calendar), np.uint64(path_chance.path_key(5, 3))
    series, clock = np.zeros((path_market.SERIES_ROWS, looks + LANES)), np.zeros((2, looks + LANES))
    series[:3, : model.history + 1] = begun.series
    clock[AT_S, :looks], clock[BUSINESS_D, :looks] = calendar["at_s"], calendar["business_d"]
    first, other, scales = np.zeros(looks), np.zeros(looks), np.zeros(looks)
    path_chance.normals_into(first, other, key, path_chance.DRAW_RETURN)
    path_chance.variance_scales_into(scales, key, path_chance.DRAW_SCALE, model.nu)
    path_market.live(series, clock, key, packed(model), (begun.ln_dvol_mean, begun.realised_variance, SURFACE))
    ln_spot, ln_dvol, ln_mean, realised = begun.series[0, -1], begun.series[2, -1], begun.ln_dvol_mean, begun.realised_variance
    for look in range(model.history + 1, looks):
        drawn = math.exp(2.0 * ln_dvol) * (clock[BUSINESS_D, look] - clock[BUSINESS_D, look - 1]) / 365.0 * scales[look]
        ln_spot += math.sqrt(drawn) * first[look] - 0.5 * drawn
        shock = model.correlation * first[look] + math.sqrt(1.0 - model.correlation**2) * other[look]
        before, ln_dvol = ln_dvol, model.ln_dvol_centre + (ln_dvol - model.ln_dvol_centre) * model.ln_dvol_keep + model.ln_dvol_sd * shock
        ln_mean = model.dvol_mean_keep * ln_mean + (1.0 - model.dvol_mean_keep) * (before + ln_dvol) / 2.0
        realised = model.realised_keep * realised + (1.0 - model.realised_keep) * drawn / model.step_d * 365.0
        pull = TERMS.surface.realised_pull * (math.log(realised) / 2.0 - ln_dvol) + TERMS.surface.trailing_pull * (ln_dvol - ln_mean)

        assert series[[LN_SPOT, LN_DVOL], look] == pytest.approx([ln_spot, ln_dvol], rel=1e-10)
        assert series[path_market.PULL, look] == pytest.approx(min(max(pull, -TERMS.surface.pull_max), TERMS.surface.pull_max), abs=1e-9)
        assert series[[path_market.SPOT, path_market.DVOL], look] == pytest.approx([math.exp(ln_spot), math.exp(ln_dvol)], rel=1e-10)


def test_the_parts_of_a_step_add_up_to_it() -> None:
    key, step = np.uint64(path_chance.path_key(3, 4)), (-0.03, 0.0009)
    lowest, highest, last = path_chance.parts_of(key, 128, step, 2)

    assert lowest + highest == pytest.approx(-0.03)
    assert last in (lowest, highest)
    assert path_chance.parts_of(key, 128, step, 1) == pytest.approx((-0.03, -0.03, -0.03))


def test_the_parts_of_many_steps_have_the_variance_of_their_share() -> None:
    key, parts = np.uint64(path_chance.path_key(3, 4)), 3
    ends = np.array([path_chance.parts_of(key, 128 + 256 * step, (0.0, 0.0009), parts) for step in range(20_000)])

    assert ends[:, 2].mean() == pytest.approx(0.0, abs=0.0004)
    assert ends[:, 2].std() == pytest.approx(math.sqrt(0.0009 / parts * (1.0 - 1.0 / parts)), rel=0.02)
    assert np.all((ends[:, 0] <= ends[:, 2]) & (ends[:, 2] <= ends[:, 1]))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"step_h": 5}, "5 hours do not divide a day"),
        ({"student_t_nu": 4.5}, "4.5 degrees of freedom cannot be drawn"),
    ],
)
def test_a_model_that_cannot_be_drawn_is_refused_in_a_sentence(changes, told: str) -> None:
    rules = replace(RULES, montecarlo=replace(RULES.montecarlo, **changes))

    with pytest.raises(ConfigError, match=told):
        simulate(plan(rules=rules), band=POINT_ESTIMATE, paths=1)


def test_a_hole_in_the_past_is_named() -> None:
    past = wave(NOW)
    holed = replace(past, spot=past.spot[:400] + past.spot[403:])

    with pytest.raises(ConfigError, match=r"the past of spot has a gap at .* UTC \(3 of 721 hours are not there\)"):
        simulate(plan(past=holed), band=POINT_ESTIMATE, paths=1)


def test_linear_contracts_are_refused_in_a_sentence() -> None:
    rules = replace(RULES, meta=replace(RULES.meta, contract_family="linear_usdc"))

    with pytest.raises(ConfigError, match="inverse contracts only"):
        simulate(plan(rules=rules), band=POINT_ESTIMATE, paths=1)


def test_the_grid_of_the_paths_is_the_venues() -> None:
    assert [(float(step.above_coin * MICRO), float(step.tick_coin * MICRO)) for step in TICKS[Family.INVERSE]] == [
        (0.0, TERMS.fees.fine_tick_micro),
        (TERMS.fees.coarse_above_micro, TERMS.fees.coarse_tick_micro),
    ]
