"""Monte Carlo and Kelly as text: a figure never stands without its interval, and a model is called one."""

from __future__ import annotations

import math

from bot.figures import ABSENT
from bot.format import Block, line, quote
from bot.messages.voice import Voice
from bot.views.results import title
from engine.views import FanStep, KellyRow, KellyView, MonteCarloView

EXITS_SHOWN_MAX = 6


def montecarlo(view: MonteCarloView, voice: Voice) -> list[Block]:
    """What the paths make of the rules, where the real result lies among as many trades, and what the band does to it."""
    say, figures = voice.say, voice.figures
    mean, low, high = view.trades_per_path
    per_path = say("montecarlo-per-path", mean=figures.number(mean, 1), low=figures.number(low), high=figures.number(high))
    rates = say("montecarlo-rate", rate=figures.pct(view.win_rate), breakeven=figures.pct(view.break_even_win_rate))
    blocks: list[Block] = [
        title(voice, "montecarlo-title", stage=voice.code("stage", view.stage)),
        line(say("montecarlo-paths", paths=figures.number(view.paths), days=view.days, market=view.market, seed=str(view.seed))),
        voice.row("mean-r", say("montecarlo-mean", r=mean_r(view.mean_r, voice), span=interval(view.mean_r_interval, voice), sd=figures.number(view.sd_r, 3))),
        voice.row("win-rate", rates),
        voice.row("trades", per_path),
        *_real(view, voice),
    ]
    if view.exits:
        blocks += [line(say("exits")), quote(f"{voice.code('exit-reason', reason)}: {figures.pct(share, 0)}" for reason, share in view.exits[:EXITS_SHOWN_MAX])]
    rows = [
        say("montecarlo-band-row", name=voice.code("montecarlo-band", each.name), r=mean_r(each.mean_r, voice), span=interval(each.mean_r_interval, voice))
        for each in view.scenarios
    ]
    return [*blocks, line(say("montecarlo-band")), quote(rows), line(say("montecarlo-model"))]


def kelly(view: KellyView, voice: Voice) -> list[Block]:
    """Every strategy's reading, live before paper, with its intervals and what it means for the next entry."""
    heading = title(voice, "kelly-title")
    if not view.rows:
        return [heading, line(voice.say("kelly-nothing", n=view.sample_min))]
    level = voice.figures.pct(view.level, 0)
    return [heading, *(block for row in view.rows for block in _kelly_row(row, view.sample_min, level, voice)), line(voice.say("kelly-note"))]


def _real(view: MonteCarloView, voice: Voice) -> list[Block]:
    """The real result beside paths of as many trades; without any, what would be compared."""
    say, figures, closed = voice.say, voice.figures, len(view.realised_r)
    verdict = line(voice.code("montecarlo-verdict", view.verdict, passes=figures.number(view.z_pass_abs_max), blocks=figures.number(view.z_block_abs_above)))
    step = next((each for each in view.fan if each.trades == closed), None)
    if closed == 0 or step is None:
        return [*_expected(view, voice), verdict]
    real = say("montecarlo-real", n=closed, r=mean_r(view.realised_r[-1], voice), below=figures.pct(view.below_realised, 0))
    return [line(real), line(_of_paths(step, voice)), voice.row("z", figures.number(view.z, 2, signed=True)), verdict]


def _expected(view: MonteCarloView, voice: Voice) -> list[Block]:
    return [line(_of_paths(view.fan[-1], voice))] if view.fan else []


def _of_paths(step: FanStep, voice: Voice) -> str:
    """The sum of r after so many trades on the paths that closed as many."""
    ends = interval((step.quantiles_r[0], step.quantiles_r[-1]), voice)
    return voice.say("montecarlo-matched", n=step.trades, r=mean_r(step.mean_r, voice), sd=voice.figures.number(step.sd_r, 3), span=ends)


def _kelly_row(row: KellyRow, sample_min: int, level: str, voice: Voice) -> list[Block]:
    say, figures = voice.say, voice.figures
    kind = say("kelly-live" if row.is_live else "kelly-paper")
    name = line(say("kelly-row", strategy=voice.code("strategy", row.strategy), kind=kind, n=row.trades, weeks=row.weeks))
    reading = row.reading
    if reading is None:
        return [name, line(say("kelly-refused", problems=", ".join(row.problems)))]
    intervals, wilson = reading.intervals, reading.p_wilson
    f_span = None if intervals is None else (intervals.f_full.low, intervals.f_full.high)
    r_span = None if intervals is None else (intervals.mean_r.low, intervals.mean_r.high)
    p_span = ABSENT if wilson is None else f"{figures.pct(wilson.low, 0)} … {figures.pct(wilson.high, 0)}"
    lines = [
        say("kelly-rate", rate=figures.pct(reading.observed.p), span=p_span, breakeven=figures.pct(reading.observed.break_even_p), level=level),
        say("kelly-mean", r=mean_r(reading.observed.mean_r, voice), span=interval(r_span, voice), level=level),
        say("kelly-full", f=figures.number(reading.shrunk.f_full, 2, signed=True), span=interval(f_span, voice, places=2), level=level),
        say("kelly-used", f=figures.pct(reading.f_used_frac, 2), before=figures.pct(reading.f_prev_frac, 2)),
    ]
    if reading.cuts:
        lines.append(say("kelly-cuts", cuts=", ".join(voice.code("kelly-cut", cut.value) for cut in reading.cuts)))
    state = voice.code("kelly-state", reading.state.value, n=row.trades, least=sample_min)
    means = say("kelly-paper-means") if not row.is_live else voice.code("kelly-stake", row.stake if row.stake is not None else "")
    return [name, quote(lines), line(f"{state} · {means}")]


def mean_r(value: float | None, voice: Voice) -> str:
    """A mean or a sum of r with its sign."""
    return voice.figures.number(value, 3, signed=True)


def interval(ends: tuple[float, float] | None, voice: Voice, *, places: int = 3) -> str:
    """Both ends of an interval, with signs; a dash where there is none, or only one value to draw from."""
    return ABSENT if ends is None or math.isclose(*ends) else " … ".join(voice.figures.number(end, places, signed=True) for end in ends)
