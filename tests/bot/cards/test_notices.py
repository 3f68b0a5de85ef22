"""Stored notices come back exactly, types included."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.decision import Check, Value, Verdict
from engine.errors import StateError
from engine.notices import RefusalNotice, decode_notice, encode_notice
from tests.bot.cards.condors import EVERY_NOTICE
from tests.bot.cards.samples import refusal

VALUES = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(min_value=-(2**53), max_value=2**53),
    st.booleans(),
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    st.datetimes(timezones=st.just(UTC)),
    st.none(),
)


@pytest.mark.parametrize("name", EVERY_NOTICE)
def test_every_notice_survives_storage(name: str) -> None:
    kind, written = encode_notice(EVERY_NOTICE[name])

    assert decode_notice(kind, written) == EVERY_NOTICE[name]


@given(observed=VALUES, limit=VALUES)
def test_a_checked_value_keeps_its_type(observed: Value, limit: Value) -> None:
    why = replace(refusal().why, checks=(Check(rule="E05", code="dvol_min", verdict=Verdict.FAILED, observed=observed, limit=limit),))
    kind, written = encode_notice(RefusalNotice(env="paper", why=why))
    back = decode_notice(kind, written)

    assert isinstance(back, RefusalNotice)
    (check,) = back.why.checks
    assert (type(check.observed), check.observed) == (type(observed), observed)
    assert (type(check.limit), check.limit) == (type(limit), limit)


def test_a_decimal_keeps_its_trailing_zeros() -> None:
    why = replace(refusal().why, checks=(Check(rule="E13", code="credit_min", verdict=Verdict.FAILED, observed=Decimal("0.0030")),))
    back = decode_notice(*encode_notice(RefusalNotice(env="paper", why=why)))

    assert isinstance(back, RefusalNotice)
    assert str(back.why.checks[0].observed) == "0.0030"


@pytest.mark.parametrize("written", ["", "{}", "[]", '{"kind":"fill"}', '{"kind":"unheard-of"}', '{"$decimal":"x"}'])
def test_what_is_no_notice_is_refused(written: str) -> None:
    with pytest.raises(StateError):
        decode_notice("fill", written)


def test_a_notice_under_another_kind_is_refused() -> None:
    _, written = encode_notice(EVERY_NOTICE["refusal"])

    with pytest.raises(StateError, match="holds a refusal"):
        decode_notice("fill", written)


def test_an_instant_keeps_its_zone() -> None:
    back = decode_notice(*encode_notice(EVERY_NOTICE["alert"]))

    assert datetime(2026, 8, 10, 14, tzinfo=UTC) == getattr(back, "at", None)
