"""Events for developers: one JSON object a line, one file a UTC day, no secret in any of them.

Rules of this file: everything, foreign libraries included, passes the same chain
(time, level, redaction, JSON); libraries that print addresses with tokens in them
speak from WARNING on only; the console gets short lines on stderr, stdout stays clean.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

NOISY = (
    "httpx",
    "httpcore",
    "httpx2",
    "httpcore2",
    "telegram",
    "apscheduler",
    "mcp",
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "asyncio",
    "matplotlib",
    "PIL",
    "peewee",
)
BOT_TOKEN = re.compile(r"\d+(?::|%3A)[A-Za-z0-9_-]{30,}", re.IGNORECASE)
SECRET_KEY = re.compile(r"token|secret|password|passphrase|authorization|api_?key|credential|private_?key", re.IGNORECASE)
HIDDEN = "[hidden]"
DEPTH_MAX = 6
VALUE_MAX_CHARS = 8000
FILES_KEPT_MAX = 90


class Redactor:
    """Hides bot tokens, the known secrets and the values of keys that sound like one, at any depth."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
        self._spellings = tuple(sorted(spellings, key=len, reverse=True))

    def text(self, text: str) -> str:
        """`text` without secrets, cut to a length a log line can bear."""
        for spelling in self._spellings:
            text = text.replace(spelling, HIDDEN)
        text = BOT_TOKEN.sub(HIDDEN, text)
        return text if len(text) <= VALUE_MAX_CHARS else text[:VALUE_MAX_CHARS] + "…"

    def value(self, value: object, depth: int = 0) -> object:
        """`value` as plain JSON material without secrets."""
        if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes):
            return self.text(value.decode(errors="replace"))
        if isinstance(value, Mapping) and depth < DEPTH_MAX:
            return {self.text(str(key)): HIDDEN if SECRET_KEY.search(str(key)) and item else self.value(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset) and depth < DEPTH_MAX:
            return [self.value(item, depth + 1) for item in value]
        return self.text(value.isoformat() if isinstance(value, datetime | date) else str(value))

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """The event without secrets: a step of the logging chain."""
        return {self.text(key): HIDDEN if SECRET_KEY.search(key) and item else self.value(item) for key, item in event.items()}


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for one module; events are `area.past_tense` with key-values and units."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def configure_logging(
    log_dir: Path | None, *, now: Callable[[], datetime], secrets: Iterable[str] = (), level: str = "INFO", console_level: str = "WARNING"
) -> Redactor:
    """From this call on every event goes redacted to `log_dir` (None: to no file) and, from `console_level` on, to stderr.

    May be called again at any time: it takes the handlers back from libraries that
    put their own on the root logger. Returns the redactor for text that leaves another way.
    """
    redactor = Redactor(secrets)
    handlers: list[logging.Handler] = [_console(redactor, now, console_level)]
    if log_dir is not None:
        handlers.append(_day_files(redactor, now, log_dir))
    _take_root(handlers, level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    return redactor


def _spellings(secret: str) -> tuple[str, ...]:
    """The secret as it stands in text, addresses, JSON and representations."""
    return (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1], repr(secret.encode())[2:-1])


def _take_root(handlers: list[logging.Handler], level: str) -> None:
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for name in NOISY:
        noisy = logging.getLogger(name)
        noisy.handlers.clear()
        noisy.propagate, noisy.disabled = True, False
        noisy.setLevel(max(logging.WARNING, root.level))


def _console(redactor: Redactor, now: Callable[[], datetime], level: str) -> logging.Handler:
    console = _Console()
    console.setLevel(level)
    console.setFormatter(_formatter(redactor, now, _human))
    return console


def _day_files(redactor: Redactor, now: Callable[[], datetime], log_dir: Path) -> logging.Handler:
    files = _DayFiles(log_dir, now)
    files.setFormatter(_formatter(redactor, now, _json))
    return files


def _formatter(redactor: Redactor, now: Callable[[], datetime], render: Processor) -> logging.Formatter:
    def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        at = now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"at": at, "level": event.pop("level", ""), "event": event.pop("event", ""), **event}

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            stamp,
            redactor,
            render,
        ],
    )


def _json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _human(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    told = {key: value for key, value in event.items() if key not in ("at", "level", "event", "logger", "exception")}
    if "exception" in event:
        told["cause"] = str(event["exception"]).strip().splitlines()[-1]
    return " ".join([str(event["level"]).upper(), str(event["event"]), *(f"{key}={value}" for key, value in told.items())])


class _Quiet(logging.Handler):
    """A handler whose own failure is one short line: the library's default would print the unredacted message."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is the library's
        kind = sys.exc_info()[0]
        # Standard error may be what is broken: then there is nobody left to tell.
        with suppress(AttributeError, OSError, ValueError):
            sys.stderr.write(f"a log line of {record.name} could not be written ({kind.__name__ if kind is not None else 'unknown'})\n")


class _Console(_Quiet):
    """Short lines to whatever stderr is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:  # whatever it is, a log line must never stop the engine
            self.handleError(record)


class _DayFiles(_Quiet):
    """One file a UTC day, readable by its owner only; the oldest go when there are too many."""

    def __init__(self, log_dir: Path, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._log_dir, self._now = log_dir, now
        self._day: date | None = None
        self._file: TextIO | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            stream = self._of_today()
            stream.write(self.format(record) + "\n")
            stream.flush()
        except Exception:  # whatever it is, a log line must never stop the engine
            self.handleError(record)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = self._day = None
        super().close()

    def _of_today(self) -> TextIO:
        day = self._now().astimezone(UTC).date()
        if self._file is None or day != self._day:
            if self._file is not None:
                self._file.close()
            path = self._log_dir / f"{day.isoformat()}.jsonl"
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8", errors="backslashreplace")
            self._day = day
            for old in sorted(self._log_dir.glob("????-??-??.jsonl"))[:-FILES_KEPT_MAX]:
                old.unlink(missing_ok=True)
        return self._file
