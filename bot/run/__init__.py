"""Long-running commands put together: engine, clock, chat, and a clean end."""
