"""When a hold of the trigger table ends: five minutes without its cause and without a break, told once, and nobody else's hold."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.clock import ManualClock, monotonic_s
from engine.home import home_at
from engine.notices import AlertNotice, CardOutcome
from engine.runtime import breakers
from engine.runtime.loop_lag import LoopLag
from engine.safety.kill_switch import KillSwitch
from engine.safety.triggers import VENUE_LOCKED
from tests.engine.core.builders import NOW
from tests.engine.runtime.test_watch_holds import with_disk_free_min
from tests.engine.runtime.watching import LOOK, Watched, ended_trade, order, orders, watched
from tests.fakes.scripted_market import ScriptedMarket
from tests.scenarios.house import ANNA, House, at, house


async def hang(watch: Watched) -> list[str]:
    """The loop hung, and the look after it held for that."""
    watch.engine.desk.pulse.lag.note(9.0)
    return await watch.held()


async def calm(watch: Watched, looks: int, *, after: timedelta = LOOK) -> list[list[str]]:
    """What stood after each of so many looks at a loop that does not hang."""
    stood = []
    for _ in range(looks):
        watch.engine.desk.pulse.lag.note(0.001)
        stood.append(await watch.held(after=after))
    return stood


async def test_a_hold_ends_five_minutes_after_the_first_look_without_its_cause(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        assert await hang(watch) == ["loop-lag"]
        assert await calm(watch, 10) == [["loop-lag"]] * 10
        assert await calm(watch, 2) == [[], []]

        lifted = [(row.ref, row.body_json) for row in await watch.engine.audit() if row.type == "hold.lifted"]
        assert lifted == [("loop-lag", '{"lifted":["loop-lag"],"source":"automatic"}')]
        assert watch.engine.alerts() == ["hold", "hold-lifted"]


async def test_a_cause_that_comes_back_counts_from_the_start_and_is_not_told_again(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await hang(watch)
        await calm(watch, 9)
        assert await hang(watch) == ["loop-lag"]
        assert await calm(watch, 10) == [["loop-lag"]] * 10
        assert await calm(watch, 1) == [[]]

        assert watch.engine.alerts() == ["hold", "hold-lifted"]


async def test_a_reading_that_is_missing_ends_nothing(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await hang(watch)
        for _ in range(30):
            assert await watch.held() == ["loop-lag"]


async def test_a_restart_keeps_the_hold_and_begins_to_count_anew(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await hang(watch)
        await calm(watch, 9)

    async with watched(tmp_path, start_at=NOW + timedelta(minutes=10)) as watch:
        assert await calm(watch, 10) == [["loop-lag"]] * 10
        assert await calm(watch, 1) == [[]]
        assert watch.engine.alerts() == ["hold-lifted"]


async def test_a_cause_that_is_gone_with_the_restart_ends_too(tmp_path: Path) -> None:
    """Somebody made room on the disk while the engine was off."""
    async with watched(tmp_path, rules=with_disk_free_min(10**12)) as watch:
        assert await watch.held() == ["disk-free"]

    async with watched(tmp_path, start_at=NOW + timedelta(minutes=10)) as watch:
        assert [await watch.held() for _ in range(11)] == [["disk-free"]] * 10 + [[]]


async def test_after_a_pause_only_a_person_ends_it_and_what_still_holds_is_named(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.door.pause(ANNA, "lunch")
        await hang(watch)
        assert (await calm(watch, 11))[-1] == ["operator"]
        assert [alert.facts for alert in watch.engine.notices(AlertNotice) if alert.code == "hold-lifted-held"] == [{"hold": "loop-lag", "holds": "operator"}]
        assert await calm(watch, 20) == [["operator"]] * 20

        assert (await watch.engine.door.resume(ANNA)).facts["lifted"] == "operator"
        assert await calm(watch, 1) == [[]]


async def test_a_person_cannot_resume_past_a_cause_that_is_still_there(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await hang(watch)

        assert (await watch.engine.door.resume(ANNA)).code == "resume-nothing"
        assert (await watch.engine.door.status()).holds != ()


async def test_breakers_are_left_to_a_person_and_their_resume_lets_the_drawdown_end(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await watch.book(lambda tx: ended_trade(tx, "-900", at=NOW - timedelta(days=1)))
        await watch.book(lambda tx: tx.add_hold("breaker-drawdown", "900.00 EUR", watch.clock.now()))
        assert [await watch.held() for _ in range(20)] == [["breaker-drawdown", "drawdown"]] * 20

        resumed = await watch.engine.door.resume(ANNA)
        assert (resumed.code, resumed.facts) == ("resumed-held", {"lifted": "breaker-drawdown", "holds": "drawdown"})
        assert [await watch.held() for _ in range(11)] == [["drawdown"]] * 10 + [[]]


async def test_a_breaker_settles_the_card_that_waits_in_its_own_name(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.run_until(NOW)
        for _ in range(4):
            await watch.book(lambda tx: ended_trade(tx, "-1", at=NOW))
        await watch.book(lambda tx: breakers.trip(tx, watch.engine.desk))
        await watch.engine.deliver()

        (outcome,) = watch.engine.notices(CardOutcome)
        assert [(check.code, check.observed) for check in outcome.outcome.reasons] == [("hold_off", "breaker-losses")]
        assert [(hold.code, hold.detail) for hold in (await watch.engine.door.status()).holds] == [("breaker-losses", "4 >= 4 n")]


async def test_a_drawdown_without_its_breaker_can_be_resumed_too(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await watch.book(lambda tx: ended_trade(tx, "-900", at=NOW - timedelta(days=1)))
        await watch.held()

        assert (await watch.engine.door.resume(ANNA)).code == "drawdown-anew"
        assert [await watch.held() for _ in range(11)] == [["drawdown"]] * 10 + [[]]
        # From here a new fall counts from where the person resumed.
        await watch.book(lambda tx: ended_trade(tx, "-799", at=watch.clock.now()))
        assert "drawdown" not in await watch.held()
        await watch.book(lambda tx: ended_trade(tx, "-1", at=watch.clock.now()))
        assert "drawdown" in await watch.held()


async def test_the_loss_of_a_day_ends_with_the_day(tmp_path: Path) -> None:
    async with watched(tmp_path, start_at=NOW) as watch:
        await watch.book(lambda tx: ended_trade(tx, "-500", at=NOW))
        assert await watch.held() == ["day-loss"]
        assert await watch.held(after=at("03-02 23:59") - watch.clock.now()) == ["day-loss"]
        assert [await watch.held(after=timedelta(minutes=1)) for _ in range(6)] == [["day-loss"]] * 5 + [[]]


async def test_an_order_whose_end_became_known_ends_its_hold(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await orders(watch, 1)
        await order(watch, 7, "intended")
        assert await watch.held(after=timedelta(seconds=31)) == ["unknown-order"]
        await watch.book(lambda tx: tx.settle_order(2, "filled", now=watch.clock.now()))

        assert [await watch.held() for _ in range(11)] == [["unknown-order"]] * 10 + [[]]


async def test_an_exchange_that_opened_again_ends_its_hold(tmp_path: Path) -> None:
    async with watched(tmp_path, market=ScriptedMarket(is_locked=True)) as watch:
        assert await watch.held() == [VENUE_LOCKED]
        watch.engine.market.is_locked = False

        assert [await watch.held() for _ in range(11)] == [[VENUE_LOCKED]] * 10 + [[]]


async def test_telegram_that_speaks_again_ends_its_hold(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        watch.engine.door.begin_polling()
        assert await watch.held(after=timedelta(seconds=301)) == ["telegram-silent"]
        stood = []
        for _ in range(11):
            await watch.engine.door.note_poll()
            stood.append(await watch.held())

        assert stood == [["telegram-silent"]] * 10 + [[]]


@pytest.mark.parametrize("code", ["telegram", "telegram-silent"])
async def test_holds_of_telegram_end_where_the_next_run_has_another_chat(tmp_path: Path, code: str) -> None:
    async with watched(tmp_path) as watch:
        watch.engine.door.begin_polling()
        await watch.engine.door.hold(code, "token refused")
        assert await watch.held() == [code]

    async with watched(tmp_path, start_at=NOW + timedelta(minutes=10)) as watch:
        assert [await watch.held() for _ in range(11)] == [[code]] * 10 + [[]]


async def test_a_chain_that_can_be_anchored_again_ends_its_hold(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        anchors = tmp_path / "anchors.jsonl"
        anchors.unlink()
        anchors.mkdir()
        await watch.book(lambda tx: tx.audit(actor="test", type="test", ref="", body={}, anchor=True))
        await watch.engine.run_job("reconcile")
        assert await watch.held() == ["anchors"]
        anchors.rmdir()
        await watch.engine.run_job("reconcile")

        assert [await watch.held() for _ in range(11)] == [["anchors"]] * 10 + [[]]


async def test_holds_are_set_and_lifted_under_kill_and_on_hold(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.door.pause(ANNA, "lunch")
        await watch.engine.door.kill(ANNA, "strange")
        assert await hang(watch) == ["operator", "loop-lag"]
        assert (await calm(watch, 11))[-1] == ["operator"]

        (lifted,) = [alert for alert in watch.engine.notices(AlertNotice) if alert.code == "hold-lifted-held"]
        assert lifted.facts == {"hold": "loop-lag", "holds": "kill,operator"}


async def test_while_a_trigger_holds_the_scan_refuses_and_hard_exits_run(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        engine = watch.engine
        await engine.run_until(NOW)
        await engine.tap("approve", engine.card())
        await hang(watch)
        engine.market.dvol = 70.0
        await engine.run_until(at("03-02 14:45"))
        closed = (await engine.trades())[0]
        await engine.run_until(at("03-03 14:00"))
        why = await engine.door.why()

        assert (closed.state.value, closed.close_reason) == ("closed", "vol_stop")
        assert why is not None
        assert "not_on_hold" in {check.code for check in why.checks if check.blocks}
        assert await engine.pending() == []


# Two clocks: simulated time runs on, the wall stands.


async def look_again(engine: House, minutes: float) -> list[str]:
    engine.clock.advance_to(engine.clock.now() + timedelta(minutes=minutes))
    await engine.run_job("watch")
    return [hold.code for hold in (await engine.door.status()).holds]


class WallStands(ManualClock):
    """A demo so fast that the wall hardly moves."""

    wall_at = datetime(2026, 11, 22, 4, 20, tzinfo=NOW.tzinfo)

    def wall(self) -> datetime:
        return self.wall_at


async def test_a_hold_of_the_market_counts_market_time_and_one_of_the_machine_the_walls(tmp_path: Path) -> None:
    clock = WallStands(NOW)
    async with house(tmp_path, clock=clock) as engine:
        engine.clock = clock
        engine.market.is_locked = True
        engine.desk.pulse.lag.note(9.0)
        assert await look_again(engine, 1) == ["loop-lag", VENUE_LOCKED]
        engine.market.is_locked = False
        for minutes in (1, 5, 600):
            engine.desk.pulse.lag.note(0.0)
            stood = await look_again(engine, minutes)
        assert stood == ["loop-lag"]

        clock.wall_at += timedelta(minutes=5)
        engine.desk.pulse.lag.note(0.0)
        assert await look_again(engine, 1) == []


async def test_the_monitor_holds_for_losses_at_the_markets_own_time(tmp_path: Path) -> None:
    """As a replay does: no host job runs in it."""
    async with house(tmp_path) as engine:
        await engine.desk.store.write(lambda tx: ended_trade(tx, "-500", at=NOW))
        await engine.run_until(at("03-02 19:00"))
        held = [hold.code for hold in (await engine.door.status()).holds]
        await engine.run_until(at("03-03 07:00"))
        first_look_of_the_day = [hold.code for hold in (await engine.door.status()).holds]
        await engine.run_until(at("03-03 19:00"))

        assert (held, first_look_of_the_day, (await engine.door.status()).holds) == (["day-loss"], ["day-loss"], ())


# The kill file of somebody else.


async def test_a_kill_file_from_outside_is_recorded_at_the_second_look_and_settles_what_waits(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.run_until(NOW)
        KillSwitch(tmp_path).latch("heartbeat silent for 130 s", "dead-man", watch.clock.now())
        await watch.look()
        before = await watch.engine.audited("kill.armed")
        for _ in range(3):
            await watch.look()

        assert (before, [actor for actor, _ in await watch.reasons()]) == (0, ["dead-man"])
        assert watch.engine.outcomes() == ["killed"]
        assert [alert.facts for alert in watch.engine.notices(AlertNotice)] == [{"reason": "heartbeat silent for 130 s"}]
        assert watch.engine.alerts() == ["kill-found"]


# What stands behind the readings.


async def test_the_loop_is_sampled_and_a_hang_shows_until_it_is_asked_for() -> None:
    lag = LoopLag(sample_s=0.005)
    assert lag.take() is None
    sampling = asyncio.create_task(lag.sample())
    await asyncio.sleep(0.01)
    hung_until_s = monotonic_s() + 0.1
    while monotonic_s() < hung_until_s:
        pass
    await asyncio.sleep(0.01)
    worst_s = lag.take()
    sampling.cancel()

    assert worst_s is not None
    assert worst_s >= 0.05
    lag.note(-1.0)
    assert (lag.take(), lag.take()) == (0.0, None)


async def test_a_watch_that_fails_is_a_failed_run_and_the_next_one_looks_again(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        desk = watch.engine.desk
        watch.engine.desk = replace(desk, home=home_at(tmp_path / "gone"))
        await watch.look()
        (run,) = await desk.store.read(lambda tx: tx.runs(NOW - timedelta(hours=1), "watch"))
        watch.engine.desk = desk

        assert run.outcome == "failed"
        assert await hang(watch) == ["loop-lag"]
