"""Whole trades told as text and read as prose; after a wanted change: pytest tests/scenarios/test_golden_trades.py --update-golden."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.scenarios.trades import condors, endings, losers, refusals, winners
from tests.scenarios.trades.hand import Hand
from tests.scenarios.trades.story import Ending, Tale, tell

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "trades"
TALES: dict[str, Tale] = {**winners.TALES, **losers.TALES, **endings.TALES, **refusals.TALES, **condors.TALES}


@pytest.mark.parametrize("name", TALES)
async def test_a_trade_reads_as_its_golden_text_and_ends_as_worked_out_by_hand(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    tale = TALES[name]
    ending = await tell(tale, tmp_path)

    # The facts stand first: a text that tells a wrong trade must not become the golden one.
    assert ended_as(ending) == worked_out(tale)
    assert tale.refused <= ending.refused
    assert (ending.alerts, ending.outcomes) == (tale.alerts, tale.outcomes)
    assert told_rows(ending.text) == list(ending.audit)
    assert told_decisions(ending.text) == ending.decisions
    assert len(re.findall(r"^.{18}message   ", ending.text, re.MULTILINE)) == ending.messages
    assert ending.is_audit_whole
    assert as_written(GOLDEN / f"{name}.txt", ending.text, request) == ending.text


def ended_as(ending: Ending) -> list[tuple[object, ...]]:
    """State, reason and result of every trade as the store has them."""
    return [
        (trade.state.value, trade.close_reason, trade.credit_coin, trade.quantity_eth, trade.pnl_coin, trade.pnl_usd, trade.pnl_eur) for trade in ending.trades
    ]


def worked_out(tale: Tale) -> list[tuple[object, ...]]:
    return [_by_hand(hand) for hand in tale.trades]


def _by_hand(hand: Hand) -> tuple[object, ...]:
    result = (None, None, None) if hand.reason is None else (hand.pnl_coin, hand.pnl_usd, hand.pnl_eur)
    return (hand.state, hand.reason, hand.credit_coin, hand.quantity_eth, *result)


def told_rows(text: str) -> list[tuple[int, str]]:
    """(seq, type) of every audit row the text tells."""
    return [(int(seq), kind) for seq, kind in re.findall(r"^.{18}audit     (\d+) (\S+)", text, re.MULTILINE)]


def told_decisions(text: str) -> int:
    """How many decisions the text tells, a run of equal ones counted in full."""
    spans = re.findall(r"^.{18}decision  (\d+)(?: to (\d+))?", text, re.MULTILINE)
    return sum(int(last) - int(first) + 1 if last else 1 for first, last in spans)


def as_written(path: Path, text: str, request: pytest.FixtureRequest) -> str:
    """The golden text, written anew first when asked to."""
    if request.config.getoption("--update-golden", default=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")
