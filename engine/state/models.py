"""The tables as peewee models; the schema itself is made by `migrations.py`.

Rules of this file: a field is named like the record's it fills, no model is bound
to a database (each query names the one it runs on), and values cross as types:
Decimal as text, instants as fixed-width UTC text so that SQL compares them rightly.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from peewee import BooleanField, Field, FloatField, IntegerField, Model, TextField

from engine.core.lifecycle import ProposalState, TradeState
from engine.core.model import Bias, Family, Strategy
from engine.errors import InvariantBroken
from engine.state.codec import decode, encode
from engine.state.records import TradeSide

Sides = tuple[TradeSide, ...]


def utc_text(at: datetime) -> str:
    """`at` as fixed-width UTC text: texts sort as the instants do. Raises InvariantBroken for a naive instant."""
    if at.tzinfo is None:
        raise InvariantBroken(f"{at!r} has no time zone and cannot be stored")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def decimal_text(value: Decimal) -> str:
    """`value` as plain digits, trailing zeros kept. Raises InvariantBroken for NaN, infinity or anything but a Decimal."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise InvariantBroken(f"{value!r} is not a storable amount")
    return format(value, "f")


class UtcField(Field):
    field_type = "TEXT"

    def db_value(self, value: datetime | None) -> str | None:
        return None if value is None else utc_text(value)

    def python_value(self, value: str | None) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class AmountField(Field):
    field_type = "TEXT"

    def db_value(self, value: Decimal | None) -> str | None:
        return None if value is None else decimal_text(value)

    def python_value(self, value: str | None) -> Decimal | None:
        return None if value is None else Decimal(value)


class SidesField(Field):
    field_type = "TEXT"

    def db_value(self, value: tuple[TradeSide, ...]) -> str:
        return encode(value, Sides)

    def python_value(self, value: str) -> tuple[TradeSide, ...]:
        sides: tuple[TradeSide, ...] = decode(value, Sides)
        return sides


class ChoiceField(Field):
    field_type = "TEXT"

    def __init__(self, choice: type[StrEnum], **options: Any) -> None:
        super().__init__(**options)
        self.choice = choice

    def db_value(self, value: StrEnum | None) -> str | None:
        return None if value is None else self.choice(value).value

    def python_value(self, value: str | None) -> StrEnum | None:
        return None if value is None else self.choice(value)


class MetaEntry(Model):
    key = TextField(primary_key=True)
    value = TextField()

    class Meta:
        table_name = "meta"


class Decision(Model):
    decision_id = IntegerField(primary_key=True)
    at = UtcField()
    kind = TextField()
    outcome = TextField()
    reason = TextField()
    strategy = ChoiceField(Strategy, null=True)
    bias = TextField()
    bias_row = IntegerField(null=True)
    trade_id = IntegerField(null=True)
    proposal_id = IntegerField(null=True)
    source = TextField()
    recorded_at = UtcField(null=True)
    checks_json = TextField()
    snapshot_json = TextField()

    class Meta:
        table_name = "decisions"


class ProposalRow(Model):
    proposal_id = IntegerField(primary_key=True)
    kind = TextField()
    trade_id = IntegerField(null=True)
    state = ChoiceField(ProposalState)
    revision = IntegerField()
    strategy = ChoiceField(Strategy)
    reason = TextField()
    urgency = TextField()
    payload_json = TextField()
    created_at = UtcField()
    expires_at = UtcField()
    max_loss_eur = AmountField(null=True)
    postponed = IntegerField()
    decided_at = UtcField(null=True)
    decided_by = TextField(null=True)
    note = TextField()
    refused_because = TextField(null=True)

    class Meta:
        table_name = "proposals"


class Card(Model):
    nonce = TextField(primary_key=True)
    proposal_id = IntegerField()
    revision = IntegerField()
    chat_id = IntegerField()
    message_id = IntegerField(null=True)
    outbox_id = IntegerField()
    is_void = BooleanField()

    class Meta:
        table_name = "cards"


class ActionNonce(Model):
    nonce = TextField(primary_key=True)
    kind = TextField()
    ref = TextField()
    user_id = IntegerField()
    chat_id = IntegerField()
    valid_until_at = UtcField()
    used_at = UtcField(null=True)

    class Meta:
        table_name = "action_nonces"


class Trade(Model):
    trade_id = IntegerField(primary_key=True)
    state = ChoiceField(TradeState)
    proposal_id = IntegerField()
    strategy = ChoiceField(Strategy)
    stage = TextField()
    family = ChoiceField(Family)
    sides = SidesField()
    expiry_at = UtcField()
    quantity_eth = AmountField()
    mid_at_approval_coin = AmountField()
    max_loss_usd = AmountField()
    max_loss_eur = AmountField()
    initial_margin_eth = AmountField()
    maintenance_margin_eth = AmountField()
    spot_open_usd = AmountField()
    fx_open_usd_per_eur = AmountField()
    dvol_entry_pts = FloatField()
    short_delta_entry = FloatField()
    net_delta_eth = FloatField()
    vega_usd_per_pt = FloatField()
    gamma_usd_per_1pct = FloatField()
    bias = ChoiceField(Bias)
    created_at = UtcField()
    opened_at = UtcField(null=True)
    credit_coin = AmountField(null=True)
    open_fee_coin = AmountField(null=True)
    closed_at = UtcField(null=True)
    close_reason = TextField(null=True)
    debit_coin = AmountField(null=True)
    close_fee_coin = AmountField(null=True)
    pnl_coin = AmountField(null=True)
    pnl_usd = AmountField(null=True)
    pnl_eur = AmountField(null=True)
    checked_at = UtcField(null=True)
    stale_misses = IntegerField()
    unanswered_time_stops = IntegerField()

    class Meta:
        table_name = "trades"


class Order(Model):
    order_id = IntegerField(primary_key=True)
    proposal_id = IntegerField()
    trade_id = IntegerField()
    side = TextField()
    label = TextField()
    quantity_eth = AmountField()
    limit_coin = AmountField()
    state = TextField()
    created_at = UtcField()
    settled_at = UtcField(null=True)

    class Meta:
        table_name = "orders"


class Fill(Model):
    fill_id = IntegerField(primary_key=True)
    trade_id = IntegerField()
    order_id = IntegerField(null=True)
    side = TextField()
    at = UtcField()
    quantity_eth = AmountField()
    price_coin = AmountField()
    mid_at_approval_coin = AmountField()
    slippage_frac = AmountField(null=True)
    fee_coin = AmountField()
    spot_usd = AmountField()
    fx_usd_per_eur = AmountField()
    source = TextField()

    class Meta:
        table_name = "fills"


class Mark(Model):
    mark_id = IntegerField(primary_key=True)
    trade_id = IntegerField()
    at = UtcField()
    mark_coin = AmountField(null=True)
    natural_coin = AmountField(null=True)
    spot_usd = AmountField(null=True)
    dvol_pts = FloatField(null=True)
    short_delta = FloatField(null=True)
    unrealised_eur = AmountField(null=True)

    class Meta:
        table_name = "marks"


class Equity(Model):
    equity_id = IntegerField(primary_key=True)
    at = UtcField()
    realised_eur = AmountField()
    unrealised_eur = AmountField()

    class Meta:
        table_name = "equity"


class JobRun(Model):
    run_id = IntegerField(primary_key=True)
    job = TextField()
    due_at = UtcField()
    started_at = UtcField()
    finished_at = UtcField(null=True)
    outcome = TextField()
    error = TextField()

    class Meta:
        table_name = "job_runs"


class ManualAction(Model):
    action_id = IntegerField(primary_key=True)
    action = TextField()
    args_json = TextField()
    source = TextField()
    created_at = UtcField()
    done_at = UtcField(null=True)
    result = TextField()

    class Meta:
        table_name = "manual_actions"


class Hold(Model):
    code = TextField(primary_key=True)
    since_at = UtcField()
    detail = TextField()

    class Meta:
        table_name = "holds"


class Kill(Model):
    kill_id = IntegerField(primary_key=True)
    is_armed = BooleanField()
    reason = TextField()
    since_at = UtcField(null=True)

    class Meta:
        table_name = "kill_switch"


class Inbox(Model):
    inbox_id = IntegerField(primary_key=True)
    update_id = IntegerField(unique=True)
    callback_id = TextField(null=True)
    raw_json = TextField()
    received_at = UtcField()
    state = TextField()
    attempts = IntegerField()
    finished_at = UtcField(null=True)
    outcome = TextField()

    class Meta:
        table_name = "inbox"


class Outbox(Model):
    outbox_id = IntegerField(primary_key=True)
    chat_id = IntegerField()
    kind = TextField()
    payload_json = TextField()
    dedupe_key = TextField(unique=True)
    priority = IntegerField()
    proposal_id = IntegerField(null=True)
    is_edit = BooleanField()
    state = TextField()
    attempts = IntegerField()
    message_id = IntegerField(null=True)
    created_at = UtcField()
    not_after_at = UtcField(null=True)
    not_before_at = UtcField(null=True)
    error = TextField()
    edits_message_id = IntegerField(null=True)
    alarm_id = IntegerField(null=True)

    class Meta:
        table_name = "outbox"


class Operator(Model):
    user_id = IntegerField(primary_key=True)
    chat_id = IntegerField()
    role = TextField()
    language = TextField()

    class Meta:
        table_name = "operators"


class Memory(Model):
    memory_id = IntegerField(primary_key=True)
    entity = TextField()
    observation = TextField()
    at = UtcField()

    class Meta:
        table_name = "memories"


MODELS: tuple[type[Model], ...] = (
    MetaEntry,
    Decision,
    ProposalRow,
    Card,
    ActionNonce,
    Trade,
    Order,
    Fill,
    Mark,
    Equity,
    JobRun,
    ManualAction,
    Hold,
    Kill,
    Inbox,
    Outbox,
    Operator,
    Memory,
)
