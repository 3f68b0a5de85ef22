"""Every message exactly as a person reads it, in both languages and both renderings."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.callbacks import decode
from bot.format import CAPTION_MAX_UNITS, OUTCOME_RESERVE_UNITS, TEXT_MAX_UNITS, plain_of, units
from bot.messages import details, render, voice
from engine.core.decision import Check, Verdict
from engine.core.model import Spread
from engine.notices import AlertNotice, CardOutcome, Outcome
from tests.bot.cards.condors import CONDOR, EVERY_NOTICE, LINEAR, condor_exit_report
from tests.bot.cards.samples import FOOTER, NONCE, NOW, entry_card, exit_card, exit_report, pre_trade_report

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "cards"
LANGUAGES = ("en", "it")
DETAILED = {
    "entry": pre_trade_report(),
    "exit": exit_report(is_soft=False),
    "condor_entry": pre_trade_report(CONDOR),
    "condor_exit": condor_exit_report(),
    "linear_entry": pre_trade_report(LINEAR),
}
ALLOWED_TAGS = {"b", "code", "pre", "blockquote", "tg-time"}


class Balanced(HTMLParser):
    """Collects what is wrong with a message's markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag not in ALLOWED_TAGS:
            self.wrong.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")


def problems(markup: str) -> list[str]:
    """What a strict reader of the HTML subset would refuse."""
    reader = Balanced()
    reader.feed(markup)
    reader.close()
    return reader.wrong + reader.open


def compare(name: str, text: str, request: pytest.FixtureRequest) -> None:
    """The text is the golden file's, or becomes it when asked to."""
    path = GOLDEN / name
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVERY_NOTICE)
def test_every_notice_reads_as_its_golden_text(name: str, language: str, request: pytest.FixtureRequest) -> None:
    reply = render(EVERY_NOTICE[name], language=language, nonce=NONCE, footer=FOOTER)
    rows = "\n".join(" | ".join(f"[{button.label}]" for button in row) for row in reply.buttons)

    compare(f"{language}/{name}.html", reply.html, request)
    compare(f"{language}/{name}.txt", plain_of(reply.html) + (f"\n\n{rows}" if rows else ""), request)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", DETAILED)
def test_the_details_read_as_their_golden_text(kind: str, language: str, request: pytest.FixtureRequest) -> None:
    reply = details(DETAILED[kind], language, footer=FOOTER)

    compare(f"{language}/details_{kind}.txt", plain_of(reply.html), request)
    assert problems(reply.html) == []
    assert units(reply.html) <= TEXT_MAX_UNITS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVERY_NOTICE)
def test_every_message_is_sound_html_of_allowed_length_with_environment_and_footer(name: str, language: str) -> None:
    notice = EVERY_NOTICE[name]
    reply = render(notice, language=language, nonce=NONCE, footer=FOOTER)
    limit = TEXT_MAX_UNITS if reply.chart is None else CAPTION_MAX_UNITS
    if reply.chart is not None and not isinstance(notice, CardOutcome):
        limit -= OUTCOME_RESERVE_UNITS

    assert problems(reply.html) == []
    assert units(reply.html) <= limit
    assert "PAPER" in plain_of(reply.html)
    assert plain_of(reply.html).endswith(f"⛓ {FOOTER}")


ASKED = ("", "half", "wider", "next", "no-half", "no-wider", "no-next")
LONG_FOOTER = "1234567·7f3a90c2"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("has_drift", [False, True])
@pytest.mark.parametrize("spread", [None, CONDOR, LINEAR], ids=["put", "condor", "linear"])
def test_no_entry_card_loses_its_stop_levels(spread: Spread | None, has_drift: bool, asked: str, language: str) -> None:
    """Whatever was asked for, whatever moved, and however it ended."""
    made = entry_card(drift=has_drift) if spread is None else entry_card(spread, drift=has_drift)
    card = replace(made, asked=asked, is_dry_run=True)
    said = voice(language)
    stops = (
        said.figures.coin(card.report.exits.stop_loss_mark_coin, card.report.family.coin),
        said.figures.pts(card.report.exits.vol_stop_dvol_pts),
        *(said.figures.price_usd(spot_usd) for spot_usd in card.report.exits.delta_stops_spot_usd),
    )
    reason = Check(rule="E13", code="credit_min", verdict=Verdict.FAILED, subject="ETH-28AUG26-1700-P", cause="missing")
    ending = Outcome(result="refused", at=NOW, by="x" * 40, latency_s=3.0, reasons=(reason,) * 6)
    asking = render(card, language=language, nonce=NONCE, footer=LONG_FOOTER).html
    ended = render(CardOutcome(card=card, outcome=ending), language=language, nonce=NONCE, footer=LONG_FOOTER).html
    told = [row for row in plain_of(asking).split("\n") if all(stop in row for stop in stops)]

    assert len(told) == 1
    assert told[0] in plain_of(ended).split("\n")
    assert units(asking) <= CAPTION_MAX_UNITS - OUTCOME_RESERVE_UNITS
    assert units(ended) <= CAPTION_MAX_UNITS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name, notice in EVERY_NOTICE.items() if isinstance(notice, CardOutcome)])
def test_an_outcome_is_appended_to_the_card_it_ends(name: str, language: str) -> None:
    notice = EVERY_NOTICE[name]
    assert isinstance(notice, CardOutcome)
    card = plain_of(render(notice.card, language=language, nonce=NONCE, footer=FOOTER).html)
    ended = plain_of(render(notice, language=language, nonce=NONCE, footer=FOOTER).html)
    asked = card[: card.index("\n⏳")].split("\n")

    # What happens without an answer is no longer true once there is one.
    kept = [each for each in asked if not each.startswith(("If nobody", "Senza risposta", "Nothing happens"))]

    assert ended.startswith("\n".join(kept))


@pytest.mark.parametrize("name", EVERY_NOTICE)
def test_every_button_carries_data_this_version_reads(name: str) -> None:
    reply = render(EVERY_NOTICE[name], language="en", nonce=NONCE, footer=FOOTER)

    for button in (button for row in reply.buttons for button in row):
        assert len(button.action.encode()) <= 64
        assert decode(button.action) is not None


@pytest.mark.parametrize("name", [name for name, notice in EVERY_NOTICE.items() if isinstance(notice, CardOutcome)])
def test_a_decided_card_has_no_button_that_decides(name: str) -> None:
    reply = render(EVERY_NOTICE[name], language="en", nonce=NONCE, footer=FOOTER)

    assert all(button.action.endswith(":-") for row in reply.buttons for button in row)


@given(by=st.text(max_size=200), cause=st.text(max_size=200), subject=st.text(max_size=60), language=st.sampled_from(LANGUAGES))
@settings(max_examples=40, deadline=None)
def test_no_name_or_cause_breaks_a_decided_card(by: str, cause: str, subject: str, language: str) -> None:
    reason = Check(rule="E13", code="credit_min", verdict=Verdict.FAILED, subject=subject, cause=cause)
    ending = Outcome(result="refused", at=NOW, by=by, latency_s=3.0, reasons=(reason,) * 6)
    reply = render(CardOutcome(card=entry_card(), outcome=ending), language=language, nonce=NONCE, footer=FOOTER)

    assert problems(reply.html) == []
    assert units(reply.html) <= CAPTION_MAX_UNITS
    assert plain_of(reply.html).endswith(f"⛓ {FOOTER}")


@given(code=st.text(max_size=200), facts=st.dictionaries(st.text(max_size=20), st.text(max_size=600), max_size=6), detail=st.text(max_size=2000))
@settings(max_examples=60, deadline=None)
def test_no_words_from_outside_break_an_alert(code: str, facts: dict[str, str], detail: str) -> None:
    notice = AlertNotice(env="paper", code=code, level="warning", at=NOW, facts=facts, detail=detail)
    reply = render(notice, language="it", nonce=NONCE, footer=FOOTER)

    assert problems(reply.html) == []
    assert units(reply.html) <= TEXT_MAX_UNITS
    assert plain_of(reply.html).startswith("⚠️")


@pytest.mark.parametrize("name", ["entry", "exit_hard", "exit_soft", "condor_entry", "condor_exit", "linear_entry"])
def test_a_card_without_a_nonce_can_only_be_read(name: str) -> None:
    reply = render(EVERY_NOTICE[name], language="en", nonce="", footer=FOOTER)

    assert [button.label for row in reply.buttons for button in row] == ["Details", "Chart"]


def test_a_second_postponement_is_not_offered() -> None:
    card = exit_card(is_soft=False)
    again = replace(card, report=replace(card.report, can_postpone=False))
    labels = [button.label for row in render(again, language="en", nonce=NONCE, footer=FOOTER).buttons for button in row]

    assert labels == ["Close now", "Details", "Chart"]
