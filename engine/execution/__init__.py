"""Turns an approved intent into a fill."""
