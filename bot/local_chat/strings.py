"""The page's own words, from the catalogues; everything inside a bubble comes from the handlers."""

from __future__ import annotations

from collections.abc import Mapping

from bot.text import Texts

NAMES = (
    "title",
    "how_to_open",
    "log_label",
    "composer_label",
    "composer_hint",
    "send",
    "menu",
    "menu_label",
    "reply",
    "replying_to",
    "cancel_reply",
    "you",
    "bot",
    "edited",
    "show_more",
    "show_less",
    "zoom",
    "picture",
    "picture_before",
    "picture_after",
    "album",
    "close",
    "ok",
    "newest",
    "online",
    "connecting",
    "ended",
    "over",
    "elsewhere",
    "not_sent",
    "too_long",
    "gone",
    "clock_unknown",
    "clock_label",
    "real_time",
    "speed_days",
    "speed_hours",
    "speed_minutes",
    "speed_seconds",
    "state_hold",
    "state_kill",
    "empty",
)

COUNT = "{n}"
"""Left in the sentence: the page writes the number itself, as often as it changes."""


def page_strings(language: str) -> Mapping[str, str]:
    """Every word of the page's chrome by its name there; an unknown language speaks English."""
    texts = Texts(language)
    return {name: texts.say(f"page-{name.replace('_', '-')}", n=COUNT) for name in NAMES}
