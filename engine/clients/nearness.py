"""Which notes are nearest to a question: by the words they share, a rare word counting more than one that stands everywhere."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

WORD = re.compile(r"[a-z0-9]+(?:[.:_-][a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is known about one thing, in the order it was noted."""

    entity: str
    observations: tuple[str, ...]


def nearest(query: str, memories: Sequence[Memory], *, count: int) -> tuple[Memory, ...]:
    """The memories that share most with the query, nearest first; those that share nothing are left out, the later noted wins a tie."""
    wanted = _words(query)
    by_place = [_words(" ".join((memory.entity, *memory.observations))) for memory in memories]
    known_by = Counter(word for words in by_place for word in words)
    scored = [(sum(math.log(1 + len(memories) / known_by[word]) for word in wanted & words), place) for place, words in enumerate(by_place) if wanted & words]
    return tuple(memories[place] for _, place in sorted(scored, reverse=True)[:count])


def _words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.lower()))
