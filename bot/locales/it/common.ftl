# Parole che ogni messaggio può usare.
env-paper = PAPER
env-testnet = TESTNET
env-live = LIVE
footer = ⛓ { $footer }
