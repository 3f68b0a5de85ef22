"""Short courses of events, each with its rival, its fault or its button at every place there is: what chance alone meets too rarely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from tests.crash.protocol.deeds import BREATHS, MOVES, PRESSES, RESTARTS, STOPS
from tests.crash.protocol.machine import RIVALS_FIRST, Fault

ASKING = ("asked", "soft exit", "hard exit")
STOPS_AGAINST = ("kill", "kill from the shell", "kill at the machine")
MOMENTS, DICE = 16, 3
"""In how many moments of carrying out a yes the stop comes, a dozen turns apart, and how often the others are put in another order."""

ENDS, WRITES_MAX = ("fails", "ends before", "ends after"), 12
"""Taking in, claiming, judging, approving and booking a yes are seven writes; the rest is what is owed then."""

BUTTONS_MAX, ODD_BUTTONS = 12, (0, 5)
"""A dozen buttons stand on an entry card in two chats; the last and the first of one card are enough to press oddly."""


NO_JOB, JOB_RAN = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One step of a course, as the machine is told of it."""

    deed: str
    how: Any = ""
    pick: int = 0
    fault: Fault = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where it begins, what comes then, and the dice it is played with."""

    scene: str
    happenings: tuple[Happening, ...]
    turns: int = 0


def every_odd_press() -> Iterator[Course]:
    """A button is pressed as it is not meant to be, and once more as another one of the card."""
    for how, scene, button in product(sorted(set(PRESSES), reverse=True), ASKING, ODD_BUTTONS):
        yield Course(scene=scene, happenings=(Happening(deed="press", how=how, pick=button),))


def every_wait_and_market_before_a_yes() -> Iterator[Course]:
    """A yes comes late, with the minute's job run by then and not, or into another market than the one on the card."""
    yes = Happening(deed="say yes")
    for scene, breath, job in product(ASKING, BREATHS, (NO_JOB, JOB_RAN)):
        yield Course(scene=scene, happenings=(Happening(deed="pass time", how=breath, pick=job), yes))
    for scene, market in product(ASKING, MOVES):
        yield Course(scene=scene, happenings=(Happening(deed="move the market", how=market), yes))


def every_stop_waited_out_and_lifted() -> Iterator[Course]:
    """Everything is stopped, time passes and a yes is said under it; then each of the words that lift it, right and wrong."""
    for scene, stop, breath in product(ASKING, STOPS, BREATHS):
        wait, look = Happening(deed="pass time", how=breath, pick=JOB_RAN), Happening(deed="ask for", how="scan")
        yield Course(scene=scene, happenings=(Happening(deed="stop", how=stop), wait, look, Happening(deed="say yes")))
    for stop, words in product(("kill", "pause"), sorted(set(RESTARTS))):
        yield Course(scene="asked", happenings=(Happening(deed="stop", how=stop), Happening(deed="start again", how=words)))


def stops_at_every_moment() -> Iterator[Course]:
    """A yes, and a stop while it is on its way or carried out."""
    for scene, stop, moment, turns in product(ASKING, STOPS_AGAINST, range(MOMENTS), range(DICE)):
        yield Course(scene=scene, turns=turns, happenings=(Happening(deed="race", how=stop, pick=RIVALS_FIRST + moment),))


def faults_at_every_write() -> Iterator[Course]:
    """A yes, a kill, or both at once, and the disk or the program fails at one of the writes that follow."""
    deeds = (Happening(deed="say yes"), Happening(deed="race", how="kill", pick=RIVALS_FIRST), Happening(deed="stop", how="kill at the machine"))
    for scene, deed, kind, write in product(ASKING, deeds, ENDS, range(1, WRITES_MAX + 1)):
        fault = (kind, write)
        yield Course(scene=scene, happenings=(Happening(deed=deed.deed, how=deed.how, pick=deed.pick, fault=fault),))


def every_button_before_a_yes() -> Iterator[Course]:
    """Whatever a card offers is pressed, and what it asks then is answered with yes."""
    for scene, button in product(ASKING, range(BUTTONS_MAX)):
        yield Course(scene=scene, happenings=(Happening(deed="press", how="any button", pick=button), Happening(deed="say yes")))


COURSES = (
    *every_odd_press(),
    *every_button_before_a_yes(),
    *every_wait_and_market_before_a_yes(),
    *every_stop_waited_out_and_lifted(),
    *faults_at_every_write(),
    *stops_at_every_moment(),
)
