"""What was earned, as text; a rate never stands without its sample size and its break-even."""

from __future__ import annotations

from collections.abc import Sequence

from bot.figures import ABSENT
from bot.format import Block, Bold, Line, line
from bot.messages.voice import Voice
from bot.views.results import title
from engine.views import ClosedTradeView, EquityChart, HistoryView, TradeStats

PAGE_ROWS = 8


def stats_line(stats: TradeStats, voice: Voice) -> Line:
    """The KPI line: n, win rate with its interval beside p*, net, mean r, fees."""
    figures = voice.figures
    if stats.closed == 0:
        return line(voice.say("stats-none"))
    low_high = stats.win_rate_interval
    interval = f"{figures.pct(low_high[0], 0)} – {figures.pct(low_high[1], 0)}" if low_high is not None else ABSENT
    told = voice.say(
        "stats-line",
        n=stats.closed,
        rate=figures.pct(stats.win_rate),
        interval=interval,
        breakeven=figures.pct(stats.break_even_win_rate),
        net=figures.eur(stats.net_eur, signed=True),
        r=figures.number(stats.mean_r, 3, signed=True),
        fees=figures.eur(stats.fees_eur),
    )
    return line(Bold(told))


def history(view: HistoryView, voice: Voice, page: int) -> list[Block]:
    """The KPI line, then one page of closed trades, newest first as the engine gives them."""
    start = (page - 1) * PAGE_ROWS
    blocks: list[Block] = [stats_line(view.stats, voice), line(voice.say("history-period", period=voice.code("period", view.period)))]
    blocks += [_closed(trade, voice) for trade in view.trades[start : start + PAGE_ROWS]]
    if pages_of(view.trades) > 1:
        blocks += [line(voice.say("page-of", page=str(page), pages=str(pages_of(view.trades))))]
    return blocks


def asked_of(voice: Voice, *, period: str, reason: str | None, outcome: str | None) -> str:
    """Which closed trades were asked for: period, close reason, outcome, as far as they were named."""
    words = [voice.code("period", period)]
    words += [] if reason is None else [voice.code("exit-reason", reason)]
    words += [] if outcome is None else [voice.code("history-outcome", outcome)]
    return " · ".join(words)


def pages_of(trades: Sequence[ClosedTradeView]) -> int:
    """How many pages the trades fill; at least one."""
    return max(1, -(-len(trades) // PAGE_ROWS))


def _closed(trade: ClosedTradeView, voice: Voice) -> Line:
    figures = voice.figures
    money = f"{figures.eur(trade.pnl_eur, signed=True)} · r {figures.number(trade.r, 3, signed=True)}"
    name = f"{figures.day(trade.closed_at)} {voice.code('strategy', trade.strategy)}"
    return line(Bold(f"#{trade.trade_id}"), f" {name} · {voice.code('exit-reason', trade.reason)} · {money}")


def equity(chart: EquityChart, voice: Voice) -> list[Block]:
    """The caption of the equity chart, from the same figures as the picture."""
    figures = voice.figures
    return [
        title(voice, "equity-title", period=voice.code("period", chart.period)),
        voice.row("realised", figures.eur(chart.realised_eur, signed=True)),
        voice.row("unrealised", figures.eur(chart.unrealised_eur, signed=True)),
        voice.row("max-drawdown", figures.eur(chart.max_drawdown_eur, signed=True)),
        voice.row("trades", voice.say("closed-and-open", closed=chart.closed_trades, open=chart.open_trades)),
        voice.row("as-of", figures.instant(chart.as_of)),
    ]
