"""How a test's own log lines look: a traceback without the locals of every frame."""

from __future__ import annotations

import structlog


def plain_logs() -> None:
    """Until the program takes the logs over, lines go to the screen as they are.

    structlog's own default renders the locals of every frame of an error, which holds an event loop up for a second.
    """
    structlog.reset_defaults()
    processors = structlog.get_config()["processors"]
    screen = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*processors[:-1], screen])
