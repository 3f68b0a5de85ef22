"""One rule looked at, in a line: its name, what was seen, what it needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from bot.figures import ABSENT, USDC, Figures, Number
from bot.format import Line, line
from bot.messages.voice import Voice
from engine.core.decision import Check, Relation, Unit, Value, Verdict

MARKS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.NOT_EVALUATED: "?", Verdict.WARNED: "!"}

CONSEQUENCES = frozenset({"no_candidate", "no_strategy", "no_size"})
"""Causes that only say an earlier step found nothing to judge."""

MORE_PLACES_MAX = 4
EXIT_RULE_PREFIX = "X"

NEUTRAL_MARK = "•"
NOT_A_FAILURE = frozenset({"profit_take", "expire", "manual", "settled"})
"""Exit rules that fire for our good, or because somebody asked."""

BIAS_FLIP = "bias_flip"

SUBJECT_FAMILIES = ("subject", "binding", "strategy", "bias", "check")

_PLACES = {
    Unit.USD: 2,
    Unit.EUR: 2,
    Unit.COIN: 4,
    Unit.USDC: 2,
    Unit.ETH: 2,
    Unit.FRAC: 1,
    Unit.PTS: 1,
    Unit.DAYS: 1,
    Unit.HOURS: 1,
    Unit.COUNT: 0,
    Unit.MULTIPLE: 2,
    Unit.USD_PER_PT: 2,
    Unit.USD_PER_1PCT: 1,
    Unit.NONE: 2,
}
"""Decimals a seen value is told with; a duration has its own words."""

_RELATIONS = {Relation.AT_LEAST: "≥", Relation.AT_MOST: "≤", Relation.ABOVE: ">", Relation.BELOW: "<", Relation.EQUAL: "="}


def check_line(check: Check, said: Voice) -> Line:
    """`✗ DVOL: 32.1 pts (needs ≥ 35.0 pts)`, with the instrument and the cause where there are any."""
    name = said.code("check", check.code)
    mark = NEUTRAL_MARK if check.code in NOT_A_FAILURE and check.verdict is Verdict.FAILED else MARKS[check.verdict]
    if check.code == BIAS_FLIP and check.subject:
        against = said.say("check-against", what=_subject(check.subject, said))
        return line(f"{mark} {name}: {value_text(check.observed, check.unit, said)}{against}")
    about = f"{name} {_subject(check.subject, said)}" if check.subject else name
    seen, limit = _told_apart(check, said)
    needs = _needs(check, limit, said)
    cause = f" · {cause_text(check.cause, said)}" if check.cause else ""
    return line(f"{mark} {about}: {seen}{needs}{cause}")


def _needs(check: Check, limit: str, said: Voice) -> str:
    # A yes-or-no rule says all with its value; a band needs no sign before it.
    if not limit or isinstance(check.limit, bool) or check.relation is Relation.NONE:
        return ""
    bound = limit if check.relation is Relation.ONE_OF else f"{_RELATIONS[check.relation]} {limit}"
    return said.say("check-stays" if check.rule.startswith(EXIT_RULE_PREFIX) else "check-needs", limit=bound)


def cause_text(cause: str, said: Voice) -> str:
    """Why, in words; several causes stand with commas between them."""
    return ", ".join(_one_cause(each.strip(), said) for each in cause.split(","))


def cause_words(detail: str, said: Voice) -> str | None:
    """The words of a detail that is a cause of ours; None for one that came from outside."""
    return said.code("cause", detail) if said.texts.has(f"cause-{detail.replace('_', '-')}") else None


def _one_cause(cause: str, said: Voice) -> str:
    kind, _, number = cause.partition("_")
    if kind == "row" and number.isdecimal():
        return said.say("bias-row", row=number)
    return said.code("cause", cause)


def _subject(subject: str, said: Voice) -> str:
    """What the check is about; several stand with commas between them."""
    return ", ".join(_one_subject(each, said) for each in subject.split(","))


def _one_subject(subject: str, said: Voice) -> str:
    # An instrument stands as the venue writes it; what is a code of ours has words.
    for family in SUBJECT_FAMILIES:
        if said.texts.has(f"{family}-{subject.replace('_', '-')}"):
            return said.code(family, subject)
    return subject


def is_consequence(check: Check) -> bool:
    """True for a filter that was never asked, only because an earlier one had already said no."""
    return check.verdict is Verdict.NOT_EVALUATED and check.cause in CONSEQUENCES


def unasked_lines(checks: Sequence[Check], said: Voice, *, with_names: bool) -> list[Line]:
    """One line per reason why filters were never asked, with their number and, where there is room, their names."""
    by_cause: dict[str, list[Check]] = {}
    for check in checks:
        if is_consequence(check):
            by_cause.setdefault(check.cause, []).append(check)
    lines = []
    for cause, unasked in by_cause.items():
        told = said.say("checks-unasked", count=len(unasked), cause=cause_text(cause, said))
        names = ", ".join(dict.fromkeys(said.code("check", check.code) for check in unasked))
        lines.append(line(f"{MARKS[Verdict.NOT_EVALUATED]} {told}" + (f" ({names})" if with_names else "")))
    return lines


def check_lines(checks: Sequence[Check], said: Voice, *, at_most: int) -> list[Line]:
    """The checks in lines; beyond `at_most` one line says how many more there are."""
    shown = [check_line(check, said) for check in checks[:at_most]]
    more = len(checks) - len(shown)
    return [*shown, line(said.say("checks-more", count=more))] if more else shown


def value_text(value: Value, unit: Unit, said: Voice, *, more_places: int = 0) -> str:
    """A checked value with its unit."""
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return said.say("yes") if value else said.say("no")
    if isinstance(value, datetime):
        return said.figures.instant(value)
    if isinstance(value, str):
        return _words(value, unit, said, more_places)
    return _measured(value, unit, said.figures, more_places)


def threshold_text(value: Value, unit: Unit, said: Voice) -> str:
    """A threshold with its unit and with the decimals it has, neither more nor fewer."""
    if isinstance(value, str):
        low, dots, high = value.partition("..")
        return f"{_exact_bound(low, unit, said)} – {_exact_bound(high, unit, said)}" if dots else value_text(value, unit, said)
    if value is None or isinstance(value, bool | datetime):
        return value_text(value, unit, said)
    return _exact(value, unit, said.figures)


def _exact_bound(text: str, unit: Unit, said: Voice) -> str:
    try:
        return _exact(Decimal(text), unit, said.figures)
    except ArithmeticError:
        return text


def _words(value: str, unit: Unit, said: Voice, more_places: int) -> str:
    """A coded value in words, a list of them, or a band `low..high`."""
    low, dots, high = value.partition("..")
    if dots:
        return f"{_bound(low, unit, said, more_places)} – {_bound(high, unit, said, more_places)}"
    return ", ".join(said.code("value", each) for each in value.split(","))


def _bound(text: str, unit: Unit, said: Voice, more_places: int) -> str:
    try:
        return _measured(Decimal(text), unit, said.figures, more_places)
    except ArithmeticError:
        return text


def _told_apart(check: Check, said: Voice) -> tuple[str, str]:
    if check.observed is None:
        return said.say("check-no-value"), value_text(check.limit, check.unit, said) if check.limit is not None else ""
    seen = limit = ""
    for more_places in range(MORE_PLACES_MAX + 1):
        seen = value_text(check.observed, check.unit, said, more_places=more_places)
        limit = value_text(check.limit, check.unit, said, more_places=more_places) if check.limit is not None else ""
        # A value that only rounds to its limit must not look equal to it.
        if seen != limit or check.observed == check.limit:
            break
    return seen, limit


def _measured(value: Number, unit: Unit, figures: Figures, more: int) -> str:
    if unit is Unit.SECONDS:
        return figures.plain(value, more - 1, unit="s") if more else figures.age(float(value))
    return _with_places(value, unit, figures, 0 if unit is Unit.NONE and isinstance(value, int) else _PLACES[unit] + more)


def _exact(value: Number, unit: Unit, figures: Figures) -> str:
    if unit is Unit.SECONDS:
        return figures.age(float(value))
    shown = Decimal(str(value)).scaleb(2 if unit is Unit.FRAC else 0).normalize()
    exponent = shown.as_tuple().exponent
    return _with_places(value, unit, figures, max(0, -exponent) if isinstance(exponent, int) else 0)


def _with_places(value: Number, unit: Unit, figures: Figures, places: int) -> str:
    shown: dict[Unit, Callable[[], str]] = {
        Unit.USD: lambda: figures.usd(value, places),
        Unit.EUR: lambda: figures.eur(value, places),
        Unit.COIN: lambda: figures.coin(value, places=places),
        Unit.USDC: lambda: figures.coin(value, USDC, places=places),
        Unit.ETH: lambda: figures.plain(value, places, unit="ETH"),
        Unit.FRAC: lambda: figures.pct(value, places),
        Unit.PTS: lambda: figures.pts(value, places=places),
        Unit.DAYS: lambda: figures.days(value, places),
        Unit.HOURS: lambda: figures.plain(value, places, unit="h"),
        Unit.MULTIPLE: lambda: f"{figures.number(value, places)}×",
        Unit.USD_PER_PT: lambda: figures.plain(value, places, unit="USD/pt"),
        Unit.USD_PER_1PCT: lambda: figures.plain(value, places, unit="USD/1%"),
    }
    return shown[unit]() if unit in shown else figures.number(value, places)
