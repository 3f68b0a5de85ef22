"""People in the store: who may speak in this run, who was admitted by a code, and how each wants to be spoken to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.state.models import Operator, utc_text
from engine.state.models_people import Invitation, PersonRow, Preference
from engine.state.records_people import InvitationRecord, OperatorRecord, PersonRecord
from engine.state.rows import Rows, columns, values_of

OPERATORS = """
SELECT o.user_id, o.chat_id, o.role, coalesce(p.language, o.language), coalesce(p.zone, ''), coalesce(p.quiet, ''), coalesce(p.loudness, '{}')
FROM operators AS o LEFT JOIN preferences AS p USING (user_id)
"""


class PeopleRows(Rows):
    """Who may speak, who lets others in, and what each prefers."""

    def upsert_operator(self, operator: OperatorRecord) -> None:
        """The person is on the list with this chat, role and language; what they chose themselves stands beside it and stays."""
        named = {"user_id": operator.user_id, "chat_id": operator.chat_id, "role": operator.role, "language": operator.language}
        changes = {Operator.chat_id: operator.chat_id, Operator.role: operator.role, Operator.language: operator.language}
        Operator.insert(**named).on_conflict(conflict_target=[Operator.user_id], update=changes).execute(self._database)

    def remove_operator(self, user_id: int) -> bool:
        """The person is a stranger from now on; False when they were one."""
        return self._change(Operator.delete().where(Operator.user_id == user_id))

    def admit_only(self, operators: Sequence[OperatorRecord]) -> tuple[tuple[OperatorRecord, ...], tuple[OperatorRecord, ...]]:
        """Exactly these people are on the list; returns who came or changed, and who may no longer speak."""
        before = {operator.user_id: operator for operator in self._listed()}
        for operator in operators:
            self.upsert_operator(operator)
        named = {operator.user_id for operator in operators}
        gone = tuple(operator for user_id, operator in before.items() if user_id not in named)
        for operator in gone:
            self.remove_operator(operator.user_id)
        return tuple(operator for operator in operators if before.get(operator.user_id) != operator), gone

    def operator(self, user_id: int) -> OperatorRecord | None:
        found = self._sql(f"{OPERATORS} WHERE o.user_id = ?", (user_id,))
        return _operator(found[0]) if found else None

    def operators(self) -> tuple[OperatorRecord, ...]:
        return tuple(_operator(row) for row in self._sql(f"{OPERATORS} ORDER BY o.user_id"))

    def prefer(self, user_id: int, **wanted: str) -> None:
        """The person's own `language`, `zone`, `quiet` or `loudness` is this from now on; the others stay as they are."""
        Preference.insert(user_id=user_id, **wanted).on_conflict(conflict_target=[Preference.user_id], update=wanted).execute(self._database)

    def add_person(self, person: PersonRecord) -> None:
        """The person is admitted from run to run; somebody known before has this role now."""
        changes = {PersonRow.chat_id: person.chat_id, PersonRow.name: person.name, PersonRow.role: person.role}
        PersonRow.insert(**values_of(person)).on_conflict(conflict_target=[PersonRow.user_id], update=changes).execute(self._database)

    def remove_person(self, user_id: int) -> bool:
        """No code's admission counts for the person any more, and what they preferred is forgotten; False when none did."""
        Preference.delete().where(Preference.user_id == user_id).execute(self._database)
        return self._change(PersonRow.delete().where(PersonRow.user_id == user_id))

    def people(self) -> tuple[PersonRecord, ...]:
        """Everybody a code admitted, the first one first."""
        return self._records(PersonRecord, PersonRow.select(*columns(PersonRow, PersonRecord)).order_by(PersonRow.added_at, PersonRow.user_id))

    def add_invitation(self, invitation: InvitationRecord) -> None:
        """The code behind `sealed` admits one person."""
        Invitation.insert(**values_of(invitation)).execute(self._database)

    def open_invitations(self, now: datetime) -> tuple[InvitationRecord, ...]:
        """Codes nobody has used and whose time is not over, oldest first; `now` is the wall's."""
        query = Invitation.select(*columns(Invitation, InvitationRecord)).where(Invitation.used_at.is_null() & (Invitation.valid_until_at > now))
        return self._records(InvitationRecord, query.order_by(Invitation.made_at))

    def used_invitations(self, user_id: int) -> tuple[InvitationRecord, ...]:
        """The codes this person was admitted by, newest first and few."""
        query = Invitation.select(*columns(Invitation, InvitationRecord)).where(Invitation.used_by == user_id)
        return self._records(InvitationRecord, query.order_by(Invitation.used_at.desc()).limit(2))

    def use_invitation(self, invitation: InvitationRecord, *, user_id: int, now: datetime) -> bool:
        """True once per code and never after its time. One that was made outside the store is written into it as used."""
        self._insert_new(Invitation, values_of(invitation))
        used = "UPDATE invitations SET used_at = ?, used_by = ? WHERE sealed = ? AND used_at IS NULL AND valid_until_at > ? RETURNING 1"
        stamp = utc_text(now)
        return bool(self._sql(used, (stamp, user_id, invitation.sealed, stamp)))

    def _listed(self) -> tuple[OperatorRecord, ...]:
        """The list as the run was started with, whatever people chose since."""
        found = self._sql("SELECT user_id, chat_id, role, language FROM operators ORDER BY user_id")
        return tuple(OperatorRecord(user_id=user_id, chat_id=chat_id, role=role, language=language) for user_id, chat_id, role, language in found)


def _operator(row: tuple[object, ...]) -> OperatorRecord:
    user_id, chat_id, role, language, zone, quiet, loudness = row
    return OperatorRecord(
        user_id=int(str(user_id)), chat_id=int(str(chat_id)), role=str(role), language=str(language), zone=str(zone), quiet=str(quiet), loudness=str(loudness)
    )
