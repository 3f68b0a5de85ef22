"""A simulated server as a child process or over HTTP: `python -m tests.engine.clients.sim_child [port]`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal

from engine.core.rules import PaperAccountRules
from engine.market.synthetic import SyntheticMarket
from engine.servers.sim import run_sim

NOW = datetime(2026, 9, 7, 14, 0, tzinfo=UTC)
ACCOUNT = PaperAccountRules(wealth_eur=Decimal(20000), eth_share_frac=Decimal("0.20"), exchange_share_frac=Decimal("0.30"))

if __name__ == "__main__":
    market = SyntheticMarket(7, NOW)
    if len(sys.argv) > 1:
        run_sim(market, lambda: NOW, ACCOUNT, transport="http", port=int(sys.argv[1]))
    else:
        run_sim(market, lambda: NOW, ACCOUNT)
