# The written rules, one sentence each: for a filter when it passes, for an exit when it fires and what follows.
# Key: rule-<id>-<code>. The facts are the thresholds in force, under the names of engine/core's rule book.

## How a rule is shown
rule-line = { $rule } · { $sentence }
rule-title = { $rule } in decision #{ $id }
rule-row-decided = This row decided.
rule-row-silent = This row did not decide.
rule-not-asked = Not asked in this decision.
rule-where = Unit: { $unit } · strategy { $source }
rule-where-plain = Yes or no · strategy { $source }
rule-more = One rule in full:
rule-unknown = There is no rule { $rule }. There are { $rules }.

unit-usd = USD
unit-eur = EUR
unit-coin = ETH per contract, USDC in USDC contracts
unit-eth = ETH
unit-frac = per cent
unit-pts = points
unit-d = days
unit-h = hours
unit-s = seconds
unit-n = a count
unit-x = a multiple
unit-usd-pt = USD per point
unit-usd-1pct = USD per 1 % move
unit-other = { $code }

value-off = not set
value-window = window
value-strict-before-expiry = strict before expiry
value-first-friday = first Friday

## Bias: the first row that matches decides
rule-b01-inputs-missing = No entry when spot, the option chain, DVOL or the trend over { $window } is missing or stale.
rule-b02-dvol-out-of-band = No entry when DVOL is below { $low } or above { $high }, or has risen by more than { $jump } in 24 h.
rule-b03-crash = No entry when the trend over { $window } is { $limit } or lower: a crash.
rule-b04-stress = No entry when the 25-delta risk reversal is { $limit } or lower: stress. Without one this row is skipped.
rule-b05-bull = Bull put when the trend over { $window } is { $trend } or higher and funding is at most { $funding } a year. Missing funding counts as zero.
rule-b06-crowded-longs = No entry when the trend over { $window } is { $trend } or higher and funding is above { $funding } a year: longs are crowded.
rule-b07-bear = Bear call when the trend over { $window } is { $trend } or lower, funding is at least { $funding } a year (missing counts as zero) and the risk reversal, where there is one, is below { $skew }.
rule-b08-squeeze = No entry when the trend over { $window } is { $trend } or lower and funding is below { $funding } a year or the risk reversal is { $skew } or higher: a squeeze threatens.
rule-b09-calm = Neutral when the market is calm on every figure: funding { $funding_low } to { $funding_high } a year, DVOL { $dvol_low } to { $dvol_high }, a move in 7 days of at most { $move }, RV10 at least { $ratio } RV30, DVOL at most { $premium } above RV30, and a known risk reversal. An iron condor goes with it where the stage has it on (paper: { $paper }, soft: { $soft }, full: { $full }), elsewhere no trade.
rule-b10-otherwise = No entry when no other row matches.

## Entry: switches
rule-e01-kill-switch-off = The kill switch is off.
rule-e01-not-on-hold = Nothing holds entries: no pause, no breaker, no fault.
rule-e01-stage-allows-strategy = The stage allows the strategy. Paper: { $paper }. Soft: { $soft }. Full: { $full }.
rule-e01-dry-run = The engine may order; a dry run proposes and never orders.
rule-e01-hold-off = Nothing holds entries at the moment an approval is carried out.

## Entry: inputs
rule-e02-index-age = The index is at most { $limit } old; a time that far ahead is as wrong.
rule-e02-chain-age = The option chain is at most { $limit } old; a time that far ahead is as wrong.
rule-e02-recorded-chain-age = A recorded option chain was taken at most { $limit } away from now; a live one is not asked.
rule-e02-dvol-age = DVOL is at most { $limit } old; a time that far ahead is as wrong.
rule-e02-fx-age = EUR/USD is at most { $limit } old, as weekends have no fixing; beyond { $old } it is used with a warning.
rule-e02-macro-age = The macro calendar is at most { $limit } old.
rule-e02-portfolio-age = The account figures are at most { $limit } old.
rule-e02-macro-coverage = The macro calendar covers at least one type of event; an empty one is missing, not a week without events.
rule-e02-fx-min = EUR/USD is at least { $limit }: less is bad data.
rule-e02-fx-max = EUR/USD is at most { $limit }: more is bad data.
rule-e02-fx-jump = EUR/USD is within { $limit } of the rate believed at the look before: a jump is bad data.
rule-e02-index-perp-divergence = Index and perpetual, both fresh, differ by at most { $limit } of the index.
rule-e02-clock-skew = Our clock and the exchange's differ by at most { $limit }.
rule-e02-optional-inputs-missing = Funding, sentiment and skew may be missing with a warning; in stage soft at most { $soft } of them, for an iron condor none.

## Entry: exchange
rule-e03-venue-open = The exchange is not locked.
rule-e03-books-open = The books of all legs are open.
rule-e03-outside-settlement = It is not the hour of the daily settlement, { $window } UTC.
rule-e03-outside-maintenance = No announced maintenance is near: not { $window } UTC on its day, nor within { $guard } of its start.

## Entry: events
rule-e04-macro-off = The event filter is switched off: no event is looked at. Its mode is set to: { $mode }.
rule-e04-macro-high = The next high event ({ $events }, or one the calendar itself rates high) is more than { $limit } ahead.
rule-e04-macro-medium = The next medium event ({ $events }, or one the calendar itself rates medium) is more than { $limit } ahead. These never block: { $low }.
rule-e04-macro-before-expiry = No high event ({ $high }) and no medium event ({ $medium }) falls before the expiry.
rule-e04-macro-uncovered = A warning only: official dates end before the expiry (without a spread: within { $horizon }). Until then usual days of the month stand in for them. CPI: { $cpi }. NFP: { $nfp }. ECB: { $ecb }. FOMC: { $fomc }.

## Entry: volatility and moves
rule-e05-dvol-min = DVOL is at least { $limit }.
rule-e05-dvol-max = DVOL is at most { $limit }.
rule-e06-dvol-jump-24h = DVOL has risen by at most { $limit } in 24 h.
rule-e07-return-24h = Spot has moved by at most { $limit } in 24 h, either way.
rule-e07-return-4h = Spot has moved by at most { $limit } in 4 h, either way.
rule-e08-volatility-premium = DVOL less realised volatility is only reported, unless a minimum is set. Minimum: { $limit }.

## Entry: side
rule-e09-bias = The bias table names a trade, and it is this one.
rule-e10-funding = The mean funding of { $window } is at most { $put } a year where puts are sold, at least { $call } where calls are sold. Missing funding is a warning, for an iron condor a no.
rule-e11-fear-greed = Fear and greed stands at { $put } at most where puts are sold, at { $call } at least where calls are sold. A missing figure is a warning, for an iron condor a no.
rule-e11-liquidation-heat = Liquidation heat is below percentile { $limit }; where no source gives it, the rule passes.

## Entry: spread and credit
rule-e12-strikes-found = There is a spread to judge: the search found one that passes every gate for one lot, or the one on the card still has its prices and lies in its bands.
rule-e13-credit-min = The credit at mid is at least { $limit } per contract, in USDC contracts { $linear }; each side of a condor brings its own.
rule-e13-credit-over-width = The credit at mid is worth at least { $limit } of the width, on each side of a condor.
rule-e13-fees-over-credit = The fees of opening and closing, before any cap, are at most { $limit } of the credit at mid, on each side of a condor.
rule-e13-credit-below-width = The credit is worth no more than the width: more is bad data.
rule-e13-fill-at-floor = The fill to be expected is no lower than the lowest credit the order may take.
rule-e14-liquidity = Every liquidity check (L01 to L09) passes at the size of the trade.

## Entry: margin
rule-e15-maintenance-usage = Maintenance margin with this trade is below { $limit } of equity.
rule-e15-initial-margin = Initial margin of this trade is at most { $limit } of the available funds.
rule-e15-maintenance-after-fall = Were the index { $fall } lower, maintenance margin of this and every open trade, their marks at intrinsic value, would stay below { $limit } of equity.

## Entry: how many, how concentrated
rule-e17-same-expiry-and-side = Fewer trades than the stage allows are open or waiting at this expiry on a side of this one. Paper: { $paper }. Soft: { $soft }. Full: { $full }.
rule-e17-new-this-week = Fewer trades than the stage allows were opened this week or wait for an answer. Paper: { $paper }. Soft: { $soft }. Full: { $full }.
rule-e17-open-positions = Fewer than { $limit } trades are open or waiting.
rule-e17-cooldown-after-stop = The last stop on a side of this trade is at least { $limit } ago.
rule-e18-eth-share = ETH is at most { $limit } of wealth once the credit is in.
rule-e18-net-delta = The net delta of all options with this trade is at most { $limit }, either way. Collateral does not count.
rule-e18-short-vega = The short vega of all options with this trade is at most { $limit }.
rule-e18-short-gamma = The short gamma of all options with this trade is at most { $limit }.
rule-e19-consecutive-losses = Fewer than { $limit } losses in a row.
rule-e19-month-loss = The loss of this month is below { $limit } the trade cap.
rule-e19-drawdown = The drawdown is below { $limit } the trade cap.

## Strikes
rule-s01-expiry-in-band = The expiry is { $low } to { $high } away, of several the one nearest to { $target }. Index and EUR/USD must be known.
rule-s01-no-expiry = An expiry { $low } to { $high } away is listed.
rule-s02-short-delta-in-band = Each short strike's delta is { $low } to { $high }, in steps of { $bucket } as near to { $target } as passes; on a card already shown it may have drifted by { $drift } beyond.
rule-s02-short-otm-in-band = Each short strike lies { $put } (put) or { $call } (call) out of the money; on a card already shown it may have drifted by { $drift } of spot beyond.
rule-s02-beyond-expected-move = Each short strike lies { $moves } the expected move or more from the forward; on a card already shown { $drift } of spot less is still enough.
rule-s02-no-strike-in-band = Some short strike of the side has a delta of { $low } to { $high }, lies { $put } (put) or { $call } (call) out of the money and { $moves } the expected move or more from the forward.
rule-s03-no-width-in-band = Some short strike that may be sold has a long strike { $low } to { $high } of spot further out.
rule-s02-shorts-dropped = A count only: short strikes left out for figures that are missing, a delta not { $low } to { $high }, a distance not { $put } (put) or { $call } (call), or less than { $moves } the expected move.
rule-s03-width-in-band = Each width is { $low } to { $high } of spot, among equal deltas as near to { $target } as passes; on a card already shown the ends give way by { $drift } of themselves.
rule-s03-pairs-dropped = A count only: pairs left out for a width not { $low } to { $high } of spot, for the trade cap, for missing prices, or by a credit or liquidity gate.
rule-s04-cap-below-one-lot = One lot of the narrowest pair, its width and { $fees } for fees (condor: { $condor }), fits the trade cap. Paper: { $paper }. Soft: { $soft }. Full: { $full }.
rule-s04-width-that-fits = A figure only: the width of which one lot fits the trade cap, { $fees } for fees (condor: { $condor }) taken off.
rule-s04-spot-that-fits = A figure only: the spot at which one lot of a spread { $width } wide fits the trade cap, with { $fees } for fees (condor: { $condor }).
rule-s05-leg-quoted = Every leg of the spread on the card is still quoted.
rule-s05-spread-priced = The spread on the card still has its prices, marks and volatility, and a credit above zero.
rule-s06-widths-within-a-step = The widths of a condor's two sides differ by at most one step between listed strikes.

## Liquidity
rule-l01-short-has-bid = Somebody bids for each short leg.
rule-l01-long-has-ask = Somebody offers each long leg; a bid for it is not needed.
rule-l02-book-not-crossed = The ask stands above the bid.
rule-l03-open-interest = Open interest is at least { $short } in a short leg and { $long } in a long one.
rule-l04-book-spread = Ask less bid is worth at most { $short } or { $short_share } of mid in a short leg, { $long } or { $long_share } in a long one; the greater of the two holds.
rule-l05-top-size = A short leg's bid and a long leg's ask stand for at least { $limit } and { $multiple } the size of the trade.
rule-l06-mark-mid-divergence = Mid and mark differ by at most { $limit } of mark.
rule-l07-quote-age = The quote is at most { $limit } old; a time that far ahead is as wrong.
rule-l08-volume-24h = A warning only: less than { $limit } traded in 24 h, or nobody knows.
rule-l09-expected-slippage = A patient order is expected to give up at most { $limit } of the credit: { $share } of the way from mid to natural.

## Size
rule-e16-sized = The size is at least one lot: { $inverse } coin-settled, { $linear } in USDC contracts, or the exchange's own minimum where that is larger.
rule-e16-size-zero = Each of these leaves one lot: the trade cap times { $ref } / DVOL (kept between { $low } and { $high }; up to a DVOL of { $floor } this scale alone never refuses a lot), the rest of the total cap, what Kelly allows on { $bankroll } from { $sample } closed trades of the strategy on, { $book } of the top of the book, { $margin } of the free funds.
rule-e16-cap-below-one-lot = The maximum loss of one lot, { $fees } for fees (condor: { $condor }) included, fits the trade cap and what the total cap has left. Trade cap in paper: { $paper }, soft: { $soft }, full: { $full }.
rule-e16-width-that-fits = A figure only: the width of which one lot fits what the cap has left, { $fees } for fees (condor: { $condor }) taken off.
rule-e16-trade-cap = The maximum loss of the trade is within the stage's trade cap. Paper: { $paper }. Soft: { $soft }. Full: { $full }.
rule-e16-total-cap = The maximum loss of this trade and all open and waiting ones is within the stage's total cap. Paper: { $paper }. Soft: { $soft }. Full: { $full }.

## Exits: the first that fires decides
-spared = Spared at its maximum loss (X15).
rule-x00-manual = Hard exit when a person says so.
rule-x01-settled = The settlement is booked once expiry has passed and the delivery price is there, or { $after } past expiry; an alarm follows when none came within { $wait }.
rule-x02-blackout = Nothing is done during { $window } UTC on the trade's own expiry day, while a leg's book is not open or the exchange is locked.
rule-x03-data = Nothing is done while a short leg's mark or ask or a long leg's mark is missing, or a quote is over { $age } old (a recorded one: over { $recorded }). An alarm follows at miss { $misses } in a row.
rule-x04-margin = Hard exit when maintenance margin reaches { $limit } of the funds at the exchange and no open trade has a worse delta.
rule-x05-stop-loss = Hard exit when the spread's mark reaches { $limit } the credit. { -spared }
rule-x06-vol-stop = Hard exit when DVOL stands { $limit } or more above its value at entry. { -spared }
rule-x07-delta-breach = Hard exit when a short leg's delta reaches { $limit }. { -spared }
rule-x08-adverse-move = Hard exit when spot has gone { $limit } or more against the trade within { $window } since the last look and a short leg's delta is at least { $delta }. { -spared }
rule-x09-pin-risk = Hard exit when { $days } or less is left and a short strike lies less than { $limit } out of the money. { -spared }
rule-x10-expire = Kept to expiry, which is free, when { $days } or less is left, every short strike lies { $distance } or more out of the money and the mark is at most { $limit } of the credit.
rule-x11-profit-take = Soft exit when closing now would keep { $limit } or more of the credit, fees of both ways paid.
rule-x12-time-stop = Soft exit when { $limit } or less is left and less than { $profit } of the credit is earned; hard once { $unanswered } were not answered. { -spared }
rule-x13-event-guard = Soft exit when a high event is at most { $limit } ahead, the trade is losing and a short leg's delta is at least { $delta }. { -spared }
rule-x14-bias-flip = A word and no card when the bias table now speaks against the side that was sold; against a condor speaks either direction.
rule-x15-hold = Held when no other row fires. Rows that spare a trade at its maximum loss do not fire in its last 24 h once buying it back would cost { $share } of its width or more.

## Kelly: what it may be read from
rule-k01-kelly-result = Every result is known and within { $limit } the maximum loss of its trade, either way.
rule-k02-kelly-survivable = No result would have taken everything at the highest share, { $cap } of the bankroll.
rule-k03-kelly-previous = Last month's share is known and between nothing and the whole bankroll.
