"""A circuit breaker: after enough failures in a row a server is left alone, then one probe decides.

Rules of this file: time is an argument; only the server's own silence counts, a
refusal that arrives promptly is proof of life.
"""

from __future__ import annotations

from dataclasses import dataclass

FAILURES_MAX = 5
OPEN_S = 0.3
"""Short: a server that is back is used again within a second."""


@dataclass(slots=True)
class Breaker:
    """Closed while calls succeed; open until `open_s` after the last failure; then half-open for one probe."""

    open_s: float = OPEN_S
    failures: int = 0
    failed_at_s: float = 0.0
    failing_since_s: float | None = None
    tripped_at_s: float | None = None
    is_probing: bool = False

    @property
    def is_tripped(self) -> bool:
        return self.failures >= FAILURES_MAX

    def admit(self, now_s: float) -> bool:
        """True when a call may go out now; in the half-open state only the first one may."""
        if not self.is_tripped:
            return True
        if self.is_probing or now_s - self.failed_at_s < self.open_s:
            return False
        self.is_probing = True
        return True

    def succeed(self) -> None:
        """The server answered."""
        self.failures, self.failing_since_s, self.tripped_at_s, self.is_probing = 0, None, None, False

    def fail(self, now_s: float) -> None:
        """The server did not answer."""
        self.failures += 1
        self.failed_at_s, self.is_probing = now_s, False
        if self.failing_since_s is None:
            self.failing_since_s = now_s
        if self.is_tripped and self.tripped_at_s is None:
            self.tripped_at_s = now_s

    def release(self) -> None:
        """The probe was given up by its caller: nothing was learnt, the next caller may probe."""
        self.is_probing = False
