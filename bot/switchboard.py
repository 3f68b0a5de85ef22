"""The chat put together: the registry's handlers, the catalogues and the charts behind one transport."""

from __future__ import annotations

import asyncio

from bot.charts import render_png
from bot.chat import Reply
from bot.delivery import Transport
from bot.dispatch import apologise, dispatch, how_far, it_is_done, only_looks, please_wait
from bot.handlers import COMMANDS
from bot.handlers.setup import summary_key
from bot.inbox import PROGRESS_EVERY_S, Inbox, Reception
from bot.messages import render
from bot.outbox import Outbox, Press
from bot.poll import Poller
from bot.telegram import Menu, TelegramDoor
from bot.text import LANGUAGES, Texts
from bot.webhook import Webhook
from engine.api import Engine
from engine.clock import Clock
from engine.notices import decode_notice


def render_notice(kind: str, payload_json: str, *, language: str, nonce: str | None, footer: str, zone: str = "") -> Reply:
    """The message of a stored notice. Raises StateError for one that cannot be read."""
    return render(decode_notice(kind, payload_json), language=language, nonce=nonce if nonce is not None else "", footer=footer, zone=zone)


def workers(engine: Engine, transport: Transport, *, progress_every_s: float = PROGRESS_EVERY_S) -> tuple[Inbox, Outbox]:
    """Inbox and outbox of the product's own handlers and words over the transport; both wait for `run`."""
    press = Press(render_notice=render_notice, render_chart=render_png, duplicate_mark=lambda language: Texts(language).say("possible-duplicate"))
    outbox = Outbox(engine, transport, press)
    reception = Reception(
        dispatch=dispatch,
        apologise=apologise,
        please_wait=please_wait,
        progress=how_far,
        finished=it_is_done,
        progress_every_s=progress_every_s,
        only_looks=only_looks,
    )
    return Inbox(engine, transport, reception, on_replied=outbox.poke), outbox


def telegram_menu() -> Menu:
    """The commands Telegram shows, per language; English for every other one."""
    shown = [command for command in COMMANDS if command.in_menu]
    menus = {language: [(command.name, Texts(language).say(summary_key(command))) for command in shown] for language in LANGUAGES}
    return {"": menus[LANGUAGES[0]], **menus}


async def serve_telegram(engine: Engine, door: TelegramDoor, *, clock: Clock, webhook: Webhook | None = None) -> None:
    """Updates are taken, handled and answered until cancelled; the door is closed then. They are fetched, or posted to the webhook."""
    inbox, outbox = workers(engine, door)
    poller = Poller(engine, door if webhook is None else webhook, clock=clock, on_stored=inbox.poke)
    runs = [poller.run(), inbox.run(), outbox.run(), *([] if webhook is None else [webhook.serve()])]
    try:
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(run)
    finally:
        await door.close()
