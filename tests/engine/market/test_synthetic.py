"""The synthetic market: one seed, one world, whoever asks first; and a demo that finds a trade."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from engine.core.model import Family
from engine.market.synthetic import DEMO_START_AT, SyntheticMarket
from engine.market.tape import HOURS_MAX, Tape

START = datetime(2026, 9, 7, 13, 58, tzinfo=UTC)
YEAR = timedelta(days=400)


def test_the_order_of_questions_changes_nothing() -> None:
    instants = [START + timedelta(hours=7 * number, minutes=13) for number in range(60)]
    shuffled = instants[:]
    random.Random(3).shuffle(shuffled)
    forward, jumbled = SyntheticMarket(5, START), SyntheticMarket(5, START)
    told = {at: (forward.index_usd(at), forward.dvol_pts(at), forward.sentiment(at), forward.fx_usd_per_eur(at)) for at in instants}

    assert {at: (jumbled.index_usd(at), jumbled.dvol_pts(at), jumbled.sentiment(at), jumbled.fx_usd_per_eur(at)) for at in shuffled} == told


def test_another_seed_is_another_world() -> None:
    later = START + timedelta(days=3)

    assert SyntheticMarket(1, START).index_usd(later) != SyntheticMarket(2, START).index_usd(later)


def test_there_are_sixty_days_of_past_at_the_start() -> None:
    market = SyntheticMarket(5, START)
    candles = market.candles(START - timedelta(days=60), START, t=START)

    assert len(candles) == 60 * 24 - 1
    assert market.starts_at <= START - timedelta(days=30)


def test_a_candle_is_shown_only_after_it_has_closed() -> None:
    market = SyntheticMarket(5, START)
    at = START.replace(minute=0)

    assert market.candles(at - timedelta(hours=1), at + timedelta(hours=5), t=at)[-1].open_at == at - timedelta(hours=1)
    assert market.candles(at - timedelta(hours=1), at + timedelta(hours=5), t=at - timedelta(seconds=1)) == ()


def test_the_path_has_the_measured_character() -> None:
    """Volatility near DVOL, fat tails, DVOL falling when spot rises, clustering: averaged over a few seeds."""
    tapes = [Tape(seed, START.replace(minute=0), spot_usd=2000.0) for seed in range(8)]
    returns = [np.diff(np.log(tape.spots(8760, count=8761))) for tape in tapes]
    moves = [np.diff(np.log(tape.dvols(8760, count=8761))) for tape in tapes]
    kurtosis = np.mean([np.mean((r - r.mean()) ** 4) / np.var(r) ** 2 for r in returns])

    assert 0.5 < np.mean([r.std() * np.sqrt(8760) for r in returns]) < 0.75
    assert kurtosis > 4
    assert -0.3 < np.mean([np.corrcoef(r, m)[0, 1] for r, m in zip(returns, moves, strict=True)]) < -0.12
    assert np.mean([np.corrcoef(r[1:] ** 2, r[:-1] ** 2)[0, 1] for r in returns]) > 0.01


def test_a_chain_lists_what_the_ticker_quotes_with_sizes_interest_and_volume() -> None:
    market = SyntheticMarket(5, START)
    chain = market.chain(START, expiry_from=START, expiry_to=START + YEAR)

    assert chain is not None
    assert (chain.family, chain.source) == (Family.INVERSE, "synthetic")
    for quote in chain.quotes[::61]:
        assert market.ticker(START, quote.instrument.name) == quote
        assert quote.ask_size_eth is not None
        assert quote.open_interest_eth is not None
        assert quote.volume_24h_eth is not None
        assert (quote.bid_size_eth is None) == (quote.bid_coin is None)


def test_settlement_is_the_average_of_the_last_half_hour() -> None:
    market = SyntheticMarket(5, START)
    expiry_at = START.replace(hour=8, minute=0) + timedelta(days=4)
    minutes = [float(market.index_usd(expiry_at - timedelta(minutes=minute)).value) for minute in range(31)]

    assert market.delivery_price(expiry_at, t=expiry_at - timedelta(seconds=1)) is None
    assert float(market.delivery_price(expiry_at, t=expiry_at)) == pytest.approx(sum(minutes) / 31, rel=1e-4)


def test_surroundings_are_in_their_usual_range_for_a_year() -> None:
    market = SyntheticMarket(5, START)
    for day in range(0, 365, 5):
        at = START + timedelta(days=day)
        mood, rate = market.sentiment(at), market.fx_usd_per_eur(at)
        funding = market.funding(at - timedelta(hours=168), at, t=at)

        assert mood is not None
        assert rate is not None
        assert 0 <= mood.value.fear_greed <= 100
        assert Decimal("1.1") < rate.value < Decimal("1.22")
        assert at - rate.observed_at < timedelta(hours=96)
        assert len(funding) == 168
        assert all(-0.31 < hour.hourly_frac * 8760 < 0.61 for hour in funding)


def test_each_month_has_its_releases_and_coverage_reaches_years_ahead() -> None:
    calendar = SyntheticMarket(5, START).macro(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), t=START)

    assert calendar is not None
    assert [event.name for event in calendar.value.events] == ["NFP", "ECB", "CPI", "FOMC"]
    assert min(calendar.value.covered_until.values()).year == 2031


def test_before_the_first_hour_there_is_nothing_and_a_tape_has_an_end() -> None:
    market = SyntheticMarket(5, START)
    before = START - timedelta(days=300)
    tape = Tape(1, START, spot_usd=2000.0)

    assert market.index_usd(before) is None
    assert market.candles(before, before + timedelta(days=1), t=START) == ()
    with pytest.raises(ValueError, match="starts at"):
        tape.spot(START - timedelta(hours=1))
    with pytest.raises(ValueError, match="lives"):
        tape.spot(START + timedelta(hours=HOURS_MAX + 1))


def test_the_demo_starts_two_minutes_before_a_monday_scan() -> None:
    start_at = DEMO_START_AT

    assert (start_at.weekday(), start_at.hour, start_at.minute, start_at.year) == (0, 13, 58, 2026)
