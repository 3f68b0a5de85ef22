"""A store of an earlier version opens as one of today's, with nothing of a trade lost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import apsw

from engine.clock import ManualClock
from engine.core.lifecycle import ProposalState, TradeState
from engine.core.model import Family, OptionType
from engine.state.database import fill_new
from engine.state.migrations import MIGRATIONS, migrate
from engine.state.repository import Store
from tests.engine.state.builders import side

FIRST = """
INSERT INTO meta (key, value) VALUES ('origin', 'demo');
INSERT INTO proposals VALUES (1, 'entry', NULL, 'executed', 1, 'bull_put', 'bias row 5', 'none', '{}', :at, :at, '340.50', 0, NULL, NULL, '');
INSERT INTO proposals VALUES (2, 'entry', NULL, 'pending', 1, 'bull_put', 'bias row 5', 'none', '{}', :at, :at, '340.50', 0, NULL, NULL, '');
INSERT INTO trades VALUES (1, 'closed', 1, 'bull_put', 'paper', 'put', 'ETH-20MAR26-3200-P', 'ETH-20MAR26-3000-P', '3200', '3000', :at, '2',
    '0.0125', '370.10', '340.50', '0.11', '0.08', '3512.42', '1.0871', 61.5, 0.121, 0.14, -1.9, -3.2, 'bull', :at,
    :at, '0.0120', '0.0006', :at, 'profit_take', '0.0050', '0.0006', '0.0116', '40.74', '37.48', NULL, 0, 0);
INSERT INTO outbox VALUES (1, 7, 'entry_card', '{}', 'card:2', 5, 2, 0, 'queued', 0, NULL, :at, NULL, NULL, '');
INSERT INTO outbox VALUES (2, 7, 'alert', '{}', 'alert:1', 5, NULL, 0, 'queued', 0, NULL, :at, NULL, NULL, '');
"""


def store_of_the_first_schema(path: Path) -> None:
    connection = apsw.Connection(str(path))
    fill_new(connection, place="sample", origin="demo")
    application_id = connection.pragma("application_id")
    connection.close()
    path.unlink()
    connection = apsw.Connection(str(path))
    connection.pragma("application_id", application_id)
    migrate_first = MIGRATIONS[:1]
    assert migrate(connection, place="sample", migrations=migrate_first) == 1
    connection.execute(FIRST, {"at": "2026-03-02T14:00:00.000000+00:00"}).fetchall()
    connection.execute("PRAGMA journal_mode = wal").fetchall()
    connection.close()
    path.chmod(0o600)


def test_a_trade_of_the_first_schema_keeps_its_legs_and_its_result(tmp_path: Path, clock: ManualClock) -> None:
    store_of_the_first_schema(tmp_path / "cerbero.db")
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="boot-1")
    trade = store.read_sync(lambda tx: tx.trade(1))
    store.close()

    assert trade is not None
    assert (trade.state, trade.family, trade.pnl_coin, trade.credit_coin) == (TradeState.CLOSED, Family.INVERSE, Decimal("0.0116"), Decimal("0.0120"))
    assert trade.sides == (side(OptionType.PUT, 3200, 3000),)


def test_a_card_that_waited_in_the_earlier_shape_is_ended_and_other_messages_stay_owed(tmp_path: Path, clock: ManualClock) -> None:
    store_of_the_first_schema(tmp_path / "cerbero.db")
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="boot-1")
    states = store.read_sync(lambda tx: [(found.state, found.note) for number in (1, 2) if (found := tx.proposal(number)) is not None])
    owed = store.read_sync(lambda tx: tx.outbox_depth()[0])
    store.close()

    assert states == [(ProposalState.EXECUTED, ""), (ProposalState.SUPERSEDED, "asked by an earlier version")]
    assert owed == 1
