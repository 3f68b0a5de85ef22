"""The simulated world as one MCP server: exchange, perpetual venue, calendar, mood and the operator's wealth.

Rules of this file: an answer is one JSON text of a wire model; absent is null; a
request that makes no sense is an MCPError that is not retryable.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby

from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from engine.clients.translate import write_candles, write_chain, write_instruments, write_quotes
from engine.clients.wire import (
    ChainReply,
    DeliveryWire,
    EventsWire,
    EventWire,
    FundingWire,
    InstrumentListWire,
    LevelWire,
    PriceWire,
    SentimentWire,
    StatusWire,
    TickerReply,
    TimeWire,
    Wire,
)
from engine.core.model import Candle, Family
from engine.core.rules import PaperAccountRules
from engine.market.model import Market
from engine.servers.paper_account import PaperAccount
from engine.servers.serving import Transport, run

Now = Callable[[], datetime]
CURRENCY, PAIR = "ETH", "EURUSD"
CANDLE_DAYS_MAX = 400
FUNDING_HOURS_MAX = 2000


def build_sim_server(market: Market, now: Now, paper_account: PaperAccountRules) -> MCPServer:
    """A server that plays every role over `market` at the instants `now` tells."""
    server = MCPServer("cerbero-sim", log_level="WARNING")
    _add_exchange(server, market, now)
    _add_chain(server, market, now)
    _add_perpetual(server, market, now)
    _add_surroundings(server, market, now)
    _add_portfolio(server, PaperAccount(paper_account, market), now)
    return server


def run_sim(market: Market, now: Now, paper_account: PaperAccountRules, *, transport: Transport = "stdio", port: int = 8766, token: str | None = None) -> None:
    """Serve until the process ends; HTTP listens on loopback only, behind the token where there is one."""
    run(build_sim_server(market, now, paper_account), transport=transport, port=port, token=token)


def _add_exchange(server: MCPServer, market: Market, now: Now) -> None:
    @server.tool(structured_output=False)
    async def get_status() -> str:
        """Whether the exchange is locked and when maintenance is announced."""
        status = market.venue_status(now()).value
        return _json(StatusWire(is_locked=status.is_locked, maintenance_at=status.maintenance_at))

    @server.tool(structured_output=False)
    async def get_time() -> str:
        """The exchange's clock."""
        return _json(TimeWire(now=now()))

    @server.tool(structured_output=False)
    async def get_index_price(currency: str) -> str:
        """The index in USD."""
        _require_currency(currency)
        index = market.index_usd(now())
        return _json(PriceWire.model_construct(value=index.value, observed_at=index.observed_at) if index is not None else PriceWire())

    @server.tool(structured_output=False)
    async def get_dvol(currency: str) -> str:
        """The 30-day volatility index in points."""
        _require_currency(currency)
        dvol = market.dvol_pts(now())
        return _json(LevelWire(value=dvol.value, observed_at=dvol.observed_at) if dvol is not None else LevelWire())

    @server.tool(structured_output=False)
    async def get_dvol_history(currency: str, start_at: datetime, end_at: datetime) -> str:
        """Closed hourly candles of the volatility index."""
        _require_span(currency, start_at, end_at)
        return _candles(market.dvol_history(start_at, end_at, t=now()))

    @server.tool(structured_output=False)
    async def get_candles(currency: str, start_at: datetime, end_at: datetime) -> str:
        """Closed hourly candles of the index."""
        _require_span(currency, start_at, end_at)
        return _candles(market.candles(start_at, end_at, t=now()))

    @server.tool(structured_output=False)
    async def get_delivery_prices(currency: str, expiry_at: datetime) -> str:
        """The settlement price of an expiry, null before it is known."""
        _require_currency(currency)
        return _json(DeliveryWire.model_construct(price_usd=market.delivery_price(_aware(expiry_at), t=now())))


def _add_chain(server: MCPServer, market: Market, now: Now) -> None:
    @server.tool(structured_output=False)
    async def get_instruments(currency: str, family: str) -> str:
        """Every listed option of a family."""
        _require_currency(currency)
        groups = groupby(sorted(market.instruments(now(), family=_family(family)), key=lambda option: option.expiry_at), key=lambda option: option.expiry_at)
        return _json(InstrumentListWire.model_construct(expiries=[write_instruments(list(options)) for _, options in groups]))

    @server.tool(structured_output=False)
    async def get_option_chain(currency: str, family: str, expiry_from: datetime, expiry_to: datetime) -> str:
        """The options of the expiries within the bounds with prices, sizes and Greeks."""
        _require_currency(currency)
        chain = market.chain(now(), expiry_from=_aware(expiry_from), expiry_to=_aware(expiry_to), family=_family(family))
        return _json(ChainReply.model_construct(chain=write_chain(chain) if chain is not None else None))

    @server.tool(structured_output=False)
    async def get_ticker(instrument_name: str) -> str:
        """One option's market, null when it is not listed."""
        quote = market.ticker(now(), instrument_name)
        return _json(TickerReply.model_construct(quotes=write_quotes([quote]) if quote is not None else None))


def _add_perpetual(server: MCPServer, market: Market, now: Now) -> None:
    @server.tool(structured_output=False)
    async def get_funding(coin: str, hours: int) -> str:
        """Hourly funding rates of the last hours."""
        _require_currency(coin)
        if not 1 <= hours <= FUNDING_HOURS_MAX:
            raise _refusal(f"hours must be 1 to {FUNDING_HOURS_MAX}")
        t = now()
        rates = market.funding(t - timedelta(hours=hours), t, t=t)
        return _json(FundingWire.model_construct(at_s=[int(rate.at.timestamp()) for rate in rates], hourly_frac=[rate.hourly_frac for rate in rates]))

    @server.tool(structured_output=False)
    async def get_mark(coin: str) -> str:
        """The perpetual's mark price in USD."""
        _require_currency(coin)
        mark = market.perp_mark_usd(now())
        return _json(PriceWire.model_construct(value=mark.value, observed_at=mark.observed_at) if mark is not None else PriceWire())


def _add_surroundings(server: MCPServer, market: Market, now: Now) -> None:
    @server.tool(structured_output=False)
    async def get_events(from_at: datetime, to_at: datetime) -> str:
        """Macro events within the bounds, and how far each type's official dates reach."""
        calendar = market.macro(_aware(from_at), _aware(to_at), t=now())
        if calendar is None:
            return _json(EventsWire(observed_at=None, events=[], covered_until={}))
        events = [EventWire(name=event.name, severity=event.severity, at=event.at, source=event.source) for event in calendar.value.events]
        return _json(EventsWire(observed_at=calendar.observed_at, events=events, covered_until=dict(calendar.value.covered_until)))

    @server.tool(structured_output=False)
    async def get_fx(pair: str) -> str:
        """USD per EUR."""
        if pair != PAIR:
            raise _refusal(f"pair {pair} is not quoted here")
        rate = market.fx_usd_per_eur(now())
        return _json(PriceWire.model_construct(value=rate.value, observed_at=rate.observed_at) if rate is not None else PriceWire())

    @server.tool(structured_output=False)
    async def get_sentiment(coin: str) -> str:
        """Fear & greed."""
        _require_currency(coin)
        mood = market.sentiment(now())
        if mood is None:
            return _json(SentimentWire())
        return _json(SentimentWire(observed_at=mood.observed_at, fear_greed=mood.value.fear_greed, liquidation_heat_pctile=mood.value.liquidation_heat_pctile))


def _add_portfolio(server: MCPServer, account: PaperAccount, now: Now) -> None:
    @server.tool(structured_output=False)
    async def get_portfolio() -> str:
        """The paper account marked at the present index and exchange rate."""
        return _json(account.portfolio(now()))


def _candles(candles: tuple[Candle, ...]) -> str:
    return _json(write_candles(candles))


def _json(wire: Wire) -> str:
    return wire.model_dump_json()


def _require_currency(currency: str) -> None:
    if currency != CURRENCY:
        raise _refusal(f"{currency} is not traded here")


def _family(name: str) -> Family:
    if name not in [family.value for family in Family]:
        raise _refusal(f"contract family {name} is not traded here, only {' and '.join(Family)}")
    return Family(name)


def _require_span(currency: str, start_at: datetime, end_at: datetime) -> None:
    _require_currency(currency)
    if not timedelta(0) <= _aware(end_at) - _aware(start_at) <= timedelta(days=CANDLE_DAYS_MAX):
        raise _refusal(f"ask for at most {CANDLE_DAYS_MAX} days of candles, start before end")


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise _refusal(f"{at.isoformat()} has no time zone")
    return at


def _refusal(message: str) -> MCPError:
    return MCPError(INVALID_PARAMS, message, {"retryable": False})
