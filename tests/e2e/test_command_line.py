"""The command line as an operator types it: words, exit codes and what they leave behind."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e.product import cerbero, cerbero_beside, environment, free_port, started
from tests.e2e.scene import telegram_env
from tests.fakes.bot_api import TOKEN, FakeBotApi

EVE = 9
NEVER_SAID = ("Traceback", 'File "')


def test_a_home_nobody_uses_is_idle(tmp_path: Path) -> None:
    words = cerbero("status", "--home", tmp_path / "none")
    facts = json.loads(cerbero("status", "--json", "--home", tmp_path / "none").stdout)

    assert (words.returncode, words.stdout.splitlines()[0], words.stderr) == (0, "engine idle, kill_switch=0", "")
    assert (facts["state"], facts["kill_switch"], facts["pid"]) == ("idle", 0, None)
    assert not (tmp_path / "none").exists()


def test_the_home_may_be_named_before_the_command_or_by_the_environment(tmp_path: Path) -> None:
    named = cerbero("--home", tmp_path / "a", "status", "--json")
    by_env = cerbero("status", "--json", env={"CERBERO_HOME": str(tmp_path / "a")})

    assert json.loads(named.stdout)["home"] == json.loads(by_env.stdout)["home"] == str(tmp_path / "a")


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("entry = [\n", ("config.toml:1", "not TOML", "Write key = value")),
        ("[entry]\ndvol_mim_pts = 35\n", ("config.toml:2", "entry.dvol_mim_pts", "unknown key", "dvol_min_pts")),
        ('[entry]\ndvol_min_pts = "high"\n', ("config.toml:2", "entry.dvol_min_pts", "number")),
    ],
    ids=["broken", "unknown key", "wrong type"],
)
@pytest.mark.parametrize("command", [("config", "check"), ("start", "--no-browser")], ids=["check", "start"])
def test_a_wrong_setting_is_named_with_its_line_and_its_mending(tmp_path: Path, command: tuple[str, ...], toml: str, words: tuple[str, ...]) -> None:
    (tmp_path / "config.toml").write_text(toml, encoding="utf-8")
    told = cerbero(*command, "--home", tmp_path)

    assert told.returncode == 2
    assert all(word in told.stderr for word in words), told.stderr
    assert not any(word in told.stderr for word in NEVER_SAID)


def test_a_stage_without_its_gates_is_refused_naming_them(tmp_path: Path) -> None:
    told = cerbero("start", "--stage", "soft", "--home", tmp_path, "--no-browser")

    assert told.returncode == 2
    assert "not signed off" in told.stderr
    assert "soft still lacks days not measured (>= 90), closed trades 0 (>= 30), win rate not measured (>= 0.7)" in told.stderr
    assert "z abs not measured (<= 2)" in told.stderr


def test_exact_snapshots_need_a_recording() -> None:
    told = cerbero("serve", "sim", "--exact")

    assert (told.returncode, "Add --history DIR" in told.stderr) == (2, True)


def test_telegram_without_a_token_is_refused(tmp_path: Path) -> None:
    told = cerbero("start", "--chat", "telegram", "--home", tmp_path)

    assert (told.returncode, "CERBERO_TELEGRAM_TOKEN" in told.stderr, "@BotFather" in told.stderr) == (2, True, True)


async def test_a_bot_without_operators_starts_and_says_how_somebody_comes_onto_its_list(tmp_path: Path) -> None:
    env = {"CERBERO_TELEGRAM_TOKEN": TOKEN}
    async with FakeBotApi() as api:
        env["CERBERO_TELEGRAM_API_URL"] = api.base_url
        async with started("demo", "--chat", "telegram", "--home", tmp_path, "--no-browser", env=env) as child:
            told = await child.line_with("Nobody may use the bot yet")
            assert await child.stop() == 0

    assert "cerbero-bite init" in told


async def test_init_keeps_the_token_privately_and_its_code_lets_the_first_admin_in(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with FakeBotApi(people={EVE: "Eve"}) as api:
        env = {"CERBERO_TELEGRAM_API_URL": api.base_url}
        told = await asyncio.to_thread(lambda: cerbero("init", "--home", home, env=env, stdin=f"{TOKEN}\n"))
        assert told.returncode == 0, told.stderr
        code = told.stdout.partition("pairing code: ")[2].split()[0]
        async with started("demo", "--chat", "telegram", "--home", home, "--no-browser", env=env) as child:
            await child.line_with("Nobody may use the bot yet")
            api.say(EVE, f"/pair {code}", name="Eve")
            welcome = await api.wait_for(lambda message: "on the list" in message.text, chat_id=EVE)
            assert await child.stop() == 0
        again = await asyncio.to_thread(lambda: cerbero("init", "--home", home, env=env))

    assert "bot: @cerbero_test_bot" in told.stdout
    assert "admin" in welcome.text
    assert (home.stat().st_mode & 0o777, (home / ".env").stat().st_mode & 0o777) == (0o700, 0o600)
    assert (home / ".env").read_text(encoding="utf-8") == f"CERBERO_TELEGRAM_TOKEN={TOKEN}\n"
    assert TOKEN not in told.stdout + told.stderr
    assert (again.returncode, code in again.stdout, "pairing code: " in again.stdout) == (0, False, True)


@pytest.mark.parametrize(("token", "problem"), [("", "there is no bot token"), ("nonsense", "is no bot token"), ("4242:another-token", "refused the token")])
async def test_init_keeps_nothing_of_a_token_that_is_none(tmp_path: Path, token: str, problem: str) -> None:
    async with FakeBotApi() as api:
        env = {"CERBERO_TELEGRAM_API_URL": api.base_url}
        told = await asyncio.to_thread(lambda: cerbero("init", "--home", tmp_path / "home", env=env, stdin=f"{token}\n"))

    assert (told.returncode, problem in told.stderr, told.stderr.strip().count("\n")) == (2, True, 0)
    assert not (tmp_path / "home" / ".env").exists()
    assert not (tmp_path / "home" / "pairing.json").exists()


def test_init_leaves_the_other_lines_of_the_environment_file_as_they_are(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# mine\nCERBERO_LANGUAGE=it\nexport CERBERO_TELEGRAM_TOKEN=1:old\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o600)
    told = cerbero("init", "--home", tmp_path, "--offline", "--token", TOKEN)

    assert told.returncode == 0
    assert (tmp_path / ".env").read_text(encoding="utf-8") == f"# mine\nCERBERO_LANGUAGE=it\nCERBERO_TELEGRAM_TOKEN={TOKEN}\n"


async def test_a_token_telegram_does_not_know_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async with FakeBotApi() as api:
        told = await cerbero_beside("demo", "--chat", "telegram", "--home", tmp_path, env=telegram_env(api, token="4242:another-token"))

    assert told.returncode == 2
    assert told.stderr.strip().count("\n") == 0
    assert "Telegram refused the token" in told.stderr
    assert "another-token" not in told.stdout + told.stderr


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        told = cerbero("demo", "--home", tmp_path, "--port", port, "--no-browser")

    assert told.returncode == 2
    assert port in told.stderr
    assert not any(word in told.stderr for word in NEVER_SAID)


@pytest.mark.parametrize("command", [("demo", "--no-browser"), ("start", "--no-browser"), ("status",), ("audit", "verify")], ids=lambda words: words[0])
def test_a_file_in_the_homes_place_is_no_home(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    told = cerbero(*command, "--home", tmp_path / "file")

    assert told.returncode == {"demo": 2, "start": 2, "status": 0, "audit": 1}[command[0]]
    assert not any(word in told.stderr for word in NEVER_SAID)


def test_one_look_at_recorded_history_tells_every_reason(history_dir: Path, tmp_path: Path) -> None:
    asked = ("dry-run", "--at", "2026-01-12T14:00Z", "--history", history_dir, "--home", tmp_path)
    words, document = cerbero(*asked), json.loads(cerbero(*asked, "--json").stdout)

    assert words.returncode == 0
    assert "Decision #1: entry, refused" in words.stdout
    assert all(section in words.stdout for section in ("Failed: ", "Could not be checked: ", "Passed: "))
    assert len(document["checks"]) > 20


def test_one_look_at_the_present_ends_by_itself(tmp_path: Path) -> None:
    told = cerbero("dry-run", "--once", "--home", tmp_path)

    assert told.returncode == 0
    assert "Decision #1: entry" in told.stdout
    assert "Passed: " in told.stdout


def test_a_replayed_week_is_one_json_document(history_dir: Path, tmp_path: Path) -> None:
    told = cerbero(
        "replay", "--json", "--history", history_dir, "--from", "2026-01-05", "--to", "2026-01-12", "--home", tmp_path, "--out", tmp_path / "out", timeout=120
    )
    document = json.loads(told.stdout)

    assert (told.returncode, told.stderr) == (0, "")
    assert document["jobs_failed"] == 0
    assert document["scans"] > 0
    assert json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8")) == document


def test_settings_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[entry]\ndvol_min_pts = 40.0\n", encoding="utf-8")
    shown, document, checked = (cerbero("config", *words, "--home", tmp_path) for words in (("show",), ("show", "--json"), ("check",)))

    assert "* entry.dvol_min_pts = 40" in shown.stdout
    assert float(json.loads(document.stdout)["entry.dvol_min_pts"]) == 40.0
    assert "1 of them yours" in checked.stdout


def test_a_demo_and_a_real_home_do_not_mix(tmp_path: Path) -> None:
    demo, real = tmp_path / "demo", tmp_path / "real"
    for home, servers in ((demo, dead_server("sim")), (real, dead_server("deribit"))):
        home.mkdir()
        (home / "mcp.json").write_text(servers, encoding="utf-8")
        assert cerbero("dry-run", "--once", "--home", home).returncode == 0
    (demo / "mcp.json").unlink()
    as_real = cerbero("start", "--home", demo, "--no-browser")
    as_demo = cerbero("demo", "--home", real, "--no-browser")

    assert (as_real.returncode, as_demo.returncode) == (2, 2)
    assert "demo" in as_real.stderr
    assert "real" in as_demo.stderr


def dead_server(name: str) -> str:
    return json.dumps({"mcpServers": {name: {"command": sys.executable, "args": ["-c", "raise SystemExit(3)"]}}})


def test_the_kill_switch_of_a_stopped_engine(tmp_path: Path) -> None:
    home = ("--home", tmp_path)
    cerbero("dry-run", "--once", *home)
    armed = cerbero("kill-switch", "arm", "--reason", "fire drill", *home)
    status = json.loads(cerbero("kill-switch", "status", "--json", *home).stdout)
    first = cerbero("status", *home).stdout.splitlines()[0]
    wrong = cerbero("kill-switch", "disarm", "--phrase", "DISARM 1-0000", "--reason", "done", *home)
    still = (tmp_path / "KILL").exists()
    right = cerbero("kill-switch", "disarm", "--phrase", status["phrase"], "--reason", "done", *home)

    assert (armed.returncode, armed.stdout.strip()) == (0, "kill_switch=1")
    assert (status["kill_switch"], "fire drill" in status["reason"]) == (1, True)
    assert first == "engine idle, kill_switch=1"
    assert (wrong.returncode, still) == (1, True)
    assert "phrase" in wrong.stdout
    assert (right.returncode, (tmp_path / "KILL").exists()) == (0, False)
    assert "HOLD" in right.stdout
    assert cerbero("kill-switch", "disarm", "--phrase", "x", "--reason", "y", *home).returncode == 0
    assert cerbero("audit", "verify", *home).returncode == 0
    assert "kill" in cerbero("audit", "tail", "50", *home).stdout


def test_what_needs_an_engine_says_that_none_runs(tmp_path: Path) -> None:
    for words in (
        ("approve", "1"),
        ("reject", "1"),
        ("force-close", "1", "--yes"),
        ("force-close", "1", "--side", "put", "--yes"),
        ("force-close", "all", "--yes"),
    ):
        told = cerbero(*words, "--home", tmp_path)

        assert (told.returncode, "no engine runs" in told.stderr) == (1, True)
    assert cerbero("stop", "--home", tmp_path).returncode == 0
    assert cerbero("approve", "first", "--home", tmp_path).returncode == 2
    assert cerbero("force-close", "1", "--side", "both", "--home", tmp_path).returncode == 2
    assert cerbero("force-close", "everything", "--home", tmp_path).returncode == 2
    assert cerbero("force-close", "all", "--side", "put", "--home", tmp_path).returncode == 2
    assert cerbero("demo", "--days-per-second", "-1").returncode == 2


def test_a_speed_that_is_no_number_and_a_folder_that_cannot_be_made_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    speed = cerbero("demo", "--no-browser", "--days-per-second", "nan")
    folder = cerbero("replay", "--out", tmp_path / "file" / "below")

    assert (speed.returncode, "nan is no number" in speed.stderr) == (2, True)
    assert (folder.returncode, "cannot be made" in folder.stderr) == (2, True)


def test_a_store_that_can_grow_no_more_ends_the_run_in_one_sentence(tmp_path: Path) -> None:
    words = (sys.executable, "-m", "bot", "demo", "--home", str(tmp_path / "home"), "--no-browser", "--port", str(free_port()), "--days-per-second", "10")
    grown = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000)); os.execv(sys.argv[1], sys.argv[1:])"
    ended = subprocess.run(
        (sys.executable, "-c", grown, *words, "--autopilot", "approve"), cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )

    assert (ended.returncode, "Traceback" in ended.stderr) == (1, False)
    assert "the store could not be written" in ended.stderr
