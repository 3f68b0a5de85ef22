"""What is ordered for the whole book at once, noted where the fake engine notes its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from engine.core.model import Family, Strategy
from engine.views import ActionResult, CloseAllQuote, ClosePrice, CloseSum, Person, Tap, WorkingOrderView
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


def working(trade_id: int, *, is_opening: bool, filled: str, limit: str | None) -> WorkingOrderView:
    """An order of the afternoon."""
    return WorkingOrderView(
        trade_id=trade_id,
        proposal_id=135 + trade_id,
        is_opening=is_opening,
        strategy=Strategy.BULL_PUT,
        family=Family.INVERSE,
        sides=fake_views.PUTS,
        expiry_at=fake_views.POSITION.expiry_at,
        quantity_eth=Decimal(2),
        filled_eth=Decimal(filled),
        limit_coin=None if limit is None else Decimal(limit),
        since_at=fake_views.NOW - timedelta(seconds=70),
        nonce=NONCE,
    )


WORKING = (working(7, is_opening=False, filled="0.5", limit="0.0079"), working(12, is_opening=True, filled="0", limit=None))


class FakeHand:
    """Set `quote` to change what is open and what it costs, `working` what works at the exchange."""

    def __init__(self, note: Callable[[str, object], None]) -> None:
        self._note = note
        self.quote = QUOTE
        self.working = WORKING

    async def quote_all(self, by: Person) -> CloseAllQuote:
        self._note("quote_all", by)
        return self.quote

    async def close_all(self, tap: Tap) -> ActionResult:
        self._note("close_all", tap)
        return ActionResult(code="close-all-started", ok=True, facts={"ids": "#7, #9"})

    async def working_orders(self, by: Person) -> tuple[WorkingOrderView, ...]:
        self._note("working_orders", by)
        return self.working

    async def cancel(self, by: Person, trade_id: int) -> ActionResult:
        self._note("cancel", (by, trade_id))
        return ActionResult(code="cancel-started", ok=True, facts={"id": str(trade_id)})

    async def cancel_tapped(self, tap: Tap) -> ActionResult:
        self._note("cancel_tapped", tap)
        return ActionResult(code="cancel-started", ok=True, facts={"id": str(tap.proposal_id)})
