"""Every rule has its sentence in both languages, filled with the thresholds in force."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.messages.checks import threshold_text
from bot.messages.rules import rule_key, rule_sentence
from bot.messages.voice import voice
from bot.text import LANGUAGES, LOCALES_DIR
from bot.views.checks import why
from engine.config import default_rules
from engine.core.decision import Check, Relation, Unit, Value, Verdict
from engine.runtime.explained import rule_views
from tests.bot import fake_views
from tests.bot.cards.core_codes import ages, literals_of
from tests.bot.cards.test_catalogues import messages
from tests.engine.core.test_rule_book import what_to_add

RULES = rule_views(default_rules())
OWN_KEYS = ("rule-line", "rule-title", "rule-row-decided", "rule-row-silent", "rule-not-asked", "rule-where", "rule-where-plain", "rule-more", "rule-unknown")


def test_every_code_written_in_core_stands_in_the_rule_book() -> None:
    """Also the one that no market, book or trade of the tests brings about."""
    missing = sorted((literals_of("code") | ages()) - {rule.code for rule in RULES})

    assert not missing, "\n".join(what_to_add("<id>", code) for code in missing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_a_sentence_with_exactly_its_thresholds(language: str) -> None:
    written = messages(LOCALES_DIR / language / "rules.ftl")
    wanted = {rule_key(rule.rule, rule.code): {figure.name for figure in rule.figures} for rule in RULES}
    missing = [f"{key} = … with {sorted(facts)}" for key, facts in wanted.items() if written.get(key) != facts]

    assert not missing, f"bot/locales/{language}/rules.ftl lacks, or says with other facts: {missing}"


def test_no_sentence_tells_a_rule_that_nobody_asks() -> None:
    wanted = {rule_key(rule.rule, rule.code) for rule in RULES}
    idle = [key for key in messages(LOCALES_DIR / "en" / "rules.ftl") if key.startswith("rule-") and key not in wanted and key not in OWN_KEYS]

    assert not idle, f"take these out of bot/locales/*/rules.ftl: {idle}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_has_words(language: str) -> None:
    known = voice(language).texts
    units = {rule.unit for rule in RULES} - {Unit.NONE}

    assert [unit for unit in units if not known.has(f"unit-{unit.value.replace('/', '-').replace('%', 'pct')}")] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.rule}-{rule.code}")
def test_a_sentence_is_one_line_that_ends_like_one(rule, language: str) -> None:
    sentence = rule_sentence(rule, voice(language))

    assert sentence.strip().endswith(".")
    assert "\n" not in sentence
    assert "  " not in sentence


@pytest.mark.parametrize(
    ("value", "unit", "english", "italian"),
    [
        (0.4, Unit.FRAC, "40%", "40 %"),
        (Decimal("0.0750"), Unit.FRAC, "7.5%", "7,5 %"),
        (35.0, Unit.PTS, "35 pts", "35 pt"),
        (35.25, Unit.PTS, "35.25 pts", "35,25 pt"),
        (Decimal("0.0006"), Unit.COIN, "0.0006 ETH", "0,0006 ETH"),
        (Decimal("0.5"), Unit.COIN, "0.5 ETH", "0,5 ETH"),
        (Decimal(1000), Unit.EUR, "€1,000", "1.000 €"),
        (Decimal("2.50"), Unit.MULTIPLE, "2.5×", "2,5×"),
        (900, Unit.SECONDS, "15 min", "15 min"),
        ("0.06..0.2", Unit.FRAC, "6% – 20%", "6 % – 20 %"),
        ("07:25..08:10", Unit.NONE, "07:25 – 08:10", "07:25 – 08:10"),
        ("FOMC,CPI", Unit.NONE, "FOMC, CPI", "FOMC, CPI"),
        ("off", Unit.PTS, "not set", "non impostato"),
    ],
)
def test_a_threshold_is_told_with_the_decimals_it_has(value: Value, unit: Unit, english: str, italian: str) -> None:
    assert (threshold_text(value, unit, voice("en")), threshold_text(value, unit, voice("it"))) == (english, italian)


def test_the_sentence_follows_the_operators_own_figures() -> None:
    rules = default_rules()
    own = rule_views(replace(rules, entry=replace(rules.entry, dvol_min_pts=41.5)))
    sentence = next(rule_sentence(rule, voice("en")) for rule in own if rule.code == "dvol_min")

    assert sentence == "DVOL is at least 41.5 pts."


def test_one_sentence_stands_under_the_checks_of_both_legs() -> None:
    checks = tuple(
        Check(
            rule="L03",
            code="open_interest",
            verdict=Verdict.FAILED,
            observed=Decimal(9),
            limit=Decimal(100),
            relation=Relation.AT_LEAST,
            unit=Unit.ETH,
            subject=leg,
        )
        for leg in ("ETH-27NOV26-3200-P", "ETH-27NOV26-3000-P")
    )
    shown = str(why(replace(fake_views.WHY, checks=checks), voice("en"), RULES))

    assert shown.count("L03 · Open interest is at least 100 ETH in a short leg and 50 ETH in a long one.") == 1


def test_a_refused_bias_is_explained_by_the_row_that_decided() -> None:
    bias = Check(rule="E09", code="bias", verdict=Verdict.FAILED, observed="no_entry", relation=Relation.ONE_OF, cause="row_6")
    shown = str(why(replace(fake_views.WHY, checks=(bias,)), voice("en"), RULES))

    assert "B06 · No entry when the trend over 30 d is 5% or higher and funding is above 40% a year: longs are crowded." in shown


def test_without_the_rules_the_checks_stand_alone() -> None:
    assert "E13 ·" not in str(why(fake_views.WHY, voice("en")))
