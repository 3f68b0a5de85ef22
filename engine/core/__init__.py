"""The rules of the trade as pure functions of frozen values: no clock, no I/O, nothing outside the standard library."""
