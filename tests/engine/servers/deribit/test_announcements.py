"""Which announcements name the next maintenance, and which are left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.servers.deribit.announcements import Announcement, next_maintenance

NOW = datetime(2026, 3, 27, 8, 0, tzinfo=UTC)
AT = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("Scheduled maintenance", "On 27 March 2026 at 09:00 UTC we will be down for 15 minutes.", AT),
        ("Platform upgrade 27 Mar 2026", "Starts at 09:00 (UTC).", AT),
        ("Maintenance", "<p>March 27th, 2026,&nbsp;from 09:00 UTC</p>", AT),
        ("Maintenance 2026-03-27", "9:00 UTC", AT),
        ("Maintenance yesterday", "26 March 2026, 09:00 UTC", None),
        ("Maintenance", "soon, at 09:00 UTC", None),
        ("Maintenance", "27 March 2026, in the morning", None),
        ("Maintenance", "31 February 2026 at 09:00 UTC", None),
        ("New fee schedule", "27 March 2026 at 09:00 UTC", None),
        ("Maintenance", "x" * 5000 + " 27 March 2026 at 09:00 UTC", None),
    ],
)
def test_a_maintenance_is_seen_when_its_day_and_hour_can_be_read(title: str, body: str, expected: datetime | None) -> None:
    assert next_maintenance([Announcement(title=title, body=body)], now=NOW) == expected


def test_of_several_the_next_one_counts_and_one_under_way_today_still_does() -> None:
    notices = [Announcement(title="maintenance", body=f"{day} March 2026 at 07:30 UTC") for day in (29, 27, 28, 20)]

    assert next_maintenance(notices, now=NOW) == datetime(2026, 3, 27, 7, 30, tzinfo=UTC)
    assert next_maintenance([], now=NOW) is None
