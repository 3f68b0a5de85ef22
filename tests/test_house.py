"""The house rules that tools check: lint, layout, types, direction of imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        pytest.param((sys.executable, "-m", "ruff", "check", "--quiet", "."), id="ruff-check"),
        pytest.param((sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."), id="ruff-format"),
        pytest.param((sys.executable, "-m", "mypy", "--no-error-summary"), id="mypy-strict"),
        pytest.param((str(BIN / "lint-imports"), "--no-logo", "--no-cache"), id="lint-imports"),
    ],
)
def test_the_tool_finds_nothing(command: tuple[str, ...]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
