"""One engine per home: a lock the kernel drops with the process, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from uuid import uuid4

from engine.errors import AlreadyRunning, StateError

LOCK_NAME = "lock"
PID_BYTES = 32
LOCK_TRIES, LOCK_PAUSE_S = 10, 0.03
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class HomeLock:
    """The home is ours while this object holds it; children do not inherit the hold."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, home: Path) -> HomeLock:
        """The home is ours and the lock file names our pid. Raises AlreadyRunning naming the pid that has it, StateError without room for it."""
        descriptor: int | None = None
        try:
            # Python opens descriptors close-on-exec: an orphaned child cannot keep the home locked.
            descriptor = os.open(home / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
            if not _locked(descriptor):
                raise AlreadyRunning(home=home, pid=_pid_in(descriptor))
            _name(descriptor, str(os.getpid()))
        except BaseException as error:
            if descriptor is not None:
                os.close(descriptor)
            if isinstance(error, OSError):
                raise StateError(f"{home / LOCK_NAME} cannot be written: {error.strerror}.") from error
            raise
        return cls(descriptor)

    def release(self) -> None:
        """The home is free; a second call does nothing."""
        if self._descriptor is None:
            return
        _name(self._descriptor, "")
        os.close(self._descriptor)
        self._descriptor = None


def running_pid(home: Path) -> int | None:
    """The pid of the engine that holds `home`; None when none does. Creates nothing."""
    try:
        descriptor = os.open(home / LOCK_NAME, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid_in(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def boot_id(source: Path = BOOT_ID) -> str:
    """The name of this run of the machine; a fresh one per process where the system does not tell."""
    try:
        return source.read_text().strip()
    except OSError:
        return str(uuid4())


def _locked(descriptor: int) -> bool:
    """True when the lock is ours. Whoever only asks who runs here holds it for an instant, so one refusal proves nothing."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_S)
        else:
            return True
    return False


def _name(descriptor: int, pid: str) -> None:
    """The lock file says `pid` and nothing else, in the room it has had since it was made: a full disk must not keep an engine from starting."""
    os.pwrite(descriptor, f"{pid:<{PID_BYTES - 1}}\n".encode(), 0)
    os.ftruncate(descriptor, PID_BYTES)


def _pid_in(descriptor: int) -> int | None:
    text = os.pread(descriptor, PID_BYTES, 0).decode(errors="replace").strip()
    return int(text) if text.isascii() and text.isdigit() else None
