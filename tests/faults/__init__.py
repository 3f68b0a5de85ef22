"""Everything that can go wrong between a client and its server, over real transports; `python -m tests.faults` prints the table."""
