"""The breakers of E19: after a row of losses, a bad month or a deep drawdown a person must look first."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.model import Book
from engine.core.rules import StrategyRules
from engine.runtime import cards
from engine.runtime.book import read_book
from engine.runtime.desk import Desk
from engine.runtime.waiting_entries import settle_entries
from engine.state.repository import Transaction

BREAKER_HOLDS = ("breaker-losses", "breaker-month", "breaker-drawdown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """A limit that is reached: the hold it sets, what was counted, and both figures as text."""

    code: str
    fact: str
    value: str
    limit: str


def trip(tx: Transaction, desk: Desk) -> None:
    """Every breaker whose limit is reached holds new entries until a person resumes; entry cards that wait are settled."""
    book = read_book(tx, desk.rules.sizing, stage=desk.stage, now=desk.now(), is_killed=False)
    for breaker in reached_breakers(book, desk.rules):
        if tx.add_hold(breaker.code, f"{breaker.value} >= {breaker.limit}", desk.now()):
            head = tx.audit(actor="engine", type="hold.set", ref=breaker.code, body={breaker.fact: breaker.value})
            facts = {breaker.fact: breaker.value}
            cards.alert(tx, desk, code=breaker.code, level="critical", key=f"{breaker.code}:{head.seq}", facts=facts)
            settle_entries(tx, desk, result="refused", by=None, held_by=breaker.code)


def reached_breakers(book: Book, rules: StrategyRules) -> tuple[Breaker, ...]:
    """The breakers of E19 that this book trips."""
    entry, cap, losses, month_loss_eur = rules.entry, rules.caps_of(book.stage).trade_eur, book.consecutive_losses, -book.month_pnl_eur
    month_max_eur, drawdown_max_eur = entry.pause_month_loss_x_trade_cap * cap, entry.pause_drawdown_x_trade_cap * cap
    losses_max = entry.pause_after_consecutive_losses
    reached = (
        (losses >= losses_max, Breaker(code="breaker-losses", fact="losses", value=f"{losses}", limit=f"{losses_max} n")),
        (month_loss_eur >= month_max_eur, Breaker(code="breaker-month", fact="loss_eur", value=f"{month_loss_eur:.2f}", limit=f"{month_max_eur:.2f} eur")),
        (
            book.drawdown_eur >= drawdown_max_eur,
            Breaker(code="breaker-drawdown", fact="drawdown_eur", value=f"{book.drawdown_eur:.2f}", limit=f"{drawdown_max_eur:.2f} eur"),
        ),
    )
    return tuple(breaker for is_reached, breaker in reached if is_reached)
