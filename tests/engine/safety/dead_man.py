"""A home under a dead-man: the real script under a plain shell, a venue and a second path on loopback, a heartbeat of any age."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from engine.safety.heartbeat import UPTIME, Heartbeat, uptime_s, write_heartbeat
from engine.state.records import Head
from tests.fakes.http_server import Dropped, HttpReply, HttpRequest, HttpServer

SCRIPT = Path(__file__).resolve().parents[3] / "engine" / "safety" / "dead_man.sh"
SHELL = shutil.which("dash") or "/bin/sh"
TOOLS = ("ls", "date", "mv", "rm", "sync", "sleep", "curl")
IS_TESTABLE = UPTIME.exists() and uptime_s() > 2_000 and all(shutil.which(tool) for tool in TOOLS)
UNTESTABLE = "needs /proc/uptime, a machine that has run for half an hour (heartbeats of every age are made) and the script's tools"
CLIENT_ID, CLIENT_SECRET, TOKEN = "fo7WAPRm4P", "W0H6FJW4IRPZ1MOQ8FP6KMC5RZDUUKXS", "1582628593469.1MbQ-J_4.CBP"
BOT_TOKEN = "987654:second-path_BOT"
SECRETS = (CLIENT_SECRET, TOKEN, BOT_TOKEN)
BEAT = Heartbeat(wall_at=datetime(2026, 3, 2, 14, 0, tzinfo=UTC), stage="paper", origin="demo", head=Head(seq=142, hash="7f" * 32), interval_s=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One run of the script."""

    code: int
    out: str
    err: str


@dataclass(slots=True, kw_only=True)
class World:
    """The venue, the second bot and an alert address on one port; `fails` says how many requests of a path go wrong first."""

    port: int = 0
    orders: int = 3
    fails: dict[str, int] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    requests: list[HttpRequest] = field(default_factory=list)
    command_lines: list[str] = field(default_factory=list)

    async def answer(self, request: HttpRequest) -> HttpReply:
        self.requests.append(request)
        self.command_lines += all_command_lines()
        if self.fails.get(request.path, 0) > 0:
            self.fails[request.path] -= 1
            raise Dropped
        if request.path in self.answers:
            return HttpReply(body=self.answers[request.path])
        if request.path == "/api/v2/public/auth":
            return self._log_in(json.loads(request.params["params"]))
        if request.path == "/api/v2/private/cancel_all":
            return self._cancel(request.headers.get("authorization"))
        return HttpReply(body=b'{"ok":true,"result":{"message_id":1}}')

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def told(self) -> list[str]:
        """What reached the second path."""
        return [request.params["text"] for request in self.requests if "text" in request.params]

    def _log_in(self, asked: dict[str, str]) -> HttpReply:
        if asked != {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}:
            return HttpReply(status=400, body=b'{"jsonrpc":"2.0","error":{"message":"invalid_credentials","code":13004}}')
        result = {"access_token": TOKEN, "expires_in": 900, "refresh_token": "r", "scope": "trade:read_write", "token_type": "bearer"}
        return HttpReply(body=json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}, separators=(",", ":")).encode())

    def _cancel(self, authorization: str | None) -> HttpReply:
        if authorization != f"Bearer {TOKEN}":
            return HttpReply(status=400, body=b'{"jsonrpc":"2.0","error":{"message":"unauthorized","code":13009}}')
        cancelled, self.orders = self.orders, 0
        return HttpReply(body=b'{"jsonrpc":"2.0","id":2,"result":%d,"usIn":1,"usOut":2,"usDiff":1,"testnet":true}' % cancelled)


@dataclass(slots=True, kw_only=True)
class Rig:
    """A home, a conf beside it, and the only tools the script may use."""

    home: Path
    conf: Path
    tools: Path
    world: World
    said: str = ""

    def configure(self, *lines: str, mode: int = 0o600) -> None:
        """The conf names the home and holds `lines`."""
        self.conf.write_text("\n".join((f"home={self.home}", "retry_pause_s=0", *lines)) + "\n", encoding="utf-8")
        self.conf.chmod(mode)

    def venue_lines(self) -> tuple[str, ...]:
        keys = (f"testnet_client_id={CLIENT_ID}", f"testnet_client_secret={CLIENT_SECRET}")
        return ("venue=deribit-testnet", f"venue_url=http://127.0.0.1:{self.world.port}/api/v2", *keys)

    def bot_lines(self) -> tuple[str, ...]:
        base = f"alert_telegram_url=http://127.0.0.1:{self.world.port}"
        return (base, f"alert_telegram_token={BOT_TOKEN}", "alert_telegram_chat=1001")

    def beat(self, *, age_s: int = 0, **changes: str | None) -> None:
        """A heartbeat of that age; a change of None leaves its line out."""
        path = self.home / "heartbeat"
        write_heartbeat(path, BEAT)
        lines = dict(line.split("=", 1) for line in path.read_text().splitlines())
        lines["uptime_s"] = str(int(uptime_s()) - age_s)
        lines = {key: value for key, value in (lines | changes).items() if value is not None}
        path.write_text("".join(f"{key}={lines[key]}\n" for key in sorted(lines, key=lambda key: key == "end")))

    def set_state(self, **changes: str) -> None:
        """The script's memory, changed: what a test would otherwise have to wait for."""
        path = self.conf.parent / "dead_man.state"
        lines = dict(line.split("=", 1) for line in path.read_text().splitlines()) | changes
        path.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))

    def state(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.conf.parent / "dead_man.state").read_text().splitlines())

    def next_alert_after_s(self) -> int:
        """When the next alert is due, counted from the first one."""
        state = self.state()
        return int(state["next_alert_s"]) - int(state["first_told_s"])

    def texts_of_alarms(self) -> list[str]:
        """What reached the second path, without the sender."""
        return [text.partition(": ")[2] for text in self.world.told()]

    async def run(self, *options: str, before: Sequence[str] = ()) -> Ended:
        """The script has run once with nothing but its tools, `before` standing in front of the shell."""
        process = await asyncio.create_subprocess_exec(
            *before,
            SHELL,
            str(SCRIPT),
            *options,
            str(self.conf),
            env={"PATH": str(self.tools)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        self.said += out.decode() + err.decode()
        return Ended(code=process.returncode, out=out.decode(), err=err.decode())


@asynccontextmanager
async def rig_in(folder: Path) -> AsyncIterator[Rig]:
    """A rig whose conf names the home and nothing else yet."""
    home, tools, world = folder / "home", folder / "tools", World()
    home.mkdir(mode=0o700)
    tools.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (tools / tool).symlink_to(found)
    server = HttpServer(world.answer)
    await server.start()
    world.port = server.port
    rig = Rig(home=home, conf=folder / "dead_man.conf", tools=tools, world=world)
    rig.configure()
    try:
        yield rig
    finally:
        await server.stop()


def all_command_lines() -> list[str]:
    """What `ps` would show of every process at this instant."""
    lines = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                lines.append((Path(entry.path) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
    return lines
