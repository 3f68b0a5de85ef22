"""What an order is called: a name to look it up by, never a licence to send it again."""

from __future__ import annotations

COMBO, PUT_SIDE, CALL_SIDE = 0, 1, 2
"""Which part of a trade an order is for: the whole of it, or one side of a condor."""
SHORT_LEG, LONG_LEG = 3, 4
"""One leg by itself, where the venue has no combo of them."""
PREFIX = "cb"
"""What every label of ours begins with."""


def order_label(trade_id: int, *, side: str, proposal_id: int, epoch: int, part: int = COMBO) -> str:
    """`cb{epoch}-{trade}-{o|c}{part}-{attempt}`; a proposal is carried out at most once, so its number is the attempt.

    `epoch` grows when the store is restored from a backup, so that names given after it can never meet names given before.
    Source: strategy §1.8.
    """
    return f"cb{epoch}-{trade_id}-{'o' if side == 'open' else 'c'}{part}-{proposal_id}"


def venue_label(intent_label: str, *, part: int, attempt: int) -> str:
    """The name of one order at the venue: its intent's, with the leg and a number of its own, so that no two orders share one.

    `cb0-5-o0-12` sent for the second time as its long leg is `cb0-5-o4-12.2`.
    """
    head, _, proposal_id = intent_label.rpartition("-")
    return f"{head[:-1]}{part}-{proposal_id}.{attempt}"
