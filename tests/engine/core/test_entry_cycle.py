"""The steps of an entry in their order, from one snapshot to one answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.decision import Approved, Refused
from engine.core.entry_cycle import Pair, decide_entry, target_rr25_pts
from engine.core.model import Bias, Strategy

from .builders import RULES, WEALTH, book, chain, dec, read, snapshot

SHOWN = Pair(strategy=Strategy.BULL_PUT, short="ETH-20MAR26-1750-P", long="ETH-20MAR26-1650-P")


def reasons(outcome) -> set[str]:
    return {check.code for check in outcome.checks if check.blocks}


def test_a_calm_market_gives_a_proposal_of_a_definite_size() -> None:
    decision = decide_entry(snapshot(), book(), RULES)

    assert decision.bias.bias is Bias.BULL
    assert isinstance(decision.outcome, Approved)
    assert decision.outcome.value.sizing.quantity_eth == 2


def test_the_pair_a_person_was_shown_is_judged_again() -> None:
    fresh, again = decide_entry(snapshot(), book(), RULES), decide_entry(snapshot(), book(), RULES, pair=SHOWN)

    assert again.outcome.value.candidate == fresh.outcome.value.candidate
    assert again.outcome.value.combo == fresh.outcome.value.combo


def test_a_shown_pair_is_not_exchanged_for_a_better_one() -> None:
    other = replace(SHOWN, long="ETH-20MAR26-1600-P")
    decision = decide_entry(snapshot(), book(), RULES, pair=other)

    assert isinstance(decision.outcome, Approved)
    assert [leg.instrument for leg in decision.outcome.value.combo.legs] == [other.short, other.long]


def test_a_leg_that_is_no_longer_quoted_refuses() -> None:
    outcome = decide_entry(snapshot(), book(), RULES, pair=replace(SHOWN, long="ETH-20MAR26-1-P")).outcome

    assert isinstance(outcome, Refused)
    assert {"leg_quoted", "strikes_found"} <= reasons(outcome)


@pytest.mark.parametrize("changes", [{"index_usd": None}, {"chain": chain(quotes=tuple(replace(quote, ask_coin=None) for quote in chain().quotes))}])
def test_a_pair_without_prices_refuses(changes) -> None:
    outcome = decide_entry(snapshot(**changes), book(), RULES, pair=SHOWN).outcome

    assert isinstance(outcome, Refused)
    assert "spread_priced" in reasons(outcome)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"chain": None}, "chain_age"),
        ({"trend_30d_frac": 0.0}, "bias"),
        ({"chain": chain(quotes=())}, "no_expiry"),
        ({"wealth": read(replace(WEALTH, available_funds_eth=dec("0.1")))}, "size_zero"),
        ({"wealth": None}, "portfolio_age"),
    ],
)
def test_a_step_that_says_no_is_told_with_all_the_rest(changes, reason: str) -> None:
    outcome = decide_entry(snapshot(**changes), book(), RULES).outcome

    assert isinstance(outcome, Refused)
    assert reason in reasons(outcome)
    assert {f"E{number:02d}" for number in range(1, 20)} <= {check.rule for check in outcome.checks}


def test_the_risk_reversal_is_read_at_the_expiry_an_entry_would_use() -> None:
    assert target_rr25_pts(snapshot(), RULES) == pytest.approx(0.0)
    assert target_rr25_pts(snapshot(chain=None), RULES) is None
    assert target_rr25_pts(snapshot(chain=chain(quotes=())), RULES) is None
