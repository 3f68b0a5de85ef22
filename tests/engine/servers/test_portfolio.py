"""The operator's wealth over a real session: paper money that survives a restart, and the account with what lies elsewhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from engine.clients import McpConnection, PortfolioClient
from engine.clients.mcp import in_memory
from engine.core.model import Family, Reading
from engine.core.model_venue import VenueAccount
from engine.core.rules import PaperAccountRules
from engine.errors import ConfigError, VenueError
from engine.servers.portfolio import Book, OwnHolding, PaperBook, Prices, RealBook, build_portfolio_server, read_own_file

NOW = datetime(2026, 9, 7, 14, 0, tzinfo=UTC)
RULES = PaperAccountRules(wealth_eur=Decimal(20000), eth_share_frac=Decimal("0.20"), exchange_share_frac=Decimal("0.30"))


class Market:
    """An index and a rate a test moves; None is missing, a failure is a server's."""

    def __init__(self, index_usd: str | None = "2320", usd_per_eur: str | None = "1.16") -> None:
        self.index_usd, self.usd_per_eur = index_usd, usd_per_eur
        self.failure: VenueError | None = None

    @property
    def prices(self) -> Prices:
        return Prices(index_usd=lambda: self._tell(self.index_usd), usd_per_eur=lambda: self._tell(self.usd_per_eur))

    async def _tell(self, text: str | None) -> Reading[Decimal] | None:
        if self.failure is not None:
            raise self.failure
        return None if text is None else Reading(value=Decimal(text), observed_at=NOW)


@asynccontextmanager
async def asked(book: Book) -> AsyncIterator[McpConnection]:
    connection = McpConnection("portfolio", in_memory(build_portfolio_server(book)))
    try:
        yield connection
    finally:
        await connection.aclose()


async def test_paper_money_is_converted_once_and_marked_afterwards(tmp_path: Path) -> None:
    market, file = Market(), tmp_path / "paper_account.json"
    async with asked(PaperBook(RULES, market.prices, lambda: NOW, file=file)) as connection:
        first = await PortfolioClient(connection).get_portfolio()
        market.index_usd = "4640"
        later = await PortfolioClient(connection).get_portfolio()

    assert first is not None
    assert later is not None
    assert (first.value.wealth_eur, first.value.eth_share_frac, first.value.available_funds_eth) == (Decimal(20000), Decimal("0.2"), Decimal(3))
    assert (later.value.wealth_eur, later.value.available_funds_eth) == (Decimal(24000), Decimal("2.5"))
    assert (first.value.initial_margin_eth, first.observed_at) == (0, NOW)
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_restart_does_not_buy_the_eth_anew(tmp_path: Path) -> None:
    market, file = Market(), tmp_path / "paper_account.json"
    await PaperBook(RULES, market.prices, lambda: NOW, file=file).portfolio()
    market.index_usd = "4640"
    again = await PaperBook(RULES, market.prices, lambda: NOW, file=file).portfolio()

    assert (again.wealth_eur, again.eth_share_frac) == (Decimal(24000), Decimal("0.3333"))


async def test_other_rules_and_a_damaged_file_begin_another_account(tmp_path: Path) -> None:
    market, file = Market(), tmp_path / "paper_account.json"
    await PaperBook(RULES, market.prices, lambda: NOW, file=file).portfolio()
    market.index_usd = "4640"
    richer = await PaperBook(replace(RULES, wealth_eur=Decimal(30000)), market.prices, lambda: NOW, file=file).portfolio()
    file.write_text('{"rules": NaN}', encoding="utf-8")
    anew = await PaperBook(RULES, market.prices, lambda: NOW, file=file).portfolio()

    assert (richer.wealth_eur, anew.wealth_eur) == (Decimal(30000), Decimal(20000))


async def test_a_folder_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    market = Market()
    book = PaperBook(RULES, market.prices, lambda: NOW, file=tmp_path / "none" / "paper_account.json")
    await book.portfolio()
    market.index_usd = "4640"

    assert (await book.portfolio()).wealth_eur == Decimal(24000)
    assert (await PaperBook(RULES, market.prices, lambda: NOW, file=None).portfolio()).wealth_eur == Decimal(20000)


@pytest.mark.parametrize(("index_usd", "usd_per_eur"), [(None, "1.16"), ("2320", None), ("0", "1.16"), ("2320", "0")])
async def test_without_a_price_the_wealth_is_missing_and_nothing_is_converted(tmp_path: Path, index_usd: str | None, usd_per_eur: str | None) -> None:
    file = tmp_path / "paper_account.json"
    async with asked(PaperBook(RULES, Market(index_usd, usd_per_eur).prices, lambda: NOW, file=file)) as connection:
        assert await PortfolioClient(connection).get_portfolio() is None

    assert not file.exists()


async def test_a_price_whose_server_fails_is_a_failure() -> None:
    market = Market()
    market.failure = VenueError("gone", server="deribit")
    async with asked(PaperBook(RULES, market.prices, lambda: NOW, file=None)) as connection:
        with pytest.raises(VenueError, match="no price for the holdings") as caught:
            await PortfolioClient(connection).get_portfolio()

    assert not caught.value.permanent


def account_of(coin: str, *, equity: str, available: str = "0", initial: str = "0", maintenance: str = "0") -> VenueAccount:
    return VenueAccount(
        network="testnet",
        coin=coin,
        observed_at=NOW,
        equity_coin=Decimal(equity),
        balance_coin=Decimal(equity),
        available_funds_coin=Decimal(available),
        initial_margin_coin=Decimal(initial),
        maintenance_margin_coin=Decimal(maintenance),
        delta_total=None,
        margin_model=None,
        is_trading_on=False,
        scope=(),
    )


ACCOUNTS = {
    "ETH": account_of("ETH", equity="2", available="1.5", initial="0.5", maintenance="0.25"),
    "USDC": account_of("USDC", equity="1160", available="580", initial="232", maintenance="116"),
}


def real_book(*, family: Family = Family.INVERSE, own_file: Path | None = None, failure: VenueError | None = None) -> RealBook:
    async def account(coin: str) -> VenueAccount:
        if failure is not None:
            raise failure
        return ACCOUNTS[coin]

    return RealBook(account, Market().prices, lambda: NOW, family=family, own_file=own_file)


async def test_real_wealth_is_the_account_and_what_the_file_says_lies_elsewhere(tmp_path: Path) -> None:
    own_file = tmp_path / "portfolio.toml"
    own_file.write_text('[bank]\ncash_eur = "12000"\n[cold_wallet]\neth = "1"\n', encoding="utf-8")
    async with asked(real_book(own_file=own_file)) as connection:
        reading = await PortfolioClient(connection).get_portfolio()
        told = json.loads(await connection.call("get_portfolio", {}))

    assert reading is not None
    assert (reading.value.wealth_eur, reading.value.eth_share_frac) == (Decimal(19000), Decimal("0.3158"))
    assert (reading.value.available_funds_eth, reading.value.initial_margin_eth, reading.value.maintenance_margin_eth) == (
        Decimal("1.5"),
        Decimal("0.5"),
        Decimal("0.25"),
    )
    assert [(row["source"], row["cash_eur"], row["eth"]) for row in told["sources"]] == [
        ("exchange", "1000.00", "2"),
        ("bank", "12000.00", "0"),
        ("cold_wallet", "0.00", "1"),
    ]


async def test_linear_contracts_are_margined_in_their_own_coin() -> None:
    told = await real_book(family=Family.LINEAR_USDC).portfolio()

    assert (told.available_funds_eth, told.initial_margin_eth, told.maintenance_margin_eth) == (Decimal("0.25"), Decimal("0.1"), Decimal("0.05"))


async def test_an_account_that_cannot_be_read_and_a_file_that_is_wrong_are_failures(tmp_path: Path) -> None:
    own_file = tmp_path / "portfolio.toml"
    own_file.write_text("[bank]\ncash = 1\n", encoding="utf-8")
    for book in (real_book(failure=VenueError("no key", server="deribit", permanent=True)), real_book(own_file=own_file)):
        async with asked(book) as connection:
            with pytest.raises(VenueError) as caught:
                await PortfolioClient(connection).get_portfolio()

        assert caught.value.permanent


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bank = 1\n", "outside a table"),
        ("[bank]\ncash = 1\n", "unknown key"),
        ('[bank]\ncash_eur = "much"\n', "no amount"),
        ("[bank]\ncash_eur = -1\n", "no amount"),
        ("[bank]\neth = true\n", "no amount"),
        ('[bank]\neth = "NaN"\n', "no amount"),
        ("[bank\n", "not TOML"),
        ("".join(f"[p{n}]\n" for n in range(51)), "more than 50"),
    ],
)
def test_a_mistake_in_the_operator_s_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "portfolio.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        read_own_file(path)


def test_amounts_keep_their_digits_and_a_missing_file_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "portfolio.toml"
    path.write_text('[a]\neth = 1.10\n[b]\ncash_eur = 5\neth = "0.25"\n', encoding="utf-8")

    assert read_own_file(path) == (
        OwnHolding(source="a", cash_eur=Decimal(0), eth=Decimal("1.10")),
        OwnHolding(source="b", cash_eur=Decimal(5), eth=Decimal("0.25")),
    )
    assert read_own_file(tmp_path / "none.toml") == ()
