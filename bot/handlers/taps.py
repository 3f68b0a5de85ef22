"""Buttons: each verb's answer, with the same `Request -> Reply` as the commands.

Rules of this file: nothing is decided here; the engine compares user, chat, message,
nonce and offered choice with its database, whatever the button says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot import keyboards, messages
from bot.callbacks import Callback, Verb, read_trade
from bot.charts import alt_text
from bot.chat import Danger, Reply, Request, Role
from bot.delivery import REPLY_KIND, decode_reply
from bot.format import cut, line, to_html
from bot.handlers import COMMANDS, decide, drills, loudness, people, see
from bot.handlers.answer import answer, person, sentence, voice
from bot.handlers.money import history_file, history_page
from bot.handlers.pages import read_page
from bot.views.past import similar
from bot.views.results import result_text
from engine.api import ActionResult, Chart, Engine, Tap
from engine.notices import Card, CardOutcome, EntryCard, ExitCard, decode_notice

TOAST_MAX_UNITS = 200
TO_CONFIRM = "confirm-asked"

TapHandler = Callable[[Request, Callback, Engine], Awaitable[tuple[Reply, ...]]]


async def approve(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The card's yes: enter, or close what it asks about."""
    tap = _tap(request, button)
    if tap is None:
        return _garbled(request)
    result = await engine.approve(tap)
    return _to_confirm(request, result) if result.code == TO_CONFIRM else _told(request, result)


async def reject(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The card's no: do not enter, or keep the trade."""
    tap = _tap(request, button)
    if tap is None:
        return _garbled(request)
    result = await engine.reject(tap)
    told, reader = _told(request, result), voice(request)
    if not result.ok or button.verb is not Verb.REJECT:
        return told
    return (*told, *sentence(reader.say("because-ask", id=str(tap.proposal_id)), buttons=keyboards.because(tap.proposal_id, reader.texts)))


async def vary(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The entry card asks for less, a wider spread or a later expiry instead."""
    tap = _tap(request, button)
    return _garbled(request) if tap is None else _told(request, await engine.card_room.vary(tap))


async def snooze(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The entry card comes again, later."""
    tap = _tap(request, button)
    return _garbled(request) if tap is None else _told(request, await engine.card_room.snooze(tap))


async def confirm(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The second tap of a live stage."""
    tap = _tap(request, button)
    return _garbled(request) if tap is None else _told(request, await engine.card_room.confirm(tap))


async def because(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """Why the entry was rejected, in the place of the question."""
    number, _, reason = button.ref.partition(".")
    if not number.isdecimal():
        return _garbled(request)
    result = await engine.card_room.because(person(request), int(number), reason)
    told = result_text(result.code, result.facts, voice(request))
    return (Reply(html=to_html([line(told)]), takes_place=True),) if result.ok else _told(request, result)


async def postpone(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The card asks once more, later."""
    tap = _tap(request, button)
    return _garbled(request) if tap is None else _told(request, await engine.postpone(tap))


async def force_close(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The trade of a force-close question, or the side it asked about, is being closed."""
    trade = read_trade(button.ref)
    if trade is None:
        return _garbled(request)
    return _begun(request, await engine.force_close(_tap_on(request, button, trade.trade_id), side=trade.side))


async def close_all(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """Every trade of the question is being closed, one after the other; the nonce says which they are."""
    return _begun(request, await engine.by_hand.close_all(_tap_on(request, button, 0)))


async def cancel(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The order the button stands for is being cancelled."""
    tap = _tap(request, button)
    return _garbled(request) if tap is None else _begun(request, await engine.by_hand.cancel_tapped(tap))


async def ask_close(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """What closing the chosen trade or side costs, as `/force_close ID` and `/force_close ID put` tell it."""
    return await decide.force_close(replace(request, args=tuple(button.ref.split("-"))), engine) or _garbled(request)


async def pick(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The chosen trade, as `/position ID` shows it."""
    return await see.position(replace(request, args=(button.ref,)), engine) or _garbled(request)


async def details(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """Every figure of the card, as they were when it was made."""
    card = await _card(button, engine)
    if card is None:
        return _garbled(request)
    past = await engine.similar(card.proposal_id)
    return (messages.details(card.report, request.language), *(answer(similar(past, voice(request))) if past else ()))


async def chart(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The card's picture again."""
    card = await _card(button, engine)
    if card is None:
        return _garbled(request)
    return sentence(voice(request).say("chart-of", id=str(card.proposal_id)), chart=card.chart)


async def send_file(request: Request, _button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The picture of the message the button stands on, as a file to zoom into and to keep."""
    stored = await engine.sent(request.chat_id, request.message_id)
    found = None if stored is None else _chart_in(*stored)
    if found is None:
        return _garbled(request)
    return (Reply(html=to_html([line(alt_text(found, language=request.language))]), chart=found, is_file=True),)


async def turn_page(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The page the button names."""
    page = read_page(button.ref)
    return _garbled(request) if page is None else await history_page(request, engine, page)


async def send_sheet(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The trades the button names, as a file."""
    page = read_page(button.ref)
    return _garbled(request) if page is None else await history_file(request, engine, page)


async def show(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """A command that only looks, with the words on the button, as if it had been typed."""
    name, *words = button.ref.split(".")
    found = next((each for each in COMMANDS if each.name == name and each.danger is Danger.SAFE and each.role is Role.VIEWER), None)
    if found is None:
        return _garbled(request)
    return await found.handler(replace(request, args=tuple(words)), engine) or _garbled(request)


async def dismiss(request: Request, _button: Callback, _engine: Engine) -> tuple[Reply, ...]:
    """Nothing was done, in words."""
    return (Reply(toast=voice(request).say("nothing-done")),)


VERBS: Mapping[Verb, TapHandler] = {
    Verb.APPROVE: approve,
    Verb.CLOSE: approve,
    Verb.REJECT: reject,
    Verb.KEEP: reject,
    Verb.POSTPONE: postpone,
    Verb.FORCE_CLOSE: force_close,
    Verb.CLOSE_ALL: close_all,
    Verb.CANCEL: cancel,
    Verb.DETAILS: details,
    Verb.CHART: chart,
    Verb.HD: send_file,
    Verb.PAGE: turn_page,
    Verb.SHOW: show,
    Verb.SHEET: send_sheet,
    Verb.PICK: pick,
    Verb.ASK_CLOSE: ask_close,
    Verb.DISMISS: dismiss,
    Verb.INVITE: people.invite,
    Verb.APPOINT: people.appoint,
    Verb.REMOVE: people.remove,
    Verb.PERSON: people.ask_person,
    Verb.ZONE: people.pick_zone,
    Verb.LANGUAGE: people.pick_language,
    Verb.SEEN: loudness.seen,
    Verb.LATER: loudness.later,
    Verb.SUBJECT: loudness.subject,
    Verb.LOUD: loudness.choose,
    Verb.QUIET: loudness.pick_quiet,
    Verb.PRACTISE: drills.practise,
    Verb.HALF: vary,
    Verb.WIDER: vary,
    Verb.NEXT: vary,
    Verb.SNOOZE: snooze,
    Verb.BECAUSE: because,
    Verb.CONFIRM: confirm,
}


def _chart_in(kind: str, payload_json: str) -> Chart | None:
    """The chart of a stored message; None when it carries none."""
    if kind == REPLY_KIND:
        try:
            return decode_reply(payload_json).chart
        except ValueError:
            # Another version wrote it, with a picture this one does not draw.
            return None
    card = _card_in(kind, payload_json)
    return None if card is None else card.chart


async def _card(button: Callback, engine: Engine) -> Card | None:
    stored = await engine.card_json(button.number) if button.number is not None else None
    return None if stored is None else _card_in(*stored)


def _card_in(kind: str, payload_json: str) -> Card | None:
    notice = decode_notice(kind, payload_json)
    if isinstance(notice, CardOutcome):
        return notice.card
    return notice if isinstance(notice, EntryCard | ExitCard) else None


def _tap(request: Request, button: Callback) -> Tap | None:
    return None if button.number is None else _tap_on(request, button, button.number)


def _tap_on(request: Request, button: Callback, number: int) -> Tap:
    return Tap(
        person=person(request),
        chat_id=request.chat_id,
        message_id=request.message_id,
        verb=str(button.verb),
        proposal_id=number,
        nonce=button.nonce,
    )


def _to_confirm(request: Request, result: ActionResult) -> tuple[Reply, ...]:
    """The question whether the first tap is meant, with the one button that says so."""
    reader, proposal_id = voice(request), result.facts["id"]
    buttons = keyboards.confirm(int(proposal_id), result.facts["nonce"], reader.texts)
    return sentence(reader.say("confirm-ask", id=proposal_id), buttons=buttons)


def _told(request: Request, result: ActionResult) -> tuple[Reply, ...]:
    told = result_text(result.code, result.facts, voice(request))
    return (Reply(toast=cut(told, TOAST_MAX_UNITS), is_alert=not result.ok),)


def _begun(request: Request, result: ActionResult) -> tuple[Reply, ...]:
    """The answer to the tap; what has begun also stands in the chat."""
    return (*_told(request, result), *(sentence(result_text(result.code, result.facts, voice(request))) if result.ok else ()))


def _garbled(request: Request) -> tuple[Reply, ...]:
    return (Reply(toast=voice(request).say("button-unreadable"), is_alert=True),)
