"""Four planted secrets, a whole session of the product with every logger at DEBUG, and a search of all that it left.

`python -m tests.crash.secret_scan [--heavy]` prints the table; `--heavy` searches what the process wrote, call by call, too.
The session: a demo in a chat that errs in every way it knows, with the secrets in its words; an engine whose servers refuse
their keys aloud; kill -9; the command line on what is left. Only `.env` and `mcp.json`, where secrets live, are not searched.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.conftest import ROOT
from tests.crash.memory import memory_folder
from tests.crash.report import Row, tell
from tests.e2e.product import environment
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.http_server import HttpReply, HttpRequest, HttpServer

PACK = "secret_scan"
ADA, PATIENCE_S = 1001, 60.0
TOKEN = "987654321:AAPlantedPlantedPlantedPlanted_-00"
API_SECRET = "planted-api-secret/7+x=="
HEADER_KEY = "planted-header-key/9+y=="
CHILD_SECRET = "planted-child-secret-Zq81"
SECRETS = (TOKEN, API_SECRET, HEADER_KEY, CHILD_SECRET)
HIDDEN = b"[hidden]"
HOMES_OF_SECRETS = (".env", "mcp.json")
COMMANDS = (
    ("status", "--json"),
    ("audit", "tail", "1000"),
    ("audit", "export"),
    ("audit", "verify"),
    ("state", "inspect", "--json"),
    ("config", "show"),
    ("config", "check"),
    ("kill-switch", "arm", "--reason", "drill"),
    ("kill-switch", "status"),
    ("backup", "create"),
    ("drill", "restore"),
    ("drill", "second-path"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search saw: files and bytes looked at, each place of a secret, and how often something had been hidden."""

    files: int
    size_bytes: int
    hits: tuple[str, ...]
    hidden: int


def marks_of(secret: str) -> tuple[bytes, ...]:
    """The spellings in which a secret would still be one: plain, in an address, in JSON, as bytes, in base64, and its telling part."""
    plain = secret.encode()
    spellings = {plain, quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode(), base64.b64encode(plain), base64.b64encode(b"Bearer " + plain)}
    telling = secret.rpartition(":")[2].partition("/")[0]
    return tuple(spellings | {telling.encode()})


def search(files: Iterable[Path]) -> Found:
    """Every file was read whole."""
    marks = [(number, mark) for number, secret in enumerate(SECRETS, start=1) for mark in marks_of(secret)]
    count, size, hidden, hits = 0, 0, 0, []
    for file in files:
        content = file.read_bytes()
        count, size, hidden = count + 1, size + len(content), hidden + content.count(HIDDEN)
        hits += [f"secret {number} in {file.name}" for number, mark in marks if mark in content]
    return Found(files=count, size_bytes=size, hits=tuple(dict.fromkeys(hits)), hidden=hidden)


def left_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.name not in HOMES_OF_SECRETS]


@asynccontextmanager
async def loud(folder: Path, name: str, *args: str, env: Mapping[str, str], is_traced: bool = False) -> AsyncIterator[Process]:
    """The product runs at DEBUG, its words go to files of the folder; at the end it is killed."""
    command = [sys.executable, "-m", "tests.crash.loud_program", *args]
    if is_traced:
        command = ["strace", "-f", "-qq", "-s", "100000", "-e", "trace=write,writev,pwrite64,pwritev", "-o", str(folder / f"{name}.strace"), *command]
    with (folder / f"{name}.out").open("wb") as out, (folder / f"{name}.err").open("wb") as err:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment(env), stdout=out, stderr=err, stdin=asyncio.subprocess.DEVNULL)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await process.wait()


async def demo_session(folder: Path, *, is_traced: bool) -> None:
    """A trade over a chat in trouble, then kill -9, then the command line."""
    home = folder / "demo"
    write_secrets(home)
    async with FakeBotApi(token=TOKEN, people={ADA: "Ada"}) as api:
        env = chat_env(api)
        words = ("demo", "--chat", "telegram", "--home", str(home), "--no-browser", "--days-per-second", "1")
        async with loud(folder, "demo", *words, env=env, is_traced=is_traced) as process:
            card = await api.wait_for(lambda message: "Approve" in message.labels, timeout=PATIENCE_S)
            keep_command_line(process.pid, folder / "ps.txt")
            await talks_through_faults(api)
            await api.wait_for_answer(api.tap(card, "Approve"), timeout=PATIENCE_S)
            await api.wait_for(lambda message: "OPENED trade" in message.text, timeout=PATIENCE_S)
            await run_commands(folder, "running", home, env)
            api.say(ADA, "/kill planted drill")
            await api.wait_until((home / "KILL").exists, timeout=PATIENCE_S)
        await run_commands(folder, "killed", home, env, wanted=("audit", "backup", "drill", "kill-switch"))
        (folder / "chat.txt").write_text(api.transcript(), encoding="utf-8")


def keep_command_line(pid: int, out: Path) -> None:
    """What everybody on the machine can see of the process."""
    out.write_bytes(Path(f"/proc/{pid}/cmdline").read_bytes())


async def talks_through_faults(api: FakeBotApi) -> None:
    """Telegram errs in every way it knows, the token in its words; every command that only reads is answered in between."""
    faults = ((500, ""), (400, f"can't parse entities of bot{TOKEN}"), (429, ""), (400, f"chat of bot{TOKEN} not found"))
    for (code, said), command in zip(faults, ("/status", "/why", "/positions", "/audit 20"), strict=True):
        api.fault("sendMessage", code=code, description=said, retry_after=1 if code == 429 else None)
        await asked(api, command)
    api.drop("sendMessage")
    api.garbage("sendMessage")
    api.garbage("getUpdates")
    api.fault("getUpdates", code=502, description=f"bot{TOKEN}")
    api.fault("getUpdates", code=409, description=f"terminated by other getUpdates of bot{TOKEN}")
    api.fault("getUpdates", code=401, description=f"bot{TOKEN} Unauthorized")
    await asked(api, "/market")
    api.heal()
    api.say(ADA, "/audit_verify")
    await api.wait_for(lambda message: "The chain holds" in message.text, timeout=PATIENCE_S)


async def asked(api: FakeBotApi, command: str) -> None:
    """The command was taken and something was sent for it, taken or not."""

    def sendings() -> int:
        return len(api.calls_of("sendMessage")) + len(api.calls_of("sendPhoto"))

    before = sendings()
    api.say(ADA, command)
    await api.wait_until(lambda: sendings() > before, timeout=PATIENCE_S)


async def live_session(folder: Path) -> None:
    """An engine whose servers refuse: one says the key it was given, the other prints its secret and dies."""
    home = folder / "live"
    write_secrets(home)

    async def refuse(request: HttpRequest) -> HttpReply:
        body = json.dumps({"error": f"key {HEADER_KEY} is not known", "asked": request.path}).encode()
        return HttpReply(status=401, body=body)

    server = HttpServer(refuse)
    await server.start()
    says_its_secret = "import os, sys; sys.exit('cannot log in with ' + os.environ['API_SECRET'])"
    servers = {
        "deribit": {"url": f"http://127.0.0.1:{server.port}/mcp/{quote(HEADER_KEY, safe='')}", "headers": {"Authorization": f"Bearer {HEADER_KEY}"}},
        "macro": {"command": sys.executable, "args": ["-c", says_its_secret], "env": {"API_SECRET": CHILD_SECRET}},
    }
    (home / "mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
    try:
        async with FakeBotApi(token=TOKEN, people={ADA: "Ada"}) as api:
            env = chat_env(api)
            async with loud(folder, "live", "start", "--chat", "telegram", "--home", str(home), env=env):
                await api.wait_for(lambda message: "ENGINE UP" in message.text, timeout=PATIENCE_S)
                for command in ("/scan", "/market", "/status"):
                    await asked(api, command)
                api.fault("getMe", code=401, times=None)
                await run_commands(folder, "live", home, env, wanted=("audit", "config", "drill"))
            # A start that is refused tells why, and dies.
            async with loud(folder, "refused", "start", "--chat", "telegram", "--home", str(home), env=env) as refused:
                async with asyncio.timeout(PATIENCE_S):
                    await refused.wait()
            (folder / "live-chat.txt").write_text(api.transcript(), encoding="utf-8")
    finally:
        await server.stop()


def write_secrets(home: Path) -> None:
    home.mkdir()
    (home / ".env").write_text(f"DERIBIT_API_SECRET={API_SECRET}\nCERBERO_TELEGRAM_TOKEN={TOKEN}\n", encoding="utf-8")
    (home / ".env").chmod(0o600)
    alert = "import os, sys; sys.exit(repr(dict(os.environ)))"
    (home / "alert.command").write_text(f'{sys.executable} -c "{alert}"\n', encoding="utf-8")
    (home / "alert.command").chmod(0o600)


def chat_env(api: FakeBotApi) -> dict[str, str]:
    return {"CERBERO_TELEGRAM_API_URL": api.base_url, "CERBERO_OPERATORS": f"{ADA}:admin", "DERIBIT_API_SECRET": API_SECRET}


async def run_commands(folder: Path, name: str, home: Path, env: Mapping[str, str], *, wanted: tuple[str, ...] = ()) -> None:
    """Every command of the command line, or those that begin with a wanted word, has left its words in a file."""

    def run(words: tuple[str, ...]) -> bytes:
        command = [sys.executable, "-m", "tests.crash.loud_program", *words, "--home", str(home)]
        done = subprocess.run(command, cwd=ROOT, env=environment(env), capture_output=True, timeout=PATIENCE_S, check=False)
        return " ".join(words).encode() + b"\n" + done.stdout + done.stderr

    told = [await asyncio.to_thread(run, words) for words in COMMANDS if not wanted or words[0] in wanted]
    (folder / f"commands-{name}.txt").write_bytes(b"\n".join(told))


async def naive_lines() -> bytes:
    """What a bot with the same secrets writes when it keeps its libraries' own logs."""

    async def refuse(_: HttpRequest) -> HttpReply:
        return HttpReply(status=401, body=b"{}")

    server = HttpServer(refuse)
    await server.start()
    address = f"http://127.0.0.1:{server.port}/{quote(HEADER_KEY, safe='')}"
    async with FakeBotApi(token=TOKEN) as api:
        command = [sys.executable, "-m", "tests.crash.naive_logs", TOKEN, api.base_url, HEADER_KEY, address]
        done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=environment(), capture_output=True, check=False)
    await server.stop()
    return done.stderr


def lines_apart(content: bytes, folder: Path) -> list[Path]:
    """Each line in a file of its own, so that each counts."""
    folder.mkdir()
    files = [folder / f"line-{number}" for number, _ in enumerate(content.splitlines())]
    for file, line in zip(files, content.splitlines(), strict=True):
        file.write_bytes(line)
    return files


def run(heavy: bool) -> tuple[Row, ...]:
    """The session was lived through and searched."""
    is_traced = heavy and shutil.which("strace") is not None
    with memory_folder() as folder:
        session = folder / "session"
        session.mkdir()
        asyncio.run(demo_session(session, is_traced=is_traced))
        asyncio.run(live_session(session))
        found = search(left_in(session))
        naive = search(lines_apart(asyncio.run(naive_lines()), folder / "naive"))
    for hit in found.hits:
        print(hit, file=sys.stderr)
    size = f"{found.size_bytes / 1e6:.1f} MB in {found.files} files" + (", write by write" if is_traced else "")
    return (
        Row(
            pack=PACK,
            measure=f"places of {len(SECRETS)} planted secrets at DEBUG",
            ours=f"{len(found.hits)} in {size}",
            naive=f"{len(naive.hits)} in {naive.files} lines",
            pass_mark="0",
            is_passed=not found.hits and bool(naive.hits),
        ),
        Row(pack=PACK, measure="times a secret was there to be hidden", ours=str(found.hidden), naive="0", pass_mark="> 100", is_passed=found.hidden > 100),
    )


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(tell(run))
