"""The demo's seed and start keep their promise under the written thresholds."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from engine.config import default_rules
from engine.core.decision import Approved
from engine.core.entry_cycle import EntryDecision, decide_entry
from engine.core.model import Book, MarketSnapshot, Reading, Stage, Wealth
from engine.core.realised import realised_vol_pts, return_frac
from engine.market.synthetic import DEMO_SEED, DEMO_START_AT, SyntheticMarket

BOOK = Book(
    stage=Stage.PAPER,
    is_killed=False,
    is_on_hold=False,
    open_trades=(),
    opened_this_week=0,
    consecutive_losses=0,
    month_pnl_eur=Decimal(0),
    drawdown_eur=Decimal(0),
)


def snapshot_of(market: SyntheticMarket, now: datetime) -> MarketSnapshot:
    closes = tuple((candle.open_at + timedelta(hours=1), candle.close) for candle in market.candles(now - timedelta(days=32), now, t=now))
    dvols = market.dvol_history(now - timedelta(hours=25), now - timedelta(hours=24), t=now)
    rates = market.funding(now - timedelta(hours=168), now, t=now)
    index, fx = market.index_usd(now), market.fx_usd_per_eur(now)
    assert index is not None
    assert fx is not None
    wealth = Wealth(
        wealth_eur=Decimal(20000),
        eth_share_frac=Decimal("0.2"),
        available_funds_eth=Decimal(6000) * fx.value / index.value,
        initial_margin_eth=Decimal(0),
        maintenance_margin_eth=Decimal(0),
    )
    return MarketSnapshot(
        taken_at=now,
        index_usd=index,
        dvol_pts=market.dvol_pts(now),
        dvol_24h_ago_pts=dvols[-1].close,
        trend_30d_frac=return_frac(closes, hours=720, now=now),
        return_7d_frac=return_frac(closes, hours=168, now=now),
        return_24h_frac=return_frac(closes, hours=24, now=now),
        return_4h_frac=return_frac(closes, hours=4, now=now),
        rv10_pts=realised_vol_pts(closes, days=10, now=now),
        rv30_pts=realised_vol_pts(closes, days=30, now=now),
        funding_apr_frac=Reading(value=sum(rate.hourly_frac for rate in rates) / len(rates) * 8760, observed_at=now),
        perp_mark_usd=market.perp_mark_usd(now),
        sentiment=market.sentiment(now),
        fx_usd_per_eur=fx,
        macro=market.macro(now, now + timedelta(days=28), t=now),
        wealth=Reading(value=wealth, observed_at=now),
        venue=market.venue_status(now),
        clock_skew_s=0.0,
        chain=market.chain(now, expiry_from=now + timedelta(days=13), expiry_to=now + timedelta(days=22)),
    )


def decided(market: SyntheticMarket, now: datetime) -> EntryDecision:
    return decide_entry(snapshot_of(market, now), BOOK, default_rules())


def test_the_default_thresholds_let_a_trade_through_at_the_demo_s_first_scan() -> None:
    decision = decided(SyntheticMarket(DEMO_SEED, DEMO_START_AT), DEMO_START_AT + timedelta(minutes=2))

    assert isinstance(decision.outcome, Approved), decision.outcome


def test_the_demo_refuses_as_well_as_it_proposes_over_its_first_five_weeks() -> None:
    start_at = DEMO_START_AT
    market = SyntheticMarket(DEMO_SEED, start_at)
    scans = [start_at + timedelta(days=day, minutes=2) for day in range(35) if (start_at + timedelta(days=day)).weekday() < 5]
    approved = sum(isinstance(decided(market, at).outcome, Approved) for at in scans)
    print(f"{approved} of {len(scans)} scans approved")

    assert 0 < approved < len(scans)
