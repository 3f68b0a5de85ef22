"""The chain of this moment, kept: one more snapshot in the month's file of recorded chains.

Rules of this file: prices are the venue's own, in ETH; an option without a mark, a
volatility or a forward is left out, because nothing could be carried from it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from engine.core.model import Family, Instrument, OptionType
from engine.market.folder import CHAINS, PACKED, existing, read_text, write_whole
from engine.market.listing import parse_instrument
from engine.servers.deribit.market import VENUE, index_usd
from engine.servers.deribit.rpc import Reader
from engine.servers.shapes import Number, Shape, shaped

CURRENCY = "ETH"
HEAD = (
    "timestamp",
    "instrument_name",
    "expiry",
    "option_type",
    "strike",
    "bid",
    "ask",
    "mark",
    "mark_iv",
    "open_interest",
    "volume_24h",
    "underlying_price",
    "index_price",
)
INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
PERCENT = Decimal(100)


class _Summary(Shape):
    instrument_name: str
    bid_price: Number | None = None
    ask_price: Number | None = None
    mark_price: Number | None = None
    mark_iv: Number | None = None
    underlying_price: Number | None = None
    open_interest: Number | None = None
    volume: Number | None = None


async def fetch_chain(reader: Reader, folder: Path) -> tuple[datetime, int]:
    """When the snapshot was taken and how many options it holds; it stands in the file of its month. Raises UpstreamError or ConfigError."""
    index = await index_usd(reader, CURRENCY)
    answer = await reader.ask("public/get_book_summary_by_currency", {"currency": CURRENCY, "kind": "option"})
    rows: list[_Summary] = shaped(list[_Summary], answer.result, upstream=VENUE)
    named = [(row, instrument) for row in rows if (instrument := _inverse(row)) is not None and instrument.expiry_at > answer.at]
    ordered = sorted(named, key=lambda pair: (pair[1].expiry_at, pair[1].strike_usd, pair[1].option_type))
    taken_at = answer.at.replace(microsecond=0)
    lines = [_line(row, instrument, taken_at=taken_at, index_price=index.value) for row, instrument in ordered]
    if lines:
        _append(folder / CHAINS / f"eth_chain_{taken_at:%Y-%m}.csv{PACKED}", lines)
    return taken_at, len(lines)


def _inverse(row: _Summary) -> Instrument | None:
    """The inverse option of a summary that has everything a chain is carried by."""
    if None in (row.mark_price, row.mark_iv, row.underlying_price):
        return None
    instrument = parse_instrument(row.instrument_name)
    return instrument if instrument is not None and instrument.family is Family.INVERSE else None


def _line(row: _Summary, instrument: Instrument, *, taken_at: datetime, index_price: Decimal) -> dict[str, str]:
    return {
        "timestamp": taken_at.strftime(INSTANT_FORMAT),
        "instrument_name": instrument.name,
        "expiry": instrument.expiry_at.strftime(INSTANT_FORMAT),
        "option_type": "call" if instrument.option_type is OptionType.CALL else "put",
        "strike": str(instrument.strike_usd),
        "bid": _text(row.bid_price),
        "ask": _text(row.ask_price),
        "mark": _text(row.mark_price),
        "mark_iv": _text(None if row.mark_iv is None else row.mark_iv / PERCENT),
        "open_interest": _text(row.open_interest),
        "volume_24h": _text(row.volume),
        "underlying_price": _text(row.underlying_price),
        "index_price": str(index_price),
    }


def _append(path: Path, lines: list[dict[str, str]]) -> None:
    """The month's file with the snapshot behind what it holds, in the columns it has."""
    found = existing(path)
    text = ",".join(HEAD) + "\n" if found is None else read_text(found)
    head = text.partition("\n")[0].split(",")
    if text.endswith("\n"):
        text = text[:-1]
    write_whole(path, "\n".join([text, *(",".join(line.get(name, "") for name in head) for line in lines)]) + "\n")


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number:f}"
