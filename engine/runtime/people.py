"""Who is on the list: admitted by a code, appointed, removed; every change in one transaction with its audit row and the words to the others.

Rules of this file: whoever the run was started with is changed there and not here; an admin stays; a code counts once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import available_timezones

from engine.notices import AlertNotice
from engine.runtime import alarms
from engine.runtime.desk import Desk
from engine.runtime.loudness import SUBJECTS, Loudness, Part, changed, chosen, quiet_hours
from engine.runtime.notify import Priority, post
from engine.safety import pairing
from engine.state.outcomes import NonceUse
from engine.state.records_people import InvitationRecord, OperatorRecord, PersonRecord
from engine.state.repository import Transaction
from engine.views import ActionResult, LoudnessView, Newcomer, PeopleView, Person, PersonView, SubjectView

ASK_FOR = timedelta(seconds=60)
NONCE_KIND = "people"
INVITE = "invite"
ADMIN = "admin"
RANKS = {"viewer": 0, "approver": 1, "admin": 2}
LANGUAGES = ("en", "it")
INVITATIONS_MAX = 5


class PeopleRoom:
    """The desk's list of people, as the chat sees it."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._tries, self._revision = desk, pairing.Tries(), 0

    def revision(self) -> int:
        return self._revision

    async def pair(self, newcomer: Newcomer, code: str) -> ActionResult:
        now = self._desk.clock.wall()
        if not pairing.is_code(code) or not self._tries.may_try(newcomer.user_id, now):
            return ActionResult(code="pair-refused", ok=False)
        known, used, waiting = await self._desk.store.read(lambda tx: _what_counts(tx, self._desk, newcomer.user_id))
        if known is not None and newcomer.user_id in self._desk.fixed_people:
            return ActionResult(code="pair-fixed", ok=False, facts={"role": known.role})
        if known is not None and await _opened(used, code) is not None:
            return ActionResult(code="paired", ok=True, facts={"role": known.role})
        found = await _opened(waiting, code)
        if known is not None and found is not None and RANKS[found.role] <= RANKS[known.role]:
            return ActionResult(code="pair-needless", ok=False, facts={"role": known.role})
        if found is None or not await self._desk.store.write(lambda tx: _admit(tx, self._desk, newcomer, found)):
            return ActionResult(code="pair-refused", ok=False)
        self._revision += 1
        return ActionResult(code="paired", ok=True, facts={"role": found.role})

    async def listed(self) -> PeopleView:
        now = self._desk.clock.wall()
        return await self._desk.store.read(lambda tx: PeopleView(people=_views(tx, self._desk), waiting_codes=len(tx.open_invitations(now))))

    async def ask(self, about: str, by: Person) -> str:
        until = self._desk.clock.wall() + ASK_FOR
        return await self._desk.store.write(
            # A private chat has its person's number.
            lambda tx: tx.add_action_nonce(kind=NONCE_KIND, ref=about, user_id=by.user_id, chat_id=by.user_id, valid_until=until)
        )

    async def invite(self, by: Person, role: str, nonce: str) -> ActionResult:
        now, code = self._desk.clock.wall(), pairing.new_code()
        made = await asyncio.to_thread(pairing.invitation, code, role=role, made_by=_actor(by), now=now)

        def work(tx: Transaction) -> ActionResult:
            if len(tx.open_invitations(now)) >= INVITATIONS_MAX:
                return ActionResult(code="too-many-codes", ok=False)
            tx.add_invitation(made)
            tx.audit(actor=_actor(by), type="access.invited", ref="operators", body={"role": role, "until": made.valid_until_at.isoformat()})
            return ActionResult(code="invited", ok=True, facts={"code": code, "role": role})

        return await self._change(by, INVITE, nonce, work)

    async def appoint(self, by: Person, user_id: int, role: str, nonce: str) -> ActionResult:
        def work(tx: Transaction) -> ActionResult:
            person = _paired(tx, self._desk, user_id)
            if person is None:
                return _not_ours(tx, user_id)
            if role != ADMIN and _is_last_admin(tx, user_id):
                return ActionResult(code="last-admin", ok=False)
            record = PersonRecord(user_id=user_id, chat_id=person.chat_id, name=person.name, role=role, added_at=person.added_at, added_by=person.added_by)
            tx.add_person(record)
            _list(tx, self._desk, record)
            _tell(tx, self._desk, by, code="appointed-by", facts={"person": person.name, "role": role}, body={"was": person.role}, user_id=user_id)
            return ActionResult(code="appointed", ok=True, facts={"person": person.name, "role": role})

        return await self._change(by, str(user_id), nonce, work)

    async def remove(self, by: Person, user_id: int, nonce: str) -> ActionResult:
        def work(tx: Transaction) -> ActionResult:
            person = _paired(tx, self._desk, user_id)
            if person is None:
                return _not_ours(tx, user_id)
            if _is_last_admin(tx, user_id):
                return ActionResult(code="last-admin", ok=False)
            tx.remove_operator(user_id)
            tx.remove_person(user_id)
            _tell(tx, self._desk, by, code="removed-by", facts={"person": person.name}, body={"was": person.role}, user_id=user_id)
            return ActionResult(code="removed", ok=True, facts={"person": person.name})

        return await self._change(by, str(user_id), nonce, work)

    async def choose_language(self, by: Person, language: str) -> ActionResult:
        if language not in LANGUAGES:
            return ActionResult(code="language-unknown", ok=False)
        return await self._prefer(by, "language", language)

    async def choose_zone(self, by: Person, zone: str) -> ActionResult:
        known = {name.lower(): name for name in available_timezones()}.get(zone.lower())
        if known is None:
            return ActionResult(code="zone-unknown", ok=False)
        return await self._prefer(by, "zone", known)

    async def choose_quiet(self, by: Person, hours: str) -> ActionResult:
        if hours and quiet_hours(hours) is None:
            return ActionResult(code="quiet-unknown", ok=False)
        result = await self._prefer(by, "quiet", hours)
        return result if hours else ActionResult(code="quiet-off", ok=True)

    async def loudness(self, user_id: int) -> LoudnessView:
        record = await self._desk.store.read(lambda tx: tx.operator(user_id))
        changes, quiet = ("{}", "") if record is None else (record.loudness, record.quiet)
        subjects = (
            SubjectView(subject=subject, day=chosen(subject, Part.DAY, changes), night=chosen(subject, Part.NIGHT, changes), is_fixed=usual.is_fixed)
            for subject, usual in SUBJECTS.items()
        )
        return LoudnessView(subjects=tuple(subjects), quiet=quiet)

    async def choose_loudness(self, by: Person, subject: str, part: str, to: str) -> ActionResult:
        if subject not in SUBJECTS or SUBJECTS[subject].is_fixed or part not in Part.__members__.values() or to not in Loudness.__members__.values():
            return ActionResult(code="loudness-fixed", ok=False)
        record = await self._desk.store.read(lambda tx: tx.operator(by.user_id))
        changes = "{}" if record is None else record.loudness
        return await self._prefer(by, "loudness", changed(changes, subject, Part(part), Loudness(to)))

    async def acknowledge(self, by: Person, alarm_id: int) -> ActionResult:
        return await alarms.acknowledge(self._desk, by, alarm_id)

    async def snooze(self, by: Person, alarm_id: int) -> ActionResult:
        return await alarms.snooze(self._desk, by, alarm_id)

    async def _prefer(self, by: Person, what: str, value: str) -> ActionResult:
        def work(tx: Transaction) -> ActionResult:
            tx.prefer(by.user_id, **{what: value})
            tx.audit(actor=_actor(by), type="preference.chosen", ref=f"user:{by.user_id}", body={what: value})
            return ActionResult(code=f"{what}-chosen", ok=True, facts={what: value})

        return await self._desk.store.write(work)

    async def _change(self, by: Person, about: str, nonce: str, work: Callable[[Transaction], ActionResult]) -> ActionResult:
        """The change is made where this admin was asked about it less than a minute ago and has not answered yet."""
        now = self._desk.clock.wall()

        def guarded(tx: Transaction) -> ActionResult:
            asked = tx.operator(by.user_id)
            used = tx.use_action_nonce(nonce=nonce, kind=NONCE_KIND, ref=about, user_id=by.user_id, chat_id=by.user_id, now=now)
            if used is not NonceUse.GRANTED or asked is None or asked.role != ADMIN:
                tx.audit(actor=_actor(by), type="access.unchanged", ref=f"operators:{about}", body={"outcome": used.value})
                return ActionResult(code="people-ask-again", ok=False)
            return work(tx)

        result = await self._desk.store.write(guarded)
        if result.ok:
            self._revision += 1
        return result


def _what_counts(tx: Transaction, desk: Desk, user_id: int) -> tuple[OperatorRecord | None, tuple[InvitationRecord, ...], tuple[InvitationRecord, ...]]:
    """Who asks, the codes they used, and the codes that wait: those of admins, and the first one, which waits in the home."""
    first = None if desk.home is None else pairing.read_first(desk.home.pairing)
    now = desk.clock.wall()
    outside = () if first is None or first.valid_until_at <= now else (first,)
    return tx.operator(user_id), tx.used_invitations(user_id), (*tx.open_invitations(now), *outside)


async def _opened(invitations: tuple[InvitationRecord, ...], code: str) -> InvitationRecord | None:
    """The invitation the code opens. Each look costs a twentieth of a second on purpose, so it is taken beside the loop."""
    looks = [await asyncio.to_thread(pairing.opens, each.sealed, code) for each in invitations]
    return next((each for each, is_opened in zip(invitations, looks, strict=True) if is_opened), None)


def _admit(tx: Transaction, desk: Desk, newcomer: Newcomer, invitation: InvitationRecord) -> bool:
    """The newcomer is on the list as the code says; False when somebody else was faster."""
    now = desk.clock.wall()
    if not tx.use_invitation(invitation, user_id=newcomer.user_id, now=now):
        return False
    record = PersonRecord(
        user_id=newcomer.user_id, chat_id=newcomer.chat_id, name=newcomer.name, role=invitation.role, added_at=now, added_by=invitation.made_by
    )
    tx.add_person(record)
    _list(tx, desk, record)
    by = Person(user_id=newcomer.user_id, name=newcomer.name, source="chat")
    _tell(tx, desk, by, code="paired-by", facts={"person": newcomer.name, "role": record.role}, body={"invited_by": record.added_by}, user_id=newcomer.user_id)
    return True


def _list(tx: Transaction, desk: Desk, person: PersonRecord) -> None:
    if desk.admits_paired:
        tx.upsert_operator(OperatorRecord(user_id=person.user_id, chat_id=person.chat_id, role=person.role, language=desk.language))


def _tell(tx: Transaction, desk: Desk, by: Person, *, code: str, facts: dict[str, str], body: dict[str, str], user_id: int) -> None:
    """Who changed what for whom stands in the chain, anchored, and is owed to everybody but them."""
    tx.audit(actor=_actor(by), type=f"access.{code.removesuffix('-by')}", ref=f"user:{user_id}", body={**body, **facts}, anchor=True)
    notice = AlertNotice(env=desk.env, code=code, level="warning", at=desk.now(), facts={"who": by.name, **facts})
    post(tx, notice, dedupe_key=f"alert:{code}:{tx.head().seq}", priority=Priority.NEWS, skip_user_id=by.user_id)


def _views(tx: Transaction, desk: Desk) -> tuple[PersonView, ...]:
    """Whom the run was started with, then whom codes admitted, those too who may speak in another chat only."""
    paired = [person for person in tx.people() if person.user_id not in desk.fixed_people]
    named = {person.user_id for person in paired}
    fixed = (
        PersonView(user_id=o.user_id, name="", role=o.role, source="environment", language=o.language, zone=o.zone)
        for o in tx.operators()
        if o.user_id not in named
    )
    return (*fixed, *(_paired_view(tx, desk, person) for person in paired))


def _paired_view(tx: Transaction, desk: Desk, person: PersonRecord) -> PersonView:
    listed = tx.operator(person.user_id)
    return PersonView(
        user_id=person.user_id,
        name=person.name,
        role=person.role,
        source="paired",
        language=desk.language if listed is None else listed.language,
        zone="" if listed is None else listed.zone,
        added_at=person.added_at,
    )


def _paired(tx: Transaction, desk: Desk, user_id: int) -> PersonRecord | None:
    """The person as a code admitted them; None for a stranger and for whoever the run was started with."""
    return next((person for person in tx.people() if person.user_id == user_id and user_id not in desk.fixed_people), None)


def _not_ours(tx: Transaction, user_id: int) -> ActionResult:
    return ActionResult(code="person-fixed" if tx.operator(user_id) is not None else "person-unknown", ok=False)


def _is_last_admin(tx: Transaction, user_id: int) -> bool:
    return not any(operator.role == ADMIN and operator.user_id != user_id for operator in tx.operators())


def _actor(by: Person) -> str:
    return f"{by.source}:{by.user_id}"
