"""Asks history: the same engine on a clock that jumps."""
