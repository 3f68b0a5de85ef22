"""Where the upstreams without an account are: their own addresses, or a stand-in the environment names."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from engine.errors import ConfigError
from engine.servers.upstream import is_loopback

HYPERLIQUID = ("CERBERO_HYPERLIQUID_URL", "https://api.hyperliquid.xyz")
FEAR_GREED = ("CERBERO_FEAR_GREED_URL", "https://api.alternative.me")
FRED = ("CERBERO_FRED_URL", "https://api.stlouisfed.org")
ECB = ("CERBERO_ECB_URL", "https://data-api.ecb.europa.eu")


def address(environ: Mapping[str, str], place: tuple[str, str]) -> str:
    """The upstream's address. Raises ConfigError for one that is not encrypted and not on this machine."""
    variable, usual = place
    wanted = environ.get(variable, "").strip().rstrip("/")
    if not wanted:
        return usual
    parts = urlsplit(wanted)
    is_reachable = parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.query and not parts.fragment
    if not is_reachable or (parts.scheme == "http" and not is_loopback(wanted)):
        raise ConfigError(
            "is no address of an upstream", fix=f"Write it as {usual}, or name a stand-in on this machine with http://127.0.0.1:port.", key=variable
        )
    return wanted
