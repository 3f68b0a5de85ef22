# Cards, their details and the messages that ask nothing.

# The lock screen shows these first lines.
entry-headline = 🟡 ENTRY #{ $id } · { $spread } · { $credit } · risk { $risk }
exit-headline-hard = 🔴 CLOSE #{ $id } · { $spread } · { $reason } · { $pnl }
exit-headline-soft = 🟠 CLOSE? #{ $id } · { $spread } · { $reason } · { $pnl }
exit-headline-info = 🔵 WATCH #{ $id } · { $spread } · { $reason } · { $pnl }
fill-headline-open = 🟢 OPENED #{ $id } · { $spread }
fill-headline-close = ⚫ CLOSED #{ $id } · { $spread }
settlement-headline = 🏁 SETTLED #{ $id } · { $spread } · { $pnl }
refusal-headline =
    ⚪ NO ENTRY · decision #{ $id } · { $count ->
        [one] { $count } filter said no
       *[other] { $count } filters said no
    }
digest-headline =
    📋 DIGEST { $on } · today { $day } · { $count ->
        [0] nothing open
       *[other] { $count } open
    }
start-headline = 🔁 ENGINE UP · version { $version }
alert-level-info = ℹ️ { $words }
alert-level-warning = ⚠️ { $words }
alert-level-critical = 🚨 { $words }

# An entry.
entry-drift = The market moved: old → new
entry-why = Why: { $bias }, row { $row }; 30-day trend { $trend }.
entry-risk-loss = Could go wrong: { $loss } if it settles at { $strike }.
entry-risk-stops = Stops: cost { $stop }, DVOL { $dvol }, spot near { $spot }.
entry-target = Target: close at { $cost } or less; time stop { $on }.
card-valid-until = ⏳ Valid until
card-answer-by = ⏳ Answer by
missing-input-funding = No funding rate: counted as zero.
missing-input-rr25 = No skew: its two rows were skipped.
missing-input-dvol-24h-ago = No DVOL of yesterday: no jump check.
missing-input-other = Not known: { $code }.
events-none = No HIGH or MEDIUM event before expiry.
warnings-none = No warnings.
greeks-partial = Partial: a leg's Greeks are missing.

# An exit.
urgency-hard = hard exit
urgency-soft = soft exit
urgency-none = for information
urgency-other = { $code }
exit-escalation = Look at this now: it failed twice in a row.
exit-words-manual = A person asked to close.
exit-words-settled = The option was delivered.
exit-words-blackout = Prices are not reliable around settlement: wait.
exit-words-data = A price is missing or old: nothing is decided on it.
exit-words-margin = Margin use is too high; this trade has the worst delta.
exit-words-stop-loss = Closing now costs a multiple of the credit.
exit-words-vol-stop = DVOL rose too far since entry.
exit-words-delta-breach = The short strike came too close: delta is at its limit.
exit-words-adverse-move = The market moved hard against the trade within hours.
exit-words-pin-risk = Expiry is near and the short strike is in reach.
exit-words-expire = Almost worthless and far enough away: expiring is free.
exit-words-profit-take = Enough of the credit is earned, after fees.
exit-words-time-stop = The last week begins and the profit is still small.
exit-words-event-guard = A HIGH event is near and the trade is losing.
exit-words-bias-flip = The market turned against the side of this trade.
exit-words-hold = Nothing to do.
exit-words-other = Reason: { $code }.
unanswered-auto-execute = If nobody answers: it closes by itself.
unanswered-repropose-next-monitor = If nobody answers: asked again at the next monitor.
unanswered-nothing = Nothing happens without an answer.
unanswered-other = If nobody answers: { $code }.

# How a card ended.
outcome-approved = ✅ APPROVED
outcome-rejected = ❌ REJECTED
outcome-expired = ⌛ EXPIRED, no answer
outcome-superseded = ♻️ REPLACED by a newer card
outcome-refused = ⛔ REFUSED by the rules
outcome-killed = 🛑 STOPPED by the kill switch
outcome-executed = ✅ DONE
outcome-not-placed = ⚠️ NOT FILLED
outcome-postponed = ⏸ POSTPONED
outcome-settled = 🏁 SETTLED before an answer
outcome-other = { $code }
outcome-by = { $by } · { $at }
outcome-by-after = { $by } · { $at } · after { $latency }
outcome-next = See #{ $id }.

# Checks: a mark, a name, what was seen, what it needed.
check-needs = { " " }(needs { $relation } { $limit })
check-no-value = no value
checks-more =
    { $count ->
        [one] … and { $count } more
       *[other] … and { $count } more
    }
value-other = { $code }
cause-missing = missing
cause-other = { $code }

# Fills and settlements.
fill-source-modelled = modelled fill
fill-source-testnet = testnet fill
fill-source-reported = reported by a person
fill-source-venue = filled at the venue
fill-source-other = { $code }
fill-position-open = Now open: { $size }, at most { $risk } at risk.
fill-position-closed = Nothing left open in this trade.
settlement-worthless = Expired worthless: the credit is kept, no fee.
settlement-paid = Expired in the money: the payout was taken.

# A refusal.
refusal-passed =
    { $count ->
        [one] { $count } other filter passed.
       *[other] { $count } other filters passed.
    }
refusal-source = Prices: { $source }.
refusal-more = Everything:

# The digest.
digest-open = Open trades
digest-flat = No open trades.
digest-more = … and { $count } more: /positions
digest-no-events = No events in the next 7 days.
digest-monitor = { $ok } of { $expected } runs ok
digest-next = Next digest { $at }.

# The start-up.
start-first = first start
start-audit-ok = whole, { $seq } rows
start-audit-bad = BROKEN at or before row { $seq }
start-recovered =
    { $orders ->
        [one] { $orders } order
       *[other] { $orders } orders
    }, { $cards ->
        [one] { $cards } card expired
       *[other] { $cards } cards expired
    }
start-config-changed = The settings changed since the last run.
start-killed = The kill switch is armed: no new orders.

# Details, group by group.
details-trade = Trade
details-legs = Legs
details-market = Market
details-money = Money
details-margin = Margin and limits
details-greeks = Greeks of the position
details-exits = Planned exits
details-warnings = Warnings
details-close = Closing now
details-rules = Rules looked at

side-sell = Sell
side-buy = Buy
side-other = { $code }

binding-trade-cap = trade cap
binding-total-cap = total cap
binding-kelly = Kelly
binding-liquidity = liquidity
binding-margin = margin
binding-one-lot-floor = one lot
binding-other = { $code }

# What stands before a colon.
label-size = Size
label-lot = lot
label-width = width
label-credit = Credit
label-credit-over-width = Credit/width
label-fees = fees
label-fee = fee
label-max-loss = Max loss / cap
label-break-even = Break-even
label-prob-profit = Chance of profit (model)
label-p-star = Win rate needed (p*)
label-expiry = Expiry
label-spot = Spot
label-forward = forward
label-dvol = DVOL
label-short-delta = Short delta
label-created = Created
label-valid-until = Valid until
label-strategy = Strategy
label-binding = Size set by
label-limits = Size allowed, ETH
label-dvol-scale = Scaled for DVOL
label-bid-ask = Bid / ask
label-mid-mark = Mid / mark
label-top-size = Size bid / ask
label-quoted = Quoted
label-recorded = Recorded
label-modelled = From a model
label-rv30 = RV30
label-trend = 30-day trend
label-funding = Funding per year
label-rr25 = RR25
label-fear-greed = Fear & greed
label-bias = Bias
label-fx = USD per EUR
label-event = Event
label-credit-mid = Credit at mid
label-credit-limit = First limit
label-credit-floor = Lowest limit
label-credit-natural = Credit if crossed
label-slippage-expected = Slippage expected
label-fee-open = Fee to open
label-fees-roundtrip = Fees, round trip
label-fees-share = Fees of credit
label-max-loss-strict = Max loss (strict)
label-loss-long-strike = Loss at long strike
label-im = Initial margin
label-mm = Maintenance margin
label-margin-after = IM / MM after
label-funds = Free funds
label-margin-usage = Margin use
label-engaged = Engaged / cap
label-delta = Delta
label-delta-ntd = Delta less premium
label-gamma = Gamma
label-vega = Vega
label-theta = Theta
label-exit-profit = Profit take, cost
label-exit-stop = Stop loss, mark
label-exit-dvol = Vol stop, DVOL
label-exit-delta = Delta breach
label-exit-time = Time stop
label-at-mid = At mid
label-at-natural = If crossed
label-profit = Profit of credit
label-mark = Mark
label-dte = Days left
label-trade = Trade
label-reason = Reason
label-deadline = Deadline
label-opened = Opened
label-expected-close = Expected cost
label-fee-close = Fee to close
label-fees-total = Fees, both ways
label-pnl = P&L
label-filled = Filled
label-slippage = Slippage
label-order = Order
label-at = At
label-cash = Cash
label-r = P&L of max loss
label-delivery-price = Delivery price
label-payout = Payout
label-pnl-day = P&L today
label-pnl-month = P&L this month
label-pending = Waiting for you
label-monitor = Monitor
label-stale = Stale inputs
label-down = Was down
label-audit = Audit chain
label-open-trades = Open trades
label-recovered = Put right
label-missed = Missed jobs
label-waiting = Messages waiting
label-holds = On hold for
