"""A fake of the options venue, speaking its JSON-RPC over HTTP and WebSocket on loopback.

    async with FakeVenue() as venue:
        venue.http_url, venue.ws_url                                     # what the client is given
        venue.market.index_usd = 2400                                    # the market moves
        venue.market.quote(name, bids=[("0.0040", 20)], asks=[("0.0045", 20)])
        venue.script("private/buy", Drop(is_done=True))                  # the next order is taken, its answer lost
        venue.advance(timedelta(hours=1))                                # the venue's clock moves, no real second passes
        venue.asked("private/buy")                                       # what it was asked

Methods, parameters and the shape of every answer are the venue's own description (`table`).

Assumed, because no document at hand tells it: a parameter the method does not have is refused;
an expired inverse option in the money leaves the fee on its own row of the log and the payout
on that of the expiry future; a locked index is 10019 and a book that is not open 10012, both
with cancels allowed; maintenance and the pause of settlement stop cancels too; a combo's price
is shared out near the marks of its legs; what is left of the real venue's matching (trigger,
advanced and linked orders, quotes, blocks) is refused with 10033 or unknown.
"""

from tests.fakes.venue.clock import RunningClock, StillClock
from tests.fakes.venue.faults import Answered, Cut, Drop, Fault, Garbled, Hang, Hold, Refuse, Stale, Status
from tests.fakes.venue.limits import Limits, Rule
from tests.fakes.venue.sessions import ApiKey
from tests.fakes.venue.venue import FakeVenue

__all__ = [
    "Answered",
    "ApiKey",
    "Cut",
    "Drop",
    "FakeVenue",
    "Fault",
    "Garbled",
    "Hang",
    "Hold",
    "Limits",
    "Refuse",
    "Rule",
    "RunningClock",
    "Stale",
    "Status",
    "StillClock",
]
