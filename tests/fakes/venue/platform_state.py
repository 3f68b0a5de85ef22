"""Whether the venue as a whole is open: maintenance, locks, announcements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.venue.market import INDEX_NAMES

Json = dict[str, Any]


@dataclass(slots=True)
class Platform:
    """`locked_indices` holds what is locked; all of them means the whole platform."""

    is_in_maintenance: bool = False
    locked_indices: set[str] = field(default_factory=set)
    is_account_locked: bool = False
    announcements: list[Json] = field(default_factory=list)

    def status(self) -> Json:
        """As `public/status` tells it; `locked` is text in spite of the example."""
        locked = sorted(self.locked_indices)
        if self.is_in_maintenance or len(locked) == len(INDEX_NAMES):
            return {"locked": "true", "locked_indices": list(INDEX_NAMES)}
        return {"locked": "partial", "locked_indices": locked} if locked else {"locked": "false"}

    def announce(self, title: str, body: str, *, at_ms: int, is_important: bool = True) -> Json:
        """An announcement is published. Returns it."""
        told = {"id": at_ms, "title": title, "body": body, "important": is_important, "publication_timestamp": at_ms}
        self.announcements.append(told)
        return told
