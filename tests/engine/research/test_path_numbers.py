"""Mathematics in lanes beside the mathematics library: as exact as the prices and chances made of it ask for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.research.path_numbers import EXPONENT_MIN, exp_of, ln_of, tail_over_bell, waves_of

CHANCE = np.random.default_rng(20260101)


def test_an_exponential_is_exact_to_the_last_places() -> None:
    for exponent in (*CHANCE.uniform(-299.0, 300.0, 2000), *CHANCE.uniform(-0.01, 0.01, 500), 0.0, 1.0):
        assert exp_of(float(exponent)) == pytest.approx(math.exp(exponent), rel=5e-16)


def test_an_exponential_far_below_is_that_of_the_lowest_exponent() -> None:
    assert exp_of(-1e6) == exp_of(EXPONENT_MIN) == pytest.approx(math.exp(EXPONENT_MIN), rel=5e-16)


def test_a_logarithm_is_exact_to_the_last_places() -> None:
    for number in (*np.exp(CHANCE.uniform(-300.0, 300.0, 2000)), *CHANCE.uniform(0.9, 1.1, 500), 2.0**-54, 0.5, 2.0):
        assert ln_of(float(number)) == pytest.approx(math.log(number), rel=5e-16, abs=1e-300)

    assert ln_of(1.0) == 0.0


def test_waves_are_those_of_a_whole_turn() -> None:
    for turn in (*CHANCE.uniform(0.0, 1.0, 2000), 0.125, 0.25, 0.5, 0.75, 2.0**-54, 1.0 - 2.0**-53):
        assert waves_of(float(turn)) == pytest.approx((math.cos(2.0 * math.pi * turn), math.sin(2.0 * math.pi * turn)), abs=1.5e-15)


def test_a_tail_is_that_of_the_normal_distribution() -> None:
    for distance in (*CHANCE.uniform(0.0, 12.0, 2000), 0.0):
        tail = tail_over_bell(float(distance)) * math.exp(-0.5 * distance * distance)

        assert tail == pytest.approx(0.5 * math.erfc(distance / math.sqrt(2.0)), rel=1e-13 if distance < 6.0 else 1e-3, abs=1e-15)
