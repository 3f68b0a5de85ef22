"""Every call of a run as one line of a file, so that the run can be looked at again and lived through again.

Rules of this file: a recording that cannot be written costs the recording and nothing else; what it holds may be
somebody's account, so only its owner may read it; it never outgrows its limit, the oldest days go first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from engine.clock import monotonic_s
from engine.errors import Fault, VenueError

BYTES_MAX = 1_000_000_000
"""Of all recordings of the folder together."""
PATTERN = "calls-*.jsonl"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """When a call was made."""

    at: datetime
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One call: what was asked of whom, and the answer's text or the failure's facts. `answer` is empty for a call that wanted none."""

    server: str
    tool: str
    arguments: Mapping[str, Any]
    asked_at: datetime
    took_ms: float
    answer: str | None
    failure: Mapping[str, Any] | None


class CallLog:
    """Writes into a folder, one file per day and process."""

    def __init__(self, folder: Path, now: Callable[[], datetime], *, bytes_max: int = BYTES_MAX) -> None:
        self._folder, self._now, self._bytes_max = folder, now, bytes_max
        self._is_lost = False

    def begin(self) -> Began:
        return Began(at=self._now(), at_s=monotonic_s())

    def note(self, server: str, tool: str, arguments: Mapping[str, Any], *, began: Began, outcome: str | VenueError) -> None:
        """The call stands in the file, or the recording has ended and the log says so."""
        if self._is_lost:
            return
        line = {
            "asked_at": began.at.isoformat(),
            "server": server,
            "tool": tool,
            "arguments": arguments,
            "took_ms": round((monotonic_s() - began.at_s) * 1000, 3),
            **({"failure": facts_of(outcome)} if isinstance(outcome, VenueError) else {"answer": outcome}),
        }
        try:
            self._append(began.at, json.dumps(line, separators=(",", ":")) + "\n")
        except OSError as error:
            self._is_lost = True
            log.error("recording.ended", error=type(error).__name__)

    def _append(self, at: datetime, line: str) -> None:
        path = self._folder / f"calls-{at:%Y-%m-%d}-{os.getpid()}.jsonl"
        if not path.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
            file.write(line)

    def _make_room(self) -> None:
        files = sorted(self._folder.glob(PATTERN))
        size = sum(file.stat().st_size for file in files)
        for file in files:
            if size <= self._bytes_max:
                return
            size -= file.stat().st_size
            file.unlink()


def facts_of(error: VenueError) -> dict[str, Any]:
    """A failure as it is written down."""
    return {
        "message": str(error),
        "permanent": error.permanent,
        "retry_after_s": error.retry_after_s,
        "is_refusal": error.is_refusal,
        "upstream_code": error.upstream_code,
        "fault": error.fault.value,
    }


def failure_of(facts: Mapping[str, Any], *, server: str, tool: str) -> VenueError:
    """The failure that was written down."""
    return VenueError(
        str(facts["message"]).removeprefix(f"{server}.{tool}: "),
        server=server,
        tool=tool,
        permanent=facts["permanent"],
        retry_after_s=facts["retry_after_s"],
        is_refusal=facts["is_refusal"],
        upstream_code=facts["upstream_code"],
    ).blamed(Fault(facts["fault"]))


def read_calls(folder: Path) -> tuple[RecordedCall, ...]:
    """The calls of a recording in the order they ended. Raises KeyError or ValueError for a line that is none."""
    lines = (line for file in sorted(folder.glob(PATTERN)) for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(_call(json.loads(line)) for line in lines)


def _call(line: Mapping[str, Any]) -> RecordedCall:
    return RecordedCall(
        server=line["server"],
        tool=line["tool"],
        arguments=line["arguments"],
        asked_at=datetime.fromisoformat(line["asked_at"]),
        took_ms=line["took_ms"],
        answer=line.get("answer"),
        failure=line.get("failure"),
    )
