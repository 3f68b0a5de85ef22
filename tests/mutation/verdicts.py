"""What became of the mutants: how many of each module the tests noticed, and which they did not."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

from tests.mutation.workspace import MUTANTS, WORKSPACE

NOTICED = frozenset({"killed", "timeout", "segfault"})
"""A mutant that never ends or brings the process down has been noticed too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleVerdicts:
    """The mutants of one module by their fate; the ones no test reaches count as survivors."""

    module: str
    statuses: dict[str, str]

    @property
    def judged(self) -> int:
        return len(self.statuses)

    @property
    def noticed(self) -> int:
        return sum(status in NOTICED for status in self.statuses.values())

    @property
    def survivors(self) -> list[str]:
        return [name for name, status in self.statuses.items() if status not in NOTICED]

    @property
    def score_pct(self) -> float:
        """A run that judged nothing has shown nothing."""
        return 100.0 * self.noticed / self.judged if self.judged else 0.0


def read_verdicts() -> list[ModuleVerdicts]:
    """Every module of engine/core with a judged mutant, as the last run left it."""
    paths = sorted((MUTANTS / "engine" / "core").glob("*.py.meta"))
    read = [ModuleVerdicts(module=path.name.removesuffix(".py.meta"), statuses=statuses(path)) for path in paths]
    return [module for module in read if module.judged]


def statuses(path: Path) -> dict[str, str]:
    """The fate of each judged mutant of one file."""
    exit_codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return {name: status_by_exit_code[code] for name, code in exit_codes.items() if code is not None}


def score_pct(verdicts: list[ModuleVerdicts]) -> float:
    """The share of all judged mutants that was noticed."""
    return ModuleVerdicts(module="all", statuses=together(verdicts)).score_pct


def together(verdicts: list[ModuleVerdicts]) -> dict[str, str]:
    return {name: status for module in verdicts for name, status in module.statuses.items()}


def table(verdicts: list[ModuleVerdicts]) -> str:
    """One line per module and one for all of them."""
    lines = [f"{'module':<24} {'mutants':>8} {'killed':>8} {'timeout':>8} {'survived':>9} {'score':>9}"]
    for module in [*verdicts, ModuleVerdicts(module="all", statuses=together(verdicts))]:
        fates = Counter(module.statuses.values())
        lines.append(
            f"{module.module:<24} {module.judged:>8} {fates['killed'] + fates['segfault']:>8} {fates['timeout']:>8}"
            f" {len(module.survivors):>9} {module.score_pct:>7.1f} %"
        )
    return "\n".join(lines)


def survivor_list(verdicts: list[ModuleVerdicts]) -> str:
    """Each survivor by name, with the lines it changed; one that no test reaches says so."""
    return "\n\n".join(described(name, module.statuses[name]) for module in verdicts for name in module.survivors)


def described(name: str, status: str) -> str:
    """One survivor: its name and its changed lines."""
    with chdir(WORKSPACE):
        diff = get_diff_for_mutant(name).splitlines()
    changed = [line for line in diff if line.startswith(("-", "+")) and not line.startswith(("---", "+++"))]
    return "\n".join([name if status == "survived" else f"{name} ({status})", *changed])
