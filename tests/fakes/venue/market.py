"""The market at the venue: index, DVOL, funding and an order book per instrument, every one of them the test's to move.

Rules of this file: the same seed and the same moves give the same books; what a test quotes
stays as quoted until it quotes anew; what our orders take is gone until the market moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from random import Random

from tests.fakes.venue.clock import Now
from tests.fakes.venue.errors import bad_param, refusal
from tests.fakes.venue.listing import Contract, Family, expiries, next_expiry, option_name, strikes
from tests.fakes.venue.pricing import Valued, smile_iv, value
from tests.fakes.venue.series import Series

PERPETUAL = "ETH-PERPETUAL"
INDEX_NAMES = ("eth_usd", "eth_usdc")
BASIS_PER_YEAR = 0.02
RELIST_MOVE = Decimal("0.05")
HOURLY_FUNDING = 0.0000125
Pairs = Sequence[tuple[str, str | int]]


@dataclass(frozen=True, slots=True)
class Level:
    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Best levels first; `mark` in the quote coin, of which one ETH is worth `coins_per_eth`."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    mark: Decimal
    forward: float
    valued: Valued
    coins_per_eth: float = 1.0

    @property
    def bid(self) -> Level | None:
        return self.bids[0] if self.bids else None

    @property
    def ask(self) -> Level | None:
        return self.asks[0] if self.asks else None

    def limits(self) -> tuple[Decimal, Decimal]:
        """The lowest and the highest price an order may name."""
        band = max(abs(self.mark) * Decimal("0.5"), Decimal("0.04") * Decimal(str(round(self.coins_per_eth, 4))))
        return self.mark - band, self.mark + band


@dataclass(slots=True)
class Market:
    """Everything the venue knows without knowing an account."""

    now: Now
    seed: int = 1
    hourly_funding: float = HOURLY_FUNDING
    on_move: Callable[[], None] = lambda: None
    states: dict[str, str] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    index: Series = field(init=False)
    dvol: Series = field(init=False)
    _pinned: dict[str, Book] = field(default_factory=dict)
    _taken: dict[tuple[str, str, Decimal], Decimal] = field(default_factory=dict)
    _made: dict[str, Book] = field(default_factory=dict)
    _made_at: datetime | None = None
    _listed_for: tuple[datetime, Decimal] | None = None

    def __post_init__(self) -> None:
        since = self.now()
        self.index = Series(since=since, start=2500.0, seed=f"index{self.seed}", rise_30d=0.09, wiggle=0.004)
        self.dvol = Series(since=since, start=60.0, seed=f"dvol{self.seed}", rise_30d=0.0, wiggle=0.02)
        self.contracts[PERPETUAL] = Contract(name=PERPETUAL, number=1, kind="future", family=Family.INVERSE, listed_at=since, expires_at=None)
        self.list_due()

    # ---- what a test moves

    @property
    def index_usd(self) -> Decimal:
        return Decimal(str(self.index.level))

    @index_usd.setter
    def index_usd(self, usd: Decimal | float | str) -> None:
        self.index.move(self.now(), float(usd))
        self._moved()

    @property
    def dvol_pts(self) -> float:
        return self.dvol.level

    @dvol_pts.setter
    def dvol_pts(self, pts: float) -> None:
        self.dvol.move(self.now(), pts)
        self._moved()

    def quote(self, name: str, *, bids: Pairs = (), asks: Pairs = (), mark: str | None = None, delta: float | None = None) -> None:
        """The book of `name` is these (price, amount) levels, best first, until it is quoted again or unpinned."""
        book = self._model(self.contract(name))
        levels = tuple(tuple(Level(Decimal(price), Decimal(amount)) for price, amount in side) for side in (bids, asks))
        valued = book.valued if delta is None else replace(book.valued, delta=delta)
        self._pinned[name] = replace(book, bids=levels[0], asks=levels[1], mark=book.mark if mark is None else Decimal(mark), valued=valued)
        self._taken = {key: amount for key, amount in self._taken.items() if key[0] != name}
        self.on_move()

    @contextmanager
    def moving(self) -> Iterator[None]:
        """What is moved inside happens at once: no order meets a market that is half moved."""
        told, self.on_move = self.on_move, _wait
        try:
            yield
        finally:
            self.on_move = told
            self.on_move()

    def unpin(self, name: str) -> None:
        """The book of `name` is the model's again."""
        self._pinned.pop(name, None)
        self.on_move()

    # ---- what the venue reads

    def contract(self, name: str) -> Contract:
        """The instrument, expired or not. Raises the venue's refusals for a name it does not know."""
        if name.partition("-")[0] not in (family.value for family in Family) or name.count("-") not in (1, 3):
            raise bad_param("instrument_name", "wrong format")
        if name not in self.contracts:
            raise refusal(13020)
        return self.contracts[name]

    def is_listed(self, contract: Contract) -> bool:
        return contract.expires_at is None or contract.expires_at > self.now()

    def state(self, contract: Contract) -> str:
        """open, or why it is not."""
        if not self.is_listed(contract):
            return "closed"
        return self.states.get(contract.name, "open")

    def book(self, name: str) -> Book:
        """What is left of the book of one option or of the perpetual."""
        contract = self.contract(name)
        if contract.name in self._pinned:
            return self.left(name, self._pinned[name])
        if self._made_at != self.now():
            self._made, self._made_at = {}, self.now()
        if name not in self._made:
            self._made[name] = self._model(contract)
        return self.left(name, self._made[name])

    def left(self, name: str, book: Book) -> Book:
        """The book without what our orders have taken of it since the market moved."""
        return replace(book, bids=self._untaken(name, "bid", book.bids), asks=self._untaken(name, "ask", book.asks)) if self._taken else book

    def take(self, name: str, side: str, level: Level) -> None:
        """`level.amount` of the level at `level.price` on `side` is gone."""
        key = (name, side, level.price)
        self._taken[key] = self._taken.get(key, Decimal(0)) + level.amount

    def interest(self, name: str) -> tuple[float, float]:
        """Open interest and the day's volume, in ETH."""
        luck = Random(f"{self.seed}:interest:{name}")
        return float(luck.randint(200, 5000)), float(luck.randint(12, 300))

    def forward(self, contract: Contract) -> float:
        """The forward of the contract's expiry in USD."""
        return float(self.index_usd) * (1 + BASIS_PER_YEAR * contract.years(self.now()))

    def list_due(self) -> None:
        """The options that are due at this hour and this index are listed; those of before stay known."""
        now, spot = self.now(), self.index_usd
        first = next_expiry(now)
        if self._listed_for is not None and self._listed_for[0] == first and abs(spot / self._listed_for[1] - 1) < RELIST_MOVE:
            return
        self._listed_for = (first, spot)
        for expires_at in expiries(now):
            for strike in strikes(spot, days=(expires_at - now).total_seconds() / 86_400):
                self._list(expires_at, strike)

    def _list(self, expires_at: datetime, strike: Decimal) -> None:
        for family in Family:
            for is_call in (True, False):
                name = option_name(family, expires_at, strike, is_call=is_call)
                if name not in self.contracts:
                    number = 1000 + len(self.contracts)
                    self.contracts[name] = Contract(
                        name=name, number=number, kind="option", family=family, listed_at=self.now(), expires_at=expires_at, is_call=is_call, strike=strike
                    )

    def _moved(self) -> None:
        self._taken, self._made = {}, {}
        self.list_due()
        self.on_move()

    def _untaken(self, name: str, side: str, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        left = (Level(level.price, level.amount - self._taken.get((name, side, level.price), Decimal(0))) for level in levels)
        return tuple(level for level in left if level.amount > 0)

    def _model(self, contract: Contract) -> Book:
        if contract.kind == "future":
            return _perpetual_book(self.index_usd)
        forward, years = self.forward(contract), contract.years(self.now())
        iv = smile_iv(dvol_pts=self.dvol_pts, strike=float(contract.strike), forward=forward, years=years)
        valued = value(is_call=contract.is_call, strike=float(contract.strike), forward=forward, years=years, iv=iv)
        coins = 1.0 if contract.family is Family.INVERSE else forward
        mark = Decimal(str(round(valued.price_usd / forward * coins, 6)))
        half_eth = 0.5 * (1.5 + 0.9 * valued.vega / forward * 1e4) * 1e-4
        half = max(contract.grid.tick / 2, Decimal(str(round(half_eth * coins, 6))))
        luck = Random(f"{self.seed}:sizes:{contract.name}")
        top = Decimal(luck.randint(20, 80))
        bid, ask = contract.grid.down(mark - half), max(contract.grid.up(mark + half), contract.grid.tick)
        bids = [contract.grid.down(bid - contract.grid.tick * away) for away in (0, 5, 10)] if bid > 0 else []
        asks = [contract.grid.up(ask + contract.grid.tick * away) for away in (0, 5, 10)]
        levels = (_ladder([price for price in bids if price > 0], top), _ladder(asks, top))
        return Book(bids=levels[0], asks=levels[1], mark=mark, forward=forward, valued=valued, coins_per_eth=coins)


def _wait() -> None:
    """Nobody is told yet."""


def _ladder(prices: list[Decimal], top: Decimal) -> tuple[Level, ...]:
    return tuple(Level(price, top * (place + 1)) for place, price in enumerate(dict.fromkeys(prices)))


def _perpetual_book(index_usd: Decimal) -> Book:
    step = Decimal("0.05")
    mid = (index_usd / step).to_integral_value() * step
    valued = Valued(price_usd=float(mid), iv=0.0, delta=1.0, gamma=0.0, vega=0.0, theta=0.0)
    bids = tuple(Level(mid - step * away, Decimal(10_000 * away)) for away in (1, 2, 3))
    asks = tuple(Level(mid + step * away, Decimal(10_000 * away)) for away in (1, 2, 3))
    return Book(bids=bids, asks=asks, mark=mid, forward=float(index_usd), valued=valued, coins_per_eth=float(index_usd))
