"""The daily digest from the store and one look at the market."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from apscheduler.triggers.cron import CronTrigger

from engine.core.checks import fresh_value
from engine.core.lifecycle import TradeState
from engine.core.margin import margin_equity_eth
from engine.core.model import MarketSnapshot
from engine.reporting import daily_digest
from engine.reporting.daily_digest import DailyDigest, DigestLedger
from engine.runtime.desk import Desk
from engine.runtime.gather import Gathered, gather
from engine.runtime.positions import Look, look_at, margin_usage_frac
from engine.runtime.queries import market_view, position_view
from engine.state.records import TradeRecord
from engine.state.repository import Transaction

DAY = timedelta(days=1)


async def build_digest(desk: Desk) -> DailyDigest:
    """The day in figures; the caller holds the desk's cycle."""
    trades = [trade for trade in await desk.store.read(lambda tx: tx.open_trades()) if trade.state is TradeState.OPEN]
    gathered = await gather(desk, with_chain=True)
    looks = tuple([await look_at(desk, trade) for trade in trades])

    def read(tx: Transaction) -> DailyDigest:
        views = [position_view(tx, desk, look, gathered) for look in looks]
        return daily_digest.build(views, market_view(desk, gathered), _ledger(tx, desk, looks, gathered))

    return await desk.store.read(read)


def _inputs(snapshot: MarketSnapshot) -> dict[str, object]:
    return {
        "index_usd": snapshot.index_usd,
        "dvol_pts": snapshot.dvol_pts,
        "funding_apr_frac": snapshot.funding_apr_frac,
        "sentiment": snapshot.sentiment,
        "fx_usd_per_eur": snapshot.fx_usd_per_eur,
        "macro": snapshot.macro,
        "wealth": snapshot.wealth,
        "chain": snapshot.chain,
    }


def _ledger(tx: Transaction, desk: Desk, looks: tuple[Look, ...], gathered: Gathered) -> DigestLedger:
    now, snapshot = desk.now(), gathered.snapshot
    wealth = fresh_value(snapshot.wealth, snapshot.taken_at, desk.rules.freshness_s.portfolio)
    closed = tx.closed_trades()
    runs = {count.outcome: count.count for count in tx.run_counts(now - DAY) if count.job == "monitor"}
    stale = tuple(name for name, reading in _inputs(gathered.snapshot).items() if reading is None)
    return DigestLedger(
        env=desk.env,
        stage=desk.stage.value,
        as_of=now,
        next_at=_next_at(desk, now),
        engaged_eur=sum((trade.max_loss_eur for trade in tx.open_trades()), Decimal(0)),
        cap_total_eur=desk.caps.total_eur,
        day_pnl_eur=_pnl_since(closed, now - DAY),
        month_pnl_eur=_pnl_since(closed, now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)),
        margin_usage_frac=margin_usage_frac(looks, gathered, desk.rules),
        monitor_ok=runs.get("ok", 0),
        monitor_expected=sum(runs.values()),
        stale_inputs=stale,
        pending=len(tx.pending_proposals()),
        closed_trades=len(closed),
        holds=tuple(hold.code for hold in tx.holds()),
        is_killed=desk.is_killed(tx),
        kill_reason=desk.kill_switch.reason(),
        collateral_eth=None if wealth is None else margin_equity_eth(wealth),
        audit_head=tx.head().whole,
    )


def _next_at(desk: Desk, now: datetime) -> datetime:
    due = CronTrigger.from_crontab(desk.rules.schedule.digest_cron, timezone="UTC").get_next_fire_time(None, now + timedelta(seconds=1))
    return datetime.fromtimestamp(due.timestamp(), now.tzinfo)


def _pnl_since(closed: tuple[TradeRecord, ...], since: datetime) -> Decimal:
    return sum((t.pnl_eur for t in closed if t.pnl_eur is not None and t.closed_at is not None and t.closed_at >= since), Decimal(0))
