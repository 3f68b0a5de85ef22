"""History asked from the chat: bounded, changed by words, beside the engine, and stopped within a few settings."""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.errors import ActionRefused
from engine.home import open_home
from engine.market.shipped import shipped_history
from engine.market.synthetic import DEMO_SEED, DEMO_START_AT
from engine.research.past_room import SETTINGS_MAX, SWEEP_DAYS_MAX, PastAsk, PastRoom
from engine.research.sweep import Workers
from engine.research.sweep_frame import SWEEPS
from engine.servers.market_plan import MarketPlan

NOW = DEMO_START_AT + timedelta(days=20)
SOON = DEMO_START_AT + timedelta(days=12)
STOPS = "exit.stop_loss_x_credit=2,3"
SHORT = PastAsk(from_at=DEMO_START_AT, to_at=SOON, words=(STOPS,))


@contextmanager
def here() -> Iterator[Workers]:
    """One worker of this process, behind the same interface as any other."""
    with ThreadPoolExecutor(1) as executor:
        yield Workers(executor=executor, count=1, require_alive=lambda: None, told="the worker")


def room(folder: Path, market: MarketPlan = MarketPlan(seed=DEMO_SEED), **changes: object) -> PastRoom:  # noqa: B008 - a plain value
    return PastRoom(open_home(folder), market, lambda: NOW, **{"pool": here, **changes})  # type: ignore[arg-type]


async def refused(asked: PastRoom, ask: PastAsk, *, by: str = "sweep") -> ActionRefused:
    with pytest.raises(ActionRefused) as refusal:
        await (asked.sweep(ask) if by == "sweep" else asked.replay(ask))
    return refusal.value


async def test_a_sweep_lives_through_every_setting_keeps_it_and_tells_how_far_it_is(tmp_path: Path) -> None:
    asked = room(tmp_path)
    before, view = asked.progress, await asked.sweep(SHORT)
    again = await asked.sweep(SHORT)

    assert (before, asked.progress) == (None, None)
    assert (view.settings, view.keys, view.to_at) == (2, ("exit.stop_loss_x_credit",), SOON)
    assert view.rows == again.rows
    assert len(list((tmp_path / SWEEPS).glob("*.jsonl"))) == 1


async def test_a_sweep_nobody_waits_for_ends_and_what_it_found_is_kept(tmp_path: Path) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    @contextmanager
    def slow() -> Iterator[Workers]:
        begun.set()
        may_go_on.wait(10)
        with here() as workers:
            yield workers

    asked = room(tmp_path, pool=slow)
    work = asyncio.create_task(asked.sweep(PastAsk(from_at=DEMO_START_AT, to_at=SOON, words=("exit.vol_stop_pts=8:20:1",))))
    await asyncio.to_thread(begun.wait, 10)
    under_way = asked.progress
    work.cancel()
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await work
    (kept,) = (tmp_path / SWEEPS).glob("*.jsonl")

    assert (under_way, asked.progress) == ((0, 13), None)
    assert len([line for line in kept.read_text(encoding="utf-8").splitlines() if line]) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "grid-empty"),
        (("exit.stop_loss_x_credit",), "grid-word"),
        ((STOPS, STOPS), "grid-twice"),
        (("zzz=1",), "grid-unknown"),
        (("exit.profit_take_frac=0.4:0.6:0.1",), "grid-unknown-near"),
        (("exit.vol_stop_pts=3:1:1",), "grid-range"),
        (("exit.vol_stop_pts=1:9:0.00001",), "grid-many"),
        (("exit.vol_stop_pts=soon",), "grid-value"),
        (("exit.vol_stop_pts=nan",), "grid-value"),
        (("exit.vol_stop_pts=1:61:1",), "sweep-too-many"),
        (("/etc/passwd",), "grid-word"),
    ],
)
async def test_a_grid_that_cannot_be_is_refused_by_a_code(tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    refusal = await refused(room(tmp_path), PastAsk(words=words))

    assert refusal.code == code


@pytest.mark.parametrize("count", [SETTINGS_MAX, SETTINGS_MAX + 1])
async def test_the_chat_takes_so_many_settings_and_days(tmp_path: Path, count: int) -> None:
    values = f"exit.vol_stop_pts=1:{count}:1"
    long = timedelta(days=SWEEP_DAYS_MAX + count - SETTINGS_MAX)
    many = await refused(room(tmp_path), PastAsk(from_at=NOW, to_at=DEMO_START_AT, words=(values,)))
    later = PastRoom(open_home(tmp_path), MarketPlan(seed=DEMO_SEED), lambda: NOW + 2 * long, pool=_closed)
    days = await refused(later, PastAsk(from_at=DEMO_START_AT, to_at=DEMO_START_AT + long, words=(STOPS,)))

    # One too many is refused for that; what is just small enough goes on to the next question.
    assert [many.code, days.code] == (["sweep-too-many", "sweep-too-long"] if count > SETTINGS_MAX else ["replay-not-covered", "closed"])


@contextmanager
def _closed() -> Iterator[Workers]:
    raise ActionRefused("closed")
    yield  # pragma: no cover


async def test_a_replay_with_other_values_says_which_and_changes_only_itself(tmp_path: Path) -> None:
    asked = room(tmp_path)
    usual = await asked.replay(PastAsk(from_at=DEMO_START_AT, to_at=NOW))
    changed = await asked.replay(PastAsk(from_at=DEMO_START_AT, to_at=NOW, words=("exit.profit_take_net_frac=0.2", "policy=ignore", "resume_after=never")))
    after = await asked.replay(PastAsk(from_at=DEMO_START_AT, to_at=NOW))

    assert (usual.changes, usual.policy) == ((), "approve")
    assert (changed.changes, changed.policy) == ((("exit.profit_take_net_frac", "0.5", "0.2"),), "ignore")
    assert (changed.opened, after) == (0, usual)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("policy=maybe",), "grid-manner"),
        (("resume_after=soon",), "grid-manner"),
        (("resume_after=-1",), "grid-manner"),
        ((STOPS,), "grid-one"),
        (("strikes.dte_min_d=9", "strikes.dte_max_d=8"), "grid-impossible"),
    ],
)
async def test_words_a_replay_cannot_take_are_refused_by_a_code(tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    assert (await refused(room(tmp_path), PastAsk(words=words), by="replay")).code == code


@pytest.mark.parametrize("by", ["replay", "sweep"])
async def test_days_that_lie_ahead_or_before_the_history_are_refused(tmp_path: Path, by: str) -> None:
    ahead = PastAsk(from_at=NOW + timedelta(days=1), words=("exit.vol_stop_pts=9",))
    long_ago = PastAsk(from_at=datetime(1999, 1, 1, tzinfo=NOW.tzinfo), words=("exit.vol_stop_pts=9",))

    assert [(await refused(room(tmp_path), ask, by=by)).code for ask in (ahead, long_ago)] == ["replay-not-covered"] * 2


def test_the_last_day_that_can_be_written_is_refused() -> None:
    with pytest.raises(ActionRefused, match="replay-not-covered"):
        PastAsk.of_days("2026-09-28", "9999-12-31", ())


@pytest.mark.parametrize("by", ["replay", "sweep"])
async def test_a_live_run_without_fetched_history_has_none_to_ask(tmp_path: Path, by: str) -> None:
    assert (await refused(room(tmp_path, MarketPlan()), PastAsk(words=("exit.vol_stop_pts=9",)), by=by)).code == "replay-no-history"


async def test_a_live_run_asks_the_history_that_was_fetched_into_its_home(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    home.history.symlink_to(shipped_history(), target_is_directory=True)
    lived = await PastRoom(home, MarketPlan(), lambda: NOW, pool=here).replay(PastAsk())

    assert lived.to_at - lived.from_at == timedelta(days=30)


@pytest.mark.parametrize("by", ["replay", "sweep"])
async def test_a_fetched_history_that_cannot_be_read_is_told_in_words(tmp_path: Path, by: str) -> None:
    home = open_home(tmp_path)
    shutil.copytree(shipped_history(), home.history)
    spot = next(home.history.glob("eth_usd_1h.csv*"))
    spot.write_bytes(gzip.compress(b"time,close\n") if spot.suffix == ".gz" else b"time,close\n")
    asked = PastRoom(home, MarketPlan(), lambda: NOW, pool=here)

    refusal = await refused(asked, PastAsk(words=("exit.vol_stop_pts=9",)), by=by)

    assert refusal.code == "past-cannot"
    assert "the file has no data" in refusal.facts["detail"]


@pytest.mark.slow
async def test_processes_beside_the_engine_answer_the_same_and_are_let_go_at_once(tmp_path: Path) -> None:
    beside = PastRoom(open_home(tmp_path / "beside"), MarketPlan(seed=DEMO_SEED), lambda: NOW)
    same = (await beside.sweep(SHORT)).rows == (await room(tmp_path / "here").sweep(SHORT)).rows
    work = asyncio.create_task(beside.sweep(PastAsk(words=("exit.vol_stop_pts=1:60:1",))))
    while beside.progress is None or beside.progress[0] == 0:  # noqa: ASYNC110 - nothing tells when the first setting is done
        await asyncio.sleep(0.05)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert same
    assert multiprocessing.active_children() == []
