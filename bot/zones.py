"""Time zones as people choose them: a few usual ones as buttons, every other one by its IANA name."""

from __future__ import annotations

USUAL = (
    "UTC",
    "Europe/London",
    "Europe/Rome",
    "Europe/Berlin",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Dubai",
    "Asia/Singapore",
    "Asia/Tokyo",
)


def city_of(zone: str) -> str:
    """The part of the name people know: `New York`."""
    return zone.rpartition("/")[2].replace("_", " ")


def as_ref(zone: str) -> str:
    """The zone as a button carries it."""
    return zone.replace("/", ".")


def of_ref(ref: str) -> str:
    """The zone a button carries."""
    return ref.replace(".", "/")
