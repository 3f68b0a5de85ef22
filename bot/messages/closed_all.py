"""The answer to an order to close every open trade."""

from __future__ import annotations

from bot.chat import Reply
from bot.format import Block, Bold, line, upstream
from bot.messages.voice import Voice, header, whole
from engine.notices import ClosedAllNotice
from engine.views import TradeEnd


def closed_all(notice: ClosedAllNotice, said: Voice, *, footer: str) -> Reply:
    """How many of the trades are closed, who ordered it, and what came of each."""
    over = sum(end.is_over for end in notice.ends)
    key = "closed-all-headline" if over == len(notice.ends) else "closed-all-headline-part"
    first = said.say(key, closed=over, count=str(len(notice.ends)))
    blocks: list[Block] = [
        *header(first, said.say("env-line", env=said.env(notice.env), what=said.figures.instant(notice.at))),
        line(said.say("closed-all-by", who=notice.by)),
    ]
    for end in notice.ends:
        blocks += _end_lines(end, said)
    return Reply(html=whole(blocks, footer, said))


def _end_lines(end: TradeEnd, said: Voice) -> list[Block]:
    """What came of one trade, and what the house or a server said where it failed."""
    told = said.code("trade-end", end.code, id=str(end.trade_id), pnl=said.figures.eur(end.pnl_eur, signed=True))
    return [line(Bold(f"#{end.trade_id}"), f" · {told}"), *([upstream(end.detail)] if end.detail else [])]
