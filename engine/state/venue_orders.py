"""Orders at the venue: written before they are sent, moved along their table only, every fill once.

Rules of this file: an order that is live may stand at the venue; what was filled is what the venue's fills sum up to, never what an
order claims.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from engine.core.lifecycle import OrderEvent, OrderState, advance_order
from engine.errors import InvariantBroken, StateError
from engine.state.models import utc_text
from engine.state.models_venue import IntentTermsRow, VenueAction, VenueFillRow, VenueOrderRow
from engine.state.rows import Rows, columns, values_of
from engine.state.venue_records import IntentTerms, NewVenueOrder, VenueFillRecord, VenueOrderRecord

LIVE = tuple(state for state in OrderState if state.is_live)
ZERO = Decimal(0)


class VenueOrderRows(Rows):
    """What is asked of the venue and what the venue did."""

    def add_intent_terms(self, terms: IntentTerms) -> None:
        """What the approval allows stands beside its intent, once."""
        self._insert(IntentTermsRow, values_of(terms))

    def intent_terms(self, order_id: int) -> IntentTerms | None:
        """What the approval allows; None for an intent that is not for the venue."""
        return self._first(IntentTerms, IntentTermsRow.select(*columns(IntentTermsRow, IntentTerms)).where(IntentTermsRow.order_id == order_id))

    def intents_at_the_venue(self, now: datetime) -> tuple[IntentTerms, ...]:
        """What the approvals of every trade allow whose expiry is still to come, oldest first."""
        found = self._sql(
            "SELECT intent_terms.order_id FROM intent_terms JOIN orders USING (order_id) JOIN trades USING (trade_id) WHERE trades.expiry_at > ? ORDER BY 1",
            (utc_text(now),),
        )
        known = [self.intent_terms(order_id) for (order_id,) in found]
        return tuple(terms for terms in known if terms is not None)

    def instruments_ever(self) -> frozenset[str]:
        """Every option that was ever approved to be traded at the venue."""
        found = IntentTermsRow.select(*columns(IntentTermsRow, IntentTerms))
        return frozenset(leg.instrument for terms in self._records(IntentTerms, found) for leg in terms.legs)

    def add_venue_order(self, order: NewVenueOrder) -> int:
        """The order is written down as being sent. Raises InvariantBroken at commit while another one of its leg is live."""
        number = self._insert(VenueOrderRow, {**values_of(order), "state": OrderState.SENDING, "filled_eth": ZERO, "cause": ""})
        self.note_venue_action(number, "place", now=order.sent_at)
        return number

    def move_venue_order(self, number: int, event: OrderEvent, *, now: datetime, cause: str = "") -> OrderState:
        """The order took the step of its table; returns its new state. Raises InvariantBroken for any other step."""
        before = self._known_venue_order(number)
        after = advance_order(before.state, event)
        changes = {"state": after, "cause": cause, "ended_at": None if after.is_live else now}
        if not self._change(VenueOrderRow.update(**changes).where((VenueOrderRow.number == number) & (VenueOrderRow.state == before.state))):
            raise InvariantBroken(f"order {before.label} changed under the hand that held it")
        return after

    def name_venue_order(self, number: int, venue_order_id: str) -> None:
        """The venue's own number of the order is known. Raises InvariantBroken when another one was known."""
        known = self._known_venue_order(number)
        if known.venue_order_id not in (None, venue_order_id):
            raise InvariantBroken(f"order {known.label} is {known.venue_order_id} at the venue and not {venue_order_id}")
        self._change(VenueOrderRow.update(venue_order_id=venue_order_id).where(VenueOrderRow.number == number))

    def limit_venue_order(self, number: int, limit_coin: Decimal) -> None:
        """The order is asked at this limit, or about to be."""
        self._change(VenueOrderRow.update(limit_coin=limit_coin).where(VenueOrderRow.number == number))

    def note_venue_action(self, number: int, kind: str, *, now: datetime) -> None:
        """The venue is asked to place, move or cancel the order."""
        self._insert(VenueAction, {"number": number, "kind": kind, "at": now})

    def venue_actions_since(self, since: datetime) -> int:
        """How often the venue was asked to do something after `since`, ladder steps included."""
        return int(VenueAction.select().where(VenueAction.at > since).count(self._database))

    def add_venue_fill(self, fill: VenueFillRecord) -> bool:
        """The fill is on record and its order knows the sum; False when it was on record before."""
        if self._insert_new(VenueFillRow, values_of(fill)) is None:
            return False
        filled_eth = sum((each.amount_eth for each in self.fills_of_venue_order(fill.number)), ZERO)
        self._change(VenueOrderRow.update(filled_eth=filled_eth).where(VenueOrderRow.number == fill.number))
        return True

    def venue_order(self, number: int) -> VenueOrderRecord | None:
        query = VenueOrderRow.select(*columns(VenueOrderRow, VenueOrderRecord)).where(VenueOrderRow.number == number)
        return self._first(VenueOrderRecord, query)

    def venue_orders(self, order_id: int) -> tuple[VenueOrderRecord, ...]:
        """Every order sent for the intent, oldest first."""
        query = VenueOrderRow.select(*columns(VenueOrderRow, VenueOrderRecord)).where(VenueOrderRow.order_id == order_id)
        return self._records(VenueOrderRecord, query.order_by(VenueOrderRow.number))

    def live_venue_orders(self) -> tuple[VenueOrderRecord, ...]:
        """Every order that stands at the venue or may, oldest first."""
        query = VenueOrderRow.select(*columns(VenueOrderRow, VenueOrderRecord)).where(VenueOrderRow.state.in_(LIVE))
        return self._records(VenueOrderRecord, query.order_by(VenueOrderRow.number))

    def venue_order_named(self, label: str) -> VenueOrderRecord | None:
        """The order of that label, ended ones included."""
        query = VenueOrderRow.select(*columns(VenueOrderRow, VenueOrderRecord)).where(VenueOrderRow.label == label)
        return self._first(VenueOrderRecord, query)

    def fills_of_venue_order(self, number: int) -> tuple[VenueFillRecord, ...]:
        """The order's fills, oldest first."""
        query = VenueFillRow.select(*columns(VenueFillRow, VenueFillRecord)).where(VenueFillRow.number == number)
        return self._records(VenueFillRecord, query.order_by(VenueFillRow.at, VenueFillRow.trade_key))

    def venue_fills(self, order_id: int) -> tuple[tuple[VenueOrderRecord, VenueFillRecord], ...]:
        """Every fill of the intent with the order it belongs to, order by order."""
        return tuple((order, fill) for order in self.venue_orders(order_id) for fill in self.fills_of_venue_order(order.number))

    def _known_venue_order(self, number: int) -> VenueOrderRecord:
        found = self.venue_order(number)
        if found is None:
            raise StateError(f"there is no order {number} of the venue")
        return found
