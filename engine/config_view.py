"""The configuration in force, as the command line shows it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from engine.clients.servers_file import read_servers, secrets_in
from engine.config import Settings, load_rules, load_settings
from engine.config_checks import flatten
from engine.errors import ConfigError
from engine.home import Home, home_at, refuse_open_secrets, resolve_home
from engine.safety.carry_off import carry_command
from engine.safety.second_path import alert_command


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigValues:
    """(key, value, whether it is the operator's own) for every value, and the fingerprint of them all."""

    rows: tuple[tuple[str, str, bool], ...]
    fingerprint: str


def config_values(option: Path | None) -> ConfigValues:
    """Every value in force. Raises ConfigError for whatever is wrong in config.toml, mcp.json, anchors.command, alert.command, .env or the environment."""
    home = home_at(resolve_home(option, os.environ))
    loaded = load_rules(home.config_toml)
    refuse_open_secrets(home.env_file)
    load_settings(os.environ, home.env_file)
    read_servers(home.mcp_json)
    carry_command(home.anchors_command)
    alert_command(home.alert_command)
    own = {override.key for override in loaded.overrides}
    rows = tuple((key, str(value), key in own) for key, value in flatten(loaded.rules).items())
    return ConfigValues(rows=rows, fingerprint=loaded.fingerprint)


def known_secrets(home: Home, settings: Settings) -> tuple[str, ...]:
    """Every value of the environment, `.env` and mcp.json that a log must never show; a broken mcp.json is told by whoever needs it."""
    try:
        of_servers = secrets_in(read_servers(home.mcp_json))
    except (ConfigError, OSError):
        of_servers = ()
    return (*(secret.get_secret_value() for secret in settings.secrets), *of_servers)
