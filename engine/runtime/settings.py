"""The settings of this run beside those of the file, which count from the next start on."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.config import default_rules, load_rules, notes
from engine.config_checks import flatten
from engine.core.rules import StrategyRules
from engine.errors import ConfigError
from engine.runtime.desk import Desk
from engine.views import SettingRow, SettingsView

SECTION = re.compile(r"§[0-9]+(?:\.[0-9]+)?|\b[EFL][0-9]{1,2}\b")


def settings(desk: Desk) -> SettingsView:
    """Every value in force with its default, and what the file says otherwise by now."""
    running, shipped, explained = written(desk.rules), written(default_rules()), notes()
    rows = tuple(SettingRow(key=key, value=value, default=shipped[key], section=_section(explained.get(key, ""))) for key, value in running.items())
    filed, problem = _filed(desk)
    waiting = () if filed is None else tuple((key, value, filed[key]) for key, value in running.items() if filed[key] != value)
    return SettingsView(fingerprint=desk.fingerprint, rows=rows, waiting=waiting, problem=problem)


def differs(compare: Callable[[], bool]) -> bool:
    """What the comparison says; a file that cannot be read differs from what runs."""
    try:
        return compare()
    except ConfigError:
        return True


def written(rules: StrategyRules) -> dict[str, str]:
    """Every value by its key, as a person would write it."""
    return {key: _text(value) for key, value in flatten(rules).items()}


def _filed(desk: Desk) -> tuple[dict[str, str] | None, str]:
    """(what the file says now, why it cannot be read): one of the two; neither where no file belongs to this run."""
    if desk.home is None:
        return None, ""
    try:
        return written(load_rules(desk.home.config_toml).rules), ""
    except ConfigError as error:
        return None, str(error)


def _text(value: object) -> str:
    if value is None:
        return "off"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(_text(each) for each in value) if isinstance(value, tuple) else str(value)


def _section(note: str) -> str:
    """The sections and rules a note ends in: `§1.9`, `E05`."""
    return ", ".join(dict.fromkeys(SECTION.findall(note)))
