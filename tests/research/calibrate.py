"""`python -m tests.research.calibrate` fits the surface and the book to recorded chains and prints how far off they are.

January and February 2026 are fitted, March is only judged. `--write` puts the figures
into engine/market/fitted.py and the tables into docs/surface.md; `--history DIR` names
the recording (default: ../shared/data beside the checkout).
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from engine.market.depth import level_of_tenor_eth, modelled_depth
from engine.market.fitted import SURFACE
from engine.market.parameters import BookParameters, SurfaceParameters
from tests.research import tables
from tests.research.fitting import FREE, Fit, fit_book, fit_surface
from tests.research.observed import Floats, read_observed
from tests.research.tables import Judged, Table
from tests.research.verticals import chosen_by_core

ROOT = Path(__file__).resolve().parent.parent.parent
FITTED_MONTHS = ("2026-01", "2026-02")
JUDGED_MONTHS = ("2026-03",)
MODULE, PAGE = "engine/market/fitted.py", "docs/surface.md"
MARK = re.compile(r"(<!-- table: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.S)
MODULE_TEXT = '''"""The fitted figures of the market's models, and where they come from.

Written by `python -m tests.research.calibrate --write` out of the recorded option
chains of January and February 2026; docs/surface.md tells what March said to them.
"""

from __future__ import annotations

from engine.market.parameters import BookParameters, SurfaceParameters

SURFACE = SurfaceParameters(
{surface}
)
BOOK = BookParameters(base_1e4={book.base_1e4}, per_vega={book.per_vega}, ticks_min={book.ticks_min})
'''


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.research.calibrate", description=__doc__)
    parser.add_argument("--history", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    if not (asked.history / "chains").is_dir():
        sys.exit(f"no recorded chains in {asked.history}: give --history")
    fit, book, told = calibrate(asked.history)
    print(f"surface: {figures_of(fit.parameters)}, root mean square of ln(volatility) {fit.rms_log_error:.2%}\nbook: {book}")
    for name, table in told.items():
        print(f"\n{name}\n" + "\n".join(table))
    if asked.write:
        (ROOT / MODULE).write_text(module_text(fit.parameters, book), encoding="utf-8")
        (ROOT / PAGE).write_text(page_text((ROOT / PAGE).read_text(encoding="utf-8"), told), encoding="utf-8")


def calibrate(history: Path) -> tuple[Fit, BookParameters, dict[str, Table]]:
    """The fit to the first two months and every table of the page."""
    observed = read_observed(history, (*FITTED_MONTHS, *JUDGED_MONTHS))
    recorded = observed.priced(observed.iv_frac)
    in_fitted, in_judged = observed.in_months(FITTED_MONTHS), observed.in_months(JUDGED_MONTHS)
    usable = observed.is_fitted(recorded)
    fit = fit_surface(observed, usable & in_fitted, SURFACE)
    book, _ = fit_book(observed, recorded, usable & in_fitted)
    train, test = (Judged(observed, which, fit.parameters, book) for which in (in_fitted, in_judged))
    return (
        fit,
        book,
        {
            "volatility": tables.by_tenor(train, test),
            "volatility-fitted": tables.by_delta(train, tables.vol_cell),
            "volatility-march": tables.by_delta(test, tables.vol_cell),
            "price-fitted": tables.by_delta(train, tables.price_cell),
            "price-march": tables.by_delta(test, tables.price_cell),
            "credits": tables.credits_of(train, test),
            "widths": tables.widths(train, test),
            "gates": tables.gates(train, test),
            "strikes": tables.strikes(train, test, fit.parameters),
            "interest": tables.interest(train, test, _modelled_interest),
            "chosen": tables.chosen(chosen_by_core(history, (*FITTED_MONTHS, *JUDGED_MONTHS)), (*FITTED_MONTHS, *JUDGED_MONTHS)),
        },
    )


def figures_of(parameters: SurfaceParameters) -> str:
    """The fitted figures by name."""
    return ", ".join(f"{name} {getattr(parameters, name):.3f}" for name in FREE)


def module_text(parameters: SurfaceParameters, book: BookParameters) -> str:
    """The module that carries the fitted figures."""
    return MODULE_TEXT.format(surface="\n".join(f"    {name}={getattr(parameters, name)}," for name in FREE), book=book)


def page_text(page: str, told: dict[str, Table]) -> str:
    """The page with every marked table written anew. Raises KeyError for a mark without a table."""
    return MARK.sub(lambda found: found[1] + "\n".join(told[found["name"]]) + "\n" + found[3], page)


def _modelled_interest(judged: Judged) -> Floats:
    observed = judged.observed
    level = level_of_tenor_eth(observed.expiry_s, observed.days)
    return modelled_depth(observed.expiry_s, observed.strike_usd, observed.is_call, level_eth=level, delta=judged.recorded.delta).open_interest_eth


if __name__ == "__main__":
    main()
