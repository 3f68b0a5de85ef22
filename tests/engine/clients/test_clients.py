"""The typed clients over a scripted server: sound answers become values, the rest None or VenueError."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.clients import DeribitClient, HyperliquidClient, MacroClient, PortfolioClient, SentimentClient
from engine.core.model import Family, Reading, VenueStatus
from engine.errors import VenueError

AT = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)
STAMP = '"observed_at": "2026-02-16T14:00:00Z"'


class Script:
    """A server that always says the same."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, Any]]] = []

    @property
    def name(self) -> str:
        return "script"

    async def call(self, tool: str, arguments: dict[str, Any], *, deadline_s: float = 1.0, max_bytes: int = 1) -> str:  # noqa: ARG002
        self.asked.append((tool, arguments))
        return self.answer


async def test_a_price_keeps_every_digit_and_its_instant() -> None:
    script = Script(f'{{"value": "2512.10", {STAMP}, "new_field": 1}}')
    reading = await DeribitClient(script).get_index_price()

    assert reading == Reading(value=Decimal("2512.10"), observed_at=AT)
    assert script.asked == [("get_index_price", {"currency": "ETH"})]


@pytest.mark.parametrize("answer", ["{}", '{"value": null}', f'{{"value": null, {STAMP}}}', '{"value": "1"}'])
async def test_a_missing_price_is_none_and_never_zero(answer: str) -> None:
    assert await DeribitClient(Script(answer)).get_index_price() is None


@pytest.mark.parametrize(
    "answer",
    [
        f'{{"value": 2512.1, {STAMP}}}',
        f'{{"value": "NaN", {STAMP}}}',
        f'{{"value": "Infinity", {STAMP}}}',
        f'{{"value": "ten", {STAMP}}}',
        f'{{"value": "{"9" * 41}", {STAMP}}}',
        '{"value": "1", "observed_at": "2026-02-16T14:00:00"}',
        '{"value": "1", "observed_at": "yesterday"}',
        '["2512.1"]',
    ],
)
async def test_a_price_of_the_wrong_kind_is_a_permanent_failure(answer: str) -> None:
    with pytest.raises(VenueError) as caught:
        await DeribitClient(Script(answer)).get_index_price()

    assert caught.value.permanent


async def test_status_and_time_are_typed() -> None:
    status = await DeribitClient(Script('{"is_locked": true, "maintenance_at": "2026-02-16T15:00:00+01:00"}')).get_status()
    now = await DeribitClient(Script('{"now": "2026-02-16T14:00:00Z"}')).get_time()

    assert (status, now) == (VenueStatus(is_locked=True, maintenance_at=AT), AT)
    assert now.tzinfo is UTC


@pytest.mark.parametrize(
    "answer",
    [
        '{"open_at_s": [0, 3600], "open": [1.0], "high": [1.0], "low": [1.0], "close": [1.0]}',
        '{"open_at_s": [3600, 0], "open": [1.0, 1.0], "high": [1.0, 1.0], "low": [1.0, 1.0], "close": [1.0, 1.0]}',
    ],
)
async def test_candles_that_do_not_line_up_are_refused(answer: str) -> None:
    with pytest.raises(VenueError, match=r"columns|order"):
        await DeribitClient(Script(answer)).get_candles(AT, AT)


async def test_no_chain_and_no_ticker_are_failures_that_may_pass() -> None:
    for call in (
        DeribitClient(Script('{"chain": null}')).get_option_chain(Family.INVERSE, AT, AT),
        DeribitClient(Script('{"quotes": null}')).get_ticker("ETH-6MAR26-1700-P"),
    ):
        with pytest.raises(VenueError) as caught:
            await call

        assert not caught.value.permanent


def empty_chain(family: str, options: str | None = None) -> str:
    columns = '"forward_usd": null, "quoted_at": "2026-02-16T14:00:00Z", "recorded_at": null, "modelled": []'
    listed = ["state", "bid_coin", "ask_coin", "mark_coin", "bid_size_eth", "ask_size_eth", "open_interest_eth", "volume_24h_eth", "iv_frac"]
    listed += ["delta", "gamma_per_usd", "vega_usd_per_pt", "theta_usd_per_day"]
    empty = ", ".join(f'"{name}": []' for name in listed)
    instruments = (
        f'{{"family": "{options}", "expiry_at": "2026-03-06T08:00:00Z", "lot_eth": "1", "ticks": [], "name": [], "option_type": [], "strike_usd": []}}'
    )
    expiries = "[]" if options is None else f'[{{"instruments": {instruments}, {columns}, {empty}}}]'
    head = f'"family": "{family}", "taken_at": "2026-02-16T14:00:00Z", "index_usd": "2000", "source": "live", "recorded_at": null'
    return f'{{"chain": {{{head}, "expiries": {expiries}}}}}'


@pytest.mark.parametrize("answer", [empty_chain("inverse"), empty_chain("linear_usdc", "inverse"), empty_chain("quanto")])
async def test_options_of_another_family_than_asked_for_are_a_permanent_failure(answer: str) -> None:
    """A price in ETH read as USDC would be wrong by the index."""
    assert (await DeribitClient(Script(empty_chain("linear_usdc", "linear_usdc"))).get_option_chain(Family.LINEAR_USDC, AT, AT)).quotes == ()
    with pytest.raises(VenueError, match=r"inverse|family") as caught:
        await DeribitClient(Script(answer)).get_option_chain(Family.LINEAR_USDC, AT, AT)

    assert caught.value.permanent


async def test_a_delivery_price_not_yet_known_is_none() -> None:
    assert await DeribitClient(Script("{}")).get_delivery_prices(AT) is None
    assert await DeribitClient(Script('{"price_usd": "1969.35"}')).get_delivery_prices(AT) == Decimal("1969.35")


def funding(count: int, rate: float) -> str:
    return f'{{"at_s": {[3600 * hour for hour in range(count)]}, "hourly_frac": {[rate] * count}}}'


@pytest.mark.parametrize(("count", "expected"), [(100, 0.1095), (90, 0.1095), (89, None), (0, None)])
async def test_funding_is_annualised_when_nine_tenths_of_the_hours_are_known(count: int, expected: float | None) -> None:
    reading = await HyperliquidClient(Script(funding(count, 0.0000125))).get_funding(100)

    assert (None if reading is None else round(reading.value, 6)) == expected


async def test_a_perpetual_without_a_mark_is_none() -> None:
    assert await HyperliquidClient(Script("{}")).get_mark() is None


async def test_an_empty_calendar_without_coverage_is_missing_not_quiet() -> None:
    silent = await MacroClient(Script(f'{{{STAMP}, "events": [], "covered_until": {{}}}}')).get_events(AT, AT)
    quiet = await MacroClient(Script(f'{{{STAMP}, "events": [], "covered_until": {{"CPI": "2026-12-10"}}}}')).get_events(AT, AT)

    assert silent is None
    assert quiet is not None
    assert quiet.value.events == ()


async def test_an_event_of_unknown_severity_is_refused() -> None:
    text = f'{{{STAMP}, "events": [{{"name": "CPI", "severity": "huge", "at": "2026-02-16T14:00:00Z", "source": "x"}}], "covered_until": {{}}}}'
    with pytest.raises(VenueError, match="severity"):
        await MacroClient(Script(text)).get_events(AT, AT)


async def test_a_missing_exchange_rate_is_none() -> None:
    assert await MacroClient(Script("{}")).get_fx() is None


@pytest.mark.parametrize(("score", "expected"), [("0", 0), ("100", 100), ("101", None), ("-1", None), ("null", None)])
async def test_a_mood_outside_its_scale_is_missing(score: str, expected: int | None) -> None:
    reading = await SentimentClient(Script(f'{{{STAMP}, "fear_greed": {score}}}')).get_sentiment()

    assert reading is not None
    assert reading.value.fear_greed == expected


async def test_no_mood_at_all_is_none() -> None:
    assert await SentimentClient(Script("{}")).get_sentiment() is None


async def test_wealth_is_whole_or_missing() -> None:
    whole = f'{{{STAMP}, "wealth_eur": "20000", "eth_share_frac": "0.2", "available_funds_eth": "3", "initial_margin_eth": "0", "maintenance_margin_eth": "0"}}'
    assert await PortfolioClient(Script(whole)).get_portfolio() is not None
    assert await PortfolioClient(Script(whole.replace('"3"', "null"))).get_portfolio() is None
    assert await PortfolioClient(Script(whole.replace('"maintenance_margin_eth": "0"', '"x": 0'))).get_portfolio() is None
