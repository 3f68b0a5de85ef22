"""Fixtures every suite shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.plain_logs import plain_logs

plain_logs()

# The same examples on every machine, and no verdict on how fast that machine is.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
# A mutant has to be noticed, not explained: few examples, and a failure is not made smaller (tests/mutation/judging.ini asks for it).
settings.register_profile("mutation", settings.get_profile("house"), max_examples=20, phases=[Phase.explicit, Phase.generate], database=None)
settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--heavy", action="store_true", help="also run the suites marked slow")
    parser.addoption("--update-golden", action="store_true", help="write the golden texts anew; read the difference as prose")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The suites marked slow run with --heavy only; without it they are counted as deselected."""
    if config.getoption("--heavy"):
        return
    heavy = [item for item in items if "slow" in item.keywords]
    config.hook.pytest_deselected(items=heavy)
    items[:] = [item for item in items if "slow" not in item.keywords]


@pytest.fixture(scope="session")
def history_dir() -> Path:
    """The folder of recorded market history; skips where it is absent."""
    folder = SHARED / "data"
    if not (folder / "eth_usd_1h.csv").exists():
        pytest.skip("recorded market history is not here (expected in ../shared/data)")
    return folder
