"""Set-up: the first message and the help."""

from __future__ import annotations

from collections.abc import Sequence

from bot.access import may
from bot.chat import Command, Reply, Request
from bot.format import Block, Bold, Code, line
from bot.handlers.answer import NOT_UNDERSTOOD, answer, voice
from bot.handlers.people import ask_zone
from bot.views.results import title
from engine.api import Engine


async def start(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """A greeting: who is recognised, what this chat does, where to look first, and once which hours are theirs. A deep link's payload does nothing."""
    view, reader = await engine.status(), voice(request)
    lines = ("start-does", "start-next", "start-stop")
    role = reader.say("start-role", name=request.user_name, role=reader.code("role", request.role), stage=reader.code("stage", view.stage))
    greeting = answer([title(reader, "start-title"), line(role), *(line(reader.say(key)) for key in lines)])
    return (*greeting, *ask_zone(request))


def help_over(request: Request, commands: Sequence[Command]) -> tuple[Reply, ...]:
    """The commands by group, or the usage and an example of the one that was named."""
    if len(request.args) > 1:
        return NOT_UNDERSTOOD
    if not request.args:
        return _overview(request, commands)
    asked = request.args[0].removeprefix("/").lower()
    found = next((command for command in commands if command.name == asked), None)
    return NOT_UNDERSTOOD if found is None else _one(request, found)


def _overview(request: Request, commands: Sequence[Command]) -> tuple[Reply, ...]:
    reader = voice(request)
    blocks: list[Block] = [title(reader, "help-title")]
    allowed = [command for command in commands if may(request.role, command.role)]
    for group in dict.fromkeys(command.group for command in allowed):
        blocks += [line(), line(Bold(reader.say(f"group-{group}")))]
        blocks += [line(f"/{command.name} – {reader.say(summary_key(command))}") for command in allowed if command.group == group]
    return answer([*blocks, line(), line(reader.say("help-more"))], name="help")


def _one(request: Request, command: Command) -> tuple[Reply, ...]:
    reader = voice(request)
    return answer(
        [
            line(Bold(usage(command))),
            line(reader.say(summary_key(command))),
            line(reader.say("help-example"), Code(command.example)),
            line(reader.say("help-role", role=reader.code("role", command.role))),
        ]
    )


def usage(command: Command) -> str:
    """The command as a person types it, with its arguments."""
    return f"/{command.name} {command.args}".strip()


def summary_key(command: Command) -> str:
    """Under which the catalogues keep what the command does, in one line."""
    return f"help-{command.name.replace('_', '-')}"
