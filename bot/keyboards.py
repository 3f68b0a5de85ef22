"""The buttons under a message: two per row, never moving between edits.

Rules of this file: a decided card keeps only what reads; nothing dangerous stands
on a button without a nonce.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.callbacks import TradeRef, Verb, encode
from bot.chat import Button, ButtonStyle, Reply, Role
from bot.format import clean, cut
from bot.text import LANGUAGES, Texts
from bot.zones import USUAL, as_ref, city_of
from engine.core.model import OptionType
from engine.views import LoudnessView, PersonView, SubjectView, WorkingOrderView

Keyboard = tuple[tuple[Button, ...], ...]

ROW_MAX = 2
NAME_MAX_UNITS = 32
PEOPLE_MAX = 30
ORDERS_MAX = 20
ASKED_OTHERWISE = ((Verb.HALF, Verb.WIDER), (Verb.NEXT, Verb.SNOOZE))
BECAUSE = ("price", "risk", "event", "time")
LOUDNESS = ("loud", "silent", "off")
ALL = "all"
"""What a button means that is about every open trade."""
QUIET_HOURS = ("22:00-07:00", "23:00-07:00", "00:00-08:00")
CHOICES_ROW_MAX = 3
"""Choices are short: a day, a period, a month."""


def entry_card(proposal_id: int, nonce: str, texts: Texts) -> Keyboard:
    """Approve and reject, below them what shows more, and last what asks for something else."""
    return (
        (
            Button(label=texts.say("button-approve"), action=encode(Verb.APPROVE, proposal_id, nonce), style=ButtonStyle.SUCCESS),
            Button(label=texts.say("button-reject"), action=encode(Verb.REJECT, proposal_id, nonce), style=ButtonStyle.DANGER),
        ),
        _reading(proposal_id, texts),
        *(tuple(Button(label=texts.say(f"button-{verb}"), action=encode(verb, proposal_id, nonce)) for verb in row) for row in ASKED_OTHERWISE),
    )


def because(proposal_id: int, texts: Texts) -> Keyboard:
    """Four reasons for a no, each on a row of its own."""
    return tuple((Button(label=texts.say(f"because-{reason}"), action=encode(Verb.BECAUSE, f"{proposal_id}.{reason}")),) for reason in BECAUSE)


def confirm(proposal_id: int, nonce: str, texts: Texts) -> Keyboard:
    """The second yes, and the way out."""
    yes = Button(label=texts.say("button-confirm"), action=encode(Verb.CONFIRM, proposal_id, nonce), style=ButtonStyle.DANGER)
    return ((yes, Button(label=texts.say("button-not-now"), action=encode(Verb.DISMISS, proposal_id))),)


def hard_exit_card(proposal_id: int, nonce: str, texts: Texts, *, can_postpone: bool) -> Keyboard:
    """Close now, and while it was not used the one postponement."""
    close = Button(label=texts.say("button-close-now"), action=encode(Verb.CLOSE, proposal_id, nonce), style=ButtonStyle.DANGER)
    return ((close, *_postpone(proposal_id, nonce, texts, can_postpone=can_postpone)), _reading(proposal_id, texts))


def soft_exit_card(proposal_id: int, nonce: str, texts: Texts, *, can_postpone: bool) -> Keyboard:
    """Close or keep, the one postponement, and what shows more."""
    decide = (
        Button(label=texts.say("button-close"), action=encode(Verb.CLOSE, proposal_id, nonce), style=ButtonStyle.SUCCESS),
        Button(label=texts.say("button-keep"), action=encode(Verb.KEEP, proposal_id, nonce)),
    )
    later = _postpone(proposal_id, nonce, texts, can_postpone=can_postpone)
    return (decide, *((later,) if later else ()), _reading(proposal_id, texts))


def decided_card(proposal_id: int, texts: Texts) -> Keyboard:
    """Nothing to decide any more: details and chart."""
    return (_reading(proposal_id, texts),)


def with_hd(reply: Reply, texts: Texts) -> Reply:
    """The reply with the button that sends its picture as a file, last of all; nothing else moves."""
    if reply.chart is None or reply.is_file:
        return reply
    button, rows = Button(label=texts.say("button-hd"), action=encode(Verb.HD, "chart")), reply.buttons
    has_room = bool(rows) and len(rows[-1]) < ROW_MAX
    return replace(reply, buttons=(*rows[:-1], (*rows[-1], button)) if has_room else (*rows, (button,)))


def with_alarm(reply: Reply, alarm_id: int | None, texts: Texts) -> Reply:
    """The reply with the buttons that acknowledge an alarm or put it off; any other as it is."""
    if alarm_id is None:
        return reply
    seen = Button(label=texts.say("button-seen"), action=encode(Verb.SEEN, alarm_id), style=ButtonStyle.SUCCESS)
    return replace(reply, buttons=(*reply.buttons, (seen, Button(label=texts.say("button-alarm-later"), action=encode(Verb.LATER, alarm_id)))))


def rows_of(choices: Iterable[Button]) -> Keyboard:
    """The choices in their order, row by row."""
    told = tuple(choices)
    return tuple(told[first : first + CHOICES_ROW_MAX] for first in range(0, len(told), CHOICES_ROW_MAX))


def force_close(trade: TradeRef, nonce: str, texts: Texts, *, can_split: bool) -> Keyboard:
    """The one button that closes at once, and the way out; of a whole condor also what asks for the price of one side."""
    close = texts.say("button-close-all" if can_split else "button-force-close")
    decide = (
        Button(label=close, action=encode(Verb.FORCE_CLOSE, trade, nonce), style=ButtonStyle.DANGER),
        Button(label=texts.say("button-dismiss"), action=encode(Verb.DISMISS, trade.trade_id)),
    )
    return (decide, _one_side(trade.trade_id, texts)) if can_split else (decide,)


def close_all(count: int, nonce: str, texts: Texts) -> Keyboard:
    """The one button that closes every trade of the question, and the way out."""
    close = Button(label=texts.say("button-close-every", count=count), action=encode(Verb.CLOSE_ALL, ALL, nonce), style=ButtonStyle.DANGER)
    return ((close, Button(label=texts.say("button-dismiss-all"), action=encode(Verb.DISMISS, ALL))),)


def working_orders(orders: Iterable[WorkingOrderView], texts: Texts) -> Keyboard:
    """A row for each order that can be cancelled."""
    return tuple(
        (
            Button(
                label=texts.say("button-cancel-entry" if each.is_opening else "button-cancel-exit", id=str(each.trade_id)),
                action=encode(Verb.CANCEL, each.trade_id, each.nonce),
                style=ButtonStyle.DANGER,
            ),
        )
        for each in tuple(orders)[:ORDERS_MAX]
    )


def zones() -> Keyboard:
    """The usual time zones by their cities."""
    return rows_of(Button(label=city_of(zone), action=encode(Verb.ZONE, as_ref(zone))) for zone in USUAL)


def languages(texts: Texts) -> Keyboard:
    """Every language there is, each in its own name."""
    return (tuple(Button(label=texts.say(f"language-own-{language}"), action=encode(Verb.LANGUAGE, language)) for language in LANGUAGES),)


def subjects(view: LoudnessView, texts: Texts) -> Keyboard:
    """One button for each kind of message that can be made louder or quieter."""
    free = (each for each in view.subjects if not each.is_fixed)
    buttons = [Button(label=texts.say_code("subject", each.subject), action=encode(Verb.SUBJECT, each.subject)) for each in free]
    return tuple(tuple(buttons[first : first + ROW_MAX]) for first in range(0, len(buttons), ROW_MAX))


def loudness(each: SubjectView, texts: Texts) -> Keyboard:
    """By day and in quiet hours: loud, silent, off, the present one marked; and the way back."""
    rows = tuple(
        tuple(
            Button(
                label=texts.say("button-loudness", part=texts.say(f"part-{part}"), loudness=texts.say(f"loudness-{to}"), mark="✓" if to == now else ""),
                action=encode(Verb.LOUD, f"{each.subject}.{part}.{to}"),
            )
            for to in LOUDNESS
        )
        for part, now in (("day", each.day), ("night", each.night))
    )
    return (*rows, (Button(label=texts.say("button-back"), action=encode(Verb.SUBJECT, "all")),))


def quiet(texts: Texts) -> Keyboard:
    """The usual quiet hours, and none."""
    hours = (Button(label=each.replace("-", "–"), action=encode(Verb.QUIET, each.replace(":", ""))) for each in QUIET_HOURS)
    return (*rows_of(hours), (Button(label=texts.say("button-quiet-off"), action=encode(Verb.QUIET, "off")),))


def people(listed: Iterable[PersonView], texts: Texts) -> Keyboard:
    """One button for each person who can be changed here, and one to let somebody in."""
    changed = (each for each in listed if each.source == "paired")
    rows = tuple(
        (Button(label=texts.say("button-person", name=cut(clean(each.name), NAME_MAX_UNITS)), action=encode(Verb.PERSON, each.user_id)),) for each in changed
    )
    return (*rows[:PEOPLE_MAX], (Button(label=texts.say("button-invite"), action=encode(Verb.PERSON, "invite")),))


def invite(nonce: str, texts: Texts) -> Keyboard:
    """As what somebody may come in."""
    return (tuple(Button(label=texts.say(f"role-{role}"), action=encode(Verb.INVITE, role, nonce)) for role in Role),)


def person(each: PersonView, nonce: str, texts: Texts) -> Keyboard:
    """The roles the person has not, and the way out of the list."""
    roles = tuple(Button(label=texts.say(f"role-{role}"), action=encode(Verb.APPOINT, f"{each.user_id}.{role}", nonce)) for role in Role if role != each.role)
    return (roles, (Button(label=texts.say("button-remove"), action=encode(Verb.REMOVE, each.user_id, nonce), style=ButtonStyle.DANGER),))


def _one_side(trade_id: int, texts: Texts) -> tuple[Button, ...]:
    keys = {OptionType.PUT: "button-puts-only", OptionType.CALL: "button-calls-only"}
    return tuple(Button(label=texts.say(key), action=encode(Verb.ASK_CLOSE, TradeRef(trade_id=trade_id, side=side))) for side, key in keys.items())


def _postpone(proposal_id: int, nonce: str, texts: Texts, *, can_postpone: bool) -> tuple[Button, ...]:
    if not can_postpone:
        return ()
    return (Button(label=texts.say("button-postpone"), action=encode(Verb.POSTPONE, proposal_id, nonce)),)


def _reading(proposal_id: int, texts: Texts) -> tuple[Button, ...]:
    return (
        Button(label=texts.say("button-details"), action=encode(Verb.DETAILS, proposal_id)),
        Button(label=texts.say("button-chart"), action=encode(Verb.CHART, proposal_id)),
    )
