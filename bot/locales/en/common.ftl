# Words every message may use.
env-paper = PAPER
env-testnet = TESTNET
env-live = LIVE
env-other = { $code }
env-line = { $env } · { $what }
env-line-dry-run = { $env } · { $what } · dry run, no order
footer = ⛓ { $footer }

yes = yes
no = no
word-width = width
word-fees = fees
word-fee = fee
word-lot = lot
word-credit = credit
word-trade = trade #{ $id }
word-none = none
word-net = net
word-mid = mid
word-model = model
word-entry = at entry
unit-usd-per-day = USD/d
by-rule = the rules

button-approve = Approve
button-reject = Reject
button-close-now = Close now
button-close = Close
button-postpone = Postpone 30 min
button-keep = Keep
button-details = Details
button-chart = Chart
button-hd = HD
button-force-close = Close at once
button-close-all = Close all
button-puts-only = Puts only
button-calls-only = Calls only
button-dismiss = Leave it open

strategy-bull-put = bull put
strategy-bear-call = bear call
strategy-iron-condor = iron condor
strategy-other = { $code }
strategy-long-bull-put = bull put spread: sell a put, buy a lower one
strategy-long-bear-call = bear call spread: sell a call, buy a higher one
strategy-long-iron-condor = iron condor: a bull put and a bear call spread of one expiry
strategy-long-other = { $code }
option-side-put = puts
option-side-call = calls
option-side-other = { $code }

stage-paper = paper stage
stage-soft = soft stage
stage-full = full stage
stage-other = { $code }

bias-bull = bull
bias-bear = bear
bias-neutral = neutral
bias-no-entry = no entry
bias-other = { $code }
bias-row = row { $row } of the bias table
bias-row-none = no row of the bias table

severity-high = high
severity-medium = medium
severity-low = low
severity-other = { $code }

source-live = live
source-recorded = recorded
source-carried = recorded, carried on
source-surface = modelled surface
source-synthetic = synthetic market
source-none = no option chain
source-other = { $code }
source-line = Prices: { $source }, { $age } old.
source-line-modelled = Prices: { $source }, { $age } old; from a model: { $parts }.
source-recorded-line = Prices: { $source } ({ $span }).
source-recorded-line-modelled = Prices: { $source } ({ $span }); model: { $parts }.

part-bid = bid
part-ask = ask
part-mark = mark
part-iv = IV
part-greeks = Greeks
part-sizes = sizes
part-open-interest = open interest
part-other = { $code }

exit-reason-manual = by hand
exit-reason-settled = settled
exit-reason-blackout = settlement pause
exit-reason-data = data missing
exit-reason-margin = margin
exit-reason-stop-loss = stop loss
exit-reason-vol-stop = vol stop
exit-reason-delta-breach = delta breach
exit-reason-adverse-move = adverse move
exit-reason-pin-risk = pin risk
exit-reason-expire = let it expire
exit-reason-profit-take = profit take
exit-reason-time-stop = time stop
exit-reason-event-guard = event ahead
exit-reason-bias-flip = bias turned
exit-reason-hold = hold
exit-reason-hard-rules-only = hold, only hard rules act now
exit-reason-other = { $code }

input-index = index
input-chain = option chain
input-dvol = DVOL
input-funding = funding
input-sentiment = sentiment
input-fx = EUR/USD
input-macro = macro calendar
input-portfolio = portfolio
input-rr25 = skew (RR25)
input-dvol-24h-ago = DVOL of yesterday
input-other = { $code }

hold-other = { $code }
hold-telegram = Telegram
hold-anchors = the audit chain cannot be anchored
hold-telegram-chat = a closed chat
hold-restored = restored from a backup

second-path-headline = Cerbero Bite on { $host }, by the second path
second-path-test = This is a test. When the chat itself is in trouble, the engine tells you here.
