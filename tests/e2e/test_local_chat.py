"""The first minute in a browser: the demo as a child process, its page in a real Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser import chromium, phone_page
from tests.e2e.product import Child, free_port, started

pytestmark = pytest.mark.browser

FIRST_CARD_S = 15.0
LIFE_MS = 60_000
"""Until simulated days have brought the trade to its exit."""

ANSWER_MS = 20_000


@asynccontextmanager
async def demo_page(home: Path, *, language: str = "en", days_per_second: str = "1") -> AsyncIterator[tuple[Child, Page]]:
    """A running demo and a phone that has opened the link it printed."""
    words = ("demo", "--home", home, "--port", str(free_port()), "--no-browser", "--days-per-second", days_per_second)
    async with started(*words, env={"CERBERO_LANGUAGE": language}) as child:
        url = (await child.line_with("chat: http")).removeprefix("chat: ")
        async with chromium() as browser, phone_page(browser, language=language) as page:
            await page.goto(url)
            yield child, page


def message(page: Page, words: str) -> Locator:
    """The newest message with these words."""
    return page.locator(".turn:not(.mine)").filter(has_text=words).last


def card(page: Page, headline: str | re.Pattern[str]) -> Locator:
    """The first card with this headline; replies below it quote the headline and come later."""
    return page.locator(".turn.wide").filter(has_text=headline).first


async def ask(page: Page, command: str, words: str) -> Locator:
    """The answer to a typed command."""
    box = page.locator("#words")
    await box.fill(command)
    await box.press("Enter")
    await expect(message(page, words)).to_be_visible(timeout=ANSWER_MS)
    return message(page, words)


async def test_a_trade_is_approved_and_closed_by_clicks(tmp_path: Path) -> None:
    async with demo_page(tmp_path / "home") as (child, page):
        opened_at = time.monotonic()
        first = card(page, "ENTRY #1")
        await expect(first.locator(".photo img")).to_have_js_property("naturalWidth", 1080, timeout=FIRST_CARD_S * 1000)
        assert time.monotonic() - opened_at < FIRST_CARD_S

        await first.get_by_role("button", name="Approve").click()
        await expect(first).to_contain_text("DONE", timeout=ANSWER_MS)
        await expect(first.get_by_role("button", name="Approve")).to_have_count(0)
        await expect(message(page, "OPENED trade #1")).to_be_visible(timeout=ANSWER_MS)

        await card(page, "ENTRY #2").get_by_role("button", name="Reject").click(timeout=LIFE_MS)
        equity = await ask(page, "/equity all", "Equity, ")
        await expect(equity.locator(".photo img")).to_have_js_property("naturalWidth", 1080, timeout=ANSWER_MS)
        await ask(page, "/audit_verify", "The chain holds")

        leaving = card(page, re.compile(r"CLOSE\?? #\d+"))
        await leaving.locator(".key.success").click(timeout=LIFE_MS)
        await expect(message(page, "CLOSED trade #1")).to_be_visible(timeout=ANSWER_MS)
        assert await child.stop() == 0


async def test_a_card_that_waited_over_a_restart_is_answered_on_the_new_page(tmp_path: Path) -> None:
    async with demo_page(tmp_path / "home") as (child, page):
        await expect(card(page, "ENTRY #1").get_by_role("button", name="Approve")).to_be_visible(timeout=FIRST_CARD_S * 1000)
        assert await child.stop() == 0

    async with demo_page(tmp_path / "home") as (child, page):
        again = card(page, "ENTRY #1")
        await again.get_by_role("button", name="Approve").click(timeout=FIRST_CARD_S * 1000)
        await expect(again).to_contain_text("DONE", timeout=ANSWER_MS)
        await expect(again.locator(".photo img")).to_have_js_property("naturalWidth", 1080, timeout=ANSWER_MS)
        await expect(page.locator(".turn").filter(has_text="DONE")).to_have_count(1)
        assert await child.stop() == 0


async def test_an_italian_operator_reads_an_italian_card(tmp_path: Path) -> None:
    async with demo_page(tmp_path / "home", language="it") as (child, page):
        first = card(page, "INGRESSO #1")
        await expect(first.get_by_role("button", name="Approva")).to_be_visible(timeout=FIRST_CARD_S * 1000)
        await expect(first.get_by_role("button", name="Rifiuta")).to_be_visible()
        assert await page.locator("html").get_attribute("lang") == "it"
        assert "Credit:" not in await first.inner_text()
        assert await child.stop() == 0
