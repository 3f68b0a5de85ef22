"""One mutation run over engine/core, by mutmut in the workspace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.mutation.verdicts import ModuleVerdicts, read_verdicts
from tests.mutation.workspace import WORKSPACE, refresh_workspace

MUTMUT = Path(sys.executable).with_name("mutmut")
LOG = WORKSPACE / "run.log"
LOG_TAIL_LINES = 30


def run_mutants(*, modules: list[str], workers: int) -> list[ModuleVerdicts]:
    """Every mutant of the modules (of all of core when none is named) is judged by the quick tests as they stand."""
    refresh_workspace(fresh=True)
    mutmut([f"engine.core.{module}.*" for module in modules], workers=workers)
    return read_verdicts()


def run_survivors(*, workers: int) -> list[ModuleVerdicts]:
    """The survivors of the last run are judged again; a mutant killed before stays killed."""
    names = [name for module in read_verdicts() for name in module.survivors]
    refresh_workspace(fresh=False)
    if names:
        mutmut(names, workers=workers)
    return read_verdicts()


def mutmut(names: list[str], *, workers: int) -> None:
    """mutmut has judged the named mutants; its own words are on the terminal, or in the log where there is none."""
    command = [str(MUTMUT), "run", "--max-children", str(workers), *names]
    # A run started by pytest must not hand its own settings down to the tests of the mutants.
    environment = {name: setting for name, setting in os.environ.items() if not name.startswith(("PYTEST_", "COV"))}
    if sys.stdout.isatty():
        subprocess.run(command, cwd=WORKSPACE, env=environment, check=True)
        return
    with LOG.open("w", encoding="utf-8") as log:
        done = subprocess.run(command, cwd=WORKSPACE, env=environment, check=False, stdout=log, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        tail = LOG.read_text(encoding="utf-8").splitlines()[-LOG_TAIL_LINES:]
        raise RuntimeError("the mutation run did not finish:\n" + "\n".join(tail))
