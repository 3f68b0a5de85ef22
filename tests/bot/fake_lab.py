"""Research at the api door: a Monte Carlo of written-down figures, a Kelly of written-down trades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from engine.config import default_rules
from engine.core.decision import Approved
from engine.core.kelly_recalibration import kelly_limit, recalibrate
from engine.core.model import Strategy
from engine.views import FanChart, FanStep, FoldView, KellyChart, KellyRow, KellyView, MonteCarloView, ScenarioView, SettingView, SweepChart, SweepView
from tests.bot.fake_views import NOW

RULES = default_rules()
REAL_R = tuple(0.03 * (number + 1) - (0.14 if number > 4 else 0.0) for number in range(12))
FAN = tuple(
    FanStep(
        trades=n,
        paths=10_000 - 10 * n,
        mean_r=-0.004 * n,
        sd_r=0.08 * n**0.5,
        quantiles_r=tuple(-0.004 * n + z * 0.08 * n**0.5 for z in (-1.7, -0.7, 0.0, 0.7, 1.6)),
    )
    for n in range(1, 31)
)
CHART = FanChart(
    env="PAPER",
    fan=tuple((step.trades, step.quantiles_r) for step in FAN),
    realised_r=REAL_R,
    paths=10_000,
    mean_r=-0.0041,
    mean_r_interval=(-0.0047, -0.0035),
    z=0.97,
    below_realised_frac=0.842,
    verdict="pass",
    as_of=NOW,
)
MONTECARLO = MonteCarloView(
    stage="paper",
    market="sim, seed 78",
    as_of=NOW,
    paths=10_000,
    days=850,
    seed=20260101,
    fan=FAN,
    realised_r=REAL_R,
    trades_per_path=(142.6, 61.0, 198.0),
    mean_r=-0.0041,
    mean_r_interval=(-0.0047, -0.0035),
    sd_r=0.0834,
    win_rate=0.7712,
    break_even_win_rate=0.7805,
    exits=(("profit_take", 0.703), ("stop_loss", 0.131), ("time_stop", 0.08), ("vol_stop", 0.06), ("delta_breach", 0.02), ("adverse_move", 0.006)),
    z=0.97,
    below_realised=0.842,
    z_pass_abs_max=1.0,
    z_block_abs_above=2.0,
    verdict="pass",
    scenarios=(
        ScenarioView(name="point", paths=1000, trades_per_path=142.0, mean_r=-0.0043, mean_r_interval=(-0.006, -0.0026), win_rate=0.77),
        ScenarioView(name="atm_low", paths=1000, trades_per_path=139.0, mean_r=-0.0105, mean_r_interval=(-0.0122, -0.0088), win_rate=0.75),
        ScenarioView(name="books_wide", paths=1000, trades_per_path=0.0, mean_r=None, mean_r_interval=None, win_rate=None),
    ),
    chart=CHART,
)


def kelly_row(results_r: list[float], *, is_live: bool) -> KellyRow:
    weeks = [f"2026-W{number // 2:02d}" for number in range(len(results_r))]
    found = recalibrate(results_r, f_prev_frac=0.0, rules=replace(RULES.kelly, bootstrap_draws=200), sizing=RULES.sizing, weeks=weeks)
    reading = found.value if isinstance(found, Approved) else None
    row = KellyRow(
        strategy=Strategy.BULL_PUT,
        is_live=is_live,
        trades=len(results_r),
        weeks=len(set(weeks)),
        reading=reading,
        stake=None if reading is None else kelly_limit(reading, is_overridden=False).stake.value,
        problems=() if reading is not None else ("K01 kelly_result",),
        chart=None,
    )
    return row if reading is None else replace(row, chart=_chart(row))


def _chart(row: KellyRow) -> KellyChart:
    assert row.reading is not None
    assert row.reading.intervals is not None
    f, r = row.reading.intervals.f_full, row.reading.intervals.mean_r
    return KellyChart(
        env="LIVE" if row.is_live else "PAPER",
        strategy=row.strategy.value,
        state=row.reading.state.value,
        trades=row.trades,
        trades_min=RULES.sizing.kelly_sample_min,
        f_full=row.reading.shrunk.f_full,
        f_used_frac=row.reading.f_used_frac,
        f_cap_frac=RULES.kelly.f_cap,
        f_interval=(f.low, f.median, f.high),
        win_rate=row.reading.observed.p,
        win_rate_interval=None if row.reading.p_wilson is None else (row.reading.p_wilson.low, row.reading.p_wilson.high),
        break_even_win_rate=row.reading.observed.break_even_p,
        mean_r=row.reading.observed.mean_r,
        mean_r_interval=(r.low, r.high),
        as_of=NOW,
    )


KELLY = KellyView(
    as_of=NOW,
    sample_min=RULES.sizing.kelly_sample_min,
    level=0.9,
    rows=(kelly_row([0.05] * 27 + [-0.11] * 5, is_live=True), kelly_row([0.04] * 9 + [-0.14] * 3, is_live=False)),
)
UNREAD = replace(KELLY, rows=(kelly_row([0.05] * 5 + [-999.0], is_live=True),))


def _setting(number: int, take: str, stop: str, mean_r: float | None) -> SettingView:
    around = None if mean_r is None else (mean_r - 0.021, mean_r + 0.019)
    return SettingView(
        number=number,
        values=(take, stop),
        trades=0 if mean_r is None else 41 - number,
        win_rate=None if mean_r is None else 0.78,
        win_rate_interval=None if mean_r is None else (0.64, 0.88),
        mean_r=mean_r,
        mean_r_interval=around,
        in_sample_r=None if mean_r is None else mean_r + 0.006,
        in_sample_interval=around,
        out_of_sample_r=None if mean_r is None else mean_r - 0.014,
        out_of_sample_interval=around,
    )


TRIED = (_setting(2, "0.6", "2", 0.012), _setting(0, "0.4", "2", 0.004), _setting(1, "0.4", "3", -0.009), _setting(3, "0.6", "3", None))
SWEPT = SweepView(
    keys=("exit.profit_take_net_frac", "exit.stop_loss_x_credit"),
    history="sim, seed 78",
    is_modelled=True,
    from_at=NOW - timedelta(days=180),
    to_at=NOW,
    settings=4,
    impossible=0,
    untraded=1,
    weeks=26,
    trades_min=10,
    level=0.9,
    rows=TRIED,
    best=TRIED[0],
    shipped=None,
    folds=(FoldView(number=2, values=("0.6", "2"), in_sample_r=0.02, in_sample_interval=None, trades=9, out_of_sample_r=-0.004, out_of_sample_interval=None),),
    walk_forward=FoldView(
        number=2,
        values=("0.6", "2"),
        in_sample_r=0.018,
        in_sample_interval=(-0.01, 0.04),
        trades=9,
        out_of_sample_r=-0.004,
        out_of_sample_interval=(-0.05, 0.03),
    ),
    deflated_frac=0.31,
    chart=SweepChart(
        env="REPLAY",
        across="exit.stop_loss_x_credit",
        across_values=("2", "3"),
        down="exit.profit_take_net_frac",
        down_values=("0.4", "0.6"),
        cells=(((0.004, 41), (-0.009, 40)), ((0.012, 39), None)),
        shipped=None,
        best=(1, 0),
        tries=4,
        deflated_frac=0.31,
        is_modelled=True,
        as_of=NOW,
    ),
)


@dataclass
class FakeLab:
    """Answers from above; set an attribute to change an answer."""

    note: Callable[..., None]
    montecarlo_view: MonteCarloView = MONTECARLO
    kelly_view: KellyView = KELLY
    sweep_view: SweepView = SWEPT
    done: tuple[int, int] | None = None

    async def montecarlo(self) -> MonteCarloView:
        self.note("lab.montecarlo")
        return self.montecarlo_view

    async def sweep(self, *, from_on: str | None, to_on: str | None, words: tuple[str, ...]) -> SweepView:
        self.note("lab.sweep", (from_on, to_on, words))
        return self.sweep_view

    def progress(self) -> tuple[int, int] | None:
        return self.done

    async def kelly(self) -> KellyView:
        self.note("lab.kelly")
        return self.kelly_view
