"""Pictures of a replay's trades, from ordinary to hostile."""

from __future__ import annotations

import dataclasses
import random
from datetime import timedelta

from engine.api import Chart
from engine.core.model import OptionType
from engine.views import TradeMark, TradesChart
from tests.bot.charts.samples import NOW

SOLD = ((OptionType.PUT,), (OptionType.CALL,), (OptionType.PUT, OptionType.CALL))


def replayed_trades(*, days: int = 60, count: int = 9, scale: float = 1, seed: int = 4) -> TradesChart:
    """Trades of a few days each on a wandering index, three of four won."""
    chance, level, from_at = random.Random(seed), 2400.0 * scale, NOW - timedelta(days=days)
    spot = []
    for hour in range(0, days * 24 + 1, 4):
        level *= 1.0 + chance.gauss(0, 0.012)
        spot.append((from_at + timedelta(hours=hour), level))
    marks = []
    for number in range(count):
        opened = chance.randrange(0, len(spot) - 30)
        closed = opened + chance.randrange(4, 30)
        marks.append(
            TradeMark(
                sold=SOLD[number % 3],
                opened_at=spot[opened][0],
                opened_usd=spot[opened][1],
                closed_at=spot[closed][0],
                closed_usd=spot[closed][1],
                pnl_eur=8.0 if number % 4 else -24.0,
            )
        )
    return TradesChart(
        env="PAPER",
        spot=tuple(spot) if days else (),
        dvol=tuple((at, 60.0 + 12.0 * chance.random()) for at, _ in spot) if days else (),
        trades=tuple(marks),
        dvol_band_pts=(35.0, 90.0),
        scans=days,
        modelled_scans=days // 2,
        from_at=from_at,
        to_at=NOW,
    )


ONE_CHANGE = (("exit.profit_take_net_frac", "0.5", "0.4"),)
REPLAY_SAMPLES: dict[str, Chart] = {
    "trades": replayed_trades(),
    "trades with another value": dataclasses.replace(replayed_trades(), changes=ONE_CHANGE),
    "trades with other values": dataclasses.replace(replayed_trades(), changes=(*ONE_CHANGE, ("exit.vol_stop_pts", "10.0", "9"))),
    "trades of a long replay": replayed_trades(days=850, count=120),
    "trades, none": replayed_trades(days=20, count=0),
    "trades at a high index": replayed_trades(scale=40),
    "trades without points": replayed_trades(days=0, count=0),
}
