"""The power fails, or the process is killed, at every write of a migration: the store is of the earlier schema or of today's, never between."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import apsw

from engine.clock import ManualClock
from engine.core.lifecycle import TradeState
from engine.state.migrations import MIGRATIONS
from engine.state.repository import Store
from tests.crash.disk import Files, Tape, moments, recording, selections
from tests.engine.state.test_migrations import store_of_the_first_schema

PER_MOMENT = 4
SEED = 7
DB = "cerbero.db"
OF_THE_FIRST, OF_TODAY = {"option_type", "short_instrument", "pnl_eth"}, {"sides", "family", "pnl_coin"}


def migrated(folder: Path, clock: ManualClock) -> tuple[Files, Tape]:
    """What lay on the disk before a store of the first schema was opened by this program, and all that happened then."""
    store_of_the_first_schema(folder / DB)
    before: Files = {DB: bytearray((folder / DB).read_bytes())}
    tape = Tape()
    with recording(folder, DB, tape):
        Store.open(folder / DB, origin="demo", clock=clock, boot="boot-1").close()
    return before, tape


def columns_of(path: Path) -> tuple[int, set[str]]:
    """The version the file tells and the columns of its trades."""
    connection = apsw.Connection(str(path))
    version = int(connection.pragma("user_version"))
    columns = {row[1] for row in connection.execute("PRAGMA table_info(trades)")}
    connection.close()
    return version, columns


def test_every_state_a_power_cut_leaves_is_one_schema_or_the_other_and_opens(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "live").mkdir()
    before, tape = migrated(tmp_path / "live", clock)
    image, seen, chance = tmp_path / "image", set(), random.Random(SEED)
    image.mkdir()
    versions: set[int] = set()
    for moment in moments(before, tape):
        for choices in islice(selections(moment, chance), PER_MOMENT):
            files = moment.image(choices)
            digest = hash(tuple(sorted((name, bytes(content)) for name, content in files.items())))
            if digest in seen:
                continue
            seen.add(digest)
            for left in image.iterdir():
                left.unlink()
            for name, content in files.items():
                (image / name).write_bytes(content)
            version, columns = columns_of(image / DB)
            wanted, unwanted = (OF_THE_FIRST, OF_TODAY) if version == 1 else (OF_TODAY, OF_THE_FIRST)
            assert wanted <= columns
            assert not unwanted & columns
            versions.add(version)
            store = Store.open(image / DB, origin="demo", clock=clock, boot="boot-2")
            trade = store.read_sync(lambda tx: tx.trade(1))
            store.close()
            assert trade is not None
            assert trade.state is TradeState.CLOSED

    assert {1, len(MIGRATIONS)} <= versions
    assert len(seen) > 20
