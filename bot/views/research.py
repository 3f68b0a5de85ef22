"""A replay's summary as text, saying where its history is a model."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from bot.format import Block, Line, line, quote
from bot.messages.voice import Voice
from bot.views.money import stats_line
from bot.views.performance import proof
from bot.views.results import title
from engine.views import ReplayedTrade, ReplaySummary

RULES_SHOWN_MAX = 8
BREAKERS_SHOWN_MAX = 4
TRADE_COLUMNS = (
    "trade",
    "strategy",
    "contracts",
    "strikes",
    "expiry_at",
    "opened_at",
    "closed_at",
    "week",
    "close_reason",
    "quantity_eth",
    "spot_open_usd",
    "dvol_entry_pts",
    "short_delta_entry",
    "credit_coin_per_eth",
    "debit_coin_per_eth",
    "open_fee_coin_per_eth",
    "close_fee_coin_per_eth",
    "pnl_coin",
    "pnl_usd",
    "pnl_eur",
    "fees_eur",
    "max_loss_eur",
    "r",
    "slippage_open_frac",
    "slippage_close_frac",
)


def replay(view: ReplaySummary, voice: Voice) -> list[Block]:
    """What the same rules would have done between two days, each rate beside its sample, its interval and its break-even."""
    say, figures = voice.say, voice.figures
    span = figures.days_between(view.from_at, view.to_at)
    proven = [stats_line(view.stats, voice)] if view.performance is None else proof(view.performance, voice)
    blocks: list[Block] = [
        title(voice, "replay-title", span=span),
        *[line(changed(change, voice)) for change in view.changes],
        *proven,
        *_unfiltered(view, voice),
        voice.row("history-used", view.history),
        voice.row("answers", voice.code("policy", view.policy)),
        voice.row("scans", say("scans-told", scans=view.scans, proposed=view.proposed, refused=view.refused)),
        voice.row("trades", say("opened-and-open", opened=view.opened, open=view.still_open)),
        voice.row("max-drawdown", figures.eur(view.max_drawdown_eur, signed=True)),
        voice.row("jobs", say("jobs-told", run=view.jobs_run, failed=view.jobs_failed)),
        *_breakers(view, voice),
    ]
    if view.modelled_scans > 0:
        blocks.append(line(say("replay-modelled", modelled=view.modelled_scans, scans=view.scans)))
    if view.refusals_by_rule:
        rows = [f"{rule} {voice.code('check', code)}: {figures.number(count)}" for rule, code, count in view.refusals_by_rule[:RULES_SHOWN_MAX]]
        blocks += [line(say("refusals")), quote(rows)]
    if view.exits_by_reason and view.performance is None:
        blocks += [line(say("exits")), quote(f"{voice.code('exit-reason', reason)}: {figures.number(count)}" for reason, count in view.exits_by_reason)]
    return blocks


def changed(change: tuple[str, str, str], voice: Voice) -> str:
    """A value of this replay beside the one in force."""
    key, before, now = change
    return voice.say("replay-change", key=key, now=now, before=before)


def trades_csv(trades: Iterable[ReplayedTrade]) -> str:
    """The trades as comma-separated values with a heading, points for decimals, instants in UTC; what is not known stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TRADE_COLUMNS)
    writer.writerows(_cells(trade) for trade in trades)
    return text.getvalue()


def trade_rows(trades: Iterable[ReplayedTrade]) -> list[dict[str, object]]:
    """The same trades by the names of the columns."""
    return [dict(zip(TRADE_COLUMNS, _cells(trade), strict=True)) for trade in trades]


def _unfiltered(view: ReplaySummary, voice: Voice) -> list[Line]:
    """The same period without entry filters: what they were worth."""
    told, figures = view.unfiltered, voice.figures
    if told is None or told.closed == 0:
        return []
    low, high = told.win_rate_interval if told.win_rate_interval is not None else (None, None)
    facts = {
        "n": figures.number(told.closed),
        "rate": figures.pct(told.win_rate),
        "interval": f"{figures.pct(low, 0)} – {figures.pct(high, 0)}",
        "breakeven": figures.pct(told.break_even_win_rate),
        "net": figures.eur(told.net_eur, signed=True),
        "r": figures.number(told.mean_r, 3, signed=True),
    }
    return [line(voice.say("replay-unfiltered", **facts))]


def _breakers(view: ReplaySummary, voice: Voice) -> list[Line]:
    """Each breaker that tripped: for good, or until a person resumed; of many the first."""
    say, figures = voice.say, voice.figures
    lines = [line(say("replay-breaker", hold=voice.code("hold", code), at=figures.day(at, has_year=True))) for code, at in view.breakers]
    for code, at, resumed_at in view.resumed[:BREAKERS_SHOWN_MAX]:
        facts = {"hold": voice.code("hold", code), "at": figures.day(at, has_year=True), "resumed": figures.day(resumed_at, has_year=True)}
        lines.append(line(say("replay-resumed", **facts)))
    if len(view.resumed) > BREAKERS_SHOWN_MAX:
        lines.append(line(say("replay-resumed-more", n=len(view.resumed) - BREAKERS_SHOWN_MAX)))
    return lines


def _cells(trade: ReplayedTrade) -> tuple[object, ...]:
    strikes = " ".join(f"{side.option_type.value} {side.short_strike_usd:f}/{side.long_strike_usd:f}" for side in trade.sides)
    return (
        trade.trade_id,
        trade.strategy.value,
        trade.family.value,
        strikes,
        trade.expiry_at.isoformat(),
        trade.opened_at.isoformat(timespec="seconds"),
        trade.closed_at.isoformat(timespec="seconds"),
        trade.week,
        trade.reason,
        f"{trade.quantity_eth:f}",
        f"{trade.spot_open_usd:f}",
        f"{trade.dvol_entry_pts:.2f}",
        f"{trade.short_delta_entry:.4f}",
        f"{trade.credit_coin:f}",
        f"{trade.debit_coin:f}",
        f"{trade.open_fee_coin:f}",
        f"{trade.close_fee_coin:f}",
        f"{trade.pnl_coin:f}",
        f"{trade.pnl_usd:f}",
        f"{trade.pnl_eur:f}",
        f"{trade.fees_eur:f}",
        f"{trade.max_loss_eur:f}",
        f"{trade.r:.6f}",
        None if trade.slippage_open_frac is None else f"{trade.slippage_open_frac:.6f}",
        None if trade.slippage_close_frac is None else f"{trade.slippage_close_frac:.6f}",
    )
