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
    entry, cap, losses, month_loss_eur = desk.rules.entry, desk.caps.trade_eur, book.consecutive_losses, -book.month_pnl_eur
    month_max_eur, drawdown_max_eur = entry.pause_month_loss_x_trade_cap * cap, entry.pause_drawdown_x_trade_cap * cap
    losses_max = entry.pause_after_consecutive_losses
    reached = (
        ("breaker-losses", losses >= losses_max, "losses", f"{losses}", f"{losses_max} n"),
        ("breaker-month", month_loss_eur >= month_max_eur, "loss_eur", f"{month_loss_eur:.2f}", f"{month_max_eur:.2f} eur"),
        ("breaker-drawdown", book.drawdown_eur >= drawdown_max_eur, "drawdown_eur", f"{book.drawdown_eur:.2f}", f"{drawdown_max_eur:.2f} eur"),
    )
    for code, is_reached, fact, value, limit in reached:
        if is_reached and tx.add_hold(code, f"{value} >= {limit}", desk.now()):
            head = tx.audit(actor="engine", type="hold.set", ref=code, body={fact: value})
            cards.alert(tx, desk, code=code, level="critical", key=f"{code}:{head.seq}", facts={fact: value})
            settle_entries(tx, desk, result="refused", by=None, held_by=code)
