"""What the packs that run the program itself share: one parent with everything imported, and one moment prepared in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.crash.moments import Moment, before_approval
from tests.crash.nursery import Nursery, nursery


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def parent() -> AsyncIterator[Nursery]:
    """Importing takes longer than what follows, so tests that use it run in one process (`tests/schedule.py`)."""
    async with nursery() as ready:
        yield ready


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def card_waits(parent: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """An entry card waits in the chat; every test lives in copies of it."""
    return await before_approval(parent, tmp_path_factory.mktemp("moments") / "card")
