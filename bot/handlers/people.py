"""People: pairing, the list of operators, and how each is spoken to."""

from __future__ import annotations

from dataclasses import replace

from bot import keyboards
from bot.callbacks import Callback
from bot.chat import Reply, Request, Role
from bot.format import cut, to_html
from bot.handlers.answer import NOT_UNDERSTOOD, answer, person, sentence, voice
from bot.text import LANGUAGES
from bot.views import people
from bot.views.results import result_text
from bot.zones import of_ref
from engine.api import ActionResult, Engine
from engine.views import Newcomer

TOAST_MAX_UNITS = 200
INVITE = "invite"
WELCOMED = "paired"


async def pair(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Whoever came with a valid code is welcome, with the question which hours are theirs."""
    if len(request.args) != 1:
        return NOT_UNDERSTOOD
    newcomer = Newcomer(user_id=request.user_id, chat_id=request.chat_id, name=request.user_name)
    result = await engine.people.pair(newcomer, request.args[0])
    told = sentence(result_text(result.code, result.facts, voice(request)))
    return (*told, *ask_zone(request)) if result.code == WELCOMED else told


def ask_zone(request: Request) -> tuple[Reply, ...]:
    """The question which time zone is theirs, while they have not said; nothing once they have."""
    return () if request.zone else sentence(voice(request).say("zone-ask"), buttons=keyboards.zones())


async def timezone(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The zone in whose hours everything is told; without one, the present one and buttons."""
    reader = voice(request)
    if len(request.args) > 1:
        return NOT_UNDERSTOOD
    if request.args:
        return await _chosen_zone(request, request.args[0], engine)
    return sentence(reader.say("zone-is", zone=request.zone) if request.zone else reader.say("zone-ask"), buttons=keyboards.zones())


async def language(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The language everything is told in; without one, buttons."""
    if not request.args:
        return sentence(voice(request).say("language-ask"), buttons=keyboards.languages(voice(request).texts))
    wanted = request.args[0].lower()
    return await _chosen_language(request, wanted, engine) if len(request.args) == 1 and wanted in LANGUAGES else NOT_UNDERSTOOD


async def operators(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Everybody on the list, with a button for each one who can be changed here and one to let somebody in."""
    if request.args:
        return NOT_UNDERSTOOD
    view, reader = await engine.people.listed(), voice(request)
    return answer(people.operators(view, request.user_id, reader), buttons=keyboards.people(view.people, reader.texts), name="operators")


async def pick_zone(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The zone on the button is theirs."""
    return await _chosen_zone(request, of_ref(button.ref), engine)


async def pick_language(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The language on the button is theirs."""
    return await _chosen_language(request, button.ref, engine)


async def ask_person(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """What can be changed about the person on the button, or as what somebody may come in; each change on a button good for a minute."""
    reader = voice(request)
    if button.ref == INVITE:
        nonce = await engine.people.ask(INVITE, person(request))
        return sentence(reader.say("invite-ask"), buttons=keyboards.invite(nonce, reader.texts))
    found = next((each for each in (await engine.people.listed()).people if each.user_id == button.number and each.source == "paired"), None)
    if found is None:
        return _told(request, ActionResult(code="person-unknown", ok=False))
    nonce = await engine.people.ask(str(found.user_id), person(request))
    return sentence(reader.say("person-ask", name=people.name_of(found, reader)), buttons=keyboards.person(found, nonce, reader.texts))


async def invite(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """A code that lets one person in."""
    if button.ref not in Role.__members__.values():
        return _told(request, ActionResult(code="people-ask-again", ok=False))
    result = await engine.people.invite(person(request), button.ref, button.nonce)
    if not result.ok:
        return _told(request, result)
    return answer(people.invited(result.facts["code"], result.facts["role"], voice(request)))


async def appoint(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The person has the role on the button."""
    number, _, role = button.ref.partition(".")
    if not number.isdecimal() or role not in Role.__members__.values():
        return _told(request, ActionResult(code="people-ask-again", ok=False))
    return _told(request, await engine.people.appoint(person(request), int(number), role, button.nonce))


async def remove(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The person is a stranger from now on."""
    if button.number is None:
        return _told(request, ActionResult(code="people-ask-again", ok=False))
    return _told(request, await engine.people.remove(person(request), button.number, button.nonce))


async def _chosen_zone(request: Request, zone: str, engine: Engine) -> tuple[Reply, ...]:
    result = await engine.people.choose_zone(person(request), zone)
    return _said(request, result)


async def _chosen_language(request: Request, wanted: str, engine: Engine) -> tuple[Reply, ...]:
    result = await engine.people.choose_language(person(request), wanted)
    return _said(replace(request, language=wanted) if result.ok else request, result)


def _said(request: Request, result: ActionResult) -> tuple[Reply, ...]:
    """The result as a message; a tap's spinner stops without words of its own."""
    return sentence(result_text(result.code, result.facts, voice(request)))


def _told(request: Request, result: ActionResult) -> tuple[Reply, ...]:
    """The result over the button; what was changed stands in the chat too."""
    told = result_text(result.code, result.facts, voice(request))
    html = to_html([people.sentence_of(told)]) if result.ok else ""
    return (Reply(html=html, toast=cut(told, TOAST_MAX_UNITS), is_alert=not result.ok),)
