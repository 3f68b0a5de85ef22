"""A decided card: the card as it was, and under it how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from bot import keyboards
from bot.chat import Reply
from bot.format import Block, Bold, Line, clean, cut, fits_caption, line, to_html
from bot.messages import entry, exits
from bot.messages.checks import cause_words, check_line
from bot.messages.voice import Voice, caption, fitting, footed
from engine.notices import Card, CardOutcome, EntryCard, Outcome
from engine.reporting.fills import FillReport

REASONS_SHOWN_MAX = 4
NAME_MAX_UNITS = 32
WRITTEN_POLICY = "written-policy"
"""Who closes when a hard exit's deadline passes."""


def card_outcome(notice: CardOutcome, said: Voice, *, footer: str) -> Reply:
    """The card without its question, with who, when, how fast and what came of it."""
    card = notice.card
    fixed, boxed, question = _asked(card, said)
    # The card's own lines stay as they were; the ending comes under them.
    boxed = fitting(fixed, boxed, footed(question, footer, said))
    for reasons_shown in range(min(len(notice.outcome.reasons), REASONS_SHOWN_MAX), -1, -1):
        after = footed(outcome_lines(notice.outcome, said, reasons_shown=reasons_shown), footer, said)
        if fits_caption(to_html([*fixed, *after]), has_outcome=True):
            break
    return Reply(html=caption(fixed, boxed, after, has_outcome=True), chart=card.chart, buttons=keyboards.decided_card(card.proposal_id, said.texts))


def _asked(card: Card, said: Voice) -> tuple[list[Block], Sequence[Line], list[Block]]:
    if isinstance(card, EntryCard):
        return entry.facts(card, said), entry.reasons(card.report, said), [entry.valid_until(card, said)]
    return exits.facts(card, said), exits.reasons(card.report, said), exits.if_unanswered(card.report, said)


def outcome_lines(outcome: Outcome, said: Voice, *, reasons_shown: int = REASONS_SHOWN_MAX) -> list[Block]:
    """The ending: its word, who and when, the fill or the reasons."""
    figures = said.figures
    by = said.say("by-rule") if outcome.by in (None, WRITTEN_POLICY) else cut(clean(str(outcome.by)), NAME_MAX_UNITS)
    when = said.say("outcome-by", by=by, at=figures.instant(outcome.at))
    if outcome.latency_s is not None:
        when = said.say("outcome-by-after", by=by, at=figures.instant(outcome.at), latency=figures.age(outcome.latency_s))
    lines: list[Block] = [line(), line(Bold(said.code("ending", outcome.result))), line(when)]
    if outcome.cause and (why := cause_words(outcome.cause, said)) is not None:
        lines.append(line(why))
    if outcome.fill is not None:
        lines += [*fill_lines(outcome.fill, said), *left_lines(outcome.fill, said)]
    if outcome.next_id is not None:
        lines.append(line(said.say("outcome-next", id=str(outcome.next_id))))
    return [*lines, *(check_line(check, said) for check in outcome.reasons[:reasons_shown])]


def fill_lines(fill: FillReport, said: Voice) -> list[Line]:
    """Price against the approved mid, slippage, fee, and for a close what the trade or the side made."""
    figures, coin = said.figures, fill.family.coin
    lines = [
        said.row("filled", f"{figures.coin(fill.price_coin, coin)} · {said.say('word-mid')} {figures.bare_coin(fill.mid_at_approval_coin, coin)}"),
        said.row("slippage", f"{figures.pct(fill.slippage_frac, signed=True)} · {said.say('word-fee')} {figures.eur(fill.fee_eur)}"),
    ]
    if fill.pnl_eur is not None:
        is_side = bool(fill.left) or fill.whole is not None
        lines.append(said.row("pnl-side" if is_side else "pnl", f"{figures.eur(fill.pnl_eur, signed=True)} · {figures.coin(fill.pnl_coin, coin, signed=True)}"))
    if fill.whole is not None:
        whole = fill.whole
        lines += [
            *(line(said.say("fill-earlier", side=said.side(side), pnl=figures.eur(whole.earlier_pnl_eur, signed=True))) for side in whole.earlier),
            said.row("pnl-trade", f"{figures.eur(whole.pnl_eur, signed=True)} · {figures.coin(whole.pnl_coin, coin, signed=True)}"),
        ]
    return lines


def left_lines(fill: FillReport, said: Voice) -> list[Line]:
    """The side of a condor that goes on after the other was bought back; nothing for any other fill."""
    return [line(said.say("fill-side-left", side=said.side(side))) for side in fill.left]
