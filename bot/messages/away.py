"""The one message after an outage: what was said meanwhile and is too old to be sent by itself."""

from __future__ import annotations

from collections.abc import Callable

from bot.chat import Reply
from bot.delivery import REPLY_KIND, decode_reply
from bot.format import Quote, cut, line, plain_of
from bot.messages.voice import Voice, header, whole
from engine.errors import StateError
from engine.notices import AwayNotice, Missed, Notice, decode_notice

LINE_MAX_UNITS = 160

Render = Callable[[Notice], Reply]


def away(notice: AwayNotice, said: Voice, *, footer: str, render: Render) -> Reply:
    """How many messages came too late and between when, the first line of each, the newest last."""
    figures, unlisted = said.figures, notice.count - len(notice.missed)
    between = said.say("away-between", **{"from": figures.instant(notice.from_at), "to": figures.instant(notice.to_at)})
    env_line = said.say("env-line", env=said.env(notice.env), what=between)
    listed = [line(said.say("away-line", at=figures.clock(each.at), what=_first_line(each, said, render))) for each in notice.missed]
    more = [line(said.say("away-more", count=unlisted))] if unlisted else []
    blocks = [*header(said.say("away-headline", count=notice.count), env_line), line(said.say("away-unheard")), *more, Quote(tuple(listed))]
    return Reply(html=whole(blocks, footer, said))


def _first_line(missed: Missed, said: Voice, render: Render) -> str:
    try:
        if missed.kind == REPLY_KIND:
            return said.say("away-answer", what=_headline(decode_reply(missed.payload_json)))
        return _headline(render(decode_notice(missed.kind, missed.payload_json)))
    except (StateError, ValueError):
        return said.say("away-unread")


def _headline(reply: Reply) -> str:
    lines = (words.strip() for words in plain_of(reply.html).split("\n"))
    return cut(next((words for words in lines if words), ""), LINE_MAX_UNITS)
