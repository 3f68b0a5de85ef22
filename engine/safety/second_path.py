"""The second path: what the chat cannot carry reaches the operator by a command of theirs (mail, another bot, a webhook)
or by an outside chat server; where there are both, by the first that takes it.

Rules of this file: telling never waits and never fails; one cause is told once until it is over; what was not taken is tried
again, soon at first and every minute then. The command gets the text on its standard input.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from engine.home import Home
from engine.safety.operator_command import OperatorCommand, read_command

TIMEOUT_S = 10.0
RETRIES_S = (2.0, 5.0, 60.0)
"""Pauses before the next tries; the last one holds from then on. Two tries fit into half a minute even where the first one hangs."""

WAITING_MAX = 20
CLOSE_S = 3.0


class Way(Protocol):
    """One way to the operator, used on a thread of its own."""

    def run(self, content: bytes) -> str:
        """What went wrong in words, empty when the text was taken."""

    def end(self) -> None:
        """What is under way takes no longer."""


class InTurn:
    """Several ways as one: the first that takes a text ends the matter."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self._ways = tuple(ways)

    def run(self, content: bytes) -> str:
        problems: list[str] = []
        for way in self._ways:
            problem = way.run(content)
            if not problem:
                return ""
            problems.append(problem)
        return "; ".join(problems)

    def end(self) -> None:
        for way in self._ways:
            way.end()


def command_of(home: Home) -> OperatorCommand | None:
    """What the home's `alert.command` asks for; None when there is no such file. Raises ConfigError for one that cannot be run."""
    words = alert_command(home.alert_command)
    return None if words is None else OperatorCommand(words, home.root, timeout_s=TIMEOUT_S)


def alert_command(path: Path) -> tuple[str, ...] | None:
    """The words of the command in `path`; None when there is no such file. Raises ConfigError for one that cannot be run."""
    return read_command(path, example="/usr/bin/mail -s 'Cerbero Bite' me@example.org")


def try_once(home: Home, text: str) -> str:
    """The home's command was handed `text`: empty when it took it, otherwise what went wrong in words. Raises ConfigError for one that cannot be run."""
    command = command_of(home)
    if command is None:
        return f"there is none, {home.alert_command} does not exist"
    return command.run(text.encode() + b"\n")


class SecondPath:
    """Hands texts to whoever takes them, oldest first, on a thread of its own.

    `take_problem` tells each run of failures once.
    """

    def __init__(self, way: Way, *, retries_s: tuple[float, ...] = RETRIES_S) -> None:
        self._way, self._retries_s = way, retries_s
        self._changed = threading.Condition()
        self._waiting: dict[str, str] = {}
        self._told: set[str] = set()
        self._is_ending, self._is_over, self._failures = False, False, 0
        self._problem, self._is_problem_told = "", False
        self._thread = threading.Thread(target=self._run, name="second-path", daemon=True)

    @classmethod
    def over(cls, ways: Sequence[Way]) -> SecondPath | None:
        """The path over these ways; None where there is no way."""
        return cls(InTurn(ways)) if ways else None

    def start(self) -> None:
        """Texts go out from now on."""
        self._thread.start()

    def tell(self, cause: str, text: str) -> bool:
        """`text` goes out as soon as the command takes it; False when this cause was told before and is not over, or too many wait."""
        with self._changed:
            if cause in self._told or len(self._waiting) >= WAITING_MAX:
                return False
            self._told.add(cause)
            self._waiting[cause] = text
            self._failures = 0
            self._changed.notify_all()
        return True

    def end_of(self, cause: str) -> None:
        """The cause is over: should it come back it is told anew."""
        with self._changed:
            self._told.discard(cause)

    def take_problem(self) -> str:
        """Why texts do not go out, the first time it is asked in a run of failures; empty otherwise."""
        with self._changed:
            if not self._problem or self._is_problem_told:
                return ""
            self._is_problem_told = True
            return self._problem

    def close(self, *, wait_s: float = CLOSE_S) -> None:
        """What waits was tried once more and the thread has ended; a command that takes longer is ended."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        self._thread.join(wait_s)
        if self._thread.is_alive():
            self._is_over = True
            self._way.end()
            self._thread.join(wait_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._is_ending:
                    self._changed.wait()
                waiting, is_last = tuple(self._waiting.items()), self._is_ending
            is_through = all(self._hand_over(cause, text) for cause, text in waiting)
            if is_last or self._is_over:
                return
            if not is_through:
                self._pause()

    def _hand_over(self, cause: str, text: str) -> bool:
        problem = self._way.run(text.encode() + b"\n")
        with self._changed:
            self._problem, self._is_problem_told = problem, self._is_problem_told and bool(problem)
            if problem:
                self._failures += 1
                return False
            self._failures = 0
            if self._waiting.get(cause) == text:
                del self._waiting[cause]
        return True

    def _pause(self) -> None:
        """Until the next try is due or something new is to be told."""
        with self._changed:
            if self._is_ending or not self._failures:
                return
            self._changed.wait(self._retries_s[min(self._failures, len(self._retries_s)) - 1])
