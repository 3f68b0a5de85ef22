# Answers to commands and buttons.

## Results of what a person ordered. Facts: id, at, until, who, state, reason, settled, open, ids, exits, failed, unchecked, lifted, holds, phrase, detail, side.
result-scan-proposed = Scan done: proposal #{ $id } is on its way.
result-scan-refused = Scan done: no entry. Filters that said no: { $failed } · could not be checked: { $unchecked }. /why { $id } shows every one.
result-monitor-done = Monitor done. Open trades checked: { $open } · exits asked or begun: { $exits }.
result-approve-claimed = #{ $id }: your approval counts. Prices and rules are checked once more now.
result-already-decided = #{ $id } was decided already: { $state }, by { $who }, { $at }.
result-card-expired = #{ $id } has expired. Nothing was done.
result-card-superseded = #{ $id } was replaced by a newer card. Nothing was done.
result-card-unknown = This button does not belong to a card that waits for you. Nothing was done.
result-card-stale = #{ $id }: this card was replaced by a fresher one of the same question. Use that one.
result-rejected = #{ $id } rejected. Nothing is ordered.
result-postponed = #{ $id } postponed; it waits until { $at } now.
result-postpone-used = #{ $id } was postponed once already; that is all it allows.
result-postpone-too-late = #{ $id } cannot wait longer: settlement is near. Close it now, or leave it to be settled.
result-paused = ⏸ Entries are paused. Reason: { $reason }. Waiting entry cards settled: { $settled }. Exits still run; /resume starts entries again.
result-already-paused = Entries were paused already. /status tells since when and why.
result-resumed = ▶ New entries are allowed again. Lifted: { $lifted }.
result-resumed-held = ⏸ Lifted: { $lifted }. New entries still wait for: { $holds }.
result-resume-nothing = There is no pause and no breaker to reset. Holds that end by themselves when their cause is gone: { $holds }.
result-drawdown-anew = The drawdown is counted anew from now, so its hold can end by itself. New entries still wait for: { $holds }.
result-resume-killed = The kill switch is armed: /resume cannot end that. An admin uses /disarm.
result-killed = ⛔ KILL: no order goes out by itself any more. Reason: { $reason }. Entry cards cancelled: { $settled }. Trades open: { $open }.
result-already-killed = ⛔ KILL was armed already and stays armed. Entry cards cancelled: { $settled }. Trades open: { $open }.
result-disarmed = The kill switch is off. Reason: { $reason }. The engine is on hold now; /resume starts entries again.
result-disarm-wrong-phrase = That is not the phrase. /disarm shows the one that counts now. The kill switch stays armed.
result-disarm-not-armed = The kill switch is not armed; there is nothing to disarm.
result-close-started = Trade #{ $id }: closing now. The fill follows.
result-close-started-side = Trade #{ $id }: closing the { $side } now. The fill follows.
result-nonce-used = This button was used already. Nothing more was done.
result-nonce-expired = This button was valid for 60 seconds. /force_close { $id } asks for a fresh price.
result-trade-unknown = There is no open trade #{ $id }. /positions lists them.
result-trade-not-open = Trade #{ $id } is not open: { $state }. Nothing was done.
result-side-not-open = Trade #{ $id } has no open { $side }. Nothing was done.
result-killed-no-entry = No entry: the kill switch is armed. /status tells why.
result-dry-run-no-order = Dry run: #{ $id } would have been ordered; nothing was sent.
result-no-market = There is no market price now: { $detail }. Nothing was done; try again in a minute.
result-replay-no-history = There is no recorded history for those days. Nothing was replayed.
result-replay-not-covered = The history does not cover those days, or they lie ahead. Nothing was replayed. /replay alone takes the last thirty days.
result-not-armed = The kill switch is not armed; there is nothing to disarm.
result-wrong-phrase = That is not the phrase. /disarm shows the one that counts now. The kill switch stays armed.
result-no-reason = A reason is needed. The kill switch stays armed.
result-killed-again = The kill switch was armed again meanwhile and stays armed. /disarm shows the new phrase.
result-closed = Trade #{ $id } is closed.
result-closed-side = Trade #{ $id }: the { $side } are closed; the other side stays open.
result-close-failed = Trade #{ $id } could not be closed now and stays open. /force_close { $id } asks for a fresh price.
result-other = Not done: { $code }.

## Refusals of the chat itself
not-for-you = This button is not for you.
button-unreadable = This button is from another time and does nothing any more. /pending shows what waits.
button-needs-role = This button needs the role { $role }.
needs-role = /{ $name } needs the role { $role }; yours is { $yours }.
too-old = Not done: this was sent { $age } ago. Send it again if you still want it.
expected = Expected: { $usage } – for example: { $example }
expects-nothing = /{ $name } stands alone: it takes nothing after it. Nothing was done.
unknown-command = /{ $name } is no command. /help lists them.
unknown-command-nearest = /{ $name } is no command. Did you mean /{ $nearest }?
text-is-no-command = I act on commands and buttons only. /help lists the commands.
text-stops-nothing = ⚠️ Nothing was stopped: plain words do nothing here. Send /kill, and no order goes out by itself any more; /pause stops new entries only.
text-too-long = Your message of { $length } characters is no command, and nothing was done with it. /help lists the commands.
venue-failed = { $server } refused to answer. Nothing was changed.
venue-failed-for-now = { $server } does not answer now. Nothing was changed; try again in a minute.
store-failed = The store cannot be used as it is, so this was not done. /status and the log say more.
please-wait = ⏳ Working on it; the answer follows here. Everything else goes on meanwhile.
given-up = Something went wrong here and your last request was given up after several tries. Please send it again; /status tells how the engine is.
not-done = Not done.
nothing-done = Nothing was done.

## Words shared by answers
never = never
ago = { $age } ago
no-trade = no trade
day-unit = d
recorded-at = recorded { $at }
recorded-age = { $at }, { $age } old
inputs-missing = without { $names }
page-of = Page { $page } of { $pages }
page-newer = ‹ Newer
page-older = Older ›

## /status
status-active = ▶ Engine active
status-held = ⏸ HOLD: no new entries
status-killed = ⛔ KILL: no order by itself
kill-reason = Reason: { $reason }
dry-run = Dry run: proposes, never orders
label-engine-time = Engine time
open-and-waiting = { $open } open · { $waiting } waiting for an answer
engaged-of-cap = { $engaged } / { $cap }
label-data-ages = Data ages
label-next-job = Next
label-backup = Last backup
label-outbox = Outbox
outbox-depth = { $depth ->
    [0] empty
   *[other] { $depth } waiting, oldest { $age }
  }
label-last-poll = Last poll
label-audit-head = Audit
audit-anchored = { $head }, anchored to { $anchored }
label-settings = Settings
settings-same = { $fingerprint }
settings-changed = { $fingerprint }; the file has changed, that takes effect at the next start
label-version = Version

## /positions, /position
positions-title = Open trades
no-positions = There are no open trades.
choose-pick = Which trade?
choose-ask-close = Which trade should be closed? Nothing happens before you confirm the price.
pnl-of-credit = P&L net { $pnl } · { $share } of the credit
delta-otm-dte = Short Δ { $delta } · OTM { $otm } · { $dte }
not-marked = Not marked yet: the next monitor does it
label-cost-to-close = Cost to close
mark-and-natural = mark { $mark } · natural { $natural }
label-net-profit = After fees, at the expected close
label-at-risk = Max loss
label-dvol-at-entry = DVOL at entry
label-marked = Marked
label-ended = Ended
greeks-missing = Greeks: not available now
timeline-caption = #{ $id }: cost to close against the credit

chart-of = #{ $id }: the picture of the card

## /pending
pending-title = Waiting for your answer
no-pending = Nothing waits for an answer.

## /ping
ping-title = Data servers
ping-up = { $name } answers in { $latency }
ping-up-unmeasured = { $name } answers
ping-failing = { $name } was reached but cannot answer
ping-down = { $name } cannot be reached
ping-plays = plays: { $roles }
ping-missing = cannot be asked for: { $tools }

## Details of a card
similar-title = Past trades like this one

## /market
bias-unknown = Bias: not known, an input is missing
label-forward-price = Forward
label-source = Source

## /why
why-title = Decision #{ $id }: { $kind }, { $outcome }
no-decision = There is no such decision yet. /scan makes one.
why-failed = Failed: { $count }
why-not-evaluated = Could not be checked: { $count }
why-warned = Warnings: { $count }
why-passed = Passed: { $count }
label-market-data = Market data

## /equity, /history
stats-none = No closed trade yet (n 0): no win rate, no mean r, no break-even to compare.
stats-line = n { $n } · win { $rate } (90%: { $interval }) · break-even p* { $breakeven } · net { $net } · mean r { $r } · fees { $fees }
history-period = Closed trades, { $period }
history-none-such = None of the closed trades is like this (n 0): { $asked }. Closed in all: { $count }.
history-outcome-winners = winners
history-outcome-losers = losers
history-outcome-other = { $code }
equity-title = Equity, { $period }
label-realised = Realised
label-unrealised = Unrealised
label-max-drawdown = Max drawdown
label-trades = Trades
closed-and-open = { $closed } closed · { $open } open
label-as-of = As of

## /force_close
close-title-side = Close only the { $side } of #{ $id } now?
close-title = Close #{ $id } { $strategy } now?
label-cost-at-mid = At mid
label-cost-at-natural = At natural

## /kill, /disarm
stays-open = Stays open:
close-them = Close them? Each button shows the price first.
nothing-open = No trade is open.
positions-unreadable = The open trades could not be read now; /positions tries again.
disarm-type = To disarm, type: /disarm { $phrase } and your reason

## /audit, /audit_verify
audit-title = Audit, last rows
follow-headline = 🔎 Audit, row by row as they come
follow-headline-ended = 🔎 Audit, no longer followed
follow-since = from { $at }
follow-until = New rows appear here; this ends:
follow-new = { $rows ->
    [0] No new row so far
    [one] { $rows } new row so far
   *[other] { $rows } new rows so far
}
follow-came = { $rows ->
    [0] No new row came
    [one] { $rows } new row came
   *[other] { $rows } new rows came
}
follow-ended-over = ⏹ Ended by itself at { $at }. /audit follow begins anew.
follow-ended-other = ⏹ Ended.
follow-ended-replaced = ⏹ Ended: another /audit follow in this chat took its place.
no-audit = No row matches.
no-footer = The message you answered carries no ⛓ footer to verify.
verify-ok = ✅ The chain holds: { $rows ->
    [one] { $rows } row
   *[other] { $rows } rows
  }
verify-broken = ❌ The chain is broken at row { $seq }
verify-anchors = ❌ The rows follow, but the anchors are not as they were
verify-head = Head:{" "}
verify-anchored = Anchored to { $anchored }; not anchored yet: { $rows ->
    [one] { $rows } row
   *[other] { $rows } rows
  }, { $age }
footer-ok = ✅ This message's footer is in the chain, row { $seq }
footer-wrong = ❌ This message's footer is not in the chain (row { $seq })

## /replay, /digest
replay-title = Replay { $span }
label-history-used = History
label-answers = Answers
label-scans = Scans
scans-told = { $scans } · { $proposed } proposed · { $refused } refused
opened-and-open = { $opened } opened · { $open } still open
label-jobs = Jobs
jobs-told = { $run } run · { $failed } failed
replay-breaker = ⏸ { $hold } on { $at }: nobody resumed, so nothing was opened after it.
replay-modelled = { $modelled } of { $scans ->
    [one] { $scans } scan
   *[other] { $scans } scans
  } used modelled option prices, not recorded ones: read the result as an indication.
refusals = Refusals by rule:
exits = Exits by reason:
replay-sheet = The replay on one sheet

## /start, /help
start-title = Cerbero Bite
start-role = Hello { $name }. Your role: { $role }. The engine is in its { $stage }.
start-does = The engine watches ETH options and sends a card when every rule allows a credit spread. Nothing is ordered before somebody approves it.
start-next = Begin with /status, or /help for every command.
start-stop = /pause stops new entries, /kill stops every order that nobody tapped.
help-title = Commands
help-more = /help followed by a command shows its usage.
help-example = Example:{" "}
help-role = Role: { $role }
group-see = Look
group-money = Money
group-decide = Decide
group-safety = Safety
group-research = Research
group-setup = Set-up
help-status = engine, stage, stops, next jobs, data ages, audit
help-positions = the open trades
help-position = one trade: legs, Greeks, payoff, decisions
help-pending = what waits for your answer
help-ping = every data server: reachable, how fast, what it cannot be asked for
help-market = spot, DVOL, funding, bias, events
help-why = every filter of a decision against its limit, or one rule in full
help-equity = cumulative P&L and drawdown
help-history = closed trades, figures first
help-scan = run the entry cycle now
help-monitor = check every open trade now
help-force-close = close a trade, one side of a condor, or every trade, now; price first
help-pause = no new entries until /resume
help-kill = no order goes out by itself, at once
help-resume = entries again after a pause or a breaker
help-disarm = end a kill, with a typed phrase
help-audit = the last rows of the audit chain, or its rows as they come
help-audit-verify = check the chain; as a reply, that message's footer
help-replay = the same rules over past days; with #ID a past card as it was shown
help-digest = the day in figures
help-start = who you are here and where to begin
help-help = the commands, or one of them

## Codes of the engine
role-viewer = viewer
role-approver = approver
role-admin = admin
role-other = { $code }
market-synthetic = synthetic market
market-recorded = recorded market
market-live = live market
market-other = { $code } market
job-settlement = settlement
job-monitor = monitor
job-hourly-guard = hourly guard
job-open = entry scan
job-open-retry = entry scan, second try
job-digest = digest
job-approval-expiry = card deadlines
job-manual-actions = orders from the command line
job-reconcile = reconciliation
job-memory = notes on ended trades
job-heartbeat = heartbeat
job-other = { $code }
hold-start-up = Start-up checks
hold-operator = Hold until /resume
hold-breaker-losses = Breaker: losses in a row
hold-breaker-month = Breaker: loss of the month
hold-breaker-drawdown = Breaker: drawdown
state-pending = waiting
state-claimed = being carried out
state-approved = approved
state-executed = done
state-rejected = rejected
state-expired = expired
state-superseded = replaced
state-refused = refused by the rules
state-not-placed = not filled
state-opening = opening
state-open = open
state-closing = closing
state-closed = closed
state-settled = settled
state-not-opened = not opened
state-other = { $code }
action-hold = hold
action-close = close
action-settle = settle
action-let-expire = let expire
action-alert = alert
action-other = { $code }
proposal-entry = ENTRY
proposal-exit = EXIT
proposal-other = { $code }
decision-entry = entry
decision-exit = exit
decision-other = { $code }
ruling-approved = allowed
ruling-refused = refused
ruling-hold = hold
ruling-close = close
ruling-settle = settle
ruling-let-expire = let expire
ruling-alert = alert
ruling-other = { $code }
period-7d = 7 days
period-30d = 30 days
period-all = all time
period-other = { $code }
policy-approve = every card approved
policy-reject = every card rejected
policy-ignore = no card answered
policy-other = { $code }
