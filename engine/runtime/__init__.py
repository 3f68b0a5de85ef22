"""Acts: gathers the market, runs the cycles, turns approvals into fills, keeps the schedule."""
