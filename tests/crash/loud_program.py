"""`cerbero-bite` with every logger of the process at DEBUG, whatever anybody sets: `python -m tests.crash.loud_program ARGS`."""

from __future__ import annotations

import logging

from bot.cli import main


def stay_at_debug(logger: logging.Logger | logging.Handler, level: int | str) -> None:
    """The library's own `setLevel`, deaf to what is asked."""
    del level
    logger.level = logging.DEBUG


if __name__ == "__main__":
    logging.Logger.setLevel = stay_at_debug  # type: ignore[method-assign]
    logging.Handler.setLevel = stay_at_debug  # type: ignore[method-assign]
    main()
