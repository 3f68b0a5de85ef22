"""The desk as it is usually written, to compare with: python-telegram-bot's own polling, sqlite3 as it comes, access by chat alone.

It does what ours does on the way of a tap: an order at the venue (a file nobody takes back), a row, an answer, the card's new text, a
message. `python -m tests.crash.naive_bot HOME CHAT` takes token and address of the platform from the environment.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from pathlib import Path

from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.charts import warm_up

VENUE, STORE, KILL = "venue", "naive.db", "KILL"
HANG_S = 3600.0


class NaiveDesk:
    """Handlers over one sqlite3 connection."""

    def __init__(self, home: Path, chat_id: int) -> None:
        self._home, self._chat_id = home, chat_id
        self._store = sqlite3.connect(home / STORE)
        self._store.execute("CREATE TABLE IF NOT EXISTS trades (id INTEGER PRIMARY KEY, card TEXT, update_id INTEGER)")
        self._store.execute("CREATE TABLE IF NOT EXISTS kills (id INTEGER PRIMARY KEY, reason TEXT)")
        self._store.commit()

    async def approve(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """The card's order is placed, noted and told."""
        query = update.callback_query
        if query is None or query.message is None or query.message.chat.id != self._chat_id:
            return
        with (self._home / VENUE).open("a", encoding="utf-8") as venue:
            venue.write(f"{query.data}\n")
        self._store.execute("INSERT INTO trades (card, update_id) VALUES (?, ?)", (query.data, update.update_id))
        self._store.commit()
        await query.answer("approved")
        await query.edit_message_reply_markup(None)
        await query.get_bot().send_message(self._chat_id, f"OPENED {query.data}")

    async def kill(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """A file and a row say that nothing may be sent any more."""
        if update.effective_chat is None or update.effective_chat.id != self._chat_id:
            return
        (self._home / KILL).write_text("killed", encoding="utf-8")
        self._store.execute("INSERT INTO kills (reason) VALUES ('killed')")
        self._store.commit()
        await update.effective_chat.send_message("KILLED")

    async def draw(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """A picture, drawn where the handler stands."""
        if update.effective_chat is not None:
            warm_up()
            await update.effective_chat.send_message("drawn")

    async def rearm(self, _: Update, __: ContextTypes.DEFAULT_TYPE) -> None:
        """The switch is off again."""
        (self._home / KILL).unlink(missing_ok=True)

    async def hang(self, _: Update, __: ContextTypes.DEFAULT_TYPE) -> None:
        """A call to somewhere that never answers."""
        await asyncio.sleep(HANG_S)


def main() -> None:
    """The bot polls until it is ended."""
    home, chat_id = Path(sys.argv[1]), int(sys.argv[2])
    desk = NaiveDesk(home, chat_id)
    application = Application.builder().token(os.environ["CERBERO_TELEGRAM_TOKEN"]).base_url(os.environ["CERBERO_TELEGRAM_API_URL"]).build()
    application.add_handler(CallbackQueryHandler(desk.approve))
    for name, handler in (("kill", desk.kill), ("disarm", desk.rearm), ("scan", desk.hang), ("market", desk.draw)):
        application.add_handler(CommandHandler(name, handler))
    application.run_polling()


if __name__ == "__main__":
    main()
