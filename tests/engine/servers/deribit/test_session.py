"""The trading session by itself: how it opens, beats, renews, falls silent and ends; and what never shows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from pydantic import SecretStr

from engine.servers.deribit import Key, Network, VenueSettings
from engine.servers.deribit.login import Login, require_harmless
from engine.servers.deribit.rest import VenueRest
from engine.servers.deribit.session import Patience, TradingSession
from engine.servers.upstream import UpstreamError
from tests.fakes.venue import FakeVenue
from tests.fakes.venue.faults import Answered, Hang, Refuse

SHORT = "ETH-25SEP26-2200-P"
BID = {"instrument_name": SHORT, "amount": 1, "type": "limit", "price": 0.0005, "label": "x"}
PATIENT_S = 10.0


@pytest.fixture
async def venue() -> AsyncIterator[FakeVenue]:
    async with FakeVenue() as opened:
        yield opened


def key_of(venue: FakeVenue) -> Key:
    return Key(client_id=venue.key.client_id, client_secret=SecretStr(venue.key.client_secret))


@asynccontextmanager
async def session_with(venue: FakeVenue, patience: Patience | None = None) -> AsyncIterator[TradingSession]:
    settings = VenueSettings(network=Network.TESTNET, url=venue.http_url, is_trading_on=True)
    session = TradingSession(settings, key_of(venue)) if patience is None else TradingSession(settings, key_of(venue), patience)
    try:
        yield session
    finally:
        await session.aclose()


async def until(is_so: Callable[[], object]) -> None:
    """What the other side of a socket does becomes true; there is no event to wait for."""
    async with asyncio.timeout(PATIENT_S):
        while not is_so():  # noqa: ASYNC110 - another task's doing, seen from outside
            await asyncio.sleep(0.01)


async def test_no_order_leaves_before_the_venue_has_promised_to_cancel_it(venue: FakeVenue) -> None:
    async with session_with(venue) as session:
        await session.ask("private/buy", BID)

    methods = [call.method for call in venue.calls]
    assert methods == ["public/get_time", "public/auth", "public/set_heartbeat", "private/enable_cancel_on_disconnect", "private/buy"]
    assert all(call.is_websocket for call in venue.calls)


async def test_the_end_of_the_session_takes_its_orders_with_it(venue: FakeVenue) -> None:
    async with session_with(venue) as session:
        await session.ask("private/buy", BID)
    await until(lambda: not any(order.is_open for order in venue.exchange.desk.orders.values()))

    assert [order.cancel_reason for order in venue.exchange.desk.orders.values()] == ["cancel_on_disconnect"]


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("public/auth", Refuse(13004)),
        ("public/set_heartbeat", Refuse(10047)),
        ("private/enable_cancel_on_disconnect", Refuse(10049)),
        ("private/enable_cancel_on_disconnect", Answered("no")),
    ],
)
async def test_a_session_that_does_not_open_whole_sends_no_order_and_says_so(venue: FakeVenue, method: str, fault: Refuse | Answered) -> None:
    venue.script(method, fault)
    async with session_with(venue) as session:
        with pytest.raises(UpstreamError) as caught:
            await session.ask("private/buy", BID)
        is_open = session.is_open

    assert (caught.value.is_refusal, is_open, venue.asked("private/buy")) == (True, False, [])


async def test_a_venue_that_is_not_there_and_one_that_never_opens_are_refusals(venue: FakeVenue) -> None:
    venue.script("public/auth", Hang())
    async with session_with(venue, Patience(open_s=0.2)) as session:
        with pytest.raises(UpstreamError, match="did not open within") as slow:
            await session.ask("private/buy", BID)
    await venue.stop()
    async with session_with(venue) as session:
        with pytest.raises(UpstreamError, match="cannot be reached") as gone:
            await session.ask("private/buy", BID)

    assert (slow.value.is_refusal, gone.value.is_refusal, slow.value.retryable, gone.value.retryable) == (True, True, True, True)


async def test_an_order_that_is_not_answered_in_time_is_unknown(venue: FakeVenue) -> None:
    venue.script("private/buy", Hang(is_done=True))
    async with session_with(venue, Patience(answer_s=0.3)) as session:
        with pytest.raises(UpstreamError, match="did not answer within") as caught:
            await session.ask("private/buy", BID)

    assert not caught.value.is_refusal
    assert len(venue.exchange.desk.orders) == 1


async def test_the_venue_s_question_whether_anybody_is_there_is_answered(venue: FakeVenue) -> None:
    async with session_with(venue) as session:
        await session.ask("private/get_open_orders", {})
        for beat in range(1, 4):
            venue.advance(timedelta(seconds=10))
            await until(lambda beat=beat: len(venue.asked("public/test")) >= beat)
        assert session.is_open
        await session.ask("private/get_open_orders", {})


async def test_a_venue_that_falls_silent_ends_the_session_and_every_open_question(venue: FakeVenue) -> None:
    venue.script("private/buy", Hang())
    async with session_with(venue, Patience(silence_s=0.3)) as session:
        with pytest.raises(UpstreamError, match="not a word for") as caught:
            await session.ask("private/buy", BID)
        assert not session.is_open

    assert not caught.value.is_refusal


async def test_the_login_is_renewed_while_the_session_lives(venue: FakeVenue) -> None:
    """The venue hands out tokens of less than a second; the session renews as soon as it may."""
    venue.exchange.sessions.token_lasts = timedelta(milliseconds=900)
    async with session_with(venue, Patience(renewal_s=0.05)) as session:
        await session.ask("private/get_open_orders", {})
        await until(lambda: len(venue.asked("public/auth")) >= 3)
        await session.ask("private/get_open_orders", {})

    grants = [call.params["grant_type"] for call in venue.asked("public/auth")]
    assert grants[:3] == ["client_credentials", "refresh_token", "refresh_token"]


async def test_a_login_that_cannot_be_renewed_ends_the_session(venue: FakeVenue) -> None:
    venue.exchange.sessions.token_lasts = timedelta(milliseconds=900)
    venue.script("public/auth", Refuse(13009), skip=1, times=None)
    async with session_with(venue, Patience(renewal_s=0.05)) as session:
        await session.ask("private/get_open_orders", {})
        await until(lambda: not session.is_open)


async def test_a_session_closed_from_outside_ends_what_was_asked_on_it(venue: FakeVenue) -> None:
    venue.script("private/buy", Hang())
    async with session_with(venue) as session:
        asked = asyncio.create_task(session.ask("private/buy", BID))
        await until(lambda: venue.asked("private/buy"))
        await session.aclose()
        (outcome,) = await asyncio.gather(asked, return_exceptions=True)

    assert isinstance(outcome, UpstreamError)
    assert not outcome.is_refusal


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        from engine.clock import monotonic_s

        return monotonic_s() + self.ahead_s


async def test_a_login_over_http_is_made_once_renewed_in_time_and_made_anew_where_that_fails(venue: FakeVenue) -> None:
    rest, hand = VenueRest(VenueSettings(network=Network.TESTNET, url=venue.http_url)), Hand()
    login = Login(rest.ask, key_of(venue), seconds=hand)
    try:
        first, same = await login.grant(), await login.grant()
        hand.ahead_s = 800.0
        renewed = await login.grant()
        hand.ahead_s = 1600.0
        venue.script("public/auth", Refuse(13009), having={"grant_type": "refresh_token"})
        anew = await login.grant()
        venue.script("public/auth", Refuse(11051), having={"grant_type": "refresh_token"})
        hand.ahead_s = 2400.0
        with pytest.raises(UpstreamError, match="system_maintenance"):
            await login.grant()
    finally:
        await rest.aclose()

    assert first is same
    assert len({grant.access_token.get_secret_value() for grant in (first, renewed, anew)}) == 3
    assert [call.params["grant_type"] for call in venue.asked("public/auth")][:4] == [
        "client_credentials",
        "refresh_token",
        "refresh_token",
        "client_credentials",
    ]


@pytest.mark.parametrize(
    ("scope", "is_harmless"),
    [
        ("wallet:none", True),
        ("wallet:read trade:read_write", True),
        ("trade:read", True),
        ("wallet:read_write", False),
        ("wallet:none wallet:read_write", False),
    ],
)
def test_only_a_key_that_cannot_move_money_is_harmless(scope: str, is_harmless: bool) -> None:
    if is_harmless:
        require_harmless(tuple(scope.split()))
        return
    with pytest.raises(UpstreamError, match="move money"):
        require_harmless(tuple(scope.split()))


async def test_no_secret_and_no_token_stands_in_any_log_line(venue: FakeVenue, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    venue.script("private/buy", Refuse(10009))
    with caplog.at_level(logging.DEBUG):
        async with session_with(venue) as session:
            with pytest.raises(UpstreamError) as caught:
                await session.ask("private/buy", BID)
        rest = VenueRest(VenueSettings(network=Network.TESTNET, url=venue.http_url))
        grant = await Login(rest.ask, key_of(venue)).grant()
        await rest.aclose()
    told = caplog.text + capsys.readouterr().out + repr(caught.value) + repr(grant) + repr(key_of(venue))

    secrets = [
        venue.key.client_secret,
        *(each.access_token for each in venue.exchange.sessions.grants),
        *(each.refresh_token for each in venue.exchange.sessions.grants),
    ]
    assert [secret for secret in secrets if secret != "used" and secret in told] == []
