"""The approval protocol against everything that may happen to it, and the naive variants of it that must not survive that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.crash.protocol.mutants import MUTANTS, judge
from tests.crash.protocol_model import BATCHES, BATCHES_HEAVY, run_model

TRADED = frozenset({"entry.approved", "exit.approved", "trade.opened", "trade.closed", "tap.refused", "access.refused", "kill.armed", "kill.disarmed"})
"""What a run of any size has to meet: a model that never trades proves nothing."""

LIVED_THROUGH = TRADED | {
    "entry.proposed",
    "exit.proposed",
    "tap.accepted",
    "card.asked_again",
    "card.given_back",
    "card.rejected",
    "card.refused",
    "card.expired",
    "card.killed",
    "card.superseded",
    "card.not_placed",
    "card.postponed",
    "force_close.confirmed",
    "force_close.refused",
    "hold.set",
    "hold.lifted",
    "manual.approve",
    "manual.force_close",
    "trade.settled",
}


@pytest.mark.parametrize(("batches", "met"), [(BATCHES, TRADED), pytest.param(BATCHES_HEAVY, LIVED_THROUGH, marks=pytest.mark.slow)])
def test_no_law_is_broken_whatever_happens(batches: int, met: frozenset[str]) -> None:
    tally = run_model(batches)

    assert met - set(tally.rows) == set()
    assert min(tally.crashes, tally.failures) > 0


@pytest.mark.parametrize("name", [pytest.param(mutant.name, marks=[] if mutant.is_quick else pytest.mark.slow) for mutant in MUTANTS])
def test_the_naive_variant_breaks_a_law(name: str) -> None:
    assert judge(name, batches_max=BATCHES_HEAVY).law


def test_every_naive_variant_changes_exactly_what_it_names() -> None:
    """A variant whose text has gone from the product would be the product itself."""
    edits = [edit for mutant in MUTANTS for edit in mutant.edits]

    assert [edit for edit in edits if source(edit.module).read_text(encoding="utf-8").count(edit.old) != 1] == []
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def source(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")
