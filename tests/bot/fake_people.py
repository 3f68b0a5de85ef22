"""The people of the afternoon: one named at the start, two admitted by codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from engine.runtime import loudness
from engine.views import ActionResult, LoudnessView, Newcomer, PeopleView, Person, PersonView, SubjectView

PEOPLE = PeopleView(
    people=(
        PersonView(user_id=1001, name="", role="admin", source="environment", language="en", zone="Europe/Rome"),
        PersonView(user_id=7, name="Bea <Rossi>", role="approver", source="paired", language="it", zone="", added_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC)),
        PersonView(user_id=1003, name="Vic", role="viewer", source="paired", language="en", zone="", added_at=datetime(2026, 11, 9, 14, 0, tzinfo=UTC)),
    ),
    waiting_codes=1,
)

HEARD = LoudnessView(
    subjects=tuple(SubjectView(subject=subject, day=usual.day, night=usual.night, is_fixed=usual.is_fixed) for subject, usual in loudness.SUBJECTS.items()),
    quiet="22:00-07:00",
)

NONCE = "nonce-of-people-"


class FakePeople:
    """Answers as `PEOPLE` stand; every question is noted where the fake engine notes its own."""

    def __init__(self, note: Callable[[str, object], None]) -> None:
        self._note = note
        self.view = PEOPLE
        self.heard = HEARD
        self.answer: ActionResult | None = None

    def revision(self) -> int:
        return 0

    async def pair(self, newcomer: Newcomer, code: str) -> ActionResult:
        self._note("pair", (newcomer, code))
        return self._result(ActionResult(code="pair-fixed", ok=False, facts={"role": "admin"}))

    async def listed(self) -> PeopleView:
        self._note("listed", None)
        return self.view

    async def ask(self, about: str, by: Person) -> str:
        self._note("ask", (about, by))
        return NONCE

    async def invite(self, by: Person, role: str, nonce: str) -> ActionResult:
        self._note("invite", (by, role, nonce))
        return self._result(ActionResult(code="invited", ok=True, facts={"code": "7F3A9-K2MQX", "role": role}))

    async def appoint(self, by: Person, user_id: int, role: str, nonce: str) -> ActionResult:
        self._note("appoint", (by, user_id, role, nonce))
        return self._result(ActionResult(code="appointed", ok=True, facts={"person": "Bea", "role": role}))

    async def remove(self, by: Person, user_id: int, nonce: str) -> ActionResult:
        self._note("remove", (by, user_id, nonce))
        return self._result(ActionResult(code="removed", ok=True, facts={"person": "Bea"}))

    async def choose_language(self, by: Person, language: str) -> ActionResult:
        self._note("choose_language", (by, language))
        return self._result(ActionResult(code="language-chosen", ok=True, facts={"language": language}))

    async def choose_zone(self, by: Person, zone: str) -> ActionResult:
        self._note("choose_zone", (by, zone))
        return self._result(ActionResult(code="zone-chosen", ok=True, facts={"zone": zone}))

    async def choose_quiet(self, by: Person, hours: str) -> ActionResult:
        self._note("choose_quiet", (by, hours))
        return self._result(ActionResult(code="quiet-chosen", ok=True, facts={"quiet": hours}))

    async def loudness(self, user_id: int) -> LoudnessView:
        self._note("loudness", user_id)
        return self.heard

    async def choose_loudness(self, by: Person, subject: str, part: str, to: str) -> ActionResult:
        self._note("choose_loudness", (by, subject, part, to))
        return self._result(ActionResult(code="loudness-chosen", ok=True, facts={}))

    async def acknowledge(self, by: Person, alarm_id: int) -> ActionResult:
        self._note("acknowledge", (by, alarm_id))
        return self._result(ActionResult(code="alarm-seen", ok=True))

    async def snooze(self, by: Person, alarm_id: int) -> ActionResult:
        self._note("snooze", (by, alarm_id))
        return self._result(ActionResult(code="alarm-snoozed", ok=True, facts={"at": "2026-11-22T09:45:00+00:00"}))

    def _result(self, usual: ActionResult) -> ActionResult:
        return usual if self.answer is None else self.answer
