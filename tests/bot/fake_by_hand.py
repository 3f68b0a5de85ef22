"""What is ordered for the whole book at once, noted where the fake engine notes its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from engine.core.model import Family, Strategy
from engine.views import ActionResult, CloseAllQuote, ClosePrice, CloseSum, Person, Tap
from tests.bot import fake_views

NONCE = "b7Kx02mQz9Lw4TnA"
PAUSED = ActionResult(code="paused", ok=True, facts={"reason": "/force_close all", "settled": "1"})
PRICES = (
    ClosePrice(
        trade_id=7,
        strategy=Strategy.BULL_PUT,
        family=Family.INVERSE,
        sides=fake_views.PUTS,
        quantity_eth=Decimal(2),
        cost_mid_coin=Decimal("0.0142"),
        cost_natural_coin=Decimal("0.0158"),
        pnl_mid_eur=Decimal("14.42"),
        pnl_natural_eur=Decimal("11.97"),
    ),
    ClosePrice(
        trade_id=fake_views.CONDOR_TRADE,
        strategy=Strategy.IRON_CONDOR,
        family=Family.INVERSE,
        sides=fake_views.PUTS + fake_views.CALLS,
        quantity_eth=Decimal("0.5"),
        cost_mid_coin=Decimal("0.0061"),
        cost_natural_coin=None,
        pnl_mid_eur=Decimal("-3.10"),
        pnl_natural_eur=None,
    ),
)
QUOTE = CloseAllQuote(
    prices=PRICES,
    sums=(CloseSum(coin="ETH", mid_coin=Decimal("0.0203"), natural_coin=None),),
    pnl_mid_eur=Decimal("11.32"),
    pnl_natural_eur=None,
    unpriced_ids=(8,),
    busy_ids=(10, 11),
    paused=PAUSED,
    nonce=NONCE,
    valid_until_at=fake_views.NOW + timedelta(seconds=60),
)


class FakeHand:
    """Set `quote` to change what is open and what it costs."""

    def __init__(self, note: Callable[[str, object], None]) -> None:
        self._note = note
        self.quote = QUOTE

    async def quote_all(self, by: Person) -> CloseAllQuote:
        self._note("quote_all", by)
        return self.quote

    async def close_all(self, tap: Tap) -> ActionResult:
        self._note("close_all", tap)
        return ActionResult(code="close-all-started", ok=True, facts={"ids": "#7, #9"})
