"""Days and words of a question to history."""

from __future__ import annotations

import pytest

from bot.handlers.past import WORDS_MAX, AskedPast, read_past


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("", AskedPast(from_on=None, to_on=None, words=())),
        ("2025-01-01", AskedPast(from_on="2025-01-01", to_on=None, words=())),
        ("2025-01-01 2025-01-01", AskedPast(from_on="2025-01-01", to_on="2025-01-01", words=())),
        ("a=1 b=2:3:1", AskedPast(from_on=None, to_on=None, words=("a=1", "b=2:3:1"))),
        ("2025-01-01 a=1", AskedPast(from_on="2025-01-01", to_on=None, words=("a=1",))),
        (" ".join(["a=1"] * WORDS_MAX), AskedPast(from_on=None, to_on=None, words=("a=1",) * WORDS_MAX)),
        (" ".join(["a=1"] * (WORDS_MAX + 1)), None),
        ("a=1 2025-01-01", None),
        ("a=1 b", None),
        ("grid.toml", None),
        ("2025-02-30", None),
        ("2025-02-02 2025-02-01", None),
        ("2025-01-01 2025-01-02 2025-01-03", None),
    ],
)
def test_at_most_two_days_in_order_then_words(written: str, asked: AskedPast | None) -> None:
    assert read_past(tuple(written.split())) == asked
