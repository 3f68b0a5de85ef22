"""P&L by close reason: a bar each, from nothing to the left or to the right, the best first."""

from __future__ import annotations

from bot.charts.canvas import BLUE, MARGIN_PX, MUTED, NEUTRAL, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.card import short_eur
from bot.charts.labels import Box
from bot.figures import Figures
from bot.text import Texts
from engine.views import ReasonsChart

CAPTION_Y_PX, ROWS_PX, ROW_MAX_PX, BAR_SHARE = 408, (446, 1230), 150, 0.36
ROWS_MAX = 8
"""More bars than this would be too thin to read: the smallest stand together."""


def draw(sheet: Sheet, chart: ReasonsChart, texts: Texts, figures: Figures) -> None:
    """Every reason stands on `sheet` with its name, its trades and its sum over its bar."""
    rows = _shown(chart, texts)
    reach = [0.0, *(net_eur for _, _, _, net_eur in rows)]
    low, high = min(reach), max(reach)
    scale = (WIDTH_PX - 2 * MARGIN_PX) / max(high - low, 0.01)
    zero = MARGIN_PX - low * scale
    height = min((ROWS_PX[1] - ROWS_PX[0]) / len(rows), ROW_MAX_PX)
    sheet.text(MARGIN_PX, CAPTION_Y_PX, texts.say("chart-reasons-axis"), Ink(MUTED))
    for number, (name, closed, wins, net_eur) in enumerate(rows):
        top = ROWS_PX[0] + number * height
        edge = zero + net_eur * scale
        # A sum too small for the scale still shows on which side it lies.
        edge = edge if abs(edge - zero) >= 4 else zero + (4 if net_eur >= 0 else -4)
        colour, shape = (BLUE, "▲") if net_eur >= 0 else (ORANGE, "▼")
        sheet.rectangle(Box(min(zero, edge), top + 48, max(zero, edge), top + 48 + BAR_SHARE * height), fill=colour)
        sheet.text(MARGIN_PX, top + 24, name, Ink(WHITE, is_bold=True))
        told = texts.say("chart-reasons-count", closed=closed, wins=figures.number(wins))
        amount = sheet.text(WIDTH_PX - MARGIN_PX, top + 24, f"{shape} {_amount(net_eur, figures)}", Ink(colour, is_bold=True), across="right")
        sheet.text(amount.left - 24, top + 24, told, Ink(MUTED), across="right")
    sheet.line([(zero, ROWS_PX[0] + 40), (zero, ROWS_PX[0] + len(rows) * height - 8)], color=NEUTRAL, width=3)


def _shown(chart: ReasonsChart, texts: Texts) -> list[tuple[str, int, int, float]]:
    """The rows with their names; past what fits, the ones that matter least in one."""
    largest = sorted(chart.rows, key=lambda row: -abs(row[3]))
    kept, rest = (largest, []) if len(largest) <= ROWS_MAX else (largest[: ROWS_MAX - 1], largest[ROWS_MAX - 1 :])
    rows = [(texts.say_code("exit-reason", reason), closed, wins, net_eur) for reason, closed, wins, net_eur in kept]
    if rest:
        others = texts.say("chart-reasons-others", count=len(rest))
        rows.append((others, sum(row[1] for row in rest), sum(row[2] for row in rest), sum(row[3] for row in rest)))
    return sorted(rows, key=lambda row: -row[3])


def _amount(net_eur: float, figures: Figures) -> str:
    """With cents where they are all there is."""
    return figures.eur(net_eur, 2, signed=True) if abs(net_eur) < 100 else short_eur(figures, net_eur)
