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
