"""Looking: the engine, its trades, its questions and the market."""

from __future__ import annotations

import re

from bot.callbacks import Verb, encode
from bot.chat import Button, Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, number, sentence, voice
from bot.handlers.picker import CHOICES_MAX, pick_trade
from bot.views import checks, see
from bot.views.results import result_text
from bot.views.servers import servers
from engine.api import Engine

# A letter and up to two digits: E05, or e5 as one types on a phone.
RULE_ID = re.compile(r"(?P<kind>[a-z])(?P<number>[0-9]{1,2})", re.IGNORECASE | re.ASCII)


async def status(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The engine now."""
    return answer(see.status(await engine.status(), voice(request)))


async def positions(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Every open trade, with a button to look closer."""
    views = await engine.positions()
    if not views:
        return sentence(voice(request).say("no-positions"))
    buttons = [[Button(label=f"#{view.trade_id}", action=encode(Verb.PICK, view.trade_id)) for view in views[:8]]]
    return answer(see.positions(views, voice(request)), buttons=buttons, name="positions")


async def position(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """One open trade with its payoff and its life so far, or what an ended one came to; without an id, buttons to choose one."""
    if not request.args:
        return await pick_trade(request, engine, Verb.PICK)
    trade_id = number(request.args[0])
    if trade_id is None or len(request.args) > 1:
        return NOT_UNDERSTOOD
    view = await engine.position(trade_id)
    if view is None:
        ended = await engine.ended_trade(trade_id)
        return sentence(result_text("trade-unknown", {"id": str(trade_id)}, voice(request))) if ended is None else answer(see.ended(ended, voice(request)))
    replies = answer(see.position(view, voice(request)), chart=view.payoff)
    return replies if view.timeline is None else (*replies, Reply(html=voice(request).say("timeline-caption", id=str(trade_id)), chart=view.timeline))


async def pending(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The questions that wait for an answer, each with a button to its details; the answer itself is given on the card."""
    views, reader = await engine.pending(), voice(request)
    if not views:
        return sentence(reader.say("no-pending"))
    label = reader.say("button-details")
    buttons = [[Button(label=f"#{view.proposal_id} {label}", action=encode(Verb.DETAILS, view.proposal_id))] for view in views[:CHOICES_MAX]]
    return answer(see.pending(views, reader), buttons=buttons, name="pending")


async def market(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The market now and what it allows."""
    view = await engine.market()
    return answer(see.market(view, voice(request)), chart=view.chart)


async def ping(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Every data server, asked now."""
    if request.args:
        return NOT_UNDERSTOOD
    return answer(servers(await engine.ping(), voice(request)), name="ping")


async def why(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Every filter of the last or the named decision against its limit, or one rule of it in full."""
    asked = _asked(request.args)
    if asked is None:
        return NOT_UNDERSTOOD
    decision_id, rule = asked
    view, reader = await engine.why(decision_id), voice(request)
    if view is None:
        return sentence(reader.say("no-decision"))
    rules = await engine.rules()
    if not rule:
        return answer(checks.why(view, reader, rules), name=f"why-{view.decision_id}")
    named = [each for each in rules if each.rule == rule]
    if not named:
        return sentence(checks.no_such_rule(rule, rules, reader))
    return answer(checks.rule_in_full(view, named, reader), name=f"why-{view.decision_id}-{rule}")


def _asked(args: tuple[str, ...]) -> tuple[int | None, str] | None:
    """The decision and the rule that were named, each may be absent; None when the words are something else."""
    rule = RULE_ID.fullmatch(args[-1]) if args else None
    words = args if rule is None else args[:-1]
    decision_id = number(words[0]) if words else None
    if len(words) > 1 or (words and decision_id is None):
        return None
    return decision_id, "" if rule is None else f"{rule['kind'].upper()}{int(rule['number']):02d}"
