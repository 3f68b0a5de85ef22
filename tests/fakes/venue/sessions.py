"""Who is connected: keys, tokens and their scopes, WebSocket connections with their channels, heartbeats and cancel-on-disconnect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from tests.fakes.venue.errors import refusal

Json = dict[str, Any]
TOKEN_LASTS = timedelta(seconds=900)
IDLE_MAX = timedelta(minutes=10)
HEARTBEAT_S_MIN = 10
SESSIONS_PER_KEY_MAX = 16
FULL_SCOPE = "account:read trade:read_write wallet:none block_trade:none custody:none"
LEVELS = ("none", "read", "read_write")


@dataclass(slots=True, kw_only=True)
class ApiKey:
    """The account's key; a test may widen its scope at any time."""

    client_id: str = "fake-key"
    client_secret: str = "fake-secret-4f8a1c"
    scope: str = FULL_SCOPE
    is_enabled: bool = True

    def level(self, area: str) -> str:
        """none, read or read_write in `area`."""
        told = dict(part.split(":", 1) for part in self.scope.split() if ":" in part)
        return told.get(area, "none")


@dataclass(slots=True, kw_only=True)
class Grant:
    """A token pair."""

    access_token: str
    refresh_token: str
    scope: str
    expires_at: datetime
    session: int | None
    is_revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Session:
    """One WebSocket connection, or one HTTP request (then `push` is None and nothing outlives the request)."""

    number: int
    opened_at: datetime
    push: Callable[[Json], None] | None = None
    close: Callable[[], None] = lambda: None
    grant: Grant | None = None
    channels: set[str] = field(default_factory=set)
    cancels_on_disconnect: bool = False
    heartbeat_s: float | None = None
    beats_at: datetime | None = None
    is_owed_test: bool = False
    heard_at: datetime | None = None
    is_logged_out: bool = False

    @property
    def is_websocket(self) -> bool:
        return self.push is not None

    def tell(self, method: str, params: Json) -> None:
        """A notification is on its way to the client."""
        if self.push is not None:
            self.push({"jsonrpc": "2.0", "method": method, "params": params})

    def silent_for(self, now: datetime) -> timedelta:
        """How long the client has said nothing."""
        return now - (self.heard_at if self.heard_at is not None else self.opened_at)


@dataclass(slots=True)
class Sessions:
    """The keys' tokens and the open connections.

    `idle_max` is after how long a silence the venue hangs up on a connection without heartbeat:
    ten minutes at the real one; None, because a test's clock leaps, never.
    """

    now: Callable[[], datetime]
    key: ApiKey
    seed: int = 1
    open: list[Session] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    starts_with_cancel: bool = False
    idle_max: timedelta | None = None
    token_lasts: timedelta = TOKEN_LASTS
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def connect(self, push: Callable[[Json], None] | None = None, close: Callable[[], None] | None = None) -> Session:
        """A connection is there; a WebSocket stays among the open ones until it is left."""
        session = Session(number=next(self._numbers), opened_at=self.now(), push=push, cancels_on_disconnect=self.starts_with_cancel and push is not None)
        if close is not None:
            session.close = close
        if session.is_websocket:
            self.open.append(session)
        return session

    def sign_in(self, session: Session, params: Json) -> Grant:
        """A new pair of tokens; over WebSocket the connection is authenticated from now on."""
        if params["grant_type"] == "client_credentials":
            self._check_key(params)
        elif params["grant_type"] == "refresh_token":
            self._check_refresh(params.get("refresh_token", ""))
        else:
            raise refusal(10033)
        return self._grant(session)

    def authenticate(self, session: Session, bearer: str | None) -> Grant:
        """The grant a private call runs under. Raises 13009 with what is wrong with the token."""
        grant = session.grant if bearer is None else next((one for one in self.grants if one.access_token == bearer), None)
        if grant is None:
            raise refusal(13009, reason="invalid_token" if bearer is not None else "missing_token")
        if grant.is_revoked or not self.key.is_enabled:
            raise refusal(13009, reason="invalid_token")
        if grant.expires_at <= self.now():
            raise refusal(13009, reason="token_expired")
        return grant

    def sign_out(self, session: Session) -> None:
        """The session's tokens are no longer good."""
        for grant in self.grants:
            if grant is session.grant or (session.is_websocket and grant.session == session.number):
                grant.is_revoked = True
        session.grant = None

    def revoke_all(self) -> None:
        """No token given so far is good any more."""
        for grant in self.grants:
            grant.is_revoked = True

    def start_beating(self, session: Session, interval_s: float) -> None:
        """The venue asks every `interval_s` whether the client is there."""
        session.heartbeat_s, session.is_owed_test = interval_s, False
        session.beats_at = self.now() + timedelta(seconds=interval_s)

    def _check_key(self, params: Json) -> None:
        is_ours = params.get("client_id") == self.key.client_id and params.get("client_secret") == self.key.client_secret
        if not is_ours or not self.key.is_enabled:
            raise refusal(13004)
        if sum(one.grant is not None for one in self.open) >= SESSIONS_PER_KEY_MAX:
            raise refusal(12003)

    def _check_refresh(self, token: str) -> None:
        grant = next((one for one in self.grants if one.refresh_token == token), None)
        if grant is None or grant.is_revoked:
            raise refusal(13009, reason="invalid_token")
        # A refresh token is good once; the access token beside it lives until it expires.
        grant.refresh_token = "used"

    def _grant(self, session: Session) -> Grant:
        luck = Random(f"{self.seed}:token:{len(self.grants)}")
        access, refresh = (f"{len(self.grants)}.{luck.getrandbits(160):040x}" for _ in range(2))
        scope = f"connection mainaccount {self.key.scope}"
        number = session.number if session.is_websocket else None
        grant = Grant(access_token=access, refresh_token=refresh, scope=scope, expires_at=self.now() + self.token_lasts, session=number)
        self.grants.append(grant)
        if session.is_websocket:
            session.grant = grant
        return grant
