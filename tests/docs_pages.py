"""docs/lifecycle.md and docs/config.md, written from the code; `python -m tests.docs_pages` writes both anew."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from engine.core.lifecycle import mermaid_proposal, mermaid_trade

ROOT = Path(__file__).resolve().parent.parent
STRATEGY = ROOT / "engine" / "strategy.toml"
SECTION = re.compile(r"^\[(?P<name>[a-z0-9_.]+)\]\s*(?:#\s*(?P<note>.*))?$")
SETTING = re.compile(r"^(?P<key>[A-Za-z0-9_]+)\s*=\s*(?P<value>\[[^\]]*\]|\"[^\"]*\"|[^#\s]+)\s*(?:#\s*(?P<note>.*))?$")

NOT_USED = "not used yet"


def lifecycle_page() -> str:
    """The states of cards and trades, drawn from their tables."""
    return f"""# States of cards and trades

Written by `python -m tests.docs_pages` from the tables in `engine/core/lifecycle.py`; do not edit.

A step that is not drawn here raises and changes nothing.

## A card's question

`claimed` is the moment one tap won and the gates run again on fresh quotes.

```mermaid
{mermaid_proposal().strip()}
```

## A trade

A trade is born together with its order, so a crash can never lose the link between them.

```mermaid
{mermaid_trade().strip()}
```
"""


def config_page() -> str:
    """Every value of the strategy with unit and source, section by section."""
    parts = [
        "# Configuration\n",
        "Written by `python -m tests.docs_pages` from `engine/strategy.toml`; do not edit.\n",
        "Put the keys you want otherwise into `config.toml` in the home folder, in the same tables. An unknown key, a wrong kind or an impossible value is "
        'refused at start with its line. `"off"` stands for a value that is not set. `cerbero-bite config show` marks your own values, '
        "`cerbero-bite config check` tests the file, and the fingerprint of all values stands in the audit chain.\n",
        "*Not used yet* marks, on a value or a whole table, what belongs to a part that this version does not have: changing it changes the fingerprint and "
        "nothing else.\n",
        "## Top level\n\n| key | default | unit and source |\n|---|---|---|",
    ]
    for line in STRATEGY.read_text(encoding="utf-8").splitlines():
        if section := SECTION.match(line):
            note = f"\n{section['note']}\n" if section["note"] else ""
            parts.append(f"\n## `{section['name']}`\n{note}\n| key | default | unit and source |\n|---|---|---|")
        elif setting := SETTING.match(line):
            parts.append(f"| `{setting['key']}` | `{setting['value']}` | {_cell(setting['note'])} |")
    return "\n".join(parts) + "\n"


def documented_keys() -> set[str]:
    """Every dotted key the page documents."""
    keys, table = set(), ""
    for line in STRATEGY.read_text(encoding="utf-8").splitlines():
        if section := SECTION.match(line):
            table = section["name"] + "."
        elif setting := SETTING.match(line):
            keys.add(table + setting["key"])
    return keys


def unused_keys() -> set[str]:
    """Every dotted key marked as not used yet, itself or with its table."""
    keys, table, is_all = set(), "", False
    for line in STRATEGY.read_text(encoding="utf-8").splitlines():
        if section := SECTION.match(line):
            table, is_all = section["name"] + ".", NOT_USED in (section["note"] or "")
        elif (setting := SETTING.match(line)) and (is_all or NOT_USED in (setting["note"] or "")):
            keys.add(table + setting["key"])
    return keys


def defined_keys() -> set[str]:
    """Every dotted key a TOML reader finds."""

    def walk(table: dict[str, object], at: str) -> set[str]:
        found: set[str] = set()
        for key, value in table.items():
            found |= walk(value, f"{at}{key}.") if isinstance(value, dict) else {at + key}
        return found

    return walk(tomllib.loads(STRATEGY.read_text(encoding="utf-8")), "")


def _cell(note: str | None) -> str:
    return "" if note is None else note.replace("|", "\\|")


PAGES = {"docs/lifecycle.md": lifecycle_page, "docs/config.md": config_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
