"""What can go wrong with one call, as values a test writes down.

    venue.script("private/buy", Refuse(10041))                    # refused, nothing done
    venue.script("private/buy", Refuse(13888, is_done=True))      # done, and an error told
    venue.script("private/buy", Drop(is_done=True))               # done, and the answer lost with the connection
    venue.script("private/get_open_orders", Answered([]), times=None)

"Done" means that the venue has carried the request out before things go wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Refuse:
    """An error of the venue's list; `data` becomes its data member."""

    code: int
    data: dict[str, Any] | None = None
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection is torn down without an answer."""

    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer ever comes; the connection stays."""

    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """The answer waits for `venue.release()`; unless `is_done`, so does the request: it is read with the clock of that moment."""

    is_done: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """Done, and the answer breaks off after `kept_bytes` with the connection."""

    kept_bytes: int = 40


@dataclass(frozen=True, slots=True)
class Garbled:
    """Done, and this comes in place of the answer."""

    body: str = '{"jsonrpc": "2.0", "resu\\'


@dataclass(frozen=True, slots=True)
class Status:
    """A proxy answers before the venue: an HTTP status with a page of HTML; a WebSocket is closed."""

    code: int = 502
    body: str = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Answered:
    """Done, and this told as the result, whatever is true."""

    result: Any


@dataclass(frozen=True, slots=True)
class Stale:
    """The previous answer to this method once more; the first time it is the true one."""


Fault = Refuse | Drop | Hang | Hold | Cut | Garbled | Status | Answered | Stale


@dataclass(slots=True, kw_only=True)
class Script:
    """A fault that is due: `skip` calls pass first, then `times` are hit (None: all); `having` must stand in the parameters."""

    method: str
    fault: Fault
    times: int | None = 1
    skip: int = 0
    having: Mapping[str, Any] = field(default_factory=dict)

    def hits(self, method: str, params: Mapping[str, Any]) -> bool:
        """Whether this call is hit; counting it."""
        if self.method not in ("*", method) or self.times == 0 or any(params.get(name) != value for name, value in self.having.items()):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True
