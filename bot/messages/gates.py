"""The gate table as lines: the same ones in the monthly report and in /stage."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN

from bot.format import Line, line
from bot.messages.voice import Voice
from engine.views import GateView

MARKS = {True: "✅", False: "❌"}


def gate_lines(gates: Sequence[GateView], said: Voice) -> list[Line]:
    """A line per condition: whether it holds, what was measured, and the limit."""
    return [line(_gate(gate, said)) for gate in gates]


def _gate(gate: GateView, said: Voice) -> str:
    sign = "≥" if gate.is_least else "≤"
    measured = said.say("stage-unmeasured") if gate.measured is None else _shown(gate, gate.measured, said)
    drawn_from = "" if gate.n is None or gate.measured is None else f" · n {gate.n}"
    return f"{MARKS[gate.is_met]} {said.code('gate', gate.code)}: {measured} ({sign} {_shown(gate, gate.limit, said)}){drawn_from}"


def _shown(gate: GateView, value: float, said: Voice) -> str:
    """Whole where it is whole; days round down, for a day that is not over does not count."""
    figures = said.figures
    if gate.code.endswith("_frac"):
        return figures.pct(value)
    if gate.code == "days":
        return figures.number(value, rounding=ROUND_DOWN)
    if gate.code == "mean_r":
        return figures.number(value, 3, signed=True)
    return figures.number(value, 0 if float(value).is_integer() else 2)
