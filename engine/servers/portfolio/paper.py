"""The paper account of a live desk: converted once and kept in a file, so that a restart does not buy its ETH anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import structlog

from engine.clients.decode import sound_document
from engine.clients.wire import PortfolioWire
from engine.core.rules import PaperAccountRules
from engine.servers.holdings import Holdings, converted, marked
from engine.servers.portfolio.prices import Prices

log = structlog.get_logger(__name__)

FIELDS = ("cash_eur", "held_eth", "exchange_eth", "exchange_cash_eur")


class PaperBook:
    """The account of `rules`; `file` None forgets it at the end of the process."""

    def __init__(self, rules: PaperAccountRules, prices: Prices, now: Callable[[], datetime], *, file: Path | None) -> None:
        self._rules, self._prices, self._now, self._file = rules, prices, now, file
        self._holdings: Holdings | None = None

    async def portfolio(self) -> PortfolioWire:
        """The account now; all null while a price is missing. Raises UpstreamError."""
        price = await self._prices.now()
        if price is None:
            return PortfolioWire()
        if self._holdings is None:
            self._holdings = self._kept()
        if self._holdings is None:
            self._holdings = converted(self._rules, eth_eur=price.eth_eur)
            self._keep(self._holdings)
        return marked(self._holdings, eth_eur=price.eth_eur, at=self._now())

    def _kept(self) -> Holdings | None:
        """What was converted before under the same rules; other rules begin another account."""
        if self._file is None or not self._file.exists():
            return None
        try:
            found = sound_document(self._file.read_text(encoding="utf-8"))
            if not isinstance(found, dict) or found["rules"] != self._terms():
                return None
            return Holdings(**{name: Decimal(found[name]) for name in FIELDS})
        except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as error:
            log.warning("paper_account.unreadable", kind=type(error).__name__)
            return None

    def _keep(self, holdings: Holdings) -> None:
        if self._file is None:
            return
        told = {"rules": self._terms(), "converted_at": self._now().isoformat(), **{name: str(getattr(holdings, name)) for name in FIELDS}}
        beside = self._file.with_suffix(".new")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as text:
                text.write(json.dumps(told, indent=2) + "\n")
                text.flush()
                os.fsync(text.fileno())
            beside.replace(self._file)
        except OSError as error:
            # The account goes on in memory; a restart would convert it again, and that is all.
            log.warning("paper_account.not_kept", kind=type(error).__name__)

    def _terms(self) -> list[str]:
        return [str(self._rules.wealth_eur), str(self._rules.eth_share_frac), str(self._rules.exchange_share_frac)]
