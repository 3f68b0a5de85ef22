"""A reply's HTML becomes a tree of allowed elements; everything else is text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.format import Bold, Code, Instant, Pre, line, plain_of, quote, to_html
from bot.local_chat.markup import DEPTH_MAX, Node, plain_text, to_nodes
from engine.clock import SystemClock

ALLOWED = {"b", "i", "u", "s", "code", "pre", "blockquote", "time"}


def tags(nodes: list[Node]) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, dict):
            found |= {str(node["tag"])} | tags(node["children"])
    return found


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("plain", ["plain"]),
        ("a &lt;b&gt; &amp; c", ["a <b> & c"]),
        ("<b>x</b>y", [{"tag": "b", "children": ["x"]}, "y"]),
        ("<strong>x</strong><em>y</em>", [{"tag": "b", "children": ["x"]}, {"tag": "i", "children": ["y"]}]),
        ("a<br>b", ["a", "\n", "b"]),
        ("<blockquote expandable>q</blockquote>", [{"tag": "blockquote", "children": ["q"], "expandable": True}]),
        ("<blockquote>q</blockquote>", [{"tag": "blockquote", "children": ["q"], "expandable": False}]),
        ('<tg-time unix="1795343339" format="r">14:33</tg-time>', [{"tag": "time", "children": ["14:33"], "unix": 1795343339, "format": "r"}]),
        ('<tg-time unix="soon" format="r">14:33</tg-time>', [{"tag": "time", "children": ["14:33"], "unix": None, "format": "r"}]),
        ("<b>never closed", [{"tag": "b", "children": ["never closed"]}]),
        ("<b><i>x</b>y", [{"tag": "b", "children": [{"tag": "i", "children": ["x"]}]}, "y"]),
        ("x</i>y", ["x", "y"]),
        ('<img src=x onerror="alert(1)">', []),
        ('<a href="javascript:alert(1)">link</a>', ["link"]),
        ('<b onclick="alert(1)">x</b>', [{"tag": "b", "children": ["x"]}]),
        ("<script>alert(1)</script>", ["alert(1)"]),
        ("<!-- note -->x", ["x"]),
    ],
)
def test_only_listed_elements_survive(html: str, expected: list[Node]) -> None:
    assert expected == to_nodes(html)


def test_depth_is_limited_and_the_words_stay() -> None:
    nodes = to_nodes("<b>" * 500 + "deep" + "</b>" * 500)

    depth = 0
    here = nodes
    while here and isinstance(here[0], dict):
        here, depth = here[0]["children"], depth + 1
    assert depth == DEPTH_MAX
    assert plain_text(nodes) == "deep"


@given(st.text())
def test_no_text_makes_an_element_that_is_not_listed(text: str) -> None:
    assert tags(to_nodes(text)) <= ALLOWED


@given(st.text(max_size=200), st.text(max_size=200))
def test_what_the_product_writes_reads_the_same_on_the_page(first: str, second: str) -> None:
    html = to_html([line(Bold(first), second), quote([first]), Pre(second), line(Code(first), Instant(SystemClock().wall(), "14:33"))])

    assert plain_of(html) == plain_text(to_nodes(html))
