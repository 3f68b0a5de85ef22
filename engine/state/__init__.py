"""What the engine remembers: one SQLite file, one writer, an audit chain nobody rewrites unnoticed."""
