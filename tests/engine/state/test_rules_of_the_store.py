"""What a reader of the store's code is promised: settings that are asserted, one writer, records instead of rows, steps that never change."""

from __future__ import annotations

import inspect
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any, get_args, get_type_hints

import apsw
import pytest
from peewee import Model

from engine.clock import ManualClock
from engine.errors import StateError
from engine.state.database import PRAGMAS, connect_writer, refuse_other_settings
from engine.state.migrations import MIGRATIONS, migrate
from engine.state.repository import Store, Transaction

OTHER: dict[str, str | int] = {
    "journal_mode": "delete",
    "synchronous": 1,
    "foreign_keys": 0,
    "trusted_schema": 1,
    "mmap_size": 1 << 20,
    "wal_autocheckpoint": 0,
    "busy_timeout": 100,
}

RELEASED = ("fd4f0d42", "b5bb9137")
"""What the schema is after each step that was ever released, as the beginning of a SHA-256."""


@pytest.mark.parametrize("name", OTHER)
def test_a_setting_that_is_not_in_force_ends_the_start_by_its_name(tmp_path: Path, clock: ManualClock, name: str) -> None:
    Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="b").close()
    database = connect_writer(tmp_path / "cerbero.db", origin="demo")
    connection = database.connection()
    refuse_other_settings(connection)
    connection.pragma(name, OTHER[name])

    with pytest.raises(StateError, match=f"{name}={OTHER[name]}"):
        refuse_other_settings(connection)
    database.close()


def test_every_setting_has_its_case() -> None:
    assert set(OTHER) == set(PRAGMAS)


def is_free(path: Path) -> bool:
    """Nobody has the right to write just now."""
    neighbour = apsw.Connection(str(path))
    try:
        neighbour.execute("BEGIN IMMEDIATE")
    except apsw.BusyError:
        return False
    finally:
        neighbour.close()
    return True


def test_a_writing_transaction_has_the_right_to_write_from_its_first_step(tmp_path: Path, store: Store) -> None:
    """One that only asks for it with its first change may find that what it read is no longer true."""
    path = tmp_path / "cerbero.db"

    assert store.write_sync(lambda _: is_free(path)) is False
    assert store.read_sync(lambda _: is_free(path)) is True
    assert is_free(path)


def test_what_the_repository_hands_out_is_made_of_records_never_of_rows() -> None:
    methods = {name: function for name, function in inspect.getmembers(Transaction, inspect.isfunction) if not name.startswith("_")}
    results = {name: get_type_hints(returning(function))["return"] for name, function in methods.items()}

    assert len(results) > 60
    assert [name for name, result in results.items() if any(is_row(part) for part in parts_of(result))] == []


def returning(function: FunctionType) -> FunctionType:
    """The same function as far as its result is concerned."""
    bare = FunctionType(function.__code__, function.__globals__)
    bare.__annotations__ = {"return": function.__annotations__["return"]}
    return bare


def parts_of(result: Any) -> list[Any]:
    """A type and all it is made of."""
    return [result, *(part for inner in get_args(result) for part in parts_of(inner))]


def is_row(part: Any) -> bool:
    return part is Any or (isinstance(part, type) and issubclass(part, Model))


@pytest.mark.parametrize("steps", range(1, len(RELEASED) + 1))
def test_a_released_step_of_the_schema_is_never_edited(steps: int) -> None:
    """What stores out there have gone through cannot be gone through differently: append a step instead."""
    connection = apsw.Connection(":memory:")
    migrate(connection, place="sample", migrations=MIGRATIONS[:steps])
    laws = "\n".join(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"))

    assert sha256(laws.encode()).hexdigest()[:8] == RELEASED[steps - 1]
