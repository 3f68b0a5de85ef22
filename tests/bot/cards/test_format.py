"""Text becomes markup at one place and nothing gets through it unescaped."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.format import (
    CAPTION_MAX_UNITS,
    OUTCOME_RESERVE_UNITS,
    TEXT_MAX_UNITS,
    Block,
    Bold,
    Code,
    Instant,
    Line,
    Pre,
    Quote,
    Text,
    clean,
    cut,
    fits_caption,
    line,
    plain_of,
    split,
    to_html,
    to_plain,
    units,
    upstream,
)
from tests.bot.cards.test_golden_cards import problems

ANY_TEXT = st.text(max_size=300)
INLINE = st.one_of(ANY_TEXT.map(Text), ANY_TEXT.map(Bold), ANY_TEXT.map(Code), ANY_TEXT.map(lambda shown: Instant(datetime(2026, 1, 5, tzinfo=UTC), shown)))
LINES = st.lists(INLINE, max_size=4).map(lambda parts: Line(tuple(parts)))
BLOCKS = st.lists(st.one_of(LINES, st.lists(LINES, max_size=5).map(lambda lines: Quote(tuple(lines))), ANY_TEXT.map(Pre)), max_size=8)


@given(BLOCKS)
def test_no_text_breaks_the_markup(blocks: list[Block]) -> None:
    assert problems(to_html(blocks)) == []


@given(BLOCKS)
def test_markup_and_plain_text_say_the_same(blocks: list[Block]) -> None:
    assert plain_of(to_html(blocks)) == to_plain(blocks)


@given(BLOCKS, st.integers(min_value=120, max_value=400))
def test_every_part_of_a_split_fits_and_is_sound(blocks: list[Block], limit: int) -> None:
    for part in split(blocks, limit_units=limit):
        assert units(part) <= limit
        assert problems(part) == []


def test_a_text_that_fits_is_not_split() -> None:
    assert split([line("one"), line("two")]) == ("one\ntwo",)


def test_a_long_text_is_broken_between_blocks() -> None:
    assert split([line("a" * 30), line("b" * 30)], limit_units=40) == ("a" * 30, "b" * 30)


@given(ANY_TEXT, st.integers(min_value=1, max_value=60))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    assert units(cut(text, limit)) <= limit


def test_a_cut_never_splits_a_wide_character() -> None:
    assert cut("😀😀😀", 5) == "😀😀…"


@given(ANY_TEXT)
def test_cleaned_text_has_no_control_direction_or_broken_characters(text: str) -> None:
    assert {unicodedata.category(char) for char in clean(text)}.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn"})


def test_direction_and_zero_width_characters_disappear() -> None:
    assert clean("pay\u202e\u200b\u2066 me\x00") == "pay me"


def test_words_from_outside_lose_their_links_and_are_boxed() -> None:
    assert to_html([upstream("see https://evil.example/x <b>now</b>")]) == "<blockquote>see [link] &lt;b&gt;now&lt;/b&gt;</blockquote>"


def test_emoji_count_as_two_units() -> None:
    assert units("🟡a") == 3


@pytest.mark.parametrize(("length", "fits"), [(774, True), (775, False)])
def test_a_caption_keeps_room_for_its_outcome(length: int, fits: bool) -> None:
    assert CAPTION_MAX_UNITS - OUTCOME_RESERVE_UNITS == 774
    assert fits_caption("a" * length) is fits


@pytest.mark.parametrize(("length", "fits"), [(1024, True), (1025, False)])
def test_an_outcome_may_use_the_room_kept_for_it(length: int, fits: bool) -> None:
    assert fits_caption("a" * length, has_outcome=True) is fits


def test_a_message_limit_is_the_platforms() -> None:
    assert TEXT_MAX_UNITS == 4096


def test_an_instant_counts_down_on_the_readers_client() -> None:
    at = datetime(2026, 8, 10, 14, 30, tzinfo=UTC)

    assert to_html([line(Instant(at, "14:30 UTC"))]) == '<tg-time unix="1786372200" format="r">14:30 UTC</tg-time>'
