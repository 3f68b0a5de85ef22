"""The configuration in force, as the command line shows it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from engine.clients.servers_file import read_servers
from engine.config import load_rules, load_settings
from engine.config_checks import flatten
from engine.home import home_at, refuse_open_secrets, resolve_home
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
