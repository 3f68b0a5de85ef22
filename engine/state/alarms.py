"""Critical messages that wait for somebody to acknowledge them, and the notes people write about trades. Every instant of an alarm is the wall clock's."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.state.models_people import Alarm, Note
from engine.state.records_people import AlarmRecord, NoteRecord
from engine.state.rows import Rows, columns, values_of


class AlarmRows(Rows):
    """Alarms end once; until then they come again."""

    def add_alarm(self, *, payload_json: str, next_after: timedelta) -> int:
        """The alarm waits from now on; it comes again after that long."""
        now = self._context.clock.wall()
        return self._insert(Alarm, {"payload_json": payload_json, "raised_at": now, "repeats": 0, "next_at": now + next_after})

    def alarm(self, alarm_id: int) -> AlarmRecord | None:
        return self._first(AlarmRecord, Alarm.select(*columns(Alarm, AlarmRecord)).where(Alarm.alarm_id == alarm_id))

    def open_alarms(self) -> tuple[AlarmRecord, ...]:
        """Every alarm nobody has ended, oldest first."""
        return self._records(AlarmRecord, Alarm.select(*columns(Alarm, AlarmRecord)).where(Alarm.ended_at.is_null()).order_by(Alarm.alarm_id))

    def due_alarms(self, now: datetime) -> tuple[AlarmRecord, ...]:
        """Those of them that come again now."""
        due = Alarm.ended_at.is_null() & (Alarm.next_at <= now)
        return self._records(AlarmRecord, Alarm.select(*columns(Alarm, AlarmRecord)).where(due).order_by(Alarm.alarm_id))

    def set_alarm(self, alarm_id: int, *, repeats: int, next_at: datetime | None) -> None:
        """The alarm was said so often, and comes again at `next_at`."""
        self._change(Alarm.update(repeats=repeats, next_at=next_at).where((Alarm.alarm_id == alarm_id) & Alarm.ended_at.is_null()))

    def end_alarm(self, alarm_id: int, *, by: str, now: datetime) -> bool:
        """The alarm comes no more: what a chat has not heard yet still goes there, once; False when it had ended before."""
        waiting = Alarm.ended_at.is_null() & (Alarm.alarm_id == alarm_id)
        if not self._change(Alarm.update(ended_at=now, ended_by=by, next_at=None).where(waiting)):
            return False
        again = "outbox_id > (SELECT MIN(first.outbox_id) FROM outbox first WHERE first.alarm_id = outbox.alarm_id AND first.chat_id = outbox.chat_id)"
        self._sql(f"UPDATE outbox SET state = 'dead', error = 'the alarm ended' WHERE alarm_id = ? AND state IN ('queued', 'retry') AND {again}", (alarm_id,))  # noqa: S608
        return True

    def alarm_messages(self, alarm_id: int) -> tuple[tuple[int, int], ...]:
        """(chat, message) of each sending of the alarm that arrived, oldest first."""
        found = self._sql("SELECT chat_id, message_id FROM outbox WHERE alarm_id = ? AND message_id IS NOT NULL ORDER BY outbox_id", (alarm_id,))
        return tuple((int(chat_id), int(message_id)) for chat_id, message_id in found)


class NoteRows(Rows):
    """What people wrote about trades."""

    def add_note(self, note: NoteRecord) -> None:
        Note.insert(**values_of(note)).execute(self._database)

    def notes(self, trade_id: int) -> tuple[NoteRecord, ...]:
        """Every note about the trade, oldest first."""
        return self._records(NoteRecord, Note.select(*columns(Note, NoteRecord)).where(Note.trade_id == trade_id).order_by(Note.note_id))
