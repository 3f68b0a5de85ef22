"""The two ends every transport test stands between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.transport.door import ADA, BEA, VIC, StoreDoor
from tests.fakes.bot_api import FakeBotApi


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi(people={ADA: "Ada", BEA: "Bea", VIC: "Vic"}) as server:
        yield server


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[StoreDoor]:
    opened = StoreDoor(tmp_path / "store.db")
    yield opened
    opened.close()
