"""The figures behind a picture: one struct feeds the picture, its caption and its alternative text.

Rules of this file: those of `engine.views`; levels are float, for they are drawn and not compared with a limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.model import Strategy, Strikes
from engine.views.replay_charts import TradesChart
from engine.views.result_charts import ResultChart


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffChart:
    """Profit and loss of the whole position against the index, now and at expiry.

    Curves are (index_usd, pnl_eur) pairs ascending in index_usd; `expected_move_usd`
    is the one-standard-deviation band at expiry around the forward.
    """

    title: str
    env: str
    strategy: Strategy
    spot_usd: float
    sides: tuple[Strikes, ...]
    break_evens_usd: tuple[float, ...]
    expected_move_usd: tuple[float, float]
    at_expiry: tuple[tuple[float, float], ...]
    now: tuple[tuple[float, float], ...]
    max_profit_eur: float
    max_loss_eur: float
    expiry_at: datetime
    as_of: datetime
    data_age_s: float
    is_modelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityChart:
    """Marked equity of the engine's own trading: (instant, cumulative P&L in EUR) ascending, drawdown <= 0 in EUR.

    `changes` as in `ReplaySummary`: a replay with other values than those in force says so on each of its pictures.
    """

    env: str
    points: tuple[tuple[datetime, float], ...]
    drawdown: tuple[tuple[datetime, float], ...]
    realised_eur: float
    unrealised_eur: float
    max_drawdown_eur: float
    closed_trades: int
    open_trades: int
    as_of: datetime
    period: str
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketChart:
    """Spot and DVOL over the trend window with the entry band of DVOL."""

    env: str
    spot: tuple[tuple[datetime, float], ...]
    dvol: tuple[tuple[datetime, float], ...]
    trend_from_at: datetime
    trend_frac: float | None
    dvol_band_pts: tuple[float, float]
    as_of: datetime
    data_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineChart:
    """Cost to close against the credit over the life of a position, in `coin` (ETH or USDC) per 1 ETH."""

    title: str
    env: str
    coin: str
    marks: tuple[tuple[datetime, float], ...]
    credit_coin: float
    profit_take_coin: float
    stop_loss_coin: float
    opened_at: datetime
    expiry_at: datetime
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskChart:
    """What the open book makes when the index (share of itself, highest first) and every volatility (points) jump at once.

    `pnl_eur` has a row per index step and a figure per volatility step; empty while nothing is open or priced.
    """

    env: str
    spot_usd: float | None
    index_steps_frac: tuple[float, ...]
    vol_steps_pts: tuple[float, ...]
    pnl_eur: tuple[tuple[float, ...], ...]
    trades: int
    left_out: int
    as_of: datetime
    data_age_s: float
    is_modelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GreeksChart:
    """Delta and gamma of the open book over the index, as (index_usd, ETH) and (index_usd, USD of delta per 1 %) pairs ascending.

    The limits are those an entry is held against: |delta| and short gamma. Vega in USD per point, theta in USD per day.
    """

    env: str
    spot_usd: float | None
    delta_eth: tuple[tuple[float, float], ...]
    gamma_usd: tuple[tuple[float, float], ...]
    delta_limit_eth: float
    gamma_limit_usd: float
    vega_usd_per_pt: float | None
    theta_usd_per_day: float | None
    trades: int
    as_of: datetime
    data_age_s: float
    is_modelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenStrike:
    """A strike of an open trade on the smile; its volatility is None where the option has none now."""

    trade_id: int
    strike_usd: float
    is_short: bool
    iv_frac: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmileChart:
    """Implied volatility over the strikes of one expiry, out of the money on both sides, as (strike_usd, iv_frac) pairs ascending."""

    env: str
    expiry_at: datetime | None
    puts: tuple[tuple[float, float], ...]
    calls: tuple[tuple[float, float], ...]
    chosen: tuple[ChosenStrike, ...]
    spot_usd: float | None
    forward_usd: float | None
    atm_iv_frac: float | None
    rr25_pts: float | None
    dvol_pts: float | None
    as_of: datetime
    data_age_s: float
    is_modelled: bool


Chart = PayoffChart | EquityChart | MarketChart | TimelineChart | RiskChart | GreeksChart | SmileChart | ResultChart | TradesChart
