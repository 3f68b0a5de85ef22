"""What runs, by name and number."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version

from engine.runtime.desk import Desk
from engine.state.migrations import MIGRATIONS
from engine.views import VersionView

PACKAGE = "cerbero-bite"
NAME = re.compile(r"[A-Za-z0-9._-]+")


def versions(desk: Desk, *, program: str) -> VersionView:
    """The program, its Python, its store's schema and the packages it was built on."""
    return VersionView(version=program, python=platform.python_version(), schema=len(MIGRATIONS), origin=desk.origin, libraries=_libraries())


def _libraries() -> tuple[tuple[str, str], ...]:
    """Every package the program asks for, with the version that is installed."""
    try:
        asked = [match[0] for line in requires(PACKAGE) or () if (match := NAME.match(line)) is not None]
        return tuple((name, version(name)) for name in asked)
    except PackageNotFoundError:
        # Run from a folder instead of an installation: then nobody wrote down what it asks for.
        return ()
