"""The benchmarks still measure something; how much is for a person to read, not for a test."""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.figures import Figure, table
from tests.benchmarks.suite import BENCHMARKS, QUICK


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_every_benchmark_yields_a_figure_and_a_peer(name: str) -> None:
    if name == "processes" and sys.platform != "linux":
        pytest.skip("resident memory is read from /proc")
    figures = BENCHMARKS[name](QUICK)

    assert figures
    assert [figure.name for figure in figures if figure.value <= 0 or figure.peer_value <= 0] == []


def test_the_table_tells_every_figure_its_ratio_and_the_versions() -> None:
    told = table([Figure(name="a look", value=3.0, unit="ms", peer="a glance", peer_value=1.5, budget="<= 5 ms")])

    assert "a look" in told
    assert "2.00x" in told
    assert "pydantic " in told
