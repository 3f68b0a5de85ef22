"""The jobs that keep a good copy of the store and practise putting it back; both follow the wall clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import structlog

from engine.errors import ActionRefused, StateError
from engine.home import Home
from engine.runtime import cards
from engine.runtime.desk import Desk
from engine.safety.backup import backup_age_s, create_backup, list_backups, prune_backups
from engine.safety.drill import Drill, drill_restore
from engine.safety.retention import Backup
from engine.state.repository import Json
from engine.views import BackupLine, BackupsView

log = structlog.get_logger(__name__)

BACKUP_EVERY_S = 23 * 3600
"""The job looks every hour and takes a backup once the newest good one is this old: one a day, and a failed one is tried again."""

R = TypeVar("R")


async def back_up(desk: Desk) -> None:
    """A verified backup of the last day lies in the home, and those no rule keeps are gone. Raises StateError when it could not be taken."""
    if desk.home is None:
        return
    try:
        await _back_up(desk, desk.home)
    finally:
        desk.pulse.has_tried_backup = True


async def back_up_now(desk: Desk, *, actor: str) -> BackupsView:
    """A backup was tried at once; what came of it, and every one there is with its age. Raises ActionRefused where nothing is kept."""
    if desk.home is None:
        raise ActionRefused("backup-no-home")
    home, now = desk.home, desk.clock.wall()
    name, problem = "", ""
    try:
        backup = await _beside(lambda: create_backup(home, now=now))
        await _beside(lambda: prune_backups(home, now=now))
        name, problem = backup.name, backup.problem
    except StateError as error:
        problem = str(error)
    body: dict[str, Json] = {"name": name, "problem": problem}
    await desk.store.write(lambda tx: tx.audit(actor=actor, type="backup.asked", ref="backup", body=body))
    backups = await _beside(lambda: list_backups(home))
    return BackupsView(taken=name if not problem else "", problem=problem, backups=tuple(_line(each, now) for each in backups))


def _line(backup: Backup, now: datetime) -> BackupLine:
    return BackupLine(
        name=backup.name,
        age_s=(now - backup.taken_at).total_seconds(),
        head_seq=backup.head_seq,
        size_bytes=backup.size_bytes,
        soundness=backup.soundness.value,
        problem=backup.problem,
    )


async def _back_up(desk: Desk, home: Home) -> None:
    now = desk.clock.wall()
    age_s = await _beside(lambda: backup_age_s(home, now))
    if age_s is not None and age_s < BACKUP_EVERY_S:
        return
    try:
        backup = await _beside(lambda: create_backup(home, now=now))
        if backup.problem:
            raise StateError(backup.problem)
    except StateError as error:
        await _tell(desk, "backup-failed", str(error))
        raise
    pruned = await _beside(lambda: prune_backups(home, now=now))
    if pruned.problem:
        log.warning("backup.pruning_refused", problem=pruned.problem)
    log.info("backup.taken", name=backup.name, head_seq=backup.head_seq, size_bytes=backup.size_bytes, removed=len(pruned.removed))


async def practise_restore(desk: Desk) -> None:
    """The newest backup was restored in a throw-away folder, and the audit chain says how that went. Raises StateError when it failed."""
    if desk.home is None:
        return
    home: Home = desk.home
    drill = await _beside(lambda: drill_restore(home, clock=desk.clock))
    await _record(desk, drill)
    if not drill.ok:
        await _tell(desk, "drill-failed", drill.problem)
        raise StateError(drill.sentence())


async def _record(desk: Desk, drill: Drill) -> None:
    body = {"ok": drill.ok, "backup": drill.backup, "head_seq": drill.head_seq, "took_s": drill.took_s, "problem": drill.problem}
    await desk.store.write(lambda tx: tx.audit(actor="engine", type="drill.restore", ref="backup", body=body))


async def _tell(desk: Desk, code: str, problem: str) -> None:
    """The operators are owed one message a day about it."""
    key = f"{code}:{desk.clock.wall():%Y-%m-%d}"
    await desk.store.write(lambda tx: cards.alert(tx, desk, code=code, level="critical", key=key, facts={}, detail=problem))


async def _beside(work: Callable[[], R]) -> R:
    """`work` is done on a thread of its own: copying and walking must not keep a tap waiting."""
    return await asyncio.to_thread(work)
