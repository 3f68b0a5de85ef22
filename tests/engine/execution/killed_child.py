"""Works one approved order in a process of its own and kills that process at a named step: `python -m tests.engine.execution.killed_child`.

It reads one order a line as JSON (home, url, client id and secret, and when to die), forks, and says with what the child ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr

from engine.clients.mcp import CALL_DEADLINE_S, REPLY_BYTES_MAX, McpConnection, in_memory
from engine.clock import ManualClock
from engine.config import default_rules
from engine.core.limit_ladder import Ladder
from engine.core.model import Family, Stage
from engine.execution.carrying import carry_out
from engine.execution.door import Door
from engine.execution.permission import Lane, venue_access
from engine.execution.room import OrderRoom
from engine.execution.working import Task
from engine.safety.kill_switch import KillSwitch
from engine.servers.deribit import DeribitServer, Key, Network, VenueSettings
from engine.state.repository import Store, Transaction

R = TypeVar("R")
DONE, KILLED = 0, -signal.SIGKILL


class Death:
    """Kills this process at the `number`-th thing of its kind, before or after it."""

    def __init__(self, kind: str, number: int) -> None:
        self.kind, self.left = kind, number

    def at(self, kind: str) -> None:
        """A thing of this kind is due, or done."""
        if kind == self.kind:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class MortalStore:
    """The store, before and after whose commits one may die."""

    def __init__(self, store: Store, death: Death) -> None:
        self._store, self._death = store, death

    async def write(self, work: Callable[[Transaction], R]) -> R:
        self._death.at("before commit")
        result = await self._store.write(work)
        self._death.at("after commit")
        return result

    async def read(self, query: Callable[[Transaction], R]) -> R:
        return await self._store.read(query)


class MortalCaller:
    """The connection, before and after whose trading calls one may die; before the answer is known, after the venue has acted."""

    def __init__(self, connection: McpConnection, death: Death) -> None:
        self._connection, self._death = connection, death

    @property
    def name(self) -> str:
        return self._connection.name

    async def call(self, tool: str, arguments: dict[str, Any], *, deadline_s: float = CALL_DEADLINE_S, max_bytes: int = REPLY_BYTES_MAX) -> str:
        is_trading = tool in ("create_combo", "place_order", "edit_order", "cancel_order")
        if is_trading:
            self._death.at("before call")
        text = await self._connection.call(tool, arguments, deadline_s=deadline_s, max_bytes=max_bytes)
        if is_trading:
            self._death.at("after call")
        return text


async def work(asked: dict[str, Any]) -> None:
    """The one approved intent of the home has been worked to its end, if nobody died."""
    home, death = Path(asked["home"]), Death(asked["kind"], asked["number"])
    clock = ManualClock(datetime.fromisoformat(asked["now"]))
    store = Store.open(home / "cerbero.db", origin="real", clock=clock, boot="child")
    key = Key(client_id=asked["id"], client_secret=SecretStr(asked["secret"]))
    server = DeribitServer(VenueSettings(network=Network.TESTNET, url=asked["url"], key=key, is_trading_on=True), clock.now)
    connection = McpConnection("deribit", in_memory(server.mcp))
    mortal = MortalStore(store, death)
    room = OrderRoom(
        store=mortal,  # type: ignore[arg-type]
        clock=clock,
        venue=venue_access(Lane.VENUE, MortalCaller(connection, death), family=Family.INVERSE, is_testnet=True),
        door=Door(lane=Lane.VENUE, stage=Stage.FULL, rules=default_rules(), kill_switch=KillSwitch(home)),
        tell=lambda _tx, _code, _key, _facts: None,
    )
    (intent,) = store.read_sync(lambda tx: tx.unsettled_orders())
    terms = store.read_sync(lambda tx: tx.intent_terms(intent.order_id))
    if terms is None:
        raise LookupError("the intent has no terms")
    limits = (intent.limit_coin, terms.worst_received_coin)
    await carry_out(room, Task(intent=intent, terms=terms, ladder=Ladder(limits_coin=limits, step_s=10, timeout_s=20)))
    await connection.aclose()
    await server.aclose()
    store.close()


def main() -> None:
    """Forks a child for every line."""
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                asyncio.run(work(json.loads(line)))
                code = DONE
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
