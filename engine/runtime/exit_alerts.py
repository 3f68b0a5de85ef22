"""What a person is told about an open trade without being asked anything: each word once, and in the audit chain."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from engine.core.decision import Check, Verdict
from engine.core.entry_checks_market import is_within
from engine.core.exit_decision import EXIT_RULES
from engine.core.model import Bias, ExitAction, ExitDecision, ExitReason, ExitUrgency, OptionType, Quote
from engine.core.spread_prices import bid_or_nothing_coin
from engine.notices import Level
from engine.runtime import cards
from engine.runtime.desk import Desk
from engine.runtime.exit_proposals import Judgement
from engine.state.repository import Transaction

UNASKED = (ExitReason.MANUAL, ExitReason.SETTLED, ExitReason.BLACKOUT, ExitReason.DATA)
"""What the table says before it looks at figures: then it is not a single figure that is missing."""
HARD_RULES = frozenset(rule.code for rule in EXIT_RULES if rule.urgency is ExitUrgency.HARD and rule.reason is not ExitReason.MANUAL)


def tell(tx: Transaction, desk: Desk, judged: Judgement) -> None:
    """Whatever the look found that needs a person's eyes but no answer is owed to every operator."""
    decision, trade = judged.decision, judged.look.trade
    if decision.reason is ExitReason.DATA:
        level: Level = "critical" if decision.needs_escalation else "warning"
        key = f"exit-data:{trade.trade_id}:{judged.inputs.now.isoformat()}"
        cards.alert_on_trade(tx, desk, trade.trade_id, code="exit-data", level=level, key=key, facts={"misses": str(trade.stale_misses + 1)})
    elif decision.reason is ExitReason.BLACKOUT:
        _tell_pause(tx, desk, judged)
    elif decision.action is ExitAction.LET_EXPIRE:
        cards.alert_on_trade(tx, desk, trade.trade_id, code="let-expire", level="info", key=f"let-expire:{trade.trade_id}")
    elif decision.action is ExitAction.ALERT:
        _tell_bias(tx, desk, judged)


def tell_divergence(tx: Transaction, desk: Desk, judged: Judgement) -> None:
    """A leg whose mark lies far from its mid is told once a day: the rules go by the mark. Source: strategy §6, case 9."""
    if not judged.look.is_quoted:
        return
    limit = desk.rules.liquidity.mark_mid_divergence_max_frac
    apart = [quote.instrument.name for quote in judged.look.spread.quotes if _is_apart(quote, limit)]
    if apart:
        trade_id, on = judged.look.trade.trade_id, judged.inputs.now.date().isoformat()
        cards.alert_on_trade(
            tx, desk, trade_id, code="mark-mid", level="warning", key=f"mark-mid:{trade_id}:{on}", facts={"legs": ", ".join(apart), "limit_frac": str(limit)}
        )


def tell_blind(tx: Transaction, desk: Desk, judged: Judgement) -> None:
    """Hard rules that could not be looked at for want of a figure are told once a day: nothing is guarded less in silence. Source: strategy §6, case 7."""
    if judged.decision.reason in UNASKED:
        return
    skipped = [check.code for check in judged.decision.checks if check.code in HARD_RULES and check.verdict is Verdict.NOT_EVALUATED]
    if skipped:
        trade_id, on = judged.look.trade.trade_id, judged.inputs.now.date().isoformat()
        cards.alert_on_trade(tx, desk, trade_id, code="rules-blind", level="warning", key=f"rules-blind:{trade_id}:{on}", facts={"rules": ",".join(skipped)})


def _is_apart(quote: Quote, limit_frac: Decimal) -> bool:
    """True beyond the limit; within one step of the price grid mark and mid cannot agree better."""
    if quote.ask_coin is None or quote.mark_coin is None or quote.mark_coin <= 0:
        return False
    mid_coin, mark_coin = (bid_or_nothing_coin(quote) + quote.ask_coin) / 2, quote.mark_coin
    tick_coin = max((step.tick_coin for step in quote.instrument.ticks if step.above_coin < mark_coin), default=Decimal(0))
    return abs(mid_coin - mark_coin) > max(limit_frac * mark_coin, tick_coin)


def _tell_pause(tx: Transaction, desk: Desk, judged: Judgement) -> None:
    """In the pause nothing can be bought back: said once when a hard rule would have closed, and once a day when a book is shut at another time."""
    decision, trade_id, now = judged.decision, judged.look.trade.trade_id, judged.inputs.now
    held = [check.code for check in decision.checks if check.code in HARD_RULES and check.verdict is Verdict.FAILED]
    causes = _causes(decision)
    if held:
        key, facts = f"pause-held:{trade_id}", {"rules": ",".join(held)}
        cards.alert_on_trade(tx, desk, trade_id, code="pause-held", level="warning", key=key, facts=facts)
    if "book_not_open" in causes and not is_within(now, desk.rules.schedule.settlement_blackout_utc):
        cards.alert_on_trade(tx, desk, trade_id, code="book-shut", level="warning", key=f"book-shut:{trade_id}:{now.date().isoformat()}")


def _causes(decision: ExitDecision) -> Iterable[str]:
    pause = _check_of(decision, ExitReason.BLACKOUT)
    return () if pause is None else pause.cause.split(",")


def _check_of(decision: ExitDecision, reason: ExitReason) -> Check | None:
    return next((check for check in decision.checks if check.code == reason.value), None)


def _tell_bias(tx: Transaction, desk: Desk, judged: Judgement) -> None:
    """Of a condor a rise threatens the calls and a fall the puts; the trade's own bias is told beside the new one."""
    trade, bias = judged.look.trade, judged.inputs.bias_now
    side = OptionType.CALL if bias is Bias.BULL else OptionType.PUT
    facts = {"bias": "" if bias is None else bias.value, "side": side.value, "was_bias": trade.bias.value}
    cards.alert_on_trade(tx, desk, trade.trade_id, code="bias-flip", level="warning", key=f"bias-flip:{trade.trade_id}", facts=facts)
