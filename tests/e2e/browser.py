"""A headless Chromium of the machine's own, for tests that look at pages as a person does."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
PATIENCE_MS = 10_000


def chromium_path() -> str:
    """The path of Chromium; skips the test where there is none."""
    found = next((path for path in map(shutil.which, CHROMIUM_NAMES) if path is not None), None)
    if found is None:
        pytest.skip("Chromium is not installed: browser tests need it on the PATH")
    return found


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A fresh browser, closed at the end; skips the test where there is none."""
    path = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def phone_page(browser: Browser, *, language: str = "en", viewport: dict[str, int] = PHONE) -> AsyncIterator[Page]:
    """A page of a phone's size in a context of its own.

    Wait for things with `expect(...)`: `wait_for_function` evaluates text, which the chat's page forbids.
    """
    context: BrowserContext = await browser.new_context(viewport=viewport, locale=language, device_scale_factor=2)
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield await context.new_page()
    finally:
        await context.close()
