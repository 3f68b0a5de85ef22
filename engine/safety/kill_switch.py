"""The kill switch: a file, a flag in memory and a row; any one of them set means killed.

Rules of this file: latching never waits for the database and never raises; unlatching needs the typed phrase, ends in HOLD,
and clears the file last, so that a crash in between stays killed.
"""

from __future__ import annotations

import errno
import json
import os
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from engine.errors import ActionRefused, StateError
from engine.state.audit import clean
from engine.state.database import sync_directory
from engine.state.outcomes import KillRow
from engine.state.records import Head
from engine.state.store import Store
from engine.state.transaction import Transaction

FILE_NAME = "KILL"
RESERVE_NAME = ".kill-reserve"
RESERVE_BYTES = 4096
REASON_CHARS_MAX = 500
SOURCE_CHARS_MAX = 100
OPERATOR_HOLD = "operator"
AUTOMATIC = "automatic"
"""Who sets a switch that no person set."""

ARMED, DISARMED = "kill.armed", "kill.disarmed"
UNREADABLE = "the kill file is there; it does not say why"


class KillSwitch:
    """The switch of one home. `problem` says why the last latch is in memory only, empty when it is on disk."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE_NAME
        self.problem = ""
        self._home, self._reserve = home, home / RESERVE_NAME
        self._mutex = threading.Lock()
        self._is_set, self._reason, self._source, self._at = False, "", "", ""
        self._latches = 0
        self._make_reserve()

    def is_armed(self) -> bool:
        """True when the flag is set or the file is there, read anew each time; a file that cannot be judged counts as there."""
        return self._is_set or self._is_file_there()

    def is_armed_in(self, tx: Transaction) -> bool:
        """True when any of the three latches is set: what a transaction asks before it lets anything go out."""
        return self.is_armed() or tx.kill_row().armed

    def reason(self) -> str:
        """Why it is armed, in the words of whoever armed it; empty when it is not."""
        if self._is_set:
            return self._reason
        return self._file_fields()["reason"] if self._is_file_there() else ""

    def latch(self, reason: str, source: str, at: datetime) -> bool:
        """Killed from this instant in memory; True when the file stands too and survives a power cut. The first reason stays.

        Needs no database and no free disk space: a reserved file is renamed into place.
        """
        self._latches += 1
        self._remember(reason, source, at)
        with self._mutex:
            # A disarm that was under way may have cleared the flag while we waited for it.
            self._remember(reason, source, at)
            try:
                is_new = not self._is_file_there()
                if is_new:
                    self._set_file()
                self._sync()
            except OSError as error:
                self.problem = f"the kill file could not be written: {error}"
                return False
            # From here on the switch is set on disk; what it says is a courtesy.
            if is_new:
                self._write_reason()
        self.problem = ""
        return True

    def adopt(self, tx: Transaction, *, now: datetime) -> bool:
        """Whatever latch was set is now set in memory and in the row, with one audit row; True when armed.

        Call it in the first transaction after latching, and at start-up.
        """
        row = tx.kill_row()
        if not self.is_armed() and not row.armed:
            return False
        if not self._is_set:
            self._set_from(row)
        if not row.armed or not tx.audit_tail(1, ARMED):
            tx.set_kill_row(armed=True, reason=self._reason, now=now)
            body = {"reason": self._reason, "source": self._source, "latched_at": self._at}
            tx.audit(actor=self._source, type=ARMED, ref="kill_switch", body=body, anchor=True)
        return True

    def recorded_as(self, tx: Transaction) -> int | None:
        """The number of the audit row this kill is on record as; None while it is not armed or no row says so yet."""
        head = _recorded(tx)
        return None if head is None else head.seq

    def disarm_phrase(self, tx: Transaction) -> str | None:
        """What must be typed to disarm: it names the audit row that armed the switch. None while that row is not written."""
        head = _recorded(tx)
        return None if head is None else phrase_of(head)

    async def disarm(self, store: Store, *, phrase: str, source: str, reason: str, now: datetime) -> None:
        """All three latches are clear and the engine is on HOLD until an operator resumes.

        Raises ActionRefused when the switch is not armed, the phrase is not the one shown or no reason is given;
        StateError when the file cannot be removed: the switch then stays armed.
        """
        latches = self._latches
        await store.write(lambda tx: self._disarm_row(tx, phrase=phrase, source=source, reason=reason, now=now))
        self._clear(latches)

    def disarm_sync(self, store: Store, *, phrase: str, source: str, reason: str, now: datetime) -> None:
        """`disarm` for the command line, while no engine runs."""
        latches = self._latches
        store.write_sync(lambda tx: self._disarm_row(tx, phrase=phrase, source=source, reason=reason, now=now))
        self._clear(latches)

    def _disarm_row(self, tx: Transaction, *, phrase: str, source: str, reason: str, now: datetime) -> None:
        if not self.adopt(tx, now=now):
            raise ActionRefused("not-armed")
        if phrase.strip() != self.disarm_phrase(tx):
            raise ActionRefused("wrong-phrase")
        if not reason.strip():
            raise ActionRefused("no-reason")
        tx.set_kill_row(armed=False, reason="", now=now)
        if tx.add_hold(OPERATOR_HOLD, f"/disarm {clean(source)}: {clean(reason)[:REASON_CHARS_MAX]}", now=now):
            tx.audit(actor=source, type="hold.set", ref=OPERATOR_HOLD, body={"reason": reason, "source": source})
        tx.audit(actor=source, type=DISARMED, ref="kill_switch", body={"reason": reason, "source": source}, anchor=True)

    def _clear(self, latches: int) -> None:
        with self._mutex:
            if latches != self._latches:
                raise ActionRefused("killed-again")
            try:
                self.path.unlink(missing_ok=True)
                sync_directory(self._home)
            except OSError as error:
                raise StateError(f"the kill file {self.path} could not be removed ({error}): the switch stays armed") from error
            self._is_set, self._reason, self._source, self._at = False, "", "", ""
        self._make_reserve()

    def _remember(self, reason: str, source: str, at: datetime) -> None:
        if not self._is_set:
            self._reason, self._source, self._at = clean(reason)[:REASON_CHARS_MAX], clean(source)[:SOURCE_CHARS_MAX], at.isoformat()
            self._is_set = True

    def _is_file_there(self) -> bool:
        try:
            self.path.lstat()
        except FileNotFoundError:
            # A home that is gone cannot tell that nobody pressed.
            return not self._home.is_dir()
        except OSError:
            return True
        return True

    def _set_file(self) -> None:
        try:
            self._reserve.rename(self.path)
        except FileNotFoundError:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600))

    def _sync(self) -> None:
        try:
            sync_directory(self._home)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            # Without a free descriptor one folder cannot be named, but all of them can be synced.
            os.sync()

    def _write_reason(self) -> None:
        text = json.dumps({"reason": self._reason, "source": self._source, "at": self._at}, ensure_ascii=False).encode()
        with suppress(OSError):
            descriptor = os.open(self.path, os.O_WRONLY)
            try:
                os.pwrite(descriptor, text.ljust(RESERVE_BYTES), 0)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _make_reserve(self) -> None:
        try:
            descriptor = os.open(self._reserve, os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as error:
            self.problem = f"no file could be reserved for the kill switch: {error}"
            return
        try:
            os.pwrite(descriptor, b" " * RESERVE_BYTES, 0)
            os.fsync(descriptor)
        except OSError as error:
            self.problem = f"no file could be reserved for the kill switch: {error}"
        finally:
            os.close(descriptor)

    def _set_from(self, row: KillRow) -> None:
        if self._is_file_there():
            fields = self._file_fields()
            self._reason, self._source, self._at = fields["reason"], fields["source"], fields["at"]
        else:
            self._reason, self._source, self._at = row.reason, "store", "" if row.since is None else row.since.isoformat()
        self._is_set = True

    def _file_fields(self) -> dict[str, str]:
        try:
            fields = json.loads(self.path.read_bytes())
            return {name: clean(str(fields[name])) for name in ("reason", "source", "at")}
        except (OSError, ValueError, KeyError, TypeError):
            return {"reason": UNREADABLE, "source": "file", "at": ""}


def _recorded(tx: Transaction) -> Head | None:
    if not tx.kill_row().armed:
        return None
    # A kill row that is gone counts as armed, and nothing tells of that until it is adopted.
    armed = tx.audit_tail(1, ARMED)
    return Head(seq=armed[0].seq, hash=armed[0].hash) if armed else None


def phrase_of(head: Head) -> str:
    """`DISARM 142-7F3A`: names one row of the chain and nothing else."""
    return f"DISARM {head.seq}-{head.hash[:4].upper()}"
