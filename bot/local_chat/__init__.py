"""The same handlers as a phone-like web page on loopback, for one local operator."""
