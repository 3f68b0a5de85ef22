"""The message that follows the audit chain, and a row of the chain in one line."""

from __future__ import annotations

from bot.chat import Reply
from bot.format import Block, Bold, Line, line
from bot.messages.voice import Voice, deadline, header, whole
from engine.notices import FollowNotice
from engine.views import AuditLine


def follow(notice: FollowNotice, said: Voice, *, footer: str) -> Reply:
    """Until when rows appear here, or that none does any more and why, how many came, and the newest ones."""
    first = said.say("follow-headline-ended" if notice.ended else "follow-headline")
    env_line = said.say("env-line", env=said.env(notice.env), what=said.say("follow-since", at=said.figures.clock(notice.from_at)))
    ending = line(said.code("follow-ended", notice.ended, at=said.figures.clock(notice.until_at))) if notice.ended else None
    blocks: list[Block] = [
        *header(first, env_line),
        deadline("follow-until", notice.until_at, said) if ending is None else ending,
        line(said.say("follow-came" if notice.ended else "follow-new", rows=notice.new_rows)),
        *(audit_line(each, said) for each in notice.lines),
    ]
    return Reply(html=whole(blocks, footer, said))


def audit_line(each: AuditLine, said: Voice) -> Line:
    """Number and kind of the row, when it was written, by whom, and what it says."""
    told = " · ".join(part for part in (each.actor, each.ref, each.summary) if part)
    return line(Bold(f"{each.seq} {each.type}"), f" · {said.figures.instant(each.at)} · {told}")
