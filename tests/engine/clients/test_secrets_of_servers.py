"""What mcp.json holds that no log may show, and where the words of a server's process go."""

from __future__ import annotations

import os
import sys

import pytest
from structlog.testing import capture_logs

from engine.clients.child_words import LINE_CHARS_MAX, LINES_MAX, heard
from engine.clients.servers_file import HttpServer, ServerSpec, StdioServer, secrets_in


@pytest.mark.parametrize(
    ("spec", "secrets"),
    [
        (HttpServer(name="deribit", url="https://example.org/mcp", headers={"Authorization": "Bearer abc-123-def"}), ("Bearer abc-123-def", "abc-123-def")),
        (HttpServer(name="deribit", url="https://ada:pa%2Fss-word@example.org/"), ("pa/ss-word",)),
        (HttpServer(name="deribit", url="https://example.org/mcp/0123456789abcdef?key=query-key"), ("0123456789abcdef", "query-key")),
        (HttpServer(name="deribit", url="https://example.org/mcp?n=1", headers={"X-N": "1"}), ()),
        (StdioServer(name="macro", command="serve", env={"API_SECRET": "hidden-one", "LEVEL": "verbose-one", "MY_TOKEN": "x"}), ("hidden-one",)),
        (StdioServer(name="macro", command="serve", args=("--api-key=hidden-two", "--level=verbose", "plain")), ("hidden-two",)),
    ],
)
def test_headers_secret_variables_and_keys_in_addresses_are_known(spec: ServerSpec, secrets: tuple[str, ...]) -> None:
    assert secrets_in((spec,)) == secrets


def test_a_childs_words_become_log_lines_with_a_limit(capfd: pytest.CaptureFixture[str]) -> None:
    with capture_logs() as lines, heard("serve") as stream:
        for number in range(LINES_MAX + 5):
            stream.write(f"line {number} {'x' * LINE_CHARS_MAX}\n")
        stream.flush()

    assert [line["event"] for line in lines] == ["server.said"] * LINES_MAX
    assert {len(line["line"]) for line in lines} == {LINE_CHARS_MAX}
    assert capfd.readouterr().err == ""


def test_a_child_that_keeps_the_pipe_is_not_waited_for() -> None:
    with heard("serve") as stream:
        kept = os.dup(stream.fileno())
    os.close(kept)

    assert stream.closed
    assert sys.stderr is not stream
