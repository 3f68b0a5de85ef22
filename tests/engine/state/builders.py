"""Plain values for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from engine.core.lifecycle import TradeEvent
from engine.core.model import Bias, Family, OptionType, Strategy, Strikes
from engine.state.records import Closing, NewFill, NewOutgoing, NewTrade, TradeSide
from engine.state.repository import Transaction, new_nonce

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
CHAT, MESSAGE, USER = 4242, 77, "user:4242"


def add_proposal(tx: Transaction, *, kind: str = "entry", expires_at: datetime = LATER, trade_id: int | None = None) -> int:
    return tx.add_proposal(
        kind=kind,
        strategy=Strategy.BULL_PUT,
        reason="entry",
        urgency="none",
        payload_json="{}",
        created_at=NOW,
        expires_at=expires_at,
        trade_id=trade_id,
        max_loss_eur=Decimal("172.50"),
    )


def add_message(
    tx: Transaction,
    key: str,
    *,
    chat_id: int = CHAT,
    priority: int = 5,
    proposal_id: int | None = None,
    is_edit: bool = False,
    not_after_at: datetime | None = None,
) -> int:
    outgoing = NewOutgoing(
        chat_id=chat_id,
        kind="text",
        payload_json="{}",
        dedupe_key=key,
        priority=priority,
        proposal_id=proposal_id,
        is_edit=is_edit,
        not_after_at=not_after_at,
    )
    number = tx.add_outgoing(outgoing)
    if number is None:
        raise LookupError(f"{key} was owed before")
    return number


def send_card(tx: Transaction, proposal_id: int, *, revision: int = 1, chat_id: int = CHAT, key: str | None = None) -> str:
    """A card attempt whose message is not known yet; returns its nonce."""
    nonce = new_nonce()
    outbox_id = add_message(tx, key if key is not None else nonce, chat_id=chat_id, proposal_id=proposal_id)
    tx.add_card_attempt(nonce=nonce, proposal_id=proposal_id, revision=revision, chat_id=chat_id, outbox_id=outbox_id)
    return nonce


def side(option_type: OptionType, short_strike: int, long_strike: int, *, mid_coin: str = "0.0125") -> TradeSide:
    letter = option_type.value[0].upper()
    return TradeSide(
        strikes=Strikes(option_type=option_type, short_strike_usd=Decimal(short_strike), long_strike_usd=Decimal(long_strike)),
        short_instrument=f"ETH-20MAR26-{short_strike}-{letter}",
        long_instrument=f"ETH-20MAR26-{long_strike}-{letter}",
        mid_at_approval_coin=Decimal(mid_coin),
    )


def new_trade(proposal_id: int) -> NewTrade:
    return NewTrade(
        proposal_id=proposal_id,
        strategy=Strategy.BULL_PUT,
        stage="paper",
        family=Family.INVERSE,
        sides=(side(OptionType.PUT, 3200, 3000),),
        expiry_at=datetime(2026, 3, 20, 8, 0, tzinfo=UTC),
        quantity_eth=Decimal("2"),
        mid_at_approval_coin=Decimal("0.0125"),
        max_loss_usd=Decimal("370.10"),
        max_loss_eur=Decimal("340.50"),
        initial_margin_eth=Decimal("0.11"),
        maintenance_margin_eth=Decimal("0.08"),
        spot_open_usd=Decimal("3512.42"),
        fx_open_usd_per_eur=Decimal("1.0871"),
        dvol_entry_pts=61.5,
        short_delta_entry=-0.121,
        net_delta_eth=0.14,
        vega_usd_per_pt=-1.9,
        gamma_usd_per_1pct=-3.2,
        bias=Bias.BULL,
        created_at=NOW,
    )


def fill_of(trade_id: int, *, side: str, order_id: int | None = None, quantity_eth: str = "2", price_coin: str = "0.0120") -> NewFill:
    return NewFill(
        trade_id=trade_id,
        order_id=order_id,
        side=side,
        at=NOW,
        quantity_eth=Decimal(quantity_eth),
        price_coin=Decimal(price_coin),
        mid_at_approval_coin=Decimal("0.0125"),
        slippage_frac=Decimal("0.04"),
        fee_coin=Decimal("0.0006"),
        spot_usd=Decimal("3512.42"),
        fx_usd_per_eur=Decimal("1.0871"),
        source="modelled",
    )


def closing_of(trade_id: int, *, event: TradeEvent, fill: NewFill | None) -> Closing:
    return Closing(
        trade_id=trade_id,
        event=event,
        at=LATER,
        reason="profit_take",
        debit_coin=Decimal("0.0050"),
        close_fee_coin=Decimal("0.0006"),
        pnl_coin=Decimal("0.0116"),
        pnl_usd=Decimal("40.74"),
        pnl_eur=Decimal("37.48"),
        fill=fill,
    )


def open_trade(tx: Transaction) -> int:
    trade_id = tx.add_trade(new_trade(add_proposal(tx)))
    tx.book_open_fill(fill_of(trade_id, side="open"))
    return trade_id
