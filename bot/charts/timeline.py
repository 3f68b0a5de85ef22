"""A position's life: what closing costs against the credit, with the exits as lines."""

from __future__ import annotations

from bot.charts.canvas import BLUE, GRID, MARGIN_PX, MUTED, NEUTRAL, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.labels import Box, spread
from bot.charts.series import Frame, points_of, seconds, time_axis
from bot.figures import Figures
from bot.text import Texts
from engine.api import TimelineChart

PANEL_PX = (440, 1150)
NAME_GAP_PX, NAME_HEIGHT_PX = 20, 92


def draw(sheet: Sheet, chart: TimelineChart, texts: Texts, figures: Figures) -> None:
    """The cost to close stands on `sheet` with credit, profit target and stop named at its right."""
    line = points_of(chart.marks)
    named = [
        (chart.stop_loss_coin, "▼ " + texts.say("chart-timeline-stop-loss"), ORANGE, "--"),
        (chart.credit_coin, texts.say("chart-timeline-credit"), NEUTRAL, "-"),
        (chart.profit_take_coin, "▲ " + texts.say("chart-timeline-profit-take"), BLUE, "--"),
        (line[-1][1], "● " + texts.say("chart-timeline-now"), WHITE, ""),
    ]
    widest = max(max(sheet.width_of(name, Ink()), sheet.width_of(figures.coin(level, chart.coin), Ink(is_bold=True))) for level, name, _, _ in named)
    panel = Box(MARGIN_PX, PANEL_PX[0], WIDTH_PX - MARGIN_PX - widest - NAME_GAP_PX, PANEL_PX[1])
    levels = [0.0, *(level for level, _, _, _ in named), *(level for _, level in line)]
    margin = max((max(levels) - min(levels)) * 0.05, 1e-6)
    opened, expiry = min(chart.opened_at, chart.marks[0][0]), max(chart.expiry_at, chart.marks[-1][0])
    frame = Frame.over(sheet, panel, (opened, expiry), (min(levels) - margin, max(levels) + margin))
    sheet.text(MARGIN_PX, PANEL_PX[0] - 40, texts.say("chart-timeline-axis", coin=chart.coin), Ink(MUTED))
    frame.axes.axhline(0, color=GRID, linewidth=3, zorder=1)
    _lines(frame, chart, line)
    _names(frame, [(level, figures.coin(level, chart.coin), name, color, style) for level, name, color, style in named])
    time_axis(frame, texts, figures)


def _lines(frame: Frame, chart: TimelineChart, line: list[tuple[float, float]]) -> None:
    top = frame.axes.get_ylim()[1]
    frame.axes.axhspan(chart.stop_loss_coin, max(top, chart.stop_loss_coin), color=ORANGE, alpha=0.12, zorder=0, linewidth=0)
    frame.axes.axhspan(min(0.0, chart.profit_take_coin), chart.profit_take_coin, color=BLUE, alpha=0.12, zorder=0, linewidth=0)
    frame.axes.axvline(seconds(chart.expiry_at), color=MUTED, linewidth=3, linestyle=":", zorder=1)
    frame.axes.plot([at for at, _ in line], [level for _, level in line], color=WHITE, linewidth=5, zorder=4, solid_joinstyle="round")
    frame.axes.plot([line[-1][0]], [line[-1][1]], marker="o", markersize=20, color=WHITE, markeredgecolor=BLUE, markeredgewidth=4, zorder=5, clip_on=False)


def _names(frame: Frame, named: list[tuple[float, str, str, str, str]]) -> None:
    """Name over figure at the right of each line, moved apart where lines are close, tied to its line by a thin one."""
    panel = frame.panel
    wanted = [frame.at(frame.axes.get_xlim()[1], level)[1] for level, *_ in named]
    middles = spread(wanted, height=NAME_HEIGHT_PX, top=panel.top - 20, bottom=panel.bottom + 20)
    for (level, figure, name, color, style), y, middle in zip(named, wanted, middles, strict=True):
        if style:
            frame.axes.axhline(level, color=color, linewidth=3.5, linestyle=style, zorder=3)
        frame.sheet.line([(panel.right, y), (panel.right + NAME_GAP_PX - 6, middle)], color=color, width=2)
        frame.sheet.text(panel.right + NAME_GAP_PX, middle - 20, name, Ink(color))
        frame.sheet.text(panel.right + NAME_GAP_PX, middle + 20, figure, Ink(color, is_bold=True))
