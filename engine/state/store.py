"""The store: one file, one writer thread, every change in one transaction; the event loop never waits for the disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

import apsw
from peewee import IntegrityError, PeeweeException
from playhouse.apsw_ext import APSWDatabase

from engine.clock import Clock, SystemClock
from engine.errors import InvariantBroken, StateError, StoreBroken
from engine.state.anchors import REMEMBERED_KEY, AnchorFile, lost_anchors, read_anchors, remembered
from engine.state.audit import EMPTY_HEAD, Anchor, FooterCheck, VerifyResult, check_footer, parse_footer
from engine.state.database import ORIGINS, connect_reader, connect_writer, empty_log, make_file, refuse_changed, refuse_damaged, refuse_foreign, stored_origin
from engine.state.failures import RESTORE_HINT, Trust, failure
from engine.state.records import Head
from engine.state.rows import Context, Marks
from engine.state.seals import Seals
from engine.state.transaction import Transaction

A = TypeVar("A")
R = TypeVar("R")
P = ParamSpec("P")

LOG_PAGES_MAX = 1000
"""How long the log may grow before it is emptied into the file."""


class Store:
    """What the engine remembers. Work runs on the store's own thread, one piece at a time.

    `write` and `read` wait for it; a caller cancelled while waiting may find its work committed or not begun, never half done.
    Where the disk fails, `trust` is lost: nothing more is written, and who listens there hears of it first.
    `anchor_problem` says why the last anchor could not be written; the rows it would have named are committed all the same.
    """

    def __init__(self, *, path: Path | None, clock: Clock, boot: str, anchors: AnchorFile | None) -> None:
        self.path = path
        self.anchors = anchors
        self.anchor_problem = ""
        self._clock, self._boot = clock, boot
        self._head = EMPTY_HEAD
        self.trust = Trust()
        self._unremembered: Head | None = None
        self._log_pages = 0
        self._seals: Seals | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._thread_id = self._thread.submit(threading.get_ident).result()
        self._database: APSWDatabase | None = None

    @classmethod
    def open(cls, path: Path, *, origin: str, clock: Clock, boot: str, anchors: AnchorFile | None = None) -> Store:
        """The store at `path`, made when there is none, sound, migrated and with its settings in force; mode 0600.

        `boot` names this run of the machine in the audit rows. Raises OriginMismatch when the store was born
        for the other use, StateError when it is damaged, foreign, newer or cannot be trusted; the file is then as it was.
        """
        _refuse_unknown_origin(origin)
        try:
            if path.exists():
                refuse_foreign(path)
            else:
                _refuse_lost(path, anchors)
                make_file(path, origin=origin)
            path.chmod(0o600)
        except OSError as error:
            raise failure(f"{path} cannot be opened", error) from error
        store = cls._connected(lambda: connect_writer(path, origin=origin), path=path, clock=clock, boot=boot, anchors=anchors)
        store._submit(store._attend, store._open_database()).result()
        return store

    @classmethod
    def open_memory(cls, *, origin: str, clock: Clock, boot: str) -> Store:
        """A store that forgets everything when it is closed: for replays and experiments."""
        _refuse_unknown_origin(origin)
        return cls._connected(lambda: connect_writer(None, origin=origin), path=None, clock=clock, boot=boot, anchors=None)

    @classmethod
    def open_readonly(cls, path: Path) -> Store:
        """The store at `path` for reading, also while an engine writes it and without any right to write.

        Raises StateError when there is none; nothing is ever created.
        """
        return cls._connected(lambda: connect_reader(path), path=path, clock=SystemClock(), boot="", anchors=None)

    @classmethod
    def _connected(cls, connect: Callable[[], APSWDatabase], *, path: Path | None, clock: Clock, boot: str, anchors: AnchorFile | None) -> Store:
        store = cls(path=path, clock=clock, boot=boot, anchors=anchors)
        try:
            # A connection belongs to the thread that made it.
            store._database = store._thread.submit(connect).result()
            store._head = store.read_sync(Transaction.head)
        except BaseException:
            if store._database is not None:
                store._thread.submit(store._let_go, store._database).result()
            store._thread.shutdown()
            raise
        return store

    async def write(self, work: Callable[[Transaction], R]) -> R:
        """All of `work` is committed and on disk, or none of it and the exception goes on."""
        return await asyncio.wrap_future(self._submit(self._write, work))

    async def read(self, query: Callable[[Transaction], R]) -> R:
        """What `query` makes of one consistent view; it cannot change anything."""
        return await asyncio.wrap_future(self._submit(self._read, query))

    def write_sync(self, work: Callable[[Transaction], R]) -> R:
        """`write` for the command line and for threads; never from the event loop."""
        return self._submit(self._write, work).result()

    def read_sync(self, query: Callable[[Transaction], R]) -> R:
        """`read` for the command line and for threads; never from the event loop."""
        return self._submit(self._read, query).result()

    def last_head(self) -> Head:
        """The head after the last commit of this process, without asking the disk: what a message's footer shows."""
        return self._head

    async def check_integrity(self) -> None:
        """Every page, index and reference was looked at, a file's beside the writer, which goes on. Raises StateError with the first problem."""
        if self.path is None:
            await asyncio.wrap_future(self._submit(self._check_integrity, True))
        else:
            await self._beside(check_file, self.path)

    async def verify(self, anchors: tuple[Anchor, ...] = ()) -> VerifyResult:
        """The whole chain walked against `anchors`, beside the writer, which goes on."""
        if self.path is None:
            return await self.read(lambda tx: tx.verify_chain(anchors))
        return await self._beside(verify_file, self.path, anchors)

    async def verify_anchored(self) -> VerifyResult:
        """`verify` against the anchor file, and that file against what the store remembers of it."""
        if self.path is None or self.anchors is None:
            return await self.verify()
        return await self._beside(verify_home, self.path, self.anchors.path)

    async def verify_footer(self, footer: str) -> FooterCheck:
        """Whether the row a message's footer names still is what the message saw."""
        return await self.read(lambda tx: footer_of(tx, footer))

    async def anchor(self, why: str) -> bool:
        """The present head stands in the anchor file; False when it did already, there is no such file or it cannot be written."""
        return await asyncio.wrap_future(self._submit(self._anchor, why))

    def close(self) -> None:
        """The head is anchored, the file released, the thread gone; a second call does nothing. Raises StoreBroken when the disk fails meanwhile."""
        if self._database is None:
            return
        was_lost = bool(self.trust.lost)
        if not was_lost:
            self._thread.submit(self._anchor, "shutdown").result()
            if self._unremembered is not None:
                with suppress(StateError):  # the file is then ahead of the store's note, which is no alarm
                    self._thread.submit(self._write, lambda _: None).result()
            self._thread.submit(self._empty_log, self._database).result()
        database, self._database = self._database, None
        self._thread.submit(self._let_go, database).result()
        self._thread.shutdown()
        if not was_lost:
            self.trust.require()

    async def _beside(self, look: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `look` finds on a thread of its own, beside the writer; a disk that fails there is not trusted here either."""
        try:
            return await asyncio.to_thread(look, *args, **kwargs)
        except StoreBroken as broken:
            self.trust.lose(broken)
            raise

    def _submit(self, run: Callable[[A], R], work: A) -> Future[R]:
        if self._database is None:
            raise StateError("the store is closed")
        if threading.get_ident() == self._thread_id:
            raise InvariantBroken("work inside a transaction asked for another one: it would wait for itself")
        return self._thread.submit(run, work)

    def _write(self, work: Callable[[Transaction], R]) -> R:
        self.trust.require()
        database, marks = self._open_database(), Marks()
        try:
            with database.atomic("IMMEDIATE"):
                if self._seals is not None:
                    self._seals.begin()
                transaction = Transaction(self._context(database, marks))
                result = work(transaction)
                if self._unremembered is not None:
                    transaction.set_meta(REMEMBERED_KEY, remembered(self._unremembered))
                head = transaction.head()
                if self._seals is not None:
                    self._seals.write()
        except (apsw.ConstraintError, IntegrityError) as error:
            raise InvariantBroken(f"the store refused a change against its laws: {error}") from error
        except (apsw.Error, PeeweeException) as error:
            raise self._failed("the store could not be written", error) from error
        self._head, self._unremembered = head, None
        if self._log_pages >= LOG_PAGES_MAX:
            self._empty_log(database)
        if marks.wants_anchor or (self.anchors is not None and self.anchors.is_due(head)):
            self._anchor(marks.wants_anchor or "due")
        return result

    def _read(self, query: Callable[[Transaction], R]) -> R:
        database = self._open_database()
        connection = database.connection()
        try:
            connection.execute("PRAGMA query_only = 1")
            with database.atomic("DEFERRED"):
                return query(Transaction(self._context(database, Marks())))
        except (apsw.Error, PeeweeException) as error:
            raise self._failed("the store could not be read", error) from error
        finally:
            connection.execute("PRAGMA query_only = 0")

    def _failed(self, told: str, error: Exception) -> StateError:
        failed = failure(told, error)
        return self.trust.lose(failed) if isinstance(failed, StoreBroken) else failed

    def _attend(self, database: APSWDatabase) -> None:
        """What the connection writes is counted and summed up."""
        connection = database.connection()
        connection.set_wal_hook(self._note_log)
        self._seals = Seals(connection)

    def _note_log(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _empty_log(self, database: APSWDatabase) -> None:
        """What the log holds stands in the file. Left to do it by itself SQLite keeps silent about a disk that fails there."""
        if not self._log_pages:
            return
        try:
            empty_log(database.connection())
            self._log_pages = 0
        except apsw.Error as error:
            # What was committed is committed: whoever waits for it is told so, and everybody else that it was the last.
            self._failed("the log of the store could not be emptied", error)

    def _let_go(self, database: APSWDatabase) -> None:
        with suppress(apsw.Error, PeeweeException):  # what matters is on disk, or its failure was told
            database.close()

    def _check_integrity(self, thorough: bool) -> None:
        place = "memory" if self.path is None else str(self.path)
        refuse_damaged(self._open_database().connection(), place=place, thorough=thorough)

    def _anchor(self, why: str) -> bool:
        if self.anchors is None:
            return False
        try:
            written = self.anchors.append(self._head, at=self._clock.wall(), why=why)
        except OSError as error:
            self.anchor_problem = str(error)
            return False
        self.anchor_problem = ""
        if written:
            self._unremembered = self._head
        return written

    def _open_database(self) -> APSWDatabase:
        if self._database is None:
            raise StateError("the store is closed")
        return self._database

    def _context(self, database: APSWDatabase, marks: Marks) -> Context:
        return Context(database=database, clock=self._clock, boot_id=self._boot, marks=marks)


def footer_of(tx: Transaction, footer: str) -> FooterCheck:
    """Whether the footer's row is in the chain as the message saw it."""
    parsed = parse_footer(footer)
    return check_footer(footer, stored=None if parsed is None else tx.audit_head_at(parsed[0]))


def verify_footer(store: Store, footer: str) -> FooterCheck:
    """Whether the row a message's footer names still is what the message saw; for the command line."""
    return store.read_sync(lambda tx: footer_of(tx, footer))


def check_file(path: Path) -> None:
    """Every page, index, reference and sum of the store at `path` was looked at; the engine may run. Raises StateError with the first problem."""
    database = connect_reader(path)
    try:
        refuse_damaged(database.connection(), place=str(path), thorough=True)
        refuse_changed(database.connection(), place=str(path))
    finally:
        database.close()


def verify_file(path: Path, anchors: tuple[Anchor, ...] = (), *, newest: int | None = None) -> VerifyResult:
    """The chain in the file at `path` walked against `anchors`; needs neither an engine nor a key nor a right to write.

    With `newest` only so many of its last rows are walked, see `verify_chain`.
    """
    store = Store.open_readonly(path)
    try:
        return store.read_sync(lambda tx: tx.verify_chain(anchors, newest=newest))
    finally:
        store.close()


def verify_home(path: Path, anchor_path: Path, *, witnesses: Iterable[Anchor] = (), newest: int | None = None) -> VerifyResult:
    """`verify_file` against the anchors in `anchor_path` and those of `witnesses`, and that file against the store's memory of it.

    In this order nothing written meanwhile can look like tampering: the note, the file it must stand in, the chain both stand in.
    """
    memory = remembered_anchor(path)
    try:
        anchors = read_anchors(anchor_path)
        lost = lost_anchors(anchors, memory)
    except StateError as error:
        anchors, lost = (), str(error)
    result = verify_file(path, (*anchors, *witnesses), newest=newest)
    return replace(result, ok=False, problem=lost) if result.ok and lost else result


def remembered_anchor(path: Path) -> str | None:
    """What the store at `path` remembers of its last anchor; None when it has none."""
    store = Store.open_readonly(path)
    try:
        return store.read_sync(lambda tx: tx.get_meta(REMEMBERED_KEY))
    finally:
        store.close()


def inspect_origin(path: Path) -> str | None:
    """`demo` or `real` as the store at `path` was born; None when there is none. Raises StateError for anything else there."""
    if not path.exists():
        return None
    database = connect_reader(path)
    try:
        return stored_origin(database.connection(), place=str(path))
    finally:
        database.close()


def _refuse_lost(path: Path, anchors: AnchorFile | None) -> None:
    if anchors is not None and anchors.last_seq:
        raise StateError(f"{path} is gone, but {anchors.path.name} names its row {anchors.last_seq}: the store was lost, not new. {RESTORE_HINT}")


def _refuse_unknown_origin(origin: str) -> None:
    if origin not in ORIGINS:
        raise InvariantBroken(f"a store is demo or real, not {origin}")
