"""A reply's HTML as a tree the page builds element by element, so no markup is ever parsed in the browser.

Rules of this file: what is not on the list loses its tag and keeps its text.
"""

from __future__ import annotations

from html.parser import HTMLParser

Node = str | dict[str, object]

DEPTH_MAX = 16

_SAME_TAG = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "s": "s", "code": "code", "pre": "pre", "blockquote": "blockquote", "tg-time": "time"}


def to_nodes(html: str) -> list[Node]:
    """The allowed elements of `html` and all of its text, in order; unclosed tags close at the end."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


def plain_text(nodes: list[Node]) -> str:
    """The text of the tree without its elements."""
    return "".join(node if isinstance(node, str) else plain_text(_children(node)) for node in nodes)


class _Builder(HTMLParser):
    # The parser's own way is a subclass with one method per kind of token.

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: list[Node] = []
        self._open: list[tuple[str, list[Node]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._here().append("\n")
        if tag not in _SAME_TAG or len(self._open) >= DEPTH_MAX:
            return
        children: list[Node] = []
        self._here().append({"tag": _SAME_TAG[tag], "children": children, **_allowed(tag, dict(attrs))})
        self._open.append((tag, children))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth][0] == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._here().append(data)

    def _here(self) -> list[Node]:
        return self._open[-1][1] if self._open else self.root


def _allowed(tag: str, attrs: dict[str, str | None]) -> dict[str, object]:
    if tag == "blockquote":
        return {"expandable": "expandable" in attrs}
    if tag == "tg-time":
        unix = attrs.get("unix")
        is_instant = unix is not None and unix.isascii() and unix.isdigit() and len(unix) <= 12
        return {"unix": int(unix) if unix is not None and is_instant else None, "format": attrs.get("format") or ""}
    return {}


def _children(node: dict[str, object]) -> list[Node]:
    children = node["children"]
    return children if isinstance(children, list) else []
