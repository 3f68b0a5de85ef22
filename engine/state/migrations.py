"""The schema's history: each function is one step, runs once in its own transaction, and is never edited again.

Rules of this file: append only; no models here, they describe today and a step describes its day. A step that adds a column of REAL with a
default writes it into the rows too (`UPDATE t SET c = c`): left out of a row, a whole number there is none with a point to the seals.
"""

from __future__ import annotations

from collections.abc import Callable

import apsw

from engine.errors import StateError
from engine.state import seals
from engine.state.people_schema import admit_people
from engine.state.venue_schema import keep_venue_orders

APPLICATION_ID = 0x43425445

Migration = Callable[[apsw.Connection], None]

AUDIT = """
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    at TEXT NOT NULL, boot_id TEXT NOT NULL, boot_s TEXT NOT NULL,
    actor TEXT NOT NULL, type TEXT NOT NULL, ref TEXT NOT NULL, body_json TEXT NOT NULL,
    prev_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX audit_by_type ON audit(type, seq);
CREATE TRIGGER audit_is_gapless BEFORE INSERT ON audit
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'an audit row takes the next number'); END;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit row is never changed'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit row is never deleted'); END;
"""

QUESTIONS = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE proposals (
    proposal_id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('entry', 'exit')),
    trade_id INTEGER REFERENCES trades(trade_id), state TEXT NOT NULL, revision INTEGER NOT NULL,
    strategy TEXT NOT NULL, reason TEXT NOT NULL, urgency TEXT NOT NULL CHECK (urgency IN ('none', 'soft', 'hard')),
    payload_json TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL, max_loss_eur TEXT,
    postponed INTEGER NOT NULL, decided_at TEXT, decided_by TEXT, note TEXT NOT NULL
) STRICT;
CREATE INDEX proposals_waiting ON proposals(proposal_id) WHERE state IN ('pending', 'claimed');
CREATE TABLE decisions (
    decision_id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('entry', 'exit')),
    outcome TEXT NOT NULL, reason TEXT NOT NULL, strategy TEXT, bias TEXT NOT NULL, bias_row INTEGER,
    trade_id INTEGER REFERENCES trades(trade_id), proposal_id INTEGER REFERENCES proposals(proposal_id),
    source TEXT NOT NULL, recorded_at TEXT, checks_json TEXT NOT NULL, snapshot_json TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_by_trade ON decisions(trade_id, decision_id);
CREATE INDEX decisions_by_time ON decisions(kind, at);
CREATE TABLE cards (
    nonce TEXT PRIMARY KEY, proposal_id INTEGER NOT NULL REFERENCES proposals(proposal_id), revision INTEGER NOT NULL,
    chat_id INTEGER NOT NULL, message_id INTEGER, outbox_id INTEGER NOT NULL REFERENCES outbox(outbox_id), is_void INTEGER NOT NULL
) STRICT;
CREATE INDEX cards_by_proposal ON cards(proposal_id);
CREATE INDEX cards_by_outbox ON cards(outbox_id);
CREATE TABLE action_nonces (
    nonce TEXT PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL, user_id INTEGER NOT NULL, chat_id INTEGER NOT NULL,
    valid_until_at TEXT NOT NULL, used_at TEXT
) STRICT;
"""

# The two partial indexes on orders are the law of one live order per trade and side, and of one label per order.
POSITIONS = """
CREATE TABLE trades (
    trade_id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, proposal_id INTEGER NOT NULL UNIQUE REFERENCES proposals(proposal_id),
    strategy TEXT NOT NULL, stage TEXT NOT NULL, option_type TEXT NOT NULL, short_instrument TEXT NOT NULL, long_instrument TEXT NOT NULL,
    short_strike_usd TEXT NOT NULL, long_strike_usd TEXT NOT NULL, expiry_at TEXT NOT NULL, quantity_eth TEXT NOT NULL,
    mid_at_approval_coin TEXT NOT NULL, max_loss_usd TEXT NOT NULL, max_loss_eur TEXT NOT NULL,
    initial_margin_eth TEXT NOT NULL, maintenance_margin_eth TEXT NOT NULL, spot_open_usd TEXT NOT NULL, fx_open_usd_per_eur TEXT NOT NULL,
    dvol_entry_pts REAL NOT NULL, short_delta_entry REAL NOT NULL, net_delta_eth REAL NOT NULL, vega_usd_per_pt REAL NOT NULL,
    gamma_usd_per_1pct REAL NOT NULL, bias TEXT NOT NULL, created_at TEXT NOT NULL,
    opened_at TEXT, credit_coin TEXT, open_fee_coin TEXT, closed_at TEXT, close_reason TEXT, debit_coin TEXT, close_fee_coin TEXT,
    pnl_eth TEXT, pnl_usd TEXT, pnl_eur TEXT, checked_at TEXT, stale_misses INTEGER NOT NULL, unanswered_time_stops INTEGER NOT NULL
) STRICT;
CREATE INDEX trades_by_state ON trades(state, closed_at);
CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY AUTOINCREMENT, proposal_id INTEGER NOT NULL REFERENCES proposals(proposal_id),
    trade_id INTEGER NOT NULL REFERENCES trades(trade_id), side TEXT NOT NULL CHECK (side IN ('open', 'close')), label TEXT NOT NULL UNIQUE,
    quantity_eth TEXT NOT NULL, limit_coin TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('intended', 'filled', 'not_placed')),
    created_at TEXT NOT NULL, settled_at TEXT
) STRICT;
CREATE UNIQUE INDEX one_live_order ON orders(trade_id, side) WHERE state = 'intended';
CREATE TABLE fills (
    fill_id INTEGER PRIMARY KEY AUTOINCREMENT, trade_id INTEGER NOT NULL REFERENCES trades(trade_id),
    order_id INTEGER UNIQUE REFERENCES orders(order_id), side TEXT NOT NULL CHECK (side IN ('open', 'close')), at TEXT NOT NULL,
    quantity_eth TEXT NOT NULL, price_coin TEXT NOT NULL, mid_at_approval_coin TEXT NOT NULL, slippage_frac TEXT, fee_coin TEXT NOT NULL,
    spot_usd TEXT NOT NULL, fx_usd_per_eur TEXT NOT NULL, source TEXT NOT NULL
) STRICT;
CREATE INDEX fills_by_trade ON fills(trade_id);
CREATE TABLE marks (
    mark_id INTEGER PRIMARY KEY AUTOINCREMENT, trade_id INTEGER NOT NULL REFERENCES trades(trade_id), at TEXT NOT NULL,
    mark_coin TEXT, natural_coin TEXT, spot_usd TEXT, dvol_pts REAL, short_delta REAL, unrealised_eur TEXT
) STRICT;
CREATE INDEX marks_by_trade ON marks(trade_id, mark_id);
CREATE TABLE equity (equity_id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, realised_eur TEXT NOT NULL, unrealised_eur TEXT NOT NULL) STRICT;
CREATE INDEX equity_by_time ON equity(at);
"""

LEDGER = """
CREATE TABLE job_runs (
    run_id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, due_at TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('running', 'ok', 'failed', 'missed')), error TEXT NOT NULL, UNIQUE (job, due_at)
) STRICT;
CREATE INDEX job_runs_by_time ON job_runs(due_at);
CREATE TABLE manual_actions (
    action_id INTEGER PRIMARY KEY AUTOINCREMENT, action TEXT NOT NULL, args_json TEXT NOT NULL, source TEXT NOT NULL,
    created_at TEXT NOT NULL, done_at TEXT, result TEXT NOT NULL
) STRICT;
CREATE INDEX manual_actions_open ON manual_actions(action_id) WHERE done_at IS NULL;
CREATE TABLE holds (code TEXT PRIMARY KEY, since_at TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
CREATE TABLE kill_switch (kill_id INTEGER PRIMARY KEY CHECK (kill_id = 1), is_armed INTEGER NOT NULL, reason TEXT NOT NULL, since_at TEXT) STRICT;
INSERT INTO kill_switch VALUES (1, 0, '', NULL);
"""

MESSAGES = """
CREATE TABLE inbox (
    inbox_id INTEGER PRIMARY KEY AUTOINCREMENT, update_id INTEGER NOT NULL UNIQUE, callback_id TEXT UNIQUE, raw_json TEXT NOT NULL,
    received_at TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('queued', 'done', 'dead')), attempts INTEGER NOT NULL,
    finished_at TEXT, outcome TEXT NOT NULL
) STRICT;
CREATE INDEX inbox_waiting ON inbox(inbox_id) WHERE state = 'queued';
CREATE TABLE outbox (
    outbox_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_id INTEGER NOT NULL, kind TEXT NOT NULL, payload_json TEXT NOT NULL,
    dedupe_key TEXT NOT NULL UNIQUE, priority INTEGER NOT NULL, proposal_id INTEGER REFERENCES proposals(proposal_id), is_edit INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'retry', 'ambiguous', 'dead')), attempts INTEGER NOT NULL,
    message_id INTEGER, created_at TEXT NOT NULL, not_after_at TEXT, not_before_at TEXT, error TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_owed ON outbox(chat_id, priority, outbox_id) WHERE state IN ('queued', 'sending', 'retry');
CREATE TABLE operators (user_id INTEGER PRIMARY KEY, chat_id INTEGER NOT NULL, role TEXT NOT NULL, language TEXT NOT NULL) STRICT;
"""


def lay_the_first_schema(connection: apsw.Connection) -> None:
    """Every table of the first version stands."""
    for script in (AUDIT, QUESTIONS, POSITIONS, LEDGER, MESSAGES):
        connection.execute(script)


# Instants, amounts and option types inside `sides` are written as the codec writes them.
TRADE_SIDES = """
ALTER TABLE trades ADD COLUMN family TEXT NOT NULL DEFAULT 'inverse';
ALTER TABLE trades ADD COLUMN sides TEXT NOT NULL DEFAULT '[]';
UPDATE trades SET sides = json_array(json_object(
    'strikes', json_object('option_type', option_type,
        'short_strike_usd', json_object('$d', short_strike_usd), 'long_strike_usd', json_object('$d', long_strike_usd)),
    'short_instrument', short_instrument, 'long_instrument', long_instrument,
    'mid_at_approval_coin', json_object('$d', mid_at_approval_coin), 'closing', NULL));
ALTER TABLE trades DROP COLUMN option_type;
ALTER TABLE trades DROP COLUMN short_instrument;
ALTER TABLE trades DROP COLUMN long_instrument;
ALTER TABLE trades DROP COLUMN short_strike_usd;
ALTER TABLE trades DROP COLUMN long_strike_usd;
ALTER TABLE trades RENAME COLUMN pnl_eth TO pnl_coin;
UPDATE proposals SET state = 'superseded', note = 'asked by an earlier version' WHERE state IN ('pending', 'claimed');
UPDATE outbox SET state = 'dead', error = 'written by an earlier version'
    WHERE state IN ('queued', 'sending', 'retry') AND kind IN ('entry_card', 'exit_card', 'card_outcome', 'fill', 'settlement', 'digest');
"""


def give_trades_their_sides(connection: apsw.Connection) -> None:
    """A trade has one side or two, each with its instruments, and says what its contracts settle in.

    Cards and reports that wait in the earlier shape are ended: an exit is asked again by the next look.
    """
    connection.execute(TRADE_SIDES)


MEMORIES = """
CREATE TABLE memories (
    memory_id INTEGER PRIMARY KEY AUTOINCREMENT, entity TEXT NOT NULL, observation TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (entity, observation)
) STRICT;
"""


def keep_memories(connection: apsw.Connection) -> None:
    """What is remembered of past trades has a place; no decision reads it."""
    connection.execute(MEMORIES)


SEALS = "CREATE TABLE seals (name TEXT PRIMARY KEY, sum INTEGER NOT NULL) STRICT"


def seal_the_tables(connection: apsw.Connection) -> None:
    """From here on the store knows what the rows of each table sum up to; `migrate` sums them up after every step."""
    connection.execute(SEALS)


MIGRATIONS: tuple[Migration, ...] = (lay_the_first_schema, give_trades_their_sides, keep_memories, keep_venue_orders, admit_people, seal_the_tables)
SEALED_SINCE = 1 + MIGRATIONS.index(seal_the_tables)


def schema_version(connection: apsw.Connection) -> int:
    return int(connection.pragma("user_version"))


def refuse_newer(version: int, *, steps: int, place: str) -> None:
    """Nothing happens when this program knows the schema. Raises StateError when a newer one wrote it."""
    if version > steps:
        raise StateError(f"{place} has schema {version}, this program knows {steps}: it was written by a newer version. Upgrade the program.")


def migrate(connection: apsw.Connection, *, place: str, migrations: tuple[Migration, ...] = MIGRATIONS) -> int:
    """The schema is today's; returns how many steps ran. A step that fails leaves the schema before it."""
    applied = 0
    while (version := schema_version(connection)) < len(migrations):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have taken this step while we waited for the lock.
            if schema_version(connection) == version:
                migrations[version](connection)
                connection.execute(f"PRAGMA user_version = {version + 1}")
                if version + 1 >= SEALED_SINCE:
                    seals.renew(connection)
                applied += 1
            connection.execute("COMMIT")
        except BaseException:
            # SQLite itself takes a transaction back when the disk fails in it.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    refuse_newer(version, steps=len(migrations), place=place)
    return applied
