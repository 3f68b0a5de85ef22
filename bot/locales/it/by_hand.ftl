# Ciò che una persona ordina per tutte le posizioni insieme, e che cosa ne è venuto.

button-ask-close-all = Tutte: prima il prezzo
button-close-every = { $count ->
    [one] Chiudila
   *[other] Chiudi tutte ({ $count })
  }
button-dismiss-all = Lasciale aperte

## /force_close all
close-all-title = { $count ->
    [one] Chiudere ora l'unica posizione aperta?
   *[other] Chiudere ora tutte le { $count } posizioni aperte?
  }
close-all-unpriced-title = Ora non c'è prezzo: non si può chiudere nulla
close-all-paused = ⏸ I nuovi ingressi sono sospesi; schede d'ingresso in attesa concluse: { $settled }. Un admin li riavvia con /resume.
close-all-paused-before = ⏸ I nuovi ingressi erano già sospesi e lo restano.
close-all-sum = Tutte insieme
close-all-unpriced = Ora senza prezzo, quindi escluse: { $ids }. Riprova tra un minuto.
close-all-underway = Già in apertura o in chiusura, quindi escluse: { $ids }
close-all-instead = Puoi anche chiedere il prezzo per chiuderle tutte:
result-close-all-nothing = Non c'è nessuna posizione aperta, quindi nulla da chiudere. I nuovi ingressi restano com'erano.
result-close-all-busy = Non è stato fatto nulla: { $ids } è già in apertura o in chiusura, e non c'è altro di aperto. I nuovi ingressi restano com'erano.
result-close-all-started = Chiudo ora { $ids }, una dopo l'altra. Segue che cosa ne è stato di ciascuna.
result-close-all-expired = Questo pulsante valeva 60 secondi. /force_close all chiede prezzi nuovi.

## La risposta
closed-all-headline = { $closed ->
    [one] ✅ CHIUDI TUTTO · l'unica posizione è chiusa
   *[other] ✅ CHIUDI TUTTO · tutte e { $count } chiuse
  }
closed-all-headline-part = ⚠️ CHIUDI TUTTO · chiuse { $closed } di { $count }
closed-all-by = Ordinato da { $who }. I nuovi ingressi restano sospesi fino a /resume.
trade-end-closed = chiusa, { $pnl }
trade-end-closed-before = era già finita prima che venisse il suo turno
trade-end-closing-before = era già in apertura o in chiusura; l'esecuzione arriva quando c'è
trade-end-changed = ⚠️ non chiusa: non è più ciò che hai confermato. /force_close { $id } mostra il prezzo di ciò che resta.
trade-end-killed = ⚠️ non chiusa: il kill switch è scattato dopo la tua conferma. /force_close { $id } chiede di nuovo.
trade-end-stopped = ⚠️ non chiusa: il programma si sta fermando. /force_close { $id } chiede di nuovo dopo l'avvio.
trade-end-working = il suo ordine lavora ancora in borsa; l'esecuzione arriva quando c'è
trade-end-part = ⚠️ una parte è stata ricomprata, il resto è aperto. La sua scheda chiede di nuovo.
trade-end-dry-run = prova a vuoto: nulla è stato ordinato
trade-end-stays-open = ⚠️ resta aperta; la sua scheda dice perché
trade-end-failed = ⚠️ non si è potuta chiudere e resta aperta. /force_close { $id } chiede di nuovo.
trade-end-opened-since = ⚠️ è stata aperta nel frattempo e non ne faceva parte; resta aperta
trade-end-other = { $code }
alert-close-interrupted = Una chiusura confermata è stata interrotta dall'arresto del programma e non riprende da sola. Ancora aperte: { $ids }. /force_close mostra prezzi nuovi.

## /cancel
help-cancel = annulla un ordine che lavora in borsa; ID è la sua posizione
button-cancel-entry = Annulla ingresso #{ $id }
button-cancel-exit = Annulla chiusura #{ $id }
working-title = Ordini che lavorano in borsa
working-entry = Ingresso #{ $id } (scheda #{ $card }) · { $spread }
working-exit = Chiusura #{ $id } (scheda #{ $card }) · { $spread }
working-done = fatti { $filled } di { $size }
working-no-limit = ora nessun limite in borsa
working-since = da { $at }
working-cancel = Ciò che è eseguito resta; i pulsanti valgono 60 secondi.
no-working-order = Ora nessun ordine lavora in borsa.
result-cancel-started = L'ordine della posizione #{ $id } viene annullato. Che cosa ne è venuto sta sulla sua scheda.
result-cancel-nothing = La posizione #{ $id } non ha ordini al lavoro. /cancel da solo elenca quelli che ci sono.
result-cancel-in-doubt = Nessuno sa ancora se l'ordine della posizione #{ $id } sia in borsa. La borsa viene interrogata finché è provato, e se c'è le si chiede di chiuderlo.
result-cancel-expired = Questo pulsante valeva 60 secondi. /cancel elenca che cosa lavora ora.
result-cancel-paper = Questa esecuzione non manda ordini a una borsa: su carta ognuno è eseguito o rifiutato subito, quindi non c'è nulla da annullare.
cause-cancelled = Una persona ha annullato l'ordine; non si è scambiato nulla.
alert-order-cancelled-by = { $who } ha annullato l'ordine al lavoro della posizione #{ $trade } (ordine { $label }). Ciò che è eseguito resta.
alert-exit-cancelled = L'uscita obbligata della posizione #{ $trade } è stata annullata da una persona (ordine { $label }). Ciò che resta è aperto e la sua regola chiede ancora la chiusura.
