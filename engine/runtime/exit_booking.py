"""How a close is written down: the fill, the end of the trade or of one side of a condor, and the report of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.lifecycle import TradeEvent
from engine.core.model import Strategy
from engine.core.result import TradeResult, added
from engine.execution.orders import CALL_SIDE, COMBO, PUT_SIDE, order_label
from engine.execution.paper import MODELLED, PaperFill
from engine.reporting import fills
from engine.runtime.desk import Desk
from engine.runtime.gather import Gathered
from engine.runtime.positions import Look, exposure_of, paid_before, realised_before
from engine.state.records import Closing, Exposure, NewFill, ProposalRecord, SideClosed, SideClosing, TradeSide
from engine.state.repository import Transaction
from engine.views import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A close about to happen: the card, the market, the fill and who said so; `look` is at the sides to close, `whole` at all that are open.

    `under_kill` is the kill on record when it was ordered; None when there was none.
    """

    record: ProposalRecord
    look: Look
    whole: Look
    gathered: Gathered
    fill: PaperFill
    index_usd: Decimal
    fx_usd_per_eur: Decimal
    epoch: int
    by: Person
    under_kill: int | None

    def is_stopped(self, desk: Desk, tx: Transaction) -> bool:
        """Under KILL only a close that a person ordered under this very kill goes out."""
        return desk.is_killed(tx) and (self.under_kill is None or self.under_kill != desk.kill_switch.recorded_as(tx))

    @property
    def label(self) -> str:
        """The order's name: for look-up, never a licence to send again."""
        return order_label(self.look.trade.trade_id, side="close", proposal_id=self.record.proposal_id, epoch=self.epoch, part=self._part)

    @property
    def left(self) -> tuple[TradeSide, ...]:
        """The sides that stay open."""
        return tuple(side for side in self.look.trade.open_sides if side not in self.look.sides)

    @property
    def _part(self) -> int:
        if not self.left:
            return COMBO
        return PUT_SIDE if self.look.spread.strategy is Strategy.BULL_PUT else CALL_SIDE


def closing(desk: Desk, close: Close, result: TradeResult, *, order_id: int) -> Closing:
    """The end of the trade, with what its other side had cost before."""
    debit_before, fees_before = paid_before(close.look.trade)
    return Closing(
        trade_id=close.look.trade.trade_id,
        event=TradeEvent.CLOSE_FILLED,
        at=desk.now(),
        reason=close.record.reason,
        debit_coin=close.fill.price_coin + debit_before,
        close_fee_coin=close.fill.fee_coin + fees_before,
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
        quantity_eth=close.look.trade.quantity_eth,
        price_coin=close.fill.price_coin,
        mid_at_approval_coin=close.fill.mid_coin,
        slippage_frac=fills.slippage_frac(close.fill.price_coin, close.fill.mid_coin, side="close"),
        fee_coin=close.fill.fee_coin,
        spot_usd=close.index_usd,
        fx_usd_per_eur=close.fx_usd_per_eur,
        source=MODELLED,
    )


def report(desk: Desk, close: Close, result: TradeResult) -> fills.FillReport:
    """What the fill did, as people read it; `result` is that of the sides it closed."""
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
        source=MODELLED,
    )
    done = fills.FilledTrade(
        trade_id=trade.trade_id,
        strategy=trade.strategy,
        family=trade.family,
        sides=close.look.spread.sides,
        expiry_at=trade.expiry_at,
        quantity_eth=trade.quantity_eth,
        max_loss_eur=trade.max_loss_eur,
        reason=close.record.reason,
        pnl_coin=result.pnl_coin,
        pnl_usd=result.pnl_usd,
        pnl_eur=result.pnl_eur,
        left=tuple(side.strikes for side in close.left),
        whole=None if close.left else _whole(close, result),
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
