"""Models of the market: recorded history, a seeded synthetic path, and the surface that turns spot and DVOL into a chain."""
