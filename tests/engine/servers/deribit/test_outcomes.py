"""Every error the venue can answer, against everything that is asked of it, comes to what docs/venue-errors.md says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.servers.deribit.errors import venue_codes
from tests.engine.servers.deribit.outcomes import METHODS, PAGE, observed, page, table
from tests.fakes.venue import FakeVenue

EVERY_KIND = (-32602, 10004, 10009, 10010, 10020, 10040, 10041, 10043, 10047, 11051, 11054, 11094, 13009, 13028, 13888)
"""Codes that stand for every word of the table; all of them run with --heavy."""


@pytest.fixture
async def venue() -> AsyncIterator[FakeVenue]:
    async with FakeVenue() as opened:
        yield opened


def test_the_page_says_what_the_venue_s_list_says_of_every_code_and_operation() -> None:
    written = PAGE.read_text(encoding="utf-8")

    assert written == page()
    assert len(table(written)) == len(venue_codes()) * len(METHODS)


def test_the_codes_that_run_always_stand_for_every_word_of_the_table() -> None:
    cells = table(PAGE.read_text(encoding="utf-8"))
    by_operation = {operation: {word for (_, each), word in cells.items() if each == operation} for operation in METHODS}

    assert by_operation == {operation: {cells[code, operation] for code in EVERY_KIND} for operation in METHODS}


@pytest.mark.parametrize("code", [pytest.param(code, marks=[] if code in EVERY_KIND else [pytest.mark.slow]) for code in venue_codes()])
async def test_an_error_of_the_venue_comes_to_what_the_table_says(venue: FakeVenue, code: int) -> None:
    cells = table(PAGE.read_text(encoding="utf-8"))

    assert {operation: (cells[code, operation], code) for operation in METHODS} == await observed(venue, code)
