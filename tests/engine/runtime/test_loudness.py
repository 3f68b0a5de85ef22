"""How loud a message is: what it is about, whose hours they are, what they changed; what must wake somebody always does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.notices import AlertNotice, Notice
from engine.runtime.loudness import SUBJECTS, Loudness, Part, changed, chosen, loudness_of, part_of, quiet_hours, subject_of
from engine.state.records import OperatorRecord
from tests.bot import fake_notices
from tests.bot.cards import samples
from tests.bot.cards.condors import EVERY_NOTICE

ANNA = OperatorRecord(user_id=7, chat_id=7, role="admin", language="en", zone="Europe/Rome", quiet="22:00-07:00")
AT = datetime(2026, 1, 12, 14, 0, tzinfo=UTC)


def alert(code: str, level: str = "warning", **facts: str) -> AlertNotice:
    return AlertNotice(env="PAPER", code=code, level=level, at=AT, facts=facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("notice", "subject"),
    [
        (alert("kill", "critical"), "alert.kill"),
        (alert("killed-by", "critical"), "alert.kill"),
        (alert("hold", "critical", hold="telegram"), "alert.link"),
        (alert("hold", "critical", hold="anchors"), "alert.breach"),
        (alert("something-new", "critical"), "alert.breach"),
        (alert("exit-data", "warning", trade="7"), "alert.trade"),
        (alert("backup-failed"), "alert.house"),
        (alert("paused-by"), "alert.people"),
        (alert("hold-lifted", "info"), "alert.recovery"),
        (alert("let-expire", "info", trade="7"), "alert.note"),
        (fake_notices.DIGEST, "digest"),
        (samples.exit_card(is_soft=False), "exit.hard"),
        (fake_notices.EXIT_CARD, "exit.soft"),
        (fake_notices.EXIT_DONE, "exit.soft"),
    ],
)
def test_everything_the_engine_says_is_about_something(notice: Notice, subject: str) -> None:
    assert subject == subject_of(notice)
    assert subject in SUBJECTS


def test_every_sample_of_a_message_has_a_subject() -> None:
    assert {subject_of(notice) for notice in EVERY_NOTICE.values()} <= set(SUBJECTS)


@pytest.mark.parametrize("subject", [name for name, usual in SUBJECTS.items() if usual.is_fixed])
def test_what_must_wake_somebody_stays_loud_whatever_was_chosen(subject: str) -> None:
    changes = changed(changed("{}", subject, Part.DAY, Loudness.OFF), subject, Part.NIGHT, Loudness.OFF)

    assert {loudness_of(subject, replace(ANNA, loudness=changes), at) for at in (AT, AT.replace(hour=23))} == {Loudness.LOUD}


@pytest.mark.parametrize(("hour", "loudness"), [(14, "loud"), (20, "loud"), (21, "silent"), (3, "silent"), (6, "loud")])
def test_entries_are_loud_in_waking_hours_by_the_readers_own_clock(hour: int, loudness: str) -> None:
    """In Rome it is an hour later."""
    assert loudness_of("entry.card", ANNA, AT.replace(hour=hour)) == loudness


@pytest.mark.parametrize("subject", ["fill.open", "fill.close", "digest", "alert.recovery", "settlement"])
def test_what_was_expected_makes_no_sound(subject: str) -> None:
    assert loudness_of(subject, ANNA, AT) is Loudness.SILENT


def test_a_choice_counts_for_its_part_of_the_day_alone() -> None:
    changes = changed(changed("{}", "digest", Part.DAY, Loudness.LOUD), "entry.card", Part.NIGHT, Loudness.OFF)

    assert [chosen(*each, changes) for each in (("digest", Part.DAY), ("digest", Part.NIGHT), ("entry.card", Part.DAY), ("entry.card", Part.NIGHT))] == [
        "loud",
        "silent",
        "loud",
        "off",
    ]


@pytest.mark.parametrize("written", ["", "nonsense", "[]", '{"digest.day": "shouting"}'])
def test_changes_nobody_can_read_change_nothing(written: str) -> None:
    assert chosen("digest", Part.DAY, written) is Loudness.SILENT


@pytest.mark.parametrize(
    ("quiet", "at", "part"),
    [
        ("22:00-07:00", "20:59", "day"),
        ("22:00-07:00", "21:00", "night"),
        ("22:00-07:00", "05:59", "night"),
        ("22:00-07:00", "06:00", "day"),
        ("13:00-15:00", "11:59", "day"),
        ("13:00-15:00", "12:00", "night"),
        ("13:00-15:00", "14:00", "day"),
        ("", "03:00", "day"),
        ("nonsense", "03:00", "day"),
        ("07:00-07:00", "03:00", "day"),
    ],
)
def test_the_night_is_between_the_two_hours_past_midnight_too(quiet: str, at: str, part: str) -> None:
    hour, minute = (int(word) for word in at.split(":"))

    assert part_of(replace(ANNA, quiet=quiet), AT.replace(hour=hour, minute=minute)) == part


def test_the_night_follows_the_zone_through_the_year() -> None:
    """At 20:30 UTC it is 21:30 in Rome in winter and 22:30 in summer."""
    times = [datetime(2026, month, 12, 20, 30, tzinfo=UTC) for month in (1, 7)]

    assert [part_of(ANNA, at) for at in times] == ["day", "night"]


@pytest.mark.parametrize("written", ["24:00-07:00", "22:60-07:00", "22-07", "22:00", "٢٢:00-07:00"])
def test_what_is_no_hour_is_none(written: str) -> None:
    assert quiet_hours(written) is None


def test_a_zone_this_machine_does_not_know_counts_as_utc() -> None:
    assert part_of(replace(ANNA, zone="Mars/Base"), AT.replace(hour=22)) is Part.NIGHT
