"""Messages as Markdown, for notes that are read outside the chat.

Rules of this file: what came as text stays text, whatever signs it holds; the words are those of `format.to_plain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.format import Block, Bold, Code, Inline, Line, Pre, Quote, clean, to_plain

_SIGNS = re.compile(r"([\\`*_\[\]<>|~#])")
_OPENERS = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")
BREAK = "  "
"""What ends a line without ending its paragraph."""


def to_markdown(blocks: Iterable[Block]) -> str:
    """The blocks as Markdown: the first line that is all bold is the title, later ones are headings."""
    written: list[str] = []
    has_title = False
    for block in blocks:
        if isinstance(block, Line) and len(block.parts) == 1 and isinstance(block.parts[0], Bold):
            written += ["", f"{'##' if has_title else '#'} {_text(block.parts[0].value)}", ""]
            has_title = True
        else:
            written.append(_block(block))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(written)).strip() + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Pre):
        return f"\n~~~\n{to_plain([block])}\n~~~\n"
    if isinstance(block, Quote):
        return "\n" + "\n".join(f"> {_line(each)}" for each in block.lines) + "\n"
    return _line(block)


def _line(block: Line) -> str:
    told = _OPENERS.sub(r"\1\\\2", "".join(_inline(part) for part in block.parts))
    return f"{told}{BREAK}" if told else ""


def _inline(part: Inline) -> str:
    if isinstance(part, Bold):
        return f"**{_text(part.value)}**"
    if isinstance(part, Code):
        return f"`{clean(part.value).replace('`', '')}`"
    return _text(to_plain([Line((part,))]))


def _text(value: str) -> str:
    return _SIGNS.sub(r"\\\1", clean(value))
