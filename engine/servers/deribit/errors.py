"""What the venue's error codes mean for us: may a read be asked again, may an order have been taken.

Source: the venue's complete list of RPC error codes, kept beside this file as `errors.csv`.
Rules of this file: a code that is not on the list proves nothing.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

from engine.servers.upstream import UpstreamError

TOO_MANY_REQUESTS = 10028
UNAUTHORIZED = 13009
SECONDS_TO_WAIT = {TOO_MANY_REQUESTS: 1.0, 10066: 0.5, 10041: 60.0, 11051: 60.0}
"""How long the venue wants to be left alone after an answer; the others may be asked again at once."""
REASON_CHARS_MAX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueCode:
    """One line of the list."""

    name: str
    is_retryable: bool
    is_ambiguous: bool


@cache
def venue_codes() -> dict[int, VenueCode]:
    """Every code of the venue by its number."""
    text = resources.files("engine.servers.deribit").joinpath("errors.csv").read_text(encoding="utf-8")
    return {
        int(row["code"]): VenueCode(name=row["name"], is_retryable=row["retryable_read"] == "yes", is_ambiguous=row["ambiguous_for_orders"] == "yes")
        for row in csv.DictReader(text.splitlines())
    }


def venue_failure(error: object) -> UpstreamError:
    """The failure an `error` member stands for."""
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(error, dict) or not isinstance(code, int):
        return UpstreamError("the venue answered an error without a code", retryable=False)
    known = venue_codes().get(code)
    if known is None:
        return UpstreamError(f"the venue answered an unknown error ({code})", retryable=False, code=code)
    return UpstreamError(
        f"the venue refused: {known.name} ({code}){_reason(error)}",
        retryable=known.is_retryable,
        is_refusal=not known.is_ambiguous,
        retry_after_s=SECONDS_TO_WAIT.get(code),
        code=code,
    )


def _reason(error: dict[object, object]) -> str:
    """The parameter and the reason the venue names, for a person to read."""
    facts = error.get("data")
    if not isinstance(facts, dict):
        return ""
    named = [str(facts[key]) for key in ("param", "reason") if facts.get(key) is not None]
    return (": " + " ".join(named))[:REASON_CHARS_MAX] if named else ""
