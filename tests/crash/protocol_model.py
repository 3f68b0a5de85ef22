"""The approval protocol as a state machine: people, a market, a chat service and crashes against the real program, judged by laws.

`python -m tests.crash.protocol_model [--heavy]` runs it, and then the naive variants of the same program, which must not survive it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.crash.protocol.courses import COURSES, Course
from tests.crash.protocol.machine import LawBroken, Protocol, Tally
from tests.crash.protocol.mutants import MUTANTS, Mutant, Verdict, judge
from tests.crash.protocol.phones import CREWS
from tests.crash.report import Row, tell
from tests.plain_logs import plain_logs

PACK = "protocol_model"
BATCHES, BATCHES_HEAVY = 1, 112
BATCH = 9
"""How many runs share a seed: from the tenth on Hypothesis would mostly repeat parts of the runs before."""

STEPS_MAX = 30


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is logged inside: the model provokes every warning there is."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        plain_logs()


def run_model(batches: int, *, is_hunt: bool = False) -> Tally:
    """The machine ran so many batches, after the courses where there are several, the same way each time.

    A broken law is shrunk and raised; a hunt ends at the first and tells of it.
    """
    tally = Tally()
    counted = type("Protocol", (Protocol,), {"tally": tally})
    chosen = settings(
        max_examples=BATCH,
        stateful_step_count=STEPS_MAX,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=[Phase.generate] if is_hunt else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    with quiet():
        for number in range(batches):
            try:
                if number == 0 and batches > BATCHES:
                    _play_courses(counted)
                run_state_machine_as_test(seed(number)(counted), settings=chosen)
            except Exception:
                if not is_hunt or not tally.first_broken:
                    raise
                break
    return tally


def _play_courses(counted: type[Protocol]) -> None:
    """Every course was played in a home of its own. Raises LawBroken with the course that broke a law."""
    for course in COURSES:
        try:
            _play(counted(), course)
        except LawBroken as broken:
            broken.add_note(str(course))
            raise


def _play(machine: Protocol, course: Course) -> None:
    try:
        machine.begin(course.scene, CREWS[0], course.turns)
        for happening in course.happenings:
            if machine.can_meet(happening.deed):
                machine.meet(happening.deed, happening.how, happening.pick, happening.fault)
    finally:
        machine.teardown()


def run(heavy: bool) -> tuple[Row, ...]:
    """Our protocol, and the naive variants of it: all of them in the heavy size, a sample in the small one."""
    tally = run_model(BATCHES_HEAVY if heavy else BATCHES, is_hunt=True)
    verdicts = [(mutant, judge(mutant.name, batches_max=BATCHES_HEAVY)) for mutant in MUTANTS if heavy or mutant.is_quick]
    found = sum(bool(verdict.law) for _, verdict in verdicts)
    ours = Row(
        pack=PACK,
        measure=f"laws broken: {tally.runs:,} runs, {tally.steps:,} steps, {tally.commits:,} commits, {tally.crashes:,} crashes",
        ours=tally.first_broken or "0",
        naive=f"{found}/{len(verdicts)} variants break one",
        pass_mark=f"0; {len(verdicts)}/{len(verdicts)}",
        is_passed=not tally.first_broken and found == len(verdicts),
    )
    return (ours, *(_told(mutant, verdict) for mutant, verdict in verdicts))


def _told(mutant: Mutant, verdict: Verdict) -> Row:
    found = f"run {verdict.runs}, step {verdict.steps}: {verdict.law}" if verdict.law else f"never in {verdict.runs} runs"
    return Row(pack=PACK, measure=mutant.mistake, ours="", naive=found, pass_mark="found", is_passed=bool(verdict.law))


if __name__ == "__main__":
    raise SystemExit(tell(run))
