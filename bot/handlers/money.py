"""Money: the curve and the closed trades."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot import messages
from bot.callbacks import Verb, encode
from bot.chat import Button, Reply, Request
from bot.format import line, to_html
from bot.handlers.answer import NOT_UNDERSTOOD, answer, sentence, voice
from bot.handlers.pages import PERIODS, HistoryPage, history_buttons
from bot.keyboards import Keyboard, rows_of
from bot.messages.voice import Voice
from bot.views import money, performance
from engine.api import Engine
from engine.core.model import ExitReason
from engine.notices import MonthlyNotice, decode_notice

EQUITY_PERIODS = ("30d", "all")
STATS_PERIODS = ("all", "90d", "30d")
STEPS = ("day", "week", "month")
CSV = "csv"
MONTHS_OFFERED_MAX = 12
OUTCOMES = ("winners", "losers")
REASONS = tuple(str(reason) for reason in ExitReason if reason is not ExitReason.HOLD)


async def equity(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Marked equity with its drawdown."""
    period = _one_of(EQUITY_PERIODS, request.args)
    if period is None:
        return NOT_UNDERSTOOD
    chart, reader = await engine.equity(period), voice(request)
    return answer(money.equity(chart, reader), chart=chart, buttons=_others("equity", "period", EQUITY_PERIODS, period, reader))


async def stats(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What the closed trades of a period say, and how sure that is."""
    period = _one_of(STATS_PERIODS, request.args)
    if period is None:
        return NOT_UNDERSTOOD
    view, reader = await engine.accounts.stats(period), voice(request)
    buttons = _others("stats", "period", STATS_PERIODS, period, reader)
    return answer(performance.stats(view, reader), chart=view.chart, buttons=buttons, name="stats")


async def pnl(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What was realised per day, week or month."""
    step = _one_of(STEPS, request.args)
    if step is None:
        return NOT_UNDERSTOOD
    view, reader = await engine.accounts.pnl(step), voice(request)
    return answer(performance.pnl(view, reader), buttons=_others("pnl", "step", STEPS, step, reader), name="pnl")


async def report(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The running month, or the one that was named, in figures; buttons to the others with trades."""
    month_on = read_month(request.args[0]) if request.args else None
    if len(request.args) > 1 or (request.args and month_on is None):
        return NOT_UNDERSTOOD
    notice = decode_notice("monthly", await engine.accounts.monthly_json(month_on))
    told, reader = messages.render(notice, language=request.language, nonce="", footer=""), voice(request)
    months = notice.report.ledger.months[:MONTHS_OFFERED_MAX] if isinstance(notice, MonthlyNotice) else ()
    buttons = rows_of(Button(label=reader.figures.month(each), action=encode(Verb.SHOW, f"report.{each:%Y-%m}")) for each in months)
    return (replace(told, buttons=buttons),)


def read_month(word: str) -> date | None:
    """The first day of `2026-10`; None for anything else."""
    try:
        return date.fromisoformat(f"{word}-01")
    except ValueError:
        return None


async def history(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The closed trades of a period, perhaps of one close reason or outcome; figures first. With `csv` as a file instead."""
    words = [word for word in request.args if word.lower() != CSV]
    page = read_history(tuple(words))
    if page is None or len(request.args) - len(words) > 1:
        return NOT_UNDERSTOOD
    return await (history_page if len(words) == len(request.args) else history_file)(request, engine, page)


async def history_file(request: Request, engine: Engine, page: HistoryPage) -> tuple[Reply, ...]:
    """The same trades as comma-separated values, with prices, rates and fees of each."""
    rows, reader = await engine.accounts.sheet(page.period, reason=page.reason, outcome=page.outcome), voice(request)
    told = reader.say("history-file", count=len(rows), period=reader.code("period", page.period))
    name = "-".join(word for word in ("history", page.period, page.reason, page.outcome) if word is not None)
    return (Reply(html=to_html([line(told)]), document=(f"{name}.csv", performance.sheet_csv(rows))),)


async def history_page(request: Request, engine: Engine, page: HistoryPage) -> tuple[Reply, ...]:
    """One page of the history, with buttons to the pages beside it."""
    view = await engine.history(page.period, reason=page.reason, outcome=page.outcome)
    buttons = history_buttons(page, money.pages_of(view.trades), voice(request))
    reader = voice(request)
    if not view.trades and view.closed_ever > 0:
        asked = money.asked_of(reader, period=page.period, reason=page.reason, outcome=page.outcome)
        return sentence(reader.say("history-none-such", asked=asked, count=view.closed_ever), buttons=buttons)
    return answer(money.history(view, reader, page.number), buttons=buttons)


def read_history(words: tuple[str, ...]) -> HistoryPage | None:
    """The first page of what the words ask for, in any order; None when a word says nothing we know, or one is said twice."""
    said = [word.lower() for word in words]
    period = [word for word in said if word in PERIODS]
    reason = [word for word in said if word in REASONS]
    outcome = [word for word in said if word in OUTCOMES]
    if len(period) + len(reason) + len(outcome) != len(said) or max(len(period), len(reason), len(outcome)) > 1:
        return None
    return HistoryPage(period=period[0] if period else "30d", reason=reason[0] if reason else None, outcome=outcome[0] if outcome else None)


def _one_of(choices: tuple[str, ...], words: tuple[str, ...]) -> str | None:
    """The word that was chosen, the first choice without one; None for any other or for more than one."""
    if not words:
        return choices[0]
    return words[0].lower() if len(words) == 1 and words[0].lower() in choices else None


def _others(command: str, family: str, choices: tuple[str, ...], chosen: str, reader: Voice) -> Keyboard:
    """A button for each other choice of the command."""
    return rows_of(Button(label=reader.code(family, each), action=encode(Verb.SHOW, f"{command}.{each}")) for each in choices if each != chosen)
