"""kill -9 before every write, sync and send between an operator's word and its effect; then the program starts again and all accounts agree.

`python -m tests.crash.kill_points [--heavy]`. Per point the program is started in a copy of a prepared home with the chat as it was,
strace is attached, the person acts, and at the N-th call of its kind the kernel delivers SIGKILL before the call is made. What runs is the
program from its command line on, in a child of a parent that has imported the modules (`warm_program`): importing is no part of the way.
One traced life without a kill tells which calls the way consists of; a later life may make a few more or fewer, and where it ends
before the N-th call the point does not count.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.crash.accounts import wrong_in
from tests.crash.moments import APPROVE, ENTRY, Life, Moment, before_approval, life_of, with_open_trade
from tests.crash.naive_points import try_naive
from tests.crash.nursery import Nursery, Program, nursery, traced
from tests.crash.points import Point, evenly, points_in, tracing
from tests.crash.report import Row, tell
from tests.e2e.scene import ADA

PACK = "kill_points"
POINTS, NAIVE_POINTS, EVERY_POINT = 6, 6, 10_000
REACHED_MIN = 300
AT_ONCE = 2
RESTART_MAX_S = 5.0
PATIENCE_S = 20.0

OPENINGS = """
SELECT p.state, o.state AS placed, t.state AS trade
FROM proposals AS p LEFT JOIN orders AS o USING (proposal_id) LEFT JOIN trades AS t ON t.proposal_id = p.proposal_id
"""
CLOSINGS = "SELECT state, (SELECT count(*) FROM orders WHERE side = 'close' AND state = 'filled') AS filled FROM trades"
KILLS = "SELECT is_armed, (SELECT state FROM proposals) AS card, (SELECT count(*) FROM orders) AS orders FROM kill_switch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Something a person orders.

    The moment before it, what is made ready, the deed, what is left to do after a restart (True when there was something), and what is
    wrong with its end.
    """

    name: str
    prepare: Callable[[Nursery, Path], Awaitable[Moment]]
    make_ready: Callable[[Life], Awaitable[None]]
    act: Callable[[Life], None]
    go_on: Callable[[Life], bool]
    wrong_end: Callable[[Life], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One point: where, whether the process got there, what was wrong afterwards, and how long the restart took."""

    way: str
    point: Point
    is_reached: bool
    wrong: tuple[str, ...] = ()
    restart_s: float = 0.0


async def _nothing(_: Life) -> None:
    return None


def _is_done(_: Life) -> bool:
    return False


def _approve(life: Life) -> None:
    life.api.tap(life.message(ENTRY), APPROVE)


def _approve_again(life: Life) -> bool:
    """A card that asks again is approved again."""
    card = life.message(ENTRY)
    if APPROVE not in card.labels:
        return False
    life.api.tap(card, APPROVE)
    return True


def _wrong_opening(life: Life) -> Sequence[str]:
    """Open by one order, or not placed and told so."""
    ends = [tuple(row.values()) for row in life.rows(OPENINGS)]
    return [] if ends in ([("executed", "filled", "open")], [("not_placed", "not_placed", "not_opened")]) else [f"ended as {ends}"]


async def _ask_for_the_price(life: Life) -> None:
    life.api.say(ADA, "/force_close 1")
    await life.api.wait_for(lambda message: "Close #1" in message.text and bool(message.buttons), timeout=PATIENCE_S)


def _confirm(life: Life) -> None:
    message = life.message("Close #1")
    life.api.tap_data(message, message.buttons[0][0].data)


def _wrong_closing(life: Life) -> Sequence[str]:
    """Closed by one order, or open as before."""
    ends = [tuple(row.values()) for row in life.rows(CLOSINGS)]
    return [] if ends in ([("closed", 1)], [("open", 0)]) else [f"ended as {ends}"]


def _kill(life: Life) -> None:
    life.api.say(ADA, "/kill points")


def _wrong_kill(life: Life) -> Sequence[str]:
    """Killed by file and row, the card settled, nothing ordered."""
    (row,) = life.rows(KILLS)
    wrong = [] if tuple(row.values()) == (1, "refused", 0) else [f"killed, and the store says {row}"]
    return wrong if (life.home / "KILL").exists() else [*wrong, "killed, and there is no file"]


WAYS = (
    Way(name="approve to fill", prepare=before_approval, make_ready=_nothing, act=_approve, go_on=_approve_again, wrong_end=_wrong_opening),
    Way(name="order to close", prepare=with_open_trade, make_ready=_ask_for_the_price, act=_confirm, go_on=_is_done, wrong_end=_wrong_closing),
    Way(name="kill", prepare=before_approval, make_ready=_nothing, act=_kill, go_on=_is_done, wrong_end=_wrong_kill),
)


async def try_way(way: Way, parent: Nursery, folder: Path, *, points_max: int) -> list[Found]:
    """At most `points_max` points of the way, evenly spread over it."""
    moment = await way.prepare(parent, folder / "moment")
    points = evenly(await _points_of(way, moment, parent, folder / "undisturbed"), points_max)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, point: Point) -> Found:
        async with gate:
            return await _try_point(way, point, moment, parent, folder / f"point-{number}")

    return list(await asyncio.gather(*(one(number, point) for number, point in enumerate(points))))


async def _points_of(way: Way, moment: Moment, parent: Nursery, folder: Path) -> list[Point]:
    """The calls of one undisturbed life. Raises AssertionError when it goes wrong all by itself."""
    trace = folder.with_suffix(".trace")
    async with life_of(moment, parent, folder) as life:
        program = await life.start()
        await life.settled(program)
        await way.make_ready(life)
        await life.settled(program)
        async with traced(program, *tracing(trace)):
            way.act(life)
            await life.handled()
            await life.settled(program)
        if wrong := (*wrong_in(life), *way.wrong_end(life)):
            raise AssertionError(f"{way.name} goes wrong without a kill: {wrong}")
    return points_in(trace, main_thread=program.pid)


async def _try_point(way: Way, point: Point, moment: Moment, parent: Nursery, folder: Path) -> Found:
    """The process died at the point, was started again, and everything was looked at."""
    async with life_of(moment, parent, folder) as life:
        program = await life.start()
        await life.settled(program)
        await way.make_ready(life)
        await life.settled(program)
        async with traced(program, *point.options, is_main_thread_only=point.is_main_thread):
            way.act(life)
            if await life.settled(program):
                return Found(way=way.name, point=point, is_reached=False)
        began_s = time.perf_counter()
        try:
            again = await life.start()
            took_s = time.perf_counter() - began_s
            return Found(way=way.name, point=point, is_reached=True, wrong=await _wrong_after(way, life, again), restart_s=took_s)
        except AssertionError as failure:
            return Found(way=way.name, point=point, is_reached=True, wrong=(str(failure),))


async def _wrong_after(way: Way, life: Life, program: Program) -> tuple[str, ...]:
    """What is wrong once nothing is owed any more, and again after what was left to do is done."""
    await life.settled(program)
    wrong = wrong_in(life)
    if way.go_on(life):
        await life.settled(program)
        wrong = (*wrong, *wrong_in(life))
    code = await program.end(signal.SIGTERM)
    stopped = () if code == 0 else (f"ended with {code} when asked to stop",)
    return (*wrong, *way.wrong_end(life), *stopped)


async def try_all(parent: Nursery, folder: Path, *, points_max: int) -> list[Found]:
    """The points of every way."""
    return [found for way in WAYS for found in await try_way(way, parent, folder / way.name.replace(" ", "-"), points_max=points_max)]


def run(heavy: bool) -> tuple[Row, ...]:
    """Every point there is in the heavy size, a few of each way otherwise."""
    return asyncio.run(_run(heavy))


async def _run(heavy: bool) -> tuple[Row, ...]:
    with tempfile.TemporaryDirectory(prefix="cerbero-points-") as folder:
        async with nursery() as parent:
            began_s = time.perf_counter()
            found = await try_all(parent, Path(folder), points_max=EVERY_POINT if heavy else POINTS)
            took_s = time.perf_counter() - began_s
            naive = await try_naive(parent, Path(folder) / "naive", points_max=EVERY_POINT if heavy else NAIVE_POINTS)
    reached = [each for each in found if each.is_reached]
    for each in reached:
        if each.wrong:
            print(f"{each.way}, {each.point}: {'; '.join(each.wrong)}", file=sys.stderr)
    return (_points_row(reached, len(naive), took_s, heavy=heavy), _wrong_row(reached, naive), _restart_row(reached))


def _points_row(reached: Sequence[Found], naive_points: int, took_s: float, *, heavy: bool) -> Row:
    per_way = ", ".join(f"{way.name} {sum(each.way == way.name for each in reached)}" for way in WAYS)
    return Row(
        pack=PACK,
        measure=f"points killed at ({per_way}), {len(reached) / took_s:.1f}/s",
        ours=str(len(reached)),
        naive=str(naive_points),
        pass_mark=f">= {REACHED_MIN}" if heavy else "> 0",
        is_passed=len(reached) >= (REACHED_MIN if heavy else 1),
    )


def _wrong_row(reached: Sequence[Found], naive: Sequence[tuple[str, ...]]) -> Row:
    wrong, wrong_naive = sum(bool(each.wrong) for each in reached), sum(bool(each) for each in naive)
    return Row(
        pack=PACK,
        measure="points after which orders, audit, chat or positions disagree",
        ours=f"{wrong} of {len(reached)}",
        naive=f"{wrong_naive} of {len(naive)}",
        pass_mark="0",
        is_passed=not wrong,
    )


def _restart_row(reached: Sequence[Found]) -> Row:
    longest_s = max((each.restart_s for each in reached), default=0.0)
    return Row(
        pack=PACK,
        measure="longest restart, imports done",
        ours=f"{longest_s:.1f} s",
        naive="",
        pass_mark=f"<= {RESTART_MAX_S:g} s",
        is_passed=longest_s <= RESTART_MAX_S,
    )


if __name__ == "__main__":
    sys.exit(tell(run))
