"""The engine, its trades, its market and its evidence as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.decision import Check
from engine.core.model import BiasDecision, Family, MacroEvent, NetGreeks, Strategy, Strikes
from engine.views.charts import MarketChart, PayoffChart, TimelineChart


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """A reason why no entry is made, and since when."""

    code: str
    since_at: datetime
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """The engine now. Ages are seconds on the engine's clock; None = never seen."""

    now: datetime
    version: str
    origin: str
    stage: str
    market: str
    is_dry_run: bool
    is_killed: bool
    kill_reason: str
    holds: tuple[HoldView, ...]
    next_jobs: tuple[tuple[str, datetime], ...]
    input_ages_s: tuple[tuple[str, float | None], ...]
    open_trades: int
    pending: int
    engaged_eur: Decimal
    cap_total_eur: Decimal
    outbox_depth: int
    outbox_oldest_s: float | None
    last_poll_s: float | None
    backup_age_s: float | None
    audit_seq: int
    audit_hash8: str
    anchored_seq: int
    config_fingerprint: str
    is_config_changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LegView:
    """`quantity_eth` signed, short < 0; delta of one long contract."""

    instrument: str
    quantity_eth: Decimal
    strike_usd: Decimal
    bid_coin: Decimal | None
    ask_coin: Decimal | None
    mark_coin: Decimal | None
    iv_frac: float | None
    delta: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """A decision in a line."""

    decision_id: int
    at: datetime
    action: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine:
    """What a person wrote about a trade."""

    at: datetime
    by: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """An open trade and its latest mark; money is of the whole position, prices per 1 ETH."""

    trade_id: int
    state: str
    strategy: Strategy
    expiry_at: datetime
    dte_days: float
    family: Family
    sides: tuple[Strikes, ...]
    quantity_eth: Decimal
    credit_coin: Decimal
    mark_coin: Decimal | None
    natural_coin: Decimal | None
    profit_frac: float | None
    profit_net_frac: float | None
    pnl_coin: Decimal | None
    pnl_usd: Decimal | None
    pnl_eur: Decimal | None
    max_loss_eur: Decimal
    short_delta: float | None
    otm_frac: float | None
    spot_usd: Decimal | None
    dvol_entry_pts: float
    dvol_pts: float | None
    opened_at: datetime
    marked_at: datetime | None
    greeks: NetGreeks | None
    legs: tuple[LegView, ...]
    decisions: tuple[DecisionLine, ...]
    payoff: PayoffChart | None
    timeline: TimelineChart | None
    notes: tuple[NoteLine, ...] = ()

    @property
    def pnl_over_credit_frac(self) -> float | None:
        """The P&L, which is net of both fees, as a part of the credit taken in; None without a mark or a credit."""
        credit_coin = self.credit_coin * self.quantity_eth
        return None if self.pnl_coin is None or credit_coin <= 0 else float(self.pnl_coin / credit_coin)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingView:
    """A card that waits for an answer."""

    proposal_id: int
    kind: str
    trade_id: int | None
    strategy: Strategy
    reason: str
    urgency: str
    expires_at: datetime
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketView:
    """The market with its bias row and the events ahead; a missing input is None."""

    as_of: datetime
    spot_usd: Decimal | None
    forward_usd: Decimal | None
    dvol_pts: float | None
    dvol_change_24h_pts: float | None
    rv30_pts: float | None
    trend_30d_frac: float | None
    return_24h_frac: float | None
    funding_apr_frac: float | None
    rr25_pts: float | None
    fear_greed: int | None
    fx_usd_per_eur: Decimal | None
    bias: BiasDecision | None
    events: tuple[MacroEvent, ...]
    source: str
    chart: MarketChart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyView:
    """Every filter of one decision with its value against its limit."""

    decision_id: int
    at: datetime
    kind: str
    outcome: str
    strategy: Strategy | None
    bias: str
    bias_row: int | None
    trade_id: int | None
    source: str
    recorded_at: datetime | None
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """A row of the audit chain in a line."""

    seq: int
    at: datetime
    actor: str
    type: str
    ref: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyView:
    """The chain walked from the first row; `footer_ok` only when one message's footer was asked about."""

    ok: bool
    rows: int
    head_seq: int
    head_hash8: str
    first_bad_seq: int | None
    problem: str
    anchored_seq: int
    unanchored_rows: int
    unanchored_s: float
    footer_ok: bool | None = None
    footer_seq: int | None = None
