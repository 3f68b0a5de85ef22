"""Monte Carlo and Kelly asked of a home, from the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bot.cli import cli
from engine.clock import ManualClock
from engine.core.model import Stage
from engine.errors import ConfigError
from engine.home import Home, home_at, open_home
from engine.market.shipped import shipped_history
from engine.research.montecarlo import Outcomes, mean_interval
from engine.research.questions import MonteCarloAsk, kelly, montecarlo, replayed_r
from engine.state.repository import Store
from engine.views import MonteCarloView
from tests.engine.core.builders import NOW
from tests.engine.runtime.watching import ended_trade
from tests.scenarios.test_kelly import LIVE


def home_with(folder: Path, results_eur: list[str]) -> Home:
    """A home whose live trades ended with these results."""
    home = open_home(folder)
    store = Store.open(home.db, origin="demo", clock=ManualClock(NOW), boot="boot-1")
    try:
        for number, pnl in enumerate(results_eur):
            at = NOW + timedelta(days=number + 1)
            store.write_sync(lambda tx, pnl=pnl, at=at: ended_trade(tx, pnl, at=at, trade=LIVE))
    finally:
        store.close()
    return home


def asked(home: Home, *, history: Path | None = None, at: datetime | None = None) -> MonteCarloView:
    folder = shipped_history() if history is None else history
    return montecarlo(MonteCarloAsk(home=home, history=folder, at=at, stage=Stage.SOFT, paths=200, days=600, seed=3))


def test_the_closed_trades_of_the_stage_are_held_against_as_many_trades_of_the_paths(tmp_path: Path) -> None:
    view = asked(home_with(tmp_path / "home", ["4.00", "-30.00", "4.00"]))
    matched = view.fan[2]

    assert len(view.realised_r) == 3
    assert view.realised_r[-1] == pytest.approx(-22.0 / float(LIVE.max_loss_eur))
    assert matched.sd_r is not None
    assert view.z == pytest.approx((view.realised_r[-1] - matched.mean_r) / matched.sd_r)
    assert view.below_realised is not None
    assert view.verdict == ("pass" if abs(view.z) <= 1.0 else "review" if abs(view.z) <= 2.0 else "blocked")
    assert view.chart.realised_r == view.realised_r


def test_more_trades_than_the_paths_close_are_not_compared(tmp_path: Path) -> None:
    view = asked(home_with(tmp_path / "home", ["4.00"] * 60))

    assert (view.z, view.below_realised, view.verdict) == (None, None, "unmatched")


def test_a_replay_is_compared_instead_of_the_home(tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    path.write_text("trade,r,strikes\n1,0.05,put 2300/2100\n2,-0.2,call 2600/2800\n")
    home = home_with(tmp_path / "home", ["4.00"] * 5)
    view = montecarlo(MonteCarloAsk(home=home, history=shipped_history(), at=None, stage=Stage.SOFT, paths=200, days=600, seed=3, trades=path))

    assert view.realised_r == pytest.approx((0.05, -0.15))
    assert view.z is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("trade,pnl\n1,2\n", r"trades\.csv:1: column r is missing"),
        ("", r"trades\.csv:1: column r is missing"),
        ("trade,r\n1,nan\n", r"trades\.csv:2: r is 'nan', not a number"),
        ("trade,r\n1,0.1\n2\n", r"trades\.csv:3: the line does not have 2 fields"),
    ],
)
def test_a_table_that_is_no_replay_s_is_refused_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "trades.csv").write_text(text)

    with pytest.raises(ConfigError, match=told):
        replayed_r(tmp_path / "trades.csv")


def test_without_a_closed_trade_the_fan_stands_alone(tmp_path: Path) -> None:
    view = asked(home_at(tmp_path / "nowhere"))

    assert (view.z, view.verdict, view.realised_r) == (None, "no_trades", ())
    assert view.mean_r is not None
    assert view.mean_r_interval is not None
    assert view.mean_r_interval[0] < view.mean_r < view.mean_r_interval[1]
    assert [each.name for each in view.scenarios] == ["point", "atm_low", "atm_high", "skew_steep", "skew_flat", "books_narrow", "books_wide"]
    assert sum(share for _, share in view.exits) == pytest.approx(1.0)
    assert all(step.quantiles_r == tuple(sorted(step.quantiles_r)) for step in view.fan)


@pytest.mark.parametrize(("r", "has_interval"), [((-0.024, -0.024), False), ((-0.024, 0.01), True)], ids=["one value", "two values"])
def test_a_mean_of_one_value_has_no_interval(r: tuple[float, float], has_interval: bool) -> None:
    nothing = np.zeros((3, 2), np.int8)
    outcomes = Outcomes(
        r=np.array([[r[0], 0.0], [r[1], 0.0], [0.0, 0.0]], np.float32), reason=nothing, look=nothing.astype(np.int32), closed=np.array([1, 1, 0], np.int32)
    )

    assert (mean_interval(outcomes) is not None) is has_interval


def test_a_beginning_outside_the_history_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="history can answer"):
        asked(home_at(tmp_path), at=datetime(2020, 1, 1, tzinfo=UTC))


def test_the_command_writes_one_document_and_its_picture(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = [
        "--home",
        str(tmp_path / "home"),
        "montecarlo",
        "--history",
        "shipped",
        "--stage",
        "soft",
        "--paths",
        "200",
        "--days",
        "150",
        "--json",
        "--out",
        str(out),
    ]
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    document = json.loads(done.stdout)

    assert done.return_value == 0
    assert document["verdict"] == "no_trades"
    assert json.loads((out / "montecarlo.json").read_text(encoding="utf-8")) == document
    assert (out / "fan.png").read_bytes().startswith(b"\x89PNG")


def test_kelly_reads_a_home_and_changes_nothing(tmp_path: Path) -> None:
    home = home_with(tmp_path / "home", ["4.00"] * 5)
    before = home.db.read_bytes()
    view = kelly(home)

    assert [(row.is_live, row.trades, row.reading is not None) for row in view.rows] == [(True, 5, True)]
    assert home.db.read_bytes() == before
    assert kelly(home_at(tmp_path / "nowhere")).rows == ()


def test_kelly_on_the_command_line_asks_for_dry_run(tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["--home", str(tmp_path), "recalibrate-kelly", "--dry-run", "--json"], standalone_mode=False)
    refused = CliRunner().invoke(cli, ["--home", str(tmp_path), "recalibrate-kelly"])

    assert json.loads(told.stdout)["rows"] == []
    assert refused.exit_code == 2
    assert "once a month" in refused.output
