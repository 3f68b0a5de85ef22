"""The gate table as text."""

from __future__ import annotations

from bot.format import Block, Bold, Code, line
from bot.messages.gates import gate_lines
from bot.messages.voice import Voice
from bot.views.results import title
from engine.views import StageView


def table(view: StageView, voice: Voice) -> list[Block]:
    """The stage that runs, what is signed off, and each gate of the next one with what was measured."""
    blocks: list[Block] = [
        title(voice, "stage-title", stage=voice.code("stage", view.running)),
        line(voice.say("stage-signed-off", stage=voice.code("stage", view.signed_off))),
    ]
    if view.following is None:
        return [*blocks, line(voice.say("stage-none-above"))]
    missing = [gate for gate in view.gates if not gate.is_met]
    blocks += [line(), line(Bold(voice.say("stage-gates", stage=voice.code("stage", view.following)))), *gate_lines(view.gates, voice)]
    blocks += [line(), line(voice.say("stage-missing", count=len(missing)) if missing else voice.say("stage-ready"))]
    return [*blocks, line(f"{voice.say('stage-type')} ", Code(f"/stage {view.phrase}"))]
