"""How a story writes figures, checks, audit bodies and messages: one way for each, so that two tellings differ only where the trades do."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from difflib import ndiff

from bot.chat import Reply
from bot.format import plain_of
from bot.messages import render
from engine.core.decision import Check, Relation, Unit, Value, Verdict
from engine.notices import decode_notice
from engine.state.records import AuditRecord, DecisionRecord, FillRecord, OrderRecord, OutboxRecord

WIDTH = 170
STAMP = 18
MARGIN = 28
NONCE = "0" * 16
VOLATILE = frozenset({"hash", "nonce", "boot", "boot_id"})
"""Keys of an audit body that differ from run to run; the telling leaves them out."""


def column(kind: str, text: str) -> list[str]:
    """`text` under its kind, wrapped with a hanging margin."""
    lines = textwrap.wrap(text, WIDTH - MARGIN - STAMP, break_long_words=False, break_on_hyphens=False)
    return [f"{kind:<10}{lines[0]}", *(" " * 10 + more for more in lines[1:])]


def number(value: Value, unit: Unit = Unit.NONE) -> str:
    """A figure as a trader writes it: shares in per cent, the rest in its unit; what is missing is a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, str):
        return value
    if unit is Unit.FRAC:
        return f"{_plain(Decimal(repr(value) if isinstance(value, float) else value) * 100, 2)} %"
    shown = _plain(Decimal(repr(value)), 4) if isinstance(value, float) else _plain(Decimal(value), 8)
    return f"{shown} {unit.value}" if unit is not Unit.NONE else shown


def _plain(value: Decimal, places: int) -> str:
    rounded = round(value, places)
    return f"{rounded.normalize():f}" if rounded else "0"


def check_words(check: Check) -> str:
    """`E05 dvol_max: 95 pts, must be <= 90 pts`."""
    subject = f" [{check.subject}]" if check.subject else ""
    cause = f" ({check.cause})" if check.cause else ""
    must = "" if check.relation is Relation.NONE else f", must be {check.relation.value} {number(check.limit, check.unit)}"
    return f"{check.rule} {check.code}{subject}: {number(check.observed, check.unit)}{must}{cause}"


def entry_words(decision: DecisionRecord, checks: tuple[Check, ...]) -> list[str]:
    """An entry decision: yes or no, by which row of the bias table, and every check that said no or gave a warning."""
    counts = ", ".join(f"{sum(check.verdict is verdict for check in checks)} {verdict.value.replace('_', ' ')}" for verdict in Verdict)
    strategy = "no strategy" if decision.strategy is None else decision.strategy.value.replace("_", " ")
    told = [f"{decision.decision_id} entry {decision.outcome} · bias {decision.bias} by row {decision.bias_row} · {strategy} · {counts}"]
    for verdict, word in ((Verdict.FAILED, "no"), (Verdict.WARNED, "warning")):
        told += [f"{word}: {check_words(check)}" for check in checks if check.verdict is verdict]
    unknown = [check for check in checks if check.verdict is Verdict.NOT_EVALUATED]
    for cause in dict.fromkeys(check.cause for check in unknown):
        named = ", ".join(f"{check.rule} {check.code}" for check in unknown if check.cause == cause)
        told += textwrap.wrap(f"no, not evaluated ({cause}): {named}", WIDTH - MARGIN - STAMP, subsequent_indent="  ", break_on_hyphens=False)
    return told


def exit_words(decision: DecisionRecord, checks: tuple[Check, ...]) -> list[str]:
    """An exit decision: the row that fired with its figures, the rows below that would have, and the key evidence."""
    fired = [check for check in checks if check.verdict is Verdict.FAILED]
    unknown = [check for check in checks if check.verdict is Verdict.NOT_EVALUATED]
    told = [f"{decision.decision_id} trade {decision.trade_id} {decision.outcome}" + (f" · {decision.reason}" if decision.outcome != decision.reason else "")]
    told[0] += f" · {evidence_words(checks)}"
    told += [f"fired: {check_words(check)}" for check in fired[:1]]
    told += [f"also true: {check_words(check)}" for check in fired[1:]]
    if unknown:
        told.append("without an input: " + ", ".join(f"{check.rule} {check.code}" for check in unknown))
    return told


def evidence_words(checks: tuple[Check, ...]) -> str:
    """M/c, U, U net, short delta, change of DVOL, distance to the strike, margin: what the exit table saw."""
    seen = {check.code: check.observed for check in checks}
    ratio = seen["stop_loss"]
    profit = None if not isinstance(ratio, float) else 1.0 - ratio
    figures = (
        ("M/c", number(ratio)),
        ("U", number(profit, Unit.FRAC)),
        ("U net", number(seen["profit_take"], Unit.FRAC)),
        ("Δ", number(seen["delta_breach"])),
        ("DVOL", number(seen["vol_stop"], Unit.PTS)),
        ("worst 4 h", number(seen["adverse_move"], Unit.FRAC)),
        ("OTM", number(seen["pin_risk"], Unit.FRAC)),
        ("margin", number(seen["margin"], Unit.FRAC)),
    )
    return " · ".join(f"{name} {figure}" for name, figure in figures)


def audit_words(row: AuditRecord) -> str:
    body: Mapping[str, object] = json.loads(row.body_json)
    facts = " · ".join(f"{key} {_fact(value)}" for key, value in body.items() if key not in VOLATILE)
    return f"{row.seq} {row.type} {row.ref} by {row.actor}" + (f" · {facts}" if facts else "")


def _fact(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "none" if not value else "[" + ", ".join(_fact(one) for one in value) + "]"
    return str(value) if value != "" else "–"


def order_words(order: OrderRecord) -> str:
    return f"{order.label} · {order.side} {number(order.quantity_eth)} ETH at limit {number(order.limit_coin)} · {order.state}"


def fill_words(record: FillRecord) -> str:
    fill = record.fill
    slippage = number(fill.slippage_frac, Unit.FRAC)
    prices = f"mid at approval {number(fill.mid_at_approval_coin)}, slippage {slippage}, fee {number(fill.fee_coin)} per ETH"
    return (
        f"{record.fill_id} {fill.side} {number(fill.quantity_eth)} ETH at {number(fill.price_coin)} · {prices} · spot {number(fill.spot_usd)} · {fill.source}"
    )


def reply_of(row: OutboxRecord) -> Reply:
    """The message as the English-speaking operator gets it, but for its audit footer, whose hash differs from run to run."""
    return render(decode_notice(row.kind, row.payload_json), language="en", nonce=NONCE, footer="")


def message_lines(reply: Reply) -> list[str]:
    """The words of a message, its picture by name and its buttons."""
    picture = [] if reply.chart is None else [f"[picture: {type(reply.chart).__name__}]"]
    buttons = [" ".join(f"[{button.label}]" for button in row) for row in reply.buttons]
    return [*plain_of(reply.html).rstrip().split("\n"), *picture, *buttons]


def changed_lines(before: list[str], after: list[str]) -> list[str]:
    """What an edit took away (-) and put in (+), in reading order."""
    return [line.rstrip() for line in ndiff(before, after) if line[0] in "-+"]
