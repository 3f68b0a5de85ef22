"""A venue that is open, and the venue's own description where it is at hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import SHARED
from tests.fakes.venue import FakeVenue
from tests.fakes.venue.client import VenueClient


@pytest.fixture
async def venue() -> AsyncIterator[FakeVenue]:
    async with FakeVenue() as opened:
        yield opened


@pytest.fixture
async def client(venue: FakeVenue) -> AsyncIterator[VenueClient]:
    """A connection that is signed in."""
    async with VenueClient(venue) as connected:
        await connected.sign_in()
        yield connected


@pytest.fixture(scope="session")
def openapi() -> dict[str, Any]:
    """The venue's description of its interface; skips where it is absent."""
    file = SHARED / "upstream" / "deribit_openapi.json"
    if not file.exists():
        pytest.skip("the venue's interface description is not here (expected in ../shared/upstream)")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
