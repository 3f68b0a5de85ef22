"""The risk grid as a heat picture: a field per jump of the index and of volatility, today outlined."""

from __future__ import annotations

from bot.charts.canvas import MARGIN_PX, MUTED, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.card import short_eur
from bot.charts.heat import colour
from bot.charts.labels import Box
from bot.figures import Figures
from bot.text import Texts
from engine.api import RiskChart

LABELS_PX, HEADS_Y_PX, FIELDS_PX = 250, 456, (490, 1190)
GAP_PX = 8


def draw(sheet: Sheet, chart: RiskChart, texts: Texts, figures: Figures) -> None:
    """Every field's P&L stands on `sheet`, coloured by sign and size."""
    reach_eur = max((abs(pnl_eur) for row in chart.pnl_eur for pnl_eur in row), default=0.0)
    left, width = MARGIN_PX + LABELS_PX, (WIDTH_PX - 2 * MARGIN_PX - LABELS_PX) / len(chart.vol_steps_pts)
    height = (FIELDS_PX[1] - FIELDS_PX[0]) / len(chart.index_steps_frac)
    sheet.text(MARGIN_PX, HEADS_Y_PX - 48, texts.say("chart-risk-axis"), Ink(MUTED))
    for column, points in enumerate(chart.vol_steps_pts):
        head = texts.say("chart-risk-dvol", points=figures.number(points, signed=True)) if points else texts.say("chart-risk-dvol-now")
        sheet.text(left + (column + 0.5) * width, HEADS_Y_PX, head, Ink(MUTED), across="center")
    for number, (index_frac, row) in enumerate(zip(chart.index_steps_frac, chart.pnl_eur, strict=True)):
        middle = FIELDS_PX[0] + (number + 0.5) * height
        step = figures.pct(index_frac, 0, signed=True) if index_frac else texts.say("chart-risk-spot-now")
        sheet.text(MARGIN_PX, middle - 20, step, Ink(WHITE, is_bold=True))
        sheet.text(MARGIN_PX, middle + 20, figures.price_usd(None if chart.spot_usd is None else chart.spot_usd * (1 + index_frac)), Ink(MUTED))
        for column, (points, pnl_eur) in enumerate(zip(chart.vol_steps_pts, row, strict=True)):
            field = Box(left + column * width + GAP_PX, middle - height / 2 + GAP_PX / 2, left + (column + 1) * width, middle + height / 2 - GAP_PX / 2)
            sheet.rectangle(field, fill=colour(pnl_eur, reach_eur), edge=WHITE if not index_frac and not points else None)
            sheet.text((field.left + field.right) / 2, middle, short_eur(figures, pnl_eur), Ink(WHITE, is_bold=True), across="center")
