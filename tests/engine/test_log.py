"""The log: where lines go, what they say, and what they never say."""

from __future__ import annotations

import json
import logging
import stat
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from mcp.server.mcpserver import MCPServer

from engine.clock import ManualClock
from engine.log import Redactor, configure_logging, get_logger
from tests.plain_logs import plain_logs

START = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
TOKEN = "123456789:AAExampleExampleExampleExample_-12"
API_SECRET = 'pl"anted\\sécret/1'
SECRETS = (TOKEN, API_SECRET)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in tuple(root.handlers):
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    for handler in handlers:
        if handler not in root.handlers:
            root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    plain_logs()


def lines_in(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]


def test_event_is_one_json_line_with_time_level_and_values(tmp_path: Path, clock: ManualClock):
    configure_logging(tmp_path, now=clock.now)

    get_logger("engine.x").info("entry.refused", credit_eth=Decimal("0.0040"), age_s=1.5, spot_usd=float("nan"))

    assert lines_in(tmp_path) == [
        {
            "at": "2026-11-20T23:59:59.000Z",
            "level": "info",
            "event": "entry.refused",
            "credit_eth": "0.0040",
            "age_s": 1.5,
            "spot_usd": "nan",
            "logger": "engine.x",
        }
    ]


def test_each_utc_day_has_its_own_private_file(tmp_path: Path, clock: ManualClock):
    configure_logging(tmp_path, now=clock.now)
    get_logger("a").info("day.ended")
    clock.advance_to(START + timedelta(seconds=1))
    get_logger("a").info("day.began")

    assert [path.name for path in sorted(tmp_path.iterdir())] == ["2026-11-20.jsonl", "2026-11-21.jsonl"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_oldest_files_go_when_there_are_too_many(tmp_path: Path, clock: ManualClock):
    configure_logging(tmp_path, now=clock.now)
    for day in range(95):
        clock.advance_to(START + timedelta(days=day))
        get_logger("a").info("day.began")

    names = sorted(path.name for path in tmp_path.iterdir())
    assert (len(names), names[0]) == (90, "2026-11-25.jsonl")


def plant_everywhere() -> None:
    """Says the secrets in every way the house and its libraries might."""
    log = get_logger("engine.clients")
    for secret in SECRETS:
        log.debug("venue.called", url=f"https://api.telegram.org/bot{secret}/getMe", nested={"list": [{"deep": (secret,)}], secret: 1}, raw=secret.encode())
        log.info(f"event.with.{secret}", exact=secret, **{"api_key": "short"})
        try:
            raise ValueError(f"no route to {secret}") from KeyError(secret)
        except ValueError:
            log.exception("call.failed")
            logging.getLogger("mcp").exception("tool failed with %s", secret)
        for name in ("httpx", "httpcore", "telegram.ext", "apscheduler.scheduler", "mcp.server", "uvicorn.error", "anyone.else"):
            logging.getLogger(name).debug("sent to %s", secret)
            logging.getLogger(name).warning("sent to %s %r", secret, {"Authorization": secret})
        warnings.warn(f"deprecated {secret}", stacklevel=1)


def test_planted_secrets_never_appear_at_debug(tmp_path: Path, clock: ManualClock, capsys: pytest.CaptureFixture[str]):
    configure_logging(tmp_path, now=clock.now, secrets=SECRETS, level="DEBUG", console_level="DEBUG")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        plant_everywhere()

    written = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    printed = capsys.readouterr()
    for text in (written, printed.out, printed.err):
        assert "AAExample" not in text
        assert "anted" not in text
        assert '"short"' not in text
    assert "call.failed" in written
    assert "ValueError: no route to" in written
    assert printed.out == ""
    assert len(lines_in(tmp_path)) == written.count("\n")


def test_bot_token_is_hidden_even_when_nobody_named_it():
    assert Redactor().text(f"POST /bot{TOKEN}/sendMessage") == "POST /bot[hidden]/sendMessage"
    assert Redactor().text(TOKEN.replace(":", "%3A")) == "[hidden]"


def test_loud_libraries_speak_from_warning_on(tmp_path: Path, clock: ManualClock):
    configure_logging(tmp_path, now=clock.now, level="DEBUG")
    for name in ("httpx", "httpcore.http11", "telegram.ext.Updater", "apscheduler.scheduler", "mcp.client", "uvicorn.access"):
        logging.getLogger(name).info("noise")
        logging.getLogger(name).warning("signal")

    assert {line["event"] for line in lines_in(tmp_path)} == {"signal"}
    assert len(lines_in(tmp_path)) == 6


def test_root_is_taken_back_from_a_library_that_configured_it(tmp_path: Path, clock: ManualClock):
    logging.getLogger().handlers.clear()
    MCPServer("one")
    assert len(logging.getLogger().handlers) == 1

    configure_logging(tmp_path, now=clock.now)
    configure_logging(tmp_path, now=clock.now)
    get_logger("a").info("thing.happened")

    assert len(lines_in(tmp_path)) == 1
    assert len(logging.getLogger().handlers) == 2


def test_console_gets_warnings_in_words_on_stderr_only(tmp_path: Path, clock: ManualClock, capsys: pytest.CaptureFixture[str]):
    configure_logging(tmp_path, now=clock.now)
    get_logger("a").info("thing.happened")
    try:
        raise ValueError("the reason")
    except ValueError:
        get_logger("a").warning("venue.timed_out", server="deribit", exc_info=True)

    printed = capsys.readouterr()
    assert printed.err == "WARNING venue.timed_out server=deribit cause=ValueError: the reason\n"
    assert printed.out == ""


def test_log_without_a_folder_goes_to_the_console_only(clock: ManualClock, capsys: pytest.CaptureFixture[str]):
    configure_logging(None, now=clock.now, console_level="INFO")
    get_logger("a").info("thing.happened")

    assert capsys.readouterr().err == "INFO thing.happened\n"


def test_failure_to_write_a_line_is_told_without_its_content(tmp_path: Path, clock: ManualClock, capsys: pytest.CaptureFixture[str]):
    configure_logging(tmp_path / "absent", now=clock.now)
    get_logger("a").info("thing.happened", note="planted")

    assert capsys.readouterr().err == "a log line of a could not be written (FileNotFoundError)\n"


def test_endless_value_is_cut(tmp_path: Path, clock: ManualClock):
    configure_logging(tmp_path, now=clock.now)
    get_logger("a").info("thing.happened", note="x" * 100_000)

    assert len(str(lines_in(tmp_path)[0]["note"])) == 8001
