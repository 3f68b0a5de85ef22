"""The tables of docs/surface.md: what the surface and the book are off by, in the months they were fitted to and in the one they were not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from engine.market.grid import listed_options
from engine.market.parameters import BookParameters, SurfaceParameters
from tests.research.fitting import lengths
from tests.research.observed import Bools, Floats, Observed, modelled_book
from tests.research.rivals import flat_dvol, published_m4
from tests.research.verticals import Chosen, Gates, credit_errors, gates_met, sellable, twenty_ten

TENORS = (1.0, 2.0, 4.0, 8.0, 14.0, 21.01, 45.0)
DELTAS = (0.02, 0.05, 0.10, 0.17, 0.25, 0.35, 0.50)
WIDTH_DELTAS = (0.02, 0.05, 0.08, 0.12, 0.18, 0.25, 0.35, 0.5)
SOLD_DAYS = (14.0, 21.01)
ETH_1E4 = 1e4

Table = list[str]


class Judged:
    """One set of rows (the fitted months or the other) with everything the tables ask of it."""

    def __init__(self, observed: Observed, which: Bools, parameters: SurfaceParameters, book: BookParameters) -> None:
        self.observed, self.which = observed, which
        self.recorded = observed.priced(observed.iv_frac)
        self.surface_iv = observed.surface_iv(parameters)
        self.surface = observed.priced(self.surface_iv)
        self.fitted = which & observed.is_fitted(self.recorded)
        self.book = book

    def rows(self, *, days: tuple[float, float] | None = None, delta: tuple[float, float] | None = None) -> Bools:
        """The rows of one tenor and delta bucket."""
        rows = self.fitted
        if days is not None:
            rows = rows & (self.observed.days >= days[0]) & (self.observed.days < days[1])
        if delta is not None:
            rows = rows & (np.abs(self.recorded.delta) >= delta[0]) & (np.abs(self.recorded.delta) < delta[1])
        return rows


def by_tenor(train: Judged, test: Judged) -> Table:
    """Root mean square and bias of volatility, beside both rivals."""
    head = (
        "| days to expiry | "
        + " | ".join(f"{name}, {when}" for when in ("fitted months", "March") for name in ("flat DVOL", "M4 as published", "this surface"))
        + " |"
    )
    table = [head, "|---" * 7 + "|"]
    for bucket in (*lengths(TENORS), None):
        cells = []
        for judged in (train, test):
            rows = judged.rows(days=bucket)
            models = (flat_dvol(judged.observed), published_m4(judged.observed), judged.surface_iv)
            cells += [_rms_and_bias((iv - judged.observed.iv_frac)[rows] * 100.0) for iv in models]
        table.append(f"| {_days(bucket) if bucket is not None else 'all'} | " + " | ".join(cells) + " |")
    return table


def by_delta(judged: Judged, cell: Callable[[Judged, Bools], str]) -> Table:
    """One cell per tenor and delta bucket."""
    table = ["| delta | " + " | ".join(_days(bucket) for bucket in lengths(TENORS)) + " |", "|---" * len(TENORS) + "|"]
    for delta in lengths(DELTAS):
        cells = [cell(judged, judged.rows(days=days, delta=delta)) for days in lengths(TENORS)]
        table.append(f"| {delta[0]:.2f}-{delta[1]:.2f} | " + " | ".join(cells) + " |")
    return table


def vol_cell(judged: Judged, rows: Bools) -> str:
    return _rms_and_bias((judged.surface_iv - judged.observed.iv_frac)[rows] * 100.0)


def price_cell(judged: Judged, rows: Bools) -> str:
    """Median absolute error in 1e-4 ETH, and of the price."""
    modelled = (judged.surface.price_usd / judged.observed.forward_usd)[rows]
    marks = judged.observed.mark_coin[rows]
    if len(marks) == 0:
        return "-"
    error = np.abs(modelled - marks)
    return f"{np.median(error) * ETH_1E4:.1f} ({np.median(error / marks):.0%})"


def credits_of(train: Judged, test: Judged) -> Table:
    """Credits of 20/10-delta verticals: median error and mean absolute error of each model."""
    table = [
        "| days to expiry, side | "
        + " | ".join(f"{name}, {when}" for when in ("fitted months", "March") for name in ("flat DVOL", "M4 as published", "this surface"))
        + " |"
    ]
    table.append("|---" * 7 + "|")
    for days in ((2.0, 4.0), (4.0, 8.0), (8.0, 14.0), (14.0, 21.01)):
        for is_call, side in ((False, "put"), (True, "call")):
            cells = []
            for judged in (train, test):
                pairs = twenty_ten(judged.observed, judged.recorded.delta, judged.rows(days=days) & (judged.observed.is_call == is_call))
                for iv in (flat_dvol(judged.observed), published_m4(judged.observed), judged.surface_iv):
                    errors = credit_errors(pairs, judged.observed.priced(iv).price_usd, judged.recorded.price_usd)
                    cells.append(f"{np.median(errors):+.1%} / {np.mean(np.abs(errors)):.1%}" if len(errors) > 0 else "-")
            table.append(f"| {_days(days)}, {side} | " + " | ".join(cells) + " |")
    return table


def widths(train: Judged, test: Judged) -> Table:
    """Average bid/ask width of recorded and modelled books, 1e-4 ETH."""
    table = [
        "| delta | " + " | ".join(f"{_days(days)}, {when}" for when in ("fitted", "March") for days in ((4.0, 8.0), (8.0, 14.0), (14.0, 21.01))) + " |",
        "|---" * 7 + "|",
    ]
    for delta in lengths(WIDTH_DELTAS):
        cells = []
        for judged in (train, test):
            bid, ask = modelled_book(judged.observed.mark_coin, judged.recorded, judged.observed.forward_usd, parameters=judged.book)
            for days in ((4.0, 8.0), (8.0, 14.0), (14.0, 21.01)):
                rows = judged.rows(days=days, delta=delta) & (judged.observed.bid_coin > 0.0) & (judged.observed.ask_coin > 0.0)
                recorded = (judged.observed.ask_coin - judged.observed.bid_coin)[rows]
                cells.append(f"{recorded.mean() * ETH_1E4:.1f} / {(ask - bid)[rows].mean() * ETH_1E4:.1f}")
        table.append(f"| {delta[0]:.2f}-{delta[1]:.2f} | " + " | ".join(cells) + " |")
    return table


def gates(train: Judged, test: Judged) -> Table:
    """How the pairs that the strategy would look at meet the credit and the slippage gate."""
    table = ["| months, side | prices | pairs | credit / width | credit passes | slippage to natural | slippage passes |", "|---" * 7 + "|"]
    for judged, when in ((train, "fitted"), (test, "March")):
        observed = judged.observed
        own_mark = judged.surface.price_usd / observed.forward_usd
        books = {
            "recorded": (judged.recorded.delta, (observed.bid_coin, observed.ask_coin)),
            "surface": (judged.surface.delta, modelled_book(own_mark, judged.surface, observed.forward_usd, parameters=judged.book)),
        }
        for is_call, side in ((False, "put"), (True, "call")):
            for name, (delta, (bid, ask)) in books.items():
                which = judged.which & observed.is_otm & (observed.days >= SOLD_DAYS[0]) & (observed.days < SOLD_DAYS[1])
                told = gates_met(sellable(observed, delta, which), observed, bid, ask, is_call=is_call)
                table.append(f"| {when}, {side} | {name} | {_gate_cells(told)} |")
    return table


def strikes(train: Judged, test: Judged, parameters: SurfaceParameters) -> Table:
    """Of the recorded strikes between half a deviation and two, how many the rules list, and of the listed how many were recorded."""
    table = [
        "| days to expiry | recorded strikes that the rules list, fitted months | listed strikes that were recorded | the same, March | |",
        "|---" * 5 + "|",
    ]
    for days in lengths(TENORS):
        cells = []
        for judged in (train, test):
            both, recorded, ruled = _strikes_shared(judged, parameters, days)
            cells += [f"{both / recorded:.0%}", f"{both / ruled:.0%}"]
        table.append(f"| {_days(days)} | " + " | ".join(cells) + " |")
    return table


def interest(train: Judged, test: Judged, modelled: Callable[[Judged], Floats]) -> Table:
    """Open interest of what is sold: quartiles and the share that passes the gate of the short leg."""
    table = ["| days to expiry | recorded, fitted months | model | recorded, March | model |", "|---" * 5 + "|"]
    for days in ((4.0, 8.0), (8.0, 14.0), (14.0, 17.5), (17.5, 21.01)):
        cells = []
        for judged in (train, test):
            rows = judged.rows(days=days, delta=(0.05, 0.17))
            cells += [_quartiles(column[rows]) for column in (judged.observed.open_interest_eth, modelled(judged))]
        table.append(f"| {_days(days)} | " + " | ".join(cells) + " |")
    return table


def chosen(found: Sequence[Chosen], months: tuple[str, ...]) -> Table:
    """What core's own strike search sells on recorded chains and on the surface at the same instants."""
    table = [
        "| month, strategy | instants | sold on the recorded chain | on the surface | on both | same short "
        "| credit, surface over recorded | credit / width recorded, surface |",
        "|---" * 8 + "|",
    ]
    for month in months:
        for strategy in sorted({each.strategy for each in found}):
            told = [each for each in found if (each.month, each.strategy) == (month, strategy)]
            both = [(each.recorded, each.modelled) for each in told if each.recorded is not None and each.modelled is not None]
            same = [one.spread.verticals[0].short.instrument == two.spread.verticals[0].short.instrument for one, two in both]
            ratios = [float(two.economics.credit_mid_coin / one.economics.credit_mid_coin) - 1.0 for one, two in both]
            shares = [[float(each.economics.credit_over_width_frac) for each in pair] for pair in both]
            cells = [str(len(told)), str(_count(each.recorded for each in told)), str(_count(each.modelled for each in told)), str(len(both))]
            cells += [f"{sum(same)}", f"{np.median(ratios):+.1%}" if ratios else "-"]
            cells.append(", ".join(f"{share:.1%}" for share in np.median(shares, axis=0)) if shares else "-")
            table.append(f"| {month}, {strategy.value} | " + " | ".join(cells) + " |")
    return table


def _strikes_shared(judged: Judged, parameters: SurfaceParameters, days: tuple[float, float]) -> tuple[int, int, int]:
    observed = judged.observed
    slices = observed.slices(parameters)
    spot = observed.inputs.spot_usd[slices.instant]
    listed = listed_options(slices, spot)
    in_tenor = (slices.years * 365.0 >= days[0]) & (slices.years * 365.0 < days[1])
    there = judged.which & in_tenor[observed.slice_row]
    is_judged = np.isin(np.arange(len(spot)), observed.slice_row[there])
    recorded = _sold_keys(observed.slice_row[there], observed.strike_usd[there], spot, slices.sd)
    ruled_rows = is_judged[listed.row]
    ruled = _sold_keys(listed.row[ruled_rows], listed.strike_usd[ruled_rows], spot, slices.sd)
    return len(np.intersect1d(recorded, ruled)), len(recorded), len(ruled)


def _sold_keys(row: Floats, strike: Floats, spot: Floats, sd: Floats) -> Floats:
    deviations = np.abs(np.log(strike / spot[row])) / sd[row]
    inside = (deviations >= 0.5) & (deviations <= 2.0)
    return np.unique(row[inside] * 10**6 + strike[inside].astype(np.int64))


def _gate_cells(told: Gates) -> str:
    return f"{told.pairs} | {told.credit_over_width:.1%} | {told.credit_passed:.0%} | {told.slippage:.1%} | {told.slippage_passed:.0%}"


def _quartiles(values: Floats) -> str:
    if len(values) == 0:
        return "-"
    low, middle, high = np.percentile(values, [25, 50, 75])
    return f"{low:.0f} / {middle:.0f} / {high:.0f}, {np.mean(values >= 100):.0%} pass"


def _rms_and_bias(errors: Floats) -> str:
    return f"{np.sqrt(np.mean(errors**2)):.2f} ({errors.mean():+.2f})" if len(errors) > 0 else "-"


def _days(bucket: tuple[float, float]) -> str:
    return "-".join(f"{int(edge * 10) / 10:g}" for edge in bucket)


def _count(found: Iterable[object]) -> int:
    return sum(each is not None for each in found)
