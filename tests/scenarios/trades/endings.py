"""Trades that ended at delivery, or waited because nobody could trade: settlement, blackout, stale data, kill, crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from engine.config import default_rules
from engine.core.model import Stage
from engine.core.rules import StrategyRules
from engine.runtime.jobs import job_table
from tests.engine.core.builders import EXPIRY_AT
from tests.fakes.scripted_market import Book
from tests.scenarios.house import ANNA, CHEAP, LONG, SHORT, at, unguarded
from tests.scenarios.trades import crash
from tests.scenarios.trades.hand import Hand
from tests.scenarios.trades.losers import told_books
from tests.scenarios.trades.story import LOOKS_FOR_ENTRIES, Story, Tale
from tests.scenarios.trades.winners import RIPE, patient

LAST_EVENING = {SHORT: Book(bid="0.0006", ask="0.0008", mark="0.0007", delta=-0.06), LONG: Book(bid="0.0001", ask="0.0003", mark="0.0002", delta=-0.01)}
"""M 0.0005 with the index four per cent above the short strike: ripe to expire."""

FALLEN = {SHORT: Book(bid="0.0290", ask="0.0310", mark="0.0300", delta=-0.80), LONG: Book(bid="0.0010", ask="0.0020", mark="0.0015", delta=-0.05)}
"""M 0.0285 with the index at 1700 in the half hour whose average is the delivery price."""


async def between_the_strikes(told: Story) -> None:
    await told.open()
    told.trade(told_books(RIPE), books=RIPE)
    await told.until("03-19 12:00")
    told.trade(f"spot 1830 · {told_books(LAST_EVENING)}", spot_usd=Decimal(1830), books=LAST_EVENING)
    await told.until("03-20 07:20")
    told.trade(f"spot 1700 · {told_books(FALLEN)}", spot_usd=Decimal(1700), books=FALLEN)
    told.engine.jobs = tuple(job for job in job_table(default_rules().schedule, Stage.PAPER) if job.name not in LOOKS_FOR_ENTRIES)
    told.say("story", "the hourly guard looks as well on this last morning")
    await told.until("03-20 08:06")
    told.trade("delivery price 1700", deliveries={EXPIRY_AT: Decimal(1700)})
    await told.until("03-20 08:10")


async def blackout(told: Story) -> None:
    await told.open()
    await told.until("03-20 06:59")
    told.trade(told_books(CHEAP), books=CHEAP)
    await told.until("03-20 07:00")
    told.say("story", "the operator taps when the delivery price is about to be averaged")
    await told.until("03-20 07:26")
    await told.tap("approve")
    told.trade("spot 1730 in a fall; delivery price 1740", spot_usd=Decimal(1730), deliveries={EXPIRY_AT: Decimal(1740)})
    await told.until("03-20 08:10")


async def stale_data(told: Story) -> None:
    await told.open()
    told.trade("quotes stop: the last ones are five minutes old", quotes_age=timedelta(minutes=5))
    await told.until("03-02 16:00")
    told.trade("quotes are back", quotes_age=timedelta(0))
    await told.until("03-02 16:35")
    await told.force_close(1)


async def kill_while_a_card_waits(told: Story) -> None:
    await told.until("03-02 14:05")
    card = told.engine.card()
    door = told.engine.door
    await told.command("/kill strange prices on the phone", door.kill(ANNA, "strange prices on the phone"))
    await told.tap("approve", card)
    phrase = await door.disarm_phrase()
    if phrase is None:
        raise LookupError("an armed switch has a phrase")
    await told.until("03-02 16:00")
    await told.command("/disarm DISARM … checked", door.disarm(ANNA, phrase, "checked"))
    await told.command("/resume", door.resume(ANNA))


async def crash_before_the_fill(told: Story) -> None:
    told.say("story", "so far the first engine: its close was approved and it was killed before the fill; this is the next start, over the same store")
    told.engine.jobs = tuple(job for job in told.engine.jobs if job.name not in LOOKS_FOR_ENTRIES)
    told.trade(told_books(CHEAP), books=CHEAP)
    await told.until("03-02 19:10")
    await told.tap("approve")


def no_exit_before_the_last_day() -> StrategyRules:
    """The default rules with neither time stop nor last-day rule: what is open on the last morning is asked about then."""
    rules = unguarded()
    return replace(rules, exit=replace(rules.exit, time_stop_dte_d=0.0))


# Delivered at 1700 the 1750 put pays 50/1700 ETH and its delivery fee is 0.015 per cent of the underlying; the 1650 put ends worthless.
TALES = {
    "settled_between_the_strikes": Tale(
        title="Left to expire four per cent away, the spread is caught by a fall inside the settlement half hour and delivered between its strikes.",
        play=between_the_strikes,
        trades=(
            Hand(
                state="settled",
                reason="settled",
                credit="0.0061",
                debit=str(Decimal(50) / Decimal(1700)),
                open_fee="0.0003",
                close_fee="0.00015",
                eth="2",
                spot="1700",
            ),
        ),
        alerts=("let-expire", "pause-held"),
        outcomes=("executed",),
        rules=patient(),
    ),
    "blackout": Tale(
        title="A close tapped in the settlement half hour comes too late: the question ended with trading, and the trade is settled.",
        play=blackout,
        trades=(
            Hand(
                state="settled",
                reason="settled",
                credit="0.0061",
                debit=str(Decimal(10) / Decimal(1740)),
                open_fee="0.0003",
                close_fee="0.00015",
                eth="2",
                spot="1740",
            ),
        ),
        outcomes=("executed", "expired"),
        rules=no_exit_before_the_last_day(),
    ),
    "stale_data": Tale(
        title="Quotes stop: the first miss warns, the second alarms, nothing is decided on old prices; when they are back the operator closes by command.",
        play=stale_data,
        trades=(Hand(state="closed", reason="manual", credit="0.0061", debit="0.0064", open_fee="0.0003", close_fee="0.0003", eth="2", spot="2000"),),
        alerts=("exit-data", "exit-data"),
        outcomes=("executed", "executed"),
    ),
    "kill_while_a_card_waits": Tale(
        title="The kill switch is set while a card waits: the card ends, its button opens nothing, and the way back needs the phrase and a resume.",
        play=kill_while_a_card_waits,
        outcomes=("killed",),
    ),
    "crash_before_the_fill": Tale(
        title="Killed between an approved close and its fill the engine finds the trade open, says so at its next start, asks again and closes it once.",
        play=crash_before_the_fill,
        trades=(Hand(state="closed", reason="profit_take", credit="0.0061", debit="0.0013", open_fee="0.0003", close_fee="0.0002625", eth="2", spot="2000"),),
        outcomes=("not_placed", "executed"),
        start_at=at("03-02 19:01"),
        before=crash.killed_before_the_fill,
        rules=unguarded(),
    ),
}
