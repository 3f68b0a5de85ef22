"""A page of the history as button data, so that turning a page needs no memory of the chat."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.callbacks import Verb, encode
from bot.chat import Button
from bot.messages.voice import Voice

_SHAPE = re.compile(r"h([1-9][0-9]{0,2})\.(7d|30d|all)\.([a-z_]{1,12}|-)\.([wl-])", re.ASCII)
PERIODS = ("7d", "30d", "all")
_SHORT = {"winners": "w", "losers": "l", None: "-"}
_LONG = {short: outcome for outcome, short in _SHORT.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Which closed trades, and which page of them, counted from 1."""

    period: str
    reason: str | None = None
    outcome: str | None = None
    number: int = 1

    @property
    def ref(self) -> str:
        """The page in the 24 characters a button has for it."""
        return f"h{self.number}.{self.period}.{self.reason if self.reason is not None else '-'}.{_SHORT[self.outcome]}"


def read_page(ref: str) -> HistoryPage | None:
    """The page a button means; None for anything else."""
    match = _SHAPE.fullmatch(ref)
    if match is None:
        return None
    number, period, reason, outcome = match.groups()
    return HistoryPage(period=period, reason=None if reason == "-" else reason, outcome=_LONG[outcome], number=int(number))


def history_buttons(page: HistoryPage, pages: int, reader: Voice) -> tuple[tuple[Button, ...], ...]:
    """Back and forth, as far as there are pages, the whole of it as a file, and below the other periods."""
    row = []
    if page.number > 1:
        row.append(Button(label=reader.say("page-newer"), action=encode(Verb.PAGE, replace(page, number=page.number - 1).ref)))
    if page.number < pages:
        row.append(Button(label=reader.say("page-older"), action=encode(Verb.PAGE, replace(page, number=page.number + 1).ref)))
    row.append(Button(label=reader.say("button-csv"), action=encode(Verb.SHEET, page.ref)))
    others = (replace(page, period=period, number=1) for period in PERIODS if period != page.period)
    return (tuple(row), tuple(Button(label=reader.code("period", other.period), action=encode(Verb.PAGE, other.ref)) for other in others))
