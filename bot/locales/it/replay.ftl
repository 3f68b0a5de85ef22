## The picture of a replay's trades
chart-trades-title = Operazioni · { $span }
chart-trades-spot-axis = Spot · vendute ▲ put, ▼ call, ◆ entrambe · ● vinta, ✕ persa
chart-trades-dvol-axis = DVOL, un punto a ogni ingresso
chart-trades-won = Vinte
chart-trades-lost = Perse
chart-trades-sold = { $puts } bull put · { $calls } bear call · { $condors } iron condor
chart-trades-spot = spot { $first } → { $last } ({ $change })
chart-trades-dvol = DVOL tra { $low } e { $high }
chart-trades-empty = Ancora nessun mercato in questo periodo. Chiedi più giorni.
chart-trades-alt = Operazioni del replay { $span } ({ $env }): { $won } vinte, { $lost } perse; { $sold }; { $spot }; { $dvol }.
