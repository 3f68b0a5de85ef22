"""The calibration: it finds figures that are there, the shipped ones are its own, and March says the surface is worth having."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.market.fitted import BOOK, SURFACE
from tests.research.calibrate import JUDGED_MONTHS, MODULE, PAGE, ROOT, calibrate, module_text, page_text
from tests.research.fitting import FREE, fit_book, fit_surface, least_squares
from tests.research.observed import Observed, modelled_book, read_observed
from tests.research.rivals import flat_dvol, published_m4
from tests.research.verticals import credit_errors, gates_met, sellable, twenty_ten


@pytest.fixture(scope="module")
def march(history_dir: Path) -> Observed:
    if not (history_dir / "chains").is_dir():
        pytest.skip("recorded option chains are not here (expected in chains/ of the market history)")
    return read_observed(history_dir, JUDGED_MONTHS)


def test_least_squares_finds_the_bottom_of_a_curved_valley() -> None:
    """Rosenbrock's: (1, 1) from far away."""
    found = least_squares(lambda at: np.array([10.0 * (at[1] - at[0] ** 2), 1.0 - at[0]]), np.array([-1.2, 1.0]))

    assert found == pytest.approx([1.0, 1.0], abs=1e-4)


def test_figures_that_made_the_volatilities_are_found_again(march: Observed) -> None:
    truth = replace(SURFACE, realised_pull=0.22, trailing_pull=1.2, weekend_weight=0.5)
    made = replace(march, iv_frac=march.surface_iv(truth))
    fit = fit_surface(made, made.is_fitted(made.priced(made.iv_frac)) & (made.slice_row % 5 == 0), SURFACE)

    assert fit.parameters == truth
    assert fit.rms_log_error < 1e-6
    assert len(FREE) == 3


@pytest.mark.slow
def test_the_widths_a_book_was_made_with_are_found_again(march: Observed) -> None:
    black = march.priced(march.iv_frac)
    bid, ask = modelled_book(march.mark_coin, black, march.forward_usd, parameters=replace(BOOK, per_vega=0.3))
    found, error = fit_book(replace(march, bid_coin=bid, ask_coin=ask), black, march.is_fitted(black))

    assert (found.base_1e4, found.per_vega, error) == (BOOK.base_1e4, 0.3, pytest.approx(0.0, abs=0.002))


def test_in_the_month_it_never_saw_the_surface_beats_both_rivals(march: Observed) -> None:
    """By volatility over all rows, and between 14 and 21 days, where the trades are."""
    fitted = march.is_fitted(march.priced(march.iv_frac))
    for rows in (fitted, fitted & (march.days >= 14.0) & (march.days <= 21.0)):
        rms = [float(np.sqrt(np.mean((iv - march.iv_frac)[rows] ** 2))) for iv in (march.surface_iv(SURFACE), published_m4(march), flat_dvol(march))]
        print([f"{100 * error:.2f}" for error in rms])

        assert rms == sorted(rms)
        assert rms[0] < 0.9 * rms[1]


def test_modelled_credits_stand_near_recorded_ones_and_flat_dvol_does_not(march: Observed) -> None:
    recorded = march.priced(march.iv_frac)
    surface, flat = march.priced(march.surface_iv(SURFACE)), march.priced(flat_dvol(march))
    fitted = march.is_fitted(recorded) & (march.days >= 4.0) & (march.days <= 21.0)
    for is_call in (False, True):
        pairs = twenty_ten(march, recorded.delta, fitted & (march.is_call == is_call))
        modelled = credit_errors(pairs, surface.price_usd, recorded.price_usd)

        assert abs(np.median(modelled)) < 0.05
        assert np.mean(np.abs(modelled)) < 0.07
        assert np.median(credit_errors(pairs, flat.price_usd, recorded.price_usd)) > 0.10


def test_modelled_books_meet_the_slippage_gate_about_as_often_as_recorded_ones(march: Observed) -> None:
    """Puts of 14 to 21 days; the books are modelled around the recorded marks."""
    black = march.priced(march.iv_frac)
    which = march.is_otm & (march.days >= 14.0) & (march.days <= 21.0)
    pairs = sellable(march, black.delta, which)
    bid, ask = modelled_book(march.mark_coin, black, march.forward_usd)
    recorded = gates_met(pairs, march, march.bid_coin, march.ask_coin, is_call=False)
    modelled = gates_met(pairs, march, bid, ask, is_call=False)
    print(recorded, modelled)

    assert abs(modelled.slippage - recorded.slippage) < 0.02
    assert abs(modelled.slippage_passed - recorded.slippage_passed) < 0.15


def test_the_module_of_the_figures_is_what_the_command_writes() -> None:
    assert module_text(SURFACE, BOOK) == (ROOT / MODULE).read_text(encoding="utf-8")


def test_only_what_stands_between_marks_is_written_anew() -> None:
    page = "before\n<!-- table: gates -->\n| old |\n<!-- end -->\nafter\n"

    assert page_text(page, {"gates": ["| new |", "|---|"]}) == "before\n<!-- table: gates -->\n| new |\n|---|\n<!-- end -->\nafter\n"
    with pytest.raises(KeyError, match="gates"):
        page_text(page, {})


@pytest.mark.slow
def test_the_shipped_figures_and_the_page_are_those_of_the_recording(history_dir: Path) -> None:
    """`python -m tests.research.calibrate --write` makes them anew."""
    fit, book, told = calibrate(history_dir)
    page = (ROOT / PAGE).read_text(encoding="utf-8")

    assert (fit.parameters, book) == (SURFACE, BOOK)
    assert page_text(page, told) == page
