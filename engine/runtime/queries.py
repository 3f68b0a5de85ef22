"""What the desk looks like now: positions, market, waiting cards, equity."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from engine.core.entry_cycle import target_rr25_pts
from engine.core.lifecycle import TradeState
from engine.core.model import Quote
from engine.core.payoff import payoff_terms
from engine.reporting import equity as equity_report
from engine.reporting.payoff import PayoffInputs, payoff, priced_legs, strikes_text
from engine.runtime.desk import Desk
from engine.runtime.exit_proposals import timeline_chart
from engine.runtime.gather import Gathered, gather
from engine.runtime.orchestrator import bias_of
from engine.runtime.payloads import card_of
from engine.runtime.positions import Look, credit_of, exit_evidence, greeks_of, look_at, open_fee_of, unrealised
from engine.runtime.views_of import note_lines, since_of
from engine.state.records import DecisionRecord, ProposalRecord
from engine.state.repository import Transaction
from engine.views import DecisionLine, EquityChart, LegView, MarketChart, MarketView, PayoffChart, PendingView, PositionView

DECISIONS_SHOWN = 8
EVENTS_AHEAD = timedelta(days=21)


async def positions(desk: Desk) -> tuple[PositionView, ...]:
    """Every open trade with a fresh look at its market."""
    async with desk.cycle():
        trades = [t for t in await desk.store.read(lambda tx: tx.open_trades()) if t.state in (TradeState.OPEN, TradeState.CLOSING)]
        if not trades:
            return ()
        gathered = await gather(desk, with_chain=False)
        looks = [await look_at(desk, trade) for trade in trades]
        return await desk.store.read(lambda tx: tuple(position_view(tx, desk, look, gathered) for look in looks))


async def position(desk: Desk, trade_id: int) -> PositionView | None:
    """One open trade; None when there is none of that number."""
    return next((view for view in await positions(desk) if view.trade_id == trade_id), None)


async def market(desk: Desk) -> MarketView:
    """The market with its bias row, the events ahead and the chart of the trend window."""
    async with desk.cycle():
        return market_view(desk, await gather(desk, with_chain=True))


def market_view(desk: Desk, gathered: Gathered) -> MarketView:
    snapshot = gathered.snapshot
    dvol = None if snapshot.dvol_pts is None else snapshot.dvol_pts.value
    forward = None if snapshot.chain is None or not snapshot.chain.quotes else snapshot.chain.quotes[0].forward_usd
    bias = bias_of(snapshot, desk)
    macro = () if snapshot.macro is None else snapshot.macro.value.events
    return MarketView(
        as_of=snapshot.taken_at,
        spot_usd=None if snapshot.index_usd is None else snapshot.index_usd.value,
        forward_usd=forward,
        dvol_pts=dvol,
        dvol_change_24h_pts=None if dvol is None or snapshot.dvol_24h_ago_pts is None else dvol - snapshot.dvol_24h_ago_pts,
        rv30_pts=snapshot.rv30_pts,
        trend_30d_frac=snapshot.trend_30d_frac,
        return_24h_frac=snapshot.return_24h_frac,
        funding_apr_frac=None if snapshot.funding_apr_frac is None else snapshot.funding_apr_frac.value,
        rr25_pts=target_rr25_pts(snapshot, desk.rules),
        fear_greed=None if snapshot.sentiment is None else snapshot.sentiment.value.fear_greed,
        fx_usd_per_eur=None if snapshot.fx_usd_per_eur is None else snapshot.fx_usd_per_eur.value,
        bias=bias,
        events=tuple(event for event in macro if snapshot.taken_at <= event.at <= snapshot.taken_at + EVENTS_AHEAD),
        source="" if snapshot.chain is None else snapshot.chain.source,
        chart=_market_chart(desk, gathered),
    )


async def pending(desk: Desk) -> tuple[PendingView, ...]:
    """Every card that waits for an answer, oldest first."""
    return tuple(_pending(record) for record in await desk.store.read(lambda tx: tx.pending_proposals()))


async def equity(desk: Desk, period: str) -> EquityChart:
    """The curve of the named period with its drawdown."""
    return await desk.store.read(lambda tx: equity_chart(tx, desk, period))


def equity_chart(tx: Transaction, desk: Desk, period: str) -> EquityChart:
    now = desk.now()
    points = [equity_report.EquityPoint(at=r.at, realised_eur=r.realised_eur, unrealised_eur=r.unrealised_eur) for r in tx.equity()]
    frame = equity_report.EquityFrame(
        env=desk.env,
        period=period,
        as_of=now,
        closed_trades=len(tx.closed_trades()),
        open_trades=len([trade for trade in tx.open_trades() if trade.state is TradeState.OPEN]),
        from_at=since_of(period, now),
    )
    return equity_report.equity_chart(points, frame)


def position_view(tx: Transaction, desk: Desk, look: Look, gathered: Gathered) -> PositionView:
    trade, snapshot, spread = look.trade, gathered.snapshot, look.spread
    evidence, result = exit_evidence(look, gathered, desk.rules), unrealised(look, gathered, desk.rules)
    index = None if snapshot.index_usd is None else snapshot.index_usd.value
    decisions = tx.decisions_of_trade(trade.trade_id)[-DECISIONS_SHOWN:]
    return PositionView(
        trade_id=trade.trade_id,
        state=trade.state.value,
        strategy=trade.strategy,
        expiry_at=trade.expiry_at,
        dte_days=evidence.dte_days,
        family=trade.family,
        sides=look.spread.sides,
        quantity_eth=trade.quantity_eth,
        credit_coin=credit_of(look),
        mark_coin=evidence.mark_coin,
        natural_coin=evidence.natural_coin,
        profit_frac=evidence.profit_frac,
        profit_net_frac=evidence.profit_net_frac,
        pnl_coin=None if result is None else result.pnl_coin,
        pnl_usd=None if result is None else result.pnl_usd,
        pnl_eur=None if result is None else result.pnl_eur,
        max_loss_eur=trade.max_loss_eur,
        short_delta=evidence.short_delta,
        otm_frac=evidence.otm_frac,
        spot_usd=index,
        dvol_entry_pts=trade.dvol_entry_pts,
        dvol_pts=None if snapshot.dvol_pts is None else snapshot.dvol_pts.value,
        opened_at=trade.opened_at if trade.opened_at is not None else trade.created_at,
        marked_at=snapshot.taken_at if look.is_quoted else None,
        greeks=None if index is None or not look.is_quoted else greeks_of(look, index),
        legs=tuple(leg for each in spread.verticals for leg in (_leg(each.short, -trade.quantity_eth), _leg(each.long, trade.quantity_eth))),
        decisions=tuple(_line(decision) for decision in decisions),
        notes=note_lines(tx, trade.trade_id),
        payoff=_payoff(desk, look, gathered),
        timeline=timeline_chart(tx, desk, look),
    )


def _leg(quote: Quote, quantity_eth: Decimal) -> LegView:
    return LegView(
        instrument=quote.instrument.name,
        quantity_eth=quantity_eth,
        strike_usd=quote.instrument.strike_usd,
        bid_coin=quote.bid_coin,
        ask_coin=quote.ask_coin,
        mark_coin=quote.mark_coin,
        iv_frac=quote.iv_frac,
        delta=None if quote.greeks is None else quote.greeks.delta,
    )


def _line(decision: DecisionRecord) -> DecisionLine:
    return DecisionLine(decision_id=decision.decision_id, at=decision.at, action=decision.outcome, reason=decision.reason)


def _payoff(desk: Desk, look: Look, gathered: Gathered) -> PayoffChart | None:
    trade, snapshot, legs = look.trade, gathered.snapshot, priced_legs(look.spread)
    index, fx, forward_usd = snapshot.index_usd, snapshot.fx_usd_per_eur, look.spread.shorts[0].forward_usd
    if index is None or fx is None or forward_usd is None or legs is None:
        return None
    quoted_at = min(quote.quoted_at for quote in look.spread.quotes)
    return payoff(
        PayoffInputs(
            title=f"#{trade.trade_id}",
            env=desk.env,
            strategy=trade.strategy,
            terms=payoff_terms(look.spread),
            legs=legs,
            credit_coin=credit_of(look),
            fee_coin=open_fee_of(look),
            quantity_eth=trade.quantity_eth,
            max_loss_eur=trade.max_loss_eur,
            spot_usd=index.value,
            forward_usd=forward_usd,
            fx_usd_per_eur=fx.value,
            atm_iv_frac=legs[0].iv_frac,
            expiry_at=trade.expiry_at,
            as_of=snapshot.taken_at,
            data_age_s=(snapshot.taken_at - quoted_at).total_seconds(),
            is_modelled=any(quote.modelled for quote in look.spread.quotes),
        )
    )


def _market_chart(desk: Desk, gathered: Gathered) -> MarketChart:
    now, window = gathered.snapshot.taken_at, timedelta(days=desk.rules.bias.trend_window_d)
    entry = desk.rules.entry
    last_at = gathered.closes[-1][0] if gathered.closes else now
    return MarketChart(
        env=desk.env,
        spot=gathered.closes,
        dvol=gathered.dvols,
        trend_from_at=now - window,
        trend_frac=gathered.snapshot.trend_30d_frac,
        dvol_band_pts=(entry.dvol_min_pts, entry.dvol_max_pts),
        as_of=now,
        data_age_s=(now - last_at).total_seconds(),
    )


def _pending(record: ProposalRecord) -> PendingView:
    return PendingView(
        proposal_id=record.proposal_id,
        kind=record.kind,
        trade_id=record.trade_id,
        strategy=record.strategy,
        reason=record.reason,
        urgency=record.urgency,
        expires_at=record.expires_at,
        headline=strikes_text(card_of(record).report.sides),
    )
