# Research: Monte Carlo, Kelly, sweeps.

## /montecarlo
montecarlo-title = Monte Carlo · { $stage }
montecarlo-paths = { $paths } invented paths of { $days ->
    [one] { $days } day
   *[other] { $days } days
  } from this market on ({ $market }, seed { $seed }): the same exits, fees and fills as the engine's.
montecarlo-mean = { $r } per trade (90%: { $span }), spread { $sd }
montecarlo-rate = { $rate } · break-even p* { $breakeven }
montecarlo-per-path = { $mean } a path (90%: { $low } – { $high })
montecarlo-real = Really closed: { $n } · sum of r { $r } · { $below } of such paths made less
montecarlo-matched = Paths after { $n ->
    [one] { $n } trade
   *[other] { $n } trades
  }: sum of r { $r }, spread { $sd } (90%: { $span })
montecarlo-verdict-pass = The gate passes: |z| is at most { $passes }.
montecarlo-verdict-review = The gate asks for a written reason: |z| lies between { $passes } and { $blocks }. A right model strays this far about one time in four.
montecarlo-verdict-blocked = The gate blocks: |z| is above { $blocks }. The results do not look like these rules in this market.
montecarlo-verdict-unmatched = Nothing to compare yet: too few paths close as many trades. More days would.
montecarlo-verdict-no-trades = Nothing to compare yet: no trade has been closed.
montecarlo-verdict-other = { $code }
montecarlo-band = Mean r per trade if the market's prices are a little different:
montecarlo-band-row = { $name }: { $r } (90%: { $span })
montecarlo-band-point = as modelled, fewer paths
montecarlo-band-atm-low = volatility 7% lower
montecarlo-band-atm-high = volatility 7% higher
montecarlo-band-skew-steep = puts dearer
montecarlo-band-skew-flat = puts no dearer than calls
montecarlo-band-books-narrow = books half as wide
montecarlo-band-books-wide = books 60% wider
montecarlo-band-other = { $code }
montecarlo-model = Option prices and paths are a model, without drift, news or funding: read them as an indication.
label-win-rate = Win rate
label-z = z

## /kelly
kelly-title = Kelly: a recalibration now (nothing is changed)
kelly-nothing = No trade has been closed yet. From { $n } live trades of one strategy on, Kelly sets its size; until then the caps alone do.
kelly-row = { $strategy } · { $kind } · { $n } closed in { $weeks ->
    [one] { $weeks } week
   *[other] { $weeks } weeks
  }
kelly-live = live
kelly-paper = paper
kelly-rate = win rate { $rate } ({ $level }: { $span }) · break-even p* { $breakeven }
kelly-mean = mean r { $r } ({ $level }: { $span })
kelly-full = full Kelly { $f } ({ $level }: { $span })
kelly-used = in use { $f } of the bankroll, before { $before }
kelly-cuts = made smaller by: { $cuts }
kelly-cut-negative-edge = negative edge
kelly-cut-no-edge = no edge with the prior and the tail
kelly-cut-cap = the cap
kelly-cut-uncertainty = uncertainty, halved
kelly-cut-monthly-increase = the most a month may add
kelly-cut-other = { $code }
kelly-stake-hard-caps = the caps alone set the size
kelly-stake-fraction = the fraction in use bounds the size
kelly-stake-one-lot = one lot at most
kelly-stake-suspended = no new entry
kelly-stake-other = { $code }
kelly-paper-means = paper: it sets no size
kelly-refused = These results cannot be true ({ $problems }): no new entry of this strategy until they are set right.
kelly-note = Intervals: whole weeks drawn again, because trades of one week share a market. Euro caps are never raised.

## sweep
sweep-title = Sweep: { $keys }
sweep-tried = { $n ->
    [one] { $settings } setting
   *[other] { $settings } settings
  } lived through { $span } ({ $weeks ->
    [one] { $weeks } week
   *[other] { $weeks } weeks
  }, { $history }).
sweep-left-out = Left out: { $impossible } that the strategy cannot run with. Without a single trade: { $untraded }.
sweep-nothing = No setting closed { $n ->
    [one] { $n } trade
   *[other] { $n } trades
  }: there is nothing to choose from.
sweep-best = Best: { $values }
sweep-halves = Mean r { $r } (90%: { $span }) · first 70% of the weeks { $inside } ({ $insidespan }) · last 30% { $outside } ({ $outsidespan })
sweep-luck = Chance that this is more than the luck of the best of { $tries }: { $chance }
sweep-forward = Chosen as time went on, in { $folds ->
    [one] 1 step
   *[other] { $folds } steps
}: the last choice promised { $promised } (90%: { $promisedspan }), all of them together made { $r } ({ $span }) over { $n ->
    [one] { $n } trade
   *[other] { $n } trades
  }.
sweep-fold = { $values }: promised { $promised } ({ $promisedspan }) → made { $r } ({ $span }), n { $n }
sweep-no-forward = Too few trades to choose on the past and test on what followed.
sweep-shipped = The rules in force: mean r { $r } (90%: { $span })
sweep-rows = The best { $shown } of { $all }, mean r with 90% interval, interval of the win rate, then the last 30% of the weeks:
sweep-row = { $values }: { $r } ({ $span }) · won { $rate } · n { $n } · after { $outside } ({ $outsidespan })
sweep-modelled = Option prices come from a model, not from records: read the sweep as an indication.
sweep-note = The best of many tries looks better than it is: trust what came after the choice.

## Refusals
result-research-busy = A Monte Carlo run or a sweep is under way. Its answer comes first; ask again after it.
result-montecarlo-cannot = Monte Carlo cannot begin: { $detail }
help-montecarlo = what these rules would make on invented paths
help-kelly = how much the closed trades allow to stake

## /sweep, and the words of /replay
help-sweep = live through a grid of settings, with a heat map and what the choice was worth afterwards
working-settings = ⏳ { $done } of { $all } settings lived through. The answer follows here.
work-done = ✔ Done; the answer follows.
replay-change = With { $key } { $now } instead of { $before }, in this replay only
result-grid-empty = Name at least one value to try, e.g. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-word = { $word } is no KEY=VALUE,VALUE and no KEY=FROM:TO:STEP, e.g. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-twice = A key stands twice; give each once with all its values, e.g. /sweep exit.stop_loss_x_credit=2,2.5,3
result-grid-unknown = There is no setting { $name }; /config lists them, e.g. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-unknown-near = There is no setting { $name }, perhaps { $near } is meant; e.g. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-range = { $name } is no range: write FROM:TO:STEP in numbers, TO not below FROM and STEP above zero, e.g. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-many = { $count } values are more than { $most }: take fewer or a wider step, e.g. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-value = { $name } cannot be “{ $word }”; /config shows what it is now, e.g. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-one = { $name } has several values here; /replay takes one, /sweep tries several, e.g. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-impossible = The strategy cannot run with these values together; /config shows those in force, e.g. /replay strikes.dte_min_d=14 strikes.dte_max_d=21
result-grid-manner = { $word } is not understood: policy is approve, reject or ignore and resume_after a number of days or never, e.g. /replay policy=ignore resume_after=never
result-sweep-too-many = { $count } settings are more than { $most }, the most in the chat: take fewer values or a wider step, e.g. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-sweep-too-long = { $count } days are more than { $most }, the most in the chat: name two days closer together, e.g. /sweep 2025-01-01 2025-12-31 exit.stop_loss_x_credit=2,2.5,3
result-past-cannot = The history cannot answer that: { $detail }
result-sweep-lost = The sweep ended before its time; what it found is kept, and the same command goes on from there.
