"""`dry-run` lives through a day at faked speed: the real scheduler, the real ledger, the real log.

At this speed a minute is a tenth of a second and the 20 seconds between two signs of life are 33 ms,
less than one cycle computes. What serves the process (`catch_up_s` 0) may therefore be late; then it must
stand in the ledger as missed. What serves the market must have run, every time.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.config import load_rules
from engine.core.model import Stage
from engine.runtime.jobs import Job, job_table
from engine.state.repository import verify_file
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

START_AT = datetime(2026, 1, 12, 6, 30, tzinfo=UTC)
DAY = timedelta(hours=24)
SPEED = 600
START_UP = timedelta(hours=2)
GIVE_UP_S = 420.0
LOOK_EVERY_S = 2.0
MISSED_SHARE_MAX = 0.15
RESIDENT_MAX_MB = 300.0

Row = tuple[str, datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the day left behind."""

    rows: tuple[Row, ...]
    log: tuple[dict[str, object], ...]
    log_days: tuple[str, ...]
    db: Path
    exit_code: int
    resident_mb: float
    output: str

    @property
    def window(self) -> tuple[datetime, datetime]:
        """From the first due instant in the ledger to shortly before the last."""
        return min(due for _, due, _ in self.rows), max(due for _, due, _ in self.rows) - timedelta(minutes=2)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The day, lived through once for all questions about it."""
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("faketime is not installed (Debian: apt-get install faketime)")
    home = tmp_path_factory.mktemp("soak") / "home"
    printed = subprocess.run([faketime, "-f", "+0", "env"], capture_output=True, text=True, check=True).stdout
    library = re.search(r"^LD_PRELOAD=(.+)$", printed, re.M)
    assert library is not None, "faketime names no library to preload"

    environment = {key: value for key, value in os.environ.items() if not key.startswith("CERBERO_")}
    environment |= {"LD_PRELOAD": library[1].strip(), "FAKETIME": f"@{START_AT:%Y-%m-%d %H:%M:%S} x{SPEED}", "TZ": "UTC"}
    output = home.parent / "output.txt"
    with output.open("w") as written:
        command = [sys.executable, "-m", "bot", "--home", str(home), "dry-run"]
        engine = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=written, stderr=subprocess.STDOUT)
        try:
            _wait_for_the_end_of_the_day(engine, home / "cerbero.db")
            resident_mb = _resident_mb(engine.pid)
            engine.send_signal(signal.SIGINT)
            exit_code = engine.wait(timeout=60)
        finally:
            if engine.poll() is None:
                engine.kill()
                engine.wait()
    files = sorted((home / "log").glob("*.jsonl"))
    log = tuple(json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines())
    return Day(
        rows=_rows(home / "cerbero.db"),
        log=log,
        log_days=tuple(path.stem for path in files),
        db=home / "cerbero.db",
        exit_code=exit_code,
        resident_mb=resident_mb,
        output=output.read_text(encoding="utf-8"),
    )


@pytest.fixture(scope="module")
def jobs() -> tuple[Job, ...]:
    return job_table(load_rules(None).rules.schedule, Stage.PAPER)


def test_the_engine_stopped_when_asked_and_says_so(day: Day) -> None:
    assert day.exit_code == 0, day.output[-2000:]
    assert "stopped; nothing is lost" in day.output


def test_no_line_of_the_log_is_an_error(day: Day) -> None:
    assert [line for line in day.log if line["level"] in ("error", "critical")] == []


def test_every_due_run_of_the_day_stands_in_the_ledger_once(day: Day, jobs: tuple[Job, ...]) -> None:
    first, last = day.window
    assert last - first > DAY - START_UP

    found = Counter((name, due) for name, due, _ in day.rows if first <= due <= last)
    expected = Counter((job.name, due) for job in jobs for due in _dues(job, first, last))

    assert found - expected == Counter(), "ran, but was not due"
    assert expected - found == Counter(), "was due, but is not in the ledger"


def test_every_job_that_serves_the_market_ran_each_time(day: Day, jobs: tuple[Job, ...]) -> None:
    market = {job.name for job in jobs if job.catch_up_s}

    assert [row for row in day.rows if row[0] in market and row[2] != "ok"] == []
    assert market <= {name for name, _, _ in day.rows}


def test_nothing_failed_and_only_the_fastest_beats_were_late(day: Day) -> None:
    outcomes = Counter(outcome for _, _, outcome in day.rows)

    assert set(outcomes) <= {"ok", "missed"}
    assert outcomes["missed"] <= MISSED_SHARE_MAX * len(day.rows)


def test_the_log_tells_the_day(day: Day, jobs: tuple[Job, ...]) -> None:
    done = {line.get("job") for line in day.log if line["event"] == "job.done"}

    assert day.log_days == ("2026-01-12", "2026-01-13")
    assert {job.name for job in jobs} <= done
    assert {"engine.started", "entry.decided"} <= {line["event"] for line in day.log}


def test_the_audit_chain_of_the_day_holds(day: Day) -> None:
    assert verify_file(day.db).ok


def test_the_engine_has_not_grown_beyond_its_memory(day: Day) -> None:
    print(f"resident memory after the day: {day.resident_mb:.0f} MB, {len(day.rows)} runs, {dict(Counter(row[::2] for row in day.rows))}")

    assert day.resident_mb < RESIDENT_MAX_MB


def _wait_for_the_end_of_the_day(engine: subprocess.Popen[bytes], db: Path) -> None:
    give_up_at = time.monotonic() + GIVE_UP_S
    while time.monotonic() < give_up_at:
        assert engine.poll() is None, "the engine ended by itself"
        if db.exists() and any(due >= START_AT + DAY + timedelta(minutes=10) for _, due, _ in _rows(db)):
            return
        time.sleep(LOOK_EVERY_S)
    raise AssertionError("the day did not end in time")


def _rows(db: Path) -> tuple[Row, ...]:
    """(job, due, outcome) of the run ledger, read as another process would."""
    connection = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
    try:
        told = connection.execute("SELECT job, due_at, outcome FROM job_runs").fetchall()
    except sqlite3.OperationalError:
        return ()
    finally:
        connection.close()
    return tuple((job, datetime.fromisoformat(due), outcome) for job, due, outcome in told)


def _dues(job: Job, first: datetime, last: datetime) -> Iterator[datetime]:
    due = job.next_due(first - timedelta(microseconds=1))
    while due <= last:
        yield due
        due = job.next_due(due)


def _resident_mb(pid: int) -> float:
    told = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(told[1]) / 1024 if told is not None else 0.0
