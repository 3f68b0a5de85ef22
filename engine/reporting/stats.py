"""What closed trades say, beside the win rate they need to break even.

Rules of this file: a rate that cannot be computed is None, and a win rate never
stands without its interval and its break-even.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from engine.views import ClosedTradeView, TradeStats

# Two-sided 90 %: the normal quantile at 0.95.
WILSON_Z = 1.6448536269514722


def trade_stats(trades: Sequence[ClosedTradeView], *, credit_eur: Decimal = Decimal(0)) -> TradeStats:
    """The closed trades in figures; `credit_eur` is what all of them were paid at entry. A trade that made nothing is a loss."""
    gains = [trade.pnl_eur for trade in trades if trade.pnl_eur > 0]
    losses = [-trade.pnl_eur for trade in trades if trade.pnl_eur <= 0]
    return TradeStats(
        closed=len(trades),
        wins=len(gains),
        win_rate=len(gains) / len(trades) if trades else None,
        win_rate_interval=wilson_interval(len(gains), len(trades)),
        break_even_win_rate=break_even_win_rate(gains, losses),
        net_eur=sum((trade.pnl_eur for trade in trades), Decimal(0)),
        mean_r=math.fsum(trade.r for trade in trades) / len(trades) if trades else None,
        profit_factor=_profit_factor(gains, losses),
        fees_eur=sum((trade.fees_eur for trade in trades), Decimal(0)),
        credit_eur=credit_eur,
    )


def wilson_interval(wins: int, closed: int) -> tuple[float, float] | None:
    """The 90 % interval of the win rate; None without trades.

    Source: Wilson 1927, the score interval.
    """
    if closed == 0:
        return None
    rate, square = wins / closed, WILSON_Z**2
    centre = (rate + square / (2 * closed)) / (1 + square / closed)
    half = WILSON_Z * math.sqrt(rate * (1 - rate) / closed + square / (4 * closed**2)) / (1 + square / closed)
    return max(0.0, centre - half), min(1.0, centre + half)


def break_even_win_rate(gains: Sequence[Decimal], losses: Sequence[Decimal]) -> float | None:
    """p* = mean loss / (mean gain + mean loss), losses positive; None until there is one of each.

    Source: strategy section 0, F1.
    """
    if not gains or not losses:
        return None
    gain, loss = sum(gains, Decimal(0)) / len(gains), sum(losses, Decimal(0)) / len(losses)
    return float(loss / (gain + loss))


def _profit_factor(gains: Sequence[Decimal], losses: Sequence[Decimal]) -> float | None:
    lost = sum(losses, Decimal(0))
    return float(sum(gains, Decimal(0)) / lost) if lost > 0 else None
