"""Connections over real sessions: in memory, to a child process, over HTTP; dying servers and rude ones."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError

from engine.clients.breaker import Breaker
from engine.clients.mcp import QUEUE_MAX, Connect, McpConnection, in_memory, over_http, over_stdio
from engine.clock import monotonic_s
from engine.errors import Fault, VenueError
from tests.conftest import ROOT

CHILD = "tests.engine.clients.sim_child"


class Counter:
    """How often a tool ran, and what it does next."""

    def __init__(self) -> None:
        self.calls = 0
        self.failures_left = 0


def rude_server(counter: Counter) -> MCPServer:
    server = MCPServer("rude", log_level="CRITICAL")

    @server.tool(structured_output=False)
    async def say(text: str) -> str:
        counter.calls += 1
        return text

    @server.tool(structured_output=False)
    async def flaky() -> str:
        counter.calls += 1
        if counter.failures_left > 0:
            counter.failures_left -= 1
            raise MCPError(-32000, "upstream is busy", {"retryable": True, "retry_after": 0.01})
        return '{"ok": 1}'

    @server.tool(structured_output=False)
    async def place_order() -> str:
        counter.calls += 1
        raise MCPError(-32000, "upstream is busy", {"retryable": True})

    @server.tool(structured_output=False)
    async def refuse() -> str:
        counter.calls += 1
        raise MCPError(-32602, "no such thing", {"retryable": False})

    @server.tool(structured_output=False)
    async def cancel_order() -> str:
        raise MCPError(-32000, "already_closed (10010)", {"retryable": False, "refused": True, "upstream_code": 10010})

    @server.tool(structured_output=False)
    async def busy_for_a_minute() -> str:
        counter.calls += 1
        raise MCPError(-32000, "too many requests", {"retryable": True, "retry_after": 60})

    @server.tool(structured_output=False)
    async def crash() -> str:
        raise RuntimeError("a secret")

    @server.tool(structured_output=False)
    async def hang() -> str:
        counter.calls += 1
        await asyncio.Event().wait()
        return "{}"

    @server.tool()
    async def structured() -> dict[str, int]:
        return {"a": 1}

    return server


@asynccontextmanager
async def connected(connect: Connect, *, breaker: Breaker | None = None, **tools: str) -> AsyncIterator[McpConnection]:
    connection = McpConnection("rude", connect, tools=tools, breaker=breaker)
    try:
        yield connection
    finally:
        await connection.aclose()


async def failure_of(connection: McpConnection, tool: str, arguments: dict[str, Any] | None = None, **limits: Any) -> VenueError:
    with pytest.raises(VenueError) as caught:
        await connection.call(tool, arguments if arguments is not None else {}, **limits)
    return caught.value


async def test_an_answer_comes_back_as_its_json_text() -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        text = await connection.call("say", {"text": '{"price": "1.50"}'})
        state = connection.state

    assert (text, state.state) == ('{"price": "1.50"}', "up")


async def test_structured_content_is_accepted_too() -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        assert "1" in await connection.call("structured", {})


async def test_many_calls_at_once_are_pipelined_and_each_gets_its_own_answer() -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        answers = await asyncio.gather(*(connection.call("say", {"text": f'{{"n": {n}}}'}) for n in range(100)))

    assert answers == [f'{{"n": {n}}}' for n in range(100)]


async def test_a_read_is_tried_three_times_and_succeeds_on_the_third() -> None:
    counter = Counter()
    counter.failures_left = 2
    async with connected(in_memory(rude_server(counter))) as connection:
        await connection.call("flaky", {})

    assert counter.calls == 3


async def test_a_read_that_fails_three_times_is_given_up_as_not_permanent() -> None:
    counter = Counter()
    counter.failures_left = 9
    async with connected(in_memory(rude_server(counter))) as connection:
        error = await failure_of(connection, "flaky")

    assert (counter.calls, error.permanent, error.retry_after_s) == (3, False, 0.01)


async def test_nothing_that_trades_is_ever_sent_twice() -> None:
    counter = Counter()
    async with connected(in_memory(rude_server(counter))) as connection:
        error = await failure_of(connection, "place_order")

    assert (counter.calls, error.permanent) == (1, False)


async def test_what_the_venue_refused_and_under_which_number_arrives() -> None:
    """Only a proven refusal says that an order does not exist; everything else is unknown."""
    async with connected(in_memory(rude_server(Counter()))) as connection:
        refused = await failure_of(connection, "cancel_order")
        unknown = await failure_of(connection, "place_order")
        await connection.aclose()
        never_sent = await failure_of(connection, "place_order")

    assert (refused.is_refusal, refused.upstream_code) == (True, 10010)
    assert (unknown.is_refusal, unknown.upstream_code) == (False, None)
    assert never_sent.is_refusal


async def test_a_permanent_refusal_is_not_retried_and_does_not_trip_the_breaker() -> None:
    counter = Counter()
    async with connected(in_memory(rude_server(counter))) as connection:
        errors = [await failure_of(connection, "refuse") for _ in range(8)]
        state = connection.state.state

    assert (counter.calls, all(error.permanent for error in errors), state) == (8, True, "up")


async def test_asking_again_says_nothing_of_its_own() -> None:
    counter = Counter()
    counter.failures_left = 9
    with structlog.testing.capture_logs() as told:
        async with connected(in_memory(rude_server(counter))) as connection:
            await failure_of(connection, "flaky")

    assert (counter.calls, [event["event"] for event in told if "retry" in event["event"]]) == (3, [])


async def test_a_server_that_asks_for_a_minute_is_not_waited_for() -> None:
    counter = Counter()
    async with connected(in_memory(rude_server(counter))) as connection:
        error = await failure_of(connection, "busy_for_a_minute", deadline_s=5)
        state = connection.state.state

    assert (counter.calls, error.permanent, error.retry_after_s, state) == (1, False, 60.0, "up")


async def test_the_text_of_a_crash_inside_a_server_does_not_travel() -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        error = await failure_of(connection, "crash")

    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"error": "rate limited"}', "rate limited"),
        ('{"success": false}', "success is false"),
        ('{"price": NaN}', "NaN"),
        ('{"price": 1, "price": 2}', "twice"),
        ("[" * 40 + "]" * 40, "nested"),
        ("[" * 5000 + "]" * 5000, "nested"),
        ("not json", "not sound JSON"),
    ],
)
async def test_an_answer_that_cannot_be_trusted_is_a_failure(text: str, why: str) -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        error = await failure_of(connection, "say", {"text": text})

    assert why in str(error)


@pytest.mark.parametrize(
    ("tool", "arguments", "fault"),
    [
        ("hang", {}, Fault.NETWORK),
        ("crash", {}, Fault.SERVER),
        ("say", {"text": '{"price": NaN}'}, Fault.SERVER),
        ("place_order", {}, Fault.UPSTREAM),
        ("refuse", {}, Fault.QUESTION),
    ],
)
async def test_a_failure_says_who_is_to_blame(tool: str, arguments: dict[str, Any], fault: Fault) -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        error = await failure_of(connection, tool, arguments, deadline_s=0.3)
        await connection.aclose()
        unasked = await failure_of(connection, tool, arguments)

    assert (error.fault, unasked.fault) == (fault, Fault.HERE)


async def test_brackets_inside_strings_are_not_depth() -> None:
    text = '{"note": "' + "[{" * 60 + '\\" ["}'
    async with connected(in_memory(rude_server(Counter()))) as connection:
        assert await connection.call("say", {"text": text}) == text


async def test_an_answer_larger_than_allowed_is_refused() -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        error = await failure_of(connection, "say", {"text": '"' + "x" * 100 + '"'}, max_bytes=101)
        await connection.call("say", {"text": '"' + "x" * 100 + '"'}, max_bytes=102)

    assert "larger" in str(error)


async def test_a_call_ends_at_its_deadline_whatever_the_server_does() -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        error = await failure_of(connection, "hang", deadline_s=0.1)
        await connection.call("say", {"text": "{}"})

    assert not error.permanent


async def test_the_breaker_opens_after_five_silences_refuses_at_once_and_a_probe_closes_it() -> None:
    counter = Counter()
    async with connected(in_memory(rude_server(counter)), breaker=Breaker(open_s=0.1)) as connection:
        for _ in range(5):
            await failure_of(connection, "hang", deadline_s=0.02)
        opened = connection.state
        refused = await failure_of(connection, "say", {"text": "{}"})
        heard_while_open = counter.calls
        await asyncio.sleep(0.12)
        await connection.call("say", {"text": "{}"})
        closed = connection.state

    assert (opened.state, closed.state, heard_while_open) == ("open", "up", 5)
    assert opened.failing_for_s is not None
    assert "breaker" in str(refused)


async def test_a_tool_is_called_by_the_name_its_server_gives_it() -> None:
    async with connected(in_memory(rude_server(Counter())), echo="say") as connection:
        assert await connection.call("echo", {"text": "{}"}) == "{}"


async def test_more_calls_than_the_queue_holds_are_refused() -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        outcomes = await asyncio.gather(*(connection.call("place_order", {}) for _ in range(QUEUE_MAX + 1)), return_exceptions=True)

    assert sum("wait already" in str(outcome) for outcome in outcomes) == 1


async def test_a_closed_connection_refuses_and_closing_twice_is_harmless() -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        await connection.call("say", {"text": "{}"})
        await connection.aclose()
        error = await failure_of(connection, "say", {"text": "{}"})

    assert error.permanent


async def test_a_caller_that_is_cancelled_takes_its_request_with_it() -> None:
    async with connected(in_memory(rude_server(Counter()))) as connection:
        waiting = asyncio.create_task(connection.call("hang", {}))
        await asyncio.sleep(0.05)
        waiting.cancel()
        outcome = (await asyncio.gather(waiting, return_exceptions=True))[0]
        await connection.call("say", {"text": "{}"})

    assert isinstance(outcome, asyncio.CancelledError)


async def test_a_command_that_does_not_exist_is_a_failure_that_may_pass() -> None:
    async with connected(over_stdio("no-such-command-here")) as connection:
        error = await failure_of(connection, "get_time")

    assert not error.permanent


def child_pids() -> set[int]:
    return {
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _text(entry / "cmdline").find(CHILD) >= 0 and f"PPid:\t{os.getpid()}\n" in _text(entry / "status")
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the child through /proc")
async def test_a_child_process_killed_in_the_middle_is_started_again() -> None:
    connect = over_stdio(sys.executable, ("-m", CHILD), env={"PYTHONPATH": str(ROOT)})
    async with connected(connect) as connection:
        await connection.call("get_time", {}, deadline_s=30)
        (first,) = child_pids()
        os.kill(first, signal.SIGKILL)
        text = await connection.call("get_time", {}, deadline_s=30)
        (second,) = child_pids() - {first}

    assert "2026-09-07T14:00:00Z" in text
    assert second != first


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_child(*arguments: str) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, *arguments], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def until(is_so: Callable[[], Any], *, within_s: float) -> None:
    deadline_s = monotonic_s() + within_s
    while not await is_so():
        assert monotonic_s() < deadline_s, "waited too long"
        await asyncio.sleep(0.1)


async def test_an_http_server_that_dies_in_the_middle_of_a_call_fails_that_call_and_nobody_else() -> None:
    """The caller gets VenueError, not a cancellation, and the connection lives on with the next server."""
    port = free_port()
    code = f"from tests.engine.clients.test_mcp import *; rude_server(Counter()).run('streamable-http', port={port})"
    server = start_child("-c", code)
    try:
        async with connected(over_http(f"http://127.0.0.1:{port}/mcp"), breaker=Breaker(open_s=0.2), place_order="hang") as connection:

            async def answers() -> bool:
                try:
                    return await connection.call("say", {"text": "{}"}, deadline_s=5) == "{}"
                except VenueError:
                    return False

            await until(answers, within_s=30)
            waiting = asyncio.create_task(connection.call("place_order", {}, deadline_s=20))
            await asyncio.sleep(0.3)
            server.kill()
            server.wait()
            (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
            server = start_child("-c", code)
            await until(answers, within_s=30)
    finally:
        server.kill()
        server.wait()

    assert isinstance(outcome, VenueError)
    assert not outcome.permanent


async def test_an_http_server_that_dies_fails_quickly_and_is_used_again_when_it_is_back() -> None:
    port = free_port()
    server = start_child("-m", CHILD, str(port))
    try:
        async with connected(over_http(f"http://127.0.0.1:{port}/mcp", headers={"x-test": "1"})) as connection:

            async def answers() -> bool:
                try:
                    await connection.call("get_time", {}, deadline_s=5)
                except VenueError:
                    return False
                return True

            await until(answers, within_s=30)
            server.kill()
            server.wait()
            error = await failure_of(connection, "get_time", deadline_s=5)
            server = start_child("-m", CHILD, str(port))
            await until(answers, within_s=30)
    finally:
        server.kill()
        server.wait()

    assert not error.permanent
