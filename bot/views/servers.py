"""How every data server stands, as text: the ones in trouble first."""

from __future__ import annotations

from collections.abc import Sequence

from bot.format import Block, line, upstream
from bot.messages.voice import Voice
from bot.views.results import title
from engine.api import ServerHealth, ServerSeen

MARKS = {ServerHealth.UP: "🟢", ServerHealth.FAILING: "🟠", ServerHealth.DOWN: "🔴"}


def servers(seen: Sequence[ServerSeen], voice: Voice) -> list[Block]:
    """One line per server, below it what it lacks and what it said went wrong."""
    blocks: list[Block] = [title(voice, "ping-title")]
    for each in sorted(seen, key=lambda server: server.is_sound):
        blocks += _server(each, voice)
    return blocks


def _server(seen: ServerSeen, voice: Voice) -> list[Block]:
    say, is_up = voice.say, seen.health is ServerHealth.UP
    code = "up-unmeasured" if is_up and seen.latency_ms is None else seen.health.value
    latency = "" if seen.latency_ms is None else f"{voice.figures.number(seen.latency_ms)} ms"
    mark = MARKS[ServerHealth.FAILING if is_up and not seen.is_sound else seen.health]
    blocks: list[Block] = [line(f"{mark} {voice.code('ping', code, name=seen.name, latency=latency)}")]
    if seen.roles and seen.roles != (seen.name,):
        blocks.append(line(say("ping-plays", roles=", ".join(seen.roles))))
    if seen.missing:
        blocks.append(line(say("ping-missing", tools=", ".join(seen.missing))))
    if seen.problem:
        blocks.append(upstream(seen.problem))
    return blocks
