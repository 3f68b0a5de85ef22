"""A sweep as a heat map: mean r of each pair of settings, what ships outlined, the best with a star."""

from __future__ import annotations

from bot.charts.canvas import GRID, MARGIN_PX, MUTED, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.heat import colour
from bot.charts.labels import Box
from bot.figures import ABSENT, Figures
from bot.text import Texts
from engine.views import SweepChart

CAPTION_Y_PX, HEADS_Y_PX, FIELDS_PX = 444, 536, (566, 1200)
LABELS_PX, GAP_PX = 200, 6
COLUMNS_MAX, ROWS_MAX = 5, 8


def draw(sheet: Sheet, chart: SweepChart, texts: Texts, figures: Figures) -> None:
    """Every field stands on `sheet` with its mean r and how many trades it is the mean of."""
    columns, rows = _near(len(chart.across_values), COLUMNS_MAX, chart, 1), _near(len(chart.down_values), ROWS_MAX, chart, 0)
    left, width = MARGIN_PX + LABELS_PX, (WIDTH_PX - 2 * MARGIN_PX - LABELS_PX) / len(columns)
    height = (FIELDS_PX[1] - FIELDS_PX[0]) / len(rows)
    reach = max((abs(cell[0]) for row in chart.cells for cell in row if cell is not None), default=0.0)
    sheet.text(MARGIN_PX, CAPTION_Y_PX, texts.say("chart-sweep-down", name=chart.down), Ink(MUTED))
    sheet.text(MARGIN_PX, CAPTION_Y_PX + 44, texts.say("chart-sweep-across", name=chart.across), Ink(MUTED))
    for place, column in enumerate(columns):
        sheet.text(left + (place + 0.5) * width, HEADS_Y_PX, chart.across_values[column], Ink(MUTED), across="center")
    for line, row in enumerate(rows):
        middle = FIELDS_PX[0] + (line + 0.5) * height
        sheet.text(MARGIN_PX, middle, chart.down_values[row], Ink(WHITE, is_bold=True))
        for place, column in enumerate(columns):
            field = Box(left + place * width + GAP_PX, middle - height / 2 + GAP_PX / 2, left + (place + 1) * width, middle + height / 2 - GAP_PX / 2)
            cell = chart.cells[row][column]
            sheet.rectangle(field, fill=GRID if cell is None else colour(cell[0], reach), edge=WHITE if (row, column) == chart.shipped else None)
            _figures(sheet, cell, field, figures, star="★" if (row, column) == chart.best else "")


def _figures(sheet: Sheet, cell: tuple[float, int] | None, field: Box, figures: Figures, *, star: str) -> None:
    middle = ((field.left + field.right) / 2, (field.top + field.bottom) / 2)
    if cell is None:
        sheet.text(*middle, ABSENT, Ink(MUTED), across="center")
        return
    has_room = field.bottom - field.top >= 76
    sheet.text(middle[0], middle[1] - (18 if has_room else 0), star + figures.number(cell[0], 3, signed=True), Ink(WHITE, is_bold=True), across="center")
    if has_room:
        sheet.text(middle[0], middle[1] + 20, f"n {figures.number(cell[1])}", Ink(WHITE), across="center")


def _near(count: int, at_most: int, chart: SweepChart, axis: int) -> range:
    """All of them, or as many as fit around the best: a field must stay large enough to read."""
    if count <= at_most:
        return range(count)
    centre = chart.best[axis] if chart.best is not None else 0
    first = min(max(0, centre - at_most // 2), count - at_most)
    return range(first, first + at_most)
