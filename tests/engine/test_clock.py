"""The clocks: aware UTC, never backwards, never past the next job, still while work is done."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from engine.clock import AcceleratedClock, ManualClock, SteadyWall, SystemClock, boot_time_s, monotonic_s

START = datetime(2026, 3, 2, 13, 58, tzinfo=UTC)


@pytest.mark.parametrize("make", [ManualClock, lambda at: AcceleratedClock(at, speed=60.0)])
def test_a_clock_refuses_a_start_without_a_zone_and_speaks_utc(make: type[ManualClock]) -> None:
    with pytest.raises(ValueError, match="time zone"):
        make(START.replace(tzinfo=None))

    clock = make(START.astimezone(timezone(timedelta(hours=2))))
    assert clock.now().tzinfo is UTC


async def test_the_system_clock_is_the_wall_and_sleeps_until_an_instant() -> None:
    clock = SystemClock()
    at = clock.now() + timedelta(milliseconds=5)

    with clock.still():
        await clock.sleep_until(at)

    assert clock.now() >= at
    assert clock.wall() >= at


async def test_a_manual_clock_stands_until_moved_and_never_runs_backwards() -> None:
    clock = ManualClock(START)
    await clock.sleep_until(START + timedelta(hours=1))
    clock.advance_to(START)

    with clock.still():
        assert clock.now() == START + timedelta(hours=1)
    assert clock.wall().tzinfo is UTC


async def test_accelerated_time_stops_at_the_barrier_until_it_is_moved_on() -> None:
    clock = AcceleratedClock(START, speed=1_000_000.0)
    clock.set_barrier(START + timedelta(minutes=2))
    await clock.sleep_until(START + timedelta(minutes=2))
    await asyncio.sleep(0)

    assert clock.now() == START + timedelta(minutes=2)
    clock.set_barrier(START + timedelta(hours=2))
    await clock.sleep_until(START + timedelta(hours=2))
    assert clock.now() == START + timedelta(hours=2)


async def test_no_accelerated_time_passes_inside_a_still_cycle() -> None:
    clock = AcceleratedClock(START, speed=1_000_000.0)
    with clock.still():
        first = clock.now()
        await asyncio.sleep(0.002)
        with clock.still():
            await asyncio.sleep(0.002)

        assert clock.now() == first
    assert clock.now() - first < timedelta(hours=1)


async def test_a_sleeper_notices_a_change_of_speed_at_once() -> None:
    clock = AcceleratedClock(START, speed=0.001)
    sleeper = asyncio.create_task(clock.sleep_until(START + timedelta(hours=1)))
    await asyncio.sleep(0)
    clock.set_speed(0.001)
    clock.set_speed(1_000_000.0)

    await asyncio.wait_for(sleeper, timeout=2.0)
    assert (clock.speed, clock.wall().tzinfo) == (1_000_000.0, UTC)


def test_durations_are_measured_on_clocks_that_do_not_jump() -> None:
    first = (monotonic_s(), boot_time_s())

    assert monotonic_s() >= first[0]
    assert boot_time_s() >= first[1]


class Machine:
    """A machine whose clock can be set, and whose seconds since boot only grow."""

    def __init__(self) -> None:
        self.at, self.boot_s = START, 100.0

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.boot_s += seconds

    def is_set(self, hours: float) -> None:
        self.at += timedelta(hours=hours)

    def wall(self) -> SteadyWall:
        return SteadyWall(lambda: self.at, lambda: self.boot_s)


def test_a_clock_set_back_takes_nothing_from_what_is_due() -> None:
    """Half an hour stays about half an hour, and is never told twice."""
    machine = Machine()
    wall = machine.wall()
    machine.is_set(hours=-2)
    first = wall.now()
    machine.passes(30 * 60)

    assert first == START
    assert wall.now() - first == timedelta(minutes=27)
    assert wall.ahead_s() == 2 * 3600 - 3 * 60


def test_a_clock_set_back_is_caught_up_with_in_the_end() -> None:
    machine = Machine()
    wall = machine.wall()
    machine.is_set(hours=-2)
    told = []
    for _ in range(21 * 60):
        machine.passes(60)
        told.append(wall.now())

    assert told == sorted(told)
    assert (wall.ahead_s(), wall.now()) == (0.0, machine.at)


@pytest.mark.parametrize("hours", [2, 10 * 365 * 24])
def test_a_step_forward_is_followed_and_a_step_back_from_there_is_not(hours: int) -> None:
    machine = Machine()
    wall = machine.wall()
    machine.is_set(hours=hours)
    forward = wall.now()
    machine.is_set(hours=-hours)

    assert forward == START + timedelta(hours=hours)
    assert wall.now() == forward


def test_a_leap_second_is_made_up_within_ten_seconds() -> None:
    machine = Machine()
    wall = machine.wall()
    machine.is_set(hours=-1 / 3600)
    machine.passes(10.5)

    assert wall.now() == machine.at


async def test_a_sleep_over_a_step_back_ends_when_its_time_has_passed() -> None:
    machine = Machine()
    clock = SystemClock(machine.wall())
    machine.is_set(hours=-2)
    sleeper = asyncio.create_task(clock.sleep_until(START + timedelta(milliseconds=9)))
    await asyncio.sleep(0)
    machine.passes(0.0101)

    async with asyncio.timeout(2.0):
        await sleeper
    assert clock.ahead_s() > 0
