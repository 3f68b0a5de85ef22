"""Text for people: typed nodes, one escape boundary, and the lengths a message may have.

Rules of this file: text is cleaned, then cut, then escaped, in that order; nothing
else writes a tag. Lengths are UTF-16 units of the markup, which is never shorter
than what the reader sees. Numbers become text in `figures.py`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

TEXT_MAX_UNITS = 4096
CAPTION_MAX_UNITS = 1024
OUTCOME_RESERVE_UNITS = 250
NODE_MAX_UNITS = 1500
UPSTREAM_MAX_UNITS = 300

_LINK = re.compile(r"(?:https?|tg|ftp)://\S+|\bwww\.\S+|\bt\.me/\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Bold:
    value: str


@dataclass(frozen=True, slots=True)
class Code:
    """Monospaced; an id or a phrase a person may copy."""

    value: str


@dataclass(frozen=True, slots=True)
class Instant:
    """A wall-clock instant the reader's client may show in its own zone; `relative` counts down to it."""

    at: datetime
    shown: str
    relative: bool = True


Inline = Text | Bold | Code | Instant


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; without parts it is a blank line."""

    parts: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """A boxed group of lines; an expandable one shows its first three until it is tapped."""

    lines: tuple[Line, ...]
    is_expandable: bool = True


@dataclass(frozen=True, slots=True)
class Pre:
    """A monospaced block that keeps its line ends, for small tables."""

    value: str


Block = Line | Quote | Pre


def line(*parts: Inline | str) -> Line:
    """A line of the parts; plain strings are plain text."""
    return Line(tuple(Text(part) if isinstance(part, str) else part for part in parts))


def pair(label: str, value: str) -> Line:
    """A `label: value` line."""
    return line(f"{label}: {value}")


def quote(lines: Iterable[Line | str], *, is_expandable: bool = True) -> Quote:
    """A boxed group of the lines; plain strings are plain text."""
    return Quote(tuple(line(each) if isinstance(each, str) else each for each in lines), is_expandable)


def upstream(text: str, *, limit_units: int = UPSTREAM_MAX_UNITS) -> Quote:
    """Words that came from outside, boxed as quoted text, without links, control characters and excess."""
    return quote([cut(clean(_LINK.sub("[link]", text)), limit_units)], is_expandable=False)


def to_html(blocks: Iterable[Block]) -> str:
    """The blocks in the HTML subset Telegram takes; every tag is closed and no text can open one."""
    return "\n".join(_html_block(block) for block in blocks)


def to_plain(blocks: Iterable[Block]) -> str:
    """The same words without markup."""
    return "\n".join(_plain_block(block) for block in blocks)


def plain_of(markup: str) -> str:
    """The words of a text that `to_html` made, for a chat that takes no markup."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def units(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fits_text(markup: str) -> bool:
    """True when the markup goes into one message."""
    return units(markup) <= TEXT_MAX_UNITS


def fits_caption(markup: str, *, has_outcome: bool = False) -> bool:
    """True when the markup goes under a picture; without its outcome yet, room for that is kept."""
    return units(markup) <= CAPTION_MAX_UNITS - (0 if has_outcome else OUTCOME_RESERVE_UNITS)


def clean(text: str, *, keeps_lines: bool = False) -> str:
    """The text without control, direction, zero-width and broken characters; line ends become spaces unless kept."""
    kept = []
    for char in text:
        if char == "\n" and keeps_lines:
            kept.append(char)
        elif char in "\n\r\t" or unicodedata.category(char) in ("Zl", "Zp"):
            kept.append(" ")
        elif unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"):
            kept.append(char)
    return "".join(kept)


def cut(text: str, limit_units: int) -> str:
    """The text, or as much of its start as fits with an ellipsis after it."""
    if units(text) <= limit_units:
        return text
    used, kept = 1, []
    for char in text:
        used += 2 if ord(char) > 0xFFFF else 1
        if used > limit_units:
            break
        kept.append(char)
    return "".join(kept) + "…"


def split(blocks: Sequence[Block], *, limit_units: int = TEXT_MAX_UNITS) -> tuple[str, ...]:
    """The blocks as markup in as few parts as fit the limit, broken between blocks and between a block's lines."""
    parts: list[str] = []
    for piece in (piece for block in blocks for piece in _pieces(block, limit_units)):
        joined = f"{parts[-1]}\n{piece}" if parts else piece
        if parts and units(joined) <= limit_units:
            parts[-1] = joined
        else:
            parts.append(piece)
    return tuple(parts)


def _pieces(block: Block, limit_units: int) -> list[str]:
    markup = to_html([block])
    if units(markup) <= limit_units:
        return [markup]
    if isinstance(block, Quote) and len(block.lines) > 1:
        middle = len(block.lines) // 2
        halves: tuple[Block, ...] = (Quote(block.lines[:middle], block.is_expandable), Quote(block.lines[middle:], block.is_expandable))
    elif isinstance(block, Pre) and "\n" in block.value:
        rows = block.value.split("\n")
        halves = (Pre("\n".join(rows[: len(rows) // 2])), Pre("\n".join(rows[len(rows) // 2 :])))
    elif isinstance(block, Line) and len(block.parts) > 1:
        middle = len(block.parts) // 2
        halves = (Line(block.parts[:middle]), Line(block.parts[middle:]))
    else:
        # Escaping makes a character at most five units long, tags and an ellipsis take the rest.
        return [to_html([Line((Text(cut(plain_of(markup), (limit_units - 10) // 5)),))])]
    return [piece for half in halves for piece in _pieces(half, limit_units)]


def _html_block(block: Block) -> str:
    if isinstance(block, Line):
        return "".join(_html_inline(part) for part in block.parts)
    if isinstance(block, Pre):
        return f"<pre>{_safe(block.value, keeps_lines=True)}</pre>"
    body = "\n".join(_html_block(each) for each in block.lines)
    return f"<blockquote{' expandable' if block.is_expandable else ''}>{body}</blockquote>"


def _html_inline(part: Inline) -> str:
    if isinstance(part, Text):
        return _safe(part.value)
    if isinstance(part, Bold):
        return f"<b>{_safe(part.value)}</b>"
    if isinstance(part, Code):
        return f"<code>{_safe(part.value)}</code>"
    shape = "r" if part.relative else "wdt"
    return f'<tg-time unix="{int(part.at.timestamp())}" format="{shape}">{_safe(part.shown)}</tg-time>'


def _plain_block(block: Block) -> str:
    if isinstance(block, Pre):
        return _bounded(block.value, keeps_lines=True)
    if isinstance(block, Quote):
        return "\n".join(_plain_block(each) for each in block.lines)
    return "".join(_bounded(part.shown if isinstance(part, Instant) else part.value) for part in block.parts)


def _bounded(text: str, *, keeps_lines: bool = False) -> str:
    return cut(clean(text, keeps_lines=keeps_lines), TEXT_MAX_UNITS if keeps_lines else NODE_MAX_UNITS)


def _safe(text: str, *, keeps_lines: bool = False) -> str:
    return html.escape(_bounded(text, keeps_lines=keeps_lines), quote=False)
