"""How long a trade stayed open after it was first said that it must be closed.

Rules of this file: the time runs from the first question to the close, whatever was answered, tried and asked again in between; nothing
shortens it but a market that stood right again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.core.model import ExitReason

ASKED_AGAIN_WITHIN = timedelta(hours=1)
"""The guard looks every hour: where it asks nothing for longer, there was nothing to ask."""

SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class HardQuestion:
    """One card of a hard exit; `ended_at` None while it is not decided."""

    reason: str
    asked_at: datetime
    ended_at: datetime | None


def hard_exit_latency_s(questions: Sequence[HardQuestion], closed_at: datetime) -> float | None:
    """Seconds from the first question of the run that led to the close; None for a trade no rule asked to close hard.

    `questions`: those of one trade, oldest first.
    """
    began_at, open_until = None, None
    for question in questions:
        if open_until is not None and question.asked_at - open_until > ASKED_AGAIN_WITHIN:
            began_at = None
        if began_at is None and question.reason != ExitReason.MANUAL.value:
            began_at = question.asked_at
        open_until = closed_at if question.ended_at is None else question.ended_at
    if began_at is None or open_until is None or closed_at - open_until > ASKED_AGAIN_WITHIN:
        return None
    return (closed_at - began_at).total_seconds()


def p95_s(latencies_s: Sequence[float]) -> float | None:
    """The time that 95 % of them stay within, a measured one; None without any."""
    return sorted(latencies_s)[math.ceil(SHARE * len(latencies_s)) - 1] if latencies_s else None
