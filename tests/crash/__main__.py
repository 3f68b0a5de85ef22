"""`python -m tests.crash [--heavy] [pack ...]` runs the fault packs and prints one table: ours beside a naive design."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from collections.abc import Sequence

from tests.crash.report import Row, hush, table

# In the order of the table. A pack named here has `run(heavy: bool) -> Sequence[Row]`.
PACKS = (
    "kill_points",
    "power_loss",
    "other_files",
    "io_errors",
    "program_faults",
    "corrupt_pages",
    "store_writers",
    "protocol_model",
    "taps",
    "kill_latency",
    "audit_attacks",
    "secret_scan",
    "restore_drill",
)


def run_pack(name: str, *, heavy: bool) -> tuple[Row, ...]:
    """The pack's rows, and how long they took on standard error."""
    began_s = time.perf_counter()
    rows = tuple(importlib.import_module(f"tests.crash.{name}").run(heavy))
    print(f"{name}: {time.perf_counter() - began_s:.1f} s", file=sys.stderr)
    return rows


def main(words: Sequence[str]) -> int:
    """Every asked pack ran; the exit code says whether every row passed."""
    asked = [word for word in words if word != "--heavy"]
    unknown = sorted(set(asked) - set(PACKS))
    if unknown:
        print(f"no such pack: {', '.join(unknown)}; there are {', '.join(PACKS)}", file=sys.stderr)
        return 2
    hush()
    present = [name for name in asked or PACKS if importlib.util.find_spec(f"tests.crash.{name}") is not None]
    rows = [row for name in present for row in run_pack(name, heavy="--heavy" in words)]
    print(table(rows))
    return 0 if all(row.is_passed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
