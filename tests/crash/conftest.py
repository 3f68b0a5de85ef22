"""What the packs that run the program itself share: one parent with everything imported."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.crash.nursery import Nursery, nursery


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def parent() -> AsyncIterator[Nursery]:
    """Importing takes longer than what follows, so tests that use it run in one process (xdist_group "program")."""
    async with nursery() as ready:
        yield ready
