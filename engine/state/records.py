"""What leaves the store: frozen records; database rows never do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.lifecycle import ProposalState, TradeEvent, TradeState
from engine.core.model import Bias, Family, OptionType, Strategy, Strikes
from engine.state.records_people import OperatorRecord as OperatorRecord  # noqa: PLC0414 - a record of the store like the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last row of the audit chain; seq 0 and 64 zeros when it is empty."""

    seq: int
    hash: str

    @property
    def footer(self) -> str:
        """`seq·hash8`, as it stands under every message."""
        return f"{self.seq}·{self.hash[:8]}"

    @property
    def whole(self) -> str:
        """`seq·hash` with every digit, as it stands in a digest."""
        return f"{self.seq}·{self.hash}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    seq: int
    at: datetime
    boot_id: str
    boot_s: float
    actor: str
    type: str
    ref: str
    body_json: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One entry or exit decision with every check as JSON and the frozen figures behind it."""

    decision_id: int
    at: datetime
    kind: str
    outcome: str
    reason: str
    strategy: Strategy | None
    bias: str
    bias_row: int | None
    trade_id: int | None
    proposal_id: int | None
    source: str
    recorded_at: datetime | None
    checks_json: str
    snapshot_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRecord:
    """A card's question. `kind` is entry or exit; `urgency` none, soft or hard; `payload_json` is its frozen content."""

    proposal_id: int
    kind: str
    trade_id: int | None
    state: ProposalState
    revision: int
    strategy: Strategy
    reason: str
    urgency: str
    payload_json: str
    created_at: datetime
    expires_at: datetime
    max_loss_eur: Decimal | None
    postponed: int
    decided_at: datetime | None
    decided_by: str | None
    note: str
    refused_because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAttempt:
    """One sending of a card: its own nonce, and the message it became once that is known."""

    nonce: str
    proposal_id: int
    revision: int
    chat_id: int
    message_id: int | None
    outbox_id: int
    is_void: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """An intent: committed before anything is sent. `side` is open or close, `state` intended, filled or not_placed."""

    order_id: int
    proposal_id: int
    trade_id: int
    side: str
    label: str
    quantity_eth: Decimal
    limit_coin: Decimal
    state: str
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SideClosing:
    """How one side of a condor was bought back while the other stayed: per 1 ETH in coin, `pnl_*` of the whole side with fees."""

    at: datetime
    debit_coin: Decimal
    close_fee_coin: Decimal
    pnl_coin: Decimal
    pnl_usd: Decimal
    pnl_eur: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeSide:
    """One vertical of a trade. Its share of the credit goes by `mid_at_approval_coin`; `closing` is set when it ended before the trade."""

    strikes: Strikes
    short_instrument: str
    long_instrument: str
    mid_at_approval_coin: Decimal
    closing: SideClosing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTrade:
    """A trade as it is born with its approval, before the fill; its sides puts first."""

    proposal_id: int
    strategy: Strategy
    stage: str
    family: Family
    sides: tuple[TradeSide, ...]
    expiry_at: datetime
    quantity_eth: Decimal
    mid_at_approval_coin: Decimal
    max_loss_usd: Decimal
    max_loss_eur: Decimal
    initial_margin_eth: Decimal
    maintenance_margin_eth: Decimal
    spot_open_usd: Decimal
    fx_open_usd_per_eur: Decimal
    dvol_entry_pts: float
    short_delta_entry: float
    net_delta_eth: float
    vega_usd_per_pt: float
    gamma_usd_per_1pct: float
    bias: Bias
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRecord:
    """A trade from approval to its end; coin figures per 1 ETH, `pnl_*` of the whole position, fees included."""

    trade_id: int
    state: TradeState
    proposal_id: int
    strategy: Strategy
    stage: str
    family: Family
    sides: tuple[TradeSide, ...]
    expiry_at: datetime
    quantity_eth: Decimal
    mid_at_approval_coin: Decimal
    max_loss_usd: Decimal
    max_loss_eur: Decimal
    initial_margin_eth: Decimal
    maintenance_margin_eth: Decimal
    spot_open_usd: Decimal
    fx_open_usd_per_eur: Decimal
    dvol_entry_pts: float
    short_delta_entry: float
    net_delta_eth: float
    vega_usd_per_pt: float
    gamma_usd_per_1pct: float
    bias: Bias
    created_at: datetime
    opened_at: datetime | None
    credit_coin: Decimal | None
    open_fee_coin: Decimal | None
    closed_at: datetime | None
    close_reason: str | None
    debit_coin: Decimal | None
    close_fee_coin: Decimal | None
    pnl_coin: Decimal | None
    pnl_usd: Decimal | None
    pnl_eur: Decimal | None
    checked_at: datetime | None
    stale_misses: int
    unanswered_time_stops: int

    @property
    def open_sides(self) -> tuple[TradeSide, ...]:
        """The verticals that have not been bought back."""
        return tuple(side for side in self.sides if side.closing is None)

    @property
    def open_strikes(self) -> tuple[Strikes, ...]:
        """Their strikes."""
        return tuple(side.strikes for side in self.open_sides)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFill:
    """`side` open or close; `price_coin` is the credit received or the debit paid per 1 ETH (positive).

    `slippage_frac` is (mid at approval - fill)/mid signed so that worse is positive; `source` is modelled, testnet, reported or venue.
    """

    trade_id: int
    order_id: int | None
    side: str
    at: datetime
    quantity_eth: Decimal
    price_coin: Decimal
    mid_at_approval_coin: Decimal
    slippage_frac: Decimal | None
    fee_coin: Decimal
    spot_usd: Decimal
    fx_usd_per_eur: Decimal
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRecord:
    fill_id: int
    fill: NewFill


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The end of a trade: bought back (`CLOSE_FILLED`, with its fill) or delivered (`DELIVERED`, no fill).

    A condor that lost a side before ends with the figures of both.

    `debit_coin` and `close_fee_coin` are per 1 ETH, `pnl_*` of the whole position with fees.
    """

    trade_id: int
    event: TradeEvent
    at: datetime
    reason: str
    debit_coin: Decimal
    close_fee_coin: Decimal
    pnl_coin: Decimal
    pnl_usd: Decimal
    pnl_eur: Decimal
    fill: NewFill | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What a trade still ties up and moves by: margins in ETH, Greeks of the whole position."""

    initial_margin_eth: Decimal
    maintenance_margin_eth: Decimal
    net_delta_eth: float
    vega_usd_per_pt: float
    gamma_usd_per_1pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SideClosed:
    """One side of a condor bought back, with its fill and what is left of the trade."""

    trade_id: int
    option_type: OptionType
    closing: SideClosing
    fill: NewFill
    left: Exposure


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRecord:
    """One look at an open trade; the cost figures are per 1 ETH in coin."""

    trade_id: int
    at: datetime
    mark_coin: Decimal | None
    natural_coin: Decimal | None
    spot_usd: Decimal | None
    dvol_pts: float | None
    short_delta: float | None
    unrealised_eur: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityRecord:
    """Cumulative P&L of the engine's trading in EUR since its first trade."""

    at: datetime
    realised_eur: Decimal
    unrealised_eur: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRunRecord:
    """One due run of one job; `outcome` is running, ok, failed or missed."""

    job: str
    due_at: datetime
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCount:
    """How many due runs of `job` ended with `outcome`."""

    job: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualActionRecord:
    """Something asked from the command line of a running engine."""

    action_id: int
    action: str
    args: Mapping[str, str]
    source: str
    created_at: datetime
    done_at: datetime | None
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRecord:
    code: str
    since_at: datetime
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRecord:
    update_id: int
    raw_json: str
    received_at: datetime
    state: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOutgoing:
    """A message owed: under the card of `proposal_id`, with `is_edit` in its place, else in that of `edits_message_id`; `alarm_id` is what it tells."""

    chat_id: int
    kind: str
    payload_json: str
    dedupe_key: str
    priority: int = 5
    proposal_id: int | None = None
    is_edit: bool = False
    not_after_at: datetime | None = None
    edits_message_id: int | None = None
    alarm_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRecord:
    """`state` is queued, sending, sent, retry, ambiguous or dead; lower `priority` goes first."""

    outbox_id: int
    chat_id: int
    kind: str
    payload_json: str
    dedupe_key: str
    priority: int
    proposal_id: int | None
    is_edit: bool
    state: str
    attempts: int
    message_id: int | None
    created_at: datetime
    not_after_at: datetime | None
    edits_message_id: int | None = None
    alarm_id: int | None = None
