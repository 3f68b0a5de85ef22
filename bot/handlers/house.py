"""The program itself: who asks, what runs, how it is set, what it logged, what it kept."""

from __future__ import annotations

from bot.access import may
from bot.chat import Command, Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, number, person, sentence, voice
from bot.views import house
from engine.api import Engine

LOG_LINES, LOG_LINES_MAX = 20, 100
WHOLE = "all"


async def version(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What runs, by name and number."""
    return NOT_UNDERSTOOD if request.args else answer(house.version(await engine.version(), voice(request)))


async def config(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The fingerprint, your own values and what waits for the next start; with a table, every value of it."""
    if len(request.args) > 1:
        return NOT_UNDERSTOOD
    view, reader = await engine.settings(), voice(request)
    if not request.args:
        return answer(house.settings(view, reader), name="config")
    asked = request.args[0].lower()
    rows = tuple(row for row in view.rows if asked == WHOLE or house.table_of(row.key) == asked)
    return answer(house.table(asked, rows, reader), name=f"config-{asked}") if rows else sentence(house.no_such_table(asked, view, reader))


async def logs(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The last events of the log, as many as were asked for."""
    count = number(request.args[0]) if request.args else LOG_LINES
    if count is None or not 1 <= count <= LOG_LINES_MAX or len(request.args) > 1:
        return NOT_UNDERSTOOD
    lines = await engine.log_tail(count)
    return answer(house.logs(lines, voice(request)), name="log") if lines else sentence(voice(request).say("no-logs"))


async def backup(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """A backup taken now, and every one there is with its age."""
    return NOT_UNDERSTOOD if request.args else answer(house.backups(await engine.back_up(person(request)), voice(request)), name="backups")


async def whoami(request: Request, engine: Engine, commands: tuple[Command, ...]) -> tuple[Reply, ...]:
    """Who is recognised here, and what they may do."""
    if request.args:
        return NOT_UNDERSTOOD
    status = await engine.status()
    allowed = sum(may(request.role, command.role) for command in commands)
    return answer(house.whoami(request, status.stage, (allowed, len(commands)), voice(request)))
