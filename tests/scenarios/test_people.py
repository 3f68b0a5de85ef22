"""People come onto the list with a code, are appointed and removed by an admin, and each is spoken to as they chose."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.app import RunPlan, _admit
from engine.clock import ManualClock
from engine.home import home_at
from engine.notices import AlertNotice
from engine.runtime.people import PeopleRoom
from engine.safety import pairing
from engine.servers.market_plan import MarketPlan
from engine.state.records import OperatorRecord
from engine.views import ActionResult, Newcomer, Person
from tests.scenarios.house import ANNA, BRUNO, OPERATOR, START_AT, House, house

CARLA = Newcomer(user_id=9, chat_id=9, name="Carla")
DARIO = Newcomer(user_id=10, chat_id=10, name="Dario")


def person(newcomer: Newcomer) -> Person:
    return Person(user_id=newcomer.user_id, name=newcomer.name, source="chat")


async def code_for(engine: House, role: str, *, by: Person = ANNA) -> str:
    made = await engine.door.people.invite(by, role, await engine.door.people.ask("invite", by))

    assert (made.code, made.facts["role"]) == ("invited", role)
    return made.facts["code"]


class LaterWall(ManualClock):
    """The wall is so much further than the machine's."""

    def __init__(self, start_at: datetime, by: timedelta) -> None:
        super().__init__(start_at)
        self._by = by

    def wall(self) -> datetime:
        return super().wall() + self._by


def later(engine: House, *, minutes: int) -> PeopleRoom:
    """The same room so many minutes later."""
    return PeopleRoom(replace(engine.desk, clock=LaterWall(engine.clock.now(), timedelta(minutes=minutes))))


async def roles(engine: House) -> dict[int, str]:
    return {each.user_id: each.role for each in await engine.door.operators()}


async def test_a_code_of_an_admin_lets_one_person_in_once(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        code = await code_for(engine, "approver")
        came = await engine.door.people.pair(CARLA, code.lower().replace("-", " "))
        again, late = await engine.door.people.pair(CARLA, code), await engine.door.people.pair(DARIO, code)
        await engine.deliver()
        listed, told, written = await roles(engine), engine.alerts(), await engine.audit()

    assert [came.code, again.code, late.code] == ["paired", "paired", "pair-refused"]
    assert listed == {7: "admin", 9: "approver"}
    assert told == ["paired-by"]
    assert [row.type for row in written if row.type.startswith("access.")] == ["access.invited", "access.paired"]
    assert code not in "".join(row.body_json for row in written)


async def test_a_code_is_stored_in_no_form_that_tells_it(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        code = await code_for(engine, "admin")
        stored = await engine.desk.store.read(lambda tx: tx.open_invitations(engine.clock.wall()))

    assert [each.role for each in stored] == ["admin"]
    assert code.replace("-", "") not in stored[0].sealed
    assert pairing.opens(stored[0].sealed, code)
    assert not pairing.opens(stored[0].sealed, pairing.new_code())


async def test_a_code_is_good_for_ten_minutes(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        code = await code_for(engine, "viewer")

        assert (await later(engine, minutes=10).pair(CARLA, code)).code == "pair-refused"
        assert (await engine.door.people.pair(CARLA, code)).code == "paired"


async def test_the_first_code_waits_in_the_home_and_makes_an_admin_of_an_empty_list(tmp_path: Path) -> None:
    async with house(tmp_path, operators=()) as engine:
        home, code = home_at(tmp_path), pairing.new_code()
        pairing.write_first(home.pairing, pairing.invitation(code, role="admin", made_by="init", now=engine.clock.wall()))
        room = PeopleRoom(replace(engine.desk, home=home))
        wrong, came, late = await room.pair(DARIO, pairing.new_code()), await room.pair(CARLA, code), await room.pair(DARIO, code)
        listed = await roles(engine)

    assert [wrong.code, came.code, late.code] == ["pair-refused", "paired", "pair-refused"]
    assert home.pairing.stat().st_mode & 0o777 == 0o600
    assert code.replace("-", "") not in home.pairing.read_text(encoding="utf-8")
    assert listed == {9: "admin"}


async def test_guessing_ends_after_five_tries_of_one_person_even_for_the_right_code(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        code = await code_for(engine, "viewer")
        for _ in range(pairing.TRIES_PER_PERSON_MAX):
            await engine.door.people.pair(DARIO, pairing.new_code())
        blocked = await engine.door.people.pair(DARIO, code)
        other = await engine.door.people.pair(CARLA, code)

    assert (blocked.code, other.code) == ("pair-refused", "paired")


def test_a_crowd_guesses_sixty_times_in_ten_minutes_and_no_more() -> None:
    tries, now = pairing.Tries(), START_AT

    assert [tries.may_try(number, now) for number in range(61)] == [True] * 60 + [False]
    assert tries.may_try(99, now + timedelta(minutes=10))


async def test_what_is_no_code_at_all_costs_nobody_a_try(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        code = await code_for(engine, "viewer")
        for nonsense in ("", "x", "0" * 11, "ü" * 10, "0123456789;", "\ud800" * 10):
            assert (await engine.door.people.pair(CARLA, nonsense)).code == "pair-refused"

        assert (await engine.door.people.pair(CARLA, code)).code == "paired"


async def test_who_is_named_at_the_start_needs_no_code_and_uses_none_up(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        room = PeopleRoom(replace(engine.desk, fixed_people=frozenset({7})))
        code = await code_for(engine, "viewer")
        fixed = await room.pair(Newcomer(user_id=7, chat_id=7, name="anna"), code)

        assert (fixed.code, fixed.facts) == ("pair-fixed", {"role": "admin"})
        assert (await room.pair(CARLA, code)).code == "paired"


async def test_a_code_raises_a_role_and_never_lowers_one(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.people.pair(CARLA, await code_for(engine, "approver"))
        lower = await engine.door.people.pair(CARLA, await code_for(engine, "viewer"))
        higher = await engine.door.people.pair(CARLA, await code_for(engine, "admin"))

        assert (lower.code, higher.code, await roles(engine)) == ("pair-needless", "paired", {7: "admin", 9: "admin"})


async def change(engine: House, target: int, role: str | None, *, by: Person = ANNA, nonce: str | None = None) -> ActionResult:
    room = engine.door.people
    good = await room.ask(str(target), by) if nonce is None else nonce
    return await room.remove(by, target, good) if role is None else await room.appoint(by, target, role, good)


async def test_an_admin_appoints_and_removes_and_it_counts_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.people.pair(CARLA, await code_for(engine, "viewer"))
        before = engine.door.people.revision()
        raised = await change(engine, 9, "approver")
        as_approver = await engine.door.operator(9)
        gone = await change(engine, 9, None)
        as_stranger, after = await engine.door.operator(9), engine.door.people.revision()

    assert (raised.code, gone.code) == ("appointed", "removed")
    assert as_approver is not None
    assert (as_approver.role, as_stranger, after - before) == ("approver", None, 2)


async def test_a_change_needs_a_question_of_its_own_once_and_within_a_minute(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.people.pair(CARLA, await code_for(engine, "viewer"))
        room = engine.door.people
        foreign, other, late = await room.ask("9", BRUNO), await room.ask("10", ANNA), await room.ask("9", ANNA)
        refused = [(await change(engine, 9, "admin", nonce=nonce)).code for nonce in (foreign, other, "nonsense-nonce-1")]
        refused.append((await later(engine, minutes=1).appoint(ANNA, 9, "admin", late)).code)
        good = await room.ask("9", ANNA)
        first, second = await change(engine, 9, "approver", nonce=good), await change(engine, 9, "admin", nonce=good)

        assert refused == ["people-ask-again"] * 4
        assert (first.code, second.code, (await roles(engine))[9]) == ("appointed", "people-ask-again", "approver")
        assert await engine.audited("access.unchanged") == 5


async def test_who_is_no_admin_any_more_changes_nothing_with_an_old_button(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.people.pair(CARLA, await code_for(engine, "admin"))
        held = await engine.door.people.ask("9", person(CARLA))
        await change(engine, 9, "viewer")

        assert (await change(engine, 9, "admin", by=person(CARLA), nonce=held)).code == "people-ask-again"


@pytest.mark.parametrize("role", ["approver", None])
async def test_the_last_admin_stays_one(tmp_path: Path, role: str | None) -> None:
    async with house(tmp_path, operators=(replace(OPERATOR, role="viewer"),)) as engine:
        await engine.desk.store.write(lambda tx: tx.add_invitation(pairing.invitation("A" * 10, role="admin", made_by="test", now=engine.clock.wall())))
        await engine.door.people.pair(CARLA, "A" * 10)
        kept = await change(engine, 9, role, by=person(CARLA))

        assert (kept.code, await roles(engine)) == ("last-admin", {7: "viewer", 9: "admin"})


@pytest.mark.parametrize(("target", "code"), [(7, "person-fixed"), (99, "person-unknown")])
async def test_who_is_named_at_the_start_or_not_there_is_not_changed_here(tmp_path: Path, target: int, code: str) -> None:
    async with house(tmp_path) as engine:
        assert [(await change(engine, target, role)).code for role in ("viewer", None)] == [code, code]


async def test_at_most_five_codes_wait(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        for _ in range(5):
            await code_for(engine, "viewer")
        sixth = await engine.door.people.invite(ANNA, "viewer", await engine.door.people.ask("invite", ANNA))
        listed = await engine.door.people.listed()

    assert (sixth.code, listed.waiting_codes) == ("too-many-codes", 5)


async def test_the_list_says_where_each_role_comes_from(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.people.pair(CARLA, await code_for(engine, "viewer"))
        listed = (await engine.door.people.listed()).people

    assert [(each.user_id, each.name, each.role, each.source) for each in listed] == [(7, "", "admin", "environment"), (9, "Carla", "viewer", "paired")]


def plan(engine: House, home: Path, *named: OperatorRecord, admits_paired: bool) -> RunPlan:
    return RunPlan(home=home_at(home), clock=engine.clock, market=MarketPlan(), origin="demo", operators=named, admits_paired=admits_paired, language="it")


async def test_after_a_restart_whoever_is_paired_may_speak_where_their_chat_is_and_the_environment_counts_first(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.people.pair(CARLA, await code_for(engine, "admin"))
        found = []
        for started in (
            plan(engine, tmp_path, OPERATOR, admits_paired=True),
            plan(engine, tmp_path, OPERATOR, admits_paired=False),
            plan(engine, tmp_path, replace(OPERATOR, user_id=9, chat_id=9, role="viewer"), admits_paired=True),
        ):
            await engine.desk.store.write(lambda tx, started=started: _admit(tx, started))
            found.append(await roles(engine))

    assert found == [{7: "admin", 9: "admin"}, {7: "admin"}, {9: "viewer"}]


async def test_what_somebody_chose_outlives_a_restart_and_each_hears_in_their_own_way(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        room = engine.door.people
        told = [await room.choose_language(ANNA, "it"), await room.choose_zone(ANNA, "europe/rome"), await room.choose_zone(ANNA, "Mars/Base")]
        told.append(await room.choose_language(ANNA, "tlh"))
        await engine.desk.store.write(lambda tx: _admit(tx, plan(engine, tmp_path, OPERATOR, admits_paired=True)))
        anna = await engine.door.operator(7)

    assert [each.code for each in told] == ["language-chosen", "zone-chosen", "zone-unknown", "language-unknown"]
    assert anna is not None
    assert (anna.language, anna.zone) == ("it", "Europe/Rome")


async def test_words_about_people_go_to_everybody_but_who_did_it(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.people.pair(CARLA, await code_for(engine, "admin"))
        await engine.door.people.pair(DARIO, await code_for(engine, "viewer"))
        await engine.deliver()
        engine.sent.clear()
        await change(engine, 10, "approver", by=person(CARLA))
        await engine.deliver()
        told = [(sent.chat_id, sent.notice.code, sent.notice.facts) for sent in engine.sent if isinstance(sent.notice, AlertNotice)]

    facts = {"who": "Carla", "person": "Dario", "role": "approver"}
    assert told == [(7, "appointed-by", facts), (10, "appointed-by", facts)]
