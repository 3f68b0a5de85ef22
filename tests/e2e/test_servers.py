"""The data servers as an operator meets them: pinged, served as processes of their own, replaced, and read by a paper desk."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.clients.mcp import McpConnection, over_http, over_stdio
from engine.clients.roles import READS, TRADING
from engine.errors import VenueError
from tests.conftest import ROOT
from tests.e2e.product import cerbero, cerbero_beside, environment, free_port, started
from tests.e2e.scene import ADA, Scene, telegram_env
from tests.e2e.test_servers_lost import listening, unknowns
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.upstream import FakeSurroundings
from tests.fakes.venue import FakeVenue

TOKEN = "a-token-that-is-long-enough"
DEAD = {"command": sys.executable, "args": ["-c", "raise SystemExit(3)"]}
ROLES = ["deribit", "hyperliquid", "macro", "sentiment", "portfolio"]


def wall() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def world() -> AsyncIterator[tuple[FakeVenue, dict[str, str]]]:
    """The main network and the other upstreams as they are now, and the variables that lead there."""
    async with FakeVenue(clock=wall, is_testnet=False) as venue, FakeSurroundings(wall) as surroundings:
        yield venue, {**surroundings.environ, "CERBERO_DERIBIT_URL": venue.http_url}


@asynccontextmanager
async def child_server(*args: str, env: Mapping[str, str] | None = None) -> AsyncIterator[McpConnection]:
    """`cerbero-bite serve ARGS` over stdio."""
    connect = over_stdio(sys.executable, ("-m", "bot", "serve", *args), env={**environment(env), "PYTHONPATH": str(ROOT)})
    connection = McpConnection("served", connect)
    try:
        yield connection
    finally:
        await connection.aclose()


async def test_a_paper_desk_runs_on_public_data_and_needs_no_account(tmp_path: Path) -> None:
    async with (
        world() as (venue, variables),
        FakeBotApi(people={ADA: "Ada"}) as api,
        started("start", "--stage", "paper", "--chat", "telegram", "--home", tmp_path, env={**telegram_env(api), **variables}) as child,
    ):
        await child.line_with("engine running, stage paper, market live")
        await child.line_with("chat: Telegram")
        scene = Scene(api=api, child=child, home=tmp_path)
        assert await unknowns(scene) == 0
        ping = await scene.ask("/ping", "Data servers")
        status = await scene.ask("/status", "Data ages")
        assert await child.stop() == 0

    assert all(f"🟢 {role} answers in" in ping.text for role in [*ROLES, "brain_bridge"]), ping.text
    assert "🟢 memory answers" in ping.text
    assert "never" not in next(line for line in status.text.splitlines() if "Data ages" in line)
    assert {call.method for call in venue.calls if not call.method.startswith("public/")} == set()
    assert not venue.asked("public/auth")
    facts = json.loads((await cerbero_beside("state", "inspect", "--json", "--home", tmp_path)).stdout)
    assert facts["store"]["origin"] == "real"


async def test_ping_tells_every_server_and_ends_with_one_when_any_is_in_trouble(tmp_path: Path) -> None:
    async with world() as (venue, variables):
        well = await cerbero_beside("ping", "--json", "--home", tmp_path, env=variables)
        await venue.stop()
        (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"macro": DEAD}}), encoding="utf-8")
        ill = await cerbero_beside("ping", "--home", tmp_path, env=variables)
    document = json.loads(well.stdout)

    assert (well.returncode, well.stderr, document["ok"]) == (0, "", True)
    assert [(row["name"], row["state"], row["missing_tools"]) for row in document["servers"]] == [(role, "up", []) for role in [*ROLES, "brain_bridge"]]
    assert all(row["latency_ms"] > 0 for row in document["servers"])
    assert ill.returncode == 1
    assert {line.split()[0]: line.split()[1] for line in ill.stdout.splitlines()} == {
        "macro": "down",
        "deribit": "failing",
        "hyperliquid": "up",
        "sentiment": "up",
        "portfolio": "failing",
        "brain_bridge": "up",
    }


async def test_every_bundled_server_speaks_over_its_standard_streams(tmp_path: Path) -> None:
    """The slowest to start, the exchange's, also answers what its upstream says."""
    async with world() as (_, variables):
        async with child_server("deribit", env={**variables, "CERBERO_DERIBIT_NETWORK": "mainnet"}) as connection:
            assert await connection.missing(READS["deribit"] | TRADING, deadline_s=60) == frozenset()
            assert "now" in await connection.call("get_time", {}, deadline_s=30)
            with pytest.raises(VenueError, match="there is no key of the mainnet"):
                await connection.call("get_account", {"currency": "ETH"}, deadline_s=30)
        async with child_server("portfolio", "--home", str(tmp_path), env=variables) as connection:
            assert "20000" in await connection.call("get_portfolio", {}, deadline_s=60)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "tools"),
    [
        ("sim", READS["deribit"] | READS["macro"]),
        ("hyperliquid", READS["hyperliquid"] | {"get_predicted_fundings"}),
        ("macro", READS["macro"]),
        ("sentiment", READS["sentiment"]),
        ("memory", frozenset({"remember", "recall"})),
        ("brain_bridge", frozenset({"publish_report", "list_reports"})),
        ("telegram", frozenset({"send_message"})),
    ],
)
async def test_a_server_of_its_own_has_its_tools(tmp_path: Path, name: str, tools: frozenset[str]) -> None:
    async with child_server(name, "--home", str(tmp_path)) as connection:
        assert await connection.missing(tools, deadline_s=60) == frozenset()


@pytest.mark.slow
async def test_the_engine_is_asked_beside_itself_and_over_http_behind_a_token(tmp_path: Path) -> None:
    port, home = free_port(), tmp_path / "home"
    serve = ("serve", "engine", "--home", home, "--transport", "http", "--port", str(port))
    async with (
        world() as (_, variables),
        FakeBotApi(people={ADA: "Ada"}) as api,
        started("start", "--chat", "telegram", "--home", home, env={**telegram_env(api), **variables}) as engine,
    ):
        await engine.line_with("chat: Telegram")
        async with started(*serve, env={**variables, "CERBERO_SERVE_TOKEN": TOKEN}) as server:
            await listening(port)
            connection = McpConnection("engine", over_http(f"http://127.0.0.1:{port}/mcp", headers={"authorization": f"Bearer {TOKEN}"}))
            try:
                status = json.loads(await connection.call("get_status", {}, deadline_s=30))
                entry = json.loads(await connection.call("evaluate_entry", {}, deadline_s=60))
                asked = json.loads(await connection.call("request_proposal", {}, deadline_s=30))
            finally:
                await connection.aclose()
            assert server.process.returncode is None
        assert await engine.stop() == 0

    assert (status["stage"], status["is_killed"]) == ("paper", False)
    assert entry["outcome"] in ("approved", "refused")
    assert not [check for check in entry["checks"] if check[2] == "not_evaluated"]
    assert asked["action_id"] >= 1


def test_a_private_server_wants_a_token_over_http_and_only_the_simulator_takes_a_seed(tmp_path: Path) -> None:
    told = cerbero("serve", "memory", "--home", tmp_path, "--transport", "http", "--port", str(free_port()))
    seeded = cerbero("serve", "macro", "--seed", "7")
    unknown = cerbero("ping", "--home", tmp_path, "--accept", "sentiment")

    assert (told.returncode, "CERBERO_SERVE_TOKEN" in told.stderr) == (2, True)
    assert (seeded.returncode, "about the simulated market" in seeded.stderr) == (2, True)
    assert (unknown.returncode, "no tools of sentiment are pinned" in unknown.stderr) == (2, True)
