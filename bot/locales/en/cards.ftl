# Cards, their details and the messages that ask nothing.

# The lock screen shows these first lines.
entry-headline = 🟡 ENTRY #{ $id } · { $spread } · { $credit } · risk { $risk }
exit-headline-hard = 🔴 CLOSE #{ $id } · { $spread } · { $reason } · { $pnl }
exit-headline-soft = 🟠 CLOSE? #{ $id } · { $spread } · { $reason } · { $pnl }
exit-headline-info = 🔵 WATCH #{ $id } · { $spread } · { $reason } · { $pnl }
fill-headline-open = 🟢 OPENED trade #{ $id } · { $spread }
fill-headline-close = ⚫ CLOSED trade #{ $id } · { $spread }
fill-headline-side = ⚫ BOUGHT BACK one side of trade #{ $id } · { $spread }
settlement-headline = 🏁 SETTLED trade #{ $id } · { $spread } · { $pnl }
refusal-headline =
    ⚪ NO ENTRY · decision #{ $id } · { $count ->
        [one] { $count } filter said no
       *[other] { $count } filters said no
    }{ $unchecked ->
        [0] { "" }
        [one] { " " }· { $unchecked } not checkable
       *[other] { " " }· { $unchecked } not checkable
    }
digest-headline =
    📋 DIGEST { $on } · last 24 h { $day } · { $count ->
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
entry-risk-loss-condor = Could go wrong: up to { $loss } at { $low } or { $high }.
entry-risk-stops = Stops: cost { $stop }, DVOL { $dvol }, spot near { $spot }.
entry-target = Target: close at { $cost } or less; time stop { $on }.
card-valid-until = ⏳ Expires
card-answer-by = ⏳ Deadline:
missing-input-funding = No funding rate: counted as zero.
missing-input-rr25 = No skew: its two rows were skipped.
missing-input-dvol-24h-ago = No DVOL of yesterday: no jump check.
missing-input-other = Not known: { $code }.
events-none = No HIGH or MEDIUM event before expiry.
warnings-none = No warnings.
greeks-collateral = Collateral apart: { $amount }
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
exit-words-time-stop-hard = The time stop was asked twice without an answer: now it closes.
exit-words-event-guard = A HIGH event is near and the trade is losing.
exit-words-bias-flip = The market turned against the side of this trade.
exit-words-hold = Nothing to do.
exit-words-other = Reason: { $code }.
unanswered-auto-execute = If nobody answers: it closes by itself.
unanswered-repropose-next-monitor = If nobody answers: asked again at the next monitor.
unanswered-repropose-hard = If nobody answers: the next card closes by itself.
unanswered-settles = If nobody answers: nothing is bought back; it is settled at expiry.
unanswered-nothing = Nothing happens without an answer.
unanswered-other = If nobody answers: { $code }.

# How a card ended.
ending-approved = ✅ APPROVED
ending-rejected = ❌ REJECTED
ending-expired = ⌛ EXPIRED, no answer
ending-superseded = ♻️ REPLACED by a newer card
ending-refused = ⛔ REFUSED by the rules
ending-killed = 🛑 STOPPED by the kill switch
ending-executed = ✅ DONE
ending-not-placed = ⚠️ NOT FILLED
ending-postponed = ⏸ POSTPONED
ending-settled = 🏁 SETTLED at expiry; this card ends with it
ending-other = { $code }
outcome-by = { $by } · { $at }
outcome-by-after = { $by } · { $at } · after { $latency }
outcome-next = See #{ $id }.

# Checks: a mark, a name, what was seen, what it needed.
check-needs = { " " }(needs { $limit })
check-stays = { " " }(stays while { $limit })
check-no-value = no value
check-against = { " " }(against this trade: { $what })
checks-more =
    { $count ->
        [one] … and { $count } more
       *[other] … and { $count } more
    }

# Fills and settlements.
fill-source-modelled = modelled fill
fill-source-other = { $code }
fill-position-open = Now open: { $size }, at most { $risk } at risk.
fill-position-closed = Nothing left open in this trade.
fill-exits = Exits from this credit: profit take at { $take } or less, stop loss at { $stop }.
fill-earlier = Before it, { $side }: { $pnl }.
fill-side-left = Still open: { $side }.
settlement-worthless = Expired worthless: the credit is kept, no fee.
settlement-worthless-side = This side expired worthless, without a fee; the other side was bought back before.
settlement-paid-side = This side expired in the money: the payout was taken; the other side was bought back before.
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
digest-killed = ⛔ KILL is armed, no order goes out by itself: { $reason }
digest-held = ⏸ No new entries: { $holds }
digest-flat = No open trades.
digest-more = … and { $count } more: /positions
digest-no-events = No events in the next 7 days.
digest-monitor = { $ok } of { $expected } runs ok
digest-next = Next digest { $at }.
digest-audit-head = Audit head

# The start-up.
start-first = first start
start-audit-ok = whole to row { $seq }
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
label-width = Width
label-credit = Credit
label-credit-first = Credit asked
label-credit-over-width = Credit/width
label-fee = Fee
label-max-loss-cap = Max loss / cap
label-break-even = Break-even
label-prob-profit = Chance of profit (model)
label-p-star = Win rate needed (p*)
label-expiry = Expiry
label-spot = Spot
word-forward = forward
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
label-credit-limit = Credit asked
label-credit-floor = Lowest credit taken
label-credit-natural = Credit if crossed
label-slippage-expected = Slippage expected
label-fee-open = Fee to open
label-fees-roundtrip = Fees, round trip
label-fees-share = Fees of credit
label-max-loss-strict = Max loss (strict)
label-loss-long-strike = Loss at long strike
label-im = Initial margin
label-mm = Maintenance margin
label-portfolio-margin = Portfolio margin, estimate
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
label-reason = Reason
label-deadline = Deadline
label-opened = Opened
label-expected-close = Expected cost
label-fee-close = Fee to close
label-fees-total = Fees, both ways
label-pnl = P&L
label-pnl-side = P&L of this side
label-pnl-trade = P&L of the whole trade
label-filled = Filled
label-slippage = Slippage
label-order = Order
label-at = At
label-cash = Cash before the fee
label-r = P&L of max loss
label-delivery-price = Delivery price
label-bought-back = Other side cost
label-payout = Payout
label-pnl-day = P&L, last 24 h
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

# Rules, by the code the engine gives them.
check-kill-switch-off = Kill switch off
check-not-on-hold = Not on hold
check-hold-off = On hold
check-dry-run = Dry run
check-stage-allows-strategy = Allowed in this stage
check-index-age = Age of the index
check-chain-age = Age of the option chain
check-dvol-age = Age of DVOL
check-fx-age = Age of EUR/USD
check-macro-age = Age of the macro calendar
check-portfolio-age = Age of the portfolio
check-quote-age = Age of the quote
check-recorded-chain-age = Age of the recorded chain
check-macro-coverage = Calendar covers expiry
check-fx-min = EUR/USD, lowest sane
check-fx-max = EUR/USD, highest sane
check-fx-jump = EUR/USD, jump since the last look
check-index-perp-divergence = Index against perpetual
check-clock-skew = Clock off by
check-optional-inputs-missing = Optional inputs missing
check-venue-open = Exchange open
check-outside-settlement = Outside settlement hours
check-outside-maintenance = Outside maintenance
check-books-open = Books open
check-macro-off = Macro filter off
check-macro-high = Next HIGH event
check-macro-medium = Next MEDIUM event
check-macro-before-expiry = Event before expiry
check-macro-uncovered = Calendar ends early for
check-dvol-min = DVOL
check-dvol-max = DVOL
check-dvol-jump-24h = DVOL change in 24 h
check-return-24h = Move in 24 h
check-return-4h = Move in 4 h
check-volatility-premium = DVOL over RV30
check-bias = Bias
check-funding = Funding per year
check-fear-greed = Fear & greed
check-liquidation-heat = Liquidation heat
check-strikes-found = Strikes found
check-widths-within-a-step = Widths of puts and calls apart by
check-no-expiry = Days to the nearest expiry
check-expiry-in-band = Days to expiry
check-no-strike-in-band = No strike fits; nearest delta
check-no-width-in-band = No long strike at a fitting width; nearest
check-short-delta-in-band = Short delta
check-width-in-band = Width of spot
check-short-otm-in-band = Short strike out of the money
check-beyond-expected-move = Short strike in expected moves
check-shorts-dropped = Short strikes dropped:
check-pairs-dropped = Pairs dropped:
check-spread-priced = Spread priced
check-leg-quoted = Leg quoted
check-cap-below-one-lot = One lot risks more than the cap:
check-width-that-fits = Width that would fit
check-spot-that-fits = Spot at which one lot fits
check-credit-min = Credit
check-fill-at-floor = Expected fill
check-credit-over-width = Credit/width
check-fees-over-credit = Fees of credit
check-credit-below-width = Credit within the width
check-liquidity = Liquidity checks failed
check-short-has-bid = Bid of the short leg
check-long-has-ask = Ask of the long leg
check-book-not-crossed = Ask above bid
check-open-interest = Open interest
check-book-spread = Bid-ask spread
check-top-size = Size at the top
check-mark-mid-divergence = Mark against mid
check-volume-24h = Volume in 24 h
check-expected-slippage = Expected slippage
check-maintenance-usage = Maintenance margin use
check-initial-margin = Initial margin
check-maintenance-after-fall = Margin use after a fall
check-size-zero = Size left by
check-sized = Size
check-trade-cap = Max loss of the trade
check-total-cap = Engaged after the trade
check-same-expiry-and-side = Trades at this expiry and side
check-new-this-week = New trades this week
check-open-positions = Open trades
check-cooldown-after-stop = Since the last stop
check-eth-share = ETH share of wealth
check-net-delta = Net delta
check-short-vega = Short vega
check-short-gamma = Short gamma
check-consecutive-losses = Losses in a row
check-month-loss = Loss this month
check-drawdown = Drawdown
check-kelly-result = Result in max losses
check-kelly-survivable = Result a stake at the cap survives
check-kelly-previous = Kelly fraction so far
check-manual = Asked to close
check-settled = Settled
check-blackout = Settlement pause
check-data = Price missing or old
check-margin = Margin use
check-stop-loss = Cost over credit
check-vol-stop = DVOL since entry
check-delta-breach = Short delta
check-adverse-move = Worst 4 h move
check-pin-risk = Distance to the short strike
check-expire = Cost over credit, to expire
check-profit-take = Net profit of credit
check-time-stop = Days left
check-event-guard = Next HIGH event in
check-bias-flip = Bias now
check-other = { $code }

# Why a rule could not be evaluated, or what to know about it.
cause-missing = missing
cause-missing-or-stale = missing or old
cause-credit-not-positive = the credit is not positive
cause-dvol-scale = only the DVOL scale forbids it
cause-empty-side = one side of the book is empty
cause-greeks-missing = a leg's Greeks are missing
cause-no-ask = no ask
cause-no-bid = no bid
checks-unasked = { $count ->
    [one] 1 filter not asked: { $cause }
   *[other] { $count } filters not asked: { $cause }
  }
cause-no-candidate = no spread was found
cause-no-equity = no equity
cause-no-macro-calendar = no macro calendar
cause-no-mark-or-ask = no mark or no ask
cause-no-size = no size was found
cause-no-stop = no stop so far
cause-no-earlier-rate = no earlier rate to compare with
cause-no-strategy = no trade goes with this bias
cause-no-venue-status = exchange state unknown
cause-none-ahead = none ahead
cause-not-given = the source does not give it
cause-out-of-range = outside its scale, not believed
cause-no-model-figures = no IV, forward or delta to believe
cause-short-delta-in-band = most have a delta outside the band
cause-short-otm-in-band = most lie at a distance outside the band
cause-beyond-expected-move = most lie inside the expected move
cause-reported-only = only reported
cause-another-trade-first = another trade goes first
cause-short-delta-below-minimum = the short strike is still far
cause-not-the-last-day = not the last day
cause-not-the-last-day-or-too-near = not the last day, or too near
cause-profit-high-enough-to-hold = profit is high enough to hold
cause-trade-not-weak = the trade is not weak
cause-held-at-max-loss = closing costs nearly the max loss: held
cause-no-move = no price history
cause-no-delta = no delta
cause-no-index = no index
cause-no-profit = no price to close
cause-no-profit-or-delta = no price or no delta
cause-no-bias = no bias
cause-no-fx = no EUR/USD
cause-no-dvol = no DVOL
cause-no-wealth = no account figures
cause-no-chain = no option chain
cause-no-sizes = no sizes in the book
cause-delivered = delivered
cause-settlement-window = settlement hours
cause-book-not-open = a book is not open
cause-venue-locked = the exchange is locked
cause-funding = funding
cause-sentiment = sentiment
cause-rr25 = skew
cause-fear-greed = fear & greed
cause-skew = skew
cause-no-equity-or-index = no equity or no index
cause-not-in-chain = no longer in the option chain
cause-not-priced = a side, a mark or a volatility is missing
cause-never-orders = it proposes and never orders
cause-engine-stopped = the engine stopped before the answer was carried out
cause-stopped-before-opening = The engine stopped before the order: nothing was sold. The next scan looks anew.
cause-stopped-before-closing = The engine stopped before the order: nothing was bought back and the trade is open.
cause-checks-running = checks are running
cause-ended-at-venue = it ended at the exchange
cause-other = { $code }

# Values and subjects that are codes.
value-bull-put = bull put
value-bear-call = bear call
value-iron-condor = iron condor
value-bull = bull
value-bear = bear
value-neutral = neutral
value-no-entry = no entry
value-open = open
value-settlement = settlement
value-delivered = delivered
value-inactive = inactive
value-locked = locked
value-halted = halted
value-archivized = archived
value-other = { $code }
subject-short-delta-in-band = delta outside the band
subject-short-otm-in-band = distance outside the band
subject-beyond-expected-move = inside the expected move
subject-no-model-figures = no IV or delta
subject-width-band = width outside the band
subject-trade-cap = over the trade cap
subject-put = puts
subject-call = calls
subject-no-price = no price

# Alerts: a sentence per code; a code without one shows itself and its facts.
alert-other = { $code }
alert-exit-due-killed = An exit is due (#{ $id }) but the kill switch is armed: it goes out only on a tap.
alert-approval-failed = Proposal #{ $id } could not be carried out; nothing was ordered.
alert-exit-data = Trade #{ $trade } has no usable price ({ $misses } in a row); no decision is made on it.
alert-let-expire = Trade #{ $trade } is left to expire: almost worthless, far enough away, no fee.
alert-bias-flip = Bias now { $bias } (was { $was_bias }): the { $side } of trade #{ $trade } are threatened.
alert-pause-held = Trade #{ $trade } would be closed ({ $rules }), but trading is paused: nothing can be bought back before settlement or the end of the pause.
alert-book-shut = Trade #{ $trade } is held: a book of its options is not open, outside settlement hours. Check the contract at the exchange.
alert-rules-blind = Trade #{ $trade } is guarded by fewer rules: figures are missing for { $rules }. Look at it yourself.
alert-mark-mid = Trade #{ $trade }: mark and mid are more than { $limit_frac } apart ({ $legs }). The rules go by the mark, a close costs what the book asks.
alert-breaker-losses = New entries stopped. Losses in a row: { $losses }. /resume after a look.
alert-breaker-month = New entries stopped for this month's loss: { $loss_eur }. /resume after a look.
alert-breaker-drawdown = New entries stopped: { $drawdown_eur } below the peak. /resume after a look.
alert-agent-said = Another program of yours ({ $agent }) sends this text; nothing was done with it.
alert-backup-failed = The backup failed; the older ones are as they were.
alert-drill-failed = The newest backup could not be restored in practice: a restore would fail now.
alert-anchors-not-carried = The anchors of the audit chain do not leave this machine: your command failed. It is tried again; this is said once.
alert-second-path-failed = The second path is broken: your command failed. It is tried again; this is said once.
alert-killed-by = KILL by { $who }: no order goes out by itself any more. Reason: { $reason }
alert-disarmed-by = { $who } lifted KILL; new entries stay on hold until /resume. Reason: { $reason }
alert-paused-by = { $who } paused new entries; exits still run. Reason: { $reason }
alert-resumed-by = { $who } lifted a hold: { $holds }.
