## What a replay says beside its figures
stats-profit-factor = { $factor } (breaks even at 1, n { $n })
replay-unfiltered = Entry filters off: n { $n } · win { $rate } (90%: { $interval }) · break-even p* { $breakeven } · net { $net } · mean r { $r }
replay-resumed = ⏸ { $hold } on { $at }, resumed on { $resumed }.
replay-resumed-more = { $n ->
    [one] ⏸ One more time a breaker tripped and was resumed.
   *[other] ⏸ { $n } more times a breaker tripped and was resumed.
}
replay-trades = The trades on the market
replay-reasons = What each exit made
replay-equity = Equity and drawdown

chart-period-replay = replay
period-replay = replay

## The picture of a replay's trades
chart-trades-title = Trades · { $span }
chart-trades-spot-axis = Spot · sold ▲ puts, ▼ calls, ◆ both · ● won, ✕ lost
chart-trades-dvol-axis = DVOL, a dot at each entry
chart-trades-won = Won
chart-trades-lost = Lost
chart-trades-sold = { $puts } bull put · { $calls } bear call · { $condors } iron condor
chart-trades-spot = spot { $first } → { $last } ({ $change })
chart-trades-dvol = DVOL between { $low } and { $high }
chart-trades-empty = No market in this period. Ask for more days.
chart-trades-alt = Trades of the replay { $span } ({ $env }): { $won } won, { $lost } lost; { $sold }; { $spot }; { $dvol }.
chart-changed = With { $key } { $now }
chart-changed-more = { $n ->
    [one] { $one } and one more value
   *[other] { $one } and { $n } more values
}
