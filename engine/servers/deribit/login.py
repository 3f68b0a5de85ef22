"""Signing in: only where the network has shown itself to be the one that is meant, and only with a key that cannot move money.

Rules of this file: a secret is read where it is sent and nowhere else; a token is
never part of a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pydantic import SecretStr

from engine.clock import monotonic_s
from engine.servers.deribit.market import VENUE
from engine.servers.deribit.network import Key
from engine.servers.deribit.rpc import Answer, Params
from engine.servers.shapes import Shape, shaped
from engine.servers.upstream import UpstreamError

Ask = Callable[[str, Params], Awaitable[Answer]]
SCOPE = "trade:read_write account:read wallet:none"
RENEW_AT_FRAC = 0.8
"""How much of a token's life may pass before it is renewed."""
WALLET = "wallet"
WALLET_MAY = ("none", "read")


class _Granted(Shape):
    access_token: str
    refresh_token: str
    expires_in: int
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A login that holds until it must be renewed; `renew_at_s` on the monotonic clock."""

    access_token: SecretStr
    refresh_token: SecretStr
    scope: tuple[str, ...] = field(default=())
    renew_at_s: float


async def sign_in(ask: Ask, key: Key) -> Grant:
    """A new login. Raises UpstreamError, also when the key may do more than it should."""
    # The network is asserted by this answer before the key leaves.
    await ask("public/get_time", {})
    return await _grant(
        ask, {"grant_type": "client_credentials", "client_id": key.client_id, "client_secret": key.client_secret.get_secret_value(), "scope": SCOPE}
    )


async def renew(ask: Ask, grant: Grant) -> Grant:
    """The login goes on under new tokens. Raises UpstreamError."""
    return await _grant(ask, {"grant_type": "refresh_token", "refresh_token": grant.refresh_token.get_secret_value()})


async def _grant(ask: Ask, params: Params) -> Grant:
    asked_s = monotonic_s()
    told = shaped(_Granted, (await ask("public/auth", params)).result, upstream=VENUE)
    scope = tuple(told.scope.split())
    require_harmless(scope)
    return Grant(
        access_token=SecretStr(told.access_token),
        refresh_token=SecretStr(told.refresh_token),
        scope=scope,
        renew_at_s=asked_s + told.expires_in * RENEW_AT_FRAC,
    )


def require_harmless(scope: tuple[str, ...]) -> None:
    """Nothing happens for a key that cannot move money. Raises UpstreamError for one that can, or that does not say."""
    levels = [level for area, _, level in (part.partition(":") for part in scope) if area == WALLET]
    if any(level not in WALLET_MAY for level in levels):
        raise UpstreamError("this key may move money out of the account (wallet beyond read): make one with wallet none", retryable=False, is_refusal=True)


class Login:
    """One login over HTTP, made when it is needed and renewed before it ends."""

    def __init__(self, ask: Ask, key: Key, *, seconds: Callable[[], float] = monotonic_s) -> None:
        self._ask, self._key, self._seconds = ask, key, seconds
        self._grant: Grant | None = None
        self._turn = asyncio.Lock()

    async def grant(self) -> Grant:
        """A login that holds now. Raises UpstreamError."""
        async with self._turn:
            if self._grant is None:
                self._grant = await sign_in(self._ask, self._key)
            elif self._seconds() >= self._grant.renew_at_s:
                old, self._grant = self._grant, None
                self._grant = await self._renewed(old)
            return self._grant

    def forget(self, grant: Grant) -> None:
        """This login is no good any more; the next question signs in anew."""
        if self._grant is grant:
            self._grant = None

    async def _renewed(self, old: Grant) -> Grant:
        try:
            return await renew(self._ask, old)
        except UpstreamError as error:
            if error.retryable:
                raise
            return await sign_in(self._ask, self._key)
