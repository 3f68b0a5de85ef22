"""Signing in and out, heartbeats and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.venue.errors import bad_param, refusal
from tests.fakes.venue.sessions import HEARTBEAT_S_MIN

if TYPE_CHECKING:
    from tests.fakes.venue.exchange import Exchange
    from tests.fakes.venue.sessions import Session

Json = dict[str, Any]
VERSION = "1.2.26"


def auth(exchange: Exchange, session: Session, params: Json) -> Json:
    grant = exchange.sessions.sign_in(session, params)
    told: Json = {"access_token": grant.access_token, "refresh_token": grant.refresh_token, "scope": grant.scope, "token_type": "bearer"}
    told |= {"expires_in": int(exchange.sessions.token_lasts.total_seconds()), "enabled_features": []}
    return told | {"state": params["state"]} if "state" in params else told


def hello(_exchange: Exchange, _session: Session, _params: Json) -> Json:
    return {"version": VERSION}


def test(_exchange: Exchange, session: Session, params: Json) -> Json:
    """The venue's version; over WebSocket it also answers the venue's own question whether anybody is there."""
    if "expected_result" in params:
        raise refusal(10001)
    session.is_owed_test = False
    return {"version": VERSION}


def set_heartbeat(exchange: Exchange, session: Session, params: Json) -> str:
    if params["interval"] < HEARTBEAT_S_MIN:
        raise bad_param("interval", f"must be at least {HEARTBEAT_S_MIN}")
    exchange.sessions.start_beating(session, float(params["interval"]))
    return "ok"


def disable_heartbeat(_exchange: Exchange, session: Session, _params: Json) -> str:
    session.heartbeat_s, session.beats_at, session.is_owed_test = None, None, False
    return "ok"


def subscribe(_exchange: Exchange, session: Session, params: Json) -> list[str]:
    """The channels that are subscribed now; those the venue does not know are left out."""
    known = [channel for channel in params["channels"] if is_public(channel)]
    session.channels.update(known)
    return known


def unsubscribe(_exchange: Exchange, session: Session, params: Json) -> list[str]:
    gone = [channel for channel in params["channels"] if channel in session.channels]
    session.channels.difference_update(gone)
    return gone


def unsubscribe_all(_exchange: Exchange, session: Session, _params: Json) -> str:
    session.channels.clear()
    return "ok"


def is_public(channel: object) -> bool:
    """Whether anybody may listen to it."""
    if not isinstance(channel, str):
        return False
    fields = channel.split(".")
    lengths = {"platform_state": 1, "announcements": 1, "deribit_price_index": 2, "deribit_volatility_index": 2, "ticker": 3, "book": 3}
    return lengths.get(fields[0]) == len(fields)
