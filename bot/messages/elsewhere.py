"""What the second path carries: an alert in plain words, under a line that names the machine."""

from __future__ import annotations

import platform
from collections.abc import Callable

from bot.format import plain_of
from bot.messages import render
from bot.messages.voice import voice
from engine.notices import AlertNotice


def second_path_words(language: str) -> Callable[[AlertNotice], str]:
    """Puts an alert into the words of that language; the chain's head is added by whoever sends them."""

    def say(notice: AlertNotice) -> str:
        return f"{_headline(language)}\n{plain_of(render(notice, language=language, nonce='', footer='').html)}"

    return say


def trial_words(language: str) -> str:
    """What a drill of the second path says."""
    return f"{_headline(language)}\n{voice(language).say('second-path-test')}"


def _headline(language: str) -> str:
    return voice(language).say("second-path-headline", host=platform.node())
