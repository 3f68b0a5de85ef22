"""One trade with round figures, from proposal to settlement, for every message to be shown with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from engine.config import default_rules
from engine.core.combo_builder import build as build_combo
from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.economics import spread_economics
from engine.core.exit_decision import evaluate
from engine.core.greeks_aggregator import aggregate, spread_legs
from engine.core.model import (
    Bias,
    BiasDecision,
    Binding,
    Book,
    Candidate,
    Chain,
    ExitInputs,
    Family,
    Greeks,
    Instrument,
    MacroCalendar,
    MacroEvent,
    MarketSnapshot,
    OpenTrade,
    OptionType,
    Proposal,
    Quote,
    Reading,
    Sentiment,
    Severity,
    Sizing,
    Spread,
    Stage,
    Strategy,
    Strikes,
    TickStep,
    VenueStatus,
    Vertical,
    Wealth,
)
from engine.core.payoff import payoff_terms
from engine.core.skew import atm_iv_frac
from engine.notices import (
    AlertNotice,
    CardOutcome,
    ClosedAllNotice,
    DigestNotice,
    Drift,
    EntryCard,
    ExitCard,
    FillNotice,
    Notice,
    Outcome,
    RefusalNotice,
    SettlementNotice,
    StartUpNotice,
)
from engine.reporting import daily_digest, exit_proposal, fills, pre_trade
from engine.reporting.payoff import PayoffInputs, TimelineInputs, payoff, priced_legs, timeline
from engine.views import MarketView, PayoffChart, PositionView, TimelineChart, TradeEnd, WhyView
from tests.bot import fake_accounts

D = Decimal
RULES = default_rules()
NOW = datetime(2026, 8, 10, 14, 0, tzinfo=UTC)
EXPIRY_AT = datetime(2026, 8, 28, 8, 0, tzinfo=UTC)
INDEX = D("1914.70")
FX = D("1.16")
NONCE = "AbCdEfGhIjKlMnOp"
FOOTER = "142·7f3a90c2"


def quote(strike: int, bid: str | None, ask: str, *, mark: str, iv: float, delta: float, at: datetime = NOW) -> Quote:
    instrument = Instrument(
        name=f"ETH-28AUG26-{strike}-P",
        family=Family.INVERSE,
        option_type=OptionType.PUT,
        strike_usd=D(strike),
        expiry_at=EXPIRY_AT,
        lot_eth=D(1),
        ticks=(TickStep(above_coin=D(0), tick_coin=D("0.0001")), TickStep(above_coin=D("0.005"), tick_coin=D("0.0005"))),
    )
    return Quote(
        instrument=instrument,
        quoted_at=at - timedelta(seconds=12),
        bid_coin=D(bid) if bid is not None else None,
        ask_coin=D(ask),
        mark_coin=D(mark),
        bid_size_eth=D(40),
        ask_size_eth=D(55),
        iv_frac=iv,
        greeks=Greeks(delta=delta, gamma_per_usd=-0.0084 * delta, vega_usd_per_pt=-6.3 * delta, theta_usd_per_day=8.5 * delta),
        open_interest_eth=D(2450),
        volume_24h_eth=D(8),
        forward_usd=D("1919.40"),
        modelled=("open_interest", "sizes"),
        recorded_at=at - timedelta(hours=6),
    )


def spread(*, at: datetime = NOW) -> Spread:
    short = quote(1700, "0.0094", "0.0098", mark="0.0096", iv=0.482, delta=-0.131, at=at)
    long = quote(1600, "0.0053", "0.0056", mark="0.0054", iv=0.511, delta=-0.074, at=at)
    return Spread(verticals=(Vertical(short=short, long=long),))


PUT_SPREAD = spread()


def snapshot(chosen: Spread = PUT_SPREAD) -> MarketSnapshot:
    events = (
        MacroEvent(name="CPI", severity=Severity.HIGH, at=datetime(2026, 8, 12, 12, 30, tzinfo=UTC), source="official"),
        MacroEvent(name="PPI", severity=Severity.LOW, at=datetime(2026, 8, 13, 12, 30, tzinfo=UTC), source="feed"),
        MacroEvent(name="NFP", severity=Severity.MEDIUM, at=datetime(2026, 9, 4, 12, 30, tzinfo=UTC), source="official"),
    )
    return MarketSnapshot(
        taken_at=NOW,
        index_usd=Reading(value=INDEX, observed_at=NOW),
        dvol_pts=Reading(value=47.5, observed_at=NOW),
        dvol_24h_ago_pts=46.3,
        trend_30d_frac=0.072,
        return_7d_frac=0.013,
        return_24h_frac=-0.011,
        return_4h_frac=0.002,
        rv10_pts=41.0,
        rv30_pts=44.2,
        funding_apr_frac=Reading(value=0.1095, observed_at=NOW),
        perp_mark_usd=Reading(value=D("1915.10"), observed_at=NOW),
        sentiment=Reading(value=Sentiment(fear_greed=61), observed_at=NOW),
        fx_usd_per_eur=Reading(value=FX, observed_at=NOW),
        fx_before_usd_per_eur=Reading(value=FX, observed_at=NOW),
        macro=Reading(value=MacroCalendar(events=events, covered_until={}), observed_at=NOW),
        wealth=Reading(
            value=Wealth(wealth_eur=D(20000), eth_share_frac=D("0.2"), available_funds_eth=D(3), initial_margin_eth=D("0.1"), maintenance_margin_eth=D("0.05")),
            observed_at=NOW,
        ),
        venue=Reading(value=VenueStatus(is_locked=False), observed_at=NOW),
        clock_skew_s=0.1,
        chain=Chain(family=chosen.family, taken_at=NOW, index_usd=INDEX, quotes=chosen.quotes, source="carried", recorded_at=NOW - timedelta(hours=6)),
    )


def book() -> Book:
    other = OpenTrade(
        trade_id=7,
        strikes=(Strikes(option_type=OptionType.CALL, short_strike_usd=D(2150), long_strike_usd=D(2250)),),
        expiry_at=EXPIRY_AT,
        quantity_eth=D(2),
        max_loss_eur=D("88.20"),
        net_delta_eth=-0.05,
        vega_usd_per_pt=-0.3,
        gamma_usd_per_1pct=-15.0,
        initial_margin_eth=D("0.104"),
        maintenance_margin_eth=D("0.079"),
    )
    return Book(
        stage=Stage.PAPER,
        is_killed=False,
        is_on_hold=False,
        open_trades=(other,),
        opened_this_week=0,
        consecutive_losses=0,
        month_pnl_eur=D("4.20"),
        drawdown_eur=D(0),
    )


def proposal(chosen: Spread = PUT_SPREAD) -> Proposal:
    economics = spread_economics(chosen, index_usd=INDEX, now=NOW, rules=RULES)
    assert economics is not None
    candidate = Candidate(spread=chosen, economics=economics, dte_days=17.75, rr25_pts=-3.4)
    limits = ((Binding.TRADE_CAP, D("2.26")), (Binding.TOTAL_CAP, D("10.3")), (Binding.KELLY, None), (Binding.LIQUIDITY, D(20)), (Binding.MARGIN, D("13.9")))
    quantity = D(2)
    bias, row = (Bias.NEUTRAL, 7) if chosen.strategy is Strategy.IRON_CONDOR else (Bias.BULL, 5)
    return Proposal(
        strategy=chosen.strategy,
        bias=BiasDecision(bias=bias, row=row, strategy=chosen.strategy, warnings=("rr25",)),
        candidate=candidate,
        sizing=Sizing(quantity_eth=quantity, max_loss_eur=economics.max_loss_usd / FX * quantity, dvol_scale=1.0, binding=Binding.TRADE_CAP, limits_eth=limits),
        combo=build_combo(candidate, quantity, RULES),
        greeks=aggregate(spread_legs(chosen, quantity), spot_usd=INDEX),
    )


def entry_checks(chosen: Spread = PUT_SPREAD) -> tuple[Check, ...]:
    return (
        Check(rule="E05", code="dvol_min", verdict=Verdict.PASSED, observed=47.5, limit=35.0, relation=Relation.AT_LEAST, unit=Unit.PTS),
        Check(
            rule="L08",
            code="volume_24h",
            verdict=Verdict.WARNED,
            observed=D(8),
            limit=D(10),
            relation=Relation.AT_LEAST,
            unit=Unit.ETH,
            subject=chosen.quotes[0].instrument.name,
        ),
    )


def pre_trade_report(chosen: Spread = PUT_SPREAD) -> pre_trade.PreTradeReport:
    frame = pre_trade.CardFrame(env="paper", created_at=NOW, valid_until_at=NOW + timedelta(minutes=30), checks=entry_checks(chosen))
    return pre_trade.build(proposal(chosen), snapshot(chosen), book(), RULES, frame)


def payoff_inputs(chosen: Spread = PUT_SPREAD) -> PayoffInputs:
    offered, legs = proposal(chosen), priced_legs(chosen)
    atm = atm_iv_frac(chosen.quotes)
    assert legs is not None
    return PayoffInputs(
        title="#142",
        env="paper",
        strategy=chosen.strategy,
        terms=payoff_terms(chosen),
        legs=legs,
        credit_coin=offered.candidate.economics.credit_mid_coin,
        fee_coin=offered.candidate.economics.open_fee_coin,
        quantity_eth=D(2),
        max_loss_eur=offered.sizing.max_loss_eur,
        spot_usd=INDEX,
        forward_usd=D("1919.40"),
        fx_usd_per_eur=FX,
        atm_iv_frac=0.482 if atm is None else atm,
        expiry_at=EXPIRY_AT,
        as_of=NOW,
        data_age_s=12.0,
        is_modelled=True,
    )


def payoff_chart(chosen: Spread = PUT_SPREAD) -> PayoffChart:
    return payoff(payoff_inputs(chosen))


def timeline_chart() -> TimelineChart:
    inputs = TimelineInputs(
        title="#142",
        env="paper",
        coin="ETH",
        credit_coin=D("0.0040"),
        open_fee_coin=D("0.0003"),
        close_fee_coin=D("0.0003"),
        opened_at=NOW,
        expiry_at=EXPIRY_AT,
        as_of=NOW + timedelta(days=3),
    )
    return timeline([(NOW, D("0.0040")), (NOW + timedelta(days=3), D("0.0104"))], inputs, RULES.exit)


def entry_card(chosen: Spread = PUT_SPREAD, *, drift: bool = False) -> EntryCard:
    moved = Drift(spot_usd=(INDEX, D("1884.10")), credit_coin=(D("0.0042"), D("0.0046")), short_delta=(-0.131, -0.149), dvol_pts=(47.5, 48.1))
    return EntryCard(proposal_id=142, revision=2 if drift else 1, report=pre_trade_report(chosen), chart=payoff_chart(chosen), drift=moved if drift else None)


def exit_inputs(*, is_soft: bool, at: datetime = NOW + timedelta(days=3)) -> ExitInputs:
    short = quote(
        1700, "0.0019" if is_soft else "0.0230", "0.0022" if is_soft else "0.0240", mark="0.0020" if is_soft else "0.0236", iv=0.55, delta=-0.08, at=at
    )
    long = quote(
        1600, "0.0010" if is_soft else "0.0128", "0.0012" if is_soft else "0.0136", mark="0.0011" if is_soft else "0.0132", iv=0.57, delta=-0.04, at=at
    )
    return ExitInputs(
        now=at,
        spread=Spread(verticals=(Vertical(short=short, long=long),)),
        credit_coin=D("0.0040"),
        open_fee_coin=D("0.0003"),
        close_fee_coin=D("0.0003"),
        opened_at=NOW,
        dvol_entry_pts=47.5,
        dvol_pts=46.9 if is_soft else 52.3,
        index_usd=D("1951.20") if is_soft else D("1722.40"),
        worst_4h_move_frac=-0.012,
        margin_usage_frac=0.11,
        has_worst_delta=True,
        high_event_at=None,
        bias_now=Bias.BULL,
        stale_misses=0,
        unanswered_time_stops=0,
        delivery_price_usd=None,
        is_locked=False,
    )


def exit_report(*, is_soft: bool) -> exit_proposal.ExitReport:
    inputs = exit_inputs(is_soft=is_soft)
    position = exit_proposal.OpenPosition(trade_id=31, quantity_eth=D(2), max_loss_eur=D("176.38"), postponed=0)
    deadline_at = inputs.now + (timedelta(hours=6) if is_soft else timedelta(minutes=15))
    frame = exit_proposal.ExitFrame(env="paper", deadline_at=deadline_at, fx_usd_per_eur=FX, source="carried", recorded_at=inputs.now - timedelta(hours=5))
    return exit_proposal.build(position, inputs, evaluate(inputs, RULES), frame, RULES.approval)


def exit_card(*, is_soft: bool) -> ExitCard:
    return ExitCard(proposal_id=143, revision=1, report=exit_report(is_soft=is_soft), chart=timeline_chart())


def fill_report(side: str) -> fills.FillReport:
    is_open = side == "open"
    order = fills.FilledOrder(
        proposal_id=142 if is_open else 143,
        side=side,
        label=f"cb1-31-{side[0]}1-1",
        at=NOW + timedelta(minutes=2),
        price_coin=D("0.0040") if is_open else D("0.0106"),
        mid_at_approval_coin=D("0.0041") if is_open else D("0.0103"),
        fee_coin=D("0.0003"),
        spot_usd=INDEX,
        fx_usd_per_eur=FX,
        source="modelled",
    )
    pnl = {} if is_open else {"reason": "stop_loss", "pnl_coin": D("-0.0144"), "pnl_usd": D("-27.57"), "pnl_eur": D("-23.77")}
    trade = fills.FilledTrade(
        trade_id=31,
        strategy=Strategy.BULL_PUT,
        family=Family.INVERSE,
        sides=PUT_SPREAD.sides,
        expiry_at=EXPIRY_AT,
        quantity_eth=D(2),
        max_loss_eur=D("176.38"),
        exits=fills.FilledExits(profit_take_debit_coin=D("0.00155"), stop_loss_mark_coin=D("0.0100")) if is_open else None,
        **pnl,  # type: ignore[arg-type]
    )
    return fills.build(order, trade, env="paper")


def refusal() -> RefusalNotice:
    checks = (
        Check(
            rule="E04",
            code="macro_high",
            verdict=Verdict.FAILED,
            observed=46.5,
            limit=72.0,
            relation=Relation.ABOVE,
            unit=Unit.HOURS,
            subject="CPI",
            cause="official",
        ),
        Check(rule="E05", code="dvol_min", verdict=Verdict.FAILED, observed=34.98, limit=35.0, relation=Relation.AT_LEAST, unit=Unit.PTS),
        Check(rule="E10", code="funding", verdict=Verdict.NOT_EVALUATED, limit=0.4, relation=Relation.AT_MOST, unit=Unit.FRAC, cause="missing"),
        Check(rule="E13", code="credit_min", verdict=Verdict.FAILED, observed=D("0.00298"), limit=D("0.0030"), relation=Relation.AT_LEAST, unit=Unit.COIN),
        Check(rule="S01", code="no_expiry", verdict=Verdict.FAILED, observed=12.75, limit="14.0..21.0", relation=Relation.ONE_OF, unit=Unit.DAYS),
        Check(rule="E06", code="dvol_jump_24h", verdict=Verdict.PASSED, observed=1.2, limit=8.0, relation=Relation.AT_MOST, unit=Unit.PTS),
    )
    why = WhyView(
        decision_id=88,
        at=NOW,
        kind="entry",
        outcome="refused",
        strategy=None,
        bias="no_entry",
        bias_row=2,
        trade_id=None,
        source="recorded",
        recorded_at=NOW,
        checks=checks,
    )
    return RefusalNotice(env="paper", why=why)


def settlement(*, is_worthless: bool) -> SettlementNotice:
    payout, fee = (D(0), D(0)) if is_worthless else (D("0.0149"), D("0.00015"))
    pnl = (D("0.0040") - D("0.0003") - payout - fee) * 2
    report = fills.SettlementReport(
        env="paper",
        trade_id=31,
        strategy=Strategy.BULL_PUT,
        family=Family.INVERSE,
        sides=PUT_SPREAD.sides,
        expiry_at=EXPIRY_AT,
        quantity_eth=D(2),
        delivery_price_usd=D("1843.20") if is_worthless else D("1675.04"),
        credit_coin=D("0.0040"),
        bought_back_coin=D(0),
        payout_coin=payout,
        fee_coin=fee,
        fee_eur=fee * 2 * INDEX / FX,
        max_loss_eur=D("176.38"),
        pnl_coin=pnl,
        pnl_usd=pnl * INDEX,
        pnl_eur=pnl * INDEX / FX,
        r=fills.r_of(pnl * INDEX / FX, D("176.38")),
        settled_at=EXPIRY_AT + timedelta(minutes=5),
    )
    return SettlementNotice(report=report)


def position() -> PositionView:
    return PositionView(
        trade_id=31,
        state="open",
        strategy=Strategy.BULL_PUT,
        expiry_at=EXPIRY_AT,
        dte_days=14.75,
        family=Family.INVERSE,
        sides=PUT_SPREAD.sides,
        quantity_eth=D(2),
        credit_coin=D("0.0040"),
        mark_coin=D("0.0029"),
        natural_coin=D("0.0034"),
        profit_frac=0.275,
        profit_net_frac=0.11,
        pnl_coin=D("0.0016"),
        pnl_usd=D("3.06"),
        pnl_eur=D("2.64"),
        max_loss_eur=D("176.38"),
        short_delta=0.101,
        otm_frac=0.119,
        spot_usd=D("1929.40"),
        dvol_entry_pts=47.5,
        dvol_pts=45.8,
        opened_at=NOW,
        marked_at=NOW + timedelta(days=3),
        greeks=proposal().greeks,
        legs=(),
        decisions=(),
        payoff=None,
        timeline=None,
    )


def market_view() -> MarketView:
    events = snapshot().macro
    return MarketView(
        as_of=NOW,
        spot_usd=D("1929.40"),
        forward_usd=None,
        dvol_pts=45.8,
        dvol_change_24h_pts=-0.7,
        rv30_pts=43.9,
        trend_30d_frac=0.066,
        return_24h_frac=0.004,
        funding_apr_frac=0.094,
        rr25_pts=None,
        fear_greed=63,
        fx_usd_per_eur=FX,
        bias=None,
        events=() if events is None else events.value.events,
        source="live",
        chart=None,
    )


def digest(*, is_flat: bool = False) -> DigestNotice:
    ledger = daily_digest.DigestLedger(
        env="paper",
        stage="paper",
        as_of=NOW,
        next_at=NOW + timedelta(days=1),
        engaged_eur=D(0) if is_flat else D("176.38"),
        cap_total_eur=D(1000),
        day_pnl_eur=D(0) if is_flat else D("2.64"),
        month_pnl_eur=D("-9.13"),
        margin_usage_frac=None if is_flat else 0.11,
        monitor_ok=2,
        monitor_expected=2,
        stale_inputs=() if is_flat else ("funding",),
        pending=0,
        closed_trades=4,
        collateral_eth=Decimal("4.2"),
        audit_head="142·7f3a90c2" + "5e" * 28,
    )
    return DigestNotice(digest=daily_digest.build(() if is_flat else (position(),), market_view(), ledger))


def start_up(*, is_first: bool = False) -> StartUpNotice:
    return StartUpNotice(
        env="paper",
        stage="paper",
        version="0.1.0",
        at=NOW,
        down_s=None if is_first else 4210.0,
        open_trades=0 if is_first else 2,
        expired_cards=0 if is_first else 1,
        recovered_orders=0,
        missed_jobs=() if is_first else ("monitor",),
        waiting_messages=0 if is_first else 3,
        holds=() if is_first else ("operator",),
        is_killed=not is_first,
        audit_seq=1 if is_first else 142,
        is_audit_ok=True,
        is_config_changed=not is_first,
    )


def start_up_held() -> StartUpNotice:
    problem = "head 812 < anchor 901: 89 rows missing"
    return replace(start_up(), holds=("start_up",), is_killed=False, is_audit_ok=False, problems=(f"the audit chain is broken at row 813: {problem}",))


def outcome(result: str, **more: object) -> Outcome:
    by = None if result in ("expired", "superseded", "refused") else "Anna"
    return Outcome(result=result, at=NOW + timedelta(minutes=2), by=by, latency_s=41.0 if by is not None else None, **more)  # type: ignore[arg-type]


def alert(code: str, **facts: str) -> AlertNotice:
    return AlertNotice(env="paper", code=code, level="warning", at=NOW, facts=facts, detail="")


def last_question(follows: str) -> ExitCard:
    card = exit_card(is_soft=True)
    return replace(card, report=replace(card.report, if_unanswered=follows, can_postpone=False))


CLOSED = (TradeEnd(trade_id=7, code="closed", pnl_eur=Decimal("14.42")), TradeEnd(trade_id=8, code="closed-before"))
STILL_OPEN = (
    TradeEnd(trade_id=9, code="failed", detail="deribit: <b>locked</b>"),
    *(
        TradeEnd(trade_id=10 + number, code=code)
        for number, code in enumerate(("closing-before", "changed", "killed", "stopped", "working", "part", "dry-run", "stays-open", "opened-since"))
    ),
)
NOTICES: dict[str, Notice] = {
    "closed_all": ClosedAllNotice(env="paper", at=NOW, by="Ada", ends=CLOSED),
    "closed_all_one": ClosedAllNotice(env="paper", at=NOW, by="Ada", ends=CLOSED[:1]),
    "closed_all_part": ClosedAllNotice(env="paper", at=NOW, by="Ada", ends=(*CLOSED, *STILL_OPEN)),
    "entry": entry_card(),
    "entry_drift": entry_card(drift=True),
    "exit_hard": exit_card(is_soft=False),
    "exit_soft": exit_card(is_soft=True),
    "outcome_executed": CardOutcome(card=entry_card(), outcome=outcome("executed", fill=fill_report("open"))),
    "outcome_rejected": CardOutcome(card=entry_card(), outcome=outcome("rejected")),
    "outcome_expired": CardOutcome(card=entry_card(), outcome=outcome("expired")),
    "outcome_superseded": CardOutcome(card=entry_card(), outcome=outcome("superseded", next_id=150)),
    "outcome_refused": CardOutcome(card=entry_card(), outcome=outcome("refused", reasons=tuple(c for c in refusal().why.checks if c.blocks))),
    "outcome_killed": CardOutcome(card=entry_card(), outcome=outcome("killed")),
    "outcome_approved": CardOutcome(card=entry_card(), outcome=outcome("approved")),
    "outcome_not_placed": CardOutcome(card=entry_card(), outcome=outcome("not_placed")),
    "outcome_exit_executed": CardOutcome(card=exit_card(is_soft=False), outcome=outcome("executed", fill=fill_report("close"))),
    "outcome_exit_postponed": CardOutcome(card=exit_card(is_soft=False), outcome=outcome("postponed")),
    "fill_open": FillNotice(report=fill_report("open")),
    "fill_close": FillNotice(report=fill_report("close")),
    "refusal": refusal(),
    "settlement_worthless": settlement(is_worthless=True),
    "settlement_paid": settlement(is_worthless=False),
    "digest": digest(),
    "digest_flat": digest(is_flat=True),
    "monthly": fake_accounts.MONTHLY,
    "monthly_empty": fake_accounts.MONTHLY_EMPTY,
    "alert": alert("exit-data", trade="31", misses="2"),
    "alert_hold": AlertNotice(env="paper", code="hold", level="critical", at=NOW, facts={"hold": "operator"}, detail="lunch"),
    "alert_hold_trigger": AlertNotice(
        env="paper", code="hold", level="critical", at=NOW, facts={"hold": "telegram-silent", "minutes": "5"}, detail="301.0412 > 300 s"
    ),
    "alert_again": AlertNotice(env="paper", code="kill", level="critical", at=NOW, facts={"reason": "order-actions: 31 > 30 n"}, repeats=2),
    "alert_seen": AlertNotice(
        env="paper", code="hold", level="critical", at=NOW, facts={"hold": "operator"}, repeats=1, seen_by="Ada", seen_at=NOW + timedelta(minutes=6)
    ),
    "alert_over": AlertNotice(env="paper", code="hold", level="critical", at=NOW, facts={"hold": "operator"}, seen_at=NOW + timedelta(minutes=6)),
    "alert_hold_lifted": AlertNotice(env="paper", code="hold-lifted", level="info", at=NOW, facts={"hold": "day-loss", "holds": ""}),
    "alert_hold_lifted_held": AlertNotice(
        env="paper", code="hold-lifted-held", level="info", at=NOW, facts={"hold": "disk-free", "holds": "kill,operator,breaker-month"}
    ),
    "alert_kill_trigger": AlertNotice(env="paper", code="kill", level="critical", at=NOW, facts={"reason": "order-actions: 31 > 30 n"}),
    "alert_kill_found": AlertNotice(env="paper", code="kill-found", level="critical", at=NOW, facts={"reason": "heartbeat silent for 130 s"}),
    "alert_kill_chain": AlertNotice(
        env="paper", code="kill", level="critical", at=NOW, facts={"reason": "audit-chain: row 17, the row was changed after it was written"}
    ),
    "alert_anchors_lost": AlertNotice(env="paper", code="anchors-lost", level="critical", at=NOW, detail="the anchor file is gone or empty"),
    "alert_breaker_losses": alert("breaker-losses", losses="4"),
    "alert_breaker_month": alert("breaker-month", loss_eur="612.30"),
    "alert_breaker_drawdown": alert("breaker-drawdown", drawdown_eur="1204.00"),
    "alert_given_back": AlertNotice(env="paper", code="approval-failed", level="warning", at=NOW, facts={"id": "142"}, detail="engine_stopped"),
    "alert_agent_said": AlertNotice(env="paper", code="agent-said", level="info", at=NOW, facts={"agent": "scout"}, detail="scout: <b>Buy</b> at t.me/x"),
    "alert_bias_flip": alert("bias-flip", trade="31", bias="bull", was_bias="neutral", side="call"),
    "alert_pause_held": alert("pause-held", trade="31", rules="stop_loss,adverse_move"),
    "alert_book_shut": alert("book-shut", trade="31"),
    "alert_rules_blind": alert("rules-blind", trade="31", rules="vol_stop,delta_breach"),
    "alert_mark_mid": alert("mark-mid", trade="31", legs="ETH-28AUG26-1700-P", limit_frac="0.15"),
    "alert_killed_by": alert("killed-by", who="anna", reason="looks wrong"),
    "alert_disarmed_by": alert("disarmed-by", who="anna", reason="looked at it"),
    "alert_paused_by": alert("paused-by", who="anna", reason="holiday"),
    "alert_resumed_by": alert("resumed-by", who="anna", holds="operator,breaker-losses"),
    "digest_killed": replace(
        digest(), digest=replace(digest().digest, ledger=replace(digest().digest.ledger, is_killed=True, kill_reason="looks wrong", holds=("operator",)))
    ),
    "exit_last_question": last_question("settles"),
    "exit_second_time_stop": last_question("repropose_hard"),
    "outcome_not_placed_exit": CardOutcome(card=exit_card(is_soft=True), outcome=outcome("not_placed", cause="stopped_before_closing", next_id=150)),
    "alert_unknown": AlertNotice(
        env="paper", code="sky-fell", level="critical", at=NOW, facts={"where": "here"}, detail="see https://evil.example <b>now</b>\u202e"
    ),
    "start_up": start_up(),
    "start_up_first": start_up(is_first=True),
    "start_up_held": start_up_held(),
}
