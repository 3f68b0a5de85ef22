"""The whole entry decision on real chains: a whole answer every time, and how long it took."""

from __future__ import annotations

import csv
import gzip
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from engine.core.combo_builder import choose_expiry, rr25_pts
from engine.core.decision import Approved
from engine.core.entry_cycle import decide_entry
from engine.core.model import Chain, Family, MarketSnapshot, OptionType, Quote, Reading

from .builders import RULES, book, dec, instrument, snapshot

READINGS = ("dvol_pts", "funding_apr_frac", "sentiment", "fx_usd_per_eur", "macro", "wealth", "venue")


def coin(text: str) -> Decimal | None:
    return dec(text) if text else None


def recorded_chains(path: Path, *, every: int) -> Iterator[Chain]:
    """Every so many recorded snapshots; sizes were not recorded and are taken as 50 ETH."""
    rows: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    with gzip.open(path, "rt") as lines:
        for row in csv.DictReader(lines):
            rows[row["timestamp"]].append(row)
    for taken, of_snapshot in list(rows.items())[::every]:
        taken_at = datetime.fromisoformat(taken)
        quotes = tuple(recorded_quote(row, taken_at) for row in of_snapshot)
        yield Chain(family=Family.INVERSE, taken_at=taken_at, index_usd=dec(of_snapshot[0]["index_price"]), quotes=quotes, source="recorded")


def recorded_quote(row: dict[str, str], taken_at: datetime) -> Quote:
    option = instrument(int(float(row["strike"])), OptionType(row["option_type"]), datetime.fromisoformat(row["expiry"]))
    return Quote(
        instrument=option,
        quoted_at=taken_at,
        bid_coin=coin(row["bid"]),
        ask_coin=coin(row["ask"]),
        mark_coin=coin(row["mark"]),
        bid_size_eth=dec(50),
        ask_size_eth=dec(50),
        iv_frac=float(row["mark_iv"]),
        open_interest_eth=coin(row["open_interest"]),
        volume_24h_eth=coin(row["volume_24h"]),
        forward_usd=coin(row["underlying_price"]),
    )


def around(chain: Chain) -> MarketSnapshot:
    """The calm market moved to the instant and the index of a recorded chain."""
    calm = snapshot()
    index = Reading(value=chain.index_usd, observed_at=chain.taken_at)
    moved = {name: replace(getattr(calm, name), observed_at=chain.taken_at) for name in READINGS}
    return replace(calm, taken_at=chain.taken_at, chain=chain, index_usd=index, perp_mark_usd=index, **moved)


def test_every_recorded_chain_gets_a_whole_answer(history_dir: Path) -> None:
    took_ms: list[float] = []
    approved = rows = 0
    for chain in recorded_chains(history_dir / "chains" / "eth_chain_2026-03.csv.gz", every=3):
        market = around(chain)
        started = time.perf_counter()
        outcome = decide_entry(market, book(), RULES).outcome
        took_ms.append(1000 * (time.perf_counter() - started))
        rows += len(chain.quotes)
        approved += isinstance(outcome, Approved)

        assert {f"E{number:02d}" for number in range(1, 20)} <= {check.rule for check in outcome.checks}

    print(f"{len(took_ms)} chains of {rows // len(took_ms)} rows: median {statistics.median(took_ms):.1f} ms, worst {max(took_ms):.1f} ms, {approved} approved")
    assert 0 < approved < len(took_ms)


def test_an_approved_spread_of_a_recorded_chain_keeps_its_promises(history_dir: Path) -> None:
    for chain in recorded_chains(history_dir / "chains" / "eth_chain_2026-03.csv.gz", every=5):
        outcome = decide_entry(around(chain), book(), RULES).outcome
        if not isinstance(outcome, Approved):
            continue
        figures, combo = outcome.value.candidate.economics, outcome.value.combo

        assert figures.credit_natural_coin <= figures.credit_expected_coin <= figures.credit_mid_coin
        assert dec("0.0030") <= combo.floor_coin <= combo.limit_coin
        assert 0 < figures.loss_at_long_strike_usd < figures.max_loss_usd
        assert outcome.value.sizing.max_loss_eur <= 200
        assert abs(figures.prob_profit_frac - figures.break_even_win_rate_frac) < 0.15


def test_the_skew_of_recorded_chains_lies_where_it_was_measured(history_dir: Path) -> None:
    """Between 11 and 35 days the risk reversal had its median near minus four points."""
    skews: list[float] = []
    for chain in recorded_chains(history_dir / "chains" / "eth_chain_2026-03.csv.gz", every=4):
        expiry_at = choose_expiry(chain, RULES.strikes, chain.taken_at)
        skew = None if expiry_at is None else rr25_pts(chain, expiry_at, chain.taken_at)
        if skew is not None:
            skews.append(skew)

    print(f"{len(skews)} risk reversals: median {statistics.median(skews):.1f} points")
    assert -9 < statistics.median(skews) < -2
