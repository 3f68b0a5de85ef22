"""One afternoon of a believable engine, as the values `engine.views` knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from engine.api import Memory, ServerHealth, ServerSeen
from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.model import Bias, BiasDecision, Family, MacroEvent, NetGreeks, OptionType, Severity, Strategy, Strikes
from engine.views import (
    AuditLine,
    ClosedTradeView,
    DecisionLine,
    EndedTradeView,
    EquityChart,
    ForceCloseQuote,
    HistoryView,
    HoldView,
    LegView,
    MarketChart,
    MarketView,
    NoteLine,
    PayoffChart,
    PendingView,
    PositionView,
    ReplaySummary,
    StatusView,
    TimelineChart,
    TradeStats,
    VerifyView,
    WhyView,
)

NOW = datetime(2026, 11, 9, 14, 5, tzinfo=UTC)
EXPIRY = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
ENV = "PAPER · recorded"
PUTS = (Strikes(option_type=OptionType.PUT, short_strike_usd=Decimal(3200), long_strike_usd=Decimal(3000)),)
CALLS = (Strikes(option_type=OptionType.CALL, short_strike_usd=Decimal(4200), long_strike_usd=Decimal(4400)),)

MEMORIES = (
    Memory(entity="PAPER trade 12", observations=("strategy:bull_put", "dvol:60", "exit:stop_loss", "net_eur:-48.20", "note: too early <b>")),
    Memory(entity="PAPER trade 7", observations=("strategy:bull_put", "exit:profit_take", "net_eur:11.05")),
)

SERVERS = (
    ServerSeen(name="deribit", roles=("deribit",), health=ServerHealth.UP, latency_ms=182.4, missing=(), problem=""),
    ServerSeen(name="hyperliquid", roles=("hyperliquid",), health=ServerHealth.UP, latency_ms=96.0, missing=("get_funding",), problem=""),
    ServerSeen(
        name="macro", roles=("macro",), health=ServerHealth.FAILING, latency_ms=None, missing=(), problem="macro.get_fx: the ECB answered with status 503"
    ),
    ServerSeen(name="sentiment", roles=("sentiment",), health=ServerHealth.DOWN, latency_ms=None, missing=(), problem="the server cannot be reached"),
)

STATUS = StatusView(
    now=NOW,
    version="0.1.0",
    origin="demo",
    stage="paper",
    market="recorded",
    is_dry_run=False,
    is_killed=False,
    kill_reason="",
    holds=(HoldView(code="operator", since_at=NOW - timedelta(hours=2), detail="travelling"),),
    next_jobs=(("monitor", NOW.replace(hour=19, minute=0)), ("digest", NOW + timedelta(hours=17, minutes=25))),
    input_ages_s=(("index", 4.0), ("chain", 61.0), ("dvol", 300.0), ("macro", None)),
    open_trades=2,
    pending=1,
    engaged_eur=Decimal("352.40"),
    cap_total_eur=Decimal(1000),
    outbox_depth=0,
    outbox_oldest_s=None,
    last_poll_s=1.2,
    backup_age_s=11_400.0,
    audit_seq=142,
    audit_hash8="7f3a9c01",
    anchored_seq=140,
    config_fingerprint="c0ffee12",
    is_config_changed=True,
)

PAYOFF = PayoffChart(
    title="#7 ETH bull put 27 Nov 3200/3000",
    env=ENV,
    strategy=Strategy.BULL_PUT,
    spot_usd=3512.4,
    sides=PUTS,
    break_evens_usd=(3160.5,),
    expected_move_usd=(3210.0, 3830.0),
    at_expiry=((2800.0, -170.0), (3000.0, -160.0), (3200.0, 37.0), (3800.0, 40.0)),
    now=((2800.0, -150.0), (3000.0, -110.0), (3200.0, -40.0), (3800.0, 28.0)),
    max_profit_eur=40.4,
    max_loss_eur=172.2,
    expiry_at=EXPIRY,
    as_of=NOW,
    data_age_s=4.0,
    is_modelled=False,
)

TIMELINE = TimelineChart(
    title="#7 ETH bull put 27 Nov 3200/3000",
    env=ENV,
    coin="ETH",
    marks=((NOW - timedelta(days=3), 0.0125), (NOW - timedelta(days=1), 0.0098), (NOW, 0.0071)),
    credit_coin=0.0125,
    profit_take_coin=0.00625,
    stop_loss_coin=0.025,
    opened_at=NOW - timedelta(days=3),
    expiry_at=EXPIRY,
    as_of=NOW,
)

POSITION = PositionView(
    trade_id=7,
    state="open",
    strategy=Strategy.BULL_PUT,
    expiry_at=EXPIRY,
    dte_days=17.75,
    family=Family.INVERSE,
    sides=PUTS,
    quantity_eth=Decimal(1),
    credit_coin=Decimal("0.0125"),
    mark_coin=Decimal("0.0071"),
    natural_coin=Decimal("0.0079"),
    profit_frac=0.432,
    profit_net_frac=0.368,
    pnl_coin=Decimal("0.0048"),
    pnl_usd=Decimal("16.86"),
    pnl_eur=Decimal("14.42"),
    max_loss_eur=Decimal("172.20"),
    short_delta=-0.108,
    otm_frac=0.089,
    spot_usd=Decimal("3512.4"),
    dvol_entry_pts=64.2,
    dvol_pts=61.0,
    opened_at=NOW - timedelta(days=3),
    marked_at=NOW - timedelta(minutes=5),
    greeks=NetGreeks(
        delta_eth=0.041, delta_ntd_eth=0.036, delta_usd=144.0, gamma_usd_per_1pct=-9.1, vega_usd_per_pt=-0.62, theta_usd_per_day=2.31, is_partial=False
    ),
    legs=(
        LegView(
            instrument="ETH-27NOV26-3200-P",
            quantity_eth=Decimal(-1),
            strike_usd=Decimal(3200),
            bid_coin=Decimal("0.0120"),
            ask_coin=Decimal("0.0126"),
            mark_coin=Decimal("0.0123"),
            iv_frac=0.652,
            delta=-0.108,
        ),
        LegView(
            instrument="ETH-27NOV26-3000-P",
            quantity_eth=Decimal(1),
            strike_usd=Decimal(3000),
            bid_coin=Decimal("0.0050"),
            ask_coin=None,
            mark_coin=Decimal("0.0052"),
            iv_frac=None,
            delta=-0.067,
        ),
    ),
    decisions=(
        DecisionLine(decision_id=57, at=NOW - timedelta(hours=7), action="hold", reason="hold"),
        DecisionLine(decision_id=51, at=NOW - timedelta(hours=19), action="close", reason="profit_take"),
    ),
    payoff=PAYOFF,
    timeline=TIMELINE,
)

CONDOR_TRADE = 9
CONDOR = replace(
    POSITION,
    trade_id=CONDOR_TRADE,
    strategy=Strategy.IRON_CONDOR,
    sides=PUTS + CALLS,
    legs=(
        *POSITION.legs,
        LegView(
            instrument="ETH-27NOV26-4200-C",
            quantity_eth=Decimal(-1),
            strike_usd=Decimal(4200),
            bid_coin=Decimal("0.0068"),
            ask_coin=Decimal("0.0074"),
            mark_coin=Decimal("0.0071"),
            iv_frac=0.641,
            delta=0.102,
        ),
        LegView(
            instrument="ETH-27NOV26-4400-C",
            quantity_eth=Decimal(1),
            strike_usd=Decimal(4400),
            bid_coin=Decimal("0.0038"),
            ask_coin=Decimal("0.0043"),
            mark_coin=Decimal("0.0040"),
            iv_frac=0.662,
            delta=0.061,
        ),
    ),
)
"""A second afternoon's trade: an iron condor of both sides."""

LINEAR = replace(
    POSITION,
    trade_id=10,
    family=Family.LINEAR_USDC,
    credit_coin=Decimal("43.90"),
    mark_coin=Decimal("24.94"),
    natural_coin=Decimal("27.75"),
    pnl_coin=Decimal("16.86"),
    legs=tuple(
        replace(leg, instrument=leg.instrument.replace("ETH-", "ETH_USDC-"), bid_coin=bid, ask_coin=ask)
        for leg, bid, ask in zip(POSITION.legs, (Decimal("42.15"), Decimal("17.56")), (Decimal("44.26"), None), strict=True)
    ),
)
"""The same trade in contracts that are quoted in USDC."""

UNMARKED = PositionView(
    trade_id=8,
    state="closing",
    strategy=Strategy.BEAR_CALL,
    expiry_at=EXPIRY,
    dte_days=17.75,
    family=Family.INVERSE,
    sides=CALLS,
    quantity_eth=Decimal(1),
    credit_coin=Decimal("0.0082"),
    mark_coin=None,
    natural_coin=None,
    profit_frac=None,
    profit_net_frac=None,
    pnl_coin=None,
    pnl_usd=None,
    pnl_eur=None,
    max_loss_eur=Decimal("180.20"),
    short_delta=None,
    otm_frac=None,
    spot_usd=None,
    dvol_entry_pts=64.2,
    dvol_pts=None,
    opened_at=NOW - timedelta(hours=1),
    marked_at=None,
    greeks=None,
    legs=(),
    decisions=(),
    payoff=None,
    timeline=None,
)

PENDING = PendingView(
    proposal_id=142,
    kind="entry",
    trade_id=None,
    strategy=Strategy.BULL_PUT,
    reason="bias row 5",
    urgency="none",
    expires_at=NOW + timedelta(minutes=25),
    headline="ETH bull put 27 Nov 3200/3000 · +0.0125 ETH · risk €172",
)

MARKET = MarketView(
    as_of=NOW,
    spot_usd=Decimal("3512.4"),
    forward_usd=Decimal("3531.2"),
    dvol_pts=61.0,
    dvol_change_24h_pts=-1.4,
    rv30_pts=48.2,
    trend_30d_frac=0.083,
    return_24h_frac=-0.0121,
    funding_apr_frac=0.112,
    rr25_pts=-3.1,
    fear_greed=None,
    fx_usd_per_eur=Decimal("1.1693"),
    bias=BiasDecision(bias=Bias.BULL, row=5, strategy=Strategy.BULL_PUT, warnings=("sentiment",)),
    events=(MacroEvent(name="CPI", severity=Severity.HIGH, at=NOW + timedelta(days=3), source="bls.gov"),),
    source="recorded",
    chart=MarketChart(
        env=ENV,
        spot=((NOW - timedelta(days=30), 3240.0), (NOW, 3512.4)),
        dvol=((NOW - timedelta(days=30), 66.0), (NOW, 61.0)),
        trend_from_at=NOW - timedelta(days=30),
        trend_frac=0.083,
        dvol_band_pts=(35.0, 90.0),
        as_of=NOW,
        data_age_s=4.0,
    ),
)

WHY = WhyView(
    decision_id=58,
    at=NOW,
    kind="entry",
    outcome="refused",
    strategy=Strategy.BULL_PUT,
    bias="bull",
    bias_row=5,
    trade_id=None,
    source="carried",
    recorded_at=NOW - timedelta(hours=6),
    checks=(
        Check(rule="E05", code="dvol_min", verdict=Verdict.PASSED, observed=61.0, limit=35, relation=Relation.AT_LEAST, unit=Unit.PTS),
        Check(
            rule="E13",
            code="credit_over_width",
            verdict=Verdict.FAILED,
            observed=Decimal("0.0431"),
            limit=Decimal("0.05"),
            relation=Relation.AT_LEAST,
            unit=Unit.FRAC,
        ),
        Check(rule="E11", code="fear_greed", verdict=Verdict.WARNED, cause="missing"),
        Check(
            rule="L03",
            code="open_interest",
            verdict=Verdict.NOT_EVALUATED,
            limit=Decimal(100),
            relation=Relation.AT_LEAST,
            unit=Unit.ETH,
            subject="ETH-27NOV26-3200-P",
            cause="<b>no</b> open interest",
        ),
    ),
)

STATS = TradeStats(
    closed=14,
    wins=11,
    win_rate=0.7857,
    win_rate_interval=(0.5678, 0.9121),
    break_even_win_rate=0.772,
    net_eur=Decimal("31.20"),
    mean_r=0.012,
    profit_factor=1.08,
    fees_eur=Decimal("18.90"),
    credit_eur=Decimal("402.10"),
)

NO_STATS = TradeStats(
    closed=0,
    wins=0,
    win_rate=None,
    win_rate_interval=None,
    break_even_win_rate=None,
    net_eur=Decimal(0),
    mean_r=None,
    profit_factor=None,
    fees_eur=Decimal(0),
    credit_eur=Decimal(0),
)

HISTORY = HistoryView(
    period="30d",
    stats=STATS,
    trades=tuple(
        ClosedTradeView(
            trade_id=number,
            strategy=Strategy.BULL_PUT if number % 2 else Strategy.BEAR_CALL,
            family=Family.INVERSE,
            opened_at=NOW - timedelta(days=30 - number),
            closed_at=NOW - timedelta(days=20 - number),
            reason="profit_take" if number % 3 else "stop_loss",
            pnl_coin=Decimal("0.0051") if number % 3 else Decimal("-0.0124"),
            pnl_eur=Decimal("15.31") if number % 3 else Decimal("-37.02"),
            r=0.089 if number % 3 else -0.215,
            fees_eur=Decimal("1.35"),
            slippage_frac=0.031 if number % 2 else None,
        )
        for number in range(14, 0, -1)
    ),
)

ENDED = EndedTradeView(
    trade=HISTORY.trades[-3],
    state="closed",
    sides=PUTS,
    expiry_at=EXPIRY,
    quantity_eth=Decimal(1),
    credit_coin=Decimal("0.0125"),
    max_loss_eur=Decimal("172.20"),
    notes=(NoteLine(at=NOW, by="Ada", words="stopped by <b>the</b> fall"),),
)

EQUITY = EquityChart(
    env=ENV,
    points=((NOW - timedelta(days=10), 0.0), (NOW, 45.62)),
    drawdown=((NOW - timedelta(days=10), 0.0), (NOW, -4.1)),
    realised_eur=31.20,
    unrealised_eur=14.42,
    max_drawdown_eur=-37.02,
    closed_trades=14,
    open_trades=2,
    as_of=NOW,
    period="30d",
)

AUDIT = (
    AuditLine(seq=141, at=NOW - timedelta(minutes=6), actor="engine", type="decision.refused", ref="decision 58", summary="E13 credit_over_width"),
    AuditLine(seq=142, at=NOW - timedelta(minutes=5), actor="chat:1001", type="engine.paused", ref="", summary="travelling <soon>"),
)

VERIFIED = VerifyView(
    ok=True,
    rows=142,
    head_seq=142,
    head_hash8="7f3a9c01",
    first_bad_seq=None,
    problem="",
    anchored_seq=140,
    unanchored_rows=2,
    unanchored_s=41.0,
)

REPLAY = ReplaySummary(
    from_at=datetime(2024, 1, 1, tzinfo=UTC),
    to_at=datetime(2026, 6, 30, tzinfo=UTC),
    history="deribit 1h index and DVOL, modelled chains",
    policy="approve",
    scans=640,
    proposed=52,
    opened=50,
    refused=588,
    refusals_by_rule=(("E13", "credit_over_width", 301), ("E09", "bias", 240), ("E04", "macro_high", 120)),
    exits_by_reason=(("profit_take", 31), ("time_stop", 9), ("stop_loss", 8)),
    stats=STATS,
    still_open=2,
    max_drawdown_eur=Decimal("-212.40"),
    modelled_scans=612,
    jobs_run=2410,
    jobs_failed=0,
    equity=EQUITY,
)


def close_quote(trade_id: int, side: OptionType | None = None) -> ForceCloseQuote:
    """A quote whose nonce has the length of the real ones; trade 9 is the condor."""
    whole = PUTS + CALLS if trade_id == CONDOR_TRADE else PUTS
    asked = tuple(each for each in whole if side in (None, each.option_type))
    by_type = {OptionType.PUT: Strategy.BULL_PUT, OptionType.CALL: Strategy.BEAR_CALL}
    return ForceCloseQuote(
        trade_id=trade_id,
        strategy=Strategy.IRON_CONDOR if len(asked) > 1 else by_type[asked[0].option_type],
        family=Family.INVERSE,
        sides=asked,
        cost_mid_coin=Decimal("0.0071"),
        cost_natural_coin=Decimal("0.0079"),
        pnl_mid_eur=Decimal("14.42"),
        pnl_natural_eur=Decimal("11.97"),
        nonce="b7Kx02mQz9Lw4TnA",
        valid_until_at=NOW + timedelta(seconds=60),
    )
