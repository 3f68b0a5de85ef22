"""What the dead-man does once it fires: cancel, alarm, repeat, stand down, and never a word of a secret."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.safety.heartbeat import uptime_s
from engine.safety.instance import boot_id
from tests.engine.safety.dead_man import BOT_TOKEN, CLIENT_SECRET, IS_TESTABLE, SCRIPT, SECRETS, UNTESTABLE, Rig, rig_in

ALIVE, FIRED, REFUSED, UNDONE, DIGEST, BUSY = 0, 1, 2, 3, 4, 75
LOGIN, CANCEL, SEND = "/api/v2/public/auth", "/api/v2/private/cancel_all", f"/bot{BOT_TOKEN}/sendMessage"

pytestmark = pytest.mark.skipif(not IS_TESTABLE, reason=UNTESTABLE)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Fires at the first run: venue and second bot are configured, the heartbeat is 300 s old."""
    async with rig_in(tmp_path) as made:
        made.configure(*made.venue_lines(), *made.bot_lines())
        made.beat(age_s=300)
        yield made


async def test_it_latches_cancels_and_tells_in_that_order(rig: Rig) -> None:
    ended = await rig.run()
    told = rig.world.told()

    assert ended.code == FIRED
    assert rig.world.paths() == [LOGIN, CANCEL, SEND]
    assert (rig.home / "KILL").exists()
    assert "FIRED (alert 1): the heartbeat is 30" in told[0]
    assert "KILL is set; cancel_all at deribit-testnet done, orders cancelled: 3." in told[0]
    assert "Last sign of life 2026-03-02T14:00:00Z" in told[0]
    assert "audit row 142 7f7f7f7f." in told[0]
    assert rig.world.requests[-1].params["chat_id"] == "1001"


async def test_no_secret_is_ever_on_a_command_line_or_said(rig: Rig) -> None:
    """Every process of the machine is looked at while each request is under way."""
    rig.world.fails = {LOGIN: 1, SEND: 1}
    hook = f"alert_url=http://127.0.0.1:{rig.world.port}/hook/secret-path"
    rig.configure(*rig.venue_lines(), *rig.bot_lines(), hook)
    await rig.run()
    await rig.run("--check")
    await rig.run("--test")
    shown = "\n".join(rig.world.command_lines)
    kept = "".join(path.read_text() for path in (rig.home / "KILL", rig.conf.parent / "dead_man.state"))

    assert "curl -q" in shown
    assert [secret for secret in (*SECRETS, "secret-path") if secret in shown + rig.said + kept] == []


@pytest.mark.parametrize(("path", "fails"), [(LOGIN, 2), (CANCEL, 2), (SEND, 2)])
async def test_what_fails_twice_is_tried_a_third_time(rig: Rig, path: str, fails: int) -> None:
    rig.world.fails = {path: fails}
    ended = await rig.run()

    assert ended.code == FIRED
    assert rig.world.paths().count(path) == 3
    assert len(rig.world.told()) == (3 if path == SEND else 1)


async def test_a_venue_out_of_reach_is_told_and_tried_again_until_it_answers(rig: Rig) -> None:
    rig.world.fails = {LOGIN: 6}
    codes = [(await rig.run()).code, (await rig.run()).code, (await rig.run()).code]

    assert codes == [UNDONE, UNDONE, FIRED]
    assert rig.world.paths().count(SEND) == 2
    assert "cancel_all at deribit-testnet FAILED 3 times (login, curl code 52)" in rig.world.told()[0]
    assert "orders cancelled: 3" in rig.world.told()[1]


@pytest.mark.parametrize(
    ("path", "answer", "why"),
    [
        (LOGIN, b"<html>maintenance</html>", "no token in the answer"),
        (LOGIN, b'{"result":{"access_token":""}}', "no token in the answer"),
        (LOGIN, b'{"result":{"access_token":"a b\\n"}}', "no token in the answer"),
        (CANCEL, b"<html>maintenance</html>", "no count in the answer"),
        (CANCEL, b'{"jsonrpc":"2.0","id":2,"result":"many"}', "no count in the answer"),
    ],
)
async def test_an_answer_that_proves_nothing_is_a_failure(rig: Rig, path: str, answer: bytes, why: str) -> None:
    rig.world.answers[path] = answer
    ended = await rig.run()

    assert ended.code == UNDONE
    assert why in rig.world.told()[0]


async def test_keys_the_venue_refuses_are_a_failure(rig: Rig) -> None:
    rig.configure(*(line.replace(CLIENT_SECRET, "wrong") for line in rig.venue_lines()), *rig.bot_lines())
    ended = await rig.run()

    assert ended.code == UNDONE
    assert "login, curl code 22" in rig.world.told()[0]


async def test_without_curl_it_still_latches_and_says_so(rig: Rig) -> None:
    (rig.tools / "curl").unlink()
    ended = await rig.run()

    assert ended.code == UNDONE
    assert (rig.home / "KILL").exists()
    assert "curl code 127" in ended.out


async def test_what_is_not_configured_is_stated(rig: Rig) -> None:
    rig.configure()
    ended = await rig.run()
    checked = await rig.run("--check")

    assert ended.code == FIRED
    assert "no way to cancel at the venue is configured" in ended.out
    assert "cancel: MISSING" in checked.out
    assert "second path: MISSING" in checked.out


async def test_alerts_repeat_after_one_five_and_fifteen_minutes_and_then_hourly(rig: Rig) -> None:
    """The memory is set back so that each repetition is due now; told is when the next one comes, counted from the first."""
    await rig.run()
    told_after_s = [rig.next_alert_after_s()]
    for _ in range(3):
        now_s = int(uptime_s())
        rig.set_state(first_told_s=str(now_s - told_after_s[-1]), next_alert_s=str(now_s))
        await rig.run()
        told_after_s.append(rig.next_alert_after_s())
    hours_s = [round(after_s, -1) for after_s in told_after_s]

    assert hours_s == [60, 300, 900, 4500]
    assert [text.partition(":")[0] for text in rig.texts_of_alarms()] == [f"FIRED (alert {number})" for number in range(1, 5)]


async def test_repeated_runs_do_not_storm(rig: Rig) -> None:
    codes = [(await rig.run()).code for _ in range(5)]

    assert codes == [FIRED] * 5
    assert rig.world.paths() == [LOGIN, CANCEL, SEND]


async def test_an_alert_that_found_no_way_is_tried_by_every_run(rig: Rig) -> None:
    rig.world.fails = {SEND: 6}
    codes = [(await rig.run()).code for _ in range(4)]

    assert codes == [UNDONE, UNDONE, FIRED, FIRED]
    assert rig.world.paths().count(SEND) == 7


async def test_an_alarm_that_is_over_is_told_once_and_the_kill_stays(rig: Rig) -> None:
    await rig.run()
    rig.beat()
    codes = [(await rig.run()).code, (await rig.run()).code]

    assert codes == [ALIVE, ALIVE]
    assert (rig.home / "KILL").exists()
    assert len(rig.world.told()) == 2
    assert "the alarm is over: the heartbeat is " in rig.world.told()[1]
    assert "KILL stays set until it is disarmed" in rig.world.told()[1]
    assert rig.state()["fired"] == "0"


async def test_an_alarm_outlives_a_restart_of_the_machine(rig: Rig) -> None:
    await rig.run()
    rig.set_state(boot_id="00000000-0000-0000-0000-000000000000", next_alert_s="99999999")
    ended = await rig.run()

    assert ended.code == FIRED
    assert len(rig.world.told()) == 2


@pytest.mark.parametrize("memory", ["", "fired=maybe\nalerts=\n", "\0\1\2", "fired=1"])
async def test_a_broken_memory_fires_anew(rig: Rig, memory: str) -> None:
    (rig.conf.parent / "dead_man.state").write_text(memory)
    ended = await rig.run()

    assert ended.code == FIRED
    assert rig.world.paths() == [LOGIN, CANCEL, SEND]


async def test_a_missing_digest_is_told_once_and_cancels_nothing(rig: Rig) -> None:
    due = {"digest_due_utc": "2026-03-02T07:30:00Z", "digest_due_uptime_s": str(int(uptime_s()) - 1900)}
    rig.beat(**due)
    codes = [(await rig.run()).code, (await rig.run()).code]
    rig.beat(digest_due_utc="2026-03-03T07:30:00Z", digest_due_uptime_s=str(int(uptime_s()) + 80_000))
    codes.append((await rig.run()).code)

    assert codes == [DIGEST, DIGEST, ALIVE]
    assert rig.world.paths() == [SEND]
    assert "the digest promised for 2026-03-02T07:30:00Z has not arrived" in rig.world.told()[0]
    assert not (rig.home / "KILL").exists()


async def test_a_digest_that_is_only_late_is_left_alone(rig: Rig) -> None:
    rig.beat(digest_due_utc="2026-03-02T07:30:00Z", digest_due_uptime_s=str(max(0, int(uptime_s()) - 1700)))
    ended = await rig.run()

    assert ended.code == ALIVE
    assert rig.world.paths() == []


async def test_a_digest_is_not_missed_while_a_stop_is_planned(rig: Rig) -> None:
    due = {"digest_due_utc": "2026-03-02T07:30:00Z", "digest_due_uptime_s": str(int(uptime_s()) - 1900)}
    rig.beat(planned_stop_until_uptime_s=str(int(uptime_s()) + 900), **due)
    ended = await rig.run()

    assert ended.code == ALIVE
    assert rig.world.paths() == []


async def test_commands_of_the_operator_do_both_jobs(rig: Rig, tmp_path: Path) -> None:
    for name in ("cancel", "alert"):
        program = tmp_path / name
        program.write_text(f'#!{shutil.which("sh")}\nwhile read -r line; do echo "$1 $line"; done >>"{tmp_path}/{name}.said"\n')
        program.chmod(0o700)
    rig.configure(f"cancel_command={tmp_path}/cancel 'all of it'", f"alert_command={tmp_path}/alert now")
    ended = await rig.run()

    assert ended.code == FIRED
    assert (tmp_path / "cancel.said").read_text().startswith("all of it dead-man: the heartbeat is 30")
    assert "the cancel command has run" in (tmp_path / "alert.said").read_text()


async def test_a_command_that_hangs_is_ended_and_counts_as_failed(rig: Rig) -> None:
    rig.configure("cancel_command=sleep 600", "command_limit_s=1", *rig.bot_lines())
    ended = await rig.run()

    assert ended.code == UNDONE
    assert "the cancel command FAILED 3 times" in rig.world.told()[0]


async def test_several_second_paths_are_all_told_and_one_is_enough(rig: Rig) -> None:
    rig.configure(*rig.bot_lines(), f"alert_url=http://127.0.0.1:{rig.world.port}/hook", "alert_command=false")
    ended = await rig.run()

    assert ended.code == FIRED
    assert rig.world.paths() == [SEND, "/hook"]
    assert "the alert command failed" in ended.out


async def test_a_second_run_leaves_the_first_one_at_work(rig: Rig, tmp_path: Path) -> None:
    entered, leave = tmp_path / "entered", tmp_path / "leave"
    program = tmp_path / "slow"
    program.write_text(f'#!{shutil.which("sh")}\n: >"{entered}"\nuntil [ -e "{leave}" ]; do sleep 0.02; done\n')
    program.chmod(0o700)
    rig.configure(f"alert_command={program}")
    first = asyncio.create_task(rig.run())
    while not entered.exists():  # noqa: ASYNC110 - another process, no event to wait for
        await asyncio.sleep(0.02)
    second = await rig.run()
    leave.touch()

    assert (second.code, (await first).code) == (BUSY, FIRED)


@pytest.mark.parametrize("left_behind", ["{pid} {now_s} another-boot", "999999999 {now_s} {boot}", "{pid} 5 {boot}", "", "not a lock"])
async def test_a_lock_left_behind_holds_nobody_off(rig: Rig, left_behind: str) -> None:
    (rig.conf.parent / "dead_man.lock").write_text(left_behind.format(pid=os.getpid(), now_s=int(uptime_s()), boot=boot_id()) + "\n")
    ended = await rig.run()

    assert ended.code == FIRED
    assert not (rig.conf.parent / "dead_man.lock").exists()


async def test_the_trial_logs_in_and_tells_but_cancels_and_latches_nothing(rig: Rig) -> None:
    ended = await rig.run("--test")

    assert ended.code == ALIVE
    assert rig.world.paths() == [LOGIN, SEND]
    assert not (rig.home / "KILL").exists()
    assert not (rig.conf.parent / "dead_man.state").exists()


async def test_the_check_sends_and_changes_nothing(rig: Rig) -> None:
    before = sorted(path.name for path in rig.conf.parent.rglob("*"))
    ended = await rig.run("--check")

    assert ended.code == FIRED
    assert "judgement: dead: the heartbeat is 30" in ended.out
    assert "cancel: deribit-testnet" in ended.out
    assert "second path: a second bot" in ended.out
    assert rig.world.paths() == []
    assert sorted(path.name for path in rig.conf.parent.rglob("*")) == before


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601])
async def test_a_conf_others_can_touch_is_refused(rig: Rig, mode: int) -> None:
    rig.configure(*rig.venue_lines(), mode=mode)
    ended = await rig.run()

    assert (ended.code, ended.out) == (REFUSED, "")
    assert "run: chmod 600" in ended.err
    assert rig.world.paths() == []


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("home=relative",), "absolute path"),
        (("nonsense",), "not key=value"),
        (("PATH=/nowhere",), "unknown key"),
        (("number=5",), "unknown key"),
        (("max_age_s=soon",), "no number of seconds"),
        (("max_age_s=0",), "must be above 0"),
        (("max_age_s=86401",), "no number of seconds"),
        (('unit="x"',), "a quote or backslash"),
        (("unit=a\tb",), "a control character"),
        (("testnet_client_id=abc",), "keys without venue"),
        (("venue=binance",), "deribit-testnet or deribit-mainnet"),
        (("venue=deribit-testnet", "testnet_client_id=abc"), "testnet_client_secret is missing"),
        (("venue=deribit-mainnet", "mainnet_client_secret=abc"), "mainnet_client_id is missing"),
        (("venue=deribit-mainnet", "testnet_client_id=abc", "testnet_client_secret=x"), "mixed"),
        (("venue=deribit-testnet", "testnet_client_id=abc", "testnet_client_secret=x", "mainnet_client_id=y"), "mixed"),
        (("venue=deribit-testnet", "testnet_client_id=abc", "testnet_client_secret=x y"), "no client secret"),
        (("venue=deribit-testnet", "testnet_client_id=a", "testnet_client_secret=x", "cancel_command=true"), "exclude each other"),
        (("venue=deribit-testnet", "testnet_client_id=a", "testnet_client_secret=x", "venue_url=https://www.deribit.com/api/v2"), "this machine only"),
        (("venue=deribit-testnet", "testnet_client_id=a", "testnet_client_secret=x", "venue_url=http://127.0.0.1:1@evil.example"), "this machine only"),
        (("alert_url=http://example.org/x",), "must begin with https"),
        (("alert_telegram_chat=1001",), "alert_telegram_token is missing"),
        (("alert_telegram_token=987654:abc",), "alert_telegram_chat is missing"),
        (("alert_telegram_token=987654:a b", "alert_telegram_chat=1"), "no bot token"),
        (("alert_telegram_token=987654:abc", "alert_telegram_chat=one two"), "no chat"),
        (("alert_telegram_token=987654:abc", "alert_telegram_chat=1", "alert_telegram_url=http://example.org"), "must begin with https"),
    ],
)
async def test_a_mistake_in_the_conf_is_refused_with_its_place(rig: Rig, lines: tuple[str, ...], why: str) -> None:
    rig.configure(*lines)
    ended = await rig.run()

    assert ended.code == REFUSED
    assert why in ended.err
    assert str(rig.conf) in ended.err


async def test_the_documented_conf_is_accepted_and_every_key_is_documented(rig: Rig) -> None:
    page = (SCRIPT.parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    example = re.findall(r"```conf\n(.*?)```", page, re.S)[0]
    rig.configure(*(line for line in example.splitlines() if not line.startswith(("home=", "state_dir="))))
    ended = await rig.run("--check")
    listed = re.findall(r"^ {8}((?:[a-z_]+ \| )*[a-z_]+)\) ;;$", SCRIPT.read_text(encoding="utf-8"), re.M)
    keys = {key for line in listed for key in line.split(" | ") if "_" in key or key in {"home", "unit", "venue"}}

    assert ended.code == FIRED
    assert ended.err == ""
    assert len(keys) > 15
    assert sorted(key for key in keys if f"`{key}`" not in page) == []


async def test_a_conf_that_is_not_there_and_a_wrong_call_are_refused(rig: Rig) -> None:
    rig.conf.unlink()
    missing = await rig.run()
    wrong = await rig.run("--fire")

    assert (missing.code, wrong.code) == (REFUSED, REFUSED)
    assert "usage: dead_man.sh" in wrong.err
