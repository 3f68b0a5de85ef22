"""The page's words against the catalogues."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.local_chat.strings import COUNT, NAMES, page_strings
from bot.text import LANGUAGES, LOCALES_DIR


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_page_stands_in_the_catalogue_and_none_besides(language: str) -> None:
    path = Path(LOCALES_DIR) / language / "page.ftl"
    written = [line.partition(" = ")[0] for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]

    assert [f"page-{name.replace('_', '-')}" for name in NAMES] == written


def test_the_page_fills_in_its_own_numbers() -> None:
    assert page_strings("en")["speed_days"] == f"{COUNT} days a second"
    assert page_strings("it")["speed_days"] == f"{COUNT} giorni al secondo"


def test_an_unknown_language_speaks_english() -> None:
    assert page_strings("en") == page_strings("fr")
