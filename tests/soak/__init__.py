"""Days of the product in minutes: the real scheduler for one, a busy console for as many as are asked."""
