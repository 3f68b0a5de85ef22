"""Anchors carried off the host by a command of the operator's, beside the engine and never in its way.

Rules of this file: what has not arrived is offered again, so a line may arrive twice; nothing here waits for anything but the command itself.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from engine.home import Home
from engine.safety.operator_command import OperatorCommand, read_command
from engine.state.anchors import read_anchors
from engine.state.audit import Anchor

TIMEOUT_S = 30.0
RETRY_S = 60.0
CLOSE_S = 5.0
LINES_MAX = 1000


def carry_command(path: Path) -> tuple[str, ...] | None:
    """The words of the command in `path`; None when there is no such file. Raises ConfigError for one that cannot be run."""
    return read_command(path, example="/usr/local/bin/keep-anchors --to backup-host")


class CarryOff:
    """Hands every new line of the anchor file to the command, on a thread of its own.

    `poke` says that there is a new line. `take_problem` tells each run of failures once.
    """

    def __init__(self, command: tuple[str, ...], home: Home, *, timeout_s: float = TIMEOUT_S, environ: Mapping[str, str] | None = None) -> None:
        self._home = home
        self._command = OperatorCommand(command, home.root, timeout_s=timeout_s, environ=environ)
        self._changed = threading.Condition()
        self._is_wanted, self._is_ending, self._is_over = True, False, False
        self._problem, self._is_told = "", False
        self._thread = threading.Thread(target=self._run, name="carry-off", daemon=True)

    @classmethod
    def of_home(cls, home: Home) -> CarryOff | None:
        """What the home's `anchors.command` asks for; None where it asks for nothing. Raises ConfigError for one that cannot be run."""
        command = carry_command(home.anchors_command)
        return None if command is None else cls(command, home)

    def start(self) -> None:
        """Lines are carried from now on, those left by an earlier run first."""
        self._thread.start()

    def poke(self) -> None:
        """There is a new line; returns at once."""
        with self._changed:
            self._is_wanted = True
            self._changed.notify_all()

    def take_problem(self) -> str:
        """Why lines do not arrive, the first time it is asked in a run of failures; empty otherwise."""
        with self._changed:
            if not self._problem or self._is_told:
                return ""
            self._is_told = True
            return self._problem

    def close(self, *, wait_s: float = CLOSE_S) -> None:
        """What is left was offered once more and the thread has ended; a command that takes longer is ended, its lines wait for the next start."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        self._thread.join(wait_s)
        if self._thread.is_alive():
            self._is_over = True
            self._command.end()
            self._thread.join(wait_s)

    def carry(self) -> bool:
        """Every line that had not arrived was handed to the command and it agreed; False, with the problem kept, when it did not."""
        try:
            problem = self._carry()
        except Exception as error:  # whatever it was, the thread must be there for the next line
            problem = f"{type(error).__name__}: {error}"
        with self._changed:
            self._is_told = self._is_told and bool(problem)
            self._problem = problem
        return not problem

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._is_wanted and not self._is_ending:
                    self._changed.wait(RETRY_S if self._problem else None)
                is_last, self._is_wanted = self._is_ending, False
            self.carry()
            if is_last or self._is_over:
                return

    def _carry(self) -> str:
        anchors = read_anchors(self._home.anchors)
        lines = self._home.anchors.read_bytes().split(b"\n")[: len(anchors)] if anchors else []
        done = self._carried(anchors)
        for first in range(done, len(anchors), LINES_MAX):
            part = slice(first, first + LINES_MAX)
            if problem := self._command.run(b"".join(line + b"\n" for line in lines[part])):
                return problem
            self._note_carried(anchors[part][-1])
        return ""

    def _carried(self, anchors: tuple[Anchor, ...]) -> int:
        """How many of `anchors` have arrived; 0 where nobody knows or the file is another one, and then every line is offered again."""
        try:
            noted = self._home.anchors_carried.read_text(encoding="ascii")
        except (OSError, ValueError):
            return 0
        return next((number for number, anchor in enumerate(anchors, start=1) if _note(anchor) == noted), 0)

    def _note_carried(self, anchor: Anchor) -> None:
        draft = self._home.anchors_carried.with_suffix(".new")
        draft.write_text(_note(anchor), encoding="ascii")
        draft.replace(self._home.anchors_carried)


def _note(anchor: Anchor) -> str:
    return f"{anchor.seq} {anchor.hash}\n"
