"""A server as a child process: one JSON-RPC message a line, a line of bounded length, a child that is gone when we leave.

Why not the SDK's own transport: it gathers a line without end, and it waits seconds for a child that hangs.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import anyio
import structlog
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client._transport import TransportStreams
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from engine.clients.child_words import heard

WIRE_BYTES_MAX = 12_000_000
"""One message as it travels: the largest answer, its quotes escaped."""
DISCARDED_BYTES = 65_536
GRACE_S, TERM_S = 0.2, 0.1
"""How long a child may take to leave after its input was closed, and after it was asked to end."""
LOOK_S = 0.005
PR_SET_PDEATHSIG = 1

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildCommand:
    """What to run; secrets reach it through `env` only."""

    command: str
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)


@asynccontextmanager
async def child_streams(child: ChildCommand) -> AsyncIterator[TransportStreams]:
    """The child's messages and the way to it; on leaving it and whatever it started are ended. Raises OSError when it cannot be started."""
    with heard(child.command) as errors:
        process = await asyncio.create_subprocess_exec(
            child.command,
            *child.args,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env={**get_default_environment(), **child.env},
            limit=WIRE_BYTES_MAX,
            start_new_session=True,
            preexec_fn=_bind_to_parent(),
        )
        said, arriving = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        leaving, asked = anyio.create_memory_object_stream[SessionMessage](0)
        async with anyio.create_task_group() as tasks:
            if process.stdout is not None and process.stdin is not None:
                tasks.start_soon(_read, process.stdout, said)
                tasks.start_soon(_write, process.stdin, asked, said)
            try:
                yield arriving, leaving
            finally:
                with anyio.CancelScope(shield=True):
                    arriving.close()
                    leaving.close()
                    await _end(process)
                tasks.cancel_scope.cancel()


def _bind_to_parent() -> Callable[[], None] | None:
    """What the child does before it becomes the server: from then on it is ended with us, however we end. None where the system has no such promise."""
    if sys.platform != "linux":
        return None
    # Looked up here: between fork and exec nothing may be loaded any more.
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _read(stdout: asyncio.StreamReader, said: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
    """Every line as a message until the child is silent for good; what comes after a line that is too long is thrown away."""
    async with said:
        with suppress(asyncio.IncompleteReadError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            try:
                while True:
                    await said.send(_message(await stdout.readuntil(b"\n")))
            except asyncio.LimitOverrunError:
                log.warning("server.line_too_long", bytes_max=WIRE_BYTES_MAX)
    # A child that waits for room in a full pipe could not leave.
    while await stdout.read(DISCARDED_BYTES):
        pass


async def _write(
    stdin: asyncio.StreamWriter, asked: MemoryObjectReceiveStream[SessionMessage], said: MemoryObjectSendStream[SessionMessage | Exception]
) -> None:
    try:
        async with asked:
            async for message in asked:
                stdin.write(message.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
                await stdin.drain()
    except ConnectionError:
        # The child reads no more: the session learns it from the end of what the child says.
        await said.aclose()


def _message(line: bytes) -> SessionMessage | Exception:
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as error:
        return error


async def _end(process: asyncio.subprocess.Process) -> None:
    """The child is gone: of itself, asked, or killed, with everything it started."""
    if process.stdin is not None:
        process.stdin.close()
    if await _has_left(process, GRACE_S):
        return
    _signal(process, signal.SIGTERM)
    if not await _has_left(process, TERM_S):
        _signal(process, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        await _has_left(process, GRACE_S)


async def _has_left(process: asyncio.subprocess.Process, within_s: float) -> bool:
    # Not `process.wait()`: that waits for the pipes too, and a child of the child may hold them.
    give_up_at_s = asyncio.get_running_loop().time() + within_s
    while process.returncode is None:
        if asyncio.get_running_loop().time() >= give_up_at_s:
            return False
        await asyncio.sleep(LOOK_S)
    return True


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
