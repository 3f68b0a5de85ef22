"""`mcp.json`: what it says, and what a mistake in it says back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.clients.bundle import connect_clients
from engine.clients.roles import TOOLS
from engine.clients.servers_file import HttpServer, StdioServer, connection_of, read_servers
from engine.errors import ConfigError
from tests.conftest import ROOT

GOOD = """{
  "mcpServers": {
    "sim": {"command": "cerbero-bite", "args": ["serve", "sim"], "env": {"KEY": "s3cret"}},
    "macro": {"url": "https://example.org/mcp", "headers": {"authorization": "Bearer s3cret"}, "tools": {"get_fx": "fx"}}
  }
}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mcp.json"
    path.write_text(text)
    return path


def test_both_kinds_of_server_are_read_in_order(tmp_path: Path) -> None:
    specs = read_servers(written(tmp_path, GOOD))

    assert specs == (
        StdioServer(name="sim", command="cerbero-bite", args=("serve", "sim"), env={"KEY": "s3cret"}),
        HttpServer(name="macro", url="https://example.org/mcp", headers={"authorization": "Bearer s3cret"}, tools={"get_fx": "fx"}),
    )


def test_secrets_do_not_show_in_a_printed_spec(tmp_path: Path) -> None:
    assert "s3cret" not in repr(read_servers(written(tmp_path, GOOD)))


def test_a_missing_file_means_no_servers(tmp_path: Path) -> None:
    assert read_servers(tmp_path / "mcp.json") == ()


def test_the_sim_server_plays_every_role_nobody_else_is_named_for(tmp_path: Path) -> None:
    connections = {spec.name: connection_of(spec) for spec in read_servers(written(tmp_path, GOOD))}
    clients = connect_clients(connections)

    assert clients.deribit is not None
    assert [connection.name for connection in clients.connections] == ["sim", "macro"]
    assert {connection.state.state for connection in clients.connections} == {"idle"}


def test_without_sim_a_role_nobody_plays_stays_empty(tmp_path: Path) -> None:
    path = written(tmp_path, '{"mcpServers": {"macro": {"url": "http://127.0.0.1:9/mcp"}}}')
    clients = connect_clients({spec.name: connection_of(spec) for spec in read_servers(path)})

    assert (clients.deribit, clients.portfolio, clients.macro is not None) == (None, None, True)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("{\n  oops\n}", 2, "not valid JSON"),
        ("{}", 1, "mcpServers is missing"),
        ("[]", 1, "mcpServers is missing"),
        ('{"mcpServers": {\n "sim": {}}}', 2, "exactly one of command and url"),
        ('{"mcpServers": {\n "sim": {"command": "x", "url": "http://b"}}}', 2, "exactly one of command and url"),
        ('{"mcpServers": {\n\n "sim": {"command": "x", "arg": []}}}', 3, "mcpServers.sim.arg"),
        ('{"mcpServers": {\n\n "sim": {"url": "ftp://b"}}}', 3, "mcpServers.sim.url"),
        ('{"mcpServers": {\n "deribt": {"command": "x"}}}', 2, "Did you mean deribit?"),
        (
            '{"mcpServers": {\n "foo": {"command": "x"}}}',
            2,
            "Known are deribit, hyperliquid, macro, sentiment, portfolio, memory, brain_bridge, telegram, sim.",
        ),
        ('{"mcpServers": {\n "sim": {"command": "x", "tools": {"get_dvl": "y"}}}}', 2, "Did you mean get_dvol?"),
        ('{"mcpServers": {\n "sim": {"command": "x"},\n "sim": {"command": "y"}}}', 2, "stands twice"),
        ('{"mcpServers": {' + ",".join(f'"s{n}": {{"command": "x"}}' for n in range(33)) + "}}", 1, "more than 32"),
    ],
)
def test_a_mistake_names_the_file_the_line_and_the_fix(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_servers(written(tmp_path, text))

    assert said in str(caught.value)
    assert (caught.value.line, caught.value.fix != "") == (line, True)


def test_every_tool_the_clients_call_is_known_by_name() -> None:
    sources = (ROOT / "engine" / "clients").glob("*.py")
    called = {name for source in sources for name in re.findall(r'(?:\.call|\.tell|_candles)\("([a-z_]+)"', source.read_text(encoding="utf-8"))}

    assert called == TOOLS
