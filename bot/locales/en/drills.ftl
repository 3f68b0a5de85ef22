# Drills and the practice card.
## /drill
help-drill = try what must work one day: a practice card, kill, restore, second path, dead-man
practice-headline = 🧪 PRACTICE #{ $id } · not a trade
practice-what = a practice card
practice-why = It takes the way of every card and its tap, and measures both. Whatever you answer, nothing is ordered.
practice-until = An answer counts; deadline:
button-practice-yes = Practise approve
button-practice-no = Practise reject
drill-kill = kill
drill-restore = restore
drill-second-path = second path
drill-dead-man = dead-man
drill-other = { $code }
result-drill-ok = ✅ Drill { $drill }: it works, { $took } s. Nothing of this desk was touched.
result-drill-not-ok = ❌ Drill { $drill } FAILED: { $detail }
result-drill-proposal-asked = 🧪 Practice card #{ $id } is on its way.
result-drill-proposal-done = 🧪 PRACTICE #{ $id } done: the card arrived after { $delivery } s, your tap was handled after { $tap } s. No order was placed.
result-drill-over = This practice card counts no more. /drill proposal makes a new one.
result-drill-no-home = Nothing is kept in this run, so there is nothing to try.
result-drill-nobody = There is nobody a practice card could be sent to.
alert-drill-second-path = A drill of the second path: whoever reads this here would also read a real alarm.
