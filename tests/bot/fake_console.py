"""The same afternoon seen by the commands that look into the book, the money and the program itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from engine.config import default_rules
from engine.core.model import Chain, OptionType, Quote, Spread, Vertical
from engine.core.scenarios import Held
from engine.reporting.risk_grid import RiskInputs, risk_view
from engine.reporting.smile import HeldStrike, SmileInputs, smile
from engine.views import BackupLine, BackupsView, LogLine, RiskView, SettingRow, SettingsView, SmileView, VersionView
from tests.bot.fake_views import ENV, NOW
from tests.engine.core.builders import EXPIRY_AT, INDEX_USD, WEALTH, chain, priced
from tests.engine.core.builders import NOW as CHAIN_AT

VERSION = VersionView(version="0.1.0", python="3.11.9", schema=3, origin="demo", libraries=(("apsw", "3.54.1.0"), ("python-telegram-bot", "22.8")))

SETTINGS = SettingsView(
    fingerprint="c0ffee12" * 8,
    rows=(
        SettingRow(key="recorded_chain_age_max_h", value="10", default="10", section="§4"),
        SettingRow(key="entry.dvol_min_pts", value="40", default="35", section="E05"),
        SettingRow(key="entry.macro.mode", value="window", default="window", section="E04, F4"),
        SettingRow(key="exit.stop_loss_x_credit", value="2.5", default="2.5", section="§1.9"),
    ),
    waiting=(("exit.stop_loss_x_credit", "2.5", "3.0"),),
    problem="",
)

LOG = (
    LogLine(at=NOW - timedelta(minutes=6), level="info", event="engine.started", told="stage=paper market=recorded is_ready=True"),
    LogLine(at=NOW - timedelta(minutes=1), level="warning", event="input.missed", told="error=<b>no</b> answer permanent=False"),
    LogLine(at=None, level="odd", event="lost", told=""),
)

BACKUPS = BackupsView(
    taken="cerbero-20261109T140500Z-142.db",
    problem="",
    backups=(
        BackupLine(name="cerbero-20261109T140500Z-142.db", age_s=0.4, head_seq=142, size_bytes=1_843_200, soundness="verified", problem=""),
        BackupLine(name="cerbero-20261108T140500Z-120.db", age_s=86_400.0, head_seq=120, size_bytes=1_740_800, soundness="bad", problem="its size differs"),
    ),
)


def _risk(book: tuple[tuple[int, Held], ...], *, left_out: tuple[int, ...] = (), index_usd: Decimal | None = INDEX_USD) -> RiskView:
    return risk_view(
        RiskInputs(
            env=ENV,
            book=book,
            left_out=left_out,
            index_usd=index_usd,
            fx_usd_per_eur=Decimal("1.16"),
            dvol_pts=61.0,
            wealth=WEALTH,
            limits=default_rules().greeks,
            as_of=CHAIN_AT,
            data_age_s=4.0,
            is_modelled=False,
        )
    )


def _held(short: int, long: int, option_type: OptionType, size: int) -> Held:
    legs = Vertical(short=priced(short, option_type), long=priced(long, option_type))
    return Held(spread=Spread(verticals=(legs,)), quantity_eth=Decimal(size))


RISK = _risk(((7, _held(1750, 1650, OptionType.PUT, 2)), (9, _held(2250, 2350, OptionType.CALL, 1))), left_out=(8,))
"""A book of two spreads on the small market of the rules' own tests, and a third nobody quotes."""

RISK_HUGE = _risk(((7, _held(1750, 1650, OptionType.PUT, 250_000)),))
RISK_FLAT = _risk(())
RISK_BLIND = _risk((), left_out=(7,), index_usd=None)


def _skewed(flat: Chain) -> Chain:
    """The small market with puts dearer than calls, as they usually are."""

    def bent(quote: Quote) -> Quote:
        away = float(quote.instrument.strike_usd / INDEX_USD) - 1
        return replace(quote, iv_frac=0.6 - 0.25 * away + 0.9 * away**2)

    return replace(flat, quotes=tuple(bent(quote) for quote in flat.quotes))


def _smile(*, is_listed: bool = True) -> SmileView:
    expiry_at = EXPIRY_AT if is_listed else None
    chart = smile(
        SmileInputs(
            env=ENV,
            expiry_at=expiry_at,
            chain=_skewed(chain()) if is_listed else None,
            held=tuple(
                HeldStrike(trade_id=7, option_type=OptionType.PUT, strike_usd=Decimal(strike), is_short=is_short)
                for strike, is_short in ((1750, True), (1650, False))
                if is_listed
            ),
            dvol_pts=61.0 if is_listed else None,
            as_of=CHAIN_AT,
        )
    )
    week = timedelta(days=7)
    return SmileView(
        expiry_at=expiry_at,
        dte_days=17.75 if is_listed else None,
        expiries=(EXPIRY_AT - week, EXPIRY_AT, EXPIRY_AT + week),
        source="synthetic" if is_listed else "",
        chart=chart,
    )


SMILE = _smile()
SMILE_UNLISTED = _smile(is_listed=False)
