"""The economic calendar and the reference rate."""

from engine.servers.macro.server import MacroServer

__all__ = ["MacroServer"]
