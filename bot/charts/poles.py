"""Named levels of the index as poles through a panel, their names as flags above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.charts.canvas import MARGIN_PX, WIDTH_PX, Dashes, Ink, Sheet
from bot.charts.labels import Flag, flags
from bot.charts.series import Frame, Limits

FLAG_LANE_PX = 46


@dataclass(frozen=True, slots=True)
class Pole:
    """A level of the index with its name and how it is drawn."""

    index_usd: float
    name: str
    color: str
    style: Dashes


def place(sheet: Sheet, poles: Sequence[Pole], *, left: float, across: Limits) -> tuple[Flag, ...]:
    """A flag for each pole of a panel that begins at `left` and ends at the sheet's margin, with `across` along it."""
    scale = (WIDTH_PX - MARGIN_PX - left) / (across[1] - across[0])
    wanted = [(left + (pole.index_usd - across[0]) * scale, sheet.width_of(pole.name, Ink())) for pole in poles]
    return flags(wanted, left=MARGIN_PX, right=WIDTH_PX - MARGIN_PX, lanes=len(wanted))


def room_for(placed: Sequence[Flag]) -> float:
    """How much height the flags take above the panel."""
    return FLAG_LANE_PX * (1 + max((flag.lane for flag in placed), default=-1))


def raise_poles(frame: Frame, named: Sequence[Pole], placed: Sequence[Flag]) -> None:
    """Each level is a pole through the panel with its name beside its top."""
    for pole, flag in zip(named, placed, strict=True):
        middle = frame.panel.top - 30 - flag.lane * FLAG_LANE_PX
        frame.sheet.line([(flag.x, frame.panel.bottom), (flag.x, middle - 16)], color=pole.color, width=2.5, style=pole.style)
        frame.sheet.text(flag.left, middle, pole.name, Ink(pole.color))
        frame.avoid.extend((flag.x, y) for y in range(int(frame.panel.top), int(frame.panel.bottom), 10))
