"""docs/lifecycle.md, docs/config.md and docs/rules.md, written from the code; `python -m tests.docs_pages` writes them anew."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from bot.messages.checks import threshold_text
from bot.messages.rules import rule_sentence
from bot.messages.voice import Voice, voice
from engine.config import default_rules
from engine.core.lifecycle import mermaid_order, mermaid_proposal, mermaid_trade
from engine.core.rule_book import BIAS, ENTRY, EXITS, KELLY, LIQUIDITY, SIZE, STRIKES
from engine.core.rule_text import RuleText
from engine.reporting.written_rules import RuleView
from engine.runtime.explained import rule_views

ROOT = Path(__file__).resolve().parent.parent
STRATEGY = ROOT / "engine" / "strategy.toml"
SECTION = re.compile(r"^\[(?P<name>[a-z0-9_.]+)\]\s*(?:#\s*(?P<note>.*))?$")
SETTING = re.compile(r"^(?P<key>[A-Za-z0-9_]+)\s*=\s*(?P<value>\[[^\]]*\]|\"[^\"]*\"|[^#\s]+)\s*(?:#\s*(?P<note>.*))?$")

NOT_USED = "not used yet"

RULE_GROUPS: tuple[tuple[str, str, tuple[RuleText, ...]], ...] = (
    ("Bias", "The first row that matches decides whether a trade is looked for, and which.", BIAS),
    ("Entry", "All of them are asked; each must pass. A rule without its input counts as a no.", ENTRY),
    ("Strikes", "Which spread is looked for, and what the search tells when it finds none.", STRIKES),
    ("Liquidity", "Asked of each leg and of the spread, for one lot by the search and for the size of the trade by E14.", LIQUIDITY),
    ("Size", "How much is sold; the caps are of the stage.", SIZE),
    ("Exits", "Asked of every open trade in this order; the first that fires decides.", EXITS),
    ("Kelly", "Asked of the closed trades the Kelly share is read from, once a month.", KELLY),
)


def lifecycle_page() -> str:
    """The states of cards, trades and orders, drawn from their tables."""
    return f"""# States of cards, trades and orders

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

## An order at the venue

It is in the store before it is sent, and only what the venue proves ends it; `unknown` is never sent again.

```mermaid
{mermaid_order().strip()}
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


def rules_page() -> str:
    """Every rule in a sentence, with its defaults and where it is written."""
    said, views = voice("en"), {(view.rule, view.code): view for view in rule_views(default_rules())}
    parts = [
        "# Rules\n",
        "Written by `python -m tests.docs_pages` from the rule book in `engine/core/rule_book.py`, the sentences in `bot/locales/en/rules.ftl` and the "
        "defaults in `engine/strategy.toml`; do not edit.\n",
        "`/why` says the same sentences in your language with the figures you run with, and `/why 58 E13` shows one rule of decision 58 in full. The source "
        "is a section of the written strategy. What a hard and a soft exit do is told in [strategy](strategy.md#when-it-is-closed), every value in "
        "[configuration](config.md).\n",
    ]
    for heading, note, texts in RULE_GROUPS:
        rows = "\n".join(_rule_row(views[text.rule, text.code], said) for text in texts)
        parts.append(f"## {heading}\n\n{note}\n\n| id | rule | default | source |\n|---|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def _rule_row(rule: RuleView, said: Voice) -> str:
    defaults = "<br>".join(f"{threshold_text(figure.value, figure.unit, said)} `{figure.key}`" for figure in rule.figures if figure.key)
    return f"| {rule.rule} | {rule_sentence(rule, said)} | {defaults} | {rule.source} |"


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


PAGES = {"docs/lifecycle.md": lifecycle_page, "docs/config.md": config_page, "docs/rules.md": rules_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
