"""Chains as columns and chains as quotes are one chain: the fast way and the full way, row by row."""

from __future__ import annotations

import random
import tracemalloc
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from engine.core.model import Chain, Family
from engine.market.history import RecordedMarket
from engine.market.listing import parse_instrument
from engine.market.model import Market
from engine.market.quotes import chain_of, quotes_of
from engine.market.rows import NOT_RECORDED, ChainRows, OptionRows, in_parts, merged
from engine.market.surface import SurfaceBand
from engine.market.synthetic import SyntheticMarket
from tests.engine.market.surfaces import seconds

START = datetime(2026, 9, 7, 13, 58, tzinfo=UTC)
NEAR, FAR = timedelta(days=13), timedelta(days=22)
# Model, snapshot, model after a snapshot grew too old, snapshot: the sources change within one question.
RECORDED_INSTANTS = (
    datetime(2025, 6, 16, 14, 0, tzinfo=UTC),
    datetime(2025, 12, 28, 7, 0, tzinfo=UTC),
    datetime(2026, 2, 5, 19, 0, tzinfo=UTC),
    datetime(2026, 2, 16, 9, 44, 36, tzinfo=UTC),
    datetime(2026, 2, 16, 14, 0, tzinfo=UTC),
    datetime(2026, 2, 16, 14, 1, 30, tzinfo=UTC),
    datetime(2026, 4, 20, 14, 0, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def recorded(history_dir: Path) -> RecordedMarket:
    return RecordedMarket(history_dir)


def rows_of(market: Market, instants: tuple[datetime, ...], family: Family) -> ChainRows:
    at_s = seconds(*instants)
    return market.rows_at(at_s, expiry_from_s=at_s + int(NEAR.total_seconds()), expiry_to_s=at_s + int(FAR.total_seconds()), family=family)


def full_chain(market: Market, t: datetime, family: Family) -> Chain | None:
    return market.chain(t, expiry_from=t + NEAR, expiry_to=t + FAR, family=family)


def assert_rows_are_quotes(rows: OptionRows, chain: Chain) -> None:
    """Every column holds the number its quote says."""
    assert len(rows) == len(chain.quotes)
    for number, quote in enumerate(chain.quotes):
        assert quote.greeks is not None
        assert quote.forward_usd is not None
        told = (quote.bid_coin, quote.ask_coin, quote.mark_coin, quote.forward_usd, quote.open_interest_eth, quote.bid_size_eth, quote.ask_size_eth)
        columns = (rows.bid_coin, rows.ask_coin, rows.mark_coin, rows.forward_usd, rows.open_interest_eth, rows.bid_size_eth, rows.ask_size_eth)
        assert [float(column[number]) for column in columns] == [0.0 if value is None else float(value) for value in told]
        assert float(rows.strike_usd[number]) == float(quote.instrument.strike_usd)
        assert int(rows.expiry_s[number]) == int(quote.instrument.expiry_at.timestamp())
        assert (float(rows.iv_frac[number]), float(rows.delta[number])) == (quote.iv_frac, quote.greeks.delta)
        assert (float(rows.vega_usd_per_pt[number]), float(rows.gamma_per_usd[number])) == (quote.greeks.vega_usd_per_pt, quote.greeks.gamma_per_usd)
        assert float(rows.theta_usd_per_day[number]) == quote.greeks.theta_usd_per_day


@pytest.mark.parametrize("family", Family)
def test_a_recording_s_rows_of_many_instants_are_its_chains_quote_by_quote(recorded: RecordedMarket, family: Family) -> None:
    rows = rows_of(recorded, RECORDED_INSTANTS, family)

    assert rows.source == ("surface", "surface", "carried", "carried", "carried", "carried", "surface")
    for number, t in enumerate(RECORDED_INSTANTS):
        chain = full_chain(recorded, t, family)
        assert chain is not None
        assert chain_of(rows, number, taken_at=t) == chain
        assert_rows_are_quotes(rows.of_instant(number), chain)


@pytest.mark.parametrize("family", Family)
def test_the_synthetic_market_s_rows_of_many_instants_are_its_chains_quote_by_quote(family: Family) -> None:
    market = SyntheticMarket(5, START)
    instants = tuple(START + timedelta(hours=29 * number, minutes=7) for number in range(40))
    rows = rows_of(market, instants, family)
    for number in (0, 1, 17, 39):
        chain = full_chain(SyntheticMarket(5, START), instants[number], family)
        assert chain is not None
        assert chain_of(rows, number, taken_at=instants[number]) == chain
        assert_rows_are_quotes(rows.of_instant(number), chain)


def test_however_a_question_is_parted_the_answer_is_the_same() -> None:
    market = SyntheticMarket(5, START)
    at_s = seconds(*(START + timedelta(hours=12 * number) for number in range(60)))
    bounds = {"expiry_from_s": at_s + 13 * 86_400, "expiry_to_s": at_s + 22 * 86_400}
    whole = market.rows_at(at_s, **bounds)
    answered = 0
    for part in in_parts(len(at_s), at_once=7):
        rows = market.rows_at(at_s[part], **{name: bound[part] for name, bound in bounds.items()}).rows
        for field in fields(OptionRows):
            expected = getattr(whole.rows, field.name)[answered : answered + len(rows)]
            assert (getattr(rows, field.name) + (part.start if field.name == "instant" else 0) == expected).all(), field.name
        answered += len(rows)

    assert answered == len(whole.rows)


@pytest.mark.parametrize("family", Family)
def test_one_option_followed_over_its_life_is_what_each_ticker_says(recorded: RecordedMarket, family: Family) -> None:
    """Through snapshots, hours without one, and instants before its listing and after its expiry, which have no row."""
    name = "ETH-20FEB26-1800-P" if family is Family.INVERSE else "ETH_USDC-20FEB26-1800-P"
    instrument = parse_instrument(name)
    assert instrument is not None
    instants = tuple(datetime(2026, 1, 25, 19, 0, tzinfo=UTC) + timedelta(hours=17 * number) for number in range(40))
    rows = recorded.option_rows(seconds(*instants), instrument)
    followed = dict(zip(rows.instant.tolist(), quotes_of(rows, START, family=family), strict=True))

    assert set((rows.recorded_s == NOT_RECORDED).tolist()) == {True, False}
    assert (min(followed) > 0, max(followed) < 39) == (True, True)
    for number, t in enumerate(instants):
        quote = recorded.ticker(t, name)
        assert (quote is None) == (number not in followed)
        if quote is not None:
            assert (quote.mark_coin, quote.bid_coin, quote.ask_coin) == (followed[number].mark_coin, followed[number].bid_coin, followed[number].ask_coin)
            assert (quote.greeks, quote.iv_frac, quote.modelled) == (followed[number].greeks, followed[number].iv_frac, followed[number].modelled)


def test_an_option_of_a_chain_has_the_same_row_alone() -> None:
    market = SyntheticMarket(5, START)
    chain = market.chain(START, expiry_from=START, expiry_to=START + timedelta(days=400))
    assert chain is not None
    for quote in random.Random(2).sample(chain.quotes, 40):
        assert quotes_of(market.option_rows(seconds(START), quote.instrument), START, family=Family.INVERSE) == [quote]


def test_instants_without_a_chain_have_no_rows_and_say_so(recorded: RecordedMarket) -> None:
    before, first = datetime(2020, 1, 1, tzinfo=UTC), datetime(2023, 1, 2, tzinfo=UTC)
    rows = rows_of(recorded, (before, first), Family.INVERSE)

    assert np.isnan(rows.index_usd).tolist() == [True, False]
    assert (len(rows.of_instant(0)), rows.source[0], chain_of(rows, 0, taken_at=before)) == (0, "", None)
    assert len(rows.of_instant(1)) > 20


def test_true_snapshots_only_have_rows_of_their_own_instants(history_dir: Path) -> None:
    exact = RecordedMarket(history_dir, exact=True)
    t = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)
    rows = rows_of(exact, (t, datetime(2025, 6, 16, tzinfo=UTC)), Family.INVERSE)

    assert rows.source == ("recorded", "")
    assert rows.recorded_s.tolist() == [int(datetime(2026, 2, 16, 9, 44, 36, tzinfo=UTC).timestamp()), NOT_RECORDED]
    assert_rows_are_quotes(rows.of_instant(0), full_chain(exact, t, Family.INVERSE))


def test_a_history_can_be_played_without_its_chains_and_in_another_scenario(recorded: RecordedMarket, history_dir: Path) -> None:
    t = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)
    plain, wide = (RecordedMarket(history_dir, chain_age_max_h=None, band=band) for band in (SurfaceBand(), SurfaceBand(atm_factor=1.07, spread_factor=1.6)))
    told = {name: full_chain(market, t, Family.INVERSE) for name, market in (("carried", recorded), ("plain", plain), ("wide", wide))}

    assert [chain.source for chain in told.values()] == ["carried", "surface", "surface"]
    assert [quote.instrument for quote in told["plain"].quotes] == [quote.instrument for quote in told["wide"].quotes]
    assert all(one.iv_frac < two.iv_frac for one, two in zip(told["plain"].quotes, told["wide"].quotes, strict=True))
    assert_rows_are_quotes(rows_of(wide, (t,), Family.INVERSE).of_instant(0), told["wide"])
    assert wide.ticker(t, told["wide"].quotes[5].instrument.name) == told["wide"].quotes[5]


def test_memory_follows_the_part_and_not_the_period() -> None:
    """Twice the period, asked in parts of the same size, needs no more at its peak."""
    market = SyntheticMarket(5, START)
    market.surface_inputs(seconds(START + timedelta(days=60)))
    peaks = []
    for days in (30, 60):
        at_s = seconds(*(START + timedelta(days=day) for day in range(days)))
        tracemalloc.start()
        for part in in_parts(days, at_once=6):
            market.rows_at(at_s[part], expiry_from_s=at_s[part], expiry_to_s=at_s[part] + 400 * 86_400)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 1.1 * peaks[0]


def test_rows_are_taken_by_mask_and_merged_by_instant() -> None:
    market = SyntheticMarket(5, START)
    rows = rows_of(market, (START, START + timedelta(days=1)), Family.INVERSE).rows
    puts, calls = rows.taken(~rows.is_call), rows.taken(rows.is_call)
    both = merged([(calls, np.array([0, 1])), (puts, np.array([0, 1]))])

    assert len(puts) + len(calls) == len(rows)
    assert both.instant.tolist() == sorted(both.instant.tolist())
    assert sorted(both.mark_coin.tolist()) == sorted(rows.mark_coin.tolist())
