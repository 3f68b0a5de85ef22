"""`ping`: the servers of a home asked once, without an engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from bot.run.lifetime import home_root, log_errors_only
from engine.api import ServerSeen
from engine.app import ping_home
from engine.config import load_settings
from engine.home import home_at, refuse_open_secrets


def ping_servers(home: Path | None, accepted: Sequence[str]) -> tuple[ServerSeen, ...]:
    """How every server stands, the `accepted` with the tools they have now. Raises ConfigError for settings that cannot be used."""
    log_errors_only()
    place = home_at(home_root(home))
    refuse_open_secrets(place.env_file)
    return asyncio.run(ping_home(place, load_settings(os.environ, place.env_file).server_variables, accepted=accepted))
