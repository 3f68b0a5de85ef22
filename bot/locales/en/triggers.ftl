# What stops the engine by itself: the words of each trigger, what it saw, and when the stop ends.

trigger-evidence = { $seen }, limit { $limit }
job-verify = check of the evidence
job-watch = trigger table

## KILL: only a person lifts it.
trigger-order-actions = too many order actions in ten minutes
trigger-order-rejects = orders refused one after the other
trigger-strangers = strangers tapping buttons like ours, in ten minutes
trigger-audit-chain = the audit chain or its anchors do not agree
trigger-store = the database fails
trigger-invariant-broken = an impossible state
alert-kill = KILL: the engine stopped itself, no order goes out by itself any more. Cause: { $reason }
alert-kill-found = KILL was set from outside the chat: no order goes out by itself any more. Cause: { $reason }
alert-kill-ends = Open trades stay open and due exits ask. Only an admin ends it: /disarm.

## HOLD: ends once its cause has been gone for a while.
hold-kill = KILL
hold-day-loss = loss of the day
hold-drawdown = drawdown, open trades included
hold-margin-usage = too much margin in use
hold-uncovered-short = a short option without its hedge
hold-unknown-order = an order whose end is not known
hold-clock-skew = this machine's clock is not the exchange's
hold-telegram-silent = Telegram has been silent
hold-breaker-open = a data server does not answer
hold-disk-free = too little free disk space
hold-backup-age = the newest good backup is too old
hold-loop-lag = the engine was slow to answer
hold-tools-changed = the tools of a data server are not those it had at first
hold-venue-locked = the exchange is locked or in maintenance
alert-hold = On hold, no new entries: { $hold }.
alert-hold-ends = Exits go on. The hold ends by itself once this has been gone for { $minutes } min.
alert-anchors-lost = Anchors of the audit chain are gone: new entries are on hold until /resume, after a look.
alert-hold-lifted = Hold ended, new entries are looked for again: { $hold }.
alert-hold-lifted-held = Hold ended: { $hold }. New entries still wait for: { $holds }.

## The same as a filter that said no.
value-start-up = { hold-start-up }
value-operator = { hold-operator }
value-breaker-losses = { hold-breaker-losses }
value-breaker-month = { hold-breaker-month }
value-breaker-drawdown = { hold-breaker-drawdown }
value-telegram = { hold-telegram }
value-telegram-chat = { hold-telegram-chat }
value-anchors = { hold-anchors }
value-restored = { hold-restored }
value-day-loss = { hold-day-loss }
value-drawdown = { hold-drawdown }
value-margin-usage = { hold-margin-usage }
value-uncovered-short = { hold-uncovered-short }
value-unknown-order = { hold-unknown-order }
value-clock-skew = { hold-clock-skew }
value-telegram-silent = { hold-telegram-silent }
value-breaker-open = { hold-breaker-open }
value-disk-free = { hold-disk-free }
value-backup-age = { hold-backup-age }
value-loop-lag = { hold-loop-lag }
value-tools-changed = { hold-tools-changed }
value-venue-locked = { hold-venue-locked }
