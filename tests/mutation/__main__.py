"""`uv run --group mutation python -m tests.mutation` prints how many faults put into engine/core the quick tests notice, then each one they miss."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Mutation run over engine/core.")
    parser.add_argument("modules", nargs="*", help="modules of engine/core, e.g. fees pricing; all of them when none is named")
    parser.add_argument("--workers", type=int, default=1, help="mutants judged at the same time (default: %(default)s)")
    parser.add_argument("--survivors", action="store_true", help="judge the survivors of the last run again, after tests were added")
    asked = parser.parse_args()
    if importlib.util.find_spec("mutmut") is None:
        sys.exit("mutmut is not installed: run this with `uv run --group mutation`")
    from tests.mutation.run import run_mutants, run_survivors
    from tests.mutation.verdicts import survivor_list, table

    started_s = time.monotonic()
    verdicts = run_survivors(workers=asked.workers) if asked.survivors else run_mutants(modules=asked.modules, workers=asked.workers)
    print(survivor_list(verdicts))
    print()
    print(table(verdicts))
    print(f"\n{time.monotonic() - started_s:.0f} s")


main()
