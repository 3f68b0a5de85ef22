"""What the desk remembers of its trades, and which past ones are like a card: words for people, read by no decision."""

from __future__ import annotations

from datetime import datetime

import structlog

from engine.clients.nearness import Memory
from engine.core.model import Bias, Strategy
from engine.errors import VenueError
from engine.notices import EntryCard
from engine.runtime.desk import Desk
from engine.runtime.payloads import card_of
from engine.state.records import ProposalRecord, TradeRecord

log = structlog.get_logger(__name__)

REMEMBERED_UNTIL = "remembered_until"
RECALLED = 3
DVOL_STEP_PTS = 5
DELTA_STEP = 0.02


async def remember_closed(desk: Desk) -> None:
    """Every trade that ended is in the memory; one the memory does not take is offered again at the next look."""
    memory = desk.clients.memory
    if memory is None:
        return
    until, last_id = _cursor(await desk.store.read(lambda tx: tx.get_meta(REMEMBERED_UNTIL)))
    for trade in await desk.store.read(lambda tx: tx.closed_trades(until)):
        if trade.closed_at == until and trade.trade_id <= last_id:
            continue
        try:
            await memory.remember(f"{desk.env} trade {trade.trade_id}", notes_of(trade))
        except VenueError as error:
            log.warning("memory.missed", error=str(error))
            return
        await _note_cursor(desk, trade)


async def _note_cursor(desk: Desk, trade: TradeRecord) -> None:
    await desk.store.write(lambda tx: tx.set_meta(REMEMBERED_UNTIL, _cursor_text(trade)))


async def similar_trades(desk: Desk, proposal_id: int) -> tuple[Memory, ...]:
    """The past trades most like the card's, nearest first; none where the memory is gone or knows nothing."""
    memory, record = desk.clients.memory, await desk.store.read(lambda tx: tx.proposal(proposal_id))
    if memory is None or record is None:
        return ()
    own = await desk.store.read(lambda tx: None if record.trade_id is None else tx.trade(record.trade_id))
    try:
        found = await memory.recall(" ".join(_traits_of_card(record) if own is None else _traits(own)), RECALLED + 1)
    except VenueError as error:
        log.warning("memory.missed", error=str(error))
        return ()
    itself = None if own is None else f"{desk.env} trade {own.trade_id}"
    return tuple(each for each in found if each.entity != itself)[:RECALLED]


def notes_of(trade: TradeRecord) -> tuple[str, ...]:
    """The trade's traits at entry, how it ended and what it made."""
    told = list(_traits(trade))
    if trade.close_reason is not None:
        told.append(f"exit:{trade.close_reason}")
    if trade.pnl_eur is not None:
        told += [f"outcome:{'won' if trade.pnl_eur > 0 else 'lost'}", f"net_eur:{trade.pnl_eur:.2f}"]
    if trade.opened_at is not None and trade.closed_at is not None:
        told.append(f"held_days:{(trade.closed_at - trade.opened_at).days}")
    return tuple(told)


def _traits(trade: TradeRecord) -> tuple[str, ...]:
    return _words(trade.strategy, trade.bias, dvol_pts=trade.dvol_entry_pts, short_delta=trade.short_delta_entry)


def _traits_of_card(record: ProposalRecord) -> tuple[str, ...]:
    card = card_of(record)
    if not isinstance(card, EntryCard):
        return (f"strategy:{record.strategy.value}",)
    report = card.report
    return _words(report.strategy, report.bias, dvol_pts=report.market.dvol_pts, short_delta=None)


def _words(strategy: Strategy, bias: Bias, *, dvol_pts: float | None, short_delta: float | None) -> tuple[str, ...]:
    """Traits in steps, so that near ones share a word."""
    told = [f"strategy:{strategy.value}", f"bias:{bias.value}"]
    if dvol_pts is not None:
        told.append(f"dvol:{round(dvol_pts / DVOL_STEP_PTS) * DVOL_STEP_PTS}")
    if short_delta is not None:
        told.append(f"short_delta:{round(abs(short_delta) / DELTA_STEP) * DELTA_STEP:.2f}")
    return tuple(told)


def _cursor(text: str | None) -> tuple[datetime | None, int]:
    """The end and the number of the last trade that was remembered."""
    if text is None:
        return None, 0
    at, _, trade_id = text.partition(" ")
    return datetime.fromisoformat(at), int(trade_id)


def _cursor_text(trade: TradeRecord) -> str:
    ended_at = trade.closed_at if trade.closed_at is not None else trade.created_at
    return f"{ended_at.isoformat()} {trade.trade_id}"
