"""The tables of orders at the venue as peewee models; rules as in `models.py`."""

from __future__ import annotations

from peewee import IntegerField, Model, TextField

from engine.core.lifecycle import OrderState
from engine.core.model_venue import Direction
from engine.state.codec import decode, encode
from engine.state.models import AmountField, ChoiceField, UtcField
from engine.state.venue_records import IntentLeg

Legs = tuple[IntentLeg, ...]


class LegsField(TextField):
    def db_value(self, value: tuple[IntentLeg, ...]) -> str:
        return encode(value, Legs)

    def python_value(self, value: str) -> tuple[IntentLeg, ...]:
        legs: tuple[IntentLeg, ...] = decode(value, Legs)
        return legs


class IntentTermsRow(Model):
    order_id = IntegerField(primary_key=True)
    proposal_id = IntegerField()
    urgency = TextField()
    worst_received_coin = AmountField()
    tick_coin = AmountField()
    lot_eth = AmountField()
    legs = LegsField()
    under_kill = IntegerField(null=True)

    class Meta:
        table_name = "intent_terms"


class VenueOrderRow(Model):
    number = IntegerField(primary_key=True)
    order_id = IntegerField()
    part = IntegerField()
    label = TextField()
    instrument = TextField()
    direction = ChoiceField(Direction)
    amount_eth = AmountField()
    limit_coin = AmountField()
    valid_until_at = UtcField()
    state = ChoiceField(OrderState)
    venue_order_id = TextField(null=True)
    filled_eth = AmountField()
    cause = TextField()
    sent_at = UtcField()
    ended_at = UtcField(null=True)

    class Meta:
        table_name = "venue_orders"


class VenueFillRow(Model):
    trade_key = TextField(primary_key=True)
    number = IntegerField()
    instrument = TextField()
    direction = ChoiceField(Direction)
    amount_eth = AmountField()
    price_coin = AmountField()
    fee_coin = AmountField()
    fee_coin_name = TextField()
    index_usd = AmountField(null=True)
    at = UtcField()
    source = TextField()

    class Meta:
        table_name = "venue_fills"


class VenueAction(Model):
    action_id = IntegerField(primary_key=True)
    number = IntegerField()
    kind = TextField()
    at = UtcField()

    class Meta:
        table_name = "venue_actions"


MODELS: tuple[type[Model], ...] = (IntentTermsRow, VenueOrderRow, VenueFillRow, VenueAction)
