"""The whole book: its risk, the account under it, the smile it is quoted on."""

from __future__ import annotations

import re
from datetime import date

from bot.callbacks import Verb, encode
from bot.chat import Button, Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, sentence, voice
from bot.keyboards import Keyboard, rows_of
from bot.messages.voice import Voice
from bot.views import book
from engine.api import Engine, SmileView

VENUE_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
VENUE_DAY = re.compile(r"(?P<day>[0-9]{1,2})(?P<month>[A-Z]{3})(?P<year>[0-9]{2})", re.ASCII)
EXPIRIES_OFFERED_MAX = 12


async def risk(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What every open trade together makes when the market jumps, with Greeks and margin."""
    if request.args:
        return NOT_UNDERSTOOD
    view, reader = await engine.risk(), voice(request)
    grid = answer(book.risk(view, reader), chart=view.grid, name="risk")
    return (*grid, *sentence(reader.say("risk-greeks-caption"), chart=view.greeks)) if view.rows else grid


async def account(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What is owned, what trades tie up of it, and what they made."""
    if request.args:
        return NOT_UNDERSTOOD
    return answer(book.account(await engine.accounts.account(), voice(request)), name="account")


async def smile(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The smile of the expiry that was named, else of the one an entry would take now, with a button to each other one."""
    expiry_on = read_expiry(request.args[0]) if request.args else None
    if len(request.args) > 1 or (request.args and expiry_on is None):
        return NOT_UNDERSTOOD
    view, reader = await engine.smile(expiry_on), voice(request)
    buttons = _expiries(view, reader)
    if expiry_on is not None and view.expiry_at is None:
        return sentence(reader.say("smile-not-listed", expiry=reader.figures.day(expiry_on, has_year=True)), buttons=buttons)
    return answer(book.smile(view, reader), chart=view.chart, buttons=buttons, name="smile")


def read_expiry(word: str) -> date | None:
    """The day of `2026-11-27` or, as the venue writes it, `27NOV26`; None for anything else."""
    venue = VENUE_DAY.fullmatch(word.upper())
    try:
        if venue is None:
            return date.fromisoformat(word)
        return date(2000 + int(venue["year"]), VENUE_MONTHS.index(venue["month"]) + 1, int(venue["day"]))
    except ValueError:
        return None


def _expiries(view: SmileView, reader: Voice) -> Keyboard:
    """The other listed expiries, soonest first."""
    others = [expiry_at for expiry_at in view.expiries if expiry_at != view.expiry_at][:EXPIRIES_OFFERED_MAX]
    # A year ahead the same day comes again: then the year tells them apart.
    has_year = len({reader.figures.day(expiry_at) for expiry_at in others}) < len(others)
    return rows_of(Button(label=reader.figures.day(at, has_year=has_year), action=encode(Verb.SHOW, f"smile.{at.date()}")) for at in others)
