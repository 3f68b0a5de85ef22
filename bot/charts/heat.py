"""Fields coloured by sign and size: what the risk grid and a sweep's heat map share."""

from __future__ import annotations

from bot.charts.canvas import BACKGROUND, BLUE, ORANGE

STRONGEST = 0.50


def colour(level: float, reach: float) -> str:
    """The background towards blue for a gain and towards orange for a loss, the farther the larger."""
    share = STRONGEST * abs(level) / reach if reach > 0 else 0.0
    target = BLUE if level >= 0 else ORANGE
    mixed = [round((1 - share) * int(BACKGROUND[at : at + 2], 16) + share * int(target[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in mixed)
