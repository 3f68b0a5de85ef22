"""History that cannot be replayed is answered in one sentence that names file, line and what to do."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from engine.app import MarketPlan, replay
from engine.errors import ConfigError
from engine.home import home_at
from engine.market.folder import CHAINS, DVOL, SPOT
from engine.research.policy import Manner
from tests.engine.market.histories import FIRST_AT, HOURS, write_history

LINE = 100
CHAIN_HEAD = "timestamp,instrument_name,expiry,strike,bid,ask,mark,mark_iv,open_interest,volume_24h,underlying_price,index_price"
CHAIN_ROW = "2026-02-05T14:00:00Z,ETH-27FEB26-1800-P,2026-02-27T08:00:00Z,1800,0.004,0.005,0.0045,0.62,900,40,2001.5,2000.0"

Damage = Callable[[Path], None]


def changed(name: str, change: Callable[[list[str]], list[str]]) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / name
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")

    return damage


def with_field(column: int, text: str) -> Callable[[list[str]], list[str]]:
    def change(lines: list[str]) -> list[str]:
        fields = lines[LINE].split(",")
        fields[column] = text
        return [*lines[:LINE], ",".join(fields), *lines[LINE + 1 :]]

    return change


def with_chain(text: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / CHAINS).mkdir()
        (folder / CHAINS / "eth_chain_2026-02.csv.gz").write_bytes(gzip.compress(text.encode()))

    return damage


def broken(name: str, text: str) -> Damage:
    """The packed text with the first bytes of its body changed, as a failing disk changes them."""

    def damage(folder: Path) -> None:
        packed = bytearray(gzip.compress(text.encode(), mtime=0))
        packed[10:14] = b"\xff\xff\xff\xff"
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(bytes(packed))

    return damage


BAD: dict[str, tuple[Damage, str]] = {
    "an hour is missing": (changed(SPOT, lambda lines: [*lines[:LINE], *lines[LINE + 1 :]]), r":10[01]: "),
    "an hour stands twice": (changed(DVOL, lambda lines: [*lines[:LINE], lines[LINE], *lines[LINE:]]), r":10[12]: "),
    "a price is not a number": (changed(SPOT, with_field(4, "NaN")), r":101: .*not a number"),
    "a price is infinite": (changed(SPOT, with_field(4, "inf")), r":101: .*not a number"),
    "a price is negative": (changed(SPOT, with_field(4, "-2000")), r":10[01]: "),
    "DVOL is a fraction": (changed(DVOL, with_field(4, "0.62")), r":10[01]: "),
    "a column is missing": (changed(DVOL, lambda lines: ["timestamp,open,high,low,last", *lines[1:]]), r"column close is missing"),
    "the file is empty": (changed(SPOT, lambda _: []), r"no data"),
    "there is no DVOL": (lambda folder: (folder / DVOL).unlink(), r"missing"),
    "a chain lacks a column": (with_chain(CHAIN_HEAD.replace("mark_iv,", "") + "\n" + CHAIN_ROW + "\n"), r"column mark_iv is missing"),
    "a chain's volatility is no number": (with_chain(CHAIN_HEAD + "\n" + CHAIN_ROW.replace("0.62", "nan") + "\n"), r"mark_iv is missing"),
    "a chain's line contradicts its name": (with_chain(CHAIN_HEAD + "\n" + CHAIN_ROW.replace(",1800,", ",1900,") + "\n"), r"contradicts the columns"),
    "a chain's line is cut off": (with_chain(CHAIN_HEAD + "\n" + CHAIN_ROW[:60] + "\n"), r"a line cannot be read"),
    "a chain cannot be unpacked": (
        lambda folder: ((folder / CHAINS).mkdir(), (folder / CHAINS / "eth_chain_2026-02.csv.gz").write_bytes(b"plain text")),
        r"cannot be unpacked",
    ),
    "a chain is broken inside": (broken(f"{CHAINS}/eth_chain_2026-02.csv.gz", CHAIN_HEAD + "\n" + CHAIN_ROW + "\n"), r"cannot be unpacked"),
    "a packed file is broken inside": (
        lambda folder: (broken(f"{SPOT}.gz", (folder / SPOT).read_text())(folder), (folder / SPOT).unlink()),
        r"eth_usd_1h\.csv\.gz: the file cannot be read",
    ),
}


async def lived(folder: Path, tmp_path: Path, *, first_day: float = 31.0, last_day: float = 38.0, is_full: bool = False) -> None:
    await replay(
        home=home_at(tmp_path / "home"),
        market=MarketPlan(history=folder),
        from_at=FIRST_AT + timedelta(days=first_day),
        to_at=FIRST_AT + timedelta(days=last_day),
        manner=Manner(is_full=is_full),
        scratch=tmp_path,
    )


@pytest.mark.parametrize("name", BAD)
async def test_damaged_history_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    damage, told = BAD[name]
    folder = write_history(tmp_path / "history")
    damage(folder)

    with pytest.raises(ConfigError) as refused:
        await lived(folder, tmp_path)

    said = str(refused.value)
    assert re.search(told, said), said
    assert str(folder) in said
    assert "\n" not in said.strip()


@pytest.mark.parametrize(
    ("first_day", "last_day", "told"),
    [(-400.0, -390.0, "history can answer"), (5.0, 20.0, "history can answer"), (31.0, 400.0, "history can answer"), (38.0, 31.0, "comes after the last")],
)
@pytest.mark.parametrize("is_full", [False, True])
async def test_period_out_of_the_history_is_refused_before_anything_is_lived_through(
    tmp_path: Path, first_day: float, last_day: float, told: str, is_full: bool
) -> None:
    folder = write_history(tmp_path / "history")

    with pytest.raises(ConfigError, match=told):
        await lived(folder, tmp_path, first_day=first_day, last_day=last_day, is_full=is_full)


async def test_the_last_hour_of_a_history_can_still_be_lived_through(tmp_path: Path) -> None:
    await lived(write_history(tmp_path / "history"), tmp_path, first_day=HOURS / 24 - 3, last_day=HOURS / 24)
