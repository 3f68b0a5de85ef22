"""Messages that ask nothing: fills, refusals, settlements, the digest, alerts, the start-up."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.chat import Reply
from bot.format import Block, Bold, Code, clean, cut, line, upstream
from bot.messages.checks import cause_words, check_lines, is_consequence, unasked_lines
from bot.messages.outcomes import fill_lines, left_lines
from bot.messages.triggers import evidence_words, reason_words
from bot.messages.voice import Voice, header, whole
from engine.core.decision import Verdict
from engine.notices import AlertNotice, FillNotice, RefusalNotice, SettlementNotice, StartUpNotice
from engine.reporting.fills import SettlementReport
from engine.views import WhyView

REFUSALS_SHOWN_MAX = 12
FACT_MAX_UNITS = 200
EUR_SUFFIX = "_eur"
FRAC_SUFFIX = "_frac"
CODED_FACTS = {"hold": "hold", "rules": "exit-reason", "bias": "bias", "was_bias": "bias", "side": "option-side", "holds": "hold", "role": "role"}
AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,8})?", re.ASCII)


def fill(notice: FillNotice, said: Voice, *, footer: str) -> Reply:
    """What was traded, at what price against the approved mid, and where that leaves the position."""
    report, figures = notice.report, said.figures
    spread = said.spread(report.strategy, expiry_at=report.expiry_at, sides=report.sides)
    closing = report.side == "close"
    key = "fill-headline-open" if not closing else "fill-headline-side" if report.left else "fill-headline-close"
    first = said.say(key, id=str(report.trade_id), spread=spread)
    blocks: list[Block] = [
        *header(first, said.say("env-line", env=said.env(report.env), what=said.code("fill-source", report.source))),
        line(f"{said.say('label-order')}: ", Code(report.label)),
        said.row("at", figures.instant(report.at)),
        said.row("size", figures.size(report.quantity_eth)),
        *fill_lines(report, said),
        said.row("cash", f"{figures.coin(report.cash_coin, report.family.coin, signed=True)} · {figures.eur(report.cash_eur, signed=True)}"),
    ]
    if closing:
        blocks += [
            said.row("reason", said.code("exit-reason", report.reason)),
            said.row("r", figures.pct(report.r if report.whole is None else report.whole.r, signed=True)),
            *(left_lines(report, said) if report.left else [line(said.say("fill-position-closed"))]),
        ]
    else:
        blocks.append(line(said.say("fill-position-open", size=figures.size(report.quantity_eth), risk=figures.risk_eur(report.max_loss_eur, 2))))
        if report.exits is not None:
            take, stop = (figures.coin(price, report.family.coin) for price in (report.exits.profit_take_debit_coin, report.exits.stop_loss_mark_coin))
            blocks.append(line(said.say("fill-exits", take=take, stop=stop)))
    return _reply(blocks, footer, said)


def settlement(notice: SettlementNotice, said: Voice, *, footer: str) -> Reply:
    """The delivery price and what it left."""
    report, figures, coin = notice.report, said.figures, notice.report.family.coin
    spread = said.spread(report.strategy, expiry_at=report.expiry_at, sides=report.sides)
    times = f" × {figures.number(report.quantity_eth)}"
    pnl = f"{figures.coin(report.pnl_coin, coin, signed=True)} · {figures.usd(report.pnl_usd, signed=True)} · {figures.eur(report.pnl_eur, signed=True)}"
    blocks: list[Block] = [
        *header(
            said.say("settlement-headline", id=str(report.trade_id), spread=spread, pnl=figures.eur(report.pnl_eur, signed=True)),
            said.say("env-line", env=said.env(report.env), what=figures.instant(report.settled_at)),
        ),
        line(_how_it_ended(report, said)),
        said.row("delivery-price", figures.usd(report.delivery_price_usd)),
        said.row("credit", f"{figures.coin(report.credit_coin, coin)}{times}"),
        *([said.row("bought-back", f"{figures.coin(report.bought_back_coin, coin)}{times}")] if report.bought_back_coin else []),
        said.row("payout", f"{figures.coin(report.payout_coin, coin)}{times}"),
        said.row("fee", f"{figures.fee_coin(report.fee_coin, coin)}{times} · {figures.eur(report.fee_eur)}"),
        said.row("size", figures.size(report.quantity_eth)),
        said.row("pnl", pnl),
        said.row("r", figures.pct(report.r, signed=True)),
    ]
    return _reply(blocks, footer, said)


def _how_it_ended(report: SettlementReport, said: Voice) -> str:
    """What delivery did to the sides that were still open."""
    if report.bought_back_coin:
        return said.say("settlement-worthless-side") if report.payout_coin == 0 else said.say("settlement-paid-side")
    return said.say("settlement-worthless") if report.payout_coin == 0 else said.say("settlement-paid")


def refusal(notice: RefusalNotice, said: Voice, *, footer: str) -> Reply:
    """No entry, and every filter that said so with its value against its limit."""
    why, figures = notice.why, said.figures
    # What was measured and found wrong tells more than what could not be measured.
    blocking = sorted((check for check in why.checks if check.blocks and not is_consequence(check)), key=lambda check: check.verdict is not Verdict.FAILED)
    failed = sum(check.verdict is Verdict.FAILED for check in blocking)
    passed = sum(check.verdict is Verdict.PASSED for check in why.checks)
    row = said.say("bias-row", row=str(why.bias_row)) if why.bias_row is not None else said.say("bias-row-none")
    blocks: list[Block] = [
        *header(
            said.say("refusal-headline", id=str(why.decision_id), count=failed, unchecked=len(blocking) - failed),
            said.say("env-line", env=said.env(notice.env), what=figures.instant(why.at)),
        ),
        said.row("bias", f"{said.code('bias', why.bias)} · {row}"),
        *check_lines(blocking, said, at_most=REFUSALS_SHOWN_MAX),
        *unasked_lines(why.checks, said, with_names=False),
        line(said.say("refusal-passed", count=passed)),
        line(said.say("refusal-source", source=_source(why, said))),
        line(f"{said.say('refusal-more')} ", Code(f"/why {why.decision_id}")),
    ]
    return _reply(blocks, footer, said)


def _source(why: WhyView, said: Voice) -> str:
    source = said.source(why.source)
    return source if why.recorded_at is None else f"{source} ({said.figures.instant(why.recorded_at)})"


def alert(notice: AlertNotice, said: Voice, *, footer: str) -> Reply:
    """Something a person should know; words from outside are quoted as they came, without links."""
    facts = {key: _fact(key, value, said) for key, value in notice.facts.items()}
    known = said.texts.has(f"alert-{notice.code.replace('_', '-')}")
    blocks: list[Block] = [
        *header(
            said.say(f"alert-level-{notice.level}", words=said.code("alert", notice.code, **facts)),
            said.say("env-line", env=said.env(notice.env), what=said.figures.instant(notice.at)),
        ),
        *_said_before(notice, said),
        *([] if known else [line(f"{key}: {value}") for key, value in sorted(facts.items())]),
        *_detail(notice.detail, said),
        *_ends(notice, said),
    ]
    return _reply(blocks, footer, said)


def _said_before(notice: AlertNotice, said: Voice) -> list[Block]:
    """How often it was said, and who acknowledged it."""
    told: list[Block] = []
    if notice.repeats:
        told.append(line(Bold(said.say("alarm-said", times=notice.repeats + 1))))
    if notice.seen_at is not None:
        at = said.figures.clock(notice.seen_at)
        told.append(line(Bold(said.say("alarm-seen-by", who=notice.seen_by, at=at) if notice.seen_by else said.say("alarm-ended", at=at))))
    return told


def _ends(notice: AlertNotice, said: Voice) -> list[Block]:
    """What ends a stop the engine made itself, where the alert knows it."""
    if notice.code == "hold" and "minutes" in notice.facts:
        return [line(said.say("alert-hold-ends", minutes=notice.facts["minutes"]))]
    return [line(said.say("alert-kill-ends"))] if notice.code in ("kill", "kill-found") else []


def _fact(key: str, value: str, said: Voice) -> str:
    """Codes and amounts in the reader's words, anything else as it came."""
    if key in CODED_FACTS:
        return ", ".join(said.code(CODED_FACTS[key], code) for code in value.split(","))
    if key.endswith(FRAC_SUFFIX) and AMOUNT.fullmatch(value):
        return said.figures.pct(Decimal(value), 0)
    if key.endswith(EUR_SUFFIX) and AMOUNT.fullmatch(value):
        return said.figures.eur(Decimal(value))
    if key == "reason":
        return cut(clean(reason_words(value, said)), FACT_MAX_UNITS)
    return cut(clean(value), FACT_MAX_UNITS)


def _detail(detail: str, said: Voice) -> list[Block]:
    """A cause or a reading of ours in words; words from outside are quoted."""
    if not detail:
        return []
    if (reading := evidence_words(detail, said)) is not None:
        return [line(reading)]
    return [line(known_cause) if (known_cause := cause_words(detail, said)) is not None else upstream(detail)]


def start_up(notice: StartUpNotice, said: Voice, *, footer: str) -> Reply:
    """The engine is up again and what it found."""
    figures = said.figures
    blocks: list[Block] = [
        *header(
            said.say("start-headline", version=notice.version),
            said.say("env-line", env=said.env(notice.env), what=said.code("stage", notice.stage)),
        ),
        said.row("at", figures.instant(notice.at)),
        said.row("down", figures.age(notice.down_s) if notice.down_s is not None else said.say("start-first")),
        said.row("audit", said.say("start-audit-ok" if notice.is_audit_ok else "start-audit-bad", seq=str(notice.audit_seq))),
        said.row("open-trades", figures.number(notice.open_trades)),
        said.row("recovered", said.say("start-recovered", orders=notice.recovered_orders, cards=notice.expired_cards)),
        said.row("missed", ", ".join(notice.missed_jobs) if notice.missed_jobs else said.say("word-none")),
        said.row("waiting", figures.number(notice.waiting_messages)),
        said.row("holds", ", ".join(said.code("hold", code) for code in notice.holds) if notice.holds else said.say("word-none")),
    ]
    blocks += [upstream(problem) for problem in notice.problems]
    if notice.is_config_changed:
        blocks.append(line(Bold(said.say("start-config-changed"))))
    if notice.is_killed:
        blocks.append(line(Bold(said.say("start-killed"))))
    return _reply(blocks, footer, said)


def _reply(blocks: list[Block], footer: str, said: Voice) -> Reply:
    return Reply(html=whole(blocks, footer, said))
