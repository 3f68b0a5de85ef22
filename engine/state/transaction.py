"""One open transaction: every query of the store, by family; what leaves is a record, never a row.

The families are joined by inheritance so that a caller reads `tx.add_trade(...)` and `tx.audit(...)` side by side;
none of them overrides or knows another.
"""

from __future__ import annotations

from engine.state.alarms import AlarmRows, NoteRows
from engine.state.chain import AuditRows
from engine.state.ledger import DeskRows, JobRows
from engine.state.memories import MemoryRows
from engine.state.messages import InboxRows, OutboxRows
from engine.state.people import PeopleRows
from engine.state.proposals import CardRows, DecisionRows, ProposalRows
from engine.state.trades import BookingRows
from engine.state.venue_orders import VenueOrderRows


class Transaction(
    AuditRows,
    DecisionRows,
    ProposalRows,
    CardRows,
    BookingRows,
    VenueOrderRows,
    JobRows,
    DeskRows,
    InboxRows,
    OutboxRows,
    MemoryRows,
    PeopleRows,
    AlarmRows,
    NoteRows,
):
    """The typed repository handed to work; it lives as long as its transaction."""
