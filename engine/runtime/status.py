"""The engine's own state in one view."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.core.lifecycle import TradeState
from engine.core.model import MarketSnapshot, Reading
from engine.runtime.desk import Desk
from engine.runtime.jobs import Beat, Job
from engine.safety.backup import backup_age_s
from engine.state.repository import Transaction
from engine.views import HoldView, StatusView

JOBS_SHOWN = 6


async def status(desk: Desk, jobs: tuple[Job, ...], *, version: str, is_config_changed: bool) -> StatusView:
    """What runs, what is held, what waits, how old every input is, and where the audit chain stands."""
    now = desk.now()
    due = sorted((job.next_due(now), job.name) for job in jobs if job.beat is Beat.MARKET)
    anchors = desk.store.anchors
    wall = desk.clock.wall()

    def read(tx: Transaction) -> StatusView:
        head, kill_row, (depth, oldest_at) = tx.head(), tx.kill_row(), tx.outbox_depth()
        return StatusView(
            now=now,
            version=version,
            origin=desk.origin,
            stage=desk.stage.value,
            market=desk.market,
            is_dry_run=desk.is_dry_run,
            is_killed=desk.is_killed(tx),
            kill_reason=kill_row.reason if kill_row.reason else desk.kill_switch.reason(),
            holds=tuple(HoldView(code=hold.code, since_at=hold.since_at, detail=hold.detail) for hold in tx.holds()),
            next_jobs=tuple((name, at) for at, name in due[:JOBS_SHOWN]),
            input_ages_s=_input_ages(desk.pulse.snapshot, now),
            open_trades=len([trade for trade in tx.open_trades() if trade.state is TradeState.OPEN]),
            pending=len(tx.pending_proposals()),
            engaged_eur=sum((trade.max_loss_eur for trade in tx.open_trades()), Decimal(0)),
            cap_total_eur=desk.caps.total_eur,
            outbox_depth=depth,
            outbox_oldest_s=None if oldest_at is None else (wall - oldest_at).total_seconds(),
            last_poll_s=None if desk.pulse.polled_at is None else (wall - desk.pulse.polled_at).total_seconds(),
            backup_age_s=None if desk.home is None else backup_age_s(desk.home, wall),
            audit_seq=head.seq,
            audit_hash8=head.hash[:8],
            anchored_seq=0 if anchors is None else anchors.last_seq,
            config_fingerprint=desk.fingerprint,
            is_config_changed=is_config_changed,
        )

    return await desk.store.read(read)


def _input_ages(snapshot: MarketSnapshot | None, now: datetime) -> tuple[tuple[str, float | None], ...]:
    """(input, age in seconds) of the last look; None = it was missing."""
    if snapshot is None:
        return ()
    readings: tuple[tuple[str, Reading[Any] | None], ...] = (
        ("index", snapshot.index_usd),
        ("dvol", snapshot.dvol_pts),
        ("funding", snapshot.funding_apr_frac),
        ("sentiment", snapshot.sentiment),
        ("fx", snapshot.fx_usd_per_eur),
        ("macro", snapshot.macro),
        ("portfolio", snapshot.wealth),
    )
    return tuple((name, None if reading is None else (now - reading.observed_at).total_seconds()) for name, reading in readings)
