"""Folders in memory, where the machine has such a place: what only has to be read back costs no disk.

Rules of this file: a run that was killed leaves its folders behind, and memory is dear; whoever makes one takes away those of the dead.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 -- each folder in it is new and private
PREFIX = "cerbero-crash-"


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A new folder, gone at the end."""
    with tempfile.TemporaryDirectory(prefix=_own_prefix(), dir=_place()) as folder:
        yield Path(folder)


def made_folder() -> Path:
    """A new folder that whoever asked for it takes away."""
    return Path(tempfile.mkdtemp(prefix=_own_prefix(), dir=_place()))


def clear_leftovers(place: Path) -> None:
    """What processes that do not run any more left there is gone."""
    for folder in place.glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _own_prefix() -> str:
    return f"{PREFIX}{os.getpid()}-"


def _place() -> Path | None:
    if not os.access(MEMORY, os.W_OK):
        return None
    clear_leftovers(MEMORY)
    return MEMORY
