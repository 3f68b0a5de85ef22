"""Charts as pictures for a phone: a struct goes in, a PNG comes out, and the same struct gives the words under it."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.charts.cards import card_of, drawable
from engine.api import Chart, EquityChart

__all__ = ["alt_text", "caption_facts", "render_png", "warm_up"]


def render_png(chart: Chart, *, language: str = "en", scale: int = 1) -> bytes:
    """`chart` as a PNG of 1080 x 1350 pixels, or `scale` times that. Takes some hundred milliseconds of processor: call it off the event loop."""
    # The drawing library takes a second to import; commands that draw nothing must not wait for it.
    from bot.charts.picture import draw  # noqa: PLC0415

    return draw(drawable(chart), language=language).png(scale)


def alt_text(chart: Chart, *, language: str = "en") -> str:
    """One sentence that says what the picture shows, with the picture's own figures."""
    return card_of(drawable(chart), language).alt


def caption_facts(chart: Chart, *, language: str = "en") -> tuple[tuple[str, str], ...]:
    """The picture's headline figures as (name, value) pairs, in its order."""
    return tuple((headline.label, headline.value) for headline in card_of(drawable(chart), language).headlines)


def warm_up() -> None:
    """The drawing library is loaded and has drawn once, so that the first card does not wait for it."""
    nothing = EquityChart(
        env="PAPER",
        points=(),
        drawdown=(),
        realised_eur=0.0,
        unrealised_eur=0.0,
        max_drawdown_eur=0.0,
        closed_trades=0,
        open_trades=0,
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
        period="all",
    )
    render_png(nothing)
