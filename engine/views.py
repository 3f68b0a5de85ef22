"""What the engine tells its readers: one frozen value per question, no rounding, no text.

Rules of this file: numbers keep their unit in the name, absent is None, and a
sentence is never stored here, only the code under which the catalogues keep it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from engine.core.decision import Check
from engine.core.model import BiasDecision, Family, MacroEvent, NetGreeks, Strategy, Strikes


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What came of a person's request; `code` is the catalogue's key `result-<code>`, `facts` fill it."""

    code: str
    ok: bool
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks: a numeric chat user, or the command line. `source` is chat, cli or policy."""

    user_id: int
    name: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A button pressed on a card, as it must match the database to count."""

    person: Person
    chat_id: int
    message_id: int
    verb: str
    proposal_id: int
    nonce: str


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
class PayoffChart:
    """Profit and loss of the whole position against the index, now and at expiry.

    Curves are (index_usd, pnl_eur) pairs ascending in index_usd; `expected_move_usd`
    is the one-standard-deviation band at expiry around the forward.
    """

    title: str
    env: str
    strategy: Strategy
    spot_usd: float
    sides: tuple[Strikes, ...]
    break_evens_usd: tuple[float, ...]
    expected_move_usd: tuple[float, float]
    at_expiry: tuple[tuple[float, float], ...]
    now: tuple[tuple[float, float], ...]
    max_profit_eur: float
    max_loss_eur: float
    expiry_at: datetime
    as_of: datetime
    data_age_s: float
    is_modelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityChart:
    """Marked equity of the engine's own trading: (instant, cumulative P&L in EUR) ascending, drawdown <= 0 in EUR."""

    env: str
    points: tuple[tuple[datetime, float], ...]
    drawdown: tuple[tuple[datetime, float], ...]
    realised_eur: float
    unrealised_eur: float
    max_drawdown_eur: float
    closed_trades: int
    open_trades: int
    as_of: datetime
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketChart:
    """Spot and DVOL over the trend window with the entry band of DVOL."""

    env: str
    spot: tuple[tuple[datetime, float], ...]
    dvol: tuple[tuple[datetime, float], ...]
    trend_from_at: datetime
    trend_frac: float | None
    dvol_band_pts: tuple[float, float]
    as_of: datetime
    data_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineChart:
    """Cost to close against the credit over the life of a position, in `coin` (ETH or USDC) per 1 ETH."""

    title: str
    env: str
    coin: str
    marks: tuple[tuple[datetime, float], ...]
    credit_coin: float
    profit_take_coin: float
    stop_loss_coin: float
    opened_at: datetime
    expiry_at: datetime
    as_of: datetime


Chart = PayoffChart | EquityChart | MarketChart | TimelineChart


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
class ClosedTradeView:
    """`r` is net P&L over the max loss stored at entry."""

    trade_id: int
    strategy: Strategy
    family: Family
    opened_at: datetime
    closed_at: datetime
    reason: str
    pnl_coin: Decimal
    pnl_eur: Decimal
    r: float
    fees_eur: Decimal
    slippage_frac: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeStats:
    """Closed trades in figures; rates are None while there is nothing to divide by.

    `win_rate_interval` is the Wilson interval at 90 %; `break_even_win_rate` is p* = L/(W+L).
    """

    closed: int
    wins: int
    win_rate: float | None
    win_rate_interval: tuple[float, float] | None
    break_even_win_rate: float | None
    net_eur: Decimal
    mean_r: float | None
    profit_factor: float | None
    fees_eur: Decimal
    credit_eur: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """The trades that ended in a period, the newest first, with their figures."""

    period: str
    stats: TradeStats
    trades: tuple[ClosedTradeView, ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ForceCloseQuote:
    """What closing now would cost, and the nonce that does it within `valid_until_at` (wall clock)."""

    trade_id: int
    strategy: Strategy
    family: Family
    sides: tuple[Strikes, ...]
    cost_mid_coin: Decimal | None
    cost_natural_coin: Decimal | None
    pnl_mid_eur: Decimal | None
    pnl_natural_eur: Decimal | None
    nonce: str
    valid_until_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySummary:
    """A replay in figures. Refusals count decisions per failed rule; a decision counts once per rule.

    `breakers` are the ones that tripped and when: from then on nobody resumed, so nothing was opened.
    """

    from_at: datetime
    to_at: datetime
    history: str
    policy: str
    scans: int
    proposed: int
    opened: int
    refused: int
    refusals_by_rule: tuple[tuple[str, str, int], ...]
    exits_by_reason: tuple[tuple[str, int], ...]
    stats: TradeStats
    still_open: int
    max_drawdown_eur: Decimal
    modelled_scans: int
    jobs_run: int
    jobs_failed: int
    equity: EquityChart | None
    breakers: tuple[tuple[str, datetime], ...] = ()
