"""An exit card and its details: why leave, what it costs now, what happens when nobody answers."""

from __future__ import annotations

from bot import keyboards
from bot.chat import Reply
from bot.figures import ABSENT
from bot.format import Block, Bold, Line, line
from bot.keyboards import Keyboard
from bot.messages.checks import BIAS_FLIP, check_lines
from bot.messages.prices import prices_text, recorded_lines
from bot.messages.voice import Voice, caption, deadline, footed, header, past_deadline
from engine.core.decision import Check, Verdict
from engine.core.model import ExitAction, ExitReason, ExitUrgency
from engine.notices import ExitCard
from engine.reporting.exit_proposal import ClosingCost, ExitReport

CHECKS_SHOWN_MAX = 20


def exit_card(card: ExitCard, said: Voice, *, nonce: str, footer: str) -> Reply:
    """The exit with its chart and the answers its urgency leaves; without a nonce it can only be read."""
    question = if_unanswered(card.report, said) if nonce or card.report.deadline_at is None else [past_deadline(card.report.deadline_at, said)]
    after = footed(question, footer, said)
    return Reply(html=caption(facts(card, said), reasons(card.report, said), after), chart=card.chart, buttons=_buttons(card, said, nonce))


def facts(card: ExitCard, said: Voice) -> list[Block]:
    """The line the lock screen shows, the reason in plain words, and at most eight figures."""
    report, figures, coin = card.report, said.figures, card.report.family.coin
    key = "env-line-dry-run" if card.is_dry_run else "env-line"
    blocks = header(headline(card, said), said.say(key, env=said.env(report.env), what=_what(report, said)))
    if report.needs_escalation:
        blocks.append(line(Bold(said.say("exit-escalation"))))
    return [
        *blocks,
        line(_words(report, said)),
        said.row("at-mid", _pnl(report.at_mid, coin, said)),
        said.row("at-natural", _pnl(report.at_natural, coin, said)),
        said.row("profit", f"{figures.pct(report.profit_frac, 0, signed=True)} · {said.say('word-net')} {figures.pct(report.profit_net_frac, 0, signed=True)}"),
        said.row("mark", f"{figures.coin(report.mark_coin, coin)} · {said.say('word-credit')} {figures.bare_coin(report.credit_coin, coin)}"),
        said.row("spot", f"{figures.price_usd(report.spot_usd)} · {figures.pct(report.otm_frac, signed=True)} OTM"),
        said.row("short-delta", figures.number(report.short_delta, 2)),
        said.row("dvol", f"{figures.pts(report.dvol_pts)} ({said.say('word-entry')} {figures.pts(report.dvol_entry_pts)})"),
        said.row("dte", figures.days(report.dte_days)),
    ]


def headline(card: ExitCard, said: Voice) -> str:
    report = card.report
    pnl = report.at_mid.pnl_eur if report.at_mid is not None else None
    key = {ExitUrgency.HARD: "exit-headline-hard", ExitUrgency.SOFT: "exit-headline-soft", ExitUrgency.NONE: "exit-headline-info"}[report.urgency]
    return said.say(
        key, id=str(card.proposal_id), spread=title(report, said), reason=said.code("exit-reason", report.reason), pnl=said.figures.eur(pnl, signed=True)
    )


def title(report: ExitReport, said: Voice) -> str:
    return said.spread(report.strategy, expiry_at=report.expiry_at, sides=report.sides)


def reasons(report: ExitReport, said: Voice) -> list[Line]:
    """The rules that asked for it with their figures, then where the prices come from."""
    asked = [check for check in _asked(report) if check.verdict is not Verdict.PASSED]
    return [*check_lines(asked, said, at_most=4), line(prices_text(report, said))]


def if_unanswered(report: ExitReport, said: Voice) -> list[Block]:
    """What the written rules do without an answer, and until when."""
    if report.deadline_at is None:
        return [line(said.code("unanswered", report.if_unanswered))]
    return [line(said.code("unanswered", report.if_unanswered)), deadline("card-answer-by", report.deadline_at, said)]


def details(report: ExitReport, said: Voice) -> list[Block]:
    """Every figure of the exit and every rule that was looked at."""
    figures, coin = said.figures, report.family.coin
    return [
        *header(title(report, said), said.say("env-line", env=said.env(report.env), what=_what(report, said))),
        line(),
        said.row("reason", f"{said.code('exit-reason', report.reason)} ({report.reason})"),
        line(_words(report, said)),
        said.row("created", figures.instant(report.created_at)),
        said.row("deadline", figures.instant(report.deadline_at)),
        line(said.code("unanswered", report.if_unanswered)),
        said.row("opened", figures.instant(report.opened_at)),
        said.row("expiry", f"{figures.instant(report.expiry_at, has_year=True)} · {figures.days(report.dte_days)}"),
        said.row("size", figures.size(report.quantity_eth)),
        said.row("max-loss-strict", figures.risk_eur(report.max_loss_eur, 2)),
        line(),
        line(Bold(said.say("details-close"))),
        *_cost_lines("at-mid", report.at_mid, coin, said),
        *_cost_lines("at-natural", report.at_natural, coin, said),
        said.row("mark", figures.coin(report.mark_coin, coin)),
        said.row("expected-close", figures.coin(report.expected_close_coin, coin)),
        said.row("credit", figures.coin(report.credit_coin, coin)),
        said.row("profit", f"{figures.pct(report.profit_frac, signed=True)} · {said.say('word-net')} {figures.pct(report.profit_net_frac, signed=True)}"),
        said.row("fee-close", f"{figures.fee_coin(report.close_fee_coin, coin)} · {figures.eur(report.close_fee_eur)}"),
        said.row("fees-total", figures.eur(report.fees_total_eur)),
        line(),
        line(Bold(said.say("details-market"))),
        said.row("spot", f"{figures.usd(report.spot_usd)} · {figures.pct(report.otm_frac, signed=True)} OTM"),
        said.row("short-delta", figures.number(report.short_delta, 3)),
        said.row("dvol", f"{figures.pts(report.dvol_pts)} ({said.say('word-entry')} {figures.pts(report.dvol_entry_pts)})"),
        said.row("fx", figures.number(report.fx_usd_per_eur, 4)),
        said.row("quoted", figures.instant(report.quoted_at)),
        *recorded_lines(report, said),
        line(prices_text(report, said)),
        line(),
        line(Bold(said.say("details-rules"))),
        *check_lines(_asked(report), said, at_most=CHECKS_SHOWN_MAX),
    ]


def _asked(report: ExitReport) -> list[Check]:
    """The rules that were looked at: between monitors the bias is not asked."""
    return [check for check in report.checks if not (check.code == BIAS_FLIP and check.verdict is Verdict.NOT_EVALUATED)]


def _words(report: ExitReport, said: Voice) -> str:
    """The reason in plain words; a time stop that was asked in vain has its own."""
    is_hard_stop = report.reason is ExitReason.TIME_STOP and report.urgency is ExitUrgency.HARD
    return said.say("exit-words-time-stop-hard") if is_hard_stop else said.code("exit-words", report.reason)


def _what(report: ExitReport, said: Voice) -> str:
    return f"{said.code('urgency', report.urgency)} · {said.say('word-trade', id=str(report.trade_id))}"


def _pnl(cost: ClosingCost | None, coin: str, said: Voice) -> str:
    if cost is None:
        return ABSENT
    return f"{said.figures.eur(cost.pnl_eur, signed=True)} · {said.figures.coin(cost.pnl_coin, coin, signed=True)}"


def _cost_lines(label: str, cost: ClosingCost | None, coin: str, said: Voice) -> list[Block]:
    if cost is None:
        return [said.row(label, ABSENT)]
    figures = said.figures
    pnl = f"{figures.coin(cost.pnl_coin, coin, signed=True)} · {figures.usd(cost.pnl_usd, signed=True)} · {figures.eur(cost.pnl_eur, signed=True)}"
    return [said.row(label, figures.coin(cost.cost_coin, coin)), said.row("pnl", pnl)]


def _buttons(card: ExitCard, said: Voice, nonce: str) -> Keyboard:
    if not nonce or card.report.action is not ExitAction.CLOSE or card.report.urgency is ExitUrgency.NONE:
        return keyboards.decided_card(card.proposal_id, said.texts)
    build = keyboards.hard_exit_card if card.report.urgency is ExitUrgency.HARD else keyboards.soft_exit_card
    return build(card.proposal_id, nonce, said.texts, can_postpone=card.report.can_postpone)
