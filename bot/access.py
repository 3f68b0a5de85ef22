"""Who may do what: applied once, around dispatch, by numeric user id.

Rules of this file: the engine's list is the truth, whatever a request says of its
role; who is not on it learns nothing; stopping is never too late, changing is.
Edits, forwards and channel posts are turned away before they become a request
(`updates.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.callbacks import Verb, decode
from bot.chat import Command, Danger, Reply, Request, Role
from bot.format import cut
from bot.text import Texts
from engine.api import Engine

CHANGE_AGE_MAX = timedelta(seconds=60)
WHAT_MAX_UNITS = 64
STRANGER_LANGUAGE = "en"

RANKS = {Role.VIEWER: 0, Role.APPROVER: 1, Role.ADMIN: 2}

VERB_ROLES = {
    Verb.APPROVE: Role.APPROVER,
    Verb.REJECT: Role.APPROVER,
    Verb.CLOSE: Role.APPROVER,
    Verb.POSTPONE: Role.APPROVER,
    Verb.KEEP: Role.APPROVER,
    Verb.FORCE_CLOSE: Role.APPROVER,
    Verb.CLOSE_ALL: Role.APPROVER,
    Verb.CANCEL: Role.APPROVER,
    Verb.ASK_CLOSE: Role.APPROVER,
    Verb.DETAILS: Role.VIEWER,
    Verb.CHART: Role.VIEWER,
    Verb.HD: Role.VIEWER,
    Verb.PAGE: Role.VIEWER,
    Verb.SHOW: Role.VIEWER,
    Verb.SHEET: Role.VIEWER,
    Verb.PICK: Role.VIEWER,
    Verb.DISMISS: Role.VIEWER,
    Verb.INVITE: Role.ADMIN,
    Verb.APPOINT: Role.ADMIN,
    Verb.REMOVE: Role.ADMIN,
    Verb.PERSON: Role.ADMIN,
    Verb.ZONE: Role.VIEWER,
    Verb.LANGUAGE: Role.VIEWER,
    Verb.SEEN: Role.APPROVER,
    Verb.LATER: Role.APPROVER,
    Verb.SUBJECT: Role.VIEWER,
    Verb.LOUD: Role.VIEWER,
    Verb.QUIET: Role.VIEWER,
    Verb.PRACTISE: Role.APPROVER,
    Verb.HALF: Role.APPROVER,
    Verb.WIDER: Role.APPROVER,
    Verb.NEXT: Role.APPROVER,
    Verb.SNOOZE: Role.APPROVER,
    Verb.BECAUSE: Role.APPROVER,
    Verb.CONFIRM: Role.APPROVER,
}


async def admit(request: Request, engine: Engine) -> Request | None:
    """The request with the role and language the engine knows; None for a stranger, who is on record then."""
    operator = await engine.operator(request.user_id)
    if operator is None or operator.chat_id != request.chat_id:
        if looks_like_ours(request.callback):
            engine.note_strange_tap()
        await engine.record_stranger(request.user_id, what_of(request))
        return None
    return replace(request, role=Role(operator.role), language=operator.language, zone=operator.zone)


def looks_like_ours(data: str | None) -> bool:
    """True for button data in our format: who sends that without being on the list knows the format, or has a button of ours."""
    return data is not None and decode(data) is not None


def turn_away(tried: Request) -> tuple[Reply, ...]:
    """What a stranger gets: words for the spinner of a tap, nothing for a message."""
    if tried.callback is None:
        return ()
    return (Reply(toast=words_for_strangers(), is_alert=True),)


def words_for_strangers() -> str:
    """All that somebody who is not on the list is ever told, and only when they tapped a button."""
    return Texts(STRANGER_LANGUAGE).say("not-for-you")


def may(role: Role, needed: Role) -> bool:
    """True when the role is trusted with what needs `needed`."""
    return RANKS[role] >= RANKS[needed]


def is_stale(request: Request, command: Command, now: datetime) -> bool:
    """True when a command that changes something was sent too long before `now` (wall clock); stops never are."""
    return command.danger is Danger.CHANGES and now - request.sent_at > CHANGE_AGE_MAX


def what_of(tried: Request) -> str:
    """What was tried, in few words and without its content."""
    if tried.command is not None:
        return cut(f"/{tried.command}", WHAT_MAX_UNITS)
    return "button" if tried.callback is not None else "text"
