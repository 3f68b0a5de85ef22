## What a replay says beside its figures
stats-profit-factor = { $factor } (in pareggio a 1, n { $n })
replay-unfiltered = Senza filtri di ingresso: n { $n } · vincite { $rate } (90 %: { $interval }) · pareggio p* { $breakeven } · netto { $net } · r medio { $r }
replay-resumed = ⏸ { $hold } il { $at }, ripreso il { $resumed }.
replay-resumed-more = { $n ->
    [one] ⏸ Un'altra volta un interruttore è scattato ed è stato ripreso.
   *[other] ⏸ Altre { $n } volte un interruttore è scattato ed è stato ripreso.
}
replay-trades = Le operazioni sul mercato
replay-reasons = Quanto ha reso ogni uscita
replay-equity = Capitale e drawdown

chart-period-replay = replay
period-replay = replay

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
chart-changed = Con { $key } { $now }
chart-changed-more = { $n ->
    [one] { $one } e un altro valore
   *[other] { $one } e altri { $n } valori
}
