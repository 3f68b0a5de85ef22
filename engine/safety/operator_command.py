"""A command of the operator's: one line in a file of the home, run by the engine with nothing of ours in it but its input.

Rules of this file: the line is split into words and run without a shell; the command sees no secret of ours and has a limited time.
"""

from __future__ import annotations

import os
import shlex
import signal
import stat
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from engine.config import SECRET_NAME
from engine.errors import ConfigError
from engine.state.audit import clean

SAID_CHARS_MAX = 300
WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def read_command(path: Path, *, example: str) -> tuple[str, ...] | None:
    """The words of the command in `path`; None when there is no such file.

    Raises ConfigError for a file that others may write, that holds no command or more than one.
    """
    try:
        text = path.read_text(encoding="utf-8")
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"cannot be read ({problem})", fix="Make it a plain text file you may read.", path=path) from problem
    if mode & WRITABLE_BY_OTHERS:
        raise ConfigError("others on this machine can change it, and it is run", fix=f"Run: chmod go-w {path}", path=path)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    try:
        words = tuple(shlex.split(lines[0])) if len(lines) == 1 else ()
    except ValueError:
        words = ()
    if not words:
        raise ConfigError("it must hold one command on one line", fix=f"Write e.g. {example}; quotes must close.", path=path)
    return words


class OperatorCommand:
    """One command of the operator's, run in `folder`; one run at a time."""

    def __init__(self, words: tuple[str, ...], folder: Path, *, timeout_s: float, environ: Mapping[str, str] | None = None) -> None:
        self._words, self._folder, self._timeout_s = words, folder, timeout_s
        self._environ = {name: value for name, value in (os.environ if environ is None else environ).items() if not _is_private(name)}
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, content: bytes) -> str:
        """The command got `content` on its standard input and has ended: empty when it agreed, otherwise what went wrong in words."""
        name = Path(self._words[0]).name
        try:
            process = subprocess.Popen(  # noqa: S603 -- the operator's own command, no shell, nothing of ours in it
                self._words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=self._folder,
                env=self._environ,
                start_new_session=True,
            )
        except OSError as error:
            return f"{name} cannot be run ({error.strerror})"
        self._process = process
        try:
            _, said = process.communicate(content, timeout=self._timeout_s)
        except subprocess.TimeoutExpired:
            self.end()
            process.communicate()
            return f"{name} had not ended after {self._timeout_s:g} s"
        finally:
            self._process = None
        words = clean(said.decode(errors="replace").strip())[-SAID_CHARS_MAX:]
        return "" if process.returncode == 0 else f"{name} ended with {process.returncode}" + (f": {words}" if words else "")

    def end(self) -> None:
        """The command and what it started are gone; nothing happens between two runs."""
        if (process := self._process) is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _is_private(name: str) -> bool:
    """True for a variable that is ours or sounds like a secret: the command has its own."""
    return name.startswith("CERBERO_") or SECRET_NAME.search(name.upper()) is not None
