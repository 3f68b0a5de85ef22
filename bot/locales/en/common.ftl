# Words every message may use.
env-paper = PAPER
env-testnet = TESTNET
env-live = LIVE
footer = ⛓ { $footer }

button-approve = Approve
button-reject = Reject
button-close-now = Close now
button-close = Close
button-postpone = Postpone 30 min
button-keep = Keep
button-details = Details
button-chart = Chart
button-force-close = Close at once
button-dismiss = Leave it open
