"""Mondays on which the desk stayed out: one story for each group of filters, the message as the operator reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from engine.config import default_rules
from engine.core.model import MacroEvent, OptionType, Quote, Severity, Stage
from engine.core.rules import StrategyRules
from tests.engine.core.builders import NOW
from tests.fakes.scripted_market import LISTED
from tests.scenarios.house import at
from tests.scenarios.trades.hand import Hand
from tests.scenarios.trades.story import Story, Tale


async def inputs_and_venue(told: Story) -> None:
    cut_off = {"fx_usd_per_eur"}
    words = "venue locked · perpetual 2030, 1.5 per cent above the index · nobody tells the exchange rate"
    told.trade(words, is_locked=True, perp_usd=Decimal(2030), muted=cut_off)
    await told.until(NOW)


async def macro(told: Story) -> None:
    fomc = MacroEvent(name="FOMC", severity=Severity.HIGH, at=at("03-04 19:00"), source="federalreserve.gov")
    ecb = MacroEvent(name="ECB", severity=Severity.MEDIUM, at=at("03-03 13:15"), source="ecb.europa.eu")
    told.trade("the calendar: ECB 03-03 13:15 (MEDIUM), FOMC 03-04 19:00 (HIGH)", events=(ecb, fomc))
    await told.until(NOW)


async def volatility(told: Story) -> None:
    told.trade("DVOL 72 after 60 yesterday · spot 1900 after 2000 three hours ago", dvol=72.0, spot_usd=Decimal(1900), closes_usd={at("03-02 11:30"): 1900.0})
    await told.until(NOW)


async def bias(told: Story) -> None:
    closes = {NOW - timedelta(days=31): 2950.0, NOW - timedelta(days=12): 2000.0}
    told.trade("thirty days ago the index stood at 2950: a fall of 32 per cent; calm since", closes_usd=closes)
    await told.until(NOW)


async def thin_credit(told: Story) -> None:
    told.trade("every put trades at 0.3 of its model value", quotes={name: _cheaper(quote) for name, quote in LISTED.items()})
    await told.until(NOW)


async def liquidity(told: Story) -> None:
    told.trade(
        "open interest 20 ETH everywhere · five ETH at the top · every ask a fifth higher", quotes={name: _thin(quote) for name, quote in LISTED.items()}
    )
    await told.until(NOW)


async def caps(told: Story) -> None:
    told.trade("EUR/USD 1.00: a hundred dollars of width and its fees are 102 EUR", fx=Decimal("1.00"))
    await told.until(NOW)


async def own_book(told: Story) -> None:
    await told.until(NOW)
    await told.tap("approve")
    told.trade("DVOL 71, eleven points above the entry", dvol=71.0)
    await told.until("03-02 14:32")
    await told.tap("approve")
    told.trade("DVOL 60 again", dvol=60.0)
    await told.until("03-03 14:00")


def quick_to_pause() -> StrategyRules:
    """The default rules of an operator who pauses after one loss."""
    rules = default_rules()
    return replace(rules, entry=replace(rules.entry, pause_after_consecutive_losses=1))


def _cheaper(quote: Quote) -> Quote:
    if quote.instrument.option_type is not OptionType.PUT or quote.mark_coin is None:
        return quote
    mark = (quote.mark_coin * Decimal("0.3")).quantize(Decimal("0.000001"))
    bid = (mark / Decimal("0.0001")).to_integral_value(rounding="ROUND_FLOOR") * Decimal("0.0001")
    return replace(quote, mark_coin=mark, bid_coin=bid, ask_coin=bid + Decimal("0.0001"))


def _thin(quote: Quote) -> Quote:
    if quote.ask_coin is None:
        return quote
    return replace(quote, open_interest_eth=Decimal(20), bid_size_eth=Decimal(5), ask_size_eth=Decimal(5), ask_coin=quote.ask_coin * Decimal("1.2"))


TALES = {
    "refused_inputs_and_venue": Tale(
        title="No entry: the venue is locked, the perpetual has run away from the index and nobody tells the exchange rate.",
        play=inputs_and_venue,
        refused=frozenset({"venue_open", "index_perp_divergence", "fx_age", "fx_min"}),
    ),
    "refused_macro": Tale(
        title="No entry: an ECB decision tomorrow and an FOMC one the day after stand inside their windows.",
        play=macro,
        refused=frozenset({"macro_high", "macro_medium"}),
    ),
    "refused_volatility_and_moves": Tale(
        title="No entry: volatility jumped twelve points and the index fell five per cent within hours.",
        play=volatility,
        refused=frozenset({"dvol_jump_24h", "return_4h", "bias"}),
    ),
    "refused_bias": Tale(
        title="No entry: after a fall of a third in thirty days no side is allowed, however calm the last days were.",
        play=bias,
        refused=frozenset({"bias"}),
    ),
    "refused_strikes_and_credit": Tale(
        title="No entry: the strikes are there, the credit does not pay for their width nor for the fees.",
        play=thin_credit,
        refused=frozenset({"credit_min", "credit_over_width"}),
    ),
    "refused_liquidity": Tale(
        title="No entry: the credit would do, but nobody holds these options and their books are too wide.",
        play=liquidity,
        refused=frozenset({"open_interest", "book_spread", "expected_slippage"}),
    ),
    "refused_size_and_caps": Tale(
        title="No entry on the soft stage: at parity one contract of the narrowest spread risks more than the cap of 100 EUR.",
        play=caps,
        refused=frozenset({"cap_below_one_lot"}),
        stage=Stage.SOFT,
    ),
    "refused_book_and_breakers": Tale(
        title="A vol stop on Monday; on Tuesday the same side is cooling down, the breaker has tripped and entries are on hold.",
        play=own_book,
        trades=(Hand(state="closed", reason="vol_stop", credit="0.0061", debit="0.0064", open_fee="0.0003", close_fee="0.0003", eth="2", spot="2000"),),
        alerts=("breaker-losses",),
        outcomes=("executed", "executed"),
        refused=frozenset({"cooldown_after_stop", "consecutive_losses", "not_on_hold"}),
        rules=quick_to_pause(),
    ),
}
