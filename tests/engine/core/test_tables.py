"""The tables of core, written out a second time: a row that is changed, moved or lost is noticed here."""

from __future__ import annotations

from engine.core.exit_decision import EXIT_RULES
from engine.core.lifecycle import mermaid_proposal
from engine.core.model import ExitAction, ExitUrgency

CLOSE, HOLD = ExitAction.CLOSE, ExitAction.HOLD
NONE, SOFT, HARD = ExitUrgency.NONE, ExitUrgency.SOFT, ExitUrgency.HARD
EXITS = (
    ("X00", "manual", CLOSE, HARD, False),
    ("X01", "settled", ExitAction.SETTLE, NONE, False),
    ("X02", "blackout", HOLD, NONE, False),
    ("X03", "data", HOLD, NONE, False),
    ("X04", "margin", CLOSE, HARD, False),
    ("X05", "stop_loss", CLOSE, HARD, True),
    ("X06", "vol_stop", CLOSE, HARD, True),
    ("X07", "delta_breach", CLOSE, HARD, True),
    ("X08", "adverse_move", CLOSE, HARD, True),
    ("X09", "pin_risk", CLOSE, HARD, True),
    ("X10", "expire", ExitAction.LET_EXPIRE, NONE, False),
    ("X11", "profit_take", CLOSE, SOFT, False),
    ("X12", "time_stop", CLOSE, SOFT, True),
    ("X13", "event_guard", CLOSE, SOFT, True),
    ("X14", "bias_flip", ExitAction.ALERT, NONE, False),
)
"""Number, reason, action, urgency, and whether the row yields when the loss is whole already."""


def test_every_exit_asks_for_its_action_with_its_urgency() -> None:
    assert tuple((rule.number, rule.reason.value, rule.action, rule.urgency, rule.yields_at_max_loss) for rule in EXIT_RULES) == EXITS


def test_every_step_of_a_proposal_leads_where_it_should() -> None:
    assert mermaid_proposal() == (
        "stateDiagram-v2\n"
        "    [*] --> pending\n"
        "    pending --> claimed: claim\n"
        "    pending --> rejected: reject\n"
        "    pending --> expired: expire\n"
        "    pending --> superseded: supersede\n"
        "    pending --> refused: refuse\n"
        "    claimed --> pending: ask_again\n"
        "    claimed --> approved: approve\n"
        "    claimed --> rejected: reject\n"
        "    claimed --> refused: refuse\n"
        "    claimed --> expired: expire\n"
        "    claimed --> superseded: supersede\n"
        "    approved --> executed: execute\n"
        "    approved --> not_placed: not_placed\n"
        "    rejected --> [*]\n"
        "    expired --> [*]\n"
        "    superseded --> [*]\n"
        "    refused --> [*]\n"
        "    executed --> [*]\n"
        "    not_placed --> [*]\n"
    )
