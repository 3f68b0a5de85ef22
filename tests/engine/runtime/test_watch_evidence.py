"""A history that is not the one that was written stops a running engine, and one that starts."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from tests.engine.core.builders import NOW
from tests.engine.runtime.watching import Watched, watched
from tests.scenarios.house import ANNA


def rewrite(folder: Path) -> None:
    """Somebody with the machine's rights changed a row of the chain."""
    connection = apsw.Connection(str(folder / "cerbero.db"))
    connection.setbusytimeout(5000)
    connection.execute("DROP TRIGGER audit_is_never_changed")
    connection.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 1")
    connection.close()


WORDS = "audit-chain: row 1, the row was changed after it was written"


async def last_run(watch: Watched, job: str) -> tuple[str, str]:
    run = (await watch.engine.desk.store.read(lambda tx: tx.runs(NOW.replace(year=2025), job)))[-1]
    return run.outcome, run.error


async def test_the_daily_look_finds_nothing_on_a_sound_history(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.run_job("verify")

        assert await last_run(watch, "verify") == ("ok", "")
        assert not (await watch.engine.door.status()).is_killed


async def test_the_daily_look_kills_on_a_rewritten_history(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.run_until(NOW)
        rewrite(tmp_path)
        await watch.engine.run_job("verify")
        status = await watch.engine.door.status()
        ((actor, _),) = await watch.reasons()

        assert (status.is_killed, status.kill_reason, actor) == (True, WORDS, "automatic")
        assert (watch.engine.outcomes(), watch.engine.alerts()) == (["killed"], ["kill"])
        assert (await last_run(watch, "verify"))[0] == "failed"


async def test_a_person_who_asks_and_hears_of_a_rewritten_history_has_a_killed_engine(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        assert (await watch.engine.door.audit_verify()).ok
        rewrite(tmp_path)
        view = await watch.engine.door.audit_verify()
        again = await watch.engine.door.audit_verify()

        assert (view.ok, view.first_bad_seq, again.ok) == (False, 1, False)
        assert (await watch.engine.door.status()).kill_reason == WORDS
        assert len(await watch.reasons()) == 1


async def test_a_wrong_footer_is_no_rewritten_history(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        assert not (await watch.engine.door.audit_verify("1·00000000")).ok
        assert not (await watch.engine.door.status()).is_killed


async def test_a_rewritten_history_kills_the_engine_that_starts_on_it(tmp_path: Path) -> None:
    async with watched(tmp_path):
        pass
    rewrite(tmp_path)

    async with watched(tmp_path) as watch:
        status = await watch.engine.door.status()
        ((actor, _),) = await watch.reasons()

        assert (status.is_killed, status.kill_reason, actor) == (True, WORDS, "automatic")
        assert [hold.code for hold in status.holds] == ["start_up"]


async def test_a_store_older_than_its_anchors_holds_and_does_not_kill(tmp_path: Path) -> None:
    async with watched(tmp_path):
        pass
    with (tmp_path / "anchors.jsonl").open("a") as anchors:
        anchors.write('{"seq":901,"hash":"ab","at":"","why":"due"}\n')

    async with watched(tmp_path) as watch:
        status = await watch.engine.door.status()

        assert (status.is_killed, [hold.code for hold in status.holds]) == (False, ["start_up"])
        assert "rows missing" in status.holds[0].detail


@pytest.mark.parametrize("asked", ["verify", "/audit_verify"])
async def test_anchors_lost_while_the_engine_runs_hold_until_a_person_resumes(tmp_path: Path, asked: str) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.run_until(NOW)
        await watch.book(lambda _: None)
        (tmp_path / "anchors.jsonl").write_bytes(b"")
        if asked == "verify":
            await watch.engine.run_job("verify")
        else:
            assert not (await watch.engine.door.audit_verify()).ok
            await watch.engine.deliver()
        status = await watch.engine.door.status()

        assert (status.is_killed, [hold.code for hold in status.holds]) == (False, ["operator"])
        assert "the anchor file is gone or empty" in status.holds[0].detail
        assert (watch.engine.outcomes(), watch.engine.alerts()) == (["refused"], ["anchors-lost"])
        assert (await watch.engine.door.resume(ANNA)).code == "resumed"
