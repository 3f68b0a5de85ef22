"""The practice card: it looks like a question about money and is none."""

from __future__ import annotations

from bot.callbacks import Verb, encode
from bot.chat import Button, ButtonStyle, Reply
from bot.format import line
from bot.messages.voice import Voice, deadline, header, whole
from engine.notices import PracticeCard


def practice_card(notice: PracticeCard, said: Voice, *, footer: str) -> Reply:
    """What it is, what it is not, until when, and the two buttons of a card."""
    first = said.say("practice-headline", id=str(notice.number))
    env_line = said.say("env-line", env=said.env(notice.env), what=said.say("practice-what"))
    blocks = [*header(first, env_line), line(said.say("practice-why")), deadline("practice-until", notice.expires_at, said)]
    yes = Button(label=said.say("button-practice-yes"), action=_data(notice, "yes"), style=ButtonStyle.SUCCESS)
    no = Button(label=said.say("button-practice-no"), action=_data(notice, "no"), style=ButtonStyle.DANGER)
    return Reply(html=whole(blocks, footer, said), buttons=((yes, no),))


def _data(notice: PracticeCard, choice: str) -> str:
    return encode(Verb.PRACTISE, f"{notice.number}.{choice}", notice.nonce)
