"""The part of the door that is about people: who is admitted, as what, and how each is spoken to."""

from __future__ import annotations

from typing import Protocol

from engine.views import ActionResult, LoudnessView, Newcomer, PeopleView, Person


class People(Protocol):
    """Changes take effect at once, stand in the audit chain and are told to every other operator."""

    def revision(self) -> int:
        """A number that rises whenever the list changes."""

    async def pair(self, newcomer: Newcomer, code: str) -> ActionResult:
        """Whoever sends a valid code first is on the list with its role; sent again by the same person it says the same. Limited in tries."""

    async def listed(self) -> PeopleView:
        """Everybody on the list."""

    async def ask(self, about: str, by: Person) -> str:
        """A nonce that lets this admin make one change `about` a person's number or `invite`, within a minute."""

    async def invite(self, by: Person, role: str, nonce: str) -> ActionResult:
        """A code that admits one person with this role, valid ten minutes, in the facts."""

    async def appoint(self, by: Person, user_id: int, role: str, nonce: str) -> ActionResult:
        """The person has this role; never the last admin's lesser one."""

    async def remove(self, by: Person, user_id: int, nonce: str) -> ActionResult:
        """The person is a stranger; never the last admin."""

    async def choose_language(self, by: Person, language: str) -> ActionResult:
        """Everything the person reads from now on is in this language."""

    async def choose_zone(self, by: Person, zone: str) -> ActionResult:
        """Hours the person reads, and their quiet ones, are of this IANA zone; jobs go by UTC as before."""

    async def choose_quiet(self, by: Person, hours: str) -> ActionResult:
        """Between these hours (`22:00-07:00`, empty for none) less of what comes makes a sound."""

    async def loudness(self, user_id: int) -> LoudnessView:
        """How loud each kind of message is for the person, by day and in their quiet hours."""

    async def choose_loudness(self, by: Person, subject: str, part: str, to: str) -> ActionResult:
        """This kind of message is as loud as that for the person; what must wake somebody stays loud."""

    async def acknowledge(self, by: Person, alarm_id: int) -> ActionResult:
        """The alarm is over for everybody."""

    async def snooze(self, by: Person, alarm_id: int) -> ActionResult:
        """The alarm comes again in a quarter of an hour."""
