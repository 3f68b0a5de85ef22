"""Research in the chat: what Monte Carlo expected and what Kelly would stake."""

from __future__ import annotations

from bot.chat import Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, sentence, voice
from bot.handlers.past import read_past
from bot.views import lab
from bot.views import sweep as sweeps
from engine.api import Engine


async def montecarlo(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The fan of invented paths from this market on, with the real result in it."""
    if request.args:
        return NOT_UNDERSTOOD
    view, reader = await engine.lab.montecarlo(), voice(request)
    return answer(lab.montecarlo(view, reader), chart=view.chart, name="montecarlo")


async def sweep(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The grid lived through and judged, with its heat map."""
    asked = read_past(request.args)
    if asked is None or not asked.words:
        return NOT_UNDERSTOOD
    view = await engine.lab.sweep(from_on=asked.from_on, to_on=asked.to_on, words=asked.words)
    return answer(sweeps.sweep(view, voice(request)), chart=view.chart, name="sweep")


async def kelly(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What a recalibration would say now, live and paper apart, with a picture of each live strategy."""
    if request.args:
        return NOT_UNDERSTOOD
    view, reader = await engine.lab.kelly(), voice(request)
    pictures = [sentence(reader.code("strategy", row.strategy), chart=row.chart) for row in view.rows if row.is_live and row.chart is not None]
    return (*answer(lab.kelly(view, reader), name="kelly"), *(reply for picture in pictures for reply in picture))
