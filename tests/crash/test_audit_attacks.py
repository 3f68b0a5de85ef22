"""Whoever owns the host rewrites history in eleven ways; the anchors kept elsewhere find every one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.audit_attacks import ROWS, ROWS_HEAVY, UNANCHORED, attack_all


@pytest.mark.parametrize("rows", [ROWS, pytest.param(ROWS_HEAVY, marks=pytest.mark.slow)])
def test_all_eleven_attacks_are_found_from_anchors_kept_elsewhere(tmp_path: Path, rows: int) -> None:
    outcome = attack_all(tmp_path, rows=rows)
    found = [attack.name for attack in outcome.attacks if attack.by_anchors]

    assert outcome.is_untouched_ok
    assert found == [attack.name for attack in outcome.attacks]
    assert len(found) == 11


def test_a_plain_chain_and_a_key_on_the_host_find_one_of_eleven(tmp_path: Path) -> None:
    """The naive designs the anchors are measured against, and the part no anchor has seen yet."""
    outcome = attack_all(tmp_path)

    assert [attack.name for attack in outcome.attacks if attack.by_chain] == ["edit"]
    assert [attack.name for attack in outcome.attacks if attack.by_host_key] == ["edit"]
    assert outcome.unanchored_rows == UNANCHORED
    assert "found of 11" in outcome.table()
