"""What a tool answered becomes checked JSON text, or a typed failure.

Rules of this file: size, depth, NaN and duplicate keys are refused before any model
sees the text; an `error` field or `success: false` is a failure however politely sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache

from mcp_types import CallToolResult, TextContent

from engine.errors import VenueError

DEPTH_MAX = 12
ERROR_CHARS_MAX = 200
STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


def json_text(result: CallToolResult, *, server: str, tool: str, max_bytes: int) -> str:
    """The answer's JSON text. Raises VenueError when it is an error, too large or not sound JSON."""
    require_success(result, server=server, tool=tool)
    text = _text_of(result)
    if len(text) > max_bytes or len(text.encode()) > max_bytes:
        raise VenueError(f"the answer is larger than {max_bytes} bytes", server=server, tool=tool, permanent=True)
    try:
        document = sound_document(text)
    except (ValueError, RecursionError) as error:
        raise VenueError(f"the answer is not sound JSON ({error})"[:ERROR_CHARS_MAX], server=server, tool=tool, permanent=True) from None
    if isinstance(document, dict) and (document.get("error") is not None or document.get("success") is False):
        reason = document.get("error", "success is false")
        raise VenueError(str(reason)[:ERROR_CHARS_MAX], server=server, tool=tool)
    return text


def require_success(result: CallToolResult, *, server: str, tool: str) -> None:
    """Nothing happens for a call that worked. Raises VenueError with what the server says went wrong."""
    if result.is_error:
        raise VenueError(_text_of(result)[:ERROR_CHARS_MAX], server=server, tool=tool, permanent=True)


def sound_document(text: str, *, number: Callable[[str], object] = float) -> object:
    """The document of a JSON text; fractions are made by `number`. Raises ValueError or RecursionError for what is not sound."""
    _require_shallow(text)
    document: object = _decoder(number).decode(text)
    return document


@cache
def _decoder(number: Callable[[str], object]) -> json.JSONDecoder:
    """Made once: making one costs more than reading a small answer."""
    return json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=number)


def _text_of(result: CallToolResult) -> str:
    texts = [block.text for block in result.content if isinstance(block, TextContent)]
    if len(texts) == 1:
        return texts[0]
    if result.structured_content is not None:
        return json.dumps(result.structured_content)
    return "\n".join(texts)


def _require_shallow(text: str) -> None:
    # Few brackets cannot be deep: the common case costs two counts. Quoted brackets only make the count larger.
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return
    depth = 0
    for match in STRUCTURE.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise ValueError(f"nested deeper than {DEPTH_MAX}")
        elif mark in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key appears twice")
    return fields


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")
