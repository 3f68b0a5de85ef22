"""The monthly report as a note for people who read elsewhere: published once, waited for by nobody."""

from __future__ import annotations

import structlog

from engine.errors import VenueError
from engine.reporting.monthly_report import MonthlyReport
from engine.runtime.desk import Desk

log = structlog.get_logger(__name__)

TAGS = ("cerbero", "report/monthly")


async def publish(desk: Desk, report: MonthlyReport) -> None:
    """The report is with the notes, or it is on record and on /ping that it is not."""
    notes, write_note = desk.clients.brain_bridge, desk.write_note
    if notes is None or write_note is None:
        return
    note = write_note(report)
    try:
        name = await notes.publish_report(note.title, note.markdown, (*TAGS, desk.env.lower()))
    except VenueError as error:
        desk.pulse.unpublished = f"{note.title}: {error}"
        log.warning("notes.missed", title=note.title, error=str(error))
        return
    desk.pulse.unpublished = None
    log.info("notes.published", name=name)
