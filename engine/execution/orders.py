"""What an order is called: a name to look it up by, never a licence to send it again."""

from __future__ import annotations

EPOCH = 0
"""Grows when a store is restored from a backup, so that names given after it can never meet names given before."""


def order_label(trade_id: int, *, side: str, proposal_id: int) -> str:
    """`cb{epoch}-{trade}-{o|c}{leg}-{attempt}`; a proposal is carried out at most once, so its number is the attempt.

    Source: strategy §1.8.
    """
    return f"cb{EPOCH}-{trade_id}-{'o' if side == 'open' else 'c'}0-{proposal_id}"
