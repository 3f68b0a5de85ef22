"""Both catalogues say the same things, and everything the code can say has a sentence."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot.text import LANGUAGES, LOCALES_DIR, TextMissing, Texts
from engine.core.model import Bias, Binding, ExitReason, ExitUrgency, Severity, Stage, Strategy
from tests.bot.cards.core_codes import ages, literals_of

BOT = LOCALES_DIR.parent
OWN_FILES = ("cards.ftl", "common.ftl")


class Variables(Visitor):
    """Collects the facts a sentence asks for."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802
        self.found.add(node.id.name)


def messages(path: Path) -> dict[str, set[str]]:
    """Every key of a catalogue file with the facts its sentence asks for."""
    found = {}
    for entry in FluentParser().parse(path.read_text(encoding="utf-8")).body:
        assert not isinstance(entry, ftl.Junk), f"{path.name}: {entry.content}"
        if isinstance(entry, ftl.Message):
            reader = Variables()
            reader.visit(entry)
            found[entry.id.name] = reader.found
    return found


def catalogue(language: str) -> dict[str, set[str]]:
    return {key: facts for path in sorted((LOCALES_DIR / language).glob("*.ftl")) for key, facts in messages(path).items()}


def spoken() -> tuple[set[str], set[str]]:
    """The keys and the code families that the source asks for by name."""
    keys: set[str] = set()
    families: set[str] = set()
    for path in BOT.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and call.args:
                name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
                literals = {leaf.value for leaf in ast.walk(call.args[0]) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)}
                keys |= literals if name == "say" else {f"label-{each}" for each in literals} if name in ("row", "_cost_lines") else set()
                families |= literals if name in ("code", "say_code") else set()
    return keys, families


def test_both_languages_have_the_same_files() -> None:
    assert {path.name for path in (LOCALES_DIR / "en").iterdir()} == {path.name for path in (LOCALES_DIR / "it").iterdir()}


@pytest.mark.parametrize("path", sorted((LOCALES_DIR / "en").glob("*.ftl")), ids=lambda path: path.name)
def test_both_languages_have_the_same_sentences_with_the_same_facts(path: Path) -> None:
    assert messages(path) == messages(LOCALES_DIR / "it" / path.name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice(language: str) -> None:
    lines = [entry for path in (LOCALES_DIR / language).glob("*.ftl") for entry in re.findall(r"^([a-z][a-z0-9-]*) =", path.read_text(encoding="utf-8"), re.M)]

    assert [key for key, times in Counter(lines).items() if times > 1] == []


def test_every_sentence_the_source_asks_for_exists() -> None:
    keys, families = spoken()
    known = set(catalogue("en"))
    whole = {key for key in keys if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)}

    assert whole - known == set()
    assert {f"{family}-other" for family in families} - known == set()


def test_no_sentence_of_the_cards_stands_unused() -> None:
    literals = {
        leaf.value
        for path in BOT.rglob("*.py")
        for leaf in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
    }
    families = tuple(f"{family}-" for family in (*spoken()[1], "alert-level", "subject"))
    own = {key for name in OWN_FILES for key in messages(LOCALES_DIR / "en" / name)}
    unused = {key for key in own if key not in literals and key.removeprefix("label-") not in literals and not key.startswith(families)}

    assert unused == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(literals_of("code") | ages() | {"dry_run", "hold_off"}))
def test_every_check_of_the_core_has_a_name(code: str, language: str) -> None:
    assert Texts(language).has(f"check-{code.replace('_', '-')}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", sorted(each for each in literals_of("cause") if re.fullmatch(r"[a-z]+(_[a-z]+)*", each)))
def test_every_cause_of_the_core_has_words(cause: str, language: str) -> None:
    assert Texts(language).has(f"cause-{cause.replace('_', '-')}")


def test_every_cause_the_engine_writes_is_a_code_and_never_a_sentence() -> None:
    engine = BOT.parent / "engine"
    calls = [call for path in engine.rglob("*.py") for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(call, ast.Call)]
    given = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "cause"]
    words = {leaf.value for value in given for leaf in ast.walk(value) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)}

    assert [each for each in sorted(words) if " " in each] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", ["never_orders", "engine_stopped", "checks_running", "ended_at_venue", "not_filled", "cancelled"])
def test_every_cause_of_the_runtime_has_words(cause: str, language: str) -> None:
    assert Texts(language).has(f"cause-{cause.replace('_', '-')}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("family", "codes"),
    [
        ("exit-reason", ExitReason),
        ("exit-words", ExitReason),
        ("urgency", ExitUrgency),
        ("strategy", Strategy),
        ("strategy-long", Strategy),
        ("stage", Stage),
        ("bias", Bias),
        ("binding", Binding),
        ("severity", Severity),
    ],
)
def test_every_code_of_a_family_has_words(family: str, codes: type, language: str) -> None:
    known = Texts(language)

    assert [code.value for code in codes if not known.has(f"{family}-{code.value.replace('_', '-')}")] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alert_the_engine_raises_has_a_sentence(language: str) -> None:
    engine = BOT.parent / "engine"
    raised = {
        keyword.value.value
        for folder in ("runtime", "safety", "execution")
        for path in (engine / folder).glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name | ast.Attribute)
        and (call.func.id if isinstance(call.func, ast.Name) else call.func.attr) in ("alert", "alert_on_trade", "_tell_the_others", "AlertNotice")
        for keyword in call.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }

    assert [code for code in sorted(raised) if not Texts(language).has(f"alert-{code.replace('_', '-')}")] == []


def test_a_missing_sentence_raises() -> None:
    with pytest.raises(TextMissing, match="no sentence"):
        Texts("en").say("nobody-wrote-this")


def test_a_missing_fact_raises() -> None:
    with pytest.raises(TextMissing, match="footer"):
        Texts("en").say("footer")


def test_a_code_without_a_sentence_shows_itself() -> None:
    assert Texts("en").say_code("exit-reason", "sky_fell") == "sky_fell"


def test_an_unknown_language_speaks_english() -> None:
    assert Texts("de").say("yes") == "yes"
