"""A kill outlives whatever takes its latches away one by one: the process, the file, the row, the whole store."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import apsw
import pytest
import pytest_asyncio

from tests.crash.moments import APPROVE, ENTRY, UP, Life, Moment, life_of
from tests.crash.nursery import Nursery
from tests.e2e.scene import ADA

pytestmark = [pytest.mark.asyncio(loop_scope="session")]

ARMED_WORDS = "The kill switch is armed"
ARMED = "SELECT is_armed FROM kill_switch"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def killed(parent: Nursery, card_waits: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """A backup was taken while the card waited; then somebody pressed kill, and the process died."""
    folder = tmp_path_factory.mktemp("killed")
    async with life_of(card_waits, parent, folder / "life") as life:
        await ran(life, "backup", "create")
        program = await life.start()
        life.api.say(ADA, "/kill matrix")
        await life.handled()
        await life.settled(program)
        await program.end(signal.SIGKILL)
        life.home.rename(folder / "home")
        return Moment(home=folder / "home", api=life.api)


async def ran(life: Life, *words: str) -> str:
    """What a command of the command line printed; it must have ended well."""
    program = await life.nursery.start("--home", life.home, *words, env={}, output=life.home.parent / "words")
    assert await program.code() == 0, program.told()
    return program.told()


def without_file(life: Life) -> None:
    (life.home / "KILL").unlink()


def without_store(life: Life) -> None:
    for each in life.home.glob("cerbero.db*"):
        each.unlink()


def restored_by_hand(life: Life) -> None:
    """The backup is copied over the store, as somebody would who does not know the command."""
    (backup,) = (life.home / "backups").glob("*.db")
    without_store(life)
    shutil.copy(backup, life.home / "cerbero.db")


async def restored(life: Life) -> None:
    await ran(life, "backup", "restore")


TAKEN: dict[str, tuple[Callable[[Life], None] | Callable[[Life], Awaitable[None]], ...]] = {
    "the process": (),
    "the process and the file": (without_file,),
    "the process and the store, for which a backup is put": (without_store, restored),
    "the process and, by the restore command, the row": (restored,),
    "the process, the row, then the file": (restored, without_file),
    "the process, the file, then the row": (without_file, restored),
    "the process and, by a copied backup, the row": (restored_by_hand,),
}


@pytest.mark.parametrize("taken", TAKEN)
async def test_it_stays_killed_while_any_latch_remains(parent: Nursery, killed: Moment, tmp_path: Path, taken: str) -> None:
    async with life_of(killed, parent, tmp_path / "life") as life:
        for take in TAKEN[taken]:
            if (pending := take(life)) is not None:
                await pending
        for _ in range(2):
            program = await life.start()
            await program.end(signal.SIGKILL)

            assert (life.rows(ARMED), (life.home / "KILL").exists()) == ([{"is_armed": 1}], True)
            assert ARMED_WORDS in life.message(UP).text


async def test_without_its_store_a_killed_home_starts_nothing_and_stays_killed(parent: Nursery, killed: Moment, tmp_path: Path) -> None:
    async with life_of(killed, parent, tmp_path / "life") as life:
        without_store(life)
        program = await life.nursery.start("--home", life.home, "demo", env={}, output=life.home.parent / "words")

        assert await program.code() == 1
        assert "the store was lost, not new" in program.told()
        assert (life.db.exists(), (life.home / "KILL").exists()) == (False, True)


async def test_a_file_alone_kills_a_store_that_knows_of_nothing(parent: Nursery, card_waits: Moment, tmp_path: Path) -> None:
    """As when the process died between the latch and the row, or somebody touched the file from a shell."""
    async with life_of(card_waits, parent, tmp_path / "life") as life:
        card = life.message(ENTRY)
        approve = card.button(APPROVE).data
        (life.home / "KILL").touch()
        program = await life.start()
        life.api.tap_data(card, approve)
        await life.handled()
        await life.settled(program)
        await program.end(signal.SIGKILL)

        assert (life.rows(ARMED), life.rows("SELECT label FROM orders")) == ([{"is_armed": 1}], [])


async def test_memory_alone_keeps_a_running_desk_killed(parent: Nursery, killed: Moment, tmp_path: Path) -> None:
    async with life_of(killed, parent, tmp_path / "life") as life:
        program = await life.start()
        without_file(life)
        connection = apsw.Connection(str(life.db))
        connection.set_busy_timeout(5000)
        connection.execute("UPDATE kill_switch SET is_armed = 0")
        connection.close()
        life.api.say(ADA, "/resume")
        await life.api.wait_for(lambda message: "The kill switch is armed: /resume cannot end that" in message.text, timeout=20)
        await program.end(signal.SIGKILL)


async def test_without_any_latch_left_nothing_is_killed_and_the_history_that_is_missing_holds(parent: Nursery, killed: Moment, tmp_path: Path) -> None:
    """What it takes to undo a kill by hand, and what is still seen of it."""
    async with life_of(killed, parent, tmp_path / "life") as life:
        without_file(life)
        restored_by_hand(life)
        program = await life.start()
        await program.end(signal.SIGKILL)

        assert life.rows(ARMED) == [{"is_armed": 0}]
        assert "start_up" in {row["code"] for row in life.rows("SELECT code FROM holds")}
