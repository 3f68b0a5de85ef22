# Prove e scheda di prova.
## /drill
help-drill = prova ciò che un giorno deve funzionare: una scheda di prova, arresto, ripristino, seconda via, uomo morto
practice-headline = 🧪 PROVA #{ $id } · nessuna operazione
practice-what = una scheda di prova
practice-why = Fa la strada di ogni scheda e del suo tocco, e misura entrambe. Qualunque cosa risponda, non viene ordinato nulla.
practice-until = Una risposta conta; termine:
button-practice-yes = Prova: approva
button-practice-no = Prova: rifiuta
drill-kill = arresto
drill-restore = ripristino
drill-second-path = seconda via
drill-dead-man = uomo morto
drill-other = { $code }
result-drill-ok = ✅ Prova { $drill }: funziona, { $took } s. Nulla di questo desk è stato toccato.
result-drill-not-ok = ❌ Prova { $drill } FALLITA: { $detail }
result-drill-proposal-asked = 🧪 La scheda di prova #{ $id } è in arrivo.
result-drill-proposal-done = 🧪 PROVA #{ $id } finita: la scheda è arrivata dopo { $delivery } s, il tocco è stato gestito dopo { $tap } s. Nessun ordine è stato inviato.
result-drill-over = Questa scheda di prova non vale più. /drill proposal ne crea una nuova.
result-drill-no-home = In questa esecuzione non si conserva nulla, quindi non c'è nulla da provare.
result-drill-nobody = Non c'è nessuno a cui inviare una scheda di prova.
alert-drill-second-path = Una prova della seconda via: chi legge questo qui leggerebbe anche un vero allarme.
