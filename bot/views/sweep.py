"""A sweep as text: the best settings with their intervals, before anything else what the choice was worth afterwards."""

from __future__ import annotations

from bot.figures import ABSENT
from bot.format import Block, line, quote
from bot.messages.voice import Voice
from bot.views.lab import interval, mean_r
from bot.views.results import title
from engine.views import FoldView, SettingView, SweepView

ROWS_SHOWN_MAX = 10


def sweep(view: SweepView, voice: Voice) -> list[Block]:
    """What was tried, what the best made then and after, how much of it is luck, and the best settings one by one."""
    say, figures = voice.say, voice.figures
    span = figures.days_between(view.from_at, view.to_at)
    left_out = say("sweep-left-out", impossible=view.impossible, untraded=view.untraded)
    blocks: list[Block] = [
        title(voice, "sweep-title", keys=" × ".join(view.keys)),
        line(say("sweep-tried", n=view.settings, settings=figures.number(view.settings), span=span, weeks=view.weeks, history=view.history)),
        *([line(left_out)] if view.impossible or view.untraded else []),
    ]
    if view.best is None:
        return [*blocks, line(say("sweep-nothing", n=view.trades_min))]
    blocks += [
        line(say("sweep-best", values=_values(view, view.best))),
        line(_halves(view.best, voice)),
        line(say("sweep-luck", chance=figures.pct(view.deflated_frac, 0), tries=figures.number(view.settings))),
        *_forward(view, voice),
    ]
    blocks += [line(say("sweep-shipped", r=mean_r(view.shipped.mean_r, voice), span=interval(view.shipped.mean_r_interval, voice)))] if view.shipped else []
    rows = [_row(row, voice) for row in view.rows[:ROWS_SHOWN_MAX]]
    blocks += [line(say("sweep-rows", shown=len(rows), all=figures.number(len(view.rows)))), quote(rows)]
    return [*blocks, *([line(say("sweep-modelled"))] if view.is_modelled else []), line(say("sweep-note"))]


def _forward(view: SweepView, voice: Voice) -> list[Block]:
    """What a choice made as time went on would have earned, block by block."""
    whole = view.walk_forward
    if whole is None:
        return [line(voice.say("sweep-no-forward"))]
    told = voice.say(
        "sweep-forward",
        folds=len(view.folds),
        promised=mean_r(whole.in_sample_r, voice),
        promisedspan=interval(whole.in_sample_interval, voice),
        r=mean_r(whole.out_of_sample_r, voice),
        span=interval(whole.out_of_sample_interval, voice),
        n=whole.trades,
    )
    return [line(told), quote([_fold(fold, voice) for fold in view.folds])]


def _fold(fold: FoldView, voice: Voice) -> str:
    return voice.say(
        "sweep-fold",
        values=" · ".join(fold.values),
        promised=mean_r(fold.in_sample_r, voice),
        promisedspan=interval(fold.in_sample_interval, voice),
        r=mean_r(fold.out_of_sample_r, voice),
        span=interval(fold.out_of_sample_interval, voice),
        n=fold.trades,
    )


def _halves(row: SettingView, voice: Voice) -> str:
    return voice.say(
        "sweep-halves",
        r=mean_r(row.mean_r, voice),
        span=interval(row.mean_r_interval, voice),
        inside=mean_r(row.in_sample_r, voice),
        insidespan=interval(row.in_sample_interval, voice),
        outside=mean_r(row.out_of_sample_r, voice),
        outsidespan=interval(row.out_of_sample_interval, voice),
    )


def _row(row: SettingView, voice: Voice) -> str:
    figures = voice.figures
    rate = ABSENT if row.win_rate_interval is None else f"{figures.pct(row.win_rate_interval[0], 0)} … {figures.pct(row.win_rate_interval[1], 0)}"
    return voice.say(
        "sweep-row",
        values=" · ".join(row.values),
        r=mean_r(row.mean_r, voice),
        span=interval(row.mean_r_interval, voice),
        rate=rate,
        n=row.trades,
        outside=mean_r(row.out_of_sample_r, voice),
        outsidespan=interval(row.out_of_sample_interval, voice),
    )


def _values(view: SweepView, row: SettingView) -> str:
    return " · ".join(f"{key} {value}" for key, value in zip(view.keys, row.values, strict=True))
