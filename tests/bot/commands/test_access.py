"""Who may do what: the matrix of every command and button against every identity, made from the registry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.access import RANKS, VERB_ROLES
from bot.callbacks import DECIDING, Verb, decode, encode
from bot.chat import Command, Danger, Request, Role
from bot.dispatch import dispatch
from bot.handlers import COMMANDS
from bot.handlers.taps import VERBS
from engine.api import Operator
from tests.bot.commands.requests import WALL, WallClock, order, said, tap, words
from tests.bot.fake_engine import ADMIN, APPROVER, STRANGER, VIEWER, FakeEngine, as_engine

NONCE = "b7Kx02mQz9Lw4TnA"
USERS = {VIEWER: Role.VIEWER, APPROVER: Role.APPROVER, ADMIN: Role.ADMIN}
OFTEN = {
    Verb.CLOSE_ALL: "all",
    Verb.INVITE: "viewer",
    Verb.APPOINT: "7.viewer",
    Verb.LANGUAGE: "it",
    Verb.SUBJECT: "entry.card",
    Verb.BECAUSE: "7.price",
    Verb.LOUD: "entry.card.day.silent",
    Verb.QUIET: "2200-0700",
    Verb.PRACTISE: "142.yes",
    Verb.ZONE: "Europe.Rome",
    Verb.PAGE: "h1.30d.-.-",
    Verb.HD: "chart",
    Verb.SHOW: "smile.2026-11-27",
    Verb.SHEET: "h1.30d.-.-",
}


def button(verb: Verb) -> str:
    return encode(verb, OFTEN.get(verb, "7"), NONCE if verb in DECIDING else "-")


EVERYTHING = [order(each.example) for each in COMMANDS] + [tap(button(verb)) for verb in Verb] + [tap("garbage"), said("hello")]


def shown(request: Request) -> str:
    return f"/{request.command}" if request.command is not None else request.callback if request.callback is not None else "text"


@pytest.mark.parametrize("request_", EVERYTHING, ids=shown)
async def test_a_stranger_changes_nothing_learns_nothing_and_is_recorded(request_: Request) -> None:
    engine = FakeEngine()

    replies = await dispatch(replace(request_, user_id=STRANGER, chat_id=STRANGER, role=Role.ADMIN), as_engine(engine), clock=WallClock())

    assert engine.calls == []
    assert [user_id for user_id, _ in engine.strangers] == [STRANGER]
    assert ("This button is not for you." if request_.callback is not None else "") == words(replies)


@pytest.mark.parametrize("request_", EVERYTHING, ids=shown)
async def test_an_operator_in_another_chat_is_a_stranger(request_: Request) -> None:
    engine = FakeEngine()

    replies = await dispatch(replace(request_, chat_id=-100200), as_engine(engine), clock=WallClock())

    assert engine.calls == []
    assert [user_id for user_id, _ in engine.strangers] == [ADMIN]
    assert all(not reply.html for reply in replies)


@pytest.mark.parametrize("request_", EVERYTHING, ids=shown)
async def test_an_empty_list_admits_nobody(request_: Request) -> None:
    engine = FakeEngine(operators=())

    await dispatch(request_, as_engine(engine), clock=WallClock())

    assert engine.calls == []
    assert len(engine.strangers) == 1


@pytest.mark.parametrize("user_id", USERS, ids=str)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.name)
async def test_a_command_runs_for_its_role_and_above_only(command: Command, user_id: int) -> None:
    engine = FakeEngine()
    is_trusted = RANKS[USERS[user_id]] >= RANKS[command.role]

    replies = await dispatch(order(command.example, user_id=user_id), as_engine(engine), clock=WallClock())

    assert words(replies)
    assert is_trusted or engine.calls == []
    assert is_trusted == (command.name == "help" or bool(engine.calls))


@pytest.mark.parametrize("user_id", USERS, ids=str)
@pytest.mark.parametrize("verb", Verb, ids=str)
async def test_a_button_works_for_its_role_and_above_only(verb: Verb, user_id: int) -> None:
    engine = FakeEngine()
    is_trusted = RANKS[USERS[user_id]] >= RANKS[VERB_ROLES[verb]]

    replies = await dispatch(tap(button(verb), user_id=user_id), as_engine(engine), clock=WallClock())

    assert words(replies)
    assert is_trusted or engine.calls == []
    assert is_trusted == (verb is Verb.DISMISS or bool(engine.calls))


async def test_the_role_of_the_request_is_not_believed() -> None:
    engine = FakeEngine()

    await dispatch(replace(order("/resume", user_id=VIEWER), role=Role.ADMIN), as_engine(engine), clock=WallClock())

    assert engine.calls == []


async def test_a_list_with_one_person_admits_that_person_only() -> None:
    engine = FakeEngine(operators=(Operator(user_id=5, chat_id=5, role="viewer", language="en"),))

    await dispatch(order("/status", user_id=5), as_engine(engine), clock=WallClock())
    await dispatch(order("/status", user_id=ADMIN), as_engine(engine), clock=WallClock())

    assert engine.asked == ["status"]
    assert engine.strangers == [(ADMIN, "/status")]


@pytest.mark.parametrize(("age_s", "is_obeyed"), [(59, True), (60, True), (61, False), (840, False)])
@pytest.mark.parametrize("command", [each for each in COMMANDS if each.danger is Danger.CHANGES], ids=lambda each: each.name)
async def test_a_command_that_changes_something_is_refused_when_sixty_seconds_old(command: Command, age_s: int, *, is_obeyed: bool) -> None:
    engine = FakeEngine()

    replies = await dispatch(order(command.example, sent_ago=timedelta(seconds=age_s)), as_engine(engine), clock=WallClock())

    assert is_obeyed == bool(engine.calls)
    assert is_obeyed != ("Send it again" in words(replies))


async def test_the_refusal_of_an_old_command_says_how_old() -> None:
    replies = await dispatch(order("/scan", sent_ago=timedelta(minutes=14)), as_engine(FakeEngine()), clock=WallClock())

    assert words(replies) == "Not done: this was sent 14 min ago. Send it again if you still want it."


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.danger is not Danger.CHANGES], ids=lambda each: each.name)
async def test_reading_and_stopping_are_never_too_late(command: Command) -> None:
    engine = FakeEngine()

    replies = await dispatch(order(command.example, sent_ago=timedelta(days=1)), as_engine(engine), clock=WallClock())

    assert "Send it again" not in words(replies)
    assert command.name == "help" or engine.calls


async def test_age_is_judged_by_the_wall_without_a_clock_too() -> None:
    engine = FakeEngine()

    replies = await dispatch(replace(order("/scan"), sent_at=WALL - timedelta(days=9000)), as_engine(engine))

    assert engine.calls == []
    assert "Send it again" in words(replies)


def test_every_button_has_a_role_and_a_handler() -> None:
    assert set(Verb) == set(VERB_ROLES) == set(VERBS)
    assert all(VERB_ROLES[verb] is not Role.VIEWER for verb in DECIDING)


def test_only_admins_start_again_what_was_stopped() -> None:
    assert {"resume", "disarm", "operators", "stage"} == {each.name for each in COMMANDS if each.role is Role.ADMIN}
    assert {"kill", "pause"} == {each.name for each in COMMANDS if each.danger is Danger.STOPS}


@pytest.mark.parametrize("request_", EVERYTHING, ids=shown)
async def test_what_the_role_the_age_or_the_shape_forbids_is_recorded(request_: Request) -> None:
    """The one who may look and not touch leaves a trace as a stranger does: who it was, what was tried and why not."""
    engine = FakeEngine()

    await dispatch(replace(request_, user_id=VIEWER, chat_id=VIEWER, sent_at=WALL - timedelta(minutes=3)), as_engine(engine), clock=WallClock())

    command = next((each for each in COMMANDS if each.name == request_.command), None)
    pressed = None if request_.callback is None else decode(request_.callback)
    if command is not None and command.role is not Role.VIEWER:
        expected = [(VIEWER, f"/{command.name}", "role")]
    elif request_.callback is not None and pressed is None:
        expected = [(VIEWER, "button", "unreadable")]
    elif pressed is not None and VERB_ROLES[pressed.verb] is not Role.VIEWER:
        expected = [(VIEWER, f"{pressed.verb} {pressed.ref}", "role")]
    else:
        expected = []
    assert expected == engine.refusals


async def test_a_command_that_comes_too_late_is_recorded() -> None:
    engine = FakeEngine()

    await dispatch(replace(order("/resume"), sent_at=WALL - timedelta(minutes=3)), as_engine(engine), clock=WallClock())

    assert engine.refusals == [(ADMIN, "/resume", "too old")]
