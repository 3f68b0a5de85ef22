"""What the pictures of research say in words: the fan, Kelly, a sweep."""

from __future__ import annotations

from bot.charts.card import Card, Headline, Tone, as_of, tone_of
from bot.charts.words_results import sure_of
from bot.figures import ABSENT, Figures
from bot.text import Texts
from engine.views import FanChart, KellyChart, SweepChart


def fan(chart: FanChart, texts: Texts, figures: Figures) -> Card:
    """How far the real path lies from the invented ones, and how many of those made less."""
    z, below = figures.number(chart.z, 2, signed=True), figures.pct(chart.below_realised_frac, 0)
    expected = texts.say("chart-fan-expected", r=figures.number(chart.mean_r, 3, signed=True), span=_span(chart.mean_r_interval, figures))
    verdict, count = (
        texts.say_code("chart-fan-verdict", chart.verdict),
        texts.say("chart-fan-paths", paths=figures.number(chart.paths), n=len(chart.realised_r)),
    )
    return Card(
        title=texts.say("chart-fan-title"),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-fan-z"), value=z, tone=Tone.PLAIN),
            Headline(label=texts.say("chart-fan-below"), value=below, tone=Tone.PLAIN),
        ),
        notes=(count, expected, verdict),
        as_of=as_of(chart.as_of, texts, figures),
        warning=texts.say("chart-fan-modelled") if chart.fan else "",
        absent="" if chart.fan else texts.say("chart-fan-empty"),
        alt=texts.say("chart-fan-alt", env=chart.env, z=z, below=below, count=count, expected=expected, verdict=verdict),
    )


def kelly(chart: KellyChart, texts: Texts, figures: Figures) -> Card:
    """The fraction in use large, beside the one the trades would allow in full."""
    used, full = figures.pct(chart.f_used_frac, 2), figures.pct(chart.f_full, signed=True)
    strategy, state = texts.say_code("strategy", chart.strategy), texts.say_code("kelly-state", chart.state, n=chart.trades, least=chart.trades_min)
    mean = texts.say("chart-kelly-mean", r=figures.number(chart.mean_r, 3, signed=True), span=_span(chart.mean_r_interval, figures))
    sure = sure_of(chart.trades, chart.win_rate_interval, chart.break_even_win_rate, texts, figures)
    return Card(
        title=texts.say("chart-kelly-title", strategy=strategy),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-kelly-used-label"), value=used, tone=Tone.PLAIN),
            Headline(label=texts.say("chart-kelly-full-label"), value=full, tone=tone_of(chart.f_full)),
        ),
        notes=(sure, mean, state),
        as_of=as_of(chart.as_of, texts, figures),
        warning="",
        absent="" if chart.trades else texts.say("chart-kelly-empty", strategy=strategy),
        alt=texts.say("chart-kelly-alt", strategy=strategy, env=chart.env, used=used, full=full, sure=sure, mean=mean, state=state),
    )


def sweep(chart: SweepChart, texts: Texts, figures: Figures) -> Card:
    """The best field and what ships large; below how much of the best is luck."""
    best, shipped = _cell(chart, chart.best, figures), figures.number(chart.shipped_r, 3, signed=True)
    held = [texts.say("chart-sweep-held", held=" · ".join(f"{key} {value}" for key, value in chart.held))] if chart.held else []
    where = ABSENT if chart.best is None else f"{chart.down} {chart.down_values[chart.best[0]]} · {chart.across} {chart.across_values[chart.best[1]]}"
    luck = texts.say("chart-sweep-luck", tries=chart.tries, chance=figures.pct(chart.deflated_frac, 0))
    return Card(
        title=texts.say("chart-sweep-title"),
        env=chart.env,
        headlines=(
            Headline(label=texts.say("chart-sweep-best"), value=best, tone=Tone.PLAIN),
            Headline(label=texts.say("chart-sweep-off-map" if chart.shipped is None else "chart-sweep-shipped"), value=shipped, tone=Tone.PLAIN),
        ),
        notes=(*held, texts.say("chart-sweep-none")) if chart.best is None else (texts.say("chart-sweep-where", where=where), *held, luck),
        as_of=as_of(chart.as_of, texts, figures),
        warning=texts.say("chart-modelled") if chart.is_modelled else "",
        absent="" if any(cell is not None for row in chart.cells for cell in row) else texts.say("chart-sweep-empty"),
        alt=texts.say("chart-sweep-alt", env=chart.env, best=best, where=where, shipped=shipped, luck=luck),
    )


def _cell(chart: SweepChart, place: tuple[int, int] | None, figures: Figures) -> str:
    cell = None if place is None else chart.cells[place[0]][place[1]]
    return ABSENT if cell is None else figures.number(cell[0], 3, signed=True)


def _span(interval: tuple[float, float] | None, figures: Figures) -> str:
    return ABSENT if interval is None else " … ".join(figures.number(end, 3, signed=True) for end in interval)
