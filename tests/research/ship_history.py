"""`python -m tests.research.ship_history` writes assets/history: two years of a synthetic market, marked as such.

Hourly spot and DVOL, funding, exchange rate and mood of the seeded market, without
chains: the surface makes those. The same seed writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.core.model import Candle
from engine.market.folder import DVOL, FEAR_GREED, FUNDING_8H, FX, MANIFEST, PACKED, SPOT, Manifest, manifest_text, write_whole
from engine.market.synthetic import HISTORY, SyntheticMarket

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "assets" / "history"
SEED = 5
FROM_AT, TO_AT = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
DAY, PERIOD = timedelta(days=1), timedelta(hours=8)
INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def main() -> None:
    for name, text in files().items():
        write_whole(FOLDER / name, text)
        print(f"{name}: {(FOLDER / name).stat().st_size} bytes")


def files() -> dict[str, str]:
    """Every file of the shipped history by name."""
    market = SyntheticMarket(SEED, FROM_AT + HISTORY)
    return {
        f"{SPOT}{PACKED}": candle_text(market.candles(FROM_AT, TO_AT, t=TO_AT)),
        f"{DVOL}{PACKED}": candle_text(market.dvol_history(FROM_AT, TO_AT, t=TO_AT)),
        f"{FUNDING_8H}{PACKED}": text_of("timestamp,funding_rate", fundings(market)),
        f"{FX}{PACKED}": text_of("date,eurusd", rates(market)),
        f"{FEAR_GREED}{PACKED}": text_of("timestamp,fear_greed_index", moods(market)),
        MANIFEST: manifest_text(Manifest(source=f"the program's own market, seed {SEED}", is_synthetic=True)),
    }


def candle_text(candles: tuple[Candle, ...]) -> str:
    levels = ((candle.open_at, candle.open, candle.high, candle.low, candle.close) for candle in candles)
    return text_of("timestamp,open,high,low,close", (f"{at.strftime(INSTANT)},{','.join(f'{level:.2f}' for level in row)}" for at, *row in levels))


def fundings(market: SyntheticMarket) -> Iterator[str]:
    for fixed_at in every(PERIOD):
        hours = market.funding(fixed_at - PERIOD, fixed_at, t=fixed_at)
        if len(hours) == PERIOD // timedelta(hours=1):
            yield f"{fixed_at.strftime(INSTANT)},{sum(hour.hourly_frac for hour in hours):.8f}"


def rates(market: SyntheticMarket) -> Iterator[str]:
    for at in every(DAY):
        rate = market.fx_usd_per_eur(at + DAY - timedelta(minutes=1))
        if at.weekday() < 5 and rate is not None:
            yield f"{at:%Y-%m-%d},{rate.value}"


def moods(market: SyntheticMarket) -> Iterator[str]:
    for at in every(DAY):
        mood = market.sentiment(at)
        if mood is not None:
            yield f"{at.strftime(INSTANT)},{mood.value.fear_greed}"


def every(step: timedelta) -> Iterator[datetime]:
    at = FROM_AT
    while at < TO_AT:
        yield at
        at += step


def text_of(head: str, lines: Iterable[str]) -> str:
    return "\n".join([head, *lines]) + "\n"


if __name__ == "__main__":
    main()
