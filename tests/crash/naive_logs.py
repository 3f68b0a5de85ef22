"""What a bot writes that keeps its libraries' own logs: one call to Telegram, one to a server with a key in its header.

`python -m tests.crash.naive_logs TOKEN BOT_API_URL KEY SERVER_URL`
"""

from __future__ import annotations

import asyncio
import logging
import sys

import httpx
import telegram


async def main(token: str, api_url: str, key: str, server_url: str) -> None:
    logging.basicConfig(level=logging.DEBUG)
    log = logging.getLogger("naive")
    async with telegram.Bot(token, base_url=api_url) as bot:
        log.info("started %r", bot)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as client:
        try:
            (await client.get(server_url)).raise_for_status()
        except httpx.HTTPStatusError as error:
            log.exception("failed %s", error.request.headers["authorization"])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
