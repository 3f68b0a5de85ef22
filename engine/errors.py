"""The exception tree: broken promises only; a decision that says no is a value, never an exception.

EngineError
├── ConfigError         the operator's settings cannot be used; names file, line, key and fix
├── StateError          the store cannot be trusted or opened
│   ├── OriginMismatch  a demo store was opened for real use, or the other way round
│   └── StoreBroken     the disk failed under the store or the file is damaged: kill switch, end of the program
├── AlreadyRunning      another instance holds the home (exit 75)
├── VenueError          a server failed us: permanent or worth another try
├── DeliveryError       a message could not be handed over: permanent, retryable or ambiguous
│   ├── ChatClosed      the person's chat takes nothing from us any more
│   └── LinkRefused     the chat service refuses us until a person mends it: token, second receiver
├── ActionRefused       a person asked for something that may not happen now; says why
└── InvariantBroken     an impossible state: the kill switch is tripped
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path


class Fault(StrEnum):
    """Who is to blame when a server did not deliver."""

    NETWORK = "network"
    SERVER = "server"
    UPSTREAM = "upstream"
    QUESTION = "question"
    HERE = "here"


class EngineError(Exception):
    """Root of everything the engine raises on purpose. It travels whole from one process to another, whatever its constructor asks for."""

    def __reduce__(self) -> tuple[object, ...]:
        return _arrived, (type(self), self.args), self.__dict__


class ConfigError(EngineError):
    """A setting is wrong: where it stands, what was expected and what to do."""

    def __init__(self, problem: str, *, fix: str, path: Path | None = None, line: int | None = None, key: str | None = None) -> None:
        place = str(path) if path is not None else "configuration"
        if line is not None:
            place += f":{line}"
        if key is not None:
            place += f": {key}"
        super().__init__(f"{place}: {problem}. {fix}")
        self.problem, self.fix, self.path, self.line, self.key = problem, fix, path, line, key


class GridError(ConfigError):
    """A grid of settings cannot be as it is written.

    `code` names the sentence in the message catalogues, `facts` fill it.
    """

    def __init__(self, code: str, problem: str, *, fix: str, key: str, path: Path | None = None, **facts: str) -> None:
        super().__init__(problem, fix=fix, key=key, path=path)
        self.code, self.facts = code, facts


class StateError(EngineError):
    """The store is missing, damaged, newer than this program, or broke a promise."""


class OriginMismatch(StateError):
    """A store keeps its origin (demo or real) for life; this run has the other one."""

    def __init__(self, *, stored: str, wanted: str, home: Path) -> None:
        super().__init__(f"{home} holds a {stored} store; this run is {wanted}. Use another --home for it.")
        self.stored, self.wanted, self.home = stored, wanted, home


class StoreBroken(StateError):
    """The disk failed under the store, or the file is damaged: nothing more is written to it, the kill switch is set and the program ends."""


class AlreadyRunning(EngineError):
    """Another process holds this home."""

    def __init__(self, *, home: Path, pid: int | None) -> None:
        super().__init__(
            f"another instance (pid {pid if pid is not None else 'unknown'}) runs in {home}. Stop it with `cerbero-bite stop` or use another --home."
        )
        self.home, self.pid = home, pid


class VenueError(EngineError):
    """A server did not deliver; `permanent` tells whether asking again can help.

    `is_refusal`: it is proven that nothing was done, so an order does not exist; `upstream_code` is the venue's own number.
    `fault`: nobody answered, the server answered what cannot be used, what stands behind it failed, it was asked what makes
    no sense, or it was not asked at all.
    """

    def __init__(
        self,
        message: str,
        *,
        server: str,
        tool: str | None = None,
        permanent: bool = False,
        retry_after_s: float | None = None,
        is_refusal: bool = False,
        upstream_code: int | None = None,
    ) -> None:
        super().__init__(f"{server}{'.' + tool if tool else ''}: {message}")
        self.server, self.tool, self.permanent, self.retry_after_s = server, tool, permanent, retry_after_s
        self.is_refusal, self.upstream_code, self.fault = is_refusal, upstream_code, Fault.SERVER

    def blamed(self, fault: Fault) -> VenueError:
        """The same failure, and who is to blame for it."""
        self.fault = fault
        return self


class DeliveryError(EngineError):
    """A chat message was not handed over.

    `permanent`: never try the same again. `ambiguous`: the other side may have taken it.
    """

    def __init__(self, message: str, *, permanent: bool = False, ambiguous: bool = False, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.permanent, self.ambiguous, self.retry_after_s = permanent, ambiguous, retry_after_s


class ChatClosed(DeliveryError):
    """The other side shut the chat: blocked, left or moved. Only that person can open it again."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


class LinkRefused(DeliveryError):
    """The chat service will not talk to this program: token revoked, or another one receives its messages.

    Not permanent for a message: it is sent when a person has mended the link.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)


class ActionRefused(EngineError):
    """A person's request may not be carried out now.

    `code` names the sentence in the message catalogues, `facts` fill it.
    """

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code + (": " + ", ".join(f"{k}={v}" for k, v in facts.items()) if facts else ""))
        self.code, self.facts = code, facts


class InvariantBroken(EngineError):
    """Something that cannot happen happened; the engine must stop trading."""


def _arrived(kind: type[EngineError], args: tuple[object, ...]) -> EngineError:
    error = kind.__new__(kind)
    error.args = args
    return error
