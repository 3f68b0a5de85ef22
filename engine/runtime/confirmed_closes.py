"""Closes a person confirmed that no card answers for yet: what a stop interrupts is told at the next start and not taken up again.

Rules of this file: a close is noted in the transaction that accepts its word, and struck off in the one in which something else answers for it.
"""

from __future__ import annotations

import json

from engine.runtime import cards
from engine.runtime.desk import Desk
from engine.state.repository import Transaction

KEPT_IN = "closes.confirmed"
"""{number of the audit row that confirmed it: the trades it names}."""


def note(tx: Transaction, number: int, trade_ids: list[int]) -> None:
    """The close that row `number` confirms has begun."""
    _keep(tx, {**_noted(tx), str(number): trade_ids})


def strike_off(tx: Transaction, number: int) -> None:
    """Something else answers for this close from now on."""
    _keep(tx, {key: trade_ids for key, trade_ids in _noted(tx).items() if key != str(number)})


def tell_interrupted(tx: Transaction, desk: Desk) -> None:
    """Whoever confirmed a close before a stop knows what of it is still open."""
    asked = {trade_id for trade_ids in _noted(tx).values() for trade_id in trade_ids}
    if not asked:
        return
    _keep(tx, {})
    left = [trade.trade_id for trade in tx.open_trades() if trade.trade_id in asked]
    tx.audit(actor="engine", type="force_close.interrupted", ref="trades", body={"open": list(left)})
    tell_open(tx, desk, left)


def tell_open(tx: Transaction, desk: Desk, trade_ids: list[int]) -> None:
    """Everybody knows which trades an interrupted close has left open; nothing is told where it has left none."""
    if trade_ids:
        facts = {"ids": ", ".join(f"#{trade_id}" for trade_id in trade_ids)}
        cards.alert(tx, desk, code="close-interrupted", level="critical", key=f"closes:{tx.head().seq}", facts=facts)


def _noted(tx: Transaction) -> dict[str, list[int]]:
    stored = tx.get_meta(KEPT_IN)
    return {} if stored is None else json.loads(stored)


def _keep(tx: Transaction, noted: dict[str, list[int]]) -> None:
    tx.set_meta(KEPT_IN, json.dumps(noted))
