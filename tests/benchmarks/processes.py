"""What a process costs: a cold command line, and an engine that idles."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.figures import Figure, median_ms
from tests.conftest import ROOT

READY = "Drawdown"
READY_WITHIN_S = 60.0


def measure(*, times: int, idle_s: float) -> tuple[Figure, ...]:
    """`--help` and `status` beside a bare interpreter, and the memory of `dry-run` after `idle_s` of rest."""
    with tempfile.TemporaryDirectory(prefix="cerbero-bench-") as folder:
        home, environment = Path(folder) / "home", _environment(Path(folder) / "bytecode")
        idle_mb, bare_mb = _idle_mb(home, environment, idle_s=idle_s), _bare_mb(environment)

        def run_ms(*args: str) -> float:
            command = [sys.executable, *args]
            return median_ms(lambda: subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL), times=times)

        bare_ms = run_ms("-c", "pass")
        shared = {"unit": "ms", "peer": "python -c pass", "peer_value": bare_ms}
        return (
            Figure(name="cerbero-bite --help, cold process, median", value=run_ms("-m", "bot", "--help"), budget="<= 120 ms", **shared),  # type: ignore[arg-type]
            Figure(name="cerbero-bite status, cold process, median", value=run_ms("-m", "bot", "--home", str(home), "status"), budget="<= 400 ms", **shared),  # type: ignore[arg-type]
            Figure(
                name=f"idle engine, resident memory after {idle_s:g} s",
                value=idle_mb,
                unit="MB",
                budget="<= 200 MB",
                peer="bare interpreter",
                peer_value=bare_mb,
            ),
        )


def _environment(bytecode: Path) -> dict[str, str]:
    """As an installed program runs: with compiled modules, whatever the caller's shell says, and without the operator's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CERBERO_") and key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(bytecode), "PYTHONUNBUFFERED": "1"}


def _idle_mb(home: Path, environment: dict[str, str], *, idle_s: float) -> float:
    command = [sys.executable, "-m", "bot", "--home", str(home), "dry-run"]
    engine = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        if engine.stdout is None:
            raise LookupError("the engine has no stdout")
        give_up_at = time.monotonic() + READY_WITHIN_S
        while READY not in engine.stdout.readline():
            if engine.poll() is not None or time.monotonic() > give_up_at:
                raise LookupError("the engine did not come up")
        time.sleep(idle_s)
        return _resident_mb(engine.pid)
    finally:
        engine.send_signal(signal.SIGINT)
        engine.wait(timeout=30)


def _bare_mb(environment: dict[str, str]) -> float:
    with subprocess.Popen([sys.executable, "-c", "input()"], env=environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as bare:
        time.sleep(0.2)
        value = _resident_mb(bare.pid)
        bare.kill()
        return value


def _resident_mb(pid: int) -> float:
    """VmRSS of the process; Linux only."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    if found is None:
        raise LookupError(f"process {pid} tells no VmRSS")
    return int(found[1]) / 1024
