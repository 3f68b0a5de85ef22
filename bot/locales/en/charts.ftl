# What stands in and under the pictures.
chart-as-of = as of { $at }
chart-age = data { $age } old
chart-modelled = ◆ modelled prices, not the venue's
chart-utc = UTC
chart-one-point = One point so far: the line begins with the second.

chart-payoff-profit = Most it can make
chart-payoff-loss = Most it can lose
chart-payoff-expires = expires { $at }
chart-payoff-axis = P&L in €, over the ETH index in $
chart-payoff-expiry = at expiry
chart-payoff-now = now
chart-payoff-move = expected move ±1σ: { $low } to { $high }
chart-payoff-spot = spot { $value }
chart-payoff-short = short { $value }
chart-payoff-long = long { $value }
chart-payoff-break-even = break-even { $value }
chart-payoff-empty = No payoff yet: it appears as soon as every leg of the position has quotes.
chart-payoff-alt = Payoff of { $title } ({ $env }): at most { $profit } to make and { $loss } to lose, break-even { $breakeven }, spot { $spot }, expires { $expiry }.

chart-period-all = all time
chart-period-other = { $code }

chart-equity-title = Equity · { $period }
chart-equity-total = P&L, open trades included
chart-equity-drawdown = Deepest drawdown
chart-equity-split = realised { $realised } · open { $unrealised }
chart-equity-trades = { $closed } closed · { $open } open
chart-equity-axis = Cumulative P&L, €
chart-equity-drawdown-axis = Below the peak, €
chart-equity-deepest = deepest { $value }
chart-equity-last = now { $value }
chart-equity-empty = No equity yet: the curve begins with the first trade that is opened.
chart-equity-alt = Equity ({ $env }, { $period }): P&L { $total }, realised { $realised }, open { $unrealised }, deepest drawdown { $drawdown }, { $closed } closed and { $open } open trades.

chart-market-title = ETH market
chart-market-spot = Spot
chart-market-dvol = DVOL
chart-market-trend = { $days } d trend { $trend }
chart-market-trend-unknown = trend not known yet
chart-market-inside = DVOL inside the entry band { $low } to { $high }
chart-market-outside = DVOL outside the entry band { $low } to { $high }
chart-market-spot-axis = ETH index, $
chart-market-dvol-axis = DVOL, points
chart-market-band-above = no entry above { $value }
chart-market-band-below = no entry below { $value }
chart-market-empty = No market data yet: the lines begin with the first prices from the market server.
chart-market-alt = ETH market ({ $env }): spot { $spot }, DVOL { $dvol }; { $trend }; { $band }.

chart-timeline-mark = Cost to close now
chart-timeline-kept = Kept of the credit
chart-timeline-expires = expires { $at }
chart-timeline-axis = Cost to close, { $coin } per 1 ETH of option
chart-timeline-credit = credit
chart-timeline-profit-take = take profit
chart-timeline-stop-loss = stop loss
chart-timeline-now = now
chart-timeline-empty = No marks yet: the line begins with the first monitor run after the opening.
chart-timeline-alt = Life of { $title } ({ $env }): cost to close { $mark } against a credit of { $credit }, { $kept } kept; take profit at { $take }, stop loss at { $stop }, expires { $expiry }.

chart-book-trades = { $count ->
    [one] { $count } open trade
   *[other] { $count } open trades
  }
chart-book-left-out = { $count } not priced

chart-risk-title = If the market jumps now
chart-risk-worst = Worst of the grid
chart-risk-best = Best of the grid
chart-risk-where = worst at spot { $index }, DVOL { $dvol }
chart-risk-axis = P&L of the options in €, by spot and DVOL points
chart-risk-dvol = DVOL { $points }
chart-risk-dvol-now = DVOL now
chart-risk-spot-now = spot now
chart-risk-empty = No risk yet: the grid appears with the first open trade that has quotes.
chart-risk-alt = Risk grid ({ $env }) around spot { $spot }: worst { $worst }, { $where }; best { $best }; { $trades }.

chart-greeks-title = Greeks of the book
chart-greeks-theta = Theta
chart-greeks-vega = Vega
chart-greeks-day = /d
chart-greeks-point = /pt
chart-greeks-here = now Δ { $delta } · Γ { $gamma } per 1 %
chart-greeks-delta-axis = Delta, ETH, over the ETH index in $
chart-greeks-gamma-axis = Gamma, $ of delta per 1 % move
chart-greeks-limit = limit for an entry
chart-greeks-empty = No Greeks yet: the curves appear with the first open trade that has quotes.
chart-greeks-alt = Greeks of the book ({ $env }) at spot { $spot }: delta { $delta }, gamma { $gamma } per 1 %, theta { $theta }, vega { $vega }; { $trades }.

chart-smile-title = Smile · { $expiry }
chart-smile-no-expiry = no expiry
chart-smile-atm = IV at the money
chart-smile-rr25 = 25Δ call minus put
chart-smile-market = forward { $forward } · DVOL { $dvol }
chart-smile-held = { $count ->
    [0] no open trade of this expiry
    [one] { $count } open trade of this expiry
   *[other] { $count } open trades of this expiry
  }
chart-smile-axis = Implied volatility per year, over the strike in $
chart-smile-puts = puts
chart-smile-calls = calls
chart-smile-forward = forward { $value }
chart-smile-short = #{ $id } short { $value }
chart-smile-long = #{ $id } long { $value }
chart-smile-dvol = DVOL { $value }
chart-one-strike = One strike so far: the line begins with the second.
chart-smile-empty = No smile yet: it appears as soon as the venue quotes volatilities for an expiry.
chart-smile-alt = Smile of { $expiry } ({ $env }): at the money { $atm }, 25-delta call minus put { $rr25 }, forward { $forward }; { $held }.

chart-sure = n { $n } · 90%: { $interval } · break-even p* { $breakeven }
chart-reasons-title = P&L by reason · { $period }
chart-reasons-net = Net result
chart-reasons-rate = Win rate
chart-reasons-axis = Net € of the trades that ended for each reason
chart-reasons-count = { $wins } of { $closed } won
chart-reasons-others = { $count } other reasons
chart-reasons-empty = No closed trade yet: the bars appear with the first one that ends.
chart-reasons-alt = P&L by close reason, { $period } ({ $env }): net { $net }, win rate { $rate }, { $sure }; { $rows }.

chart-tearsheet-title = Replay · { $span }
chart-tearsheet-axis = P&L since the first day, open trades marked
chart-tearsheet-months = What each month made
chart-tearsheet-costs = drawdown { $drawdown } · fees { $fees } · mean r { $r }
chart-tearsheet-scans = { $scans } scans, { $refused } of them refused an entry
chart-tearsheet-modelled = ◆ { $share } of the scans at modelled option prices
chart-tearsheet-empty = No curve: the period was too short for one mark. Ask for more days.
chart-tearsheet-alt = Replay { $span } ({ $env }): net { $net }, win rate { $rate }, { $sure }, { $costs }.

chart-fan-title = Monte Carlo
chart-fan-z = z of the real path
chart-fan-below = Paths that made less
chart-fan-axis = Sum of r (net over max loss)
chart-fan-trades = closed trades
chart-fan-high = 95%
chart-fan-both = 5% – 95%
chart-fan-middle = median
chart-fan-low = 5%
chart-fan-realised = real { $value } after { $n }
chart-fan-paths = { $paths } paths · { $n ->
    [0] no real trade closed yet
    [one] { $n } real trade closed
   *[other] { $n } real trades closed
  }
chart-fan-expected = expected mean r { $r } (90%: { $span })
chart-fan-verdict-pass = as expected: within one standard deviation
chart-fan-verdict-review = 1 to 2 standard deviations off: a person looks why
chart-fan-verdict-blocked = more than 2 standard deviations off: no promotion
chart-fan-verdict-unmatched = no path closed as many trades: nothing to compare
chart-fan-verdict-no-trades = nothing to compare before the first closed trade
chart-fan-verdict-other = { $code }
chart-fan-modelled = ◆ paths from a model, not from the market
chart-fan-empty = No fan yet: it appears with the first Monte Carlo run.
chart-fan-alt = Monte Carlo ({ $env }): { $count }, { $expected }, z { $z }, { $below } of the paths made less; { $verdict }.

chart-kelly-title = Kelly · { $strategy }
chart-kelly-used-label = In use
chart-kelly-full-label = Full Kelly
chart-kelly-axis = Fraction of the bankroll, 90% interval as a bar
chart-kelly-rate-axis = Win rate, 90% interval as a bar
chart-kelly-full = full { $value }
chart-kelly-used = in use { $value }
chart-kelly-cap = cap { $value }
chart-kelly-middle = median { $value }
chart-kelly-rate = won { $value }
chart-kelly-break-even = break-even p* { $value }
chart-kelly-mean = mean r { $r } (90%: { $span })
kelly-state-insufficient-sample = too few live trades: { $n } of { $least }
kelly-state-negative-edge = negative edge: no new entries
kelly-state-unproven = edge not proven: one lot at most
kelly-state-uncertain = edge uncertain: half of it is used
kelly-state-ok = edge proven
kelly-state-other = { $code }
chart-kelly-empty = No live trade of { $strategy } closed yet: paper trades are kept apart, so Kelly has nothing to learn from.
chart-kelly-alt = Kelly of { $strategy } ({ $env }): in use { $used }, full { $full }, { $sure }, { $mean }; { $state }.

chart-sweep-title = Sweep · mean r
chart-sweep-best = ★ Best
chart-sweep-shipped = As shipped □
chart-sweep-off-map = As shipped
chart-sweep-none = too few trades to choose a best
chart-sweep-held = all fields at { $held }
chart-sweep-down = Down: { $name }
chart-sweep-across = Across: { $name }
chart-sweep-where = ★ { $where }
chart-sweep-luck = best of { $tries ->
    [one] { $tries } try
   *[other] { $tries } tries
  } · better than luck: { $chance }
chart-sweep-empty = No trade with any of these settings: the map stays empty until a sweep finds some.
chart-sweep-alt = Sweep ({ $env }): best mean r { $best } at { $where }, as shipped { $shipped }, { $luck }.
