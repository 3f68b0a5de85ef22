"""Past trades that are like the one on a card, in the words they were noted in."""

from __future__ import annotations

from collections.abc import Sequence

from bot.format import Block, Bold, clean, cut, line, upstream
from bot.messages.voice import Voice
from bot.views.results import title
from engine.api import Memory

NAME_MAX_UNITS = 60


def similar(past: Sequence[Memory], voice: Voice) -> list[Block]:
    """Each with its notes, quoted: they may come from a server of the operator's own."""
    blocks: list[Block] = [title(voice, "similar-title")]
    for each in past:
        blocks += [line(Bold(cut(clean(each.entity), NAME_MAX_UNITS))), upstream(" · ".join(each.observations))]
    return blocks
