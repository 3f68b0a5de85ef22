"""What happens at 08:00 UTC: a moment without trading, then delivery prices and what they paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Settlement:
    """Delivery prices told so far by expiry, and the rows the public sees; `since` is when this venue began."""

    since: datetime
    deliveries: dict[datetime, Decimal] = field(default_factory=dict)
    public_rows: list[Json] = field(default_factory=list)
