"""A backup put in the place of the store: the present one is moved aside, order labels get a new epoch, and the engine holds.

Rules of this file: nothing is deleted; the new store is complete, with its hold, before the old one is touched; the anchors change
last, so that a restore that died half-way leaves an engine that refuses to start or starts on HOLD, and is simply done again.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from engine.clock import Clock, ManualClock, monotonic_s
from engine.errors import OriginMismatch, StateError
from engine.home import FOLDER_MODE, Home
from engine.safety.backup import STAMP, check_backup
from engine.safety.instance import HomeLock, boot_id
from engine.safety.kill_switch import KillSwitch
from engine.state.anchors import REMEMBERED_KEY, AnchorFile, read_anchors, read_copy, remembered
from engine.state.audit import Anchor, Json
from engine.state.backup import SoundCopy, copy_store, sync_file
from engine.state.database import RESTORING_SUFFIX, sync_directory
from engine.state.ledger import EPOCH_KEY
from engine.state.outcomes import KillRow
from engine.state.records import Head
from engine.state.store import Store, inspect_origin
from engine.state.transaction import Transaction

RESTORED_HOLD = "restored"
EPOCHS_NAME = "restores.jsonl"
"""One line per restore of the home: the epochs already used stay known when the store that used them cannot be read."""

DRAFT_SUFFIX = "-draft"
STORE_SUFFIXES = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What stands in the home now; `missing_rows` is how far it is behind what was last seen, `replaced` where the former store lies."""

    backup: Path
    head_seq: int
    missing_rows: int
    epoch: int
    detail: str
    replaced: Path | None
    took_s: float

    def sentence(self) -> str:
        moved = "" if self.replaced is None else f"; the former store lies in {self.replaced}"
        return f"{self.detail}; order labels begin with cb{self.epoch}{moved}. The engine will hold until /resume."

    def as_json(self) -> dict[str, object]:
        return {
            "ok": True,
            "backup": str(self.backup),
            "head_seq": self.head_seq,
            "missing_rows": self.missing_rows,
            "epoch": self.epoch,
            "hold": RESTORED_HOLD,
            "detail": self.detail,
            "replaced": None if self.replaced is None else str(self.replaced),
            "took_s": round(self.took_s, 3),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Present:
    """The store that is about to be replaced, as far as it can be read."""

    head: Head
    epoch: int
    kill: KillRow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What was found before anything is written: a sound copy, the anchors it was held against, and what its head is short of."""

    copy: SoundCopy
    anchors: tuple[Anchor, ...]
    present: _Present | None
    epoch: int
    missing_rows: int
    detail: str


def restore_backup(home: Home, source: Path, *, anchors_path: Path, clock: Clock) -> Restored:
    """The copy at `source` is the home's store, on hold, with a fresh epoch of order labels; the former one lies beside it.

    Raises AlreadyRunning while an engine runs, OriginMismatch for a copy of the other use, and StateError for a copy that is not sound
    or not of this history; the home is then as it was.
    """
    began_s = monotonic_s()
    lock = HomeLock.acquire(home.root)
    try:
        plan = _plan(home, source, anchors_path)
        draft, draft_anchors = (path.with_name(path.name + DRAFT_SUFFIX) for path in (home.db, home.anchors))
        try:
            _keep_kill(home, plan.present, clock)
            _build(draft, draft_anchors, source=source, plan=plan, clock=clock)
            _use_epoch(home, plan.epoch, at=clock.wall(), backup=source.name)
            replaced = _swap(home, draft, draft_anchors, epoch=plan.epoch, at=clock.wall())
        finally:
            _clear(draft, draft_anchors)
    except OSError as error:
        raise StateError(f"the restore could not be carried through in {home.root} ({error.strerror}): do it again") from error
    finally:
        lock.release()
    return Restored(
        backup=source,
        head_seq=plan.copy.head.seq,
        missing_rows=plan.missing_rows,
        epoch=plan.epoch,
        detail=plan.detail,
        replaced=replaced,
        took_s=monotonic_s() - began_s,
    )


def _plan(home: Home, source: Path, anchors_path: Path) -> _Plan:
    anchors = read_anchors(anchors_path) if anchors_path == home.anchors else _in_order(read_copy(anchors_path))
    copy = check_backup(source, anchors)
    present = _present(home, copy.origin)
    used = (copy.epoch, *_used_epochs(home), *([] if present is None else [present.epoch]))
    missing, detail = _lost(source, copy.head, anchors, present)
    return _Plan(copy=copy, anchors=anchors, present=present, epoch=1 + max(used), missing_rows=missing, detail=detail)


def _in_order(anchors: tuple[Anchor, ...]) -> tuple[Anchor, ...]:
    by_seq = {anchor.seq: anchor for anchor in anchors}
    return tuple(by_seq[seq] for seq in sorted(by_seq))


def _present(home: Home, origin: str) -> _Present | None:
    """The present store; None when there is none or it cannot be read. Raises OriginMismatch when it is of the other use."""
    try:
        stored = inspect_origin(home.db)
    except StateError:
        return None
    if stored is None:
        return None
    if stored != origin:
        raise OriginMismatch(stored=stored, wanted=origin, home=home.root)
    try:
        store = Store.open_readonly(home.db)
        try:
            return store.read_sync(lambda tx: _Present(head=tx.head(), epoch=tx.label_epoch(), kill=tx.kill_row()))
        finally:
            store.close()
    except StateError:
        return None


def _lost(source: Path, head: Head, anchors: tuple[Anchor, ...], present: _Present | None) -> tuple[int, str]:
    """How many rows are known to have followed the copy's head, and the hold's words for it."""
    anchored = anchors[-1].seq if anchors else 0
    known = max(anchored, 0 if present is None else present.head.seq)
    if anchored > head.seq:
        seen = "" if known == anchored else f", the replaced store went to {known}"
        return known - head.seq, f"restored from {source.name}: head {head.seq} < anchor {anchored}: {anchored - head.seq} rows missing{seen}"
    if known > head.seq:
        return known - head.seq, f"restored from {source.name}: head {head.seq} < head {known} of the store it replaces: {known - head.seq} rows missing"
    return 0, f"restored from {source.name}: head {head.seq}, " + ("no anchor is newer" if anchors else "no anchors to compare with")


def _build(draft: Path, draft_anchors: Path, *, source: Path, plan: _Plan, clock: Clock) -> None:
    """The new store and its anchors lie complete beside the present ones: on hold, killed if the home is, with its epoch and its source."""
    _clear(draft, draft_anchors)
    copy_store(source, draft)
    _keep_anchors(draft_anchors, plan)
    stamp = clock if plan.copy.origin == "real" else _simulated_clock(draft, clock)
    body: dict[str, Json] = {
        "backup": source.name,
        "head_seq": plan.copy.head.seq,
        "head_hash": plan.copy.head.hash,
        "missing_rows": plan.missing_rows,
        "epoch": plan.epoch,
        "detail": plan.detail,
    }

    def work(tx: Transaction) -> Head:
        tx.set_meta(EPOCH_KEY, str(plan.epoch))
        # The copy may be older than the kill, and its row must not be one latch fewer.
        KillSwitch(draft.parent).adopt(tx, now=stamp.now())
        tx.add_hold(RESTORED_HOLD, plan.detail, stamp.now())
        head = tx.audit(actor="restore", type="store.restored", ref="store", body=body)
        tx.set_meta(REMEMBERED_KEY, remembered(head))
        return head

    store = Store.open(draft, origin=plan.copy.origin, clock=stamp, boot=boot_id())
    try:
        head = store.write_sync(work)
    finally:
        store.close()
    AnchorFile(draft_anchors).append(head, at=clock.wall(), why="store.restored")
    sync_file(draft)


def _keep_anchors(draft: Path, plan: _Plan) -> None:
    """`draft` holds the anchors that lie on the restored chain."""
    kept = [anchor for anchor in plan.anchors if anchor.seq <= plan.copy.head.seq]
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    draft.write_text("".join(json.dumps(asdict(anchor), separators=(",", ":")) + "\n" for anchor in kept), encoding="utf-8")


def _keep_kill(home: Home, present: _Present | None, clock: Clock) -> None:
    """A kill that only the former store knew of stands as a file before that store is gone."""
    if present is None or not present.kill.armed:
        return
    switch = KillSwitch(home.root)
    if not switch.latch(present.kill.reason, "restore", clock.wall()):
        raise StateError(f"the kill switch of the present store could not be kept: {switch.problem}")


def _simulated_clock(draft: Path, clock: Clock) -> Clock:
    """Simulated time goes on from the copy's last row: stamped with the wall's, a demo would jump there."""
    store = Store.open_readonly(draft)
    try:
        rows = store.read_sync(lambda tx: tx.audit_tail(1))
    finally:
        store.close()
    return ManualClock(rows[0].at) if rows else clock


def _used_epochs(home: Home) -> list[int]:
    path = home.root / EPOCHS_NAME
    try:
        return [int(json.loads(line)["epoch"]) for line in path.read_bytes().splitlines()] if path.exists() else []
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(f"{path} cannot be read ({error}): it tells which order labels are used") from error


def _use_epoch(home: Home, epoch: int, *, at: datetime, backup: str) -> None:
    """The record names the epoch. It is replaced whole: a line that a power cut left by half would stop every later restore."""
    path = home.root / EPOCHS_NAME
    draft = path.with_name(path.name + DRAFT_SUFFIX)
    known = path.read_bytes() if path.exists() else b""
    line = json.dumps({"epoch": epoch, "at": at.isoformat(), "backup": backup}) + "\n"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(known + line.encode())
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
    sync_directory(home.root)


def _swap(home: Home, draft: Path, draft_anchors: Path, *, epoch: int, at: datetime) -> Path | None:
    """The new store and its anchors are in place, everything of the former one lies in the folder returned; None when there was nothing.

    From the first step to the last a file tells that a restore is under way, so that a store that is gone is never made anew and empty,
    and the log leaves before the new store comes, so that no log ever lies beside a store it is not of.
    """
    coming = home.db.with_name(home.db.name + RESTORING_SUFFIX)
    is_continued = coming.exists() and not home.db.exists()
    draft.rename(coming)
    sync_directory(home.root)
    parts = [path for path in (home.db.with_name(home.db.name + suffix) for suffix in STORE_SUFFIXES) if path.exists()]
    aside = _aside(home, epoch=epoch, at=at, is_continued=is_continued) if is_continued or parts or home.anchors.exists() else None
    if aside is not None:
        for part in parts:
            part.rename(aside / part.name)
            sync_directory(home.root)
        if home.anchors.exists():
            shutil.copy(home.anchors, aside / home.anchors.name)
            sync_file(aside / home.anchors.name)
        sync_directory(aside)
    coming.rename(home.db)
    draft_anchors.rename(home.anchors)
    sync_directory(home.root)
    return aside


def _aside(home: Home, *, epoch: int, at: datetime, is_continued: bool) -> Path:
    """A new folder for the former store, or the one into which a restore that died had begun to move it."""
    begun = sorted(home.root.glob("replaced-*"), key=lambda folder: folder.stat().st_mtime_ns)
    if is_continued and begun:
        return begun[-1]
    folder = home.root / f"replaced-{at:{STAMP}}-before-epoch-{epoch}"
    folder.mkdir(mode=FOLDER_MODE)
    return folder


def _clear(draft: Path, draft_anchors: Path) -> None:
    for path in (*(draft.with_name(draft.name + suffix) for suffix in STORE_SUFFIXES), draft_anchors):
        path.unlink(missing_ok=True)
