"""The words and figures of one reader, and the lines every message shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.figures import Figures
from bot.format import Block, Bold, Instant, Line, Quote, fits_caption, fits_text, line, pair, to_html
from bot.text import Fact, Texts
from engine.core.model import Strategy, Strikes


@dataclass(frozen=True, slots=True)
class Voice:
    """Sentences and numbers in one language."""

    texts: Texts
    figures: Figures

    def say(self, key: str, /, **facts: Fact) -> str:
        return self.texts.say(key, **facts)

    def code(self, family: str, code: str, /, **facts: Fact) -> str:
        """The sentence of a code that comes from the engine."""
        return self.texts.say_code(family, code, **facts)

    def row(self, label: str, value: str) -> Line:
        """A `label: value` line; `label` is the key after `label-`."""
        return pair(self.say(f"label-{label}"), value)

    def env(self, env: str) -> str:
        """PAPER, TESTNET or LIVE."""
        return self.code("env", env)

    def source(self, source: str) -> str:
        """Where the option prices come from, or that there were none."""
        return self.code("source", source if source else "none")

    def spread(self, strategy: Strategy, *, expiry_at: datetime, sides: Sequence[Strikes]) -> str:
        """`ETH bull put 28 Nov 3200/3000`; of a condor with one side left or meant, which one."""
        shown = self.side(sides[0]) if len(sides) < len(strategy.sides) else self.strikes(sides)
        return f"ETH {self.code('strategy', strategy)} {self.figures.day(expiry_at)} {shown}"

    def strikes(self, sides: Sequence[Strikes]) -> str:
        """`3200/3000`, or `1700/1600 · 2300/2400` for a condor."""
        return " · ".join(f"{self.figures.strike(side.short_strike_usd)}/{self.figures.strike(side.long_strike_usd)}" for side in sides)

    def side(self, side: Strikes) -> str:
        """`puts 1700/1600`: one side of a condor."""
        return f"{self.code('option-side', side.option_type)} {self.strikes([side])}"


def voice(language: str, zone: str = "") -> Voice:
    """The voice of a language, telling hours in the IANA zone (UTC without one); an unknown language speaks English."""
    texts = Texts(language)
    return Voice(texts, Figures(texts.language, zone))


def header(first: str, env_line: str) -> list[Block]:
    """The line the lock screen shows, and the environment under it."""
    return [line(Bold(first)), line(env_line)]


def footed(blocks: Sequence[Block], footer: str, said: Voice) -> list[Block]:
    """The blocks with the audit footer as their last line; an empty footer adds none."""
    return [*blocks, line(said.say("footer", footer=footer))] if footer else list(blocks)


def whole(blocks: Sequence[Block], footer: str, said: Voice) -> str:
    """The markup of one text message; should it not fit, lines go from the end, never the footer."""
    for kept in range(len(blocks), 0, -1):
        markup = to_html(footed(blocks[:kept], footer, said))
        if fits_text(markup):
            return markup
    return to_html(footed([], footer, said))


def deadline(key: str, at: datetime, said: Voice) -> Line:
    """A line that ends in an instant the reader's client counts down to."""
    return line(f"{said.say(key)} ", Instant(at, said.figures.clock(at)))


def past_deadline(at: datetime, said: Voice) -> Line:
    """The same instant on a card that is only read: a moment with its day, and nothing counts down to it."""
    return line(f"{said.say('card-answer-by')} ", Instant(at, said.figures.instant(at), relative=False))


def fitting(fixed: Sequence[Block], boxed: Sequence[Line], after: Sequence[Block], *, has_outcome: bool = False) -> Sequence[Line]:
    """The boxed lines, first ones first, that fit under a picture together with the rest of the card."""
    for kept in range(len(boxed), 0, -1):
        if fits_caption(_joined(fixed, boxed[:kept], after), has_outcome=has_outcome):
            return boxed[:kept]
    return ()


def caption(fixed: Sequence[Block], boxed: Sequence[Line], after: Sequence[Block], *, has_outcome: bool = False) -> str:
    """The markup of a card under its picture; boxed lines go first when it is too long, from the last one up."""
    return _joined(fixed, fitting(fixed, boxed, after, has_outcome=has_outcome), after)


def _joined(fixed: Sequence[Block], boxed: Sequence[Line], after: Sequence[Block]) -> str:
    box = [Quote(tuple(boxed))] if boxed else []
    return to_html([*fixed, *box, *after])
