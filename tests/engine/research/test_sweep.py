"""Sweeps: grids read strictly, results kept and taken up again, the same on any executor, and judged without flattery."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bot.cli import cli
from engine.config import default_rules
from engine.errors import ConfigError, StateError
from engine.market.shipped import shipped_history
from engine.market.synthetic import DEMO_START_AT
from engine.research.grid import Axis, Grid, read_grid, rules_with
from engine.research.sweep import SweepPlan, Workers, kept_results, run_sweep
from engine.research.sweep_score import DRAWS, Frame, Table, deflated_share, scored
from engine.research.sweep_task import SettingResult, WeekResult, week_of
from engine.research.workers import cluster, process_pool
from engine.servers.market_plan import MarketPlan

RULES = default_rules()
STOPS = "exit.stop_loss_x_credit=2,2.5,3"
TAKES = "exit.profit_take_net_frac=0.4:0.6:0.1"
FROM_AT, TO_AT = DEMO_START_AT, DEMO_START_AT + timedelta(days=35)
SOON_AT = DEMO_START_AT + timedelta(days=12)


def plan(folder: Path, *words: str, **changes) -> SweepPlan:
    usual = SweepPlan(
        grid=read_grid(words if words else (STOPS, TAKES), RULES),
        rules=RULES,
        market=MarketPlan(),
        history="simulated",
        from_at=FROM_AT,
        to_at=TO_AT,
        folder=folder,
    )
    return replace(usual, **changes)


@pytest.fixture
def here() -> Iterator[Workers]:
    """One worker of this process, behind the same interface as any other."""
    with ThreadPoolExecutor(1) as executor:
        yield Workers(executor=executor, count=1, require_alive=lambda: None, told="the worker")


@pytest.mark.parametrize(
    ("words", "axes"),
    [
        (("exit.stop_loss_x_credit=2,2.5",), [("exit.stop_loss_x_credit", (2, Decimal("2.5")))]),
        (("exit.profit_take_net_frac=0.4:0.6:0.1",), [("exit.profit_take_net_frac", (Decimal("0.4"), Decimal("0.5"), Decimal("0.6")))]),
        (("caps.open_positions_max=1:5:2",), [("caps.open_positions_max", (1, 3, 5))]),
        (("entry.macro.mode=window,off",), [("entry.macro.mode", ("window", "off"))]),
        (("fees.combo_cheaper_group_free=true,false",), [("fees.combo_cheaper_group_free", (True, False))]),
        (("exit.vol_stop_pts=10", "exit.short_delta_breach=0.3,0.3"), [("exit.vol_stop_pts", (10,)), ("exit.short_delta_breach", (Decimal("0.3"),))]),
    ],
)
def test_a_grid_is_lists_and_ranges_of_any_value(words, axes) -> None:
    assert [(axis.key, axis.values) for axis in read_grid(words, RULES).axes] == axes


def test_a_grid_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    lines = (
        "[grid]",
        '"exit.vol_stop_pts" = [8, 10]',
        "[grid.strikes]",
        "short_delta_target = {from = 0.11, to = 0.13, step = 0.01}",
        "otm_put_frac = [[0.05, 0.2], [0.06, 0.2]]",
    )
    path.write_text("\n".join(lines))
    grid = read_grid((str(path),), RULES)

    assert [(axis.key, axis.told) for axis in grid.axes] == [
        ("exit.vol_stop_pts", ("8", "10")),
        ("strikes.short_delta_target", ("0.11", "0.12", "0.13")),
        ("strikes.otm_put_frac", ("0.05/0.2", "0.06/0.2")),
    ]
    assert len(grid) == len(list(grid.settings())) == 12


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "the grid is empty"),
        (("exit.stop_loss=2,3",), r"exit.stop_loss: unknown key. Did you mean exit.stop_loss_x_credit\?"),
        (("exit.stop_los=2,3",), r"exit.stop_los: unknown key. Did you mean exit.stop_loss_x_credit\?"),
        (("stop_loss_x_credit=2,3",), r"stop_loss_x_credit: unknown key. Did you mean exit.stop_loss_x_credit\?"),
        (("exit.vol_stop_pts=nan",), "exit.vol_stop_pts: NaN is no number"),
        (("exit.vol_stop_pts=high",), 'exit.vol_stop_pts: is the text "high". Expected a number'),
        (("exit.vol_stop_pts=1:inf:1",), "exit.vol_stop_pts: is no range"),
        (("exit.vol_stop_pts=5:1:1",), "exit.vol_stop_pts: is no range"),
        (("exit.vol_stop_pts=1:2:0",), "exit.vol_stop_pts: is no range"),
        (("exit.vol_stop_pts=1:9:0.00001",), "is a range of 800,001 values"),
        (("exit.vol_stop_pts=",), "is no KEY=VALUES"),
        (("exit.vol_stop_pts=1", "exit.vol_stop_pts=2"), "a key stands twice"),
        (("exit.vol_stop_pts=1:1000:1", "exit.time_stop_dte_d=1:1000:1"), "1,000,000 settings are more than 100,000"),
        (("caps.open_positions_max=1.5",), "caps.open_positions_max: is 1.5. Expected a whole number"),
        (("nowhere.toml",), "nowhere.toml: cannot be read"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_in_a_sentence(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_grid(words, RULES)


@pytest.mark.parametrize(
    ("text", "told"), [("[grid", "this is not TOML"), ("x = 1", r"there is no \[grid\] table"), ('[grid]\n"exit.vol_stop_pts" = []', "has no value")]
)
def test_a_file_that_is_no_grid_is_refused_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "grid.toml"
    path.write_text(text)

    with pytest.raises(ConfigError, match=told):
        read_grid((str(path),), RULES)


def test_a_combination_the_strategy_cannot_run_with_has_no_rules() -> None:
    assert rules_with(RULES, {"strikes.short_delta_min": Decimal("0.16"), "strikes.short_delta_max": Decimal("0.12")}) is None
    assert rules_with(RULES, {}) == RULES


def test_a_sweep_keeps_each_result_and_goes_on_where_it_stopped(tmp_path: Path, here: Workers) -> None:
    wanted = plan(tmp_path, STOPS)
    told: list[tuple[int, int]] = []
    first = run_sweep(wanted, here, progress=lambda done, of: told.append((done, of)))
    lines = wanted.path.read_text().splitlines()
    wanted.path.write_text("\n".join([lines[0], lines[2][: len(lines[2]) // 2]]))
    again = run_sweep(wanted, here)
    idle = Workers(executor=ThreadPoolExecutor(1), count=1, require_alive=lambda: None, told="nobody")
    idle.executor.shutdown()

    assert told == [(1, 3), (2, 3), (3, 3)]
    assert any(result.weeks for result in first.values())
    assert again == first
    assert dict(kept_results(wanted.path)) == first
    assert run_sweep(wanted, idle) == first


def test_another_question_has_another_file(tmp_path: Path) -> None:
    paths = {
        plan(tmp_path).path,
        plan(tmp_path, STOPS).path,
        plan(tmp_path, history="another").path,
        plan(tmp_path, to_at=TO_AT + timedelta(days=1)).path,
        plan(tmp_path, rules=replace(RULES, recorded_chain_age_max_h=5.0)).path,
    }

    assert len(paths) == 5


def test_impossible_combinations_are_counted_and_cost_nothing(tmp_path: Path, here: Workers) -> None:
    wanted = plan(tmp_path, "strikes.short_delta_min=0.10,0.18")
    results = run_sweep(wanted, here)

    assert [results[number].weeks is None for number in (0, 1)] == [False, True]


def test_workers_lost_half_way_leave_what_was_found_and_a_sentence(tmp_path: Path) -> None:
    wanted = plan(tmp_path)
    executor = ThreadPoolExecutor(1)
    workers = Workers(executor=executor, count=1, require_alive=lambda: None, told="the cluster at tcp://nowhere")

    def lose(done: int, of: int) -> None:
        if done == 4:
            executor.shutdown(wait=False, cancel_futures=True)

    with pytest.raises(
        StateError, match=r"the cluster at tcp://nowhere was lost after [48] of 9 settings \(\w+\); they are kept, the same command goes on from there"
    ):
        run_sweep(wanted, workers, progress=lose)
    executor.shutdown()

    assert len(dict(kept_results(wanted.path))) in (4, 8)


def test_a_history_with_a_gap_is_refused_in_a_sentence(tmp_path: Path) -> None:
    history = tmp_path / "history"
    shutil.copytree(shipped_history(), history)
    spot = history / "eth_usd_1h.csv.gz"
    lines = gzip.decompress(spot.read_bytes()).decode().splitlines()
    spot.write_bytes(gzip.compress("\n".join(lines[:5000] + lines[5003:]).encode()))
    done = CliRunner().invoke(cli, ["--home", str(tmp_path / "home"), "sweep", STOPS, "--history", str(history)], standalone_mode=False)

    assert isinstance(done.exception, ConfigError)
    assert "eth_usd_1h" in str(done.exception)
    assert "\n" not in str(done.exception)


def test_a_cluster_gives_the_results_of_this_process(tmp_path: Path, here: Workers) -> None:
    distributed = pytest.importorskip("distributed")
    alone = run_sweep(plan(tmp_path / "alone", STOPS), here)
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=50) as local,
        cluster(local.scheduler_address) as workers,
    ):
        together = run_sweep(plan(tmp_path / "together", STOPS), workers)

    assert together == alone


def test_only_a_lost_connection_is_left_out_of_what_the_cluster_s_library_logs() -> None:
    distributed = pytest.importorskip("distributed")
    logger = logging.getLogger("distributed.client")

    def is_heard(error: BaseException | None) -> bool:
        told = None if error is None else (type(error), error, None)
        return bool(logger.filter(logging.LogRecord(logger.name, logging.ERROR, "client.py", 1, "", None, told)))

    errors = (asyncio.CancelledError(), distributed.comm.CommClosedError(), ValueError("a task cannot travel"), OSError("disk full"), None)
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=50) as local,
        cluster(local.scheduler_address),
    ):
        within = [is_heard(error) for error in errors]

    assert within == [False, False, True, True, True]
    assert [is_heard(error) for error in errors] == [True] * 5


@pytest.mark.slow
def test_a_thousand_settings_are_the_same_in_processes_and_on_a_cluster_of_two(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    words = ("exit.stop_loss_x_credit=1.5:3.3:0.2", "exit.profit_take_net_frac=0.3:0.75:0.05", "exit.vol_stop_pts=5:14:1")
    with process_pool(2) as workers:
        alone = run_sweep(plan(tmp_path / "alone", *words, to_at=SOON_AT), workers)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50) as local,
        cluster(local.scheduler_address) as workers,
    ):
        together = run_sweep(plan(tmp_path / "together", *words, to_at=SOON_AT), workers)

    assert len(alone) == 1000
    assert any(result.weeks for result in alone.values())
    assert together == alone


@pytest.mark.slow
def test_a_cluster_that_dies_half_way_is_named_and_the_sweep_goes_on_in_processes(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    wanted = plan(tmp_path, "exit.stop_loss_x_credit=1.5:3.3:0.1", "exit.profit_take_net_frac=0.3:0.75:0.05", to_at=SOON_AT)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50) as local:

        def die(done: int, of: int) -> None:
            if done == 20:
                local.close()

        with cluster(local.scheduler_address) as workers, pytest.raises(StateError, match=r"was lost after \d+ of 190 settings"):
            run_sweep(wanted, workers, progress=die)
    before = len(dict(kept_results(wanted.path)))
    with process_pool(2) as workers:
        results = run_sweep(wanted, workers)

    assert 20 <= before < 190
    assert len(results) == 190


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "foo", "", "foo://127.0.0.1:9", "tls://127.0.0.1:9", "tcp://127.0.0.1:none"])
def test_nobody_at_the_address_is_a_sentence_and_nothing_else(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed")

    with pytest.raises(ConfigError, match=f"no Dask scheduler answers at {address}"), cluster(address, connect_s=0.3):
        pass
    gc.collect()

    assert capfd.readouterr() == ("", "")


def result(number: int, by_week: dict[int, list[float]]) -> SettingResult:
    first = week_of(FROM_AT)
    weeks = [WeekResult(week=first + week, trades=len(r), wins=sum(each > 0 for each in r), sum_r=sum(r)) for week, r in sorted(by_week.items())]
    return SettingResult(number=number, weeks=tuple(weeks))


def frame(count: int, *, weeks: int = 100) -> Frame:
    grid = Grid(axes=(Axis(key="exit.vol_stop_pts", values=tuple(Decimal(number + 5) for number in range(count))),))
    to_at = datetime.fromordinal(FROM_AT.toordinal()).replace(tzinfo=FROM_AT.tzinfo) + timedelta(weeks=weeks - 1)
    return Frame(grid=grid, rules=RULES, history="drawn", is_modelled=True, from_at=FROM_AT, to_at=to_at, as_of=TO_AT)


def drawn(seed: int, *, mean: float, weeks: int = 100) -> dict[int, list[float]]:
    chance = np.random.default_rng(seed)
    return {week: chance.normal(mean, 0.08, 1).tolist() for week in range(weeks)}


def test_every_mean_has_its_interval_and_both_parts_of_the_period() -> None:
    view = scored({number: result(number, drawn(number, mean=0.0)) for number in range(6)}, frame(6))

    assert [row.mean_r for row in view.rows] == sorted([row.mean_r for row in view.rows if row.mean_r is not None], reverse=True)
    for row in view.rows:
        for mean, interval in ((row.mean_r, row.mean_r_interval), (row.in_sample_r, row.in_sample_interval), (row.out_of_sample_r, row.out_of_sample_interval)):
            assert mean is not None
            assert interval is not None
            assert interval[0] < mean < interval[1]
    assert view.best is view.rows[0]
    assert view.shipped is not None
    assert view.shipped.values == ("10",)
    assert view.chart.best == (0, int(view.best.values[0]) - 5)
    assert view.chart.shipped == (0, 5)


def test_what_ships_is_told_though_a_third_key_keeps_it_off_the_map() -> None:
    words = ("exit.stop_loss_x_credit=2,2.5", "exit.profit_take_net_frac=0.5,0.6", "exit.vol_stop_pts=9,10")
    means = {number: 0.05 if number == 0 else 0.001 for number in range(8)}
    view = scored({number: result(number, drawn(number, mean=mean)) for number, mean in means.items()}, replace(frame(8), grid=read_grid(words, RULES)))

    assert view.shipped is not None
    assert view.best is not None
    assert view.best.values == ("2", "0.5", "9")
    assert (view.chart.shipped, view.chart.shipped_r, view.chart.held) == (None, view.shipped.mean_r, (("exit.vol_stop_pts", "9"),))


def test_a_choice_that_reverses_after_the_split_is_unmasked() -> None:
    """What is best early is worst late: in sample it shines, out of sample and walking forward it loses."""
    turning = {week: [0.05 + 0.01 * (week % 3) if week < 70 else -0.09] for week in range(100)}
    steady = {week: [0.005 + 0.01 * (week % 2)] for week in range(100)}
    view = scored({0: result(0, turning), 1: result(1, steady)}, frame(2))
    turned = next(row for row in view.rows if row.number == 0)

    assert turned.in_sample_r is not None
    assert turned.out_of_sample_r is not None
    assert turned.in_sample_r > 0.05
    assert turned.out_of_sample_r == pytest.approx(-0.09)
    assert view.folds[-1].number == 0
    assert view.folds[-1].out_of_sample_r == pytest.approx(-0.09)
    assert view.walk_forward is not None
    assert view.walk_forward.out_of_sample_r is not None
    assert view.walk_forward.in_sample_r is not None
    assert view.walk_forward.out_of_sample_r < view.walk_forward.in_sample_r


def test_trades_that_may_still_be_open_at_the_split_do_not_teach_the_choice() -> None:
    """Wins only in the three weeks before each test: the embargo leaves nothing to choose on."""
    edges = [round(100 * number / 5) for number in range(1, 5)]
    late = {week: [0.04] * 6 for edge in edges for week in range(edge - 3, edge)}
    view = scored({0: result(0, {**late})}, frame(1))

    assert [fold.number for fold in view.folds] == [0, 0, 0]
    assert view.folds[0].in_sample_r == pytest.approx(0.04)


def test_the_best_of_many_lucky_ones_is_called_luck_and_a_real_edge_is_not() -> None:
    lucky = np.array([list(drawn(seed, mean=0.0).values()) for seed in range(200)])[:, :, 0]
    best = int((lucky.mean(axis=1) / lucky.std(axis=1, ddof=1)).argmax())
    edge = lucky.copy()
    edge[7] += 0.06
    alone = deflated_share(lucky[[best]], 0)
    among = deflated_share(lucky, best)
    real = deflated_share(edge, 7)

    assert alone is not None
    assert among is not None
    assert real is not None
    assert alone > 0.98
    assert among < 0.75
    assert real > 0.99


def test_what_cannot_be_told_is_none() -> None:
    nothing = scored({0: result(0, {}), 1: SettingResult(number=1, weeks=None)}, frame(2))

    assert (nothing.best, nothing.walk_forward, nothing.deflated_frac, nothing.folds) == (None, None, None, ())
    assert (nothing.impossible, nothing.untraded) == (1, 1)
    assert nothing.rows[0].mean_r_interval is None
    assert deflated_share(np.zeros((3, 50)), 0) is None
    assert deflated_share(np.ones((1, 2)), 0) is None
    assert nothing.chart.cells == ((None, None),)


def test_the_interval_of_a_mean_holds_whole_weeks_together() -> None:
    """The same trades in pairs of a week are less sure than alone, as their week decides for both."""
    chance = np.random.default_rng(5)
    levels = chance.normal(0.0, 0.08, 50)
    alone = {week: [float(levels[week // 2])] for week in range(100)}
    paired = {2 * week: [float(levels[week])] * 2 for week in range(50)}
    widths = []
    for by_week in (alone, paired):
        interval = scored({0: result(0, by_week)}, frame(1)).rows[0].mean_r_interval

        assert interval is not None
        widths.append(interval[1] - interval[0])

    assert widths[1] > 1.2 * widths[0]


def test_the_table_holds_the_weeks_of_the_period() -> None:
    first = week_of(FROM_AT)
    table = Table.of({0: result(0, {0: [0.1, -0.1], 3: [0.2]})}, first, first + 4)

    assert table.trades.tolist() == [[2.0, 0.0, 0.0, 1.0, 0.0]]
    assert table.wins.tolist() == [[1.0, 0.0, 0.0, 1.0, 0.0]]
    assert DRAWS >= 1000


def test_the_command_writes_table_document_and_picture_and_says_what_is_wrong(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["--home", str(tmp_path / "home"), "sweep", STOPS, "--workers", "1", "--from", f"{FROM_AT:%Y-%m-%d}", "--to", f"{TO_AT:%Y-%m-%d}"]
    done = CliRunner().invoke(cli, [*words, "--json", "--out", str(out)], standalone_mode=False)
    refused = CliRunner().invoke(cli, ["--home", str(tmp_path / "home"), "sweep", "exit.stop=1"], standalone_mode=False)
    document = json.loads(done.stdout)

    assert done.return_value == 0
    assert document["settings"] == 3
    assert document["keys"] == ["exit.stop_loss_x_credit"]
    assert len((out / "sweep.csv").read_text().splitlines()) == 4
    assert (out / "heat.png").read_bytes().startswith(b"\x89PNG")
    assert isinstance(refused.exception, ConfigError)
