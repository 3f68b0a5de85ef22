"""The tables about people as peewee models: who was admitted, what they prefer, what waits for them, what they wrote."""

from __future__ import annotations

from peewee import IntegerField, Model, TextField

from engine.state.models import UtcField


class PersonRow(Model):
    user_id = IntegerField(primary_key=True)
    chat_id = IntegerField()
    name = TextField()
    role = TextField()
    added_at = UtcField()
    added_by = TextField()

    class Meta:
        table_name = "people"


class Invitation(Model):
    sealed = TextField(primary_key=True)
    role = TextField()
    made_at = UtcField()
    made_by = TextField()
    valid_until_at = UtcField()
    used_at = UtcField(null=True)
    used_by = IntegerField(null=True)

    class Meta:
        table_name = "invitations"


class Preference(Model):
    user_id = IntegerField(primary_key=True)
    language = TextField(null=True)
    zone = TextField(null=True)
    quiet = TextField(null=True)
    loudness = TextField(null=True)

    class Meta:
        table_name = "preferences"


class Alarm(Model):
    alarm_id = IntegerField(primary_key=True)
    payload_json = TextField()
    raised_at = UtcField()
    repeats = IntegerField()
    next_at = UtcField(null=True)
    ended_at = UtcField(null=True)
    ended_by = TextField(null=True)

    class Meta:
        table_name = "alarms"


class Note(Model):
    note_id = IntegerField(primary_key=True)
    trade_id = IntegerField()
    at = UtcField()
    by = TextField()
    words = TextField()

    class Meta:
        table_name = "notes"


MODELS: tuple[type[Model], ...] = (PersonRow, Invitation, Preference, Alarm, Note)
