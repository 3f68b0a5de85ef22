"""The sheet every chart is drawn on: sizes, colours, text that is measured, axes without clutter.

Rules of this file: coordinates are pixels from the top left, a point is a pixel
(72 dpi) until the sheet is written at a larger scale, every text goes through `Sheet.text`,
and nothing smaller than TEXT_PX is written.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from bot.charts.card import Card, Headline, Tone
from bot.charts.labels import Box

WIDTH_PX, HEIGHT_PX, DPI = 1080, 1350, 72
MARGIN_PX = 48
TEXT_PX, NOTE_PX, TITLE_PX, MESSAGE_PX, HEADLINE_PX, HEADLINE_MIN_PX = 30, 32, 40, 42, 78, 64
FONT = "DejaVu Sans"
BACKGROUND, WHITE, MUTED, GRID = "#0e1621", "#f2f5f8", "#a9b6c3", "#263544"
BLUE, ORANGE, NEUTRAL = "#56b4ff", "#ffa347", "#d5dde5"
TONES = {Tone.PLAIN: (WHITE, ""), Tone.GOOD: (BLUE, "▲ "), Tone.BAD: (ORANGE, "▼ ")}
PANEL_TOP_PX, PANEL_BOTTOM_PX = 420, 1180
Across = Literal["left", "center", "right"]
Dashes = Literal["-", "--", ":"]


@dataclass(frozen=True, slots=True)
class Ink:
    """How a text is written."""

    color: str = WHITE
    size_px: int = TEXT_PX
    is_bold: bool = False

    @property
    def font(self) -> FontProperties:
        return FontProperties(family=FONT, size=self.size_px, weight="bold" if self.is_bold else "normal")


class Sheet:
    """A dark sheet of 1080 x 1350 pixels with the card's words on it; charts add panels and labels."""

    def __init__(self, card: Card) -> None:
        self.figure = Figure(figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI, facecolor=BACKGROUND)
        self._canvas = FigureCanvasAgg(self.figure)
        self._points = Affine2D().scale(1 / DPI) + self.figure.dpi_scale_trans
        # The library leaves its renderer without types.
        self._renderer: Any = RendererAgg(WIDTH_PX, HEIGHT_PX, DPI)  # type: ignore[no-untyped-call]
        self._header(card)
        for index, headline in enumerate(card.headlines):
            self._headline(headline, left=MARGIN_PX + index * (WIDTH_PX - 2 * MARGIN_PX) / 2)
        for index, note in enumerate(card.notes):
            self.text(MARGIN_PX, 298 + 44 * index, note, Ink(MUTED, NOTE_PX))
        self.text(MARGIN_PX, 1318, card.as_of, Ink(MUTED))
        if card.warning:
            self.text(MARGIN_PX, 1274, card.warning, Ink(ORANGE))
        if card.changed:
            room = WIDTH_PX - 2 * MARGIN_PX
            self.text(MARGIN_PX, 1232 if card.warning else 1274, *self._fitted(card.changed, (TEXT_PX, TEXT_PX), room=room, color=ORANGE))

    def png(self, scale: int = 1) -> bytes:
        """The sheet as a PNG file, every pixel of it drawn `scale` times as large."""
        target = io.BytesIO()
        self.figure.savefig(target, format="png", dpi=DPI * scale, pil_kwargs={"compress_level": 4})
        return target.getvalue()

    def text(self, x: float, y: float, text: str, ink: Ink, *, across: Across = "left") -> Box:
        """Write `text` with the middle of its line at `y`; returns where it stands."""
        self.figure.add_artist(
            Text(
                x,
                HEIGHT_PX - y,
                text,
                color=ink.color,
                verticalalignment="center_baseline",
                horizontalalignment=across,
                fontproperties=ink.font,
                transform=self._points,
                parse_math=False,
            )
        )
        return self.box_of(x, y, text, ink, across=across)

    def box_of(self, x: float, y: float, text: str, ink: Ink, *, across: Across = "left") -> Box:
        """Where `text` would stand."""
        width = self.width_of(text, ink)
        left = x - {"left": 0.0, "center": 0.5, "right": 1.0}[across] * width
        return Box(left, y - 0.62 * ink.size_px, left + width, y + 0.62 * ink.size_px)

    def width_of(self, text: str, ink: Ink) -> float:
        """The width of `text` in pixels."""
        width, _, _ = self._renderer.get_text_width_height_descent(text, ink.font, ismath=False)
        return float(width)

    def message(self, text: str) -> None:
        """Say `text` in the middle of the empty picture."""
        lines = textwrap.wrap(text, width=36)
        for index, line in enumerate(lines):
            middle = (PANEL_TOP_PX + PANEL_BOTTOM_PX) / 2 + (index - (len(lines) - 1) / 2) * 60
            self.text(WIDTH_PX / 2, middle, line, Ink(MUTED, MESSAGE_PX), across="center")

    def panel(self, box: Box, *, x: tuple[float, float], y: tuple[float, float]) -> Axes:
        """Axes over `box` with the given limits, no frame and no tick labels."""
        left, bottom = box.left / WIDTH_PX, 1 - box.bottom / HEIGHT_PX
        axes = self.figure.add_axes((left, bottom, (box.right - box.left) / WIDTH_PX, (box.bottom - box.top) / HEIGHT_PX), facecolor=BACKGROUND)
        axes.set_xlim(*x)
        axes.set_ylim(*y)
        axes.set_axis_off()
        return axes

    def line(self, points: Sequence[tuple[float, float]], *, color: str = GRID, width: float = 2, style: Dashes = "-") -> None:
        """A line through `points` on the sheet, outside any panel."""
        xs, ys = [x for x, _ in points], [HEIGHT_PX - y for _, y in points]
        self.figure.add_artist(Line2D(xs, ys, color=color, linewidth=width, linestyle=style, transform=self._points))

    def rectangle(self, box: Box, *, fill: str, edge: str | None = None) -> None:
        """A filled field on the sheet, outlined where `edge` names a colour."""
        left, height = (box.left, HEIGHT_PX - box.bottom), box.bottom - box.top
        self.figure.add_artist(
            Rectangle(left, box.right - box.left, height, facecolor=fill, edgecolor="none" if edge is None else edge, linewidth=4, transform=self._points)
        )

    def at(self, axes: Axes, x: float, y: float) -> tuple[float, float]:
        """The pixel of a point of `axes`."""
        across, up = axes.transData.transform((x, y))
        return float(across), HEIGHT_PX - float(up)

    def pixels(self, axes: Axes, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """The line through `points` of `axes` as pixels near enough to each other for a label to avoid them."""
        corners = [self.at(axes, x, y) for x, y in points]
        dense = corners[-1:]
        for (left, top), (right, bottom) in pairwise(corners):
            count = max(1, math.ceil(max(abs(right - left), abs(bottom - top)) / 10))
            dense += [(left + (right - left) * step / count, top + (bottom - top) * step / count) for step in range(count)]
        return dense

    def _header(self, card: Card) -> None:
        ink = Ink(BACKGROUND, NOTE_PX, is_bold=True)
        width = self.width_of(card.env, ink)
        left = WIDTH_PX - MARGIN_PX - width - 44
        pill = FancyBboxPatch(
            (left, HEIGHT_PX - 98), width + 44, 56, boxstyle="round,pad=0,rounding_size=28", facecolor=ORANGE, edgecolor="none", transform=self._points
        )
        self.figure.add_artist(pill)
        self.text(left + 22, 70, card.env, ink)
        self.text(MARGIN_PX, 70, *self._fitted(card.title, (TITLE_PX, TEXT_PX), room=left - MARGIN_PX - 24))

    def _headline(self, headline: Headline, *, left: float) -> None:
        color, shape = TONES[headline.tone]
        self.text(left, 148, headline.label, Ink(MUTED, NOTE_PX))
        room = (WIDTH_PX - 2 * MARGIN_PX) / 2 - 44
        self.text(left, 222, *self._fitted(shape + headline.value, (HEADLINE_PX, HEADLINE_MIN_PX), room=room, color=color))

    def _fitted(self, text: str, sizes: tuple[int, int], *, room: float, color: str = WHITE) -> tuple[str, Ink]:
        """The text in the largest bold that fits `room`, and cut when even the smallest does not."""
        largest, least = sizes
        ink = next(
            (ink for size in range(largest, least, -1) if self.width_of(text, ink := Ink(color, size, is_bold=True)) <= room), Ink(color, least, is_bold=True)
        )
        while len(text) > 1 and self.width_of(text, ink) > room:
            text = text[:-2].rstrip() + "…"
        return text, ink
