"""The audit chain and the cost of closing, as text."""

from __future__ import annotations

from collections.abc import Iterable

from bot.format import Block, Code, Line, line
from bot.messages.follow import audit_line
from bot.messages.voice import Voice
from bot.views.results import title
from bot.views.see import trade_name
from engine.core.model import OptionType
from engine.views import AuditLine, ForceCloseQuote, PositionView, VerifyView


def audit(lines: Iterable[AuditLine], voice: Voice) -> list[Block]:
    """The chain's last rows, one line each."""
    return [title(voice, "audit-title"), *[audit_line(each, voice) for each in lines]]


def verified(view: VerifyView, voice: Voice) -> list[Block]:
    """Whether the chain holds, and how much of it nobody outside has witnessed yet."""
    say = voice.say
    head = f"{view.head_seq}·{view.head_hash8}"
    if view.first_bad_seq is not None:
        blocks: list[Block] = [title(voice, "verify-broken", seq=str(view.first_bad_seq)), line(view.problem)]
    elif view.problem:
        blocks = [title(voice, "verify-anchors"), line(view.problem)]
    else:
        # A footer that is in no row says nothing against the rows.
        blocks = [title(voice, "verify-ok", rows=view.rows)]
    blocks += [
        line(say("verify-head"), Code(head)),
        line(say("verify-anchored", anchored=str(view.anchored_seq), rows=view.unanchored_rows, age=voice.figures.age(view.unanchored_s))),
    ]
    if view.footer_ok is not None:
        seq = str(view.footer_seq) if view.footer_seq is not None else "?"
        blocks.insert(0, title(voice, "footer-ok" if view.footer_ok else "footer-wrong", seq=seq))
    return blocks


def close_quote(view: ForceCloseQuote, side: OptionType | None, voice: Voice) -> list[Block]:
    """What closing now costs at mid and crossing the book, and what would remain; `side` is the one asked about."""
    figures, coin = voice.figures, view.family.coin
    return [
        _close_title(view, side, voice),
        voice.row("cost-at-mid", f"{figures.coin(view.cost_mid_coin, coin)} · {figures.eur(view.pnl_mid_eur, signed=True)}"),
        voice.row("cost-at-natural", f"{figures.coin(view.cost_natural_coin, coin)} · {figures.eur(view.pnl_natural_eur, signed=True)}"),
        voice.row("valid-until", f"{voice.figures.there(view.valid_until_at):%H:%M:%S %Z}"),
    ]


def _close_title(view: ForceCloseQuote, side: OptionType | None, voice: Voice) -> Line:
    if side is not None:
        return title(voice, "close-title-side", id=str(view.trade_id), side=voice.side(view.sides[0]))
    strikes = f" {voice.strikes(view.sides)}" if len(view.sides) > 1 else ""
    return title(voice, "close-title", id=str(view.trade_id), strategy=f"{voice.code('strategy', view.strategy)}{strikes}")


def still_open(views: Iterable[PositionView], voice: Voice) -> list[Block]:
    """One line for each trade that stays open."""
    return [line(f"#{view.trade_id} {trade_name(view, voice)} · {voice.figures.size(view.quantity_eth)}") for view in views]
