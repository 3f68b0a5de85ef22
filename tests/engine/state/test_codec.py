"""Stored text gives back the value in value and in type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.decision import Check, Refused, Relation, Unit, Value, Verdict
from engine.core.model import MacroCalendar, MacroEvent, Reading, Severity
from engine.errors import StateError
from engine.state.codec import decode, decode_checks, encode, encode_checks
from engine.views import ActionResult, Chart, TimelineChart

NOW = datetime(2026, 3, 2, 14, 0, 0, 1, tzinfo=UTC)

VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.datetimes(timezones=st.just(UTC)),
)


@given(VALUES, VALUES)
def test_a_check_keeps_the_types_of_its_figures(observed: Value, limit: Value) -> None:
    check = Check(rule="E05", code="credit", verdict=Verdict.FAILED, observed=observed, limit=limit, relation=Relation.AT_LEAST, unit=Unit.FRAC)
    (back,) = decode_checks(encode_checks((check,)))

    assert back == check
    assert (type(back.observed), type(back.limit)) == (type(observed), type(limit))


def test_a_decimal_keeps_its_zeros() -> None:
    refused = Refused(checks=(Check(rule="E1", code="x", verdict=Verdict.PASSED, observed=Decimal("1.500")),))

    assert str(decode(encode(refused, Refused), Refused).checks[0].observed) == "1.500"


def test_nested_generic_values_come_back() -> None:
    calendar = MacroCalendar(events=(MacroEvent(name="CPI", severity=Severity.HIGH, at=NOW, source="x"),), covered_until={"CPI": date(2026, 6, 1)})
    reading = Reading(value=calendar, observed_at=NOW)

    assert decode(encode(reading, Reading[MacroCalendar]), Reading[MacroCalendar]) == reading


def test_a_union_of_charts_finds_its_member() -> None:
    chart = TimelineChart(
        title="t",
        env="PAPER",
        coin="ETH",
        marks=((NOW, 0.01),),
        credit_coin=0.0125,
        profit_take_coin=0.006,
        stop_loss_coin=0.03,
        opened_at=NOW,
        expiry_at=NOW,
        as_of=NOW,
    )

    assert decode(encode(chart, Chart), Chart) == chart


def test_a_mapping_with_one_plain_key_stays_a_mapping() -> None:
    result = ActionResult(code="ok", ok=True, facts={"id": "7"})

    assert decode(encode(result, ActionResult), ActionResult) == result


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), object()])
def test_what_cannot_be_told_is_refused(value: object) -> None:
    with pytest.raises(StateError, match="cannot be stored"):
        encode(Check(rule="E1", code="x", verdict=Verdict.PASSED, observed=value), Check)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"$d":"x"}', '{"$t":"yesterday"}'])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(StateError, match="is no Check"):
        decode(text, Check)
