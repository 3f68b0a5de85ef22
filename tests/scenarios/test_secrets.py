"""Three planted secrets at the most talkative log level: they may be in no output, log, store, audit row or backup."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.switchboard import serve_telegram
from bot.telegram import TelegramDoor
from engine.clients.bundle import connect_clients
from engine.clients.servers_file import HttpServer, connection_of
from engine.clock import SystemClock
from engine.config import load_settings
from engine.errors import ConfigError, VenueError
from engine.home import home_at
from engine.log import NOISY, configure_logging, get_logger
from engine.safety.backup import create_backup
from engine.safety.evidence import judge_home
from engine.state.audit import export_line
from engine.state.repository import Store
from tests.engine.core.builders import NOW
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.http_server import HttpReply
from tests.fakes.http_server import HttpServer as FakeHttp
from tests.plain_logs import plain_logs
from tests.scenarios.house import ANNA, House, house

TOKEN = "987654321:AAPlantedPlantedPlantedPlanted_-00"
API_KEY = "planted-api-key/7+x=="
WEBHOOK_SECRET = 'planted"webhook\\secret'
SECRETS = (TOKEN, API_KEY, WEBHOOK_SECRET)
ENVIRON = {"CERBERO_TELEGRAM_TOKEN": TOKEN, "DERIBIT_API_KEY": API_KEY, "MY_WEBHOOK_SECRET": WEBHOOK_SECRET, "CERBERO_OPERATORS": "7:admin"}
# What any spelling of them must contain: the part no encoding changes.
MARKS = (b"AAPlantedPlanted", b"planted-api-key", b"webhook\\\\secret", b"webhook\\secret", b"planted%22webhook")

log = get_logger("tests.secrets")


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, levels = list(root.handlers), root.level, {name: logging.getLogger(name).level for name in NOISY}
    yield
    for handler in tuple(root.handlers):
        root.removeHandler(handler)
        if handler not in handlers:
            handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(capture=False)
    plain_logs()


async def test_no_planted_secret_is_found_anywhere_after_cards_errors_and_tracebacks(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    home = home_at(tmp_path)
    home.log_dir.mkdir()
    home.backups.mkdir()
    settings = load_settings(ENVIRON)
    secrets = [secret.get_secret_value() for secret in settings.secrets]
    configure_logging(home.log_dir, now=SystemClock().wall, secrets=secrets, level="DEBUG", console_level="DEBUG")
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.DEBUG)
    log.debug("test.settings", settings=settings, secrets=secrets, token=TOKEN)
    async with FakeBotApi(token=TOKEN, people={ANNA.user_id: "Anna"}) as api, house(tmp_path) as engine:
        await engine.run_until(NOW)
        await talks_through_faults(api, engine)
        await asks_a_server_with_a_key(engine)
        fails_with_tracebacks(api)
    assert judge_home(home, anchors=None).ok
    create_backup(home, now=NOW)
    export(home.db, home.root / "rows.jsonl")
    told = capfd.readouterr()
    (home.root / "output.txt").write_text(told.out + told.err, encoding="utf-8")

    files = [file for file in home.root.rglob("*") if file.is_file()]
    hits = [(file.name, mark) for file in files for mark in MARKS if mark in file.read_bytes()]
    logged = b"".join(file.read_bytes() for file in home.log_dir.iterdir())
    assert hits == []
    assert [name for name in (b"httpx", b"telegram", b"peewee", b"Traceback") if name not in logged] == [], "the talkative ones were heard"
    assert logged.count(b"[hidden]") > 10
    assert b"[hidden]" in told.err.encode()
    assert len(files) >= 6


async def talks_through_faults(api: FakeBotApi, engine: House) -> None:
    """Commands, cards and alerts over the real library, while Telegram errs in every way it knows, the token in its words."""
    telegram = TelegramDoor(TOKEN, base_url=api.base_url)
    log.debug("test.door", door=telegram, bot=telegram._bot)
    chat = asyncio.create_task(serve_telegram(engine.door, telegram, clock=SystemClock()))
    try:
        for number, (code, said) in enumerate(((500, ""), (400, f"can't parse entities of bot{TOKEN}"), (429, ""), (403, f"bot{TOKEN} was blocked")), start=1):
            api.fault("sendMessage", code=code, description=said, retry_after=1 if code == 429 else None)
            api.say(ANNA.user_id, "/status" if number % 2 else "/why")
        api.drop("sendMessage")
        api.garbage("sendMessage")
        api.fault("getUpdates", code=502)
        api.say(ANNA.user_id, "/pending")
        await api.wait_until(lambda: len(api.calls_of("sendMessage")) >= 5, timeout=20)
        api.heal()
        api.say(ANNA.user_id, "/audit_verify")
        await api.wait_for(lambda message: "The chain holds" in message.text, timeout=20)
        api.fault("getMe", code=401)
        with suppress(ConfigError):
            await TelegramDoor(TOKEN, base_url=api.base_url).check_token()
    finally:
        chat.cancel()
        with suppress(asyncio.CancelledError):
            await chat


async def asks_a_server_with_a_key(engine: House) -> None:
    """A server whose address and header carry the key refuses; its refusal goes where every refusal goes."""

    async def refuse(_: object) -> HttpReply:
        return HttpReply(status=401, body=json.dumps({"error": f"key {API_KEY} is not known"}).encode(), content_type="application/json")

    server = FakeHttp(refuse)
    await server.start()
    address = f"http://127.0.0.1:{server.port}/mcp/{quote(API_KEY, safe='')}"
    spec = HttpServer(name="deribit", url=address, headers={"Authorization": f"Bearer {API_KEY}"})
    log.debug("test.server", spec=spec)
    clients = connect_clients({"deribit": connection_of(spec)})
    try:
        with pytest.raises(VenueError) as refused:
            await clients.deribit.get_index_price()
        said = str(refused.value)
        log.error("venue.failed", error=said, exc_info=refused.value)
        await engine.desk.store.write(lambda tx: tx.audit(actor="engine", type="test.venue_failed", ref="", body={"error": said}))
        await engine.door.hold("venue", said)
    finally:
        await clients.aclose()
        await server.stop()


def fails_with_tracebacks(api: FakeBotApi) -> None:
    """What a mistake of ours or of a library's would write: addresses, arguments, exceptions with causes."""
    try:
        try:
            raise LookupError(f"no route to {api.base_url}{TOKEN}/getMe")
        except LookupError as cause:
            raise RuntimeError(f"webhook secret {WEBHOOK_SECRET} with {API_KEY}") from cause
    except RuntimeError as error:
        log.error("test.broke", exc_info=error, headers={"x-secret-token": WEBHOOK_SECRET}, cause=error)
        logging.getLogger("telegram.ext").exception("failed with %s", SECRETS)
        logging.getLogger("httpcore.http11").debug("send_request_headers %r", (API_KEY.encode(), WEBHOOK_SECRET))


def export(db: Path, out: Path) -> None:
    store = Store.open_readonly(db)
    lines = store.read_sync(lambda tx: [export_line(row) for row in tx.audit_stream()])
    store.close()
    out.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
