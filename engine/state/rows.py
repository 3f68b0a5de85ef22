"""What every family of queries stands on: one open transaction and the way from row to record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol, TypeVar

from peewee import Model
from playhouse.apsw_ext import APSWDatabase

from engine.clock import Clock


class Record(Protocol):
    """Any frozen dataclass of `records.py`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


R = TypeVar("R", bound=Record)


@dataclass(slots=True, kw_only=True)
class Marks:
    """What a transaction leaves for the store to do once it is committed."""

    wants_anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One transaction: its database, whose clock stamps the audit rows, and the run they belong to."""

    database: APSWDatabase
    clock: Clock
    boot_id: str
    marks: Marks


class Rows:
    """A family of queries on the transaction `context` names."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._database = context.database

    def _records(self, record: type[R], query: Any) -> tuple[R, ...]:
        return tuple(record(**row) for row in query.dicts().execute(self._database))

    def _first(self, record: type[R], query: Any) -> R | None:
        found = self._records(record, query.limit(1))
        return found[0] if found else None

    def _insert(self, model: type[Model], values: dict[str, Any]) -> int:
        return int(model.insert(**values).execute(self._database))

    def _insert_new(self, model: type[Model], values: dict[str, Any]) -> int | None:
        """The new row's number; None when a row with the same key is there already."""
        query = model.insert(**values).on_conflict_ignore()
        number = query.execute(self._database)
        return int(number) if self._changed() else None

    def _change(self, query: Any) -> bool:
        """True when the update or delete changed a row."""
        return int(query.execute(self._database)) > 0

    def _changed(self) -> bool:
        return int(self._database.connection().changes()) > 0

    def _sql(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return list(self._database.connection().execute(statement, tuple(values)))


def columns(model: type[Model], record: type[Any]) -> list[Any]:
    """The model's fields that `record` is made of, in its order."""
    return [getattr(model, field.name) for field in fields(record)]


def values_of(record: Any) -> dict[str, Any]:
    """A record's fields by name; nested values stay what they are."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
