"""Charts as pictures for a phone: a struct goes in, a PNG comes out, and the same struct gives the words under it."""

from __future__ import annotations

from bot.charts.cards import card_of, drawable
from engine.api import Chart

__all__ = ["alt_text", "caption_facts", "render_png"]


def render_png(chart: Chart, *, language: str = "en") -> bytes:
    """`chart` as a PNG of 1080 x 1350 pixels. Takes some hundred milliseconds of processor: call it off the event loop."""
    # The drawing library takes a second to import; commands that draw nothing must not wait for it.
    from bot.charts.picture import draw  # noqa: PLC0415

    return draw(drawable(chart), language=language).png()


def alt_text(chart: Chart, *, language: str = "en") -> str:
    """One sentence that says what the picture shows, with the picture's own figures."""
    return card_of(drawable(chart), language).alt


def caption_facts(chart: Chart, *, language: str = "en") -> tuple[tuple[str, str], ...]:
    """The picture's headline figures as (name, value) pairs, in its order."""
    return tuple((headline.label, headline.value) for headline in card_of(drawable(chart), language).headlines)
