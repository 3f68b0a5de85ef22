"""Numbers as people of two languages read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.figures import ABSENT, Figures

EN, IT = Figures("en"), Figures("it")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (EN.eur(Decimal("1234.567")), "€1,234.57"),
        (IT.eur(Decimal("1234.567")), "1.234,57 €"),
        (EN.eur(Decimal("-12.3"), signed=True), "-€12.30"),
        (EN.eur(Decimal("12.3"), signed=True), "+€12.30"),
        (IT.eur(Decimal("12.3"), signed=True), "+12,30 €"),
        (EN.usd(Decimal("0.005")), "$0.01"),
        (EN.usd(Decimal("-0.004"), signed=True), "$0.00"),
        (EN.coin(Decimal("0.0125"), signed=True), "+0.0125 ETH"),
        (IT.coin(Decimal("0.0125")), "0,0125 ETH"),
        (EN.coin(Decimal("12.345"), "USDC"), "12.35 USDC"),
        (IT.coin(Decimal("-1234.5"), "USDC", signed=True), "-1.234,50 USDC"),
        (EN.bare_coin(Decimal("0.0125"), "ETH"), "0.0125"),
        (EN.bare_coin(Decimal("12.345"), "USDC"), "12.35"),
        (EN.fee_coin(Decimal("0.0003"), "ETH"), "0.00030 ETH"),
        (EN.fee_coin(Decimal("0.574"), "USDC"), "0.57 USDC"),
        (EN.pct(0.0543), "5.4%"),
        (IT.pct(0.0543), "5,4 %"),
        (EN.pts(47.46), "47.5 pts"),
        (IT.pts(47.46), "47,5 pt"),
        (EN.days(17.75), "17.8 d"),
        (EN.strike(Decimal("3200")), "3200"),
        (EN.strike(Decimal("0.5")), "0.5"),
        (EN.size(Decimal("2")), "2 ETH"),
        (EN.instant(datetime(2026, 1, 5, 14, tzinfo=UTC)), "Mon 5 Jan 14:00 UTC"),
        (IT.instant(datetime(2026, 1, 5, 14, tzinfo=UTC), has_year=True), "lun 5 gen 2026 14:00 UTC"),
        (EN.age(45), "45 s"),
        (EN.age(720), "12 min"),
        (EN.age(11100), "3 h 05 min"),
        (IT.age(187200), "2 g 4 h"),
    ],
)
def test_a_figure_is_shown_with_its_unit_and_the_languages_separators(shown: str, expected: str) -> None:
    assert shown == expected


def test_what_may_be_lost_is_rounded_up() -> None:
    assert EN.risk_eur(Decimal("171.01")) == "€172"


def test_what_is_taken_in_is_rounded_down() -> None:
    assert EN.earned_coin(Decimal("0.01259"), "ETH") == "+0.0125 ETH"
    assert EN.earned_coin(Decimal("12.349"), "USDC") == "+12.34 USDC"
    assert EN.earned_coin(None, "ETH") == ABSENT


def test_a_size_is_rounded_down() -> None:
    assert EN.size(Decimal("1.29")) == "1.2 ETH"


def test_a_negative_that_rounds_to_nothing_has_no_sign() -> None:
    assert EN.coin(Decimal("-0.00001"), signed=True) == "0.0000 ETH"


@pytest.mark.parametrize("shown", [EN.eur(None), EN.coin(None), EN.pct(None), EN.pts(None), EN.age(None), EN.instant(None), EN.number(float("nan"))])
def test_what_is_absent_is_a_dash_and_never_a_zero(shown: str) -> None:
    assert shown == ABSENT


def test_the_days_of_a_period_end_with_the_last_that_was_lived_through() -> None:
    first, midnight = datetime(2025, 1, 6, tzinfo=UTC), datetime(2025, 1, 21, tzinfo=UTC)

    assert EN.days_between(first, midnight) == "6 Jan 2025 – 20 Jan 2025"
    assert IT.days_between(first, midnight + timedelta(hours=1)) == "6 gen 2025 – 21 gen 2025"


def test_a_span_names_the_first_day_only_when_it_is_another() -> None:
    at = datetime(2026, 1, 12, 14, tzinfo=UTC)

    assert EN.span(at - timedelta(hours=5), at) == "09:00 → 14:00 UTC"
    assert EN.span(at - timedelta(hours=15), at) == "Sun 11 Jan 23:00 → 14:00 UTC"
