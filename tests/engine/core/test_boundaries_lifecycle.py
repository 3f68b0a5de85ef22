"""Where a diagram of the lifecycle begins."""

from __future__ import annotations

from engine.core.lifecycle import mermaid_proposal


def test_the_proposal_diagram_starts_with_a_pending_card() -> None:
    assert mermaid_proposal().splitlines()[:2] == ["stateDiagram-v2", "    [*] --> pending"]
