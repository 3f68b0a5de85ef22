"""Which of the venue's two networks is meant, where it is, and with which key.

Rules of this file: a key belongs to one network and stands under its name; a key
never travels to another host than that network's, except on this machine; a secret
is never part of a message or of a printed value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from engine.errors import ConfigError
from engine.servers.upstream import is_loopback

NETWORK, URL, TRADING = "CERBERO_DERIBIT_NETWORK", "CERBERO_DERIBIT_URL", "CERBERO_DERIBIT_TRADING"


class Network(StrEnum):
    """Two exchanges that share nothing: accounts, keys and books are separate."""

    TESTNET = "testnet"
    MAINNET = "mainnet"

    @property
    def url(self) -> str:
        """Where its methods are."""
        return "https://test.deribit.com/api/v2" if self is Network.TESTNET else "https://www.deribit.com/api/v2"

    @property
    def key_variables(self) -> tuple[str, str]:
        """The variables of its key: the id and the secret."""
        return f"CERBERO_DERIBIT_{self.upper()}_CLIENT_ID", f"CERBERO_DERIBIT_{self.upper()}_CLIENT_SECRET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a person made at the venue for this program."""

    client_id: str = field(repr=False)
    client_secret: SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueSettings:
    """One network with its address; without a key only public data, and orders only where trading is on."""

    network: Network
    url: str
    key: Key | None = None
    is_trading_on: bool = False

    @property
    def socket_url(self) -> str:
        """The WebSocket beside the address."""
        parts = urlsplit(self.url)
        return urlunsplit(("wss" if parts.scheme == "https" else "ws", parts.netloc, "/ws/api/v2", "", ""))


def public_settings(environ: Mapping[str, str]) -> VenueSettings:
    """The main network's public data, or the network that is named; no key is looked at. Raises ConfigError."""
    network = _network(environ, Network.MAINNET)
    return VenueSettings(network=network, url=_url(environ, network))


def venue_settings(environ: Mapping[str, str]) -> VenueSettings:
    """What the environment says: the test network where none is named, trading off where it is not turned on. Raises ConfigError."""
    network = _network(environ, Network.TESTNET)
    trading = environ.get(TRADING, "").strip()
    if trading not in ("", "on", "off"):
        raise ConfigError("is neither on nor off", fix="Write on or off; orders are off where nothing is written.", key=TRADING)
    key = _key(environ, network)
    if trading == "on" and key is None:
        raise ConfigError(f"orders are on and there is no key of the {network}", fix=f"Set {' and '.join(network.key_variables)}.", key=TRADING)
    return VenueSettings(network=network, url=_url(environ, network), key=key, is_trading_on=trading == "on")


def _network(environ: Mapping[str, str], default: Network) -> Network:
    named = environ.get(NETWORK, "").strip()
    if named and named not in list(Network):
        raise ConfigError(f'"{named}" is no network of the venue', fix=f"Use {' or '.join(Network)}.", key=NETWORK)
    return Network(named) if named else default


def _url(environ: Mapping[str, str], network: Network) -> str:
    wanted = environ.get(URL, "").strip().rstrip("/")
    if not wanted:
        return network.url
    if wanted != network.url and not (is_loopback(wanted) and urlsplit(wanted).scheme in ("http", "https")):
        fix = f"Leave it out for {network.url}; only a stand-in on this machine may be named, e.g. http://127.0.0.1:9000/api/v2."
        raise ConfigError(f"is not the address of the {network}", fix=fix, key=URL)
    return wanted


def _key(environ: Mapping[str, str], network: Network) -> Key | None:
    names = network.key_variables
    client_id, client_secret = (environ.get(name, "").strip() for name in names)
    if not client_id and not client_secret:
        return None
    if not client_id or not client_secret:
        raise ConfigError("half of the key is missing", fix=f"Set both {' and '.join(names)}.", key=names[1] if client_id else names[0])
    return Key(client_id=client_id, client_secret=SecretStr(client_secret))
