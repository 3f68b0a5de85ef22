"""The exact text of the commands about the book, the money and the program itself, in both languages. After a wanted change: pytest --update-golden."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.dispatch import dispatch
from bot.format import TEXT_MAX_UNITS, Pre, units
from bot.handlers import COMMANDS
from bot.messages.voice import voice
from bot.text import LANGUAGES
from bot.views import book
from engine.api import ActionResult, Operator, RiskView
from engine.views import NoteLine
from tests.bot import fake_console, fake_views
from tests.bot.commands.requests import WallClock, order
from tests.bot.commands.test_golden import usual, written
from tests.bot.fake_accounts import ACCOUNT_BLIND, many_days
from tests.bot.fake_engine import ADMIN, FakeEngine, as_engine

GOLDEN = Path(__file__).parents[2] / "golden" / "console"


def empty(engine: FakeEngine) -> None:
    shipped = tuple(row for row in fake_console.SETTINGS.rows if not row.is_own)
    engine.settings_view = replace(fake_console.SETTINGS, rows=shipped, waiting=())
    engine.log_lines = ()
    engine.backups_view = replace(fake_console.BACKUPS, taken="", problem="another backup is being written at this moment", backups=())


def flat(engine: FakeEngine) -> None:
    engine.risk_view = fake_console.RISK_FLAT


def blind(engine: FakeEngine) -> None:
    engine.risk_view = fake_console.RISK_BLIND


def broken(engine: FakeEngine) -> None:
    engine.settings_view = replace(fake_console.SETTINGS, waiting=(), problem="config.toml:3: entry.dvol_min_pts: is no number. Write 35")


def noted(engine: FakeEngine) -> None:
    lines = (NoteLine(at=fake_views.NOW, by="Ada", words="closed for the <b>holidays</b>"),)
    engine.position_views = (replace(fake_views.POSITION, notes=lines),)


def paired(engine: FakeEngine) -> None:
    engine.people.answer = ActionResult(code="paired", ok=True, facts={"role": "admin"})


def unlisted(engine: FakeEngine) -> None:
    engine.smile_view = fake_console.SMILE_UNLISTED


def unheld(engine: FakeEngine) -> None:
    engine.smile_view = replace(fake_console.SMILE, chart=replace(fake_console.SMILE.chart, chosen=()))


def unquoted(engine: FakeEngine) -> None:
    engine.smile_view = replace(fake_console.SMILE, chart=replace(fake_console.SMILE.chart, puts=(), calls=(), chosen=(), atm_iv_frac=None, rr25_pts=None))


def tradeless(engine: FakeEngine) -> None:
    engine.accounts.trades, engine.accounts.slips, engine.accounts.open_trades = (), (), 0


def blind_account(engine: FakeEngine) -> None:
    engine.accounts.account_view = ACCOUNT_BLIND


def busy(engine: FakeEngine) -> None:
    engine.accounts.trades = many_days(40)


CASES: dict[str, tuple[str, Callable[[FakeEngine], None]]] = {
    "risk": ("/risk", usual),
    "risk_flat": ("/risk", flat),
    "risk_blind": ("/risk", blind),
    "smile": ("/smile", usual),
    "smile_unheld": ("/smile 20mar26", unheld),
    "smile_unquoted": ("/smile 2026-03-20", unquoted),
    "smile_unlisted": ("/smile 2026-03-21", unlisted),
    "smile_not_understood": ("/smile friday", usual),
    "report": ("/report", usual),
    "report_month": ("/report 2026-09", usual),
    "report_not_understood": ("/report september", usual),
    "account": ("/account", usual),
    "account_blind": ("/account", blind_account),
    "stats": ("/stats", usual),
    "stats_busy": ("/stats 90d", busy),
    "stats_none": ("/stats", tradeless),
    "stats_not_understood": ("/stats yesterday", usual),
    "pnl": ("/pnl", usual),
    "pnl_busy": ("/pnl day", busy),
    "pnl_week": ("/pnl week", usual),
    "pnl_month": ("/pnl month", busy),
    "pnl_none": ("/pnl", tradeless),
    "pnl_not_understood": ("/pnl day week", usual),
    "history_file": ("/history all losers csv", usual),
    "history_file_empty": ("/history csv", tradeless),
    "operators": ("/operators", usual),
    "notify": ("/notify", usual),
    "note": ("/note 7 away on Friday", usual),
    "note_not_understood": ("/note 7", usual),
    "position_noted": ("/position 7", noted),
    "stage": ("/stage", usual),
    "stage_not_ready": ("/stage PROMOTE SOFT C0FF the numbers are there", usual),
    "stage_demoted": ("/stage demote strange fills", usual),
    "stage_not_understood": ("/stage PROMOTE SOFT C0FF", usual),
    "quiet": ("/quiet", usual),
    "quiet_chosen": ("/quiet 22 7:30", usual),
    "pair": ("/pair 7F3A9-K2MQX", usual),
    "paired": ("/pair 7F3A9-K2MQX", paired),
    "language": ("/language", usual),
    "language_chosen": ("/language it", usual),
    "timezone": ("/timezone", usual),
    "timezone_chosen": ("/timezone Europe/Rome", usual),
    "version": ("/version", usual),
    "whoami": ("/whoami", usual),
    "config": ("/config", usual),
    "config_shipped": ("/config", empty),
    "config_broken": ("/config", broken),
    "config_table": ("/config entry", usual),
    "config_all": ("/config all", usual),
    "config_unknown": ("/config entri", usual),
    "logs": ("/logs", usual),
    "logs_empty": ("/logs 5", empty),
    "backup": ("/backup", usual),
    "backup_failed": ("/backup", empty),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
async def test_the_answer_reads_exactly_as_written_down(name: str, language: str, request: pytest.FixtureRequest) -> None:
    line, arrange = CASES[name]
    engine = FakeEngine(operators=(Operator(user_id=ADMIN, chat_id=ADMIN, role="admin", language=language),))
    arrange(engine)

    replies = await dispatch(order(line), as_engine(engine), clock=WallClock())
    shown = "\n\n---\n\n".join(written(reply) for reply in replies) + "\n"
    if name == "whoami":
        # How many commands there are is no business of this page.
        shown = shown.replace(str(len(COMMANDS)), "N")
    path = GOLDEN / f"{name}.{language}.html"
    if request.config.getoption("--update-golden", default=False):
        path.write_text(shown, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == shown
    assert all(units(reply.html) <= TEXT_MAX_UNITS for reply in replies)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", [fake_console.RISK, fake_console.RISK_HUGE, replace(fake_console.RISK, rows=fake_console.RISK_HUGE.rows)])
async def test_the_tables_of_the_risk_fit_a_phone(view: RiskView, language: str) -> None:
    tables = [block.value for block in book.risk(view, voice(language)) if isinstance(block, Pre)]

    assert len(tables) == 2
    assert [{len(row) for row in table.split("\n")} for table in tables] == [{33}, {33}]
    assert all(re.fullmatch(r"[+-]?\d.*", cell) for table in tables for row in table.split("\n")[1:] for cell in row.split())
