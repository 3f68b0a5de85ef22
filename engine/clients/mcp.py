"""One connection per MCP server: a single owner task holds the session, callers post and wait.

Rules of this file: the owner alone enters and leaves the session, because a session
that dies cancels whoever is inside it; a call has one total deadline, retries
included; nothing that trades is ever sent twice; whatever goes wrong leaves as VenueError.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Protocol

import stamina
import structlog
from mcp.client.client import Client
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import Tool, ToolListChangedNotification

from engine.clients.breaker import Breaker
from engine.clients.call_log import CallLog
from engine.clients.child_streams import ChildCommand, child_streams
from engine.clients.decode import json_text, require_success
from engine.clients.failures import answered, broken, is_of_transport, not_asked, silent
from engine.clients.http_streams import NoAnswer, http_streams, silence_url_loggers
from engine.clients.pins import Pins, digest_of, listed_tools
from engine.clients.sessions import ConnectionState, Job, Session
from engine.clock import monotonic_s
from engine.errors import VenueError

CALL_DEADLINE_S = 10.0
CONNECT_DEADLINE_S = 15.0
REPLY_BYTES_MAX = 1_000_000
CHAIN_BYTES_MAX = 8_000_000
ATTEMPTS_MAX = 3
QUEUE_MAX = 256
RETRY_AFTER_MAX_S = 2.0
BACKOFF_INITIAL_S, BACKOFF_MAX_S, BACKOFF_JITTER_S = 0.05, 0.5, 0.05
LISTING = "tools/list"
"""In the place of a tool's name: the server's list of tools is asked for."""
PIN_CHECK_S = 900.0
"""How old the last look at a pinned server's tools may be when it is asked."""
CHANGED = "its tools are not those it had at first; look at what changed, then `cerbero-bite ping --accept` with its name"
TRADING_TOOLS = frozenset({"create_combo", "place_order", "edit_order", "cancel_order", "cancel_all"})

Connect = Callable[[], Client]

log = structlog.get_logger(__name__)

# The library's own hook warns of every further attempt, in words without a server or a tool; what failed in the end is told by whoever asked.
stamina.instrumentation.set_on_retry_hooks(())


class Caller(Protocol):
    """Whoever can call a tool; the clients need nothing else of a connection."""

    async def call(self, tool: str, arguments: dict[str, Any], *, deadline_s: float = CALL_DEADLINE_S, max_bytes: int = REPLY_BYTES_MAX) -> str: ...

    @property
    def name(self) -> str: ...


class McpConnection:
    """Calls tools of one server; reconnects by itself.

    `is_cheap`: a new session costs little, as over HTTP, so one that let a call wait in vain is left, and
    opening one ends with whoever wanted it. A child process takes its time to start and keeps it.
    """

    def __init__(self, name: str, connect: Connect, *, tools: Mapping[str, str] | None = None, breaker: Breaker | None = None, is_cheap: bool = False) -> None:
        self._name, self._connect, self._is_cheap = name, connect, is_cheap
        self._tools = dict(tools) if tools is not None else {}
        self._breaker = breaker if breaker is not None else Breaker()
        self._queue: asyncio.Queue[Job | Session] = asyncio.Queue()
        self._owner: asyncio.Task[None] | None = None
        self._is_closing = False
        self._session: Session | None = None
        self._last_error = ""
        self._pins: Pins | None = None
        self._changed: str | None = None
        self._calls: CallLog | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def state(self) -> ConnectionState:
        """How the server stands right now."""
        if self._changed is not None:
            state = "changed"
        elif self._breaker.is_tripped:
            state = "open"
        elif self._breaker.failures > 0:
            state = "down"
        else:
            state = "up" if self._session is not None else "idle"
        now_s, failing_since_s, tripped_at_s = monotonic_s(), self._breaker.failing_since_s, self._breaker.tripped_at_s
        return ConnectionState(
            name=self._name,
            state=state,
            failing_for_s=now_s - failing_since_s if failing_since_s is not None else None,
            open_for_s=now_s - tripped_at_s if tripped_at_s is not None else None,
        )

    def pin(self, pins: Pins) -> None:
        """From the next session on the server's tools are held against those it had at first."""
        self._pins = pins

    def record(self, calls: CallLog) -> None:
        """From now on every call is written down."""
        self._calls = calls

    async def call(self, tool: str, arguments: dict[str, Any], *, deadline_s: float = CALL_DEADLINE_S, max_bytes: int = REPLY_BYTES_MAX) -> str:
        """The tool's answer as checked JSON text, within `deadline_s` altogether. Raises VenueError."""
        return await self._noted(tool, arguments, self._called(tool, arguments, deadline_s=deadline_s, max_bytes=max_bytes))

    async def tell(self, tool: str, arguments: dict[str, Any], *, deadline_s: float = CALL_DEADLINE_S) -> None:
        """The tool has done it, whatever it says in whatever form; asked once and never again. Raises VenueError."""
        await self._noted(tool, arguments, self._told(tool, arguments, deadline_s=deadline_s))

    async def _noted(self, tool: str, arguments: dict[str, Any], asking: Coroutine[Any, Any, str]) -> str:
        if self._calls is None:
            return await asking
        began = self._calls.begin()
        try:
            text = await asking
        except VenueError as error:
            self._calls.note(self._name, tool, arguments, began=began, outcome=error)
            raise
        self._calls.note(self._name, tool, arguments, began=began, outcome=text)
        return text

    async def _called(self, tool: str, arguments: dict[str, Any], *, deadline_s: float, max_bytes: int) -> str:
        try:
            async with asyncio.timeout(deadline_s):
                try:
                    return await self._attempt(tool, arguments, max_bytes)
                except VenueError as error:
                    if tool in TRADING_TOOLS or self._backoff(error) is False:
                        raise
                    return await self._again(error, tool, arguments, max_bytes)
        except TimeoutError:
            raise self._silent(tool, deadline_s) from None

    async def _told(self, tool: str, arguments: dict[str, Any], *, deadline_s: float) -> str:
        try:
            async with asyncio.timeout(deadline_s):
                return await self._attempt(tool, arguments, None)
        except TimeoutError:
            raise self._silent(tool, deadline_s) from None

    async def missing(self, tools: frozenset[str], *, deadline_s: float = CALL_DEADLINE_S) -> frozenset[str]:
        """Those of `tools`, by our names, that the server does not list. Raises VenueError."""
        listed = json.loads(await self.call(LISTING, {}, deadline_s=deadline_s))
        return frozenset(tool for tool in tools if self._tools.get(tool, tool) not in listed)

    async def aclose(self) -> None:
        """The session is left and no call waits any longer; the connection cannot be used again."""
        self._is_closing = True
        if self._owner is not None:
            self._owner.cancel()
            await asyncio.gather(self._owner, return_exceptions=True)
        self._fail_waiting(NoAnswer("the connection is closed"))

    async def _again(self, first: VenueError, tool: str, arguments: dict[str, Any], max_bytes: int) -> str:
        """The second and the third attempt; the library is asked only now, because it costs as much as a small call."""
        async for attempt in stamina.retry_context(
            on=self._backoff, attempts=ATTEMPTS_MAX, timeout=None, wait_initial=BACKOFF_INITIAL_S, wait_max=BACKOFF_MAX_S, wait_jitter=BACKOFF_JITTER_S
        ):
            with attempt:
                if attempt.num == 1:
                    raise first
                return await self._attempt(tool, arguments, max_bytes)
        raise first

    async def _attempt(self, tool: str, arguments: dict[str, Any], max_bytes: int | None) -> str:
        if self._is_closing:
            raise not_asked("the connection is closed", self._name, tool, permanent=True)
        if self._changed is not None and not self._is_accepted(self._changed):
            raise not_asked(CHANGED, self._name, tool, permanent=True)
        if not self._breaker.admit(monotonic_s()):
            raise not_asked(f"the breaker is open ({self._last_error})", self._name, tool)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        try:
            self._post(Job(tool, arguments, max_bytes, answer))
            return await answer
        finally:
            self._breaker.release()

    def _post(self, job: Job) -> None:
        session = self._session
        if self._queue.qsize() + (len(session.running) if session is not None else 0) >= QUEUE_MAX:
            raise not_asked(f"{QUEUE_MAX} calls wait already", self._name, job.tool)
        if session is not None and not session.is_lost:
            # The way over the owner would cost a tenth of a small call.
            self._start(session, job)
            return
        if self._owner is None or self._owner.done():
            self._owner = asyncio.get_running_loop().create_task(self._own(), name=f"mcp-{self._name}")
        self._queue.put_nowait(job)

    async def _own(self) -> None:
        """Open a session when there is work, serve until it is lost, and again; ends only by cancellation."""
        while not self._is_closing:
            job = await self._queue.get()
            if isinstance(job, Session) or job.answer.done():
                continue
            try:
                await self._serve(job)
            except asyncio.CancelledError:
                # A dying transport cancels its host; only a cancellation from outside may end the owner.
                if self._is_closing or self._is_cancelled_from_outside():
                    raise
                self._lose(NoAnswer("the session was cancelled by its transport"), job)
            except TimeoutError as error:
                # No session came up in time. Whoever stopped waiting for it has counted the silence already.
                if job.answer.done():
                    self._fail_waiting(error)
                else:
                    self._lose(error, job)
            except Exception as error:  # transports of three kinds break in their own ways, and all mean: no session
                self._lose(error, job)

    async def _serve(self, first: Job) -> None:
        session = Session(self._connect())
        job: Job | Session = first
        async with AsyncExitStack() as stack:
            await self._enter(session, stack, first)
            self._session = session
            try:
                while job is not session:
                    if isinstance(job, Job) and not job.answer.done():
                        self._start(session, job)
                    job = await self._queue.get()
            finally:
                self._session = None
                for task in session.running:
                    task.cancel()

    async def _enter(self, session: Session, stack: AsyncExitStack, job: Job) -> None:
        loop = asyncio.get_running_loop()

        async def hear(message: object) -> None:
            if isinstance(message, ToolListChangedNotification):
                session.look_again_s = 0.0

        session.client.message_handler = hear
        async with asyncio.timeout(CONNECT_DEADLINE_S) as limit:

            def give_up(_: asyncio.Future[str]) -> None:
                # It is told a turn later, when the session may be open already.
                if session.is_opening:
                    limit.reschedule(loop.time())

            if self._is_cheap:
                job.answer.add_done_callback(give_up)
            try:
                await stack.enter_async_context(session.client)
                if self._pins is not None:
                    await self._look(session)
            finally:
                session.is_opening = False
                job.answer.remove_done_callback(give_up)

    def _start(self, session: Session, job: Job) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(session, job))
        session.running[task] = job
        task.add_done_callback(session.running.pop)
        # A caller who stopped waiting takes its request with it.
        job.answer.add_done_callback(lambda answer: task.cancel() if answer.cancelled() else None)

    async def _answer(self, session: Session, job: Job) -> None:
        try:
            text = await self._asked(session, job)
        except asyncio.CancelledError:
            self._settle(job, broken(NoAnswer("the session ended"), self._name, job.tool))
            raise
        except VenueError as error:
            self._breaker.succeed()
            self._settle(job, error)
        except MCPError as error:
            self._settle(job, self._refused(session, error, job.tool))
        except Exception as error:  # not an answer of the server, so the session is not to be trusted any more
            self._give_up(session)
            self._settle(job, self._failed(broken(error, self._name, job.tool)))
        else:
            self._breaker.succeed()
            if not job.answer.done():
                job.answer.set_result(text)

    async def _asked(self, session: Session, job: Job) -> str:
        if job.tool == LISTING:
            tools = await listed_tools(session.client)
            self._compare(tools)
            return json.dumps([tool.name for tool in tools])
        if self._pins is not None and monotonic_s() >= session.look_again_s:
            await self._look(session)
        result = await session.client.call_tool(self._tools.get(job.tool, job.tool), job.arguments)
        if job.max_bytes is None:
            require_success(result, server=self._name, tool=job.tool)
            return ""
        return json_text(result, server=self._name, tool=job.tool, max_bytes=job.max_bytes)

    async def _look(self, session: Session) -> None:
        """The server's tools are those it had at first. Raises VenueError for others."""
        session.look_again_s = monotonic_s() + PIN_CHECK_S
        self._compare(await listed_tools(session.client))

    def _compare(self, tools: Sequence[Tool]) -> None:
        if self._pins is None or self._is_accepted(digest := digest_of(tools)):
            return
        self._changed = digest
        log.error("server.tools_changed", server=self._name)
        raise not_asked(CHANGED, self._name, LISTING, permanent=True)

    def _is_accepted(self, digest: str) -> bool:
        if self._pins is None or not self._pins.agrees(self._name, digest):
            return False
        self._changed = None
        return True

    def _refused(self, session: Session, error: MCPError, tool: str) -> VenueError:
        failure = answered(error, self._name, tool)
        if not is_of_transport(error):
            self._breaker.succeed()
            return failure
        self._give_up(session)
        return self._failed(failure)

    def _silent(self, tool: str, deadline_s: float) -> VenueError:
        """The failure of a call nobody answered in time."""
        failure, session = self._failed(silent(self._name, tool, deadline_s)), self._session
        # A server that hangs but keeps its session open gets a new one for the next probe; over HTTP the word that a call is
        # given up may itself wait for the server, and whatever is asked later waits behind it.
        if session is not None and (self._breaker.is_tripped or (self._is_cheap and session.is_idle)):
            self._give_up(session)
        return failure

    def _give_up(self, session: Session) -> None:
        if not session.is_lost:
            session.is_lost = True
            self._queue.put_nowait(session)

    def _backoff(self, error: Exception) -> bool | float | dt.timedelta:
        if not isinstance(error, VenueError) or error.permanent or self._breaker.is_tripped:
            return False
        if error.retry_after_s is None:
            return True
        # A server that asks for more patience than a call has is told no by not asking again.
        return error.retry_after_s if error.retry_after_s <= RETRY_AFTER_MAX_S else False

    def _failed(self, error: VenueError) -> VenueError:
        self._breaker.fail(monotonic_s())
        self._last_error = str(error)
        return error

    def _settle(self, job: Job, error: VenueError) -> None:
        if not job.answer.done():
            job.answer.set_exception(error)

    def _lose(self, error: BaseException, job: Job) -> None:
        self._failed(broken(error, self._name))
        self._settle(job, broken(error, self._name, job.tool))
        self._fail_waiting(error)

    def _fail_waiting(self, error: BaseException) -> None:
        while not self._queue.empty():
            job = self._queue.get_nowait()
            if isinstance(job, Job):
                self._settle(job, broken(error, self._name, job.tool))

    def _is_cancelled_from_outside(self) -> bool:
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0


def in_memory(server: MCPServer) -> Connect:
    """A session with a server in this process: no framing, no copies of the text."""
    return lambda: Client(server, cache=None)


def over_stdio(command: str, args: tuple[str, ...] = (), *, env: Mapping[str, str] | None = None) -> Connect:
    """A session with a child process; secrets reach it through `env` only."""
    child = ChildCommand(command=command, args=args, env=dict(env) if env is not None else {})
    return lambda: Client(child_streams(child), cache=None)


def over_http(url: str, *, headers: Mapping[str, str] | None = None) -> Connect:
    """A session with a streamable-HTTP server."""
    fixed = dict(headers) if headers is not None else {}
    silence_url_loggers()
    return lambda: Client(http_streams(url, fixed), cache=None)
