"""What the command line asks of a home without being its engine: read, arm, ask, stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.clock import SystemClock
from engine.errors import ActionRefused, AlreadyRunning, ConfigError, EngineError, StateError
from engine.home import Home, home_at, open_home, resolve_home
from engine.market.shipped import fetched_history, shipped_history
from engine.safety.backup import create_backup, list_backups, newest_verified, verify_backup
from engine.safety.drill import Drill, drill_restore
from engine.safety.evidence import AuditVerdict, judge_copy, judge_home
from engine.safety.exercise import Exercise, exercise
from engine.safety.instance import HomeLock, boot_id, running_pid
from engine.safety.kill_switch import KillSwitch
from engine.safety.pairing import first_code
from engine.safety.restore import Restored, restore_backup
from engine.safety.retention import Backup
from engine.state.anchors import AnchorFile
from engine.state.audit import export_line
from engine.state.records import AuditRecord
from engine.state.repository import Store, Transaction, inspect_origin

if TYPE_CHECKING:
    from engine.market.holdings import Holdings
    from engine.research.fetch import FetchReport, Progress

R = TypeVar("R")
SHIPPED = "shipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineStatus:
    """A home seen from outside; figures are None where there is no store yet."""

    home: Path
    pid: int | None
    is_killed: bool
    kill_reason: str
    origin: str | None
    open_trades: int | None = None
    pending: int | None = None
    holds: tuple[str, ...] = ()
    audit: str | None = None
    last_seen_at: str | None = None

    def lines(self) -> list[str]:
        """The contract's line first, then what else is known."""
        first = f"engine {'running' if self.pid is not None else 'idle'}, kill_switch={int(self.is_killed)}"
        told = [first if self.pid is None else f"{first}, pid {self.pid}"]
        if self.is_killed:
            told.append(f"killed: {self.kill_reason}")
        if self.open_trades is not None:
            told.append(f"open trades {self.open_trades}, cards waiting {self.pending}, holds {', '.join(self.holds) if self.holds else 'none'}")
            told.append(f"audit {self.audit}, last seen {self.last_seen_at if self.last_seen_at is not None else 'never'}, origin {self.origin}")
        return told

    def as_json(self) -> dict[str, object]:
        return {
            "state": "running" if self.pid is not None else "idle",
            "pid": self.pid,
            "kill_switch": int(self.is_killed),
            "kill_reason": self.kill_reason,
            "home": str(self.home),
            "origin": self.origin,
            "open_trades": self.open_trades,
            "pending": self.pending,
            "holds": list(self.holds),
            "audit": self.audit,
            "last_seen_at": self.last_seen_at,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KillStatus:
    is_armed: bool
    reason: str
    phrase: str | None

    def sentence(self) -> str:
        if not self.is_armed:
            return "kill_switch=0"
        return f"kill_switch=1: {self.reason}" + (f"\nto disarm type: {self.phrase}" if self.phrase is not None else "")

    def as_json(self) -> dict[str, object]:
        return {"kill_switch": int(self.is_armed), "reason": self.reason, "phrase": self.phrase}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Whether what was asked is done, and the sentence that says so."""

    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupsSeen:
    """Backups and what the last look at each found; `ok` while none was found bad."""

    backups: tuple[Backup, ...]

    @property
    def ok(self) -> bool:
        return not any(backup.problem for backup in self.backups)

    def lines(self) -> list[str]:
        told = [f"{each.name}  row {each.head_seq}  {each.size_bytes} bytes  {each.soundness.value}" for each in self.backups]
        return [line + (f": {each.problem}" if each.problem else "") for line, each in zip(told, self.backups, strict=True)] or ["no backups"]

    def as_json(self) -> dict[str, object]:
        return {"ok": self.ok, "backups": [backup.as_json() for backup in self.backups]}


def read_status(option: Path | None) -> OfflineStatus:
    """The state of the home; a home that does not exist is idle."""
    home = _home(option)
    pid = running_pid(home.root) if home.root.exists() else None
    switch = KillSwitch(home.root) if home.root.is_dir() and os.access(home.root, os.W_OK) else None
    if not home.db.exists():
        return OfflineStatus(home=home.root, pid=pid, is_killed=home.kill.exists(), kill_reason="" if switch is None else switch.reason(), origin=None)

    def read(tx: Transaction) -> OfflineStatus:
        row = tx.kill_row()
        return OfflineStatus(
            home=home.root,
            pid=pid,
            is_killed=row.armed or home.kill.exists(),
            kill_reason=row.reason if row.armed or switch is None else switch.reason(),
            origin=inspect_origin(home.db),
            open_trades=len(tx.open_trades()),
            pending=len(tx.pending_proposals()),
            holds=tuple(hold.code for hold in tx.holds()),
            audit=tx.head().footer,
            last_seen_at=tx.get_meta("last_seen_at"),
        )

    return _read(home, read)


def stop_running(option: Path | None, *, wait_s: int) -> Done:
    """The engine of the home was asked to end and has; nothing to do when none runs."""
    home = _home(option)
    pid = running_pid(home.root) if home.root.exists() else None
    if pid is None:
        return Done(ok=True, sentence=f"no engine runs in {home.root}")
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + wait_s
    while running_pid(home.root) == pid:
        if time.monotonic() > deadline:
            return Done(ok=False, sentence=f"engine {pid} has not ended after {wait_s} s; its log in {home.log_dir} may say why")
        time.sleep(0.1)
    return Done(ok=True, sentence=f"engine {pid} stopped")


def kill_status(option: Path | None) -> KillStatus:
    """Whether any latch is set, why, and what must be typed to lift it."""
    home = _home(option)
    if not home.root.is_dir():
        return KillStatus(is_armed=False, reason="", phrase=None)
    switch = KillSwitch(home.root)
    if not home.db.exists():
        return KillStatus(is_armed=switch.is_armed(), reason=switch.reason(), phrase=None)

    def read(tx: Transaction) -> KillStatus:
        row = tx.kill_row()
        is_armed = switch.is_armed() or row.armed
        return KillStatus(is_armed=is_armed, reason=row.reason if row.armed else switch.reason(), phrase=switch.disarm_phrase(tx) if is_armed else None)

    return _read(home, read)


def arm_kill(option: Path | None, *, reason: str, source: str) -> str:
    """The kill file stands from this instant; the row and the audit line follow from the engine, or from here when none runs."""
    home = open_home(_home(option).root)
    clock, switch = SystemClock(), KillSwitch(home.root)
    is_on_disk = switch.latch(reason, source, clock.now())
    try:
        if running_pid(home.root) is not None:
            _ask(home, action="arm", args={"reason": reason}, source=source)
        elif home.db.exists():
            with _writing(home) as store:
                store.write_sync(lambda tx: switch.adopt(tx, now=clock.now()))
    except (OSError, EngineError) as error:
        # The file alone kills; whoever arms must not read a failed record as a failed kill.
        if not is_on_disk:
            raise
        return f"kill_switch=1; it is not in the audit yet, the engine records it when the store can be written: {error}"
    if is_on_disk and running_pid(home.root) is None and not home.db.exists():
        return f"kill_switch=1 in {home.root}, where no engine runs and nothing was ever stored: is this the home you mean?"
    return "kill_switch=1" if is_on_disk else f"kill_switch=1 in this process only: {switch.problem}"


def disarm_kill(option: Path | None, *, phrase: str, reason: str, source: str) -> Done:
    """The kill switch is lifted into HOLD, by the running engine at its next look or here when none runs."""
    home = _home(option)
    if running_pid(home.root) is not None:
        action_id = _ask(home, action="disarm", args={"phrase": phrase, "reason": reason}, source=source)
        return Done(ok=True, sentence=f"asked the running engine to disarm (action {action_id}); `kill-switch status` tells within a minute")
    if not home.db.exists():
        raise StateError(f"{home.root} has a kill file and no store: remove the file by hand once you know why it is there")
    with _writing(home) as store:
        try:
            KillSwitch(home.root).disarm_sync(store, phrase=phrase, source=source, reason=reason, now=SystemClock().now())
        except ActionRefused as refusal:
            return Done(ok=False, sentence=DISARM_SENTENCES.get(refusal.code, str(refusal)))
    return Done(ok=True, sentence="kill_switch=0: the engine is on HOLD until /resume")


DISARM_SENTENCES = {
    "wrong-phrase": "not disarmed: the phrase is not the one `kill-switch status` shows",
    "no-reason": "not disarmed: a reason is needed (--reason)",
    "not-armed": "kill_switch=0: nothing to disarm",
}


def request_action(option: Path | None, *, action: str, args: dict[str, str], source: str) -> str:
    """The action waits for the engine of the home. Raises StateError when none runs, because nobody would carry it out."""
    home = _home(option)
    if running_pid(home.root) is None:
        raise StateError(f"no engine runs in {home.root}, so nobody would carry this out. Start one first.")
    return f"asked (action {_ask(home, action=action, args=args, source=source)}); the engine looks within a minute, `audit tail` shows the result"


def verify_audit(option: Path | None, *, anchors: Path | None, file: Path | None = None) -> AuditVerdict:
    """The whole chain walked against the home's anchors and the copy `anchors`; with `file`, that export or store instead of the home's."""
    return judge_home(_home(option), anchors=anchors) if file is None else judge_copy(file, anchors=anchors)


def audit_rows(option: Path | None, *, last: int) -> tuple[AuditRecord, ...]:
    """The last rows, oldest first."""
    return tuple(reversed(_read(_home(option), lambda tx: tx.audit_tail(last))))


def export_audit(option: Path | None, *, out: Path | None) -> int:
    """Every row as a JSON line to `out` or stdout; returns how many."""
    lines = _read(_home(option), lambda tx: [export_line(row) + "\n" for row in tx.audit_stream()])
    if out is None:
        sys.stdout.writelines(lines)
    else:
        out.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def inspect_store(option: Path | None) -> dict[str, dict[str, object]]:
    """What the store holds, in counts and last dates."""
    home = _home(option)

    def read(tx: Transaction) -> dict[str, dict[str, object]]:
        (depth, oldest), closed = tx.outbox_depth(), tx.closed_trades()
        runs = tx.run_counts(datetime(2000, 1, 1, tzinfo=UTC))
        return {
            "store": {"path": str(home.db), "origin": inspect_origin(home.db), "audit_head": tx.head().footer, "last_seen_at": tx.get_meta("last_seen_at")},
            "trades": {"open": len(tx.open_trades()), "closed": len(closed), "net_eur": str(sum(t.pnl_eur for t in closed if t.pnl_eur is not None))},
            "cards": {"waiting": len(tx.pending_proposals()), "asked": len(tx.proposals())},
            "jobs": {f"{run.job} {run.outcome}": run.count for run in runs},
            "messages": {"owed": depth, "oldest_at": None if oldest is None else oldest.isoformat(), "dead_updates": len(tx.inbox_dead())},
            "switches": {"kill_switch": int(tx.kill_row().armed), "holds": [hold.code for hold in tx.holds()]},
        }

    return _read(home, read)


def take_backup(option: Path | None) -> BackupsSeen:
    """A new backup of the home's store, looked at whole; the engine may run."""
    return BackupsSeen(backups=(create_backup(_home(option), now=SystemClock().now()),))


def all_backups(option: Path | None) -> BackupsSeen:
    """The home's backups, newest first, with what the last look found."""
    return BackupsSeen(backups=list_backups(_home(option)))


def verify_backups(option: Path | None, *, name: str | None) -> BackupsSeen:
    """The named backup, or every one, looked at whole now. Raises StateError when there is none."""
    home = _home(option)
    wanted = [backup for backup in list_backups(home) if name is None or (home.backups / name).resolve() == backup.path.resolve()]
    if not wanted:
        raise StateError(f"there is no backup{'' if name is None else f' {name}'} in {home.backups}")
    return BackupsSeen(backups=tuple(verify_backup(home, backup, now=SystemClock().now()) for backup in wanted))


def restore(option: Path | None, *, source: str | None, anchors: Path | None) -> Restored:
    """The backup named, the file at that path, or the newest verified backup is the home's store, on hold. The engine must not run."""
    home = open_home(_home(option).root)
    newest = newest_verified(home) if source is None else None
    if source is None and newest is None:
        raise StateError(f"there is no verified backup in {home.backups}: `cerbero-bite backup verify`, or name a file")
    named = newest.path if newest is not None else _backup_at(home, str(source))
    return restore_backup(home, named, anchors_path=home.anchors if anchors is None else anchors, clock=SystemClock())


def run_drill(option: Path | None, name: str) -> Drill | Exercise:
    """The drill `restore`, `kill` or `dead-man` in a throw-away folder; the home is only read."""
    home, clock = _home(option), SystemClock()
    return drill_restore(home, clock=clock) if name == "restore" else exercise(name, home, clock=clock)


def try_second_path(option: Path | None, text: str) -> Done:
    """The operator's command for alerts, or where there is none their outside chat server, was handed `text` once. Raises ConfigError."""
    from engine.safety.outside_chat import try_ways  # noqa: PLC0415 - only this needs a chat server

    problem, taker = try_ways(_home(option), text)
    return Done(ok=not problem, sentence=f"second path {f'FAILED: {problem}' if problem else f'ok: {taker} took the test message; look whether it arrived'}")


def refuse_second(option: Path | None) -> None:
    """Nothing happens where no engine runs. Raises AlreadyRunning with its pid before a start has cost anything; the lock itself is taken later."""
    home = _home(option)
    if home.root.exists() and (pid := running_pid(home.root)) is not None:
        raise AlreadyRunning(home=home.root, pid=pid)


def history_folder(option: Path | None, *, named: str | None = None) -> Path | None:
    """The synthetic history that ships when `shipped` is named; otherwise the home's own, None while nothing was fetched into it."""
    return shipped_history() if named == SHIPPED else fetched_history(_home(option).history)


def inspect_history(option: Path | None, *, folder: Path | None) -> Holdings:
    """What a folder of history holds: the one named, otherwise the home's, otherwise the synthetic one that ships."""
    from engine.market.holdings import holdings_of  # noqa: PLC0415 - `status` must not wait for what only history needs

    own = history_folder(option) if folder is None else folder
    return holdings_of(shipped_history() if own is None else own)


def fetch_home_history(option: Path | None, *, from_at: datetime | None, to_at: datetime | None, progress: Progress | None) -> FetchReport:
    """The home holds what the sources have of the period."""
    from engine.config import load_settings  # noqa: PLC0415 - as above
    from engine.research.fetch import FetchPlan, fetch_history, sources_of  # noqa: PLC0415

    home = open_home(_home(option).root)
    variables = load_settings(os.environ, home.env_file).server_variables
    plan = FetchPlan(folder=home.history, sources=sources_of(variables), now=SystemClock().now, from_at=from_at, to_at=to_at)
    return asyncio.run(fetch_history(plan, progress=progress))


def _backup_at(home: Home, source: str) -> Path:
    named = home.backups / source
    return named if named.exists() else Path(source)


def _home(option: Path | None) -> Home:
    return home_at(resolve_home(option, os.environ))


def _read(home: Home, query: Callable[[Transaction], R]) -> R:
    if not home.db.exists():
        raise StateError(f"there is no store in {home.root}")
    store = Store.open_readonly(home.db)
    try:
        return store.read_sync(query)
    finally:
        store.close()


@contextmanager
def _writing(home: Home) -> Iterator[Store]:
    """The store of a stopped engine, ours for a moment."""
    lock = HomeLock.acquire(home.root)
    try:
        with _store(home, anchors=AnchorFile(home.anchors)) as store:
            yield store
    finally:
        lock.release()


@contextmanager
def _store(home: Home, *, anchors: AnchorFile | None) -> Iterator[Store]:
    origin = inspect_origin(home.db)
    if origin is None:
        raise ConfigError("the store has no origin", fix="Choose another home.", path=home.db)
    store = Store.open(home.db, origin=origin, clock=SystemClock(), boot=boot_id(), anchors=anchors)
    try:
        yield store
    finally:
        store.close()


def _ask(home: Home, *, action: str, args: dict[str, str], source: str) -> int:
    """A row for the running engine, the only thing another process ever writes; it touches no audit row."""
    with _store(home, anchors=None) as store:
        return store.write_sync(lambda tx: tx.add_manual_action(action=action, args=args, source=source, now=SystemClock().now()))


def pairing_code(home: Home) -> str:
    """A code that makes its first sender admin within ten minutes; only what proves it stays in the home."""
    return first_code(home.pairing, SystemClock().wall())
