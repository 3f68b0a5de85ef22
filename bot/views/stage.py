"""The gate table as text."""

from __future__ import annotations

from bot.figures import ABSENT
from bot.format import Block, Bold, Code, line
from bot.messages.voice import Voice
from bot.views.results import title
from engine.views import GateView, StageView

MARKS = {True: "✅", False: "❌"}


def table(view: StageView, voice: Voice) -> list[Block]:
    """The stage that runs, what is signed off, and each gate of the next one with what was measured."""
    blocks: list[Block] = [
        title(voice, "stage-title", stage=voice.code("stage", view.running)),
        line(voice.say("stage-signed-off", stage=voice.code("stage", view.signed_off))),
    ]
    if view.following is None:
        return [*blocks, line(voice.say("stage-none-above"))]
    missing = [gate for gate in view.gates if not gate.is_met]
    blocks += [line(), line(Bold(voice.say("stage-gates", stage=voice.code("stage", view.following)))), *(line(_gate(gate, voice)) for gate in view.gates)]
    blocks += [line(), line(voice.say("stage-missing", count=len(missing)) if missing else voice.say("stage-ready"))]
    return [*blocks, line(f"{voice.say('stage-type')} ", Code(f"/stage {view.phrase}"))]


def _gate(gate: GateView, voice: Voice) -> str:
    sign = "≥" if gate.is_least else "≤"
    measured = voice.say("stage-unmeasured") if gate.measured is None else _shown(gate, gate.measured, voice)
    return f"{MARKS[gate.is_met]} {voice.code('gate', gate.code)}: {measured} ({sign} {_shown(gate, gate.limit, voice)})"


def _shown(gate: GateView, value: float, voice: Voice) -> str:
    if gate.code.endswith("_frac"):
        return voice.figures.pct(value)
    text = voice.figures.number(value, 2)
    return text if text == ABSENT or value != int(value) else voice.figures.number(value)
