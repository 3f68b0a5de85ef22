"""The month in one message."""

from __future__ import annotations

from collections.abc import Callable

from bot.chat import Reply
from bot.figures import ABSENT
from bot.format import Block, Bold, Code, Line, line, quote
from bot.markdown import to_markdown
from bot.messages.gates import gate_lines
from bot.messages.voice import Voice, header, voice, whole
from engine.notices import MonthlyNotice
from engine.reporting.monthly_report import MonthlyReport, ReportNote
from engine.views import TradeStats

FINGERPRINT_CHARS = 12


def monthly(notice: MonthlyNotice, said: Voice, *, footer: str) -> Reply:
    """What the month earned and cost, what was refused, and what is missing for the next stage."""
    blocks, head = monthly_blocks(notice.report, said), notice.report.ledger.audit_head
    evidence = [line(f"{said.say('digest-audit-head')}: ", Code(head))] if footer and head else []
    return Reply(html=whole([*blocks, *evidence], footer, said))


def note_writer(language: str) -> Callable[[MonthlyReport], ReportNote]:
    """Puts a report into a note in that language, with the chain's head."""
    said = voice(language)

    def write(told: MonthlyReport) -> ReportNote:
        ledger = told.ledger
        title = said.say("monthly-note-title", month=said.figures.month(ledger.month_at), env=said.env(ledger.env))
        head = [line(), line(f"{said.say('digest-audit-head')}: ", Code(ledger.audit_head))] if ledger.audit_head else []
        return ReportNote(title=title, markdown=to_markdown([*monthly_blocks(told, said), *head]))

    return write


def monthly_blocks(told: MonthlyReport, said: Voice) -> list[Block]:
    """The report's lines."""
    figures, ledger, stats = said.figures, told.ledger, told.stats
    key = "monthly-headline-running" if ledger.is_running else "monthly-headline"
    missed = ledger.not_entered
    return [
        *header(
            said.say(key, month=figures.month(ledger.month_at), net=figures.eur(stats.net_eur, signed=True), count=stats.closed),
            said.say("env-line", env=said.env(ledger.env), what=said.code("stage", ledger.stage)),
        ),
        line(Bold(said.say("monthly-this"))),
        *_results(stats, told, said),
        line(),
        line(Bold(said.say("monthly-all"))),
        line(_rates(told.stats_all, said)),
        line(said.say(f"stats-verdict-{told.verdict_all}", n=told.stats_all.closed)),
        said.row("mean-r", said.say("stats-mean-r", r=figures.number(told.stats_all.mean_r, 3, signed=True), span=_span(told, said), weeks=told.weeks_all)),
        line(said.say("pnl-open", count=ledger.open_trades, unrealised=figures.eur(ledger.unrealised_eur, signed=True))),
        *_kelly(told, said),
        line(said.say("monthly-z", z=said.say("stage-unmeasured") if ledger.z is None else figures.number(ledger.z, 2, signed=True))),
        line(),
        line(Bold(said.say("monthly-not-entered"))),
        line(said.say("monthly-declined", rejected=missed.rejected, expired=missed.expired)),
        *([line(said.say("monthly-would-have", n=missed.settled, net=figures.eur(missed.would_have_eur, signed=True)))] if missed.settled else []),
        *_gates(told, said),
        line(),
        said.row("monitor", said.say("digest-monitor", ok=ledger.monitor_ok, expected=ledger.monitor_expected)),
        said.row("incidents", ", ".join(f"{said.code('incident', code)} {count}" for code, count in ledger.incidents) or said.say("word-none")),
        said.row("settings", ledger.fingerprint[:FINGERPRINT_CHARS]),
        said.row("as-of", figures.instant(ledger.as_of)),
    ]


def _results(stats: TradeStats, told: MonthlyReport, said: Voice) -> list[Block]:
    """The month's own trades; without one, only how deep the equity fell."""
    figures, ledger, slip = said.figures, told.ledger, told.slippage
    fell = said.row("max-drawdown", figures.eur(ledger.max_drawdown_eur, signed=True))
    if stats.closed == 0:
        return [line(said.say("monthly-no-trade")), fell]
    share = stats.fees_eur / stats.credit_eur if stats.credit_eur > 0 else None
    slipped = said.say("stats-slippage", median=figures.pct(slip.median_frac, signed=True), p90=figures.pct(slip.p90_frac, signed=True), n=slip.fills)
    reasons = [f"{said.code('exit-reason', each.reason)}: {each.wins}/{each.closed} · {figures.eur(each.net_eur, signed=True)}" for each in told.by_reason]
    averages = said.say(
        "monthly-averages", win=figures.number(told.average_win_credits, 2, signed=True), loss=figures.number(told.average_loss_credits, 2, signed=True)
    )
    return [
        line(_rates(stats, said)),
        said.row("profit-factor", figures.number(stats.profit_factor, 2)),
        said.row("averages", averages),
        said.row("fees", said.say("stats-fees", fees=figures.eur(stats.fees_eur), share=figures.pct(share))),
        said.row("slippage", slipped if slip.fills else ABSENT),
        *([line(said.say("stats-slippage-modelled", n=slip.modelled))] if slip.modelled else []),
        fell,
        quote(reasons),
    ]


def _rates(stats: TradeStats, said: Voice) -> str:
    """n, win rate with its interval, break-even, net and mean r."""
    figures, interval = said.figures, stats.win_rate_interval
    return said.say(
        "monthly-rates",
        n=stats.closed,
        rate=figures.pct(stats.win_rate),
        interval=ABSENT if interval is None else f"{figures.pct(interval[0], 0)} – {figures.pct(interval[1], 0)}",
        breakeven=figures.pct(stats.break_even_win_rate),
        net=figures.eur(stats.net_eur, signed=True),
        r=figures.number(stats.mean_r, 3, signed=True),
    )


def _span(told: MonthlyReport, said: Voice) -> str:
    interval = told.mean_r_interval_all
    return ABSENT if interval is None else " … ".join(said.figures.number(end, 3, signed=True) for end in interval)


def _kelly(told: MonthlyReport, said: Voice) -> list[Line]:
    if not told.ledger.kelly:
        return [line(said.say("monthly-kelly-none"))]
    lines = []
    for each in told.ledger.kelly:
        used = said.say("monthly-kelly", strategy=said.code("strategy", each.strategy), state=said.code("monthly-kelly-state", each.state))
        lines.append(line(f"{used} · {said.figures.pct(each.f_used_frac, 2)}"))
    return lines


def _gates(told: MonthlyReport, said: Voice) -> list[Block]:
    if not told.ledger.gates:
        return []
    return [line(), line(Bold(said.say("monthly-gates"))), *gate_lines(told.ledger.gates, said), line(said.say("monthly-gates-more"))]
