"""`.venv/bin/python -m tests.benchmarks` prints one table: every measured figure beside a floor or a peer of the same run.

Nothing is asserted about time: budgets stand beside the figures for a person to judge. Takes about two minutes on a quiet
machine; `--quick` takes every figure once, at its smallest size.
"""

from __future__ import annotations

import sys

from tests.benchmarks.figures import table
from tests.benchmarks.suite import FULL, QUICK, run_all


def main() -> None:
    figures = run_all(QUICK if "--quick" in sys.argv[1:] else FULL)
    print(table(figures))


main()
