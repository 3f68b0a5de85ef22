"""Money: the curve and the closed trades."""

from __future__ import annotations

from bot.chat import Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, voice
from bot.handlers.pages import HistoryPage, history_buttons
from bot.views import money
from engine.api import Engine
from engine.core.model import ExitReason

EQUITY_PERIODS = ("30d", "all")
HISTORY_PERIODS = ("7d", "30d", "all")
OUTCOMES = ("winners", "losers")
REASONS = tuple(str(reason) for reason in ExitReason if reason is not ExitReason.HOLD)


async def equity(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Marked equity with its drawdown."""
    period = request.args[0].lower() if request.args else EQUITY_PERIODS[0]
    if period not in EQUITY_PERIODS or len(request.args) > 1:
        return NOT_UNDERSTOOD
    chart = await engine.equity(period)
    return answer(money.equity(chart, voice(request)), chart=chart)


async def history(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The closed trades of a period, perhaps of one close reason or outcome; figures first."""
    page = read_history(request.args)
    return NOT_UNDERSTOOD if page is None else await history_page(request, engine, page)


async def history_page(request: Request, engine: Engine, page: HistoryPage) -> tuple[Reply, ...]:
    """One page of the history, with buttons to the pages beside it."""
    view = await engine.history(page.period, reason=page.reason, outcome=page.outcome)
    buttons = history_buttons(page, money.pages_of(view.trades), voice(request))
    return answer(money.history(view, voice(request), page.number), buttons=buttons)


def read_history(words: tuple[str, ...]) -> HistoryPage | None:
    """The first page of what the words ask for, in any order; None when a word says nothing we know, or one is said twice."""
    said = [word.lower() for word in words]
    period = [word for word in said if word in HISTORY_PERIODS]
    reason = [word for word in said if word in REASONS]
    outcome = [word for word in said if word in OUTCOMES]
    if len(period) + len(reason) + len(outcome) != len(said) or max(len(period), len(reason), len(outcome)) > 1:
        return None
    return HistoryPage(period=period[0] if period else "30d", reason=reason[0] if reason else None, outcome=outcome[0] if outcome else None)
