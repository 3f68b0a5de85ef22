"""The breakers of E19: after a row of losses, a bad month or a deep drawdown a person must look first."""

from __future__ import annotations

from engine.runtime import cards
from engine.runtime.book import read_book
from engine.runtime.desk import Desk
from engine.runtime.waiting_entries import settle_entries
from engine.state.repository import Transaction

BREAKER_HOLDS = ("breaker-losses", "breaker-month", "breaker-drawdown")


def trip(tx: Transaction, desk: Desk) -> None:
    """Every breaker whose limit is reached holds new entries until a person resumes; entry cards that wait are settled."""
    book = read_book(tx, desk.rules.sizing, stage=desk.stage, now=desk.now(), is_killed=False)
    entry, cap = desk.rules.entry, desk.caps.trade_eur
    month_loss_eur = -book.month_pnl_eur
    reached = (
        ("breaker-losses", book.consecutive_losses >= entry.pause_after_consecutive_losses, "losses", str(book.consecutive_losses)),
        ("breaker-month", month_loss_eur >= entry.pause_month_loss_x_trade_cap * cap, "loss_eur", f"{month_loss_eur:.2f}"),
        ("breaker-drawdown", book.drawdown_eur >= entry.pause_drawdown_x_trade_cap * cap, "drawdown_eur", f"{book.drawdown_eur:.2f}"),
    )
    for code, is_reached, fact, value in reached:
        if is_reached and tx.add_hold(code, value if fact == "losses" else f"{value} EUR", desk.now()):
            head = tx.audit(actor="engine", type="hold.set", ref=code, body={fact: value})
            cards.alert(tx, desk, code=code, level="critical", key=f"{code}:{head.seq}", facts={fact: value})
            settle_entries(tx, desk, result="refused", by=None, held_by=code)
