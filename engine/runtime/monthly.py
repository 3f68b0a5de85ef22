"""The monthly report from the store, and the delivery prices of what nobody entered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.lifecycle import ProposalState, TradeState
from engine.core.payoff import PayoffTerms, payout_coin
from engine.core.result import TradeFlows, trade_result
from engine.notices import EntryCard, MonthlyNotice
from engine.reporting.equity import EquityPoint, drawdown
from engine.reporting.monthly_report import KellyLine, MonthlyLedger, MonthlyReport, MonthTrade, NotEntered, build
from engine.reporting.performance import FillSlip
from engine.reporting.pre_trade import PreTradeReport
from engine.runtime.desk import Desk
from engine.runtime.equity_curve import totals
from engine.runtime.gather import delivery_price
from engine.runtime.kelly import stored_readings
from engine.runtime.notify import Priority, post
from engine.runtime.payloads import card_of
from engine.runtime.publishing import publish
from engine.runtime.stage_record import gates_of, kept_z, measure_z
from engine.runtime.views_of import closed_view, credit_eur
from engine.state.records import ProposalRecord, TradeRecord
from engine.state.repository import Transaction
from engine.views import ClosedTradeView

NOT_ENTERED = (ProposalState.REJECTED, ProposalState.EXPIRED)
INCIDENT_ROWS_MAX = 500
"""More kills or holds than this in one month are told as this many: the report says that something is wrong either way."""

INCIDENTS = ("kill.armed", "hold.set", "anchors.lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month in UTC as [from_at, to_at)."""

    from_at: datetime
    to_at: datetime

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.from_at <= at < self.to_at


def month_of(at: datetime) -> Month:
    """The month that holds the instant."""
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Month(from_at=first, to_at=(first + timedelta(days=32)).replace(day=1))


async def build_monthly(desk: Desk, month: Month) -> MonthlyReport:
    """The month in figures; asks the venue what the options of cards nobody entered were settled at."""
    declined = await desk.store.read(lambda tx: [record for record in tx.proposals() if _is_declined(record, month)])
    not_entered = await _not_entered(desk, declined)
    return await desk.store.read(lambda tx: _report(tx, desk, month, not_entered))


async def send_monthly(desk: Desk) -> None:
    """The report of the month that has just ended is owed to every operator, once, and on its way to the notes."""
    month = month_of(month_of(desk.now()).from_at - timedelta(days=1))
    await measure_z(desk)
    async with desk.cycle():
        report = await build_monthly(desk, month)
        key = f"monthly:{month.from_at.date().isoformat()}"
        await desk.store.write(lambda tx: post(tx, MonthlyNotice(report=report), dedupe_key=key, priority=Priority.DIGEST))
    # Nobody's report or next job waits for a folder of notes.
    desk.spawn(publish(desk, report))


def _is_declined(record: ProposalRecord, month: Month) -> bool:
    return record.kind == "entry" and record.state in NOT_ENTERED and month.holds(record.decided_at)


async def _not_entered(desk: Desk, declined: list[ProposalRecord]) -> NotEntered:
    now, prices, settled = desk.now(), {}, []
    for record in declined:
        card = card_of(record)
        if not isinstance(card, EntryCard) or card.report.expiry_at >= now:
            continue
        expiry_at = card.report.expiry_at
        if expiry_at not in prices:
            prices[expiry_at] = await delivery_price(desk, expiry_at)
        if (price := prices[expiry_at]) is not None:
            settled.append(_would_have_eur(card.report, price))
    states = Counter(record.state for record in declined)
    return NotEntered(
        rejected=states[ProposalState.REJECTED],
        expired=states[ProposalState.EXPIRED],
        settled=len(settled),
        would_have_eur=sum(settled, Decimal(0)),
    )


def _would_have_eur(report: PreTradeReport, delivered_usd: Decimal) -> Decimal:
    owed_coin = payout_coin(PayoffTerms(family=report.family, sides=report.sides), index_usd=delivered_usd)
    flows = TradeFlows(
        family=report.family,
        credit_coin=report.money.credit_mid_coin,
        debit_coin=owed_coin,
        open_fee_coin=report.money.open_fee_coin,
        close_fee_coin=Decimal(0),
        quantity_eth=report.quantity_eth,
    )
    return trade_result(flows, index_usd=delivered_usd, fx_usd_per_eur=report.market.fx_usd_per_eur).pnl_eur


def _report(tx: Transaction, desk: Desk, month: Month, not_entered: NotEntered) -> MonthlyReport:
    own = [record for record in tx.closed_trades() if record.stage == desk.stage.value]
    in_month = [record for record in own if month.holds(record.closed_at)]
    trades = [_month_trade(tx, record) for record in in_month]
    everything = [closed_view(record, tx.fills(record.trade_id)) for record in own]
    ledger = _ledger(tx, desk, month, everything)
    paid_eur = credit_eur(tx, [each.trade for each in trades])
    return build(trades, everything, replace(ledger, credit_eur=paid_eur, not_entered=not_entered))


def _month_trade(tx: Transaction, record: TradeRecord) -> MonthTrade:
    fills = tx.fills(record.trade_id)
    view = closed_view(record, fills)
    slips = tuple(FillSlip(slippage_frac=each.fill.slippage_frac, source=each.fill.source) for each in fills)
    return MonthTrade(trade=view, credit_eur=credit_eur(tx, [view]), slips=slips)


def _ledger(tx: Transaction, desk: Desk, month: Month, everything: list[ClosedTradeView]) -> MonthlyLedger:
    now, runs = desk.now(), [run for run in tx.runs(month.from_at) if month.holds(run.due_at)]
    monitor = [run for run in runs if run.job == "monitor"]
    return MonthlyLedger(
        env=desk.env,
        stage=desk.stage.value,
        month_at=month.from_at,
        as_of=now,
        is_running=month.holds(now),
        credit_eur=Decimal(0),
        max_drawdown_eur=_drawdown_eur(tx, month),
        open_trades=len([trade for trade in tx.open_trades() if trade.state is TradeState.OPEN]),
        unrealised_eur=totals(tx)[1],
        not_entered=NotEntered(rejected=0, expired=0, settled=0, would_have_eur=Decimal(0)),
        kelly=tuple(KellyLine(strategy=strategy, state=kept.state, f_used_frac=kept.f_used_frac) for strategy, kept in stored_readings(tx).items()),
        gates=gates_of(tx, desk.rules.gates, now=now),
        z=kept_z(tx, desk.stage),
        incidents=_incidents(tx, month, failed=len([run for run in runs if run.outcome == "failed"])),
        monitor_ok=len([run for run in monitor if run.outcome == "ok"]),
        monitor_expected=len(monitor),
        fingerprint=desk.fingerprint,
        months=_months(everything, month),
        audit_head=tx.head().whole,
    )


def _drawdown_eur(tx: Transaction, month: Month) -> Decimal:
    """The deepest fall below the highest equity so far, of the month's points."""
    points = [EquityPoint(at=point.at, realised_eur=point.realised_eur, unrealised_eur=point.unrealised_eur) for point in tx.equity()]
    return min((below for at, below in drawdown(points) if month.holds(at)), default=Decimal(0))


def _incidents(tx: Transaction, month: Month, *, failed: int) -> tuple[tuple[str, int], ...]:
    counts = [(code, len([row for row in tx.audit_tail(INCIDENT_ROWS_MAX, code) if month.holds(row.at)])) for code in INCIDENTS]
    return tuple((code, count) for code, count in (*counts, ("job.failed", failed)) if count)


def _months(everything: list[ClosedTradeView], month: Month) -> tuple[datetime, ...]:
    """The other months with trades, newest first."""
    firsts = {month_of(view.closed_at).from_at for view in everything} - {month.from_at}
    return tuple(sorted(firsts, reverse=True))
