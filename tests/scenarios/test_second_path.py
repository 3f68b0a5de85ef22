"""The chat is in trouble: the engine holds, and the operator hears of it by the second path, also where the store hangs."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.messages.elsewhere import second_path_words
from engine.errors import StateError
from engine.notices import AlertNotice
from engine.runtime import switches
from engine.runtime.desk import Desk
from engine.runtime.housekeeping import reconcile
from engine.safety.operator_command import OperatorCommand
from engine.safety.second_path import SecondPath
from tests.scenarios.house import House, house

KEEPS = "import sys; open('told', 'ab').write(sys.stdin.buffer.read())"


@asynccontextmanager
async def with_second_path(engine: House, folder: Path, *, program: str = KEEPS, language: str = "en") -> AsyncIterator[Desk]:
    second_path = SecondPath(OperatorCommand((sys.executable, "-c", program), folder, timeout_s=10.0), retries_s=(0.01,))
    second_path.start()
    try:
        yield replace(engine.desk, second_path=second_path, say=second_path_words(language))
    finally:
        second_path.close()


@pytest.mark.parametrize(("language", "words"), [("en", "On hold, no new entries: Telegram."), ("it", "In pausa, nessun nuovo ingresso: Telegram.")])
async def test_a_refused_token_is_told_in_the_operators_words_with_the_chains_head(tmp_path: Path, language: str, words: str) -> None:
    async with house(tmp_path) as engine, with_second_path(engine, tmp_path, language=language) as desk:
        head = desk.store.last_head().footer
        await switches.hold(desk, "telegram", "Telegram refuses the bot's token (401)")
        await switches.hold(desk, "telegram", "Telegram refuses the bot's token (401)")
    told = (tmp_path / "told").read_text(encoding="utf-8")

    assert (told.count(words), told.count("(401)"), told.count(f"⛓ {head}")) == (1, 1, 1)


async def test_it_is_told_anew_once_the_hold_was_lifted_in_between(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, with_second_path(engine, tmp_path) as desk:
        for detail in ("first", "second"):
            await switches.hold(desk, "telegram_chat", detail)
            await desk.store.read(lambda tx: tx.holds())
            await switches.release(desk, "telegram_chat")
    told = (tmp_path / "told").read_text(encoding="utf-8")

    assert "second" in told


async def test_a_hold_the_chat_can_tell_takes_no_second_path(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, with_second_path(engine, tmp_path) as desk:
        await switches.hold(desk, "anchors", "disk full")

    assert not (tmp_path / "told").exists()


async def test_the_second_path_is_told_before_the_store_is_asked(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, with_second_path(engine, tmp_path) as desk:
        engine.desk.store.close()
        with pytest.raises(StateError):
            await switches.hold(desk, "telegram", "another program receives this bot's messages (409)")

    assert "(409)" in (tmp_path / "told").read_text(encoding="utf-8")


async def test_an_alert_that_cannot_be_put_into_words_is_told_bare(tmp_path: Path) -> None:
    def speechless(notice: AlertNotice) -> str:
        raise LookupError(notice.code)

    async with house(tmp_path) as engine, with_second_path(engine, tmp_path) as desk:
        await switches.hold(replace(desk, say=speechless), "telegram", "token refused")

    assert "PAPER · hold · telegram · token refused" in (tmp_path / "told").read_text(encoding="utf-8")


async def test_a_broken_second_path_is_told_in_the_chat_once(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, with_second_path(engine, tmp_path, program="raise SystemExit('no route')") as desk:
        await switches.hold(desk, "telegram", "token refused")
        second_path = desk.second_path
        assert second_path is not None
        while not second_path._problem:
            await desk.store.read(lambda tx: tx.head())
        await reconcile(desk)
        await reconcile(desk)
        await engine.deliver()

        told = [notice for notice in engine.notices_of_alerts() if notice.code == "second-path-failed"]
        assert [(notice.level, notice.detail.endswith("ended with 1: no route")) for notice in told] == [("warning", True)]
