"""A proposal's money: credit, fees, losses, margins and engagement, per ETH in coin and of the whole position in USD and EUR."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.model import Book, MarketSnapshot, Proposal, Wealth
from engine.core.portfolio_margin import portfolio_margin_eth
from engine.core.rules import StageCaps
from engine.errors import InvariantBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyReport:
    """Credits per 1 ETH in coin; everything in USD and EUR is of the whole position.

    `max_loss_eur` is the strict figure the caps use; `prob_profit_frac` and
    `portfolio_margin_eth` (what an account that nets legs would ask) are a model's.
    """

    credit_mid_coin: Decimal
    credit_natural_coin: Decimal
    credit_expected_coin: Decimal
    limit_coin: Decimal
    floor_coin: Decimal
    credit_mid_usd: Decimal
    credit_mid_eur: Decimal
    limit_usd: Decimal
    limit_eur: Decimal
    floor_usd: Decimal
    floor_eur: Decimal
    credit_over_width_frac: Decimal
    expected_slippage_frac: Decimal
    open_fee_coin: Decimal
    open_fee_eur: Decimal
    roundtrip_fees_coin: Decimal
    roundtrip_fees_eur: Decimal
    roundtrip_fees_over_credit_frac: Decimal
    max_loss_eur: Decimal
    loss_at_long_strike_eur: Decimal
    break_evens_usd: tuple[Decimal, ...]
    break_even_distances_frac: tuple[Decimal, ...]
    prob_profit_frac: float
    break_even_win_rate_frac: float
    initial_margin_eth: Decimal
    initial_margin_eur: Decimal
    maintenance_margin_eth: Decimal
    maintenance_margin_eur: Decimal
    portfolio_margin_eth: Decimal | None
    initial_margin_after_eth: Decimal
    maintenance_margin_after_eth: Decimal
    available_funds_eth: Decimal | None
    margin_usage_after_frac: Decimal | None
    engaged_after_eur: Decimal
    cap_trade_eur: Decimal
    cap_total_eur: Decimal


def money_report(proposal: Proposal, snapshot: MarketSnapshot, book: Book, caps: StageCaps, *, fx_usd_per_eur: Decimal) -> MoneyReport:
    """The proposal's money with margins and engagement as they would stand after it."""
    economics, sizing, combo = proposal.candidate.economics, proposal.sizing, proposal.combo
    index_usd, quantity_eth = index_usd_of(snapshot), sizing.quantity_eth
    # What one coin per 1 ETH of spread makes of the whole position.
    usd = proposal.candidate.spread.family.usd_of_coin(quantity_eth, index_usd=index_usd)
    eur, eth_eur = usd / fx_usd_per_eur, index_usd * quantity_eth / fx_usd_per_eur
    wealth = snapshot.wealth.value if snapshot.wealth is not None else None
    margins = _margins(proposal, book, wealth)
    return MoneyReport(
        credit_mid_coin=economics.credit_mid_coin,
        credit_natural_coin=economics.credit_natural_coin,
        credit_expected_coin=economics.credit_expected_coin,
        limit_coin=combo.limit_coin,
        floor_coin=combo.floor_coin,
        credit_mid_usd=economics.credit_mid_coin * usd,
        credit_mid_eur=economics.credit_mid_coin * eur,
        limit_usd=combo.limit_coin * usd,
        limit_eur=combo.limit_coin * eur,
        floor_usd=combo.floor_coin * usd,
        floor_eur=combo.floor_coin * eur,
        credit_over_width_frac=economics.credit_over_width_frac,
        expected_slippage_frac=economics.expected_slippage_frac,
        open_fee_coin=economics.open_fee_coin,
        open_fee_eur=economics.open_fee_coin * eur,
        roundtrip_fees_coin=economics.roundtrip_fees_coin,
        roundtrip_fees_eur=economics.roundtrip_fees_coin * eur,
        roundtrip_fees_over_credit_frac=economics.roundtrip_fees_coin / economics.credit_mid_coin,
        max_loss_eur=sizing.max_loss_eur,
        loss_at_long_strike_eur=economics.loss_at_long_strike_usd * quantity_eth / fx_usd_per_eur,
        break_evens_usd=economics.break_evens_usd,
        break_even_distances_frac=tuple(level_usd / index_usd - 1 for level_usd in economics.break_evens_usd),
        prob_profit_frac=economics.prob_profit_frac,
        break_even_win_rate_frac=economics.break_even_win_rate_frac,
        initial_margin_eth=economics.initial_margin_eth * quantity_eth,
        initial_margin_eur=economics.initial_margin_eth * eth_eur,
        maintenance_margin_eth=economics.maintenance_margin_eth * quantity_eth,
        maintenance_margin_eur=economics.maintenance_margin_eth * eth_eur,
        portfolio_margin_eth=_portfolio_margin_eth(proposal, snapshot),
        initial_margin_after_eth=margins.initial_after_eth,
        maintenance_margin_after_eth=margins.maintenance_after_eth,
        available_funds_eth=margins.available_eth,
        margin_usage_after_frac=margins.usage_after_frac,
        engaged_after_eur=sum((trade.max_loss_eur for trade in book.open_trades), sizing.max_loss_eur),
        cap_trade_eur=caps.trade_eur,
        cap_total_eur=caps.total_eur,
    )


def _portfolio_margin_eth(proposal: Proposal, snapshot: MarketSnapshot) -> Decimal | None:
    per_eth = portfolio_margin_eth(proposal.candidate.spread, index_usd=index_usd_of(snapshot), now=snapshot.taken_at)
    return None if per_eth is None else per_eth * proposal.sizing.quantity_eth


@dataclass(frozen=True, slots=True, kw_only=True)
class _Margins:
    initial_after_eth: Decimal
    maintenance_after_eth: Decimal
    available_eth: Decimal | None
    usage_after_frac: Decimal | None


def _margins(proposal: Proposal, book: Book, wealth: Wealth | None) -> _Margins:
    """The account's margins with this trade in it, counted as filter E15 counts them."""
    economics, quantity_eth = proposal.candidate.economics, proposal.sizing.quantity_eth
    engaged_eth = sum((trade.initial_margin_eth for trade in book.open_trades), Decimal(0))
    initial_eth = engaged_eth + economics.initial_margin_eth * quantity_eth
    maintenance_eth = sum((trade.maintenance_margin_eth for trade in book.open_trades), economics.maintenance_margin_eth * quantity_eth)
    if wealth is None:
        return _Margins(initial_after_eth=initial_eth, maintenance_after_eth=maintenance_eth, available_eth=None, usage_after_frac=None)
    equity_eth = wealth.available_funds_eth + wealth.initial_margin_eth
    maintenance_eth += wealth.maintenance_margin_eth
    return _Margins(
        initial_after_eth=wealth.initial_margin_eth + initial_eth,
        maintenance_after_eth=maintenance_eth,
        available_eth=wealth.available_funds_eth - engaged_eth,
        usage_after_frac=maintenance_eth / equity_eth if equity_eth > 0 else None,
    )


def index_usd_of(snapshot: MarketSnapshot) -> Decimal:
    """The index price. Raises InvariantBroken without one, which no proposal can lack."""
    if snapshot.index_usd is None:
        raise InvariantBroken("a proposal without an index price")
    return snapshot.index_usd.value
