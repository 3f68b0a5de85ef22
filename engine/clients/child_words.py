"""What a server's process says on its standard error: into the log, where secrets are hidden, and not onto ours."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog

LINES_MAX = 200
LINE_CHARS_MAX = 500
JOIN_S = 1.0

log = structlog.get_logger(__name__)


@contextmanager
def heard(command: str) -> Iterator[TextIO]:
    """A stream for the standard error of a child; its first lines are logged, all are read, so that the child never waits."""
    reading, writing = os.pipe()
    listener = threading.Thread(target=_log_lines, args=(reading, command), name="server-words", daemon=True)
    listener.start()
    try:
        with os.fdopen(writing, "w") as stream:
            yield stream
    finally:
        # A child that outlives its session keeps its end of the pipe, and the listener stays with it.
        listener.join(JOIN_S)


def _log_lines(reading: int, command: str) -> None:
    with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines):
            if number < LINES_MAX:
                log.info("server.said", command=command, line=line.rstrip("\n")[:LINE_CHARS_MAX])
