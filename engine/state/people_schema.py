"""The tables about people: who is admitted, what each prefers, which alarms wait, what was written about a trade.

Rules of this file: a step of the schema's history (`migrations.py`), never edited again.
"""

from __future__ import annotations

import apsw

# What is added to a table that has rows stays empty in them: nobody asked it then.
PEOPLE = """
CREATE TABLE people (
    user_id INTEGER PRIMARY KEY, chat_id INTEGER NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL CHECK (role IN ('viewer', 'approver', 'admin')),
    added_at TEXT NOT NULL, added_by TEXT NOT NULL
) STRICT;
CREATE TABLE invitations (
    sealed TEXT PRIMARY KEY, role TEXT NOT NULL CHECK (role IN ('viewer', 'approver', 'admin')), made_at TEXT NOT NULL, made_by TEXT NOT NULL,
    valid_until_at TEXT NOT NULL, used_at TEXT, used_by INTEGER
) STRICT;
CREATE TABLE preferences (user_id INTEGER PRIMARY KEY, language TEXT, zone TEXT, quiet TEXT, loudness TEXT) STRICT;
CREATE TABLE alarms (
    alarm_id INTEGER PRIMARY KEY AUTOINCREMENT, payload_json TEXT NOT NULL, raised_at TEXT NOT NULL, repeats INTEGER NOT NULL,
    next_at TEXT, ended_at TEXT, ended_by TEXT
) STRICT;
CREATE INDEX alarms_due ON alarms(next_at) WHERE ended_at IS NULL;
CREATE TABLE notes (
    note_id INTEGER PRIMARY KEY AUTOINCREMENT, trade_id INTEGER NOT NULL REFERENCES trades(trade_id), at TEXT NOT NULL, by TEXT NOT NULL, words TEXT NOT NULL
) STRICT;
CREATE INDEX notes_by_trade ON notes(trade_id, note_id);
ALTER TABLE proposals ADD COLUMN refused_because TEXT;
ALTER TABLE outbox ADD COLUMN edits_message_id INTEGER;
ALTER TABLE outbox ADD COLUMN alarm_id INTEGER REFERENCES alarms(alarm_id);
"""


def admit_people(connection: apsw.Connection) -> None:
    """People are admitted in the chat, have a language and hours of their own, and alarms wait for them; cards and trades take their words."""
    connection.execute(PEOPLE)
