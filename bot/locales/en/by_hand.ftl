# What a person orders for every open trade at once or for a working order, and what came of it.

button-ask-close-all = All of them: price first
button-close-every = { $count ->
    [one] Close it
   *[other] Close all { $count }
  }
button-dismiss-all = Leave them open

## /force_close all
close-all-title = { $count ->
    [one] Close the one open trade now?
   *[other] Close all { $count } open trades now?
  }
close-all-unpriced-title = No price now: nothing can be closed
close-all-paused = ⏸ Entries are paused; waiting entry cards settled: { $settled }. An admin starts them again with /resume.
close-all-paused-before = ⏸ Entries were paused before and stay so.
close-all-sum = All of them
close-all-unpriced = No price now, so not part of this: { $ids }. Ask again in a minute.
close-all-underway = Being opened or closed already, so not part of this: { $ids }
close-all-instead = You can also ask for the price of closing all of them:
result-close-all-nothing = No trade is open, so there is nothing to close. Entries are as they were.
result-close-all-busy = Nothing was done: { $ids } is being opened or closed already, and nothing else is open. Entries are as they were.
result-close-all-started = Closing { $ids } now, one after the other. What came of each follows.
result-close-all-expired = This button was valid for 60 seconds. /force_close all asks for fresh prices.

## The answer to it
closed-all-headline = { $closed ->
    [one] ✅ CLOSE ALL · the one trade is closed
   *[other] ✅ CLOSE ALL · all { $count } closed
  }
closed-all-headline-part = ⚠️ CLOSE ALL · { $closed } of { $count } closed
closed-all-by = Ordered by { $who }. Entries stay paused until /resume.
trade-end-closed = closed, { $pnl }
trade-end-closed-before = had ended already before its turn came
trade-end-closing-before = was being opened or closed already; its fill is told when it comes
trade-end-changed = ⚠️ not closed: it is not any more what you confirmed. /force_close { $id } shows the price of what is left.
trade-end-killed = ⚠️ not closed: the kill switch was set after you confirmed. /force_close { $id } asks anew.
trade-end-stopped = ⚠️ not closed: the program is stopping. /force_close { $id } asks anew after the start.
trade-end-working = its order still works at the exchange; the fill is told when it comes
trade-end-part = ⚠️ a part was bought back, the rest is open. Its card asks again.
trade-end-dry-run = dry run: nothing was ordered
trade-end-stays-open = ⚠️ stays open; its card says why
trade-end-failed = ⚠️ could not be closed and stays open. /force_close { $id } asks anew.
trade-end-opened-since = ⚠️ was opened since and was no part of this; it stays open
trade-end-other = { $code }
alert-close-interrupted = A close you confirmed was interrupted when the program stopped, and is not taken up again by itself. Still open: { $ids }. /force_close shows fresh prices.

## /cancel
help-cancel = cancel an order that works at the exchange; ID is its trade
button-cancel-entry = Cancel entry #{ $id }
button-cancel-exit = Cancel close #{ $id }
working-title = Orders that work at the exchange
working-entry = Entry #{ $id } (card #{ $card }) · { $spread }
working-exit = Close #{ $id } (card #{ $card }) · { $spread }
working-done = { $filled } of { $size } done
working-no-limit = no limit at the exchange now
working-since = since { $at }
working-cancel = What is filled stays; the buttons are valid for 60 seconds.
no-working-order = No order works at the exchange now.
result-cancel-started = The order of trade #{ $id } is being cancelled. What it came to stands on its card.
result-cancel-nothing = Trade #{ $id } has no working order. /cancel alone lists what works.
result-cancel-in-doubt = Nobody knows yet whether the order of trade #{ $id } stands at the exchange. The exchange is asked until it is proven, and to end it if it does.
result-cancel-expired = This button was valid for 60 seconds. /cancel lists what works now.
result-cancel-paper = This run sends no order to an exchange: on paper each is filled or refused at once, so there is nothing to cancel.
cause-cancelled = A person cancelled the order; nothing was traded.
alert-order-cancelled-by = { $who } cancelled the working order of trade #{ $trade } (order { $label }). What was filled stays.
alert-exit-cancelled = The hard exit of trade #{ $trade } was cancelled by a person (order { $label }). What is left is open and its rule still asks for the close.
