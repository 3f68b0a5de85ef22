"""What the engine owes the chat: one frozen value per message, stored as JSON and read back exactly.

Rules of this file: a notice is complete (it is shown long after it was made, and the
same way every time), it holds figures and codes but no sentences, and its kind names it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from engine.core.decision import Check
from engine.errors import StateError
from engine.reporting.daily_digest import DailyDigest
from engine.reporting.exit_proposal import ExitReport
from engine.reporting.fills import FillReport, SettlementReport
from engine.reporting.monthly_report import MonthlyReport
from engine.reporting.pre_trade import PreTradeReport
from engine.views import AuditLine, PayoffChart, TimelineChart, TradeEnd, WhyView

OutcomeKind = Literal["approved", "rejected", "expired", "superseded", "refused", "killed", "executed", "not_placed", "postponed", "settled"]
Level = Literal["info", "warning", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What moved between the card that was tapped and this one: (then, now) pairs."""

    spot_usd: tuple[Decimal, Decimal]
    credit_coin: tuple[Decimal, Decimal]
    short_delta: tuple[float, float]
    dvol_pts: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCard:
    """An entry to decide on; `drift` is set when the market moved and the question is asked again.

    `asked` is the variant a person asked for and this is (half, wider, next), or with `no-` before it the one no rule book allows now.
    """

    proposal_id: int
    revision: int
    report: PreTradeReport
    chart: PayoffChart
    drift: Drift | None = None
    is_dry_run: bool = False
    asked: str = ""
    kind: Literal["entry_card"] = "entry_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCard:
    """An exit to decide on, or to watch happen."""

    proposal_id: int
    revision: int
    report: ExitReport
    chart: TimelineChart | PayoffChart
    is_dry_run: bool = False
    kind: Literal["exit_card"] = "exit_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a card ended: who (None = nobody, by rule or by time), when, how long after it was sent, with what fill, from which cause."""

    result: OutcomeKind
    at: datetime
    by: str | None = None
    latency_s: float | None = None
    reasons: tuple[Check, ...] = ()
    fill: FillReport | None = None
    next_id: int | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOutcome:
    """A card with its ending appended; shown by editing the card."""

    card: Annotated[EntryCard | ExitCard, Field(discriminator="kind")]
    outcome: Outcome
    kind: Literal["card_outcome"] = "card_outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillNotice:
    report: FillReport
    kind: Literal["fill"] = "fill"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalNotice:
    """The scheduled look for an entry found none, and why."""

    env: str
    why: WhyView
    kind: Literal["refusal"] = "refusal"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementNotice:
    report: SettlementReport
    kind: Literal["settlement"] = "settlement"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedAllNotice:
    """What came of an order to close every open trade, trade by trade, and who gave it."""

    env: str
    at: datetime
    by: str
    ends: tuple[TradeEnd, ...]
    kind: Literal["closed_all"] = "closed_all"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestNotice:
    digest: DailyDigest
    kind: Literal["digest"] = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyNotice:
    report: MonthlyReport
    kind: Literal["monthly"] = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeCard:
    """A card to practise on: no proposal stands behind it. `nonce` is its own; instants by the wall."""

    env: str
    number: int
    nonce: str
    at: datetime
    expires_at: datetime
    kind: Literal["practice"] = "practice"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowNotice:
    """The newest rows of the audit chain, newest first, in a message that is edited as rows come; `ended` says why it is not any more.

    `new_rows` came since it began. Instants by the wall; those of the rows are the engine's.
    """

    env: str
    from_at: datetime
    until_at: datetime
    new_rows: int
    lines: tuple[AuditLine, ...]
    ended: Literal["", "over", "replaced"] = ""
    kind: Literal["follow"] = "follow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A message that came too late: when it was made, and what it would have been."""

    at: datetime
    kind: str
    payload_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayNotice:
    """What was said while a chat could not be reached and is too old to be sent by itself: how much, and the newest of it, oldest first.

    Instants by the wall.
    """

    env: str
    from_at: datetime
    to_at: datetime
    count: int
    missed: tuple[Missed, ...]
    kind: Literal["away"] = "away"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertNotice:
    """Something a person should know: `code` is the catalogue's `alert-<code>`, `facts` fill it, `detail` is quoted as it came.

    `repeats`: how often it was said again because nobody acknowledged it; `seen_at` is when it was over, by `seen_by` or by itself.
    """

    env: str
    code: str
    level: Level
    at: datetime
    facts: dict[str, str] = field(default_factory=dict)
    detail: str = ""
    repeats: int = 0
    seen_by: str = ""
    seen_at: datetime | None = None
    kind: Literal["alert"] = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUpNotice:
    """The engine is up again and what it found: `down_s` is None on the first start, `holds` are codes still set, `problems` why it is not active."""

    env: str
    stage: str
    version: str
    at: datetime
    down_s: float | None
    open_trades: int
    expired_cards: int
    recovered_orders: int
    missed_jobs: tuple[str, ...]
    waiting_messages: int
    holds: tuple[str, ...]
    is_killed: bool
    audit_seq: int
    is_audit_ok: bool
    is_config_changed: bool
    problems: tuple[str, ...] = ()
    kind: Literal["start_up"] = "start_up"


Card = EntryCard | ExitCard
Notice = (
    EntryCard
    | ExitCard
    | CardOutcome
    | FillNotice
    | RefusalNotice
    | SettlementNotice
    | ClosedAllNotice
    | DigestNotice
    | MonthlyNotice
    | AwayNotice
    | PracticeCard
    | FollowNotice
    | AlertNotice
    | StartUpNotice
)

_ADAPTER: TypeAdapter[Notice] = TypeAdapter(Annotated[Notice, Field(discriminator="kind")])

# JSON knows neither exact decimals nor instants, so both travel as one-key objects.
_DECIMAL, _INSTANT = "$decimal", "$instant"


def encode_notice(notice: Notice) -> tuple[str, str]:
    """The notice's kind and its JSON; the same notice always gives the same text."""
    written = json.dumps(_ADAPTER.dump_python(notice), default=_tagged, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return notice.kind, written


def decode_notice(kind: str, written: str) -> Notice:
    """The notice that was encoded, every number with its type. Raises StateError for anything else."""
    try:
        notice = _ADAPTER.validate_python(json.loads(written, object_hook=_untagged))
    except (ValueError, ArithmeticError, ValidationError) as problem:
        raise StateError(f"a stored {kind} message cannot be read: {problem}") from problem
    if notice.kind != kind:
        raise StateError(f"a stored {kind} message holds a {notice.kind}")
    return notice


def _tagged(value: object) -> dict[str, str]:
    if isinstance(value, Decimal):
        return {_DECIMAL: str(value)}
    if isinstance(value, datetime):
        return {_INSTANT: value.isoformat()}
    raise TypeError(f"a notice cannot hold {value!r}")


def _untagged(members: dict[str, object]) -> object:
    if len(members) == 1:
        ((key, value),) = members.items()
        if key == _DECIMAL:
            return Decimal(str(value))
        if key == _INSTANT:
            return datetime.fromisoformat(str(value))
    return members
