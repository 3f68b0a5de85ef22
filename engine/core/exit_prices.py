"""The exits of a trade told as prices, for the card a person reads before saying yes.

Rules of this file: debits are per 1 ETH; the spot at which the delta stop would fire
holds volatility still and is an estimate. Source: strategy §1.9 and §5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.model import Quote, Spread
from engine.core.pricing import forward_at_delta, years_between
from engine.core.quote_soundness import sound_forward_usd, sound_iv_frac
from engine.core.rules import ExitRules


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTerms:
    """What a trade was, or would be, opened at; coin figures per 1 ETH."""

    credit_coin: Decimal
    open_fee_coin: Decimal
    close_fee_coin: Decimal
    dvol_entry_pts: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedExits:
    """Where the exit rules would fire; `delta_stops_spot_usd` has one level per side, None without a volatility or a forward."""

    profit_take_debit_coin: Decimal
    stop_loss_mark_coin: Decimal
    vol_stop_dvol_pts: float
    delta_stops_spot_usd: tuple[float | None, ...]
    time_stop_at: datetime


def exit_prices(spread: Spread, terms: OpenTerms, *, index_usd: Decimal, now: datetime, rules: ExitRules) -> PlannedExits:
    """The debit that takes the profit, the mark that stops the loss, the DVOL and spot that stop the trade, the day time runs out."""
    net_coin = terms.credit_coin - terms.open_fee_coin
    return PlannedExits(
        profit_take_debit_coin=net_coin * (1 - Decimal(repr(rules.profit_take_net_frac))) - terms.close_fee_coin,
        stop_loss_mark_coin=rules.stop_loss_x_credit * terms.credit_coin,
        vol_stop_dvol_pts=terms.dvol_entry_pts + rules.vol_stop_pts,
        delta_stops_spot_usd=tuple(_delta_stop_spot_usd(short, index_usd=index_usd, now=now, rules=rules) for short in spread.shorts),
        time_stop_at=spread.expiry_at - timedelta(days=rules.time_stop_dte_d),
    )


def _delta_stop_spot_usd(short: Quote, *, index_usd: Decimal, now: datetime, rules: ExitRules) -> float | None:
    iv_frac, forward_usd = sound_iv_frac(short), sound_forward_usd(short)
    if iv_frac is None or forward_usd is None:
        return None
    option, years = short.instrument, years_between(now, short.instrument.expiry_at)
    stop_forward_usd = forward_at_delta(option.option_type, delta_abs=rules.short_delta_breach, K=float(option.strike_usd), sigma=iv_frac, T=years)
    return None if stop_forward_usd is None else stop_forward_usd * float(index_usd) / forward_usd
