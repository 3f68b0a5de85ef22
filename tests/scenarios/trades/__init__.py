"""Whole trades told as text: what the market did, what was decided, said, ordered and booked."""
