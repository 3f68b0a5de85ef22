"""Messages as Markdown: what was text stays text, and the monthly report reads as a note."""

from __future__ import annotations

import pytest

from bot.format import Bold, Code, Pre, line, quote
from bot.markdown import to_markdown
from bot.messages.monthly import note_writer
from tests.bot.fake_accounts import MONTHLY


def test_the_first_bold_line_is_the_title_and_later_ones_are_headings() -> None:
    assert to_markdown([line(Bold("October")), line("PAPER"), line(Bold("All")), line("n ", Bold("3"))]) == "# October\n\nPAPER  \n\n## All\n\nn **3**\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("p* and [a](b) <i>", "p\\* and \\[a\\](b) \\<i\\>"),
        ("- 3", "\\- 3"),
        ("1. one", "\\1. one"),
        ("# no", "\\# no"),
        ("a_b|c", "a\\_b\\|c"),
        ("-3.5%", "\\-3.5%"),
    ],
)
def test_no_text_can_open_markup(text: str, written: str) -> None:
    assert to_markdown([line(text)]) == f"{written}\n"


def test_quotes_tables_and_ids_keep_their_form() -> None:
    written = to_markdown([quote(["one", "two"]), Pre("a  b\n1  2"), line(Code("7f3a"))])

    assert written == "> one  \n> two  \n\n~~~\na  b\n1  2\n~~~\n\n`7f3a`\n"


@pytest.mark.parametrize(("language", "title"), [("en", "Monthly report Oct 2026 PAPER · recorded"), ("it", "Rapporto mensile ott 2026 PAPER · recorded")])
def test_the_monthly_report_is_a_note_with_every_gate_and_the_head_of_the_chain(language: str, title: str) -> None:
    note = note_writer(language)(MONTHLY.report)

    assert note.title == title
    assert note.markdown.startswith("# 🗓 ")
    assert note.markdown.count("✅") + note.markdown.count("❌") == len(MONTHLY.report.ledger.gates)
    assert f"`{MONTHLY.report.ledger.audit_head}`" in note.markdown
