# Words every message may use.
env-paper = PAPER
env-testnet = TESTNET
env-live = LIVE
footer = ⛓ { $footer }
