# Risposte a comandi e pulsanti.

## Esiti di ciò che una persona ha ordinato. Fatti: id, at, until, who, state, reason, settled, open, ids, exits, failed, unchecked, lifted, holds, phrase, detail, side.
result-scan-proposed = Scansione fatta: la proposta #{ $id } sta arrivando.
result-scan-refused = Scansione fatta: nessun ingresso. Filtri contrari: { $failed } · non verificabili: { $unchecked }. /why { $id } li mostra tutti.
result-monitor-done = Controllo fatto. Posizioni aperte controllate: { $open } · uscite chieste o avviate: { $exits }.
result-approve-claimed = #{ $id }: la tua approvazione vale. Ora prezzi e regole vengono verificati ancora una volta.
result-already-decided = #{ $id } era già decisa: { $state }, da { $who }, { $at }.
result-card-expired = #{ $id } è scaduta. Non è stato fatto nulla.
result-card-superseded = #{ $id } è stata sostituita da una scheda più recente. Non è stato fatto nulla.
result-card-unknown = Questo pulsante non appartiene a una scheda che ti aspetta. Non è stato fatto nulla.
result-card-stale = #{ $id }: questa scheda è stata sostituita da una più fresca della stessa domanda. Usa quella.
result-rejected = #{ $id } rifiutata. Nessun ordine.
result-postponed = #{ $id } rinviata; ora aspetta fino a { $at }.
result-postpone-used = #{ $id } è già stata rinviata una volta; di più non è consentito.
result-postpone-too-late = #{ $id } non può aspettare oltre: il regolamento è vicino. Chiudere ora, o lasciarla regolare.
result-paused = ⏸ Ingressi in pausa. Motivo: { $reason }. Schede di ingresso in attesa chiuse: { $settled }. Le uscite continuano; /resume riavvia gli ingressi.
result-already-paused = Gli ingressi erano già in pausa. /status dice da quando e perché.
result-resumed = ▶ Nuovi ingressi di nuovo consentiti. Tolto: { $lifted }.
result-resumed-held = ⏸ Tolto: { $lifted }. I nuovi ingressi attendono ancora: { $holds }.
result-resume-nothing = Non c'è una pausa né un interruttore automatico da azzerare. Blocchi che finiscono da soli quando la causa sparisce: { $holds }.
result-drawdown-anew = Il calo dal massimo si conta da capo da adesso, così la sua pausa può finire da sola. I nuovi ingressi attendono ancora: { $holds }.
result-resume-killed = Il blocco di emergenza è inserito: /resume non lo toglie. Un admin usa /disarm.
result-killed = ⛔ KILL: nessun ordine parte più da solo. Motivo: { $reason }. Schede di ingresso annullate: { $settled }. Posizioni aperte: { $open }.
result-already-killed = ⛔ KILL era già inserito e resta inserito. Schede di ingresso annullate: { $settled }. Posizioni aperte: { $open }.
result-disarmed = Il blocco di emergenza è tolto. Motivo: { $reason }. Ora il motore è in attesa; /resume riavvia gli ingressi.
result-disarm-wrong-phrase = Non è la frase giusta. /disarm mostra quella valida ora. Il blocco resta inserito.
result-disarm-not-armed = Il blocco di emergenza non è inserito; non c'è nulla da togliere.
result-close-started = Posizione #{ $id }: chiusura in corso. Segue l'eseguito.
result-close-started-side = Posizione #{ $id }: chiusura delle { $side } in corso. Segue l'eseguito.
result-nonce-used = Questo pulsante è già stato usato. Non è stato fatto altro.
result-nonce-expired = Questo pulsante valeva 60 secondi. /force_close { $id } chiede un prezzo nuovo.
result-trade-unknown = Non c'è una posizione aperta #{ $id }. /positions le elenca.
result-trade-not-open = La posizione #{ $id } non è aperta: { $state }. Non è stato fatto nulla.
result-side-not-open = La posizione #{ $id } non ha { $side } aperte. Non è stato fatto nulla.
result-killed-no-entry = Nessun ingresso: il blocco di emergenza è inserito. /status dice perché.
result-dry-run-no-order = Prova a vuoto: #{ $id } sarebbe stata ordinata; non è stato inviato nulla.
result-no-market = Ora non c'è un prezzo di mercato: { $detail }. Non è stato fatto nulla; riprova tra un minuto.
result-replay-no-history = Non c'è storia registrata per quei giorni. Non è stato simulato nulla.
result-replay-not-covered = La storia non copre quei giorni, o sono nel futuro. Non è stato simulato nulla. /replay da solo prende gli ultimi trenta giorni.
result-not-armed = Il blocco di emergenza non è inserito; non c'è nulla da togliere.
result-wrong-phrase = Non è la frase giusta. /disarm mostra quella valida ora. Il blocco resta inserito.
result-no-reason = Serve un motivo. Il blocco di emergenza resta inserito.
result-killed-again = Il blocco di emergenza è stato inserito di nuovo nel frattempo e resta inserito. /disarm mostra la nuova frase.
result-closed = La posizione #{ $id } è chiusa.
result-closed-side = Posizione #{ $id }: le { $side } sono chiuse; l'altro lato resta aperto.
result-close-failed = La posizione #{ $id } ora non si è potuta chiudere e resta aperta. /force_close { $id } chiede un prezzo nuovo.
result-other = Non fatto: { $code }.

## Rifiuti della chat stessa
not-for-you = Questo pulsante non è per te.
button-unreadable = Questo pulsante è di un altro tempo e non fa più nulla. /pending mostra ciò che aspetta.
button-needs-role = Questo pulsante richiede il ruolo { $role }.
needs-role = /{ $name } richiede il ruolo { $role }; il tuo è { $yours }.
too-old = Non fatto: è stato inviato { $age } fa. Invialo di nuovo se lo vuoi ancora.
expected = Atteso: { $usage } – per esempio: { $example }
expects-nothing = /{ $name } sta da solo: dopo non vuole nulla. Non è stato fatto nulla.
unknown-command = /{ $name } non è un comando. /help li elenca.
unknown-command-nearest = /{ $name } non è un comando. Intendevi /{ $nearest }?
text-is-no-command = Agisco solo su comandi e pulsanti. /help elenca i comandi.
text-stops-nothing = ⚠️ Non è stato fermato nulla: le parole semplici qui non fanno nulla. Invia /kill, e nessun ordine parte più da solo; /pause ferma solo i nuovi ingressi.
text-too-long = Il tuo messaggio di { $length } caratteri non è un comando e non ne è stato fatto nulla. /help elenca i comandi.
venue-failed = { $server } ha rifiutato di rispondere. Non è cambiato nulla.
venue-failed-for-now = { $server } ora non risponde. Non è cambiato nulla; riprova tra un minuto.
store-failed = L'archivio non è utilizzabile così com'è, quindi non è stato fatto. /status e il registro dicono di più.
please-wait = ⏳ Ci sto lavorando; la risposta arriva qui. Intanto tutto il resto continua.
given-up = Qui qualcosa è andato storto e la tua ultima richiesta è stata abbandonata dopo più tentativi. Inviala di nuovo; /status dice come sta il motore.
not-done = Non fatto.
nothing-done = Non è stato fatto nulla.

## Parole comuni alle risposte
never = mai
ago = { $age } fa
no-trade = nessuna posizione
day-unit = g
recorded-at = registrati { $at }
recorded-age = { $at }, { $age } fa
inputs-missing = senza { $names }
page-of = Pagina { $page } di { $pages }
page-newer = ‹ Più recenti
page-older = Meno recenti ›

## /status
status-active = ▶ Motore attivo
status-held = ⏸ IN ATTESA: nessun nuovo ingresso
status-killed = ⛔ KILL: nessun ordine da solo
kill-reason = Motivo: { $reason }
dry-run = Prova a vuoto: propone, non ordina mai
label-engine-time = Ora del motore
open-and-waiting = { $open ->
    [one] { $open } aperta
   *[other] { $open } aperte
  } · { $waiting } in attesa di risposta
engaged-of-cap = { $engaged } / { $cap }
label-data-ages = Età dei dati
label-next-job = Prossimo
label-backup = Ultima copia
label-outbox = In uscita
outbox-depth = { $depth ->
    [0] vuoto
   *[other] { $depth } in coda, il più vecchio { $age }
  }
label-last-poll = Ultima lettura
label-audit-head = Registro
audit-anchored = { $head }, ancorato fino a { $anchored }
label-settings = Impostazioni
settings-same = { $fingerprint }
settings-changed = { $fingerprint }; il file è cambiato, vale dal prossimo avvio
label-version = Versione

## /positions, /position
positions-title = Posizioni aperte
no-positions = Non ci sono posizioni aperte.
choose-pick = Quale posizione?
choose-ask-close = Quale posizione va chiusa? Non succede nulla prima che tu confermi il prezzo.
pnl-of-credit = P&L netto { $pnl } · { $share } del credito
delta-otm-dte = Δ corta { $delta } · OTM { $otm } · { $dte }
not-marked = Non ancora valutata: lo farà il prossimo controllo
label-cost-to-close = Costo di chiusura
mark-and-natural = mark { $mark } · naturale { $natural }
label-net-profit = Dopo le commissioni, alla chiusura attesa
label-at-risk = Perdita massima
label-dvol-at-entry = DVOL all'ingresso
label-marked = Valutata
label-ended = Finita
greeks-missing = Greche: ora non disponibili
timeline-caption = #{ $id }: costo di chiusura rispetto al credito

chart-of = #{ $id }: il grafico della scheda

## /pending
pending-title = In attesa della tua risposta
no-pending = Niente aspetta una risposta.

## /ping
ping-title = Server dei dati
ping-up = { $name } risponde in { $latency }
ping-up-unmeasured = { $name } risponde
ping-failing = { $name } è raggiungibile ma non può rispondere
ping-down = { $name } non è raggiungibile
ping-plays = fa la parte di: { $roles }
ping-missing = non gli si può chiedere: { $tools }

## Details of a card
similar-title = Operazioni passate simili a questa

## /market
bias-unknown = Direzione: ignoto, manca un dato
label-forward-price = Forward
label-source = Fonte

## /why
why-title = Decisione #{ $id }: { $kind }, { $outcome }
no-decision = Non c'è ancora una tale decisione. /scan ne fa una.
why-failed = Non superati: { $count }
why-not-evaluated = Non verificabili: { $count }
why-warned = Avvisi: { $count }
why-passed = Superati: { $count }
label-market-data = Dati di mercato

## /equity, /history
stats-none = Nessuna posizione chiusa (n 0): nessun tasso, nessun r medio, nessun pareggio da confrontare.
stats-line = n { $n } · vinte { $rate } (90 %: { $interval }) · pareggio p* { $breakeven } · netto { $net } · r medio { $r } · commissioni { $fees }
history-period = Posizioni chiuse, { $period }
history-none-such = Nessuna delle posizioni chiuse è così (n 0): { $asked }. Chiuse in tutto: { $count }.
history-outcome-winners = in utile
history-outcome-losers = in perdita
history-outcome-other = { $code }
equity-title = Capitale, { $period }
label-realised = Realizzato
label-unrealised = Non realizzato
label-max-drawdown = Ribasso massimo
label-trades = Posizioni
closed-and-open = { $closed ->
    [one] { $closed } chiusa
   *[other] { $closed } chiuse
  } · { $open ->
    [one] { $open } aperta
   *[other] { $open } aperte
  }
label-as-of = Alle

## /force_close
close-title-side = Chiudere ora solo le { $side } di #{ $id }?
close-title = Chiudere ora #{ $id } { $strategy }?
label-cost-at-mid = A metà
label-cost-at-natural = A prezzo naturale

## /kill, /disarm
stays-open = Resta aperto:
close-them = Chiuderle? Ogni pulsante mostra prima il prezzo.
nothing-open = Nessuna posizione è aperta.
positions-unreadable = Le posizioni aperte ora non sono leggibili; /positions riprova.
disarm-type = Per disinserire, scrivi: /disarm { $phrase } e il tuo motivo

## /audit, /audit_verify
audit-title = Registro, ultime righe
follow-headline = 🔎 Registro, riga per riga man mano che arrivano
follow-headline-ended = 🔎 Registro, non più seguito
follow-since = dalle { $at }
follow-until = Le nuove righe appaiono qui; fine:
follow-new = { $rows ->
    [0] Nessuna nuova riga finora
    [one] { $rows } nuova riga finora
   *[other] { $rows } nuove righe finora
}
follow-came = { $rows ->
    [0] Non è arrivata nessuna nuova riga
    [one] È arrivata { $rows } nuova riga
   *[other] Sono arrivate { $rows } nuove righe
}
follow-ended-over = ⏹ Terminato da sé alle { $at }. /audit follow ricomincia.
follow-ended-other = ⏹ Terminato.
follow-ended-replaced = ⏹ Terminato: un altro /audit follow in questa chat ha preso il suo posto.
no-audit = Nessuna riga corrisponde.
no-footer = Il messaggio a cui rispondi non ha un piè di pagina ⛓ da verificare.
verify-ok = ✅ La catena regge: { $rows ->
    [one] { $rows } riga
   *[other] { $rows } righe
  }
verify-broken = ❌ La catena è rotta alla riga { $seq }
verify-anchors = ❌ Le righe si susseguono, ma le ancore non sono più quelle
verify-head = Testa:{" "}
verify-anchored = Ancorata fino a { $anchored }; { $rows ->
    [one] non ancora ancorata: { $rows } riga
   *[other] non ancora ancorate: { $rows } righe
  }, { $age }
footer-ok = ✅ Il piè di pagina di questo messaggio è nella catena, riga { $seq }
footer-wrong = ❌ Il piè di pagina di questo messaggio non è nella catena (riga { $seq })

## /replay, /digest
replay-title = Simulazione storica { $span }
label-history-used = Storia
label-answers = Risposte
label-scans = Scansioni
scans-told = { $scans } · { $proposed ->
    [one] { $proposed } proposta
   *[other] { $proposed } proposte
  } · { $refused ->
    [one] { $refused } rifiutata
   *[other] { $refused } rifiutate
  }
opened-and-open = { $opened ->
    [one] { $opened } aperta
   *[other] { $opened } aperte
  } · { $open ->
    [one] { $open } ancora aperta
   *[other] { $open } ancora aperte
  }
label-jobs = Lavori
jobs-told = { $run ->
    [one] { $run } eseguito
   *[other] { $run } eseguiti
  } · { $failed ->
    [one] { $failed } fallito
   *[other] { $failed } falliti
  }
replay-breaker = ⏸ { $hold } il { $at }: nessuno ha ripreso, quindi dopo non è stato aperto nulla.
replay-modelled = { $modelled ->
    [one] { $modelled } scansione su { $scans } usa
   *[other] { $modelled } scansioni su { $scans } usano
  } prezzi di opzioni da modello, non registrati: il risultato è un'indicazione.
refusals = Rifiuti per regola:
exits = Uscite per motivo:
replay-sheet = Il replay in una pagina

## /start, /help
start-title = Cerbero Bite
start-role = Ciao { $name }. Il tuo ruolo: { $role }. Il motore è nella { $stage }.
start-does = Il motore osserva le opzioni su ETH e manda una scheda quando ogni regola consente un credit spread. Nulla è ordinato prima che qualcuno approvi.
start-next = Comincia con /status, oppure /help per tutti i comandi.
start-stop = /pause ferma i nuovi ingressi, /kill ferma ogni ordine non toccato da una persona.
help-title = Comandi
help-more = /help seguito da un comando ne mostra l'uso.
help-example = Esempio:{" "}
help-role = Ruolo: { $role }
group-see = Guardare
group-money = Denaro
group-decide = Decidere
group-safety = Sicurezza
group-research = Ricerca
group-setup = Avvio
help-status = motore, fase, blocchi, prossimi lavori, età dei dati, registro
help-positions = le posizioni aperte
help-position = una posizione: gambe, greche, payoff, decisioni
help-pending = ciò che aspetta la tua risposta
help-ping = ogni server dei dati: raggiungibile, quanto è rapido, che cosa non gli si può chiedere
help-market = spot, DVOL, funding, direzione, eventi
help-why = ogni filtro di una decisione rispetto al suo limite, o una regola per intero
help-equity = P&L cumulato e ribassi
help-history = posizioni chiuse, prima le cifre
help-scan = esegue ora il ciclo d'ingresso
help-monitor = controlla ora ogni posizione aperta
help-force-close = chiude subito una posizione, un lato di un condor o tutte; prima il prezzo
help-pause = nessun nuovo ingresso fino a /resume
help-kill = nessun ordine parte più da solo, subito
help-resume = ingressi di nuovo dopo una pausa o un interruttore automatico
help-disarm = toglie un kill, con una frase scritta
help-audit = le ultime righe del registro, o le righe man mano che arrivano
help-audit-verify = verifica la catena; in risposta, il piè di pagina di quel messaggio
help-replay = le stesse regole sui giorni passati; con #ID una scheda passata com'era
help-digest = la giornata in cifre
help-start = chi sei qui e da dove cominciare
help-help = i comandi, o uno di essi

## Codici del motore
role-viewer = osservatore
role-approver = approvatore
role-admin = admin
role-other = { $code }
market-synthetic = mercato sintetico
market-recorded = mercato registrato
market-live = mercato dal vivo
market-other = mercato { $code }
job-settlement = regolamento
job-monitor = controllo
job-hourly-guard = guardia oraria
job-open = scansione d'ingresso
job-open-retry = scansione d'ingresso, secondo tentativo
job-digest = riepilogo
job-approval-expiry = scadenze delle schede
job-manual-actions = ordini da riga di comando
job-reconcile = riconciliazione
job-memory = note sulle posizioni chiuse
job-heartbeat = battito
job-other = { $code }
hold-start-up = Verifiche d'avvio
hold-operator = Attesa di /resume
hold-breaker-losses = Interruttore automatico: perdite di fila
hold-breaker-month = Interruttore automatico: perdita del mese
hold-breaker-drawdown = Interruttore automatico: ribasso
state-pending = in attesa
state-claimed = in esecuzione
state-approved = approvata
state-executed = fatta
state-rejected = rifiutata
state-expired = scaduta
state-superseded = sostituita
state-refused = respinta dalle regole
state-not-placed = non eseguita
state-opening = in apertura
state-open = aperta
state-closing = in chiusura
state-closed = chiusa
state-settled = regolata
state-not-opened = non aperta
state-other = { $code }
action-hold = tenere
action-close = chiudere
action-settle = regolare
action-let-expire = lasciar scadere
action-alert = avvisare
action-other = { $code }
proposal-entry = INGRESSO
proposal-exit = USCITA
proposal-other = { $code }
decision-entry = ingresso
decision-exit = uscita
decision-other = { $code }
ruling-approved = consentita
ruling-refused = rifiutata
ruling-hold = tenere
ruling-close = chiudere
ruling-settle = regolare
ruling-let-expire = lasciar scadere
ruling-alert = avvisare
ruling-other = { $code }
period-7d = 7 giorni
period-30d = 30 giorni
period-all = da sempre
period-other = { $code }
policy-approve = ogni scheda approvata
policy-reject = ogni scheda rifiutata
policy-ignore = nessuna scheda con risposta
policy-other = { $code }
