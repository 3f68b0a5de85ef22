"""The digest and the card of `fake_views`' afternoon, as the engine stores them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.model import ExitAction, ExitReason, ExitUrgency, Family, Strategy
from engine.notices import CardOutcome, DigestNotice, ExitCard, Outcome
from engine.reporting import daily_digest
from engine.reporting.daily_digest import DigestLedger
from engine.reporting.exit_proposal import ClosingCost, ExitReport
from tests.bot.fake_views import EXPIRY, MARKET, NOW, POSITION, PUTS, TIMELINE, UNMARKED

DIGEST = DigestNotice(
    digest=daily_digest.build(
        (POSITION, UNMARKED),
        MARKET,
        DigestLedger(
            env="paper",
            stage="paper",
            as_of=NOW,
            next_at=NOW + timedelta(hours=17, minutes=25),
            engaged_eur=Decimal("352.40"),
            cap_total_eur=Decimal(1000),
            day_pnl_eur=Decimal("4.10"),
            month_pnl_eur=Decimal("31.20"),
            margin_usage_frac=0.21,
            monitor_ok=2,
            monitor_expected=2,
            stale_inputs=(),
            pending=1,
            closed_trades=14,
        ),
    )
)

EXIT_REPORT = ExitReport(
    env="paper",
    trade_id=7,
    strategy=Strategy.BULL_PUT,
    family=Family.INVERSE,
    sides=PUTS,
    expiry_at=EXPIRY,
    quantity_eth=Decimal(1),
    action=ExitAction.CLOSE,
    reason=ExitReason.PROFIT_TAKE,
    urgency=ExitUrgency.SOFT,
    needs_escalation=False,
    deadline_at=NOW + timedelta(minutes=30),
    if_unanswered="repropose_next_monitor",
    can_postpone=False,
    created_at=NOW,
    opened_at=NOW - timedelta(days=3),
    profit_frac=0.552,
    profit_net_frac=0.504,
    at_mid=ClosingCost(cost_coin=Decimal("0.0056"), pnl_coin=Decimal("0.0063"), pnl_usd=Decimal("22.13"), pnl_eur=Decimal("18.92")),
    at_natural=None,
    mark_coin=Decimal("0.0056"),
    natural_coin=None,
    expected_close_coin=Decimal("0.0058"),
    credit_coin=Decimal("0.0125"),
    spot_usd=Decimal("3512.4"),
    otm_frac=0.089,
    short_delta=-0.081,
    dvol_pts=61.0,
    dvol_entry_pts=64.2,
    dte_days=17.75,
    close_fee_coin=Decimal("0.0003"),
    close_fee_eur=Decimal("0.90"),
    fees_total_eur=Decimal("1.80"),
    max_loss_eur=Decimal("172.20"),
    fx_usd_per_eur=Decimal("1.1693"),
    source="recorded",
    quoted_at=NOW,
    recorded_at=NOW - timedelta(minutes=20),
    snapshot_age_s=4.0,
    modelled=("open_interest",),
    checks=(Check(rule="X10", code="profit_take", verdict=Verdict.PASSED, observed=0.552, limit=0.5, relation=Relation.AT_LEAST, unit=Unit.FRAC),),
)

EXIT_CARD = ExitCard(proposal_id=143, revision=1, report=EXIT_REPORT, chart=TIMELINE)
EXIT_DONE = CardOutcome(card=replace(EXIT_CARD, revision=2), outcome=Outcome(result="rejected", at=NOW, by="Ada", latency_s=12.0))
