"""A store in a real file, and the clock it is stamped by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.clock import ManualClock
from engine.state.repository import AnchorFile, Store

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    opened = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="boot-1", anchors=AnchorFile(tmp_path / "anchors.jsonl"))
    yield opened
    opened.close()
