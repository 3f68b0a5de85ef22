"""A start in its order: HOLD, checks, recovery, the summary, and only then ACTIVE; where something fails, HOLD and the reason in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import apsw

from engine.notices import EntryCard, StartUpNotice
from engine.runtime.start import bring_up
from engine.safety.start_up import START_UP_HOLD
from engine.state.repository import Transaction
from tests.engine.core.builders import NOW
from tests.scenarios.house import VERSION, House, at, house, open_trade


def holds(engine: House) -> dict[str, str]:
    return {hold.code: hold.detail for hold in engine.desk.store.read_sync(lambda tx: tx.holds())}


async def test_the_hold_of_the_start_ends_in_the_same_step_as_the_summary_is_owed(tmp_path: Path) -> None:
    """Whatever instant the machine dies at: an engine that is active has told its operator so."""
    seen: list[tuple[bool, bool]] = []

    def look() -> None:
        connection = apsw.Connection(str(tmp_path / "cerbero.db"), flags=apsw.SQLITE_OPEN_READONLY)
        is_held = next(iter(connection.execute("SELECT count(*) FROM holds WHERE code = ?", (START_UP_HOLD,))))[0] > 0
        is_told = next(iter(connection.execute("SELECT count(*) FROM outbox WHERE kind = 'start_up'")))[0] > 0
        seen.append((is_held, is_told))
        connection.close()

    async with house(tmp_path, on_anchor=look) as engine:
        await engine.deliver()

    assert seen[0] == (False, True)
    assert len(engine.start_ups()) == 1


async def test_a_late_run_is_made_after_the_summary(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_job("heartbeat")

    async with house(tmp_path, start_at=at("03-02 14:30")) as engine:
        await engine.deliver()
        kinds = [type(sent.notice) for sent in sorted(engine.sent, key=lambda sent: sent.message_id)]

        assert kinds == [StartUpNotice, EntryCard]
        assert holds(engine) == {}


async def test_orders_that_do_not_agree_hold_the_start_and_the_summary_says_why(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        await engine.run_until(at("03-03 14:00"))
        assert len(await engine.pending()) == 1
        await engine.desk.store.write(lambda tx: [tx._sql(f"DELETE FROM {table}") for table in ("fills", "intent_terms", "orders")])  # noqa: S608

    async with house(tmp_path, start_at=at("03-03 14:01")) as engine:
        await engine.deliver()
        notice = engine.start_ups()[-1]

        assert notice.problems == ("trade 1 is open with 0 opening orders",)
        assert notice.holds == (START_UP_HOLD,)
        assert holds(engine) == {START_UP_HOLD: "reconcile: trade 1 is open with 0 opening orders"}
        assert (engine.outcomes(), await engine.pending()) == (["refused"], [])
        assert [row.type for row in await engine.audit()].count("engine.start_up_failed") == 1


async def test_a_recovery_that_fails_leaves_everything_as_it_was_on_hold_with_its_reason(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)

        def claim_and_spoil(tx: Transaction) -> None:
            tx._sql("UPDATE proposals SET state = 'claimed', payload_json = 'rubbish'")

        engine.desk.store.write_sync(claim_and_spoil)

    async with house(tmp_path, start_at=at("03-02 14:01")) as engine:
        await engine.deliver()
        notice = engine.start_ups()[-1]

        assert ["stored text is no EntryPayload" in problem for problem in notice.problems] == [True]
        assert [hold.code for hold in (await engine.door.status()).holds] == [START_UP_HOLD]
        assert (await engine.states(), await engine.trades()) == (["claimed"], [])


async def test_a_start_that_is_repeated_on_a_sound_store_lifts_what_the_last_one_held(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.desk.store.write_sync(lambda tx: tx.add_hold(START_UP_HOLD, "reconcile: something of yesterday", now=NOW))

    async with house(tmp_path, start_at=at("03-02 14:01")) as engine:
        assert holds(engine) == {}


async def test_an_older_store_put_in_place_by_hand_is_held_with_the_number_of_missing_rows(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
    older = (tmp_path / "cerbero.db").read_bytes()
    async with house(tmp_path, start_at=at("03-02 14:01")) as engine:
        for _ in range(5):
            await engine.desk.store.write(lambda tx: tx.audit(actor="engine", type="card.test", ref="", body={}))
    (tmp_path / "cerbero.db").write_bytes(older)

    async with house(tmp_path, start_at=at("03-02 14:02")) as engine:
        await engine.deliver()

        assert "rows missing" in holds(engine)[START_UP_HOLD]
        assert not engine.start_ups()[-1].is_audit_ok


async def test_bringing_up_tells_which_jobs_were_missed(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_job("heartbeat")
        engine.clock.advance_to(at("03-03 12:00"))
        missed = await bring_up(replace(engine.desk), engine.jobs, anchors_path=tmp_path / "anchors.jsonl", version=VERSION)

        assert {"open", "monitor", "hourly_guard"} <= set(missed)
        assert "digest" not in missed
