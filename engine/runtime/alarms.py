"""Critical messages nobody has acknowledged: said again after one, five and fifteen minutes, then by the second path.

Rules of this file: by the wall clock, over restarts too; each saying takes the place of the one before; one acknowledgement, by whoever
may decide, is enough, and an alarm whose cause is gone ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from engine.notices import AlertNotice, decode_notice, encode_notice
from engine.runtime import snoozes
from engine.runtime.desk import Desk
from engine.runtime.notify import REPEATS_AFTER, Priority
from engine.state.records import NewOutgoing
from engine.state.records_people import AlarmRecord
from engine.state.repository import Transaction
from engine.views import ActionResult, Person

SNOOZE = timedelta(minutes=15)
KILL_CODES = frozenset({"kill", "kill-found", "killed-by"})


async def ring(desk: Desk) -> None:
    """Every alarm that is due was said once more, and every card that was put off; an alarm that was said often enough has taken the second path."""
    await desk.store.write(lambda tx: snoozes.remind(tx, desk))
    loudest = await desk.store.write(lambda tx: [notice for alarm in tx.due_alarms(desk.clock.wall()) if (notice := _repeat(tx, desk, alarm)) is not None])
    for alarm_id, notice in loudest:
        desk.tell_elsewhere(f"alarm:{alarm_id}", notice)


async def acknowledge(desk: Desk, by: Person, alarm_id: int) -> ActionResult:
    """The alarm is over for everybody, and each chat says who saw it."""
    return await desk.store.write(lambda tx: _acknowledge(tx, desk, by, alarm_id))


async def snooze(desk: Desk, by: Person, alarm_id: int) -> ActionResult:
    """The alarm comes again in a quarter of an hour."""

    def work(tx: Transaction) -> ActionResult:
        alarm = tx.alarm(alarm_id)
        if alarm is None or alarm.ended_at is not None:
            return _over(alarm)
        until = desk.clock.wall() + SNOOZE
        tx.set_alarm(alarm_id, repeats=alarm.repeats, next_at=until)
        tx.audit(actor=_actor(by), type="alarm.snoozed", ref=f"alarm:{alarm_id}", body={"until": until.isoformat()})
        return ActionResult(code="alarm-snoozed", ok=True, facts={"at": until.isoformat()})

    return await desk.store.write(work)


def end_of_hold(tx: Transaction, desk: Desk, code: str) -> None:
    """The hold is gone, so nobody has to acknowledge it any more."""
    _end(tx, desk, lambda notice: notice.code == "hold" and notice.facts.get("hold") == code)


def end_of_kill(tx: Transaction, desk: Desk) -> None:
    """The kill is lifted, so nobody has to acknowledge it any more."""
    _end(tx, desk, lambda notice: notice.code in KILL_CODES)


def _repeat(tx: Transaction, desk: Desk, alarm: AlarmRecord) -> tuple[int, AlertNotice] | None:
    repeats = alarm.repeats + 1
    notice = replace(_notice(alarm), repeats=repeats)
    following = REPEATS_AFTER[repeats] if repeats < len(REPEATS_AFTER) else None
    tx.set_alarm(alarm.alarm_id, repeats=repeats, next_at=None if following is None else desk.clock.wall() + (following - REPEATS_AFTER[repeats - 1]))
    _say_again(tx, desk, notice, alarm)
    tx.audit(actor="engine", type="alarm.repeated", ref=f"alarm:{alarm.alarm_id}", body={"code": notice.code, "repeats": repeats, "is_last": following is None})
    return (alarm.alarm_id, notice) if following is None else None


def _say_again(tx: Transaction, desk: Desk, notice: AlertNotice, alarm: AlarmRecord) -> None:
    """Every operator is owed the alarm once more, also one who came onto the list meanwhile."""
    kind, payload_json = encode_notice(notice)
    for reader in tx.operators():
        key = f"alarm:{alarm.alarm_id}:{desk.clock.wall().isoformat()}@{reader.chat_id}"
        tx.add_outgoing(
            NewOutgoing(chat_id=reader.chat_id, kind=kind, payload_json=payload_json, dedupe_key=key, priority=Priority.CRITICAL, alarm_id=alarm.alarm_id)
        )


def _acknowledge(tx: Transaction, desk: Desk, by: Person, alarm_id: int) -> ActionResult:
    alarm, now = tx.alarm(alarm_id), desk.clock.wall()
    if alarm is None or not tx.end_alarm(alarm_id, by=by.name, now=now):
        return _over(alarm)
    tx.audit(actor=_actor(by), type="alarm.acknowledged", ref=f"alarm:{alarm_id}", body={"code": _notice(alarm).code, "repeats": alarm.repeats})
    _settle(tx, replace(_notice(alarm), repeats=alarm.repeats, seen_by=by.name, seen_at=now), alarm)
    return ActionResult(code="alarm-seen", ok=True)


def _settle(tx: Transaction, notice: AlertNotice, alarm: AlarmRecord) -> None:
    """The newest saying of the alarm in each chat reads how it ended and offers nothing any more."""
    kind, payload_json = encode_notice(notice)
    for chat_id, message_id in dict(tx.alarm_messages(alarm.alarm_id)).items():
        key = f"alarm:{alarm.alarm_id}:over@{chat_id}"
        tx.add_outgoing(
            NewOutgoing(chat_id=chat_id, kind=kind, payload_json=payload_json, dedupe_key=key, priority=Priority.ANSWER, edits_message_id=message_id)
        )


def _end(tx: Transaction, desk: Desk, is_over: Callable[[AlertNotice], bool]) -> None:
    for alarm in tx.open_alarms():
        if is_over(_notice(alarm)) and tx.end_alarm(alarm.alarm_id, by="", now=desk.clock.wall()):
            tx.audit(actor="engine", type="alarm.ended", ref=f"alarm:{alarm.alarm_id}", body={"code": _notice(alarm).code})
            _settle(tx, replace(_notice(alarm), repeats=alarm.repeats, seen_at=desk.clock.wall()), alarm)


def _notice(alarm: AlarmRecord) -> AlertNotice:
    notice = decode_notice("alert", alarm.payload_json)
    if not isinstance(notice, AlertNotice):
        raise TypeError(f"alarm {alarm.alarm_id} is no alert")
    return notice


def _over(alarm: AlarmRecord | None) -> ActionResult:
    by = "" if alarm is None or alarm.ended_by is None else alarm.ended_by
    return ActionResult(code="alarm-seen-before" if by else "alarm-over", ok=False, facts={"who": by})


def _actor(by: Person) -> str:
    return f"{by.source}:{by.user_id}"
