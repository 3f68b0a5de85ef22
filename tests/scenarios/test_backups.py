"""An engine that keeps backups, and what it does after one was put back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.clock import ManualClock, SystemClock
from engine.home import Home, home_at
from engine.runtime.backups import BACKUP_EVERY_S
from engine.runtime.desk import Desk
from engine.runtime.ledger import run_due
from engine.safety.backup import create_backup, list_backups
from engine.safety.restore import restore_backup
from engine.safety.retention import Soundness
from tests.engine.core.builders import NOW
from tests.scenarios.house import ANNA, House, at, house, open_trade

WALL = datetime(2026, 11, 22, 4, 20, tzinfo=UTC)


class TwoHands(ManualClock):
    """Engine time stands; the wall is where the test puts it."""

    def __init__(self, start_at: datetime) -> None:
        super().__init__(start_at)
        self.wall_at = WALL

    def wall(self) -> datetime:
        return self.wall_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An engine whose home is backed up."""

    engine: House
    desk: Desk
    home: Home
    clock: TwoHands

    async def run(self, name: str, *, after: timedelta = timedelta(0)) -> str:
        """The job has run at the wall's present instant, moved on by `after`; returns how it ended."""
        self.clock.wall_at += after
        due_at = self.clock.wall_at
        await run_due(self.desk, self.engine.job(name), due_at)
        await self.engine.deliver()
        run = (await self.desk.store.read(lambda tx: tx.runs(due_at, name)))[0]
        return f"{run.outcome}: {run.error}" if run.error else run.outcome


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[Kept]:
    clock = TwoHands(NOW)
    async with house(folder, clock=clock) as engine:
        yield Kept(engine=engine, desk=replace(engine.desk, home=home_at(folder)), home=home_at(folder), clock=clock)


async def test_one_verified_backup_a_day_is_taken_beside_the_working_engine(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        for hours, count in ((0, 1), (1, 1), (21, 1), (1, 2), (23, 3)):
            assert await it.run("backup", after=timedelta(hours=hours)) == "ok"
            assert [backup.soundness for backup in list_backups(it.home)] == [Soundness.VERIFIED] * count

        assert it.engine.alerts() == []
        assert BACKUP_EVERY_S < 86_400


async def test_old_backups_are_thinned_out_by_the_job(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        for _ in range(19):
            assert await it.run("backup", after=timedelta(days=1)) == "ok"
        ages_days = [(it.clock.wall_at - backup.taken_at).days for backup in list_backups(it.home)]

        assert ages_days == [0, 1, 2, 3, 4, 5, 6, 12]


async def test_a_clock_that_was_set_back_takes_a_backup_and_removes_none(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        for _ in range(9):
            await it.run("backup", after=timedelta(days=1))
        before = {backup.name for backup in list_backups(it.home)}
        for days, hours in ((-30, 0), (0, 1), (0, 2)):
            assert await it.run("backup", after=timedelta(days=days, hours=hours)) == "ok"

        assert before < {backup.name for backup in list_backups(it.home)}
        assert len(list_backups(it.home)) == len(before) + 1


async def test_a_backup_that_fails_is_told_once_a_day_and_tried_again(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        it.home.backups.write_text("a file where the folder should be")
        for _ in range(3):
            assert (await it.run("backup", after=timedelta(hours=1))).startswith("failed: ")
        (alert,) = it.engine.notices_of_alerts()

        assert (alert.code, alert.level, "cannot be written" in alert.detail) == ("backup-failed", "critical", True)
        it.home.backups.unlink()
        assert await it.run("backup", after=timedelta(hours=1)) == "ok"


async def test_a_backup_that_is_not_sound_is_told_too(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        it.home.anchors.write_text("edited\n")

        assert "the file was edited" in await it.run("backup")
        assert it.engine.alerts() == ["backup-failed"]


async def test_the_restore_drill_stands_in_the_audit_chain_and_a_failed_one_alarms(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        assert "no verified backup" in await it.run("restore_drill")
        assert it.engine.alerts() == ["drill-failed"]
        await it.run("backup")
        assert await it.run("restore_drill", after=timedelta(days=7)) == "ok"

        rows = [row.body_json for row in await it.engine.audit() if row.type == "drill.restore"]
        assert ['"ok":false' in row for row in rows] == [True, False]
        assert it.engine.alerts() == ["drill-failed"]
        assert await it.engine.is_audit_whole()


async def test_where_nothing_is_kept_neither_job_does_anything(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_job("backup")
        await engine.run_job("restore_drill")

        assert not (tmp_path / "backups").exists()
        assert await engine.audited("drill.restore") == 0


async def test_a_restored_engine_holds_over_restarts_until_a_person_resumes_and_names_its_orders_anew(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    async with house(tmp_path):
        backup = create_backup(home, now=WALL)
    async with house(tmp_path) as engine:
        await open_trade(engine)
        assert [order.label for order in await engine.orders()] == ["cb0-1-o0-1"]
    restored = restore_backup(home, backup.path, anchors_path=home.anchors, clock=SystemClock())
    assert f"head {backup.head_seq} < anchor " in restored.detail

    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        assert [(hold.code, hold.detail) for hold in (await engine.door.status()).holds] == [("restored", restored.detail)]
        assert await engine.pending() == []
    async with house(tmp_path, start_at=NOW + timedelta(minutes=1)) as engine:
        await engine.deliver()
        assert engine.start_ups()[-1].holds == ("restored",)
        resumed = await engine.door.resume(ANNA)
        assert (resumed.ok, resumed.facts["lifted"]) == (True, "restored")
        await engine.run_until(at("03-03 14:00"))
        await engine.tap("approve", engine.card())

        assert [order.label for order in await engine.orders()] == ["cb1-1-o0-1"]
        assert await engine.is_audit_whole()
        assert await engine.audited("store.restored") == 1
