"""The whole book at once: what it does when the market jumps, what the account holds, one expiry's smile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model import NetGreeks
from engine.views.charts import GreeksChart, RiskChart, SmileChart


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRow:
    """The book after the index moved by `index_frac`: P&L per volatility step, Greeks and margin with volatilities as they are.

    `margin_usage_frac` is maintenance margin over the equity that is left, None when the account is not known.
    """

    index_frac: float
    index_usd: Decimal
    pnl_eur: tuple[Decimal, ...]
    greeks: NetGreeks
    margin_usage_frac: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskView:
    """The grid, highest index first; without rows there is nothing open, or `missing` names the inputs that are not known.

    `trades` are in the grid, `left_out` could not be priced.
    """

    as_of: datetime
    spot_usd: Decimal | None
    dvol_pts: float | None
    vol_steps_pts: tuple[float, ...]
    rows: tuple[RiskRow, ...]
    trades: tuple[int, ...]
    left_out: tuple[int, ...]
    missing: tuple[str, ...]
    is_modelled: bool
    grid: RiskChart
    greeks: GreeksChart


@dataclass(frozen=True, slots=True, kw_only=True)
class SmileView:
    """One expiry's volatilities. `expiry_at` is None when the one asked for is not listed; `expiries` are those that are, soonest first."""

    expiry_at: datetime | None
    dte_days: float | None
    expiries: tuple[datetime, ...]
    source: str
    chart: SmileChart


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """What the operator owns, what of it this engine ties up, and what it made; `missing` names the inputs nobody delivered.

    Margins are of the account and of every open trade together, `margin_equity_eth` is what they are a share of;
    a trade nobody quotes counts with the margin it was last seen at.
    """

    stage: str
    as_of: datetime
    observed_at: datetime | None
    wealth_eur: Decimal | None
    in_eth_eur: Decimal | None
    cash_eur: Decimal | None
    eth: Decimal | None
    spot_usd: Decimal | None
    fx_usd_per_eur: Decimal | None
    margin_equity_eth: Decimal | None
    initial_margin_eth: Decimal | None
    maintenance_margin_eth: Decimal | None
    free_eth: Decimal | None
    free_eur: Decimal | None
    margin_usage_frac: float | None
    margin_usage_close_frac: float
    realised_eur: Decimal
    unrealised_eur: Decimal
    open_trades: int
    engaged_eur: Decimal
    cap_total_eur: Decimal
    missing: tuple[str, ...]
