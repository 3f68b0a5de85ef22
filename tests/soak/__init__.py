"""A day of the real scheduler in two and a half minutes."""
