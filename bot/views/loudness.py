"""How loud which message is, as text."""

from __future__ import annotations

from bot.format import Block, Bold, Line, line
from bot.messages.voice import Voice
from bot.views.results import title
from engine.views import LoudnessView, SubjectView

SIGNS = {"loud": "🔔", "silent": "🔕", "off": "✖"}


def matrix(view: LoudnessView, voice: Voice) -> list[Block]:
    """Every kind of message by day and in quiet hours, what stays loud apart."""
    blocks: list[Block] = [title(voice, "notify-title"), line(voice.say("notify-signs", loud=SIGNS["loud"], silent=SIGNS["silent"], off=SIGNS["off"]))]
    blocks.append(_hours(view.quiet, voice))
    blocks += [line(), line(Bold(voice.say("notify-fixed")))]
    blocks += [line(voice.code("subject", each.subject)) for each in view.subjects if each.is_fixed]
    blocks += [line(), line(Bold(voice.say("notify-yours")))]
    return [*blocks, *(_row(each, voice) for each in view.subjects if not each.is_fixed)]


def subject(each: SubjectView, quiet: str, voice: Voice) -> list[Block]:
    """One kind of message, and when its night is."""
    return [line(Bold(voice.code("subject", each.subject))), _hours(quiet, voice)]


def _hours(quiet: str, voice: Voice) -> Line:
    return line(voice.say("notify-quiet", quiet=quiet.replace("-", "–")) if quiet else voice.say("notify-no-quiet"))


def _row(each: SubjectView, voice: Voice) -> Line:
    return line(f"{SIGNS[each.day]} {SIGNS[each.night]} {voice.code('subject', each.subject)}")
