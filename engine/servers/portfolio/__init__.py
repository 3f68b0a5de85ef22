"""What the operator owns, on paper or for real."""

from engine.servers.portfolio.own_file import OwnHolding, read_own_file
from engine.servers.portfolio.paper import PaperBook
from engine.servers.portfolio.prices import Prices
from engine.servers.portfolio.real import RealBook
from engine.servers.portfolio.server import Book, build_portfolio_server

__all__ = ["Book", "OwnHolding", "PaperBook", "Prices", "RealBook", "build_portfolio_server", "read_own_file"]
