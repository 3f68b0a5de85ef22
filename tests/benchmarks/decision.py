"""From a chain in hand to a finished proposal: decision, report, card, payload."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from engine.app import MarketPlan, build_market, replay_desk
from engine.clock import ManualClock
from engine.config import load_rules
from engine.core.decision import Approved
from engine.core.entry_cycle import decide_entry
from engine.core.model import Chain, Family, MarketSnapshot, Stage
from engine.market.synthetic import DEMO_START_AT
from engine.runtime.book import read_book
from engine.runtime.desk import Desk
from engine.runtime.entry_cards import entry_card
from engine.runtime.gather import gather
from engine.runtime.payloads import encode_entry
from tests.benchmarks.figures import Figure, median_ms

ROWS = 800


@asynccontextmanager
async def demo_desk(at_later: timedelta = timedelta(minutes=2)) -> AsyncIterator[Desk]:
    """The engine at the instant whose look finds a trade."""
    loaded = load_rules(None)
    with tempfile.TemporaryDirectory(prefix="cerbero-bench-") as folder:
        clock = ManualClock(DEMO_START_AT + at_later)
        async with replay_desk(clock, market=build_market(MarketPlan(), loaded.rules), name="demo", loaded=loaded, scratch=Path(folder)) as desk:
            yield desk


async def measure(*, times: int) -> tuple[Figure, ...]:
    """The figure of the whole decision, beside a bare parse of the same chain's JSON."""
    async with demo_desk() as desk:
        padded = await padded_snapshot(desk)
        book = await desk.store.read(lambda tx: read_book(tx, desk.rules.sizing, stage=Stage.PAPER, now=desk.now(), is_killed=False))

        def propose() -> str:
            decision = decide_entry(padded, book, desk.rules)
            if not isinstance(decision.outcome, Approved) or padded.index_usd is None or padded.dvol_pts is None:
                raise LookupError("the benchmark's market gives no trade")
            card = entry_card(desk, decision.outcome, padded, book, proposal_id=1, revision=1)
            return encode_entry(decision.outcome.value, card, index_usd=padded.index_usd.value, dvol_pts=padded.dvol_pts.value)

        rows = _rows(padded.chain)
        text = json.dumps(rows)
        name = f"chain of {len(rows)} rows to proposal, card and payload, median"
        yield_ms = median_ms(propose, times=times)
        return (
            Figure(
                name=name,
                value=yield_ms,
                unit="ms",
                budget="<= 20 ms",
                peer="json.loads of the chain",
                peer_value=median_ms(lambda: json.loads(text), times=times),
            ),
            Figure(
                name=name,
                value=yield_ms,
                unit="ms",
                budget="<= 20 ms",
                peer="one plain pass for the nearest delta",
                peer_value=median_ms(lambda: _nearest(rows), times=times),
            ),
        )


async def padded_snapshot(desk: Desk) -> MarketSnapshot:
    """What the desk sees now, with a chain of 800 rows."""
    snapshot = (await gather(desk, with_chain=True)).snapshot
    deribit = desk.clients.deribit
    if deribit is None:
        raise LookupError("the simulated exchange is not there")
    return _padded(snapshot, await deribit.get_option_chain(Family.INVERSE, desk.now(), desk.now() + timedelta(days=400)))


def _padded(snapshot: MarketSnapshot, everything: Chain) -> MarketSnapshot:
    """The snapshot with a chain of at least ROWS rows: every listed option, those outside the window repeated."""
    if snapshot.chain is None:
        raise LookupError("the benchmark's market has no chain")
    inside = {quote.instrument.name for quote in snapshot.chain.quotes}
    outside = [quote for quote in everything.quotes if quote.instrument.name not in inside]
    repeats = -(-(ROWS - len(inside)) // len(outside)) if len(inside) < ROWS else 0
    return replace(snapshot, chain=replace(snapshot.chain, quotes=(*snapshot.chain.quotes, *(outside * repeats)[: max(0, ROWS - len(inside))])))


def _rows(chain: Chain | None) -> list[dict[str, object]]:
    if chain is None:
        raise LookupError("the benchmark's market has no chain")
    return [
        {
            "name": quote.instrument.name,
            "strike": float(quote.instrument.strike_usd),
            "bid": None if quote.bid_coin is None else str(quote.bid_coin),
            "ask": None if quote.ask_coin is None else str(quote.ask_coin),
            "iv": quote.iv_frac,
            "delta": None if quote.greeks is None else quote.greeks.delta,
            "expiry": quote.instrument.expiry_at.isoformat(),
        }
        for quote in chain.quotes
    ]


def _nearest(rows: list[dict[str, object]]) -> object:
    """The floor: look once at every row and keep the put nearest to a delta of -0.12."""
    best, best_gap = None, 9.0
    for row in rows:
        delta = row["delta"]
        if isinstance(delta, float) and row["bid"] is not None and abs(delta + 0.12) < best_gap:
            best, best_gap = row, abs(delta + 0.12)
    return best
