"""Long markup in parts that each stand alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.format import plain_of, units
from bot.parts import headline, is_caption, split_markup, unmarked
from tests.fakes.bot_rules import visible_text

PIECES = st.sampled_from(
    [
        "<b>bold</b>",
        "plain words ",
        "\n",
        "&amp;&lt;",
        "<blockquote expandable>long\nquote</blockquote>",
        '<a href="x">link</a>',
        "😀",
        "<pre>table\nrow</pre>",
        "é" * 30,
    ]
)


def test_what_fits_is_one_part() -> None:
    assert split_markup("<b>x</b>") == ("<b>x</b>",)


def test_a_part_ends_at_a_lines_end_and_closes_its_tags() -> None:
    parts = split_markup("<blockquote>" + "\n".join(["line of words"] * 6) + "</blockquote>", limit_units=60)

    assert parts == (
        "<blockquote>line of words\nline of words</blockquote>",
        "<blockquote>line of words\nline of words</blockquote>",
        "<blockquote>line of words\nline of words</blockquote>",
    )


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=60).map("".join), st.integers(min_value=80, max_value=300))
def test_every_part_is_whole_fits_and_none_of_the_words_is_lost(markup: str, limit_units: int) -> None:
    parts = split_markup(markup, limit_units=limit_units)

    assert all(units(part) <= limit_units for part in parts)
    assert "".join("".join(visible_text(part, "HTML").split()) for part in parts) == "".join(plain_of(markup).split())


@settings(max_examples=150)
@given(st.text(max_size=200))
def test_unmarked_words_can_always_be_parsed(words: str) -> None:
    assert visible_text(unmarked(words), "HTML") is not None


def test_a_stray_angle_bracket_keeps_its_words() -> None:
    assert visible_text(unmarked("<b>rps < 50 &amp; falling</b>"), "HTML") == "rps < 50 & falling"


def test_a_caption_is_measured_by_what_is_read() -> None:
    assert is_caption("<b>" + "x" * 1024 + "</b>")
    assert not is_caption("x" * 1025)
    assert not is_caption("😀" * 513)


def test_the_headline_is_the_first_line_with_words() -> None:
    assert headline("\n<b>ENTRY &lt;142&gt;</b>\nmore") == "ENTRY &lt;142&gt;"
    assert units(headline("y" * 900)) == 250
