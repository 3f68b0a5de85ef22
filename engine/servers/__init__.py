"""Bundled MCP servers; they share the clients' wire models and know nothing of the engine's state."""
