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
COLUMNS_MAX, ROWS_MAX, LINE_PX = 5, 8, 36


def draw(sheet: Sheet, chart: SweepChart, texts: Texts, figures: Figures) -> None:
    """Every field stands on `sheet` with its mean r, how sure that is, and how many trades it is the mean of."""
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
            star, half = "★" if (row, column) == chart.best else "", chart.halves[row][column] if chart.halves else None
            _figures(sheet, _lines(cell, half, figures, star=star), field)


def _lines(cell: tuple[float, int] | None, half: float | None, figures: Figures, *, star: str) -> list[str]:
    """What stands in a field, the most important first."""
    if cell is None:
        return [ABSENT]
    sure = [] if half is None else [f"±{figures.number(half, 3)}"]
    return [star + figures.number(cell[0], 3, signed=True), *sure, f"n {figures.number(cell[1])}"]


def _figures(sheet: Sheet, lines: list[str], field: Box) -> None:
    """As many of the lines as the field has room for, around its middle."""
    shown = lines[: max(1, int((field.bottom - field.top) // LINE_PX))]
    x, middle = (field.left + field.right) / 2, (field.top + field.bottom) / 2
    for number, text in enumerate(shown):
        y = middle + (number - (len(shown) - 1) / 2) * LINE_PX
        ink = Ink(MUTED) if text == ABSENT else Ink(WHITE, is_bold=number == 0)
        sheet.text(x, y, text, ink, across="center")


def _near(count: int, at_most: int, chart: SweepChart, axis: int) -> range:
    """All of them, or as many as fit around the best, without one around what ships: a field must stay large enough to read."""
    if count <= at_most:
        return range(count)
    place = chart.best if chart.best is not None else chart.shipped
    centre = place[axis] if place is not None else 0
    first = min(max(0, centre - at_most // 2), count - at_most)
    return range(first, first + at_most)
