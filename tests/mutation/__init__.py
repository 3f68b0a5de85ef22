"""Faults put into engine/core on purpose, one at a time, and which of them the quick tests notice."""
