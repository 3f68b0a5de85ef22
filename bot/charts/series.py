"""A line over time in a panel, with round ticks: what equity, market and timeline share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from matplotlib.axes import Axes

from bot.charts.canvas import GRID, MARGIN_PX, MUTED, NEUTRAL, ORANGE, WHITE, WIDTH_PX, Ink, Sheet
from bot.charts.labels import Box, free_spot, number_ticks, places_of, time_ticks
from bot.figures import Figures
from bot.text import Texts

Series = Sequence[tuple[datetime, float]]
Points = Sequence[tuple[float, float]]
Limits = tuple[float, float]
Say = Callable[[float, int], str]
LEVELS_MAX, INSTANTS_MAX = 4, 5


@dataclass(frozen=True, slots=True)
class Frame:
    """A panel on its sheet; labels keep off the pixels in `avoid` and the labels already in `taken`."""

    sheet: Sheet
    panel: Box
    axes: Axes
    avoid: list[tuple[float, float]] = field(default_factory=list)
    taken: list[Box] = field(default_factory=list)

    @classmethod
    def over(cls, sheet: Sheet, panel: Box, across: tuple[datetime, datetime], levels: Limits) -> Frame:
        """A panel over `panel` with time across and levels up."""
        return cls(sheet, panel, sheet.panel(panel, x=(seconds(across[0]), seconds(across[1])), y=levels))

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.sheet.at(self.axes, x, y)

    def keep_clear(self, points: Points) -> None:
        """From now on no label stands on the line through `points`."""
        self.avoid.extend(self.sheet.pixels(self.axes, points))


def seconds(at: datetime) -> float:
    """The instant as an axis value."""
    return at.timestamp()


def points_of(series: Series) -> list[tuple[float, float]]:
    """The series as axis values."""
    return [(seconds(at), level) for at, level in series]


def period(*series: Series) -> tuple[datetime, datetime]:
    """First and last instant of all series with a little air after; half a day around a single one."""
    instants = [at for each in series for at, _ in each]
    first, last = min(instants), max(instants)
    if first == last:
        return first - timedelta(hours=12), last + timedelta(hours=12)
    return first, last + (last - first) * 0.02


def padded(levels: Sequence[float], *, share: float = 0.10) -> Limits:
    """Limits that show every level with air above and below, also when all are equal."""
    low, high = min(levels), max(levels)
    margin = (high - low) * share if high > low else max(abs(high) * 0.1, 1.0)
    return low - margin, high + margin


def left_edge(sheet: Sheet, limits: Iterable[tuple[Limits, Say]]) -> float:
    """Where panels must begin so that the widest level figure stands before them."""
    widest = 0.0
    for (low, high), say in limits:
        ticks = number_ticks(low, high, LEVELS_MAX)
        widest = max(widest, *(sheet.width_of(say(tick, places_of(ticks)), Ink()) for tick in ticks))
    return MARGIN_PX + widest + 16


def level_axis(frame: Frame, say: Say) -> None:
    """Round levels as lines with their figures left of the panel; zero is brighter."""
    ticks = number_ticks(*frame.axes.get_ylim(), LEVELS_MAX)
    for tick in ticks:
        frame.axes.axhline(tick, color=NEUTRAL if tick == 0 else GRID, linewidth=2, zorder=1)
        y = frame.at(frame.axes.get_xlim()[0], tick)[1]
        frame.sheet.text(frame.panel.left - 14, y, say(tick, places_of(ticks)), Ink(MUTED), across="right")


def time_axis(frame: Frame, texts: Texts, figures: Figures) -> None:
    """Round UTC instants under the panel, and the word UTC before or, where there is no room, after them."""
    y, zone_name = frame.panel.bottom + 36, texts.say("chart-utc")
    is_before = frame.panel.left - MARGIN_PX > frame.sheet.width_of(zone_name, Ink())
    zone_x = float(MARGIN_PX if is_before else WIDTH_PX - MARGIN_PX)
    zone = frame.sheet.text(zone_x, y, zone_name, Ink(MUTED), across="left" if is_before else "right")
    first, last = (datetime.fromtimestamp(at_s, tz=UTC) for at_s in frame.axes.get_xlim())
    free_from, free_to = (zone.right + 20, WIDTH_PX - 12.0) if is_before else (float(MARGIN_PX), zone.left - 20)
    for at, label in time_ticks(first, last, figures, INSTANTS_MAX):
        x = frame.at(seconds(at), frame.axes.get_ylim()[0])[0]
        box = frame.sheet.box_of(x, y, label, Ink(), across="center")
        if box.left < free_from or box.right > free_to:
            continue
        frame.sheet.line([(x, frame.panel.bottom), (x, frame.panel.bottom + 10)], color=MUTED)
        frame.sheet.text(x, y, label, Ink(MUTED), across="center")
        free_from = box.right + 24


def index_axis(frame: Frame, figures: Figures) -> None:
    """Round index levels under the panel."""
    panel = frame.panel
    for tick in number_ticks(*frame.axes.get_xlim(), 5):
        x, label = frame.at(tick, 0)[0], figures.price_usd(tick)
        half = frame.sheet.width_of(label, Ink()) / 2
        if x - half >= panel.left - 20 and x + half <= WIDTH_PX - 12:
            frame.sheet.line([(x, panel.bottom), (x, panel.bottom + 10)], color=MUTED)
            frame.sheet.text(x, panel.bottom + 36, label, Ink(MUTED), across="center")


def name_point(frame: Frame, point: tuple[float, float], name: str, *, color: str = WHITE) -> None:
    """`name` stands near `point` where it hides nothing; without room it is left out."""
    x, y = frame.at(*point)
    _stand(frame, _around(frame.sheet, x, y, name), name, color)


def name_level(frame: Frame, level: float, name: str, *, is_above: bool) -> None:
    """`name` stands on its level's line, on the side asked for when there is room."""
    y = frame.at(frame.axes.get_xlim()[0], level)[1]
    _stand(frame, _along(frame, y, name, is_above=is_above), name, ORANGE)


def _stand(frame: Frame, candidates: Iterable[Box], name: str, color: str) -> None:
    spot = free_spot(candidates, inside=frame.panel, points=frame.avoid, taken=frame.taken)
    if spot is not None:
        frame.sheet.text(spot.left, (spot.top + spot.bottom) / 2, name, Ink(color, is_bold=True))
        frame.taken.append(spot)


def _around(sheet: Sheet, x: float, y: float, name: str) -> Iterator[Box]:
    for distance in (40, 64, 96, 136, 190, 260):
        for side in (-distance, distance):
            for across in ("center", "right", "left"):
                yield sheet.box_of(x, y + side, name, Ink(is_bold=True), across=across)


def _along(frame: Frame, y: float, name: str, *, is_above: bool) -> Iterator[Box]:
    panel = frame.panel
    for side in (-26, 26) if is_above else (26, -26):
        for step in range(21):
            yield frame.sheet.box_of(panel.left + 8 + (panel.right - panel.left) * step / 20, y + side, name, Ink(is_bold=True))
