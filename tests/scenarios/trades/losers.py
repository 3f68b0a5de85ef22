"""Trades closed by a hard rule: the loss side never waits for an awake human."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from engine.config import default_rules
from engine.core.model import MacroEvent, Severity
from engine.core.rules import StrategyRules
from tests.engine.core.builders import NOW
from tests.fakes.scripted_market import Book
from tests.scenarios.house import LONG, SHORT, at, unguarded
from tests.scenarios.trades.hand import Hand
from tests.scenarios.trades.story import Story, Tale
from tests.scenarios.trades.winners import RIPE, patient
from tests.scenarios.trades.world import StoryMarket

LOST = {SHORT: Book(bid="0.0235", ask="0.0245", mark="0.0240", delta=-0.27), LONG: Book(bid="0.0070", ask="0.0080", mark="0.0075", delta=-0.10)}
"""M 0.0165, which is 2.7 times the credit of 0.0061."""

NEAR = {SHORT: Book(bid="0.0200", ask="0.0210", mark="0.0205", delta=-0.31), LONG: Book(bid="0.0075", ask="0.0085", mark="0.0080", delta=-0.13)}
"""M 0.0125, twice the credit: the loss is still below its stop, the short strike is not."""

FALLING = {SHORT: Book(bid="0.0165", ask="0.0175", mark="0.0170", delta=-0.22), LONG: Book(bid="0.0060", ask="0.0070", mark="0.0065", delta=-0.09)}
"""M 0.0105: 1.7 times the credit, after a fall of six per cent."""

WEAK = {SHORT: Book(bid="0.0125", ask="0.0135", mark="0.0130", delta=-0.22), LONG: Book(bid="0.0050", ask="0.0060", mark="0.0055", delta=-0.09)}
"""M 0.0075: a little dearer than the credit."""

RISEN = {
    "ETH-20MAR26-2350-C": Book(bid="0.0165", ask="0.0175", mark="0.0170", delta=0.24),
    "ETH-20MAR26-2450-C": Book(bid="0.0080", ask="0.0090", mark="0.0085", delta=0.14),
}
"""M 0.0085 of the calls, after a rise of six per cent."""

CRASHED = {SHORT: Book(bid="0.2950", ask="0.3050", mark="0.3000", delta=-0.97), LONG: Book(bid="0.2250", ask="0.2350", mark="0.2300", delta=-0.94)}
"""M 0.0700 with the index at 1350: the spread is in the money with both legs, and its short leg alone ties up margin."""

PINNED = {SHORT: Book(bid="0.0060", ask="0.0070", mark="0.0065", delta=-0.28), LONG: Book(bid="0.0001", ask="0.0003", mark="0.0002", delta=-0.01)}
"""M 0.0063 on the last evening: nothing lost yet, and a short strike two per cent away."""


def small_account() -> StrategyRules:
    """The default rules of an operator with little money on the exchange: 1,650 EUR."""
    rules = default_rules()
    return replace(rules, paper_account=replace(rules.paper_account, exchange_share_frac=Decimal("0.0825")))


def told_books(books: dict[str, Book]) -> str:
    return " · ".join(f"{name} {book.bid}/{book.ask} mark {book.mark} Δ {book.delta}" for name, book in books.items())


async def stop_loss(told: Story) -> None:
    await told.open()
    told.trade(f"spot 1880 · {told_books(LOST)}", spot_usd=Decimal(1880), books=LOST)
    await told.until("03-02 14:34")
    await told.tap("approve")


async def vol_stop(told: Story) -> None:
    await told.open()
    told.trade("DVOL 70, ten points above the entry; prices as they were", dvol=70.0)
    await told.until("03-02 14:30")
    await told.tap("postpone")
    told.say("story", "nobody answers")
    await told.until("03-02 15:15")


async def delta_breach(told: Story) -> None:
    await told.open()
    told.trade(f"spot 1850 · {told_books(NEAR)}", spot_usd=Decimal(1850), books=NEAR)
    await told.until("03-02 14:45")


async def adverse_move(told: Story) -> None:
    await told.open()
    closes = {at("03-02 15:00"): 1990.0, at("03-02 16:00"): 1960.0, at("03-02 17:00"): 1920.0, at("03-02 18:00"): 1875.0}
    told.trade("hourly closes 1990, 1960, 1920 and 1875 from 15:00 to 18:00", closes_usd=closes)
    await told.until("03-02 17:59")
    told.trade(f"spot 1875 · {told_books(FALLING)}", spot_usd=Decimal(1875), closes_usd=closes, books=FALLING)
    await told.until("03-02 18:37")
    await told.tap("approve")


async def time_stop(told: Story) -> None:
    await told.open()
    await told.until("03-14 19:15")


async def event_guard(told: Story) -> None:
    await told.open()
    await told.until("03-10 12:00")
    told.trade(f"spot 1900 · {told_books(WEAK)}", spot_usd=Decimal(1900), books=WEAK)
    await told.until("03-10 19:20")
    await told.tap("approve")


async def margin_close(told: Story) -> None:
    await told.open()
    told.trade(f"spot 1350 · {told_books(CRASHED)}", spot_usd=Decimal(1350), books=CRASHED)
    await told.until("03-02 14:45")


async def pin_risk(told: Story) -> None:
    await told.open()
    told.trade(told_books(RIPE), books=RIPE)
    await told.until("03-18 12:00")
    told.trade("spot 1900", spot_usd=Decimal(1900))
    await told.until("03-19 12:00")
    told.trade(f"spot 1790, two per cent above the short strike · {told_books(PINNED)}", spot_usd=Decimal(1790), books=PINNED)
    await told.until("03-19 19:03")
    await told.tap("approve")


async def bear_call(told: Story) -> None:
    await told.open()
    fallen = told.market.closes_usd
    closes = {at("03-02 15:00"): 2010.0, at("03-02 16:00"): 2050.0, at("03-02 17:00"): 2090.0, at("03-02 18:00"): 2124.0}
    told.trade("hourly closes 2010, 2050, 2090 and 2124 from 15:00 to 18:00", closes_usd={**fallen, **closes})
    await told.until("03-02 18:09")
    told.trade(f"spot 2124 · {told_books(RISEN)}", spot_usd=Decimal(2124), closes_usd={**fallen, **closes}, books=RISEN)
    await told.until("03-02 18:45")


def fallen_for_a_month() -> StoryMarket:
    """The index stood at 2300 a month ago and has been calm at 2000 for twelve days."""
    return StoryMarket(closes_usd={NOW - timedelta(days=31): 2300.0, NOW - timedelta(days=12): 2000.0})


def cpi_on_the_eleventh() -> StoryMarket:
    return StoryMarket(events=(MacroEvent(name="CPI", severity=Severity.HIGH, at=at("03-11 12:30"), source="bls.gov"),))


def lost(reason: str, debit: str, *, spot: str, credit: str = "0.0061") -> tuple[Hand, ...]:
    """Two ETH opened at `credit` and bought back; the legs are dear enough for the full fee both ways."""
    return (Hand(state="closed", reason=reason, credit=credit, debit=debit, open_fee="0.0003", close_fee="0.0003", eth="2", spot=spot),)


# Debits are half-way from mid to natural, up to the next tick of 0.0001: with legs a tenth of a cent wide that is mid + 0.0005.
TALES = {
    "stop_loss": Tale(
        title="A fall makes the spread cost 2.7 times its credit; the hourly guard asks for a hard close and the operator taps it.",
        play=stop_loss,
        trades=lost("stop_loss", "0.0170", spot="1880"),
        outcomes=("executed", "executed"),
    ),
    "vol_stop_unanswered": Tale(
        title="DVOL rises ten points; the operator puts the hard exit off once and then nobody answers, so it runs as written.",
        play=vol_stop,
        trades=lost("vol_stop", "0.0064", spot="2000"),
        outcomes=("executed", "executed"),
    ),
    "delta_breach": Tale(
        title="The short strike comes near while the loss is still below its stop; nobody is there and the close runs by itself.",
        play=delta_breach,
        trades=lost("delta_breach", "0.0130", spot="1850"),
        outcomes=("executed", "executed"),
    ),
    "adverse_move": Tale(
        title="Six per cent down in four hours with the short leg at a delta of 0.22: neither stop has fired, the speed has.",
        play=adverse_move,
        trades=lost("adverse_move", "0.0110", spot="1875"),
        outcomes=("executed", "executed"),
    ),
    "bear_call_adverse_move": Tale(
        title="After a falling month calls are sold; six per cent up in four hours is their adverse move, and nobody is there.",
        play=bear_call,
        trades=lost("adverse_move", "0.0090", spot="2124", credit="0.0036"),
        outcomes=("executed", "executed"),
        market=fallen_for_a_month,
    ),
    "time_stop_unanswered": Tale(
        title="In its last week a trade without profit is proposed to close; two unanswered cards make the third one hard, and that one runs by itself.",
        play=time_stop,
        trades=lost("time_stop", "0.0064", spot="2000"),
        outcomes=("executed", "expired", "expired", "executed"),
        rules=unguarded(),
    ),
    "event_guard": Tale(
        title="The evening before a CPI release a trade that is a little under water is proposed to close, and the operator does.",
        play=event_guard,
        trades=lost("event_guard", "0.0080", spot="1900"),
        outcomes=("executed", "executed"),
        rules=unguarded(),
        market=cpi_on_the_eleventh,
    ),
    "margin_close": Tale(
        title="A crash of a third: the short leg's margin takes three quarters of a small account and closes the trade before its stop loss is asked.",
        play=margin_close,
        trades=lost("margin", "0.0740", spot="1350"),
        outcomes=("executed", "executed"),
        rules=small_account(),
    ),
    "pin_risk": Tale(
        title="On its last evening the short strike is two per cent away: what was nearly all earned is closed before delivery can land between the strikes.",
        play=pin_risk,
        trades=lost("pin_risk", "0.0066", spot="1790"),
        outcomes=("executed", "executed"),
        rules=patient(),
    ),
}
