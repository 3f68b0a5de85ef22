"""Which worker runs which test: what shares something costly stays in one process, everything else goes wherever there is room.

A group begins early, because the scheduler hands out the largest groups first. (The mark `xdist_group` says the same and is
lost under pytest 9.2, which keeps node ids where pytest-xdist 3.8 does not look for them.)
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling, Scheduling

GROUPS: Mapping[str, str] = {
    "tests/benchmarks/test_benchmarks.py::test_every_benchmark_yields_a_figure_and_a_peer[lab]": "compiled",
    "tests/crash/test_kill_": "program",
    "tests/crash/test_taps.py": "program",
    "tests/engine/research/test_paths.py": "compiled",
    "tests/engine/research/test_questions.py": "compiled",
    "tests/mutation/": "mutation",
    "tests/test_house.py": "house",
}
"""Where node ids begin like this, one process runs all of the group: it has started or compiled what they use."""

BY_FILE = (
    "tests/crash/",
    "tests/engine/core/reference/",
    "tests/engine/execution/test_door.py",
    "tests/engine/market/",
    "tests/research/",
    "tests/soak/test_day.py",
)
"""Where node ids begin like this, one process runs the file: its tests read one outcome."""


def group_of(node_id: str) -> str:
    """The group of the test; its own id where it stands alone."""
    for beginning, group in GROUPS.items():
        if node_id.startswith(beginning):
            return group
    return node_id.partition("::")[0] if node_id.startswith(BY_FILE) else node_id


class GroupScheduling(LoadScopeScheduling):
    """Hands out groups, and single tests as groups of one."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return GroupScheduling(config, log)
