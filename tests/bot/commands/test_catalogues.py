"""The sentences of the commands: complete, the same in both languages, and none that nobody says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from bot.figures import ABSENT
from bot.handlers import COMMANDS
from bot.messages.voice import voice
from bot.text import LANGUAGES, LOCALES_DIR
from bot.views.results import RESULT_FACTS, result_text

RESULT_CODES = (
    "scan-proposed",
    "scan-refused",
    "monitor-done",
    "approve-claimed",
    "already-decided",
    "card-expired",
    "card-superseded",
    "card-unknown",
    "card-stale",
    "rejected",
    "postponed",
    "postpone-used",
    "postpone-too-late",
    "paused",
    "already-paused",
    "resumed",
    "resumed-held",
    "resume-nothing",
    "resume-killed",
    "killed",
    "already-killed",
    "disarmed",
    "disarm-wrong-phrase",
    "disarm-not-armed",
    "close-started",
    "close-started-side",
    "cancel-started",
    "cancel-nothing",
    "cancel-in-doubt",
    "cancel-expired",
    "cancel-paper",
    "close-all-nothing",
    "close-all-busy",
    "close-all-started",
    "close-all-expired",
    "closed-side",
    "nonce-used",
    "nonce-expired",
    "trade-unknown",
    "trade-not-open",
    "killed-no-entry",
    "dry-run-no-order",
    "no-market",
)


class Facts(Visitor):  # type: ignore[misc]
    """Collects the variables of a message."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - the visitor's own naming
        self.names.add(node.id.name)


def sentences(path: Path) -> dict[str, frozenset[str]]:
    parsed = FluentParser().parse(path.read_text(encoding="utf-8"))
    found = {}
    for entry in parsed.body:
        assert not isinstance(entry, ast.Junk), entry.content
        if isinstance(entry, ast.Message):
            facts = Facts()
            facts.visit(entry)
            assert entry.id.name not in found, f"{entry.id.name} stands twice"
            found[entry.id.name] = frozenset(facts.names)
    return found


def test_both_languages_have_the_same_sentences_with_the_same_facts() -> None:
    english, italian = (sentences(LOCALES_DIR / language / "commands.ftl") for language in LANGUAGES)

    assert english == italian


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_stands_in_two_catalogues(language: str) -> None:
    own = sentences(LOCALES_DIR / language / "commands.ftl")
    twice = {key for path in sorted((LOCALES_DIR / language).glob("*.ftl")) if path.name != "commands.ftl" for key in sentences(path) if key in own}

    assert set() == twice


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", RESULT_CODES)
def test_every_result_has_a_sentence_even_without_its_facts(code: str, language: str) -> None:
    said = voice(language)
    key = f"result-{code}"

    assert said.texts.has(key)
    assert said.texts.say(key, **dict.fromkeys(RESULT_FACTS, ABSENT)) == result_text(code, {}, said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_group_has_a_line_of_help(language: str) -> None:
    texts = voice(language).texts

    assert all(texts.has(f"help-{each.name.replace('_', '-')}") and texts.has(f"group-{each.group}") for each in COMMANDS)


@pytest.mark.parametrize(
    ("language", "key", "facts", "told"),
    [
        ("en", "verify-ok", {"rows": 1}, "✅ The chain holds: 1 row"),
        ("en", "verify-anchored", {"anchored": "4", "rows": 1, "age": "41 s"}, "Anchored to 4; not anchored yet: 1 row, 41 s"),
        ("en", "button-close-every", {"count": 1}, "Close it"),
        ("en", "button-close-every", {"count": 2}, "Close all 2"),
        ("it", "verify-ok", {"rows": 1}, "✅ La catena regge: 1 riga"),
        ("it", "verify-anchored", {"anchored": "4", "rows": 1, "age": "41 s"}, "Ancorata fino a 4; non ancora ancorata: 1 riga, 41 s"),
        ("it", "button-close-every", {"count": 1}, "Chiudila"),
        ("it", "closed-and-open", {"closed": 1, "open": 1}, "1 chiusa · 1 aperta"),
        ("it", "closed-and-open", {"closed": 2, "open": 0}, "2 chiuse · 0 aperte"),
        ("it", "open-and-waiting", {"open": 1, "waiting": 2}, "1 aperta · 2 in attesa di risposta"),
        ("it", "scans-told", {"scans": 3, "proposed": 1, "refused": 1}, "3 · 1 proposta · 1 rifiutata"),
    ],
)
def test_one_is_told_as_one(language: str, key: str, facts: dict[str, str | int], told: str) -> None:
    assert told == voice(language).texts.say(key, **facts)


def test_every_sentence_is_said_somewhere() -> None:
    source = "\n".join(path.read_text(encoding="utf-8").replace("'", '"') for path in LOCALES_DIR.parent.rglob("*.py"))
    families = set(re.findall(r"(?:code|say_code)\((?:\w+, )?\"([a-z-]+)\"", source)) | {"result", "label", "help", "group", "why", "choose"}
    english = sentences(LOCALES_DIR / "en" / "commands.ftl")
    labels = set(re.findall(r"\.row\(\"([a-z0-9-]+)\"", source))
    unsaid = [
        key
        for key in english
        if f'"{key}"' not in source and not any(key.startswith(f"{family}-") for family in families - {"label"}) and key.removeprefix("label-") not in labels
    ]

    assert unsaid == [], unsaid
