"""Notices to messages: one `render` for all of them, and the details behind a card."""

from __future__ import annotations

from bot.chat import Reply
from bot.messages import away, closed_all, digest, entry, entry_details, events, exits, follow, monthly, outcomes, practice
from bot.messages.voice import Voice, voice, whole
from engine.notices import (
    AlertNotice,
    AwayNotice,
    CardOutcome,
    ClosedAllNotice,
    DigestNotice,
    EntryCard,
    ExitCard,
    FillNotice,
    FollowNotice,
    MonthlyNotice,
    Notice,
    PracticeCard,
    RefusalNotice,
    SettlementNotice,
)
from engine.reporting.exit_proposal import ExitReport
from engine.reporting.pre_trade import PreTradeReport

__all__ = ["Voice", "details", "render", "voice"]


def render(notice: Notice, *, language: str, nonce: str, footer: str, zone: str = "") -> Reply:
    """The notice in the reader's language and hours; `nonce` is that of this sending, `footer` the audit head it was written at; both may be empty."""
    said = voice(language, zone)
    if isinstance(notice, EntryCard):
        return entry.entry_card(notice, said, nonce=nonce, footer=footer)
    if isinstance(notice, ExitCard):
        return exits.exit_card(notice, said, nonce=nonce, footer=footer)
    if isinstance(notice, CardOutcome):
        return outcomes.card_outcome(notice, said, footer=footer)
    if isinstance(notice, FillNotice | SettlementNotice | ClosedAllNotice):
        return _of_trades(notice, said, footer=footer)
    if isinstance(notice, RefusalNotice):
        return events.refusal(notice, said, footer=footer)
    if isinstance(notice, DigestNotice):
        return digest.digest(notice, said, footer=footer)
    if isinstance(notice, MonthlyNotice):
        return monthly.monthly(notice, said, footer=footer)
    if isinstance(notice, PracticeCard):
        return practice.practice_card(notice, said, footer=footer)
    if isinstance(notice, AwayNotice):
        return away.away(notice, said, footer=footer, render=lambda missed: render(missed, language=language, nonce="", footer="", zone=zone))
    if isinstance(notice, FollowNotice):
        return follow.follow(notice, said, footer=footer)
    if isinstance(notice, AlertNotice):
        return events.alert(notice, said, footer=footer)
    return events.start_up(notice, said, footer=footer)


def _of_trades(notice: FillNotice | SettlementNotice | ClosedAllNotice, said: Voice, *, footer: str) -> Reply:
    """What became of trades and money."""
    if isinstance(notice, FillNotice):
        return events.fill(notice, said, footer=footer)
    if isinstance(notice, SettlementNotice):
        return events.settlement(notice, said, footer=footer)
    return closed_all.closed_all(notice, said, footer=footer)


def details(report: PreTradeReport | ExitReport, language: str, *, footer: str = "") -> Reply:
    """Every figure of a card's report in one message."""
    said = voice(language)
    blocks = entry_details.details(report, said) if isinstance(report, PreTradeReport) else exits.details(report, said)
    return Reply(html=whole(blocks, footer, said))
