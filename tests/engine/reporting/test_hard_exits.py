"""How long hard exits took: from the first question to the close, through everything in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import default_rules
from engine.core.model import ExitReason, Stage
from engine.reporting.gates import gate_table
from engine.reporting.hard_exits import ASKED_AGAIN_WITHIN, HardQuestion, hard_exit_latency_s, p95_s
from tests.bot.fake_accounts import NO_RECORD
from tests.engine.core.builders import NOW

STOP, MANUAL = ExitReason.STOP_LOSS.value, ExitReason.MANUAL.value


def asked(*spans_min: tuple[float, float | None], reason: str = STOP) -> list[HardQuestion]:
    """Questions by the minutes they were asked and ended at."""
    return [
        HardQuestion(reason=reason, asked_at=NOW + timedelta(minutes=begun), ended_at=None if over is None else NOW + timedelta(minutes=over))
        for begun, over in spans_min
    ]


@pytest.mark.parametrize(
    ("questions", "closed_min", "took_min"),
    [
        ([], 10, None),
        (asked((0, 15)), 16, 16),
        (asked((0, 15), (15, 30), (75, 80)), 82, 82),
        (asked((0, 15), (720, 735)), 736, 16),
        (asked((0, 15)), 200, None),
        (asked((0, None)), 500, 500),
        (asked((0, 1), reason=MANUAL), 2, None),
        (asked((0, 15)) + asked((20, 21), reason=MANUAL), 22, 22),
        (asked((0, 1), reason=MANUAL) + asked((5, 20)), 21, 16),
    ],
    ids=["none", "once", "again and again", "stood right between", "market came back", "never decided", "by hand", "by hand in the end", "by hand before"],
)
def test_the_time_runs_from_the_first_question_of_the_run_that_led_to_the_close(
    questions: list[HardQuestion], closed_min: float, took_min: float | None
) -> None:
    assert hard_exit_latency_s(questions, NOW + timedelta(minutes=closed_min)) == (None if took_min is None else took_min * 60)


@given(gaps_s=st.lists(st.floats(1, ASKED_AGAIN_WITHIN.total_seconds()), min_size=1, max_size=9))
def test_asking_again_never_shortens_it(gaps_s: list[float]) -> None:
    at, questions = NOW, []
    for gap_s in gaps_s:
        questions.append(HardQuestion(reason=STOP, asked_at=at, ended_at=at))
        at += timedelta(seconds=gap_s)

    assert hard_exit_latency_s(questions, at) == (at - NOW).total_seconds()


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_nineteen_of_twenty_stay_within_the_time_told(latencies_s: list[float]) -> None:
    told = p95_s(latencies_s)

    assert told in latencies_s
    assert sum(each <= told for each in latencies_s) >= 0.95 * len(latencies_s)
    assert sum(each < told for each in latencies_s) < 0.95 * len(latencies_s)


@pytest.mark.parametrize(("hard_exits_s", "is_met"), [((), False), ((1800.0,), True), ((60.0, 1800.1), False)])
def test_the_gate_holds_it_against_its_limit(hard_exits_s: tuple[float, ...], is_met: bool) -> None:
    record = replace(NO_RECORD, hard_exits_s=hard_exits_s)
    (gate,) = [gate for gate in gate_table(Stage.SOFT, record, default_rules().gates) if gate.code == "hard_exit_latency_s"]

    assert (gate.measured, gate.is_met) == (p95_s(hard_exits_s), is_met)
