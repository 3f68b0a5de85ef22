"""`history fetch` and `history info` as an operator types them, before a venue on this machine."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.product import cerbero, cerbero_beside
from tests.engine.market.histories import write_history
from tests.fakes.upstream import FakeSurroundings
from tests.fakes.venue import FakeVenue

DAY = timedelta(days=1)


def venue_env(venue: FakeVenue, surroundings: FakeSurroundings) -> dict[str, str]:
    return {**surroundings.environ, "CERBERO_DERIBIT_URL": venue.http_url, "CERBERO_DERIBIT_NETWORK": "testnet"}


def test_a_home_without_history_shows_the_one_that_ships_and_calls_it_synthetic(tmp_path: Path) -> None:
    words = cerbero("history", "info", "--home", tmp_path / "none")
    facts = json.loads(cerbero("history", "info", "--json", "--home", tmp_path / "none").stdout)

    assert (words.returncode, "SYNTHETIC" in words.stdout.splitlines()[0]) == (0, True)
    assert "Nothing was fetched into this home yet" in words.stderr
    assert (facts["is_synthetic"], facts["problem"]) == (True, None)
    assert not (tmp_path / "none").exists()


def test_a_period_that_ends_before_it_begins_is_a_usage_error(tmp_path: Path) -> None:
    told = cerbero("history", "fetch", "--from", "2026-02-01", "--to", "2026-01-01", "--home", tmp_path / "home")

    assert (told.returncode, "--from must lie before --to" in told.stderr) == (2, True)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["replay", "history info"])
def test_what_is_not_there_is_a_usage_error(tmp_path: Path, name: str) -> None:
    told = cerbero(*name.split(), "--history", tmp_path / "nowhere")

    assert (told.returncode, "does not exist" in told.stderr) == (2, True)


def test_a_broken_folder_is_shown_with_the_reason_and_exit_code_one(tmp_path: Path) -> None:
    lines = (write_history(tmp_path / "own") / "eth_usd_1h.csv").read_text().splitlines()
    (tmp_path / "own" / "eth_usd_1h.csv").write_text("\n".join([*lines[:100], *lines[150:]]) + "\n")
    told = cerbero("history", "info", "--history", tmp_path / "own")

    assert told.returncode == 1
    assert "1 hole (2026-01-05 02:00 to 2026-01-07 05:00)" in told.stdout
    assert "cannot be replayed" in told.stdout.splitlines()[-1]
    assert "50 hours are missing" in told.stdout


async def test_what_was_fetched_into_a_home_is_what_its_replays_play(tmp_path: Path) -> None:
    async with FakeVenue() as venue, FakeSurroundings(venue.now) as surroundings:
        surroundings.rates = {(venue.now() - ago * DAY).date(): "1.1600" for ago in range(1, 60)}
        env = venue_env(venue, surroundings)
        # The venue stands at its own instant; the command asks until then, because it asks until now.
        asked = ("--from", f"{venue.now() - 45 * DAY:%Y-%m-%d}", "--to", venue.now().isoformat())
        fetched = await cerbero_beside("history", "fetch", *asked, "--home", tmp_path / "home", env=env)
        info = await cerbero_beside("history", "info", "--json", "--home", tmp_path / "home")
        span = ("--from", (venue.now() - timedelta(hours=7)).isoformat(), "--to", (venue.now() - timedelta(hours=5)).isoformat())
        replayed = await cerbero_beside("replay", *span, "--json", "--home", tmp_path / "home")

    assert (fetched.returncode, fetched.stderr) == (0, "")
    assert fetched.stdout.splitlines()[1].startswith("eth_usd_1h.csv: ")
    facts = json.loads(info.stdout)
    assert (facts["is_synthetic"], facts["problem"], facts["folder"]) == (False, None, str(tmp_path / "home" / "history"))
    assert json.loads(replayed.stdout)["history"] == "history (csv)"
