"""The circuit breaker as a table of instants."""

from __future__ import annotations

from engine.clients.breaker import FAILURES_MAX, Breaker


def tripped(*, at_s: float) -> Breaker:
    breaker = Breaker(open_s=2.0)
    for _ in range(FAILURES_MAX):
        breaker.fail(at_s)
    return breaker


def test_one_failure_less_than_the_limit_keeps_it_closed() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_MAX - 1):
        breaker.fail(1.0)

    assert (breaker.is_tripped, breaker.admit(1.0)) == (False, True)


def test_a_tripped_breaker_refuses_until_its_time_and_then_lets_one_probe_through() -> None:
    breaker = tripped(at_s=10.0)

    assert [breaker.admit(at_s) for at_s in (10.0, 11.99, 12.0, 12.0)] == [False, False, True, False]


def test_a_failed_probe_opens_it_again_and_keeps_the_time_of_the_first_failure() -> None:
    breaker = tripped(at_s=10.0)
    breaker.admit(12.0)
    breaker.fail(12.5)

    assert (breaker.admit(13.0), breaker.admit(14.5), breaker.failing_since_s) == (False, True, 10.0)


def test_it_has_been_open_since_the_failure_that_tripped_it() -> None:
    """Four failures of a quiet day and the fifth a day later: open since now, failing since then."""
    breaker = Breaker()
    for at_s in (1.0, 2.0, 3.0, 4.0):
        breaker.fail(at_s)
    closed = breaker.tripped_at_s
    for at_s in (90_000.0, 90_005.0):
        breaker.fail(at_s)
    opened = breaker.tripped_at_s, breaker.failing_since_s
    breaker.succeed()

    assert (closed, opened, breaker.tripped_at_s) == (None, (90_000.0, 1.0), None)


def test_a_good_probe_closes_it() -> None:
    breaker = tripped(at_s=10.0)
    breaker.admit(12.0)
    breaker.succeed()

    assert (breaker.is_tripped, breaker.failing_since_s, breaker.admit(12.1)) == (False, None, True)


def test_a_probe_given_up_by_its_caller_leaves_the_next_one_free() -> None:
    breaker = tripped(at_s=10.0)
    breaker.admit(12.0)
    breaker.release()

    assert breaker.admit(12.1)
