"""The part of the door that is about money: what is owned, what was earned, how sure that is."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from engine.views import AccountView, PnlView, SheetRow, StatsView


class Accounts(Protocol):
    """What is owned and what was earned, every rate beside its sample size, its interval and its break-even."""

    async def account(self) -> AccountView:
        """What the operator owns now, what of it open trades tie up, and what they made."""

    async def stats(self, period: str) -> StatsView:
        """What the closed trades of the period (`30d`, `90d` or `all`) say, by reason and strategy, and how sure that is."""

    async def pnl(self, step: str) -> PnlView:
        """What was realised per `day`, `week` or `month`, and what the open trades would add."""

    async def monthly_json(self, month_on: date | None = None) -> str:
        """The report of the month that holds the day, the running one without it, as a stored notice."""

    async def sheet(self, period: str, *, reason: str | None = None, outcome: str | None = None) -> tuple[SheetRow, ...]:
        """The trades `Engine.history` lists, with everything an accountant asks for."""
