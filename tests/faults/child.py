"""The faulty server as a child process: `python -m tests.faults.child FILE`; the file says what goes wrong now."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from tests.faults.protocol import NESTED, is_call, reply

LARGE_BYTES, CHUNK = 20_000_000, b"x" * 65_536


def main(control: Path) -> None:
    for line in sys.stdin.buffer:
        message = json.loads(line)
        fault = control.read_text(encoding="utf-8")
        if is_call(message) and misbehaves(fault, line_of(message, fault)):
            continue
        if (answer := reply(message, fault)) is not None:
            say(json.dumps(answer).encode() + b"\n")


def misbehaves(fault: str, answer: bytes) -> bool:
    """Whether the fault has taken the place of an answer."""
    if fault == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif fault == "left":
        sys.exit(0)
    elif fault == "output closed":
        os.close(1)
    elif fault == "half a line":
        say(answer[: len(answer) // 2])
    elif fault == "half a line, then gone":
        say(answer[: len(answer) // 2])
        os._exit(1)
    elif fault == "no json":
        say(b"Traceback (most recent call last):\n")
    elif fault == "no text":
        say(b"\xff\xfe\x00\n")
    elif fault == "nested envelope":
        say(b"[" * NESTED + b"]" * NESTED + b"\n")
    elif fault == "20 MB without an end":
        for _ in range(LARGE_BYTES // len(CHUNK)):
            say(CHUNK)
    else:
        return fault == "silent"
    return True


def line_of(message: dict[str, object], fault: str) -> bytes:
    return json.dumps(reply(message, fault)).encode() + b"\n"


def say(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
