"""Fetching history into a folder: the exchange's candles, funding, deliveries and present chain, the euro's rate, the mood.

Rules of this file: only what is lacking is asked for, oldest first, a month at a
time, and written after every answer, so an interruption costs one question; what one
source refuses stops none of the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from engine.errors import ConfigError
from engine.market.folder import DELIVERIES, DVOL, FEAR_GREED, FUNDING_1H, FX, MANIFEST, SPOT, Manifest, existing, manifest_text, write_whole
from engine.market.sound import DVOL_BOUNDS, SPOT_BOUNDS
from engine.research.fetch_chain import fetch_chain
from engine.research.fetch_files import CandleFile, FetchedFile
from engine.research.fetch_venue import CURRENCY, DELIVERIES_PER_QUESTION, delivery_prices, funding_rates
from engine.servers.addresses import ECB as ECB_PLACE
from engine.servers.addresses import FEAR_GREED as FEAR_GREED_PLACE
from engine.servers.addresses import address
from engine.servers.deribit import VenueSettings, public_settings
from engine.servers.deribit.market import VENUE, candles, dvol_history
from engine.servers.deribit.rest import VenueRest
from engine.servers.macro.ecb import ECB, reference_rates
from engine.servers.sentiment import INDEX, fear_greed_days
from engine.servers.upstream import HttpUpstream, UpstreamError

T = TypeVar("T")
Progress = Callable[[str, float], None]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNASKED = 3 * 365 * DAY
"""How far back history is fetched when nobody says."""
STRETCH = 30 * DAY
TRIES_MAX = 4
PAUSE_S, PAUSE_MAX_S = 0.5, 30.0
DELIVERY_PAGES_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where everything comes from."""

    venue: VenueSettings
    ecb_url: str
    fear_greed_url: str


def sources_of(variables: Mapping[str, str]) -> Sources:
    """The sources' own addresses, or the stand-ins that the environment names. Raises ConfigError."""
    return Sources(venue=public_settings(variables), ecb_url=address(variables, ECB_PLACE), fear_greed_url=address(variables, FEAR_GREED_PLACE))


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPlan:
    """What to fetch: from when (None: as far back as nobody says), until when (None: until now), and how long to wait before a second try."""

    folder: Path
    sources: Sources
    now: Callable[[], datetime]
    from_at: datetime | None = None
    to_at: datetime | None = None
    pause_s: float = PAUSE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReport:
    """What a fetch brought, a line each, and what it did not, in words."""

    folder: Path
    brought: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, object]:
        """The report as plain JSON."""
        return {"ok": self.ok, "folder": str(self.folder), "brought": list(self.brought), "problems": list(self.problems)}


async def fetch_history(plan: FetchPlan, *, progress: Progress | None = None) -> FetchReport:
    """The folder holds what the sources have of the period; a second run goes on where the first was stopped."""
    fetching = _Fetching(plan, progress)
    try:
        await fetching.run()
    finally:
        await fetching.aclose()
    return FetchReport(folder=plan.folder, brought=tuple(fetching.brought), problems=tuple(fetching.problems))


class _Fetching:
    """One fetch under way."""

    def __init__(self, plan: FetchPlan, progress: Progress | None) -> None:
        self._plan, self._progress = plan, progress
        self._venue = VenueRest(plan.sources.venue)
        self._ecb, self._mood = HttpUpstream(ECB, plan.sources.ecb_url), HttpUpstream(INDEX, plan.sources.fear_greed_url)
        now = plan.now()
        self._is_present = plan.to_at is None or plan.to_at >= now
        self._to_at = now if plan.to_at is None else min(plan.to_at, now)
        self.brought: list[str] = []
        self.problems: list[str] = []
        self._silent: set[str] = set()

    async def aclose(self) -> None:
        for upstream in (self._venue, self._ecb, self._mood):
            await upstream.aclose()

    async def run(self) -> None:
        """Every source was asked; each writes its own lines of the report."""
        await self._guarded(SPOT, self._candles(SPOT))
        await self._guarded(DVOL, self._candles(DVOL))
        await self._guarded(FUNDING_1H, self._funding())
        await self._guarded(DELIVERIES, self._deliveries())
        if self._is_present:
            await self._guarded("chain", self._chain())
        await self._guarded(FX, self._rates())
        await self._guarded(FEAR_GREED, self._moods())
        if existing(self._plan.folder / SPOT) is None:
            return
        manifest = Manifest(source=f"fetched from Deribit's {self._plan.sources.venue.network}, the ECB and alternative.me", fetched_at=self._plan.now())
        write_whole(self._plan.folder / MANIFEST, manifest_text(manifest))

    async def _candles(self, name: str) -> str:
        ask, bounds = (candles, SPOT_BOUNDS) if name == SPOT else (dvol_history, DVOL_BOUNDS)
        file = CandleFile(self._plan.folder / name, bounds)
        lacking = _parted(file.lacking(self._from_at(file), self._to_at))
        new = 0
        for number, (start_at, end_at) in enumerate(lacking):
            self._tell(name, number / len(lacking))
            found = await self._tried(VENUE, partial(ask, self._venue, CURRENCY, start_at=start_at, end_at=end_at))
            new += file.add_candles(found) if found else 0
        if not file.rows:
            raise UpstreamError(f"{VENUE} has no candle of this period", retryable=False)
        filled, cut = file.close_holes()
        if cut is not None:
            said = f"the venue has nothing from {cut[0] + HOUR:%Y-%m-%d %H:%M} to {cut[1]:%Y-%m-%d %H:%M}"
            self.problems.append(f"{name}: {said}; what lies before is left out, because a hole cannot be played")
        return f"{new} new hours{f', {filled} hours the venue does not have repeat the close before' if filled else ''}, {_span(file)}"

    async def _funding(self) -> str:
        file = FetchedFile(self._plan.folder / FUNDING_1H, ("timestamp", "funding_rate", "index_price"))
        spans = _parted(_around(file, self._from_at(file), self._to_at))
        new = 0
        for number, (start_at, end_at) in enumerate(spans):
            self._tell(FUNDING_1H, number / len(spans))
            rates = await self._tried(VENUE, partial(funding_rates, self._venue, start_at=start_at, end_at=end_at))
            new += file.add(rates) if rates else 0
        return f"{new} new hours, {_span(file)}"

    async def _deliveries(self) -> str:
        file = FetchedFile(self._plan.folder / DELIVERIES, ("date", "price_usd"))
        since, new = self._from_at(file), 0
        for page in range(DELIVERY_PAGES_MAX):
            told = await self._tried(VENUE, partial(delivery_prices, self._venue, page=page))
            new += file.add({at: price for at, price in told.items() if at >= since - DAY}) if told else 0
            # The newest come first, and a short page is the last one.
            if len(told) < DELIVERIES_PER_QUESTION or min(told) < since:
                break
        return f"{new} new days, {_span(file)}"

    async def _chain(self) -> str:
        taken_at, options = await self._tried(VENUE, partial(fetch_chain, self._venue, self._plan.folder))
        return f"{options} options as of {taken_at:%Y-%m-%d %H:%M:%S}"

    async def _rates(self) -> str:
        file = FetchedFile(self._plan.folder / FX, ("date", "eurusd"))
        # A week more, so that the first day has a rate although it may follow a holiday.
        since = self._from_at(file).date() - timedelta(days=7)
        rates = await self._tried(ECB, partial(reference_rates, self._ecb, since=since))
        new = file.add({datetime(on.year, on.month, on.day, tzinfo=UTC): (f"{rate:f}",) for on, rate in rates.items() if on >= since})
        return f"{new} new days, {_span(file)}"

    async def _moods(self) -> str:
        file = FetchedFile(self._plan.folder / FEAR_GREED, ("timestamp", "fear_greed_index"))
        since = self._from_at(file) - DAY
        days = await self._tried(INDEX, partial(fear_greed_days, self._mood))
        new = file.add({at: (str(level),) for at, level in days.items() if at >= since})
        return f"{new} new days, {_span(file)}"

    def _from_at(self, file: FetchedFile) -> datetime:
        """From when this file is to hold everything; never later than what it holds already, which would leave a hole."""
        held = file.first_at
        wanted = self._plan.from_at if self._plan.from_at is not None else held
        if wanted is None:
            return self._to_at - UNASKED
        return wanted if held is None else min(wanted, held)

    async def _guarded(self, name: str, work: Awaitable[str]) -> None:
        try:
            self.brought.append(f"{name}: {await work}")
        except (UpstreamError, ConfigError) as error:
            self.problems.append(f"{name}: {error}")

    async def _tried(self, source: str, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, asked again a few times while asking again can help; a source that was asked in vain is asked once from then on."""
        left = 1 if source in self._silent else TRIES_MAX
        while True:
            try:
                return await ask()
            except UpstreamError as error:
                left -= 1
                if not error.retryable or left == 0:
                    self._silent.add(source)
                    raise
                wait_s = self._plan.pause_s * 2.0 ** (TRIES_MAX - 1 - left) if error.retry_after_s is None else error.retry_after_s
                await asyncio.sleep(min(wait_s, PAUSE_MAX_S))

    def _tell(self, name: str, share: float) -> None:
        if self._progress is not None:
            self._progress(name, share)


def _around(file: FetchedFile, from_at: datetime, to_at: datetime) -> list[tuple[datetime, datetime]]:
    """What lies before and after what the file holds."""
    if file.first_at is None or file.last_at is None:
        return [(from_at, to_at)]
    return [span for span in ((from_at, file.first_at), (file.last_at + HOUR, to_at)) if span[0] < span[1]]


def _parted(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    parts = []
    for start_at, end_at in spans:
        at = start_at
        while at < end_at:
            parts.append((at, min(at + STRETCH, end_at)))
            at += STRETCH
    return parts


def _span(file: FetchedFile) -> str:
    if file.first_at is None or file.last_at is None:
        return "nothing held"
    return f"{len(file.rows)} held, {file.first_at:%Y-%m-%d %H:%M} to {file.last_at:%Y-%m-%d %H:%M}"
