# Ciò che ferma il motore da solo: le parole di ogni soglia, che cosa ha visto, e quando il fermo finisce.

trigger-evidence = { $seen }, limite { $limit }
job-verify = verifica delle prove
job-watch = tabella delle soglie

## KILL: lo toglie solo una persona.
trigger-order-actions = troppe azioni sugli ordini in dieci minuti
trigger-order-rejects = ordini rifiutati uno dopo l'altro
trigger-strangers = estranei che toccano pulsanti come i nostri, in dieci minuti
trigger-audit-chain = la catena di audit o le sue ancore non tornano
trigger-store = il database non funziona
trigger-invariant-broken = uno stato impossibile
alert-kill = KILL: il motore si è fermato da solo, nessun ordine parte più da solo. Causa: { $reason }
alert-kill-found = KILL messo da fuori della chat: nessun ordine parte più da solo. Causa: { $reason }
alert-kill-ends = Le posizioni restano aperte e le uscite dovute chiedono. Lo toglie solo un amministratore: /disarm.

## HOLD: finisce quando la causa è sparita da un po'.
hold-kill = KILL
hold-day-loss = perdita del giorno
hold-drawdown = calo dal massimo, posizioni aperte comprese
hold-margin-usage = troppo margine impegnato
hold-uncovered-short = un'opzione venduta senza copertura
hold-unknown-order = un ordine di cui non si conosce la fine
hold-clock-skew = l'orologio di questa macchina non è quello del mercato
hold-telegram-silent = Telegram tace
hold-breaker-open = un server di dati non risponde
hold-disk-free = poco spazio libero su disco
hold-backup-age = l'ultima copia buona è troppo vecchia
hold-loop-lag = il motore ha risposto in ritardo
hold-tools-changed = gli strumenti di un server di dati non sono più quelli di prima
hold-venue-locked = il mercato è chiuso o in manutenzione
alert-hold = In pausa, nessun nuovo ingresso: { $hold }.
alert-hold-ends = Le uscite proseguono. La pausa finisce da sola quando la causa è sparita da { $minutes } min.
alert-anchors-lost = Mancano ancore della catena di audit: nuovi ingressi in pausa fino a /resume, dopo aver guardato.
alert-hold-lifted = Pausa finita, si cercano di nuovo ingressi: { $hold }.
alert-hold-lifted-held = Pausa finita: { $hold }. I nuovi ingressi aspettano ancora: { $holds }.

## Le stesse come filtro che ha detto no.
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
