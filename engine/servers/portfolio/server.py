"""The portfolio server over a book: paper or real."""

from __future__ import annotations

from typing import Protocol

from mcp.server.mcpserver import MCPServer

from engine.clients.wire import PortfolioWire
from engine.servers.answers import told


class Book(Protocol):
    """Whoever knows what the operator owns."""

    async def portfolio(self) -> PortfolioWire:
        """The wealth now; all null while it is not known. Raises UpstreamError."""
        ...


def build_portfolio_server(book: Book) -> MCPServer:
    """A server with one tool: the wealth outside the engine's own trades."""
    server = MCPServer("cerbero-portfolio", log_level="WARNING")

    @server.tool(structured_output=False)
    async def get_portfolio() -> str:
        """Wealth in EUR, its share in ETH, free funds and margins, by source."""
        return await told(book.portfolio())

    return server
