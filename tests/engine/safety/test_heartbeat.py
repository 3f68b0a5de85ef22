"""The heartbeat file: what the engine says of itself, and which digest it owes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.clock import ManualClock, boot_time_s
from engine.safety.heartbeat import UPTIME, Heartbeat, uptime_s, write_heartbeat
from engine.safety.instance import BOOT_ID
from engine.state.records import Head
from tests.scenarios.house import START_AT, House, at, house

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BEAT = Heartbeat(wall_at=NOON, stage="paper", origin="demo", head=Head(seq=142, hash="7f" * 32), interval_s=20)


class WallIsEngineTime(ManualClock):
    """A live engine's clock as a test moves it: engine time and the wall are one."""

    def wall(self) -> datetime:
        return self.now()


def lines_of(home: Path) -> dict[str, str]:
    text = (home / "heartbeat").read_text(encoding="ascii")
    return dict(line.split("=", 1) for line in text.splitlines())


def test_a_heartbeat_is_plain_lines_with_an_end(tmp_path: Path) -> None:
    before_s = uptime_s()
    write_heartbeat(tmp_path / "heartbeat", BEAT)
    told = lines_of(tmp_path)

    assert list(told) == ["format", "boot_id", "uptime_s", "pid", "wall", "stage", "origin", "audit_seq", "audit_hash", "interval_s", "end"]
    assert (told["wall"], told["audit_seq"], told["end"]) == ("2026-03-02T12:00:00Z", "142", "1")
    assert int(before_s) <= int(told["uptime_s"]) <= int(uptime_s())
    assert (tmp_path / "heartbeat").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "heartbeat"]


def test_a_promised_digest_is_told_in_uptime_and_in_utc(tmp_path: Path) -> None:
    beat = Heartbeat(wall_at=NOON, stage="paper", origin="demo", head=BEAT.head, interval_s=20, digest_due_at=NOON + timedelta(hours=2))
    write_heartbeat(tmp_path / "heartbeat", beat)
    told = lines_of(tmp_path)

    assert told["digest_due_utc"] == "2026-03-02T14:00:00Z"
    assert int(told["digest_due_uptime_s"]) - int(told["uptime_s"]) in (7200, 7201)


def test_a_promise_from_before_the_machine_started_is_due_at_its_start(tmp_path: Path) -> None:
    long_ago = Heartbeat(wall_at=NOON, stage="paper", origin="demo", head=BEAT.head, interval_s=20, digest_due_at=datetime(2000, 1, 1, tzinfo=UTC))
    write_heartbeat(tmp_path / "heartbeat", long_ago)

    assert lines_of(tmp_path)["digest_due_uptime_s"] == "0"


def test_a_stop_on_purpose_is_told_with_its_end(tmp_path: Path) -> None:
    write_heartbeat(tmp_path / "heartbeat", Heartbeat(wall_at=NOON, stage="paper", origin="demo", head=BEAT.head, interval_s=20, is_stopping=True))
    told = lines_of(tmp_path)

    assert int(told["planned_stop_until_uptime_s"]) - int(told["uptime_s"]) in (900, 901)


@pytest.mark.skipif(not UPTIME.exists() or not BOOT_ID.exists(), reason="this system has no /proc/uptime")
def test_uptime_is_read_where_the_script_reads_it(tmp_path: Path) -> None:
    write_heartbeat(tmp_path / "heartbeat", BEAT)

    assert abs(uptime_s() - float(UPTIME.read_text().split()[0])) < 60
    assert lines_of(tmp_path)["boot_id"] == BOOT_ID.read_text().strip()


@pytest.mark.parametrize("text", [None, "", "soon"])
def test_without_a_readable_uptime_the_boot_clock_answers(tmp_path: Path, text: str | None) -> None:
    source = tmp_path / "uptime"
    if text is not None:
        source.write_text(text)
    before_s = boot_time_s()

    assert before_s <= uptime_s(source) <= boot_time_s()


async def beat_of(engine: House, home: Path) -> dict[str, str]:
    """A heartbeat now; nothing owed is delivered meanwhile."""
    await engine.job("heartbeat").run(engine.desk)
    return lines_of(home)


async def test_the_next_digest_is_promised_and_stays_owed_until_one_has_arrived(tmp_path: Path) -> None:
    clock = WallIsEngineTime(START_AT)
    async with house(tmp_path, clock=clock) as engine:
        first = await beat_of(engine, tmp_path)
        clock.advance_to(at("03-03 07:45"))
        late = await beat_of(engine, tmp_path)
        await engine.job("digest").run(engine.desk)
        unsent = await beat_of(engine, tmp_path)
        await engine.deliver()
        kept = await beat_of(engine, tmp_path)

        assert [told["digest_due_utc"] for told in (first, late, unsent)] == ["2026-03-03T07:30:00Z"] * 3
        assert kept["digest_due_utc"] == "2026-03-04T07:30:00Z"


async def test_a_digest_is_not_promised_to_nobody(tmp_path: Path) -> None:
    async with house(tmp_path, clock=WallIsEngineTime(START_AT), operators=()) as engine:
        told = await beat_of(engine, tmp_path)

        assert "digest_due_utc" not in told


async def test_a_digest_of_simulated_time_is_not_promised(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        told = await beat_of(engine, tmp_path)

        assert "digest_due_utc" not in told
