"""Killed at any write, sync or send, the desk starts again with one order per answer and one story everywhere."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from tests.crash.accounts import wrong_in
from tests.crash.kill_points import EVERY_POINT, POINTS, REACHED_MIN, WAYS, Way, try_way
from tests.crash.moments import life_of, with_open_trade
from tests.crash.nursery import Nursery, has_strace

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not has_strace(), reason="strace is not installed or may not trace (Debian: apt-get install strace)"),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_every_account_agrees_wherever_the_process_died(parent: Nursery, tmp_path: Path, way: Way) -> None:
    found = await try_way(way, parent, tmp_path, points_max=POINTS)

    assert {str(each.point): each.wrong for each in found if each.wrong} == {}
    assert any(each.is_reached for each in found)


@pytest.mark.slow
async def test_every_account_agrees_at_every_point_there_is(parent: Nursery, tmp_path: Path) -> None:
    found = [each for way in WAYS for each in await try_way(way, parent, tmp_path / way.name, points_max=EVERY_POINT)]

    assert {f"{each.way}, {each.point}": each.wrong for each in found if each.wrong} == {}
    assert sum(each.is_reached for each in found) >= REACHED_MIN


async def test_accounts_that_do_not_agree_are_found(parent: Nursery, tmp_path: Path) -> None:
    """Each lie is told in a copy of one good home, where nothing was wrong before."""
    lies = {
        "DELETE FROM fills": "0 fills",
        "UPDATE orders SET state = 'not_placed'": "is not_placed with 1 fills",
        "UPDATE orders SET label = 'another'": "but approvals",
        "UPDATE trades SET state = 'closed'": "trade 1 is closed after ['open']",
        "UPDATE trades SET quantity_eth = '9'": "another size",
        "DELETE FROM inbox": "confirmed and are nowhere",
        "UPDATE inbox SET state = 'dead'": "is dead",
        "UPDATE outbox SET message_id = 1 WHERE kind = 'fill'": "is not in the chat",
        "UPDATE outbox SET state = 'queued' WHERE kind = 'fill'": "is queued",
        "UPDATE proposals SET state = 'claimed'": "stayed claimed",
        "UPDATE proposals SET state = 'rejected'": "the chat does not say so",
        "INSERT INTO holds (code, since_at, detail) VALUES ('x', '2026-01-01T00:00:00+00:00', '')": "on hold: x",
    }
    moment = await with_open_trade(parent, tmp_path / "moment")
    found = {}
    for number, lie in enumerate(lies):
        async with life_of(moment, parent, tmp_path / str(number)) as life:
            life.api.pushed = [int(str(row["update_id"])) for row in life.rows("SELECT update_id FROM inbox")]
            assert wrong_in(life) == ()
            connection = apsw.Connection(str(life.db))
            connection.execute(lie)
            connection.close()
            found[lie] = " / ".join(wrong_in(life))
    async with life_of(moment, parent, tmp_path / "chat") as life:
        life.api.delete(life.message("OPENED"))
        found["the message of the fill is deleted"] = " / ".join(wrong_in(life))
        lies["the message of the fill is deleted"] = "counts as sent and is not in the chat"

    assert {lie: lies[lie] in words for lie, words in found.items()} == dict.fromkeys(lies, True), found
