"""The history that ships: there, synthetic, whole, and what its own generator writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from engine.config import default_rules
from engine.errors import ConfigError
from engine.market.folder import DVOL, SPOT, read_text
from engine.market.holdings import held_of, holdings_of, holes_of
from engine.market.shipped import fetched_history, shipped_history
from engine.servers.market_plan import MarketPlan, build_market, simulated_name
from tests.engine.market.histories import FIRST_AT, write_history
from tests.research.ship_history import FOLDER, FROM_AT, TO_AT, files

AT = datetime(2025, 6, 16, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_it_is_synthetic_whole_and_two_years_long() -> None:
    held = holdings_of(shipped_history())

    assert (held.is_synthetic, held.problem, held.snapshots) == (True, None, ())
    assert held.playable == (FROM_AT + timedelta(days=30), TO_AT)
    assert all(file.holes == () and file.filled == 0 for file in held.files)
    assert held.lines()[0].startswith(f"{shipped_history()}: SYNTHETIC, ")


def test_its_generator_writes_it_again() -> None:
    """Compared by figure: another processor may round a hundredth the other way."""
    for name, text in files().items():
        shipped, made = read_text(FOLDER / name), text
        if not name.endswith(".gz"):
            assert shipped == made
            continue
        rows = [[line.split(",") for line in document.splitlines()] for document in (shipped, made)]

        assert [row[0] for row in rows[0]] == [row[0] for row in rows[1]]
        levels = [np.array([row[1:] for row in table[1:]], dtype=float) for table in rows]
        assert np.max(np.abs(levels[0] - levels[1])) < 0.011


def test_everything_an_entry_needs_is_there_and_every_chain_calls_itself_synthetic() -> None:
    plan = MarketPlan(history=shipped_history())
    market = build_market(plan, default_rules())
    chain = market.chain(AT, expiry_from=AT, expiry_to=AT + timedelta(days=30))

    assert chain is not None
    assert chain.source == "synthetic"
    assert None not in (market.index_usd(AT), market.dvol_pts(AT), market.fx_usd_per_eur(AT), market.sentiment(AT), market.macro(AT, AT, t=AT))
    assert len(market.funding(AT - timedelta(days=7), AT, t=AT)) == 168
    assert simulated_name(plan) == "history (synthetic)"


def test_a_recording_is_called_by_its_folder(tmp_path: Path) -> None:
    assert simulated_name(MarketPlan(history=write_history(tmp_path / "own"))) == "own (csv)"
    assert simulated_name(MarketPlan(seed=3)) == "sim, seed 3"


def test_a_home_has_a_history_once_spot_was_fetched_into_it(tmp_path: Path) -> None:
    assert fetched_history(tmp_path / "history") is None
    write_history(tmp_path / "history", hours=10)
    assert fetched_history(tmp_path / "history") == tmp_path / "history"


def test_holes_rows_and_filled_hours_of_a_file_are_told(tmp_path: Path) -> None:
    head, *rows = (write_history(tmp_path, hours=60) / SPOT).read_text().splitlines()
    kept = [f"{row},{int(place in (3, 4))}" for place, row in enumerate(rows) if not 10 <= place < 15]
    (tmp_path / SPOT).write_text("\n".join([f"{head},filled", *kept]) + "\n")
    held = held_of(tmp_path / SPOT)

    assert held is not None
    assert (held.rows, held.filled, held.first_at, held.last_at) == (55, 2, FIRST_AT, FIRST_AT + 59 * HOUR)
    assert held.holes == ((FIRST_AT + 9 * HOUR, FIRST_AT + 15 * HOUR),)
    assert held.line() == f"{SPOT}: 55 rows, 2026-01-01 00:00 to 2026-01-03 11:00, 1 hole (2026-01-01 09:00 to 2026-01-01 15:00), 2 hours filled"
    assert held_of(tmp_path / "eurusd_1d.csv") is None


def test_many_holes_are_counted_and_the_first_ones_named(tmp_path: Path) -> None:
    rows = (write_history(tmp_path, hours=60) / DVOL).read_text().splitlines()
    (tmp_path / DVOL).write_text("\n".join([rows[0], *rows[1::2]]) + "\n")
    held = held_of(tmp_path / DVOL)

    assert held is not None
    assert len(held.holes) == 29
    assert held.line().endswith(" and 24 more)")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("fear_greed_1d.csv", "timestamp,fear_greed_index\n", "no data"),
        ("eurusd_1d.csv", "date,eurusd\nsomeday,1.1\n", "no instant"),
        ("history.json", "{", "where the history comes from"),
    ],
)
def test_what_cannot_be_read_is_told_and_never_raised(tmp_path: Path, name: str, text: str, said: str) -> None:
    (write_history(tmp_path) / name).write_text(text)
    held = holdings_of(tmp_path)

    assert held.problem is not None
    assert said in held.problem
    assert held.playable is None
    assert held.lines()[-1] == f"cannot be replayed: {held.problem}"


def test_too_short_a_history_says_what_it_lacks(tmp_path: Path) -> None:
    held = holdings_of(write_history(tmp_path, hours=100))

    assert held.playable is None
    assert "a month of spot" in str(held.problem)


def test_what_is_absent_is_named_with_what_that_means(tmp_path: Path) -> None:
    held = holdings_of(write_history(tmp_path))

    assert [name.split(" ")[0] for name in held.missing] == ["eurusd_1d.csv", "eth_funding_1h.csv", "fear_greed_1d.csv", "macro_calendar_2024_2027.csv"]
    assert held.as_json()["missing"] == list(held.missing)


def test_a_folder_without_anything_says_how_to_get_it(tmp_path: Path) -> None:
    held = holdings_of(tmp_path)

    assert "history fetch" in str(held.problem)
    assert (held.files, held.as_json()["playable"]) == ((), None)


def test_a_step_longer_than_the_series_own_is_a_hole() -> None:
    instants = [FIRST_AT + hour * HOUR for hour in (0, 1, 2, 5, 6)]

    assert holes_of(instants, HOUR) == ((FIRST_AT + 2 * HOUR, FIRST_AT + 5 * HOUR),)
    assert holes_of([], HOUR) == ()


def test_a_market_that_starts_outside_its_history_is_refused() -> None:
    with pytest.raises(ConfigError, match="history can answer 2024-01-31"):
        build_market(MarketPlan(history=shipped_history(), start_at=datetime(2020, 1, 1, tzinfo=UTC)), default_rules())
