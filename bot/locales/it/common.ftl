# Parole che ogni messaggio può usare.
env-paper = PAPER
env-testnet = TESTNET
env-live = LIVE
footer = ⛓ { $footer }

button-approve = Approva
button-reject = Rifiuta
button-close-now = Chiudi ora
button-close = Chiudi
button-postpone = Rimanda 30 min
button-keep = Tieni
button-details = Dettagli
button-chart = Grafico
button-force-close = Chiudi subito
button-dismiss = Lasciala aperta
