"""What must never go wrong: the kill switch, one instance per home, the checks before trading."""
