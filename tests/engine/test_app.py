"""What the composition root decides by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.app import MarketPlan, origin_of
from engine.home import home_at


@pytest.mark.parametrize(
    ("servers", "origin"),
    [
        (None, "real"),
        (("sim",), "demo"),
        (("deribit", "sim"), "demo"),
        (("deribit", "macro"), "real"),
    ],
)
def test_a_store_is_real_only_when_nothing_behind_it_is_simulated(tmp_path: Path, servers: tuple[str, ...] | None, origin: str) -> None:
    home = home_at(tmp_path)
    if servers is not None:
        home.mcp_json.write_text(json.dumps({"mcpServers": {name: {"command": "true"} for name in servers}}), encoding="utf-8")

    assert origin_of(MarketPlan(), home) == origin
