# Answers of the commands that look into the book, the money and the program itself.

## /version
version-title = Cerbero Bite { $version }
label-python = Python
label-schema = Store schema
label-origin = Store
origin-demo = demo, for life
origin-real = real, for life
origin-other = { $code }
libraries = Built on:

## /config
config-title = Settings of this run
label-fingerprint = Fingerprint
config-all-shipped = All { $count } values are the ones that ship.
config-own = Your own values: { $count }
config-ships = ships as { $value }
config-waiting = Changed in config.toml, from the next start on:
config-unreadable = config.toml cannot be used as it is now; this run goes on as it started:
config-more = /config and a table shows all of it: { $tables }. /config all shows every value.
config-table = Settings: { $table }
config-no-table = There is no table { $table }. There are: { $tables }.

## /logs
logs-title = Log, last { $count ->
    [one] event
   *[other] { $count } events
  }
no-logs = Nothing is logged yet.
log-level-debug = ·
log-level-info = ·
log-level-warning = ⚠ warning
log-level-error = ❗ error
log-level-critical = ❗ critical
log-level-other = { $code }

## /backup
backup-taken = ✅ Backup taken: { $name }
backup-failed = ❌ No backup was taken
backup-line = { $age } old · row { $seq } · { $size } · { $soundness }
backups-none = There is no backup yet.
backups-more = … and { $count } older ones
result-backup-no-home = Nothing is kept in this run, so there is nothing to back up.
soundness-verified = verified
soundness-bad = ❌ bad
soundness-not-verified = not verified
soundness-other = { $code }

## /whoami
label-user-id = Your number
label-role = Role
label-language = Language
language-en = English
language-it = Italian
language-other = { $code }
label-stage = Stage
whoami-may = You may use { $allowed } of { $known } commands; /help lists them.

help-version = what runs, by name and number
help-config = the settings of this run: your own values, one table, or all
help-logs = the last events of the log
help-backup = take a backup now; every backup with its age
help-whoami = your number, your role, what you may do

## /risk
risk-title = Risk of the book: { $count ->
    [one] { $count } open trade
   *[other] { $count } open trades
  }
risk-market = Spot { $spot } · DVOL { $dvol }
risk-pnl = P&L in € when spot and DVOL (points) jump now:
risk-greeks = Greeks and margin when spot jumps, DVOL unchanged:
risk-legend = Δ in ETH · Γ in $ of delta per 1 % · V in $ per point · Θ in $ a day · MM%: maintenance margin of the equity the jump leaves.
risk-model = Each leg is priced by Black-76 on its own forward and volatility, all of them moved alike. Only the options: ETH on the account and credits kept in ETH move besides.
risk-missing = Not known now, so there is no grid: { $names }.
risk-left-out = Without quotes now, so not in these figures: { $ids }.
risk-empty = Nothing is open, so nothing can be lost. The grid appears with the first open trade.
risk-greeks-caption = Greeks of the book over the index
help-risk = the book when spot and DVOL jump: P&L grid, Greeks, margin

ping-other = { $code }

## /smile
smile-title = Smile { $expiry }
smile-spot = spot { $spot }
smile-short = #{ $id } short { $strike }: IV { $iv }
smile-long = #{ $id } long { $strike }: IV { $iv }
smile-nothing-held = No open trade of this expiry.
smile-not-listed = The venue lists no expiry { $expiry } now. These it does:
label-atm-iv = IV at the money
help-smile = implied volatility by strike of one expiry, the strikes held marked

## /stats
stats-title = Statistics, { $period }
stats-verdict-none = Without a gain and a loss there is no break-even yet: nothing can be told.
stats-verdict-few = { $n } trades are too few for a verdict: from 30 on the interval begins to tell something.
stats-verdict-inside = The break-even lies inside the interval: these { $n } trades prove no edge, and none against it.
stats-verdict-above = The whole interval lies above the break-even: the edge of these { $n } trades is more than chance.
stats-verdict-below = The whole interval lies below the break-even: these { $n } trades lose by more than chance.
label-mean-r = Mean r
stats-mean-r = { $r } (90%: { $span }, over { $weeks ->
    [one] { $weeks } week
   *[other] { $weeks } weeks
  })
label-fees = Fees
label-profit-factor = Profit factor
label-average-win = Average win
label-average-loss = Average loss
stats-fees = { $fees }, { $share } of the credit
stats-slippage = median { $median } · 90% at most { $p90 } · { $n ->
    [one] { $n } fill
   *[other] { $n } fills
  }
stats-slippage-modelled = { $n ->
    [one] { $n } of them is modelled, so it proves nothing about real fills.
   *[other] { $n } of them are modelled, so they prove nothing about real fills.
  }
stats-beside = win { $rate }, p* { $breakeven }
help-stats = win rate beside its break-even, mean r, costs, slippage; P&L by close reason
period-90d = 90 days

## /pnl
pnl-title-day = Realised per day
pnl-title-week = Realised per week, from Monday
pnl-title-month = Realised per month
pnl-period = from
pnl-won = won
pnl-net = net €
pnl-fees = fees €
pnl-older = Older: { $n ->
    [one] { $n } trade
   *[other] { $n } trades
  } since { $since }, net { $net }.
pnl-open = { $count ->
    [0] Nothing is open.
    [one] { $count } open trade at its last mark: { $unrealised }.
   *[other] { $count } open trades at their last marks: { $unrealised }.
  }
pnl-note = Net of fees, by the day a trade ended (UTC). Won: winners of those that ended.
step-day = Day
step-week = Week
step-month = Month
step-other = { $code }
help-pnl = realised P&L per day, week or month

## /history as a file
button-csv = CSV
history-file = { $count ->
    [0] No trade ended in this period ({ $period }): the file holds its heading only.
    [one] { $count } closed trade, { $period }: prices, exchange rates and fees of it. Decimals with a point, instants in UTC.
   *[other] { $count } closed trades, { $period }: prices, exchange rates and fees of each. Decimals with a point, instants in UTC.
  }

## /account
account-title = Account
account-key-paper = Exchange key: none is needed, fills are modelled on paper.
account-key-other = Exchange key: this version reads none; its stage is { $code }.
label-wealth = Wealth
label-wealth-eth = In ETH
account-eth = { $eur } ({ $eth })
label-wealth-cash = In cash
label-margin-equity = Margin equity
label-margins = Margins
account-margins = { $initial } initial · { $maintenance } maintenance
account-usage = { $usage }, trades are closed at { $limit }
label-free-funds = Free funds
account-free = { $eth } ({ $eur })
account-open = { $pnl } ({ $count ->
    [one] { $count } open trade
   *[other] { $count } open trades
  })
account-missing = Not known now: { $names }.
account-note = Margins are the account's own and those of every open trade by the standard model, where the legs do not net. Index { $spot }, EUR/USD { $fx }.
help-account = wealth, margins, free funds, what trades tie up and what they made

## /report and the monthly report
monthly-headline = 🗓 { $month } · { $net } · { $count ->
    [one] { $count } trade closed
   *[other] { $count } trades closed
  }
monthly-headline-running = 🗓 { $month } so far · { $net } · { $count ->
    [one] { $count } trade closed
   *[other] { $count } trades closed
  }
monthly-this = The month
monthly-all = All of this stage
monthly-no-trade = No trade ended in it (n 0): no win rate, no break-even to compare.
monthly-rates = n { $n } · win { $rate } (90%: { $interval }) · break-even p* { $breakeven } · net { $net } · mean r { $r }
label-averages = Averages
monthly-averages = win { $win } × credit · loss { $loss } × credit
monthly-kelly = Kelly, { $strategy }: { $state }
monthly-kelly-none = Kelly: no live trade closed yet, so the hard caps alone bind.
monthly-kelly-state-insufficient-sample = too few live trades
monthly-kelly-state-negative-edge = negative edge, no new entries
monthly-kelly-state-unproven = edge not proven, one lot
monthly-kelly-state-uncertain = edge uncertain, half
monthly-kelly-state-ok = edge proven
monthly-kelly-state-refused = its results cannot be true
monthly-kelly-state-other = { $code }
monthly-z = z against the model’s paths: { $z }. /montecarlo shows them.
monthly-note-title = Monthly report { $month } { $env }
monthly-not-entered = Cards nobody entered
monthly-declined = { $rejected } rejected · { $expired } expired unanswered
monthly-would-have = { $n ->
    [one] { $n } of them has settled since and would have made { $net }, held to settlement.
   *[other] { $n } of them have settled since and would have made { $net }, held to settlement.
  }
monthly-gates = Towards the next stage
monthly-gates-more = Measured (limit). What is not measured is not met; /stage shows the same table.
label-incidents = Incidents
gate-days = days
gate-closed-trades = closed trades, condors apart
gate-win-rate-frac = win rate
gate-mean-r = mean r
gate-profit-factor = profit factor
gate-monitor-success-frac = monitor runs that succeeded
gate-other = { $code }
incident-kill-armed = kill
incident-hold-set = hold
incident-anchors-lost = anchors lost
incident-job-failed = failed job
incident-other = { $code }
job-monthly-report = monthly report
help-report = a month in figures: results, costs, cards nobody entered, gates of the next stage

## /replay #ID
no-card = There is no card #{ $id }.
