"""Serving HTTP on this machine only: the socket, and a server that leaves the program's signals alone."""

from __future__ import annotations

import contextlib
import socket
import sys

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
GRACE_S = 1


class LoopbackServer(uvicorn.Server):
    """Leaves the signals to the program it runs in."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()


def loopback_server(app: ASGIApp) -> LoopbackServer:
    """A server without an access log, whose lines would hold secrets."""
    return LoopbackServer(
        uvicorn.Config(
            app,
            interface="asgi3",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
    )


def listen_on(port: int) -> socket.socket:
    """The port of this machine is ours; 0 takes any free one. Raises OSError or OverflowError."""
    # asyncio sends small answers at once only where the protocol is named: else each one waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        # A port the last run left in TIME_WAIT is free; on Windows the same option would let two programs share one.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except (OSError, OverflowError):
        listening.close()
        raise
    return listening
