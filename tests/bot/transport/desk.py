"""The whole way of a message: fake Bot API, the real library, poller, inbox and outbox over a real store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.charts import render_png
from bot.chat import Button, ButtonStyle, Reply, Request
from bot.inbox import Inbox, Reception
from bot.outbox import Outbox, Press
from bot.poll import Poller
from bot.telegram import TelegramDoor
from bot.webhook import HookPlan, Webhook
from engine.api import Chart, Engine
from engine.clock import SystemClock
from tests.bot.transport.door import StoreDoor
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.bot_rules import small_png

POLL_S = 2.0
DEADLINE_S = 0.6

Handler = Callable[[Request, Engine], Awaitable[tuple[Reply, ...]]]


class Desk:
    """Everything between a thumb and the store; `handler` is what the commands do."""

    def __init__(
        self,
        api: FakeBotApi,
        door: StoreDoor,
        *,
        handler: Handler | None = None,
        deadline_s: float = DEADLINE_S,
        calm_s: float = 0.0,
        posted_to: HookPlan | None = None,
        only_looks: Callable[[Request], bool] = lambda _: False,
    ) -> None:
        self.api, self.door = api, door
        self.requests: list[Request] = []
        self.notices: dict[str, Reply] = {}
        self.failing_charts = self.draws_for_real = False
        self._handler = handler if handler is not None else echo
        self.telegram = TelegramDoor(api.token, base_url=api.base_url, menu={"": (("status", "How things stand"),)}, deadline_s=deadline_s)
        reception = Reception(
            dispatch=self._dispatch,
            apologise=lambda language: Reply(html=f"given up ({language})"),
            please_wait=lambda language: Reply(html=f"working on it ({language})"),
            only_looks=only_looks,
        )
        press = Press(render_notice=self._render, render_chart=self._draw, duplicate_mark=lambda _: "possible duplicate, same #id")
        self.outbox = Outbox(door, self.telegram, press, jitter=lambda: 0.0)
        self.inbox = Inbox(door, self.telegram, reception, on_replied=self.outbox.poke)
        self.webhook = None if posted_to is None else Webhook(self.telegram, posted_to)
        source = self.telegram if self.webhook is None else self.webhook
        self.poller = Poller(door, source, clock=SystemClock(), on_stored=self.inbox.poke, poll_s=POLL_S, calm_s=calm_s)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Desk:
        runs = (self.poller.run(), self.inbox.run(), self.outbox.run(), *(() if self.webhook is None else (self.webhook.serve(),)))
        self._tasks = [asyncio.create_task(run) for run in runs]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Everything is cancelled where it stands, as at a crash; the store keeps what it has."""
        for task in self._tasks:
            task.cancel()
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.telegram.close()
        mistakes = [each for each in outcomes if isinstance(each, Exception)]
        assert mistakes == []

    async def _dispatch(self, request: Request, engine: Engine) -> tuple[Reply, ...]:
        self.requests.append(request)
        return await self._handler(request, engine)

    def _render(self, kind: str, payload_json: str, *, language: str, nonce: str | None, footer: str, zone: str = "") -> Reply:
        del zone
        if kind == "broken":
            raise RuntimeError("no words for this")
        fallback = Reply(html=f"<b>{kind}</b> {language} {payload_json}\n⛓ {footer}", buttons=card_buttons(nonce) if nonce is not None else ())
        return self.notices.get(kind, fallback)

    def _draw(self, chart: Chart, *, language: str, scale: int = 1) -> bytes:
        if self.failing_charts:
            raise RuntimeError(f"no ink for {type(chart).__name__} in {language}")
        return render_png(chart, language=language, scale=scale) if self.draws_for_real else small_png(1080 * scale, 1350 * scale)


def card_buttons(nonce: str) -> tuple[tuple[Button, ...], ...]:
    """The two buttons of a card."""
    approve = Button(label="Approve", action=f"v1:approve:142:{nonce}", style=ButtonStyle.SUCCESS)
    return ((approve, Button(label="Reject", action=f"v1:reject:142:{nonce}", style=ButtonStyle.DANGER)),)


async def echo(request: Request, _: Engine) -> tuple[Reply, ...]:
    """Says what it heard; a tap is answered by a toast alone."""
    if request.callback is not None:
        return (Reply(toast=f"heard {request.callback}"),)
    if request.command is not None:
        return (Reply(html=f"did /{request.command} {' '.join(request.args)}".strip()),)
    return (Reply(html="text"),)
