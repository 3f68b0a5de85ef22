"""Coverage gates: a full run fails when a room is tested less than it must be.

Rules of this file: a full run (no path, no -k, no -m) is parallel and measured;
asking for a part turns both off, so that one test stays quick and easy to debug.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).resolve().parent.parent
GATES_PCT = {
    "engine/core": 100.0,
    "engine/safety": 100.0,
    "engine/state": 90.0,
    "engine/clients": 80.0,
}
"""Least share of lines and branches, taken together, that the tests must run."""

LISTED_GAPS_MAX = 12
"""Files named under a missed gate; the worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the tests ran of one file or folder."""

    path: str
    covered: int
    total: int
    missing_lines: tuple[int, ...] = ()
    missing_branches: tuple[tuple[int, int], ...] = ()

    @property
    def covered_pct(self) -> float:
        return 0.0 if self.total == 0 else 100.0 * self.covered / self.total


IS_FULL = pytest.StashKey[bool]()
TABLE = pytest.StashKey[list[str]]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Coverage starts for a full run and for nothing else; each worker decides the same from the same arguments."""
    asked = early_config.known_args_namespace
    is_full = not (asked.file_or_dir or asked.keyword or asked.markexpr or asked.collectonly or asked.no_cov or getattr(asked, "lf", False))
    early_config.stash[IS_FULL] = is_full
    asked.no_cov = not is_full
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """None leaves the count to xdist (one per core); 0 runs in this process."""
    return None if config.stash.get(IS_FULL, False) else 0


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A missed gate has turned a green full run red."""
    is_worker = hasattr(session.config, "workerinput")
    if is_worker or not session.config.stash.get(IS_FULL, False):
        return
    measured = read_measured()
    missed = [gate for gate in GATES_PCT if in_folder(gate, measured).covered_pct < GATES_PCT[gate]]
    session.config.stash[TABLE] = table(measured, missed)
    if missed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(TABLE, []):
        terminalreporter.write_line(line)


def read_measured() -> list[Measured]:
    """Every file of bot and engine with what the run just ended has run of it."""
    reader = coverage.Coverage(data_file=str(ROOT / ".coverage"), config_file=str(ROOT / "pyproject.toml"))
    reader.load()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        reader.json_report(outfile=str(report))
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return [
        Measured(
            path=Path(name).as_posix(),
            covered=facts["summary"]["covered_lines"] + facts["summary"]["covered_branches"],
            total=facts["summary"]["num_statements"] + facts["summary"]["num_branches"],
            missing_lines=tuple(facts["missing_lines"]),
            missing_branches=tuple((line, to) for line, to in facts["missing_branches"]),
        )
        for name, facts in files.items()
    ]


def in_folder(folder: str, measured: list[Measured]) -> Measured:
    """The files under one folder, taken together."""
    inside = [file for file in measured if file.path.startswith(folder + "/")]
    return Measured(path=folder, covered=sum(file.covered for file in inside), total=sum(file.total for file in inside))


def table(measured: list[Measured], missed: list[str]) -> list[str]:
    """The lines shown at the end of the run: each gate, then what a missed one lacks."""
    lines = ["", "lines and branches run by the tests", f"  {'room':<18} {'measured':>9} {'at least':>9}"]
    for folder in (*GATES_PCT, "engine", "bot"):
        gate_pct = GATES_PCT.get(folder)
        least = "" if gate_pct is None else f"{gate_pct:.0f} %"
        mark = "  MISSED" if folder in missed else ""
        lines.append(f"  {folder:<18} {in_folder(folder, measured).covered_pct:>7.2f} % {least:>9}{mark}")
    for folder in missed:
        gaps = sorted((file for file in measured if file.path.startswith(folder + "/") and file.covered < file.total), key=lambda file: file.covered_pct)
        lines += [gap_line(file) for file in gaps[:LISTED_GAPS_MAX]]
    return lines


def gap_line(file: Measured) -> str:
    """One file with the lines and jumps no test ran."""
    lines = ", ".join(str(line) for line in file.missing_lines)
    jumps = ", ".join(f"{line}→{'exit' if to < 0 else to}" for line, to in file.missing_branches)
    return f"  {file.path}  {file.covered_pct:.1f} %  lines {lines or 'none'}  jumps {jumps or 'none'}"
