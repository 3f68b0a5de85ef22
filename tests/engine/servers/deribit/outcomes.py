"""What each error of the venue comes to: one row per code, one column per thing that was asked.

`python -m tests.engine.servers.deribit.outcomes` writes docs/venue-errors.md anew from the venue's list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from engine.core.model_venue import Direction, NewOrder
from engine.errors import VenueError
from engine.servers.deribit.errors import SECONDS_TO_WAIT, UNAUTHORIZED, VenueCode, venue_codes
from tests.engine.servers.deribit.desk import Seat, seated, settings_of
from tests.fakes.venue import FakeVenue
from tests.fakes.venue.faults import Refuse

PAGE = Path(__file__).parents[4] / "docs" / "venue-errors.md"
PUT = "ETH-25SEP26-2200-P"
REFUSED, UNKNOWN = "refused", "unknown"
FAILED, AGAIN, LEFT_ALONE, LOGIN = "failed", "asked 3 times", "left alone", "new login"
OTHER_WAY = "other way, "
METHODS = {"buy": "private/buy", "sell": "private/sell", "edit": "private/edit", "cancel": "private/cancel", "read": "private/get_positions"}
HEAD = """# The venue's errors

Written by `python -m tests.engine.servers.deribit.outcomes` from the venue's complete list; do not edit.
A test asks everything of a venue that answers with each of them.

| in the table | what it means |
|---|---|
| refused | proven: nothing was done, there is no such order |
| unknown | the order may stand; it is looked for by its label, then in the trades, then in the positions, and never sent again |
| other way, … | the session failed at it, so the same cancel was asked over HTTP; both said it |
| failed | no figure, and asking again is no use |
| asked 3 times | no figure after three questions with growing pauses |
| left alone | no figure; the venue wants more patience than a question has |
| new login | no figure, also not with a login made anew |

An order is sent once, whatever the answer.

| code | name | buy | sell | edit | cancel | read |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one question came to: how it failed, under which number, and how often the venue was asked over its session and over HTTP."""

    is_refusal: bool
    is_permanent: bool
    code: int | None
    over_session: int
    over_http: int


def expected(operation: str, code: int, known: VenueCode) -> str:
    """The cell of the table, from the venue's list alone."""
    if operation == "read":
        if code == UNAUTHORIZED:
            return LOGIN
        if not known.is_retryable:
            return FAILED
        return LEFT_ALONE if SECONDS_TO_WAIT.get(code, 0.0) > 2 else AGAIN
    certain = UNKNOWN if known.is_ambiguous else REFUSED
    return OTHER_WAY + certain if operation == "cancel" and known.is_retryable else certain


def page() -> str:
    """docs/venue-errors.md."""
    rows = (
        f"| {code} | {known.name} | " + " | ".join(expected(operation, code, known) for operation in METHODS) + " |" for code, known in venue_codes().items()
    )
    return HEAD + "\n".join(rows) + "\n"


def table(text: str) -> dict[tuple[int, str], str]:
    """The cells of the written page by code and operation."""
    cells: dict[tuple[int, str], str] = {}
    for line in text.splitlines():
        words = [word.strip() for word in line.strip("|").split("|")]
        if len(words) == 2 + len(METHODS) and words[0].lstrip("-").isdigit():
            cells |= {(int(words[0]), operation): word for operation, word in zip(METHODS, words[2:], strict=True)}
    return cells


def word(operation: str, outcome: Outcome) -> str:
    """The outcome as the table says it; what no cell can say is told as it is."""
    asked = (outcome.over_session, outcome.over_http)
    if operation == "read":
        words = {(0, 1, True): FAILED, (0, 3, False): AGAIN, (0, 1, False): LEFT_ALONE, (0, 2, True): LOGIN}
        return words.get((*asked, outcome.is_permanent), str(outcome))
    certain = REFUSED if outcome.is_refusal else UNKNOWN
    if operation == "cancel" and asked == (1, 1):
        return OTHER_WAY + certain
    return certain if asked == (1, 0) else str(outcome)


async def observed(venue: FakeVenue, code: int) -> dict[str, tuple[str, int | None]]:
    """What each operation comes to where the venue answers everything it stands for with this code: the cell, and the number that arrived."""
    async with seated(settings_of(venue, has_key=True, is_trading_on=True), venue) as seat:
        told = {}
        for operation in METHODS:
            # Some answers end the session and its orders with it: each operation begins with a session that is up.
            order_id = (await seat.trading.place_order(_order(Direction.BUY, f"cb0-{abs(code)}-before-{operation}"))).order.order_id
            outcome = await _outcome(venue, operation, code, _question(seat, operation, code, order_id))
            told[operation] = (word(operation, outcome), outcome.code)
        await seat.trading.cancel_all()
    return told


async def _outcome(venue: FakeVenue, operation: str, code: int, ask: Callable[[], Awaitable[object]]) -> Outcome:
    method = METHODS[operation]
    before = len(venue.asked(method))
    venue.script(method, Refuse(code), times=None)
    try:
        await ask()
    except VenueError as error:
        calls = venue.asked(method)[before:]
        over_session = sum(call.is_websocket for call in calls)
        return Outcome(
            is_refusal=error.is_refusal,
            is_permanent=error.permanent,
            code=error.upstream_code,
            over_session=over_session,
            over_http=len(calls) - over_session,
        )
    finally:
        venue.heal()
    raise AssertionError(f"{operation} got an answer although the venue said {code}")


def _question(seat: Seat, operation: str, code: int, order_id: str) -> Callable[[], Awaitable[object]]:
    label = f"cb0-{abs(code)}-{operation}"
    questions: dict[str, Callable[[], Awaitable[object]]] = {
        "buy": lambda: seat.trading.place_order(_order(Direction.BUY, label)),
        "sell": lambda: seat.trading.place_order(_order(Direction.SELL, label)),
        "edit": lambda: seat.trading.edit_order(order_id, amount_eth=Decimal(2), price_coin=Decimal("0.0006")),
        "cancel": lambda: seat.trading.cancel_order(order_id),
        "read": lambda: seat.trading.get_positions("ETH"),
    }
    return questions[operation]


def _order(direction: Direction, label: str) -> NewOrder:
    price = Decimal("0.0005") if direction is Direction.BUY else Decimal("0.5")
    return NewOrder(instrument_name=PUT, direction=direction, amount_eth=Decimal(1), price_coin=price, label=label)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
