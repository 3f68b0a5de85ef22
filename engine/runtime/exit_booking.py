"""How a close is written down: the fill, the end of the trade or of one side of a condor, and the report of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.core.lifecycle import ProposalEvent, TradeEvent
from engine.core.model import Strategy
from engine.core.result import TradeResult, added, trade_result
from engine.core.spread_prices import combo_tick_coin, round_up_to_tick
from engine.execution.orders import CALL_SIDE, COMBO, PUT_SIDE, order_label
from engine.execution.paper import PaperFill
from engine.execution.permission import MODELLED
from engine.notices import FillNotice, OutcomeKind
from engine.reporting import fills
from engine.reporting.payoff import strikes_text
from engine.runtime import breakers, cards
from engine.runtime.desk import Desk
from engine.runtime.equity_curve import record_equity
from engine.runtime.gather import Gathered
from engine.runtime.notify import Priority, post
from engine.runtime.positions import Look, exposure_of, flows_of, paid_before, realised_before
from engine.state.records import Closing, Exposure, NewFill, OrderRecord, ProposalRecord, SideClosed, SideClosing, TradeRecord, TradeSide
from engine.state.repository import Json, Transaction
from engine.views import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A close about to happen: the card, the market, the fill and who said so; `look` is at the sides to close, `whole` at all that are open.

    `under_kill` is the kill on record when it was ordered; None when there was none. `quantity_eth` is what this close is for,
    `earlier` are the parts of the trade that were bought back before it.
    """

    record: ProposalRecord
    look: Look
    whole: Look
    gathered: Gathered
    fill: PaperFill
    index_usd: Decimal
    fx_usd_per_eur: Decimal
    epoch: int
    by: Person | None
    under_kill: int | None
    quantity_eth: Decimal
    earlier: tuple[NewFill, ...] = ()
    source: str = MODELLED

    def is_stopped(self, desk: Desk, tx: Transaction) -> bool:
        """Under KILL only a close that a person ordered under this very kill goes out."""
        return desk.is_killed(tx) and (self.under_kill is None or self.under_kill != desk.kill_switch.recorded_as(tx))

    @property
    def actor(self) -> str:
        """Who ordered it, as the chain names them."""
        return "engine" if self.by is None else cards.actor_of(self.by)

    @property
    def label(self) -> str:
        """The order's name: for look-up, never a licence to send again."""
        return order_label(self.look.trade.trade_id, side="close", proposal_id=self.record.proposal_id, epoch=self.epoch, part=self._part)

    @property
    def debit_coin(self) -> Decimal:
        """What buying back the whole size cost per 1 ETH, parts that went before included."""
        return self._over_all(self.fill.price_coin, [fill.price_coin for fill in self.earlier])

    @property
    def fee_coin(self) -> Decimal:
        """The closing fees of the whole size per 1 ETH, parts that went before included."""
        return self._over_all(self.fill.fee_coin, [fill.fee_coin for fill in self.earlier])

    def _over_all(self, last_coin: Decimal, earlier_coin: Sequence[Decimal]) -> Decimal:
        if not self.earlier:
            return last_coin
        before = sum((price * fill.quantity_eth for price, fill in zip(earlier_coin, self.earlier, strict=True)), Decimal(0))
        return (before + last_coin * self.quantity_eth) / self.look.trade.quantity_eth

    @property
    def left(self) -> tuple[TradeSide, ...]:
        """The sides that stay open."""
        return tuple(side for side in self.look.trade.open_sides if side not in self.look.sides)

    @property
    def _part(self) -> int:
        if not self.left:
            return COMBO
        return PUT_SIDE if self.look.spread.strategy is Strategy.BULL_PUT else CALL_SIDE


def book(tx: Transaction, desk: Desk, close: Close, *, order_id: int) -> None:
    """The fill, the result, the card's ending and the message stand together."""
    record, trade, fill = close.record, close.look.trade, close.fill
    flows = flows_of(close.look, debit_coin=close.debit_coin, close_fee_coin=close.fee_coin)
    result = trade_result(flows, index_usd=close.index_usd, fx_usd_per_eur=close.fx_usd_per_eur)
    if close.left:
        tx.book_side_close(side_closed(desk, close, result, order_id=order_id))
    else:
        tx.book_close(closing(desk, close, added([*realised_before(trade), result]), order_id=order_id))
    told = report(desk, close, result)
    _tell(tx, desk, close, told, order_id=order_id)
    tx.audit(
        actor="engine",
        type="trade.side_closed" if close.left else "trade.closed",
        ref=f"trade:{trade.trade_id}",
        body={
            "reason": record.reason,
            "strikes": strikes_text(close.look.spread.sides),
            "debit_coin": str(fill.price_coin),
            "fee_coin": str(fill.fee_coin),
            "pnl_coin": str(result.pnl_coin),
            "pnl_eur": str(result.pnl_eur),
            "source": close.source,
            **_whole_of(told),
        },
    )
    record_equity(tx, desk.now())
    breakers.trip(tx, desk)


def book_part(tx: Transaction, desk: Desk, close: Close, *, order_id: int) -> None:
    """A part is bought back, the rest is open as before, and a person knows both."""
    tx.book_part_close(_new_fill(desk, close, order_id=order_id))
    _tell(tx, desk, close, report(desk, close, None), order_id=order_id)
    body: dict[str, Json] = {
        "reason": close.record.reason,
        "quantity_eth": str(close.quantity_eth),
        "left_eth": str(tx.left_eth(close.look.trade)),
        "debit_coin": str(close.fill.price_coin),
        "fee_coin": str(close.fill.fee_coin),
        "source": close.source,
    }
    tx.audit(actor="engine", type="trade.part_closed", ref=f"trade:{close.look.trade.trade_id}", body=body)


def not_closed(tx: Transaction, desk: Desk, order: OrderRecord, *, by: Person | None, result: OutcomeKind, note: str = "", next_id: int | None = None) -> None:
    """The order ended without a fill: the trade is open as before and its card says so."""
    tx.settle_order(order.order_id, "not_placed", now=desk.now())
    tx.move_trade(order.trade_id, TradeEvent.CLOSE_FAILED)
    cards.settle(tx, desk, order.proposal_id, cards.Ending(event=ProposalEvent.NOT_PLACED, result=result, by=by, note=note, next_id=next_id))


def parts_before(tx: Transaction, trade: TradeRecord) -> tuple[NewFill, ...]:
    """The parts of a trade of one side that were bought back before."""
    return tuple(record.fill for record in tx.fills(trade.trade_id) if record.fill.side == "close") if len(trade.sides) == 1 else ()


def cap_coin(desk: Desk, close: Close) -> Decimal:
    """The most that is ever paid for a spread: what its widths are worth, on tick."""
    spread = close.look.spread
    widths_usd = sum((vertical.width_usd for vertical in spread.verticals), Decimal(0))
    return round_up_to_tick(spread.family.coin_of_usd(widths_usd, index_usd=close.index_usd), combo_tick_coin(spread, desk.rules.execution))


def _tell(tx: Transaction, desk: Desk, close: Close, told: fills.FillReport, *, order_id: int) -> None:
    number = close.record.proposal_id
    cards.settle(tx, desk, number, cards.Ending(event=ProposalEvent.EXECUTE, result="executed", by=close.by, fill=told))
    post(tx, FillNotice(report=told), dedupe_key=f"fill:{order_id}", priority=Priority.ANSWER, proposal_id=number)


def _whole_of(report: fills.FillReport) -> dict[str, Json]:
    """A condor's end in the audit row: the strikes and figures before it are this side's, these the whole trade's."""
    whole = report.whole
    if whole is None:
        return {}
    return {
        "earlier_strikes": strikes_text(whole.earlier),
        "earlier_pnl_coin": str(whole.earlier_pnl_coin),
        "earlier_pnl_eur": str(whole.earlier_pnl_eur),
        "trade_pnl_coin": str(whole.pnl_coin),
        "trade_pnl_eur": str(whole.pnl_eur),
    }


def closing(desk: Desk, close: Close, result: TradeResult, *, order_id: int) -> Closing:
    """The end of the trade, with what its other side had cost before."""
    debit_before, fees_before = paid_before(close.look.trade)
    return Closing(
        trade_id=close.look.trade.trade_id,
        event=TradeEvent.CLOSE_FILLED,
        at=desk.now(),
        reason=close.record.reason,
        debit_coin=close.debit_coin + debit_before,
        close_fee_coin=close.fee_coin + fees_before,
        pnl_coin=result.pnl_coin,
        pnl_usd=result.pnl_usd,
        pnl_eur=result.pnl_eur,
        fill=_new_fill(desk, close, order_id=order_id),
    )


def side_closed(desk: Desk, close: Close, result: TradeResult, *, order_id: int) -> SideClosed:
    """One side is done; the other goes on as a vertical with its own share of the credit."""
    ended = SideClosing(
        at=desk.now(),
        debit_coin=close.fill.price_coin,
        close_fee_coin=close.fill.fee_coin,
        pnl_coin=result.pnl_coin,
        pnl_usd=result.pnl_usd,
        pnl_eur=result.pnl_eur,
    )
    return SideClosed(
        trade_id=close.look.trade.trade_id,
        option_type=close.look.spread.verticals[0].option_type,
        closing=ended,
        fill=_new_fill(desk, close, order_id=order_id),
        left=_exposure_left(close),
    )


def _exposure_left(close: Close) -> Exposure:
    """Margins and Greeks without the closed side; where the market does not tell, what the trade had is kept, which is more."""
    trade = close.look.trade
    rest = close.whole.only({side.strikes.option_type for side in close.left})
    known = exposure_of(rest, close.gathered)
    if known is not None:
        return known
    return Exposure(
        initial_margin_eth=trade.initial_margin_eth,
        maintenance_margin_eth=trade.maintenance_margin_eth,
        net_delta_eth=trade.net_delta_eth,
        vega_usd_per_pt=trade.vega_usd_per_pt,
        gamma_usd_per_1pct=trade.gamma_usd_per_1pct,
    )


def _new_fill(desk: Desk, close: Close, *, order_id: int) -> NewFill:
    return NewFill(
        trade_id=close.look.trade.trade_id,
        order_id=order_id,
        side="close",
        at=desk.now(),
        quantity_eth=close.quantity_eth,
        price_coin=close.fill.price_coin,
        mid_at_approval_coin=close.fill.mid_coin,
        slippage_frac=fills.slippage_frac(close.fill.price_coin, close.fill.mid_coin, side="close"),
        fee_coin=close.fill.fee_coin,
        spot_usd=close.index_usd,
        fx_usd_per_eur=close.fx_usd_per_eur,
        source=close.source,
    )


def report(desk: Desk, close: Close, result: TradeResult | None) -> fills.FillReport:
    """What the fill did, as people read it; `result` is that of the sides it closed, None while a part of them stays open."""
    trade = close.look.trade
    order = fills.FilledOrder(
        proposal_id=close.record.proposal_id,
        side="close",
        label=close.label,
        at=desk.now(),
        price_coin=close.fill.price_coin,
        mid_at_approval_coin=close.fill.mid_coin,
        fee_coin=close.fill.fee_coin,
        spot_usd=close.index_usd,
        fx_usd_per_eur=close.fx_usd_per_eur,
        source=close.source,
    )
    done = fills.FilledTrade(
        trade_id=trade.trade_id,
        strategy=trade.strategy,
        family=trade.family,
        sides=close.look.spread.sides,
        expiry_at=trade.expiry_at,
        quantity_eth=close.quantity_eth,
        max_loss_eur=trade.max_loss_eur,
        reason=close.record.reason,
        pnl_coin=None if result is None else result.pnl_coin,
        pnl_usd=None if result is None else result.pnl_usd,
        pnl_eur=None if result is None else result.pnl_eur,
        left=tuple(side.strikes for side in (trade.open_sides if result is None else close.left)),
        whole=None if close.left or result is None else _whole(close, result),
    )
    return fills.build(order, done, env=desk.env)


def _whole(close: Close, result: TradeResult) -> fills.WholeTrade | None:
    """The trade with what its other side had made; None for a trade that ends at once."""
    trade = close.look.trade
    before = realised_before(trade)
    if not before:
        return None
    earlier, total = added(before), added([*before, result])
    return fills.WholeTrade(
        earlier=tuple(side.strikes for side in trade.sides if side.closing is not None),
        earlier_pnl_coin=earlier.pnl_coin,
        earlier_pnl_eur=earlier.pnl_eur,
        pnl_coin=total.pnl_coin,
        pnl_eur=total.pnl_eur,
        r=fills.r_of(total.pnl_eur, trade.max_loss_eur),
    )
