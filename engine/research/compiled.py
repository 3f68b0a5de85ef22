"""Functions compiled by numba, kept on disk between runs wherever a folder can be written.

Rules of this file: importing it loads the compiler, so whoever needs a compiled
function imports it when it is used and never at start; the program's own folder may be
read-only and is never written.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba
import platformdirs

F = TypeVar("F", bound=Callable[..., object])

CACHE_VARIABLE = "NUMBA_CACHE_DIR"


def cache_folder(named: str | None) -> Path | None:
    """A folder that can be written: the one named, else the platform's for caches; None where there is none."""
    folder = Path(named) if named else Path(platformdirs.user_cache_dir("cerbero-bite", appauthor=False)) / "compiled"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None


def stamp_of(sources: Path) -> str:
    """A name for what the sources of the compiled functions say, all together.

    Numba compares the file a function stands in and none of those it calls: with a rule changed in one of these it would go on with the old one.
    """
    digest = hashlib.sha256()
    for source in sorted(sources.glob("path*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


KEPT_IN = cache_folder(os.environ.get(CACHE_VARIABLE))
"""None: every process compiles anew, which takes it some seconds."""
if KEPT_IN is not None:
    numba.config.CACHE_DIR = str(KEPT_IN / stamp_of(Path(__file__).parent))  # type: ignore[attr-defined]


def compiled(function: F) -> F:
    """The same function as machine code; it lets other threads run meanwhile."""
    return cast("F", numba.njit(nogil=True, error_model="numpy", cache=KEPT_IN is not None)(function))


# Numba counts the holders of every array it hands on, which costs more than a look at a trade. `_nrt` leaves that out; it has no public name, and the
# version of numba is locked.
def lent(function: F) -> F:
    """The same for a function that makes no array and keeps none of those it is lent."""
    return cast("F", numba.njit(nogil=True, error_model="numpy", cache=KEPT_IN is not None, _nrt=False)(function))  # type: ignore[call-overload]


def inlined(function: F) -> F:
    """The same, and written out wherever it is called: a loop over it can be worked on in lanes, and arrays need not be handed on one by one."""
    return cast("F", numba.njit(nogil=True, error_model="numpy", cache=KEPT_IN is not None, _nrt=False, forceinline=True)(function))  # type: ignore[call-overload]
