"""The venue as an MCP server: public data for anybody, the account and its orders with a key."""

from engine.servers.deribit.network import Key, Network, VenueSettings, public_settings, venue_settings
from engine.servers.deribit.server import DeribitServer

__all__ = ["DeribitServer", "Key", "Network", "VenueSettings", "public_settings", "venue_settings"]
