"""Messages between the engine and a chat service."""
