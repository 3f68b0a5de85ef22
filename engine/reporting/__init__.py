"""Decisions and trades as figures for people: frozen reports and the pure functions that build them."""
