# Words the delivery itself adds.
possible-duplicate = ⚠ Possible duplicate of a message sent before: same #id, one answer counts for both.

# What came too late to be sent message by message.
away-headline = 📭 WHILE OFFLINE · { $count ->
    [one] 1 message came too late
   *[other] { $count } messages came too late
 }
away-between = { $from } – { $to }
away-unheard = No word reached you meanwhile. Nothing here waits for an answer any more.
away-line = { $at } · { $what }
away-answer = an answer to you: { $what }
away-unread = a message that cannot be shown any more
away-more = { $count ->
    [one] One older one is not listed: /logs
   *[other] { $count } older ones are not listed: /logs
 }
