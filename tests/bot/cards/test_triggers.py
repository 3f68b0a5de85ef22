"""What stopped the engine, in both languages: the reading, the limit, the unit, and what ends it."""

from __future__ import annotations

import pytest

from bot.format import plain_of
from bot.messages import render
from bot.messages.triggers import evidence_words, reason_words
from bot.messages.voice import voice
from bot.text import LANGUAGES, Texts
from engine.notices import AlertNotice
from engine.runtime.breakers import BREAKER_HOLDS
from engine.safety.kill_switch import OPERATOR_HOLD
from engine.safety.restore import RESTORED_HOLD
from engine.safety.start_up import START_UP_HOLD
from engine.safety.triggers import TABLE, TOOLS_CHANGED, VENUE_LOCKED, Measure, Weight
from tests.bot.cards.samples import NOW

HOLDS = [row.code for row in TABLE if row.weight is Weight.HOLD] + [VENUE_LOCKED, TOOLS_CHANGED]
EVERY_HOLD = [*HOLDS, OPERATOR_HOLD, RESTORED_HOLD, START_UP_HOLD, "telegram", "telegram_chat", "anchors", *BREAKER_HOLDS]
KILLS = [row.code for row in TABLE if row.weight is Weight.KILL] + ["audit-chain", "store", "invariant-broken"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_trigger_and_every_hold_has_words_of_its_own(language: str) -> None:
    texts = Texts(language)
    wanted = [f"{family}-{code.replace('_', '-')}" for code in EVERY_HOLD for family in ("hold", "value")] + [f"trigger-{code}" for code in KILLS]

    assert [key for key in wanted if not texts.has(key)] == []
    said = [texts.say(f"hold-{code.replace('_', '-')}") for code in EVERY_HOLD]
    assert len(set(said)) == len(said)


def test_no_hold_is_called_the_same_in_both_languages() -> None:
    english, italian = (Texts(language) for language in LANGUAGES)

    assert [code for code in HOLDS if english.say(f"hold-{code}") == italian.say(f"hold-{code}")] == []


@pytest.mark.parametrize(
    ("detail", "english", "italian"),
    [
        ("31 > 30 n", "31, limit 30", "31, limite 30"),
        ("400 >= 400 eur", "€400.00, limit €400.00", "400,00 €, limite 400,00 €"),
        ("1430.129 >= 400 eur", "€1,430.13, limit €400.00", "1.430,13 €, limite 400,00 €"),
        ("0.801 >= 0.8 frac", "80.1%, limit 80%", "80,1 %, limite 80 %"),
        ("0.8001 >= 0.8 frac", "80.01%, limit 80%", "80,01 %, limite 80 %"),
        ("2.1 > 2 s", "2.1 s, limit 2 s", "2,1 s, limite 2 s"),
        ("2.0004 > 2 s", "2.0004 s, limit 2 s", "2,0004 s, limite 2 s"),
        ("301 > 300 s", "301 s, limit 300 s", "301 s, limite 300 s"),
        ("3720.5 > 300 s", "62 min, limit 5 min", "62 min, limite 5 min"),
        ("26.1 > 26 h", "26.1 h, limit 26 h", "26,1 h, limite 26 h"),
        ("499.7 < 500 mb", "499.7 MB, limit 500 MB", "499,7 MB, limite 500 MB"),
        ("12.4 < 500 mb", "12 MB, limit 500 MB", "12 MB, limite 500 MB"),
    ],
)
def test_a_reading_is_told_with_its_limit_and_its_unit(detail: str, english: str, italian: str) -> None:
    assert evidence_words(detail, voice("en")) == english
    assert evidence_words(detail, voice("it")) == italian


@pytest.mark.parametrize("detail", ["", "travelling", "silent for 5 min", "31 > 30", "31 > 30 kg", "x > 30 n", "31 > 30 n\n", "1e9 > 3 n", "٣١ > 30 n"])
def test_what_is_no_reading_is_left_as_it_is(detail: str) -> None:
    assert evidence_words(detail, voice("en")) is None


def test_every_unit_of_the_table_is_known() -> None:
    assert [measure for measure in Measure if evidence_words(f"1 > 2 {measure}", voice("it")) is None] == []


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("order-actions: 31 > 30 n", "too many order actions in ten minutes: 31, limit 30"),
        ("order-rejects: 3 >= 3 n", "orders refused one after the other: 3, limit 3"),
        ("strangers: 201 > 200 n", "strangers tapping buttons like ours, in ten minutes: 201, limit 200"),
        ("audit-chain: row 17, the row was changed", "the audit chain or its anchors do not agree: row 17, the row was changed"),
        ("store: the store could not be written: disk I/O error", "the database fails: the store could not be written: disk I/O error"),
        ("invariant broken: order cb0-1 stands without an approval", "an impossible state: order cb0-1 stands without an approval"),
        ("anna: looks wrong", "anna: looks wrong"),
        ("strange fills", "strange fills"),
        ("", ""),
    ],
)
def test_why_kill_is_armed_is_told_in_words(reason: str, told: str) -> None:
    assert reason_words(reason, voice("en")) == told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", HOLDS)
def test_an_alert_of_a_hold_says_what_was_seen_and_what_ends_it(code: str, language: str) -> None:
    notice = AlertNotice(env="paper", code="hold", level="critical", at=NOW, facts={"hold": code, "minutes": "5"}, detail="61.2 > 60 s")
    told = plain_of(render(notice, language=language, nonce="", footer="").html)

    assert Texts(language).say(f"hold-{code}") in told
    assert voice(language).say("alert-hold-ends", minutes="5") in told
    assert evidence_words("61.2 > 60 s", voice(language)) in told.splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [row.code for row in TABLE if row.weight is Weight.KILL])
def test_an_alert_of_a_kill_says_what_was_seen_and_what_ends_it(code: str, language: str) -> None:
    notice = AlertNotice(env="paper", code="kill", level="critical", at=NOW, facts={"reason": f"{code}: 31 > 30 n"})
    told = plain_of(render(notice, language=language, nonce="", footer="").html)

    assert voice(language).say(f"trigger-{code}") in told.splitlines()[0]
    assert "31" in told
    assert "/disarm" in told
