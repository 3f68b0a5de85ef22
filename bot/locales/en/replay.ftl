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
