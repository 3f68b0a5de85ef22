# Schede, i loro dettagli e i messaggi che non chiedono nulla.

# Queste prime righe si leggono sullo schermo bloccato.
entry-headline = 🟡 INGRESSO #{ $id } · { $spread } · { $credit } · rischio { $risk }
exit-headline-hard = 🔴 CHIUDI #{ $id } · { $spread } · { $reason } · { $pnl }
exit-headline-soft = 🟠 CHIUDI? #{ $id } · { $spread } · { $reason } · { $pnl }
exit-headline-info = 🔵 OSSERVA #{ $id } · { $spread } · { $reason } · { $pnl }
fill-headline-open = 🟢 APERTA posizione #{ $id } · { $spread }
fill-headline-close = ⚫ CHIUSA posizione #{ $id } · { $spread }
fill-headline-side = ⚫ RICOMPRATO un lato della posizione #{ $id } · { $spread }
settlement-headline = 🏁 REGOLATA posizione #{ $id } · { $spread } · { $pnl }
refusal-headline =
    ⚪ NESSUN INGRESSO · decisione #{ $id } · { $count ->
        [one] { $count } filtro contrario
       *[other] { $count } filtri contrari
    }{ $unchecked ->
        [0] { "" }
        [one] { " " }· { $unchecked } non verificabile
       *[other] { " " }· { $unchecked } non verificabili
    }
digest-headline =
    📋 RIEPILOGO { $on } · ultime 24 h { $day } · { $count ->
        [0] nulla di aperto
        [one] { $count } aperta
       *[other] { $count } aperte
    }
start-headline = 🔁 MOTORE AVVIATO · versione { $version }
alert-level-info = ℹ️ { $words }
alert-level-warning = ⚠️ { $words }
alert-level-critical = 🚨 { $words }

# Un ingresso.
entry-drift = Il mercato si è mosso: prima → ora
entry-why = Perché: { $bias }, riga { $row }; tendenza a 30 giorni { $trend }.
entry-risk-loss = Può andare male: { $loss } se si regola a { $strike }.
entry-risk-loss-condor = Può andare male: fino a { $loss } a { $low } o { $high }.
entry-risk-stops = Stop: costo { $stop }, DVOL { $dvol }, spot verso { $spot }.
entry-target = Obiettivo: chiudere a { $cost } o meno; stop temporale { $on }.
card-valid-until = ⏳ Scade:
card-answer-by = ⏳ Termine:
missing-input-funding = Finanziamento ignoto: contato come zero.
missing-input-rr25 = Asimmetria ignota: le sue due righe sono saltate.
missing-input-dvol-24h-ago = DVOL di ieri ignoto: salto non controllato.
missing-input-other = Non si conosce: { $code }.
events-none = Nessun evento di severità alta o media prima della scadenza.
warnings-none = Nessun avviso.
greeks-collateral = Garanzia a parte: { $amount }
greeks-partial = Parziale: mancano le greche di una gamba.

# Un'uscita.
urgency-hard = uscita obbligata
urgency-soft = uscita facoltativa
urgency-none = per conoscenza
urgency-other = { $code }
exit-escalation = Guarda adesso: è mancato due volte di fila.
exit-words-manual = Una persona ha chiesto di chiudere.
exit-words-settled = L'opzione è stata consegnata.
exit-words-blackout = Intorno al regolamento i prezzi non sono affidabili: si aspetta.
exit-words-data = Un prezzo manca o è vecchio: su questo non si decide.
exit-words-margin = Il margine usato è troppo; questa posizione ha il delta peggiore.
exit-words-stop-loss = Chiudere ora costa un multiplo del credito.
exit-words-vol-stop = Il DVOL è salito troppo dall'ingresso.
exit-words-delta-breach = Lo strike venduto è troppo vicino: il delta è al limite.
exit-words-adverse-move = In poche ore il mercato si è mosso forte contro la posizione.
exit-words-pin-risk = La scadenza è vicina e lo strike venduto è a tiro.
exit-words-expire = Quasi senza valore e abbastanza lontana: lasciarla scadere è gratis.
exit-words-profit-take = Il credito è guadagnato a sufficienza, tolte le commissioni.
exit-words-time-stop = Comincia l'ultima settimana e il profitto è ancora piccolo.
exit-words-time-stop-hard = Lo stop temporale è stato chiesto due volte senza risposta: ora chiude.
exit-words-event-guard = Un evento di severità alta è vicino e la posizione perde.
exit-words-bias-flip = Il mercato si è girato contro il lato di questa posizione.
exit-words-hold = Niente da fare.
exit-words-other = Motivo: { $code }.
unanswered-auto-execute = Senza risposta: si chiude da sola.
unanswered-repropose-next-monitor = Senza risposta: si richiede al prossimo controllo.
unanswered-repropose-hard = Senza risposta: la prossima scheda chiude da sola.
unanswered-settles = Senza risposta: nessun riacquisto; si regola alla scadenza.
unanswered-nothing = Senza risposta non succede nulla.
unanswered-other = Senza risposta: { $code }.

# Come è finita una scheda.
ending-approved = ✅ APPROVATA
ending-rejected = ❌ RIFIUTATA
ending-expired = ⌛ SCADUTA, nessuna risposta
ending-superseded = ♻️ SOSTITUITA da una scheda più nuova
ending-refused = ⛔ RESPINTA dalle regole
ending-killed = 🛑 FERMATA dal blocco di emergenza
ending-executed = ✅ FATTO
ending-not-placed = ⚠️ NON ESEGUITA
ending-postponed = ⏸ RIMANDATA
ending-settled = 🏁 REGOLATA alla scadenza; la scheda finisce con lei
ending-other = { $code }
outcome-by = { $by } · { $at }
outcome-by-after = { $by } · { $at } · dopo { $latency }
outcome-next = Vedi #{ $id }.

# Controlli: un segno, un nome, quanto si è visto, quanto serviva.
check-needs = { " " }(serve { $limit })
check-stays = { " " }(resta finché { $limit })
check-no-value = nessun valore
check-against = { " " }(contro questa posizione: { $what })
checks-more =
    { $count ->
        [one] … e un altro ({ $count })
       *[other] … e altri { $count }
    }

# Esecuzioni e regolamenti.
fill-source-modelled = esecuzione da modello
fill-source-other = { $code }
fill-position-open = Ora aperta: { $size }, a rischio al massimo { $risk }.
fill-position-closed = Di questa posizione non resta nulla di aperto.
fill-exits = Uscite con questo credito: presa di profitto a { $take } o meno, stop di perdita a { $stop }.
fill-earlier = Prima, { $side }: { $pnl }.
fill-side-left = Resta aperto: { $side }.
settlement-worthless = Scaduta senza valore: il credito resta, nessuna commissione.
settlement-worthless-side = Questo lato è scaduto senza valore e senza commissione; l'altro era stato riacquistato prima.
settlement-paid-side = Questo lato è scaduto nel denaro: l'importo è stato prelevato; l'altro era stato riacquistato prima.
settlement-paid = Scaduta nel denaro: il dovuto è stato pagato.

# Un rifiuto.
refusal-passed =
    { $count ->
        [one] { $count } altro filtro superato.
       *[other] { $count } altri filtri superati.
    }
refusal-source = Prezzi: { $source }.
refusal-more = Tutto quanto:

# Il riepilogo.
digest-open = Posizioni aperte
digest-killed = ⛔ KILL inserito, nessun ordine parte da solo: { $reason }
digest-held = ⏸ Nessun nuovo ingresso: { $holds }
digest-flat = Nessuna posizione aperta.
digest-more = … e altre { $count }: /positions
digest-no-events = Nessun evento nei prossimi 7 giorni.
digest-monitor = { $ok } controlli riusciti su { $expected }
digest-next = Prossimo riepilogo { $at }.
digest-audit-head = Testa del registro

# L'avvio.
start-first = primo avvio
start-audit-ok = integra fino alla riga { $seq }
start-audit-bad = ROTTA alla riga { $seq } o prima
start-recovered =
    { $orders ->
        [one] { $orders } ordine
       *[other] { $orders } ordini
    }, { $cards ->
        [one] { $cards } scheda scaduta
       *[other] { $cards } schede scadute
    }
start-config-changed = Le impostazioni sono cambiate dall'ultimo avvio.
start-killed = Il blocco di emergenza è inserito: nessun nuovo ordine.

# I dettagli, gruppo per gruppo.
details-trade = Operazione
details-legs = Gambe
details-market = Mercato
details-money = Denaro
details-margin = Margini e limiti
details-greeks = Greche della posizione
details-exits = Uscite previste
details-warnings = Avvisi
details-close = Chiudere ora
details-rules = Regole esaminate

side-sell = Vendi
side-buy = Compra
side-other = { $code }

binding-trade-cap = limite per operazione
binding-total-cap = limite totale
binding-kelly = Kelly
binding-liquidity = liquidità
binding-margin = margine
binding-one-lot-floor = un lotto
binding-other = { $code }

# Quello che sta prima dei due punti.
label-size = Quantità
label-width = Ampiezza
label-credit = Credito
label-credit-first = Credito chiesto
label-credit-over-width = Credito/ampiezza
label-fee = Commissione
label-max-loss-cap = Perdita max / limite
label-break-even = Pareggio
label-prob-profit = Prob. di profitto (modello)
label-p-star = Vincite necessarie (p*)
label-expiry = Scadenza
label-spot = Spot
word-forward = forward
label-dvol = DVOL
label-short-delta = Delta venduto
label-created = Creata
label-valid-until = Valida fino a
label-strategy = Strategia
label-binding = Quantità decisa da
label-limits = Quantità ammessa, ETH
label-dvol-scale = Scala per il DVOL
label-bid-ask = Denaro / lettera
label-mid-mark = Medio / mark
label-top-size = Quantità denaro / lettera
label-quoted = Quotata
label-recorded = Registrata
label-modelled = Da modello
label-rv30 = RV30
label-trend = Tendenza a 30 giorni
label-funding = Finanziamento annuo
label-rr25 = RR25
label-fear-greed = Paura e avidità
label-bias = Direzione
label-fx = USD per EUR
label-event = Evento
label-credit-mid = Credito al medio
label-credit-limit = Credito chiesto
label-credit-floor = Credito minimo accettato
label-credit-natural = Credito incrociando
label-slippage-expected = Scarto atteso
label-fee-open = Commissione d'apertura
label-fees-roundtrip = Commissioni, andata e ritorno
label-fees-share = Commissioni sul credito
label-max-loss-strict = Perdita massima
label-loss-long-strike = Perdita allo strike comprato
label-im = Margine iniziale
label-mm = Margine di mantenimento
label-portfolio-margin = Margine di portafoglio, stima
label-margin-after = Iniziale / mantenimento dopo
label-funds = Fondi liberi
label-margin-usage = Uso del margine
label-engaged = Impegnato / limite
label-delta = Delta
label-delta-ntd = Delta meno premio
label-gamma = Gamma
label-vega = Vega
label-theta = Theta
label-exit-profit = Presa di profitto, costo
label-exit-stop = Stop loss, mark
label-exit-dvol = Stop volatilità, DVOL
label-exit-delta = Soglia delta
label-exit-time = Stop temporale
label-at-mid = Al medio
label-at-natural = Incrociando
label-profit = Profitto sul credito
label-mark = Mark
label-dte = Giorni rimasti
label-reason = Motivo
label-deadline = Termine
label-opened = Aperta
label-expected-close = Costo atteso
label-fee-close = Commissione di chiusura
label-fees-total = Commissioni in tutto
label-pnl = Risultato
label-pnl-side = Risultato di questo lato
label-pnl-trade = Risultato di tutta la posizione
label-filled = Eseguita
label-slippage = Scarto
label-order = Ordine
label-at = Quando
label-cash = Incasso prima della commissione
label-r = Risultato su perdita massima
label-delivery-price = Prezzo di consegna
label-bought-back = Costo dell'altro lato
label-payout = Pagato
label-pnl-day = Risultato delle ultime 24 h
label-pnl-month = Risultato del mese
label-pending = In attesa di te
label-monitor = Controlli
label-stale = Dati vecchi
label-down = Fermo per
label-audit = Catena di audit
label-open-trades = Posizioni aperte
label-recovered = Sistemato
label-missed = Lavori saltati
label-waiting = Messaggi in coda
label-holds = In pausa per

# Regole, con il codice che dà loro il motore.
check-kill-switch-off = Blocco di emergenza disinserito
check-not-on-hold = Non in pausa
check-hold-off = In pausa
check-dry-run = Prova a secco
check-stage-allows-strategy = Ammessa in questa fase
check-index-age = Età dell'indice
check-chain-age = Età della catena di opzioni
check-dvol-age = Età del DVOL
check-fx-age = Età di EUR/USD
check-macro-age = Età del calendario macro
check-portfolio-age = Età del portafoglio
check-quote-age = Età della quotazione
check-recorded-chain-age = Età della catena registrata
check-macro-coverage = Il calendario copre la scadenza
check-fx-min = EUR/USD, minimo sensato
check-fx-max = EUR/USD, massimo sensato
check-fx-jump = EUR/USD, salto dall'ultimo controllo
check-index-perp-divergence = Indice contro perpetuo
check-clock-skew = Orologio sfasato di
check-optional-inputs-missing = Dati facoltativi mancanti
check-venue-open = Borsa aperta
check-outside-settlement = Fuori dall'orario di regolamento
check-outside-maintenance = Fuori dalla manutenzione
check-books-open = Book aperti
check-macro-off = Filtro macro spento
check-macro-high = Prossimo evento alto
check-macro-medium = Prossimo evento medio
check-macro-before-expiry = Evento prima della scadenza
check-macro-uncovered = Il calendario finisce presto per
check-dvol-min = DVOL
check-dvol-max = DVOL
check-dvol-jump-24h = Variazione DVOL in 24 h
check-return-24h = Movimento in 24 h
check-return-4h = Movimento in 4 h
check-volatility-premium = DVOL sopra RV30
check-bias = Direzione
check-funding = Finanziamento annuo
check-fear-greed = Paura e avidità
check-liquidation-heat = Pressione di liquidazioni
check-strikes-found = Strike trovati
check-widths-within-a-step = Ampiezze di put e call distanti
check-no-expiry = Giorni alla scadenza più vicina
check-expiry-in-band = Giorni alla scadenza
check-no-strike-in-band = Nessuno strike adatto; delta più vicino
check-no-width-in-band = Nessuno strike da comprare a larghezza adatta; più vicina
check-short-delta-in-band = Delta venduto
check-width-in-band = Ampiezza sullo spot
check-short-otm-in-band = Strike venduto fuori dal denaro
check-beyond-expected-move = Strike venduto in movimenti attesi
check-shorts-dropped = Strike venduti scartati:
check-pairs-dropped = Coppie scartate:
check-spread-priced = Spread prezzato
check-leg-quoted = Gamba quotata
check-cap-below-one-lot = Un lotto rischia più del limite:
check-width-that-fits = Ampiezza che ci starebbe
check-spot-that-fits = Spot a cui un lotto ci sta
check-credit-min = Credito
check-fill-at-floor = Esecuzione attesa
check-credit-over-width = Credito/ampiezza
check-fees-over-credit = Commissioni sul credito
check-credit-below-width = Credito entro l'ampiezza
check-liquidity = Controlli di liquidità falliti
check-short-has-bid = Denaro della gamba venduta
check-long-has-ask = Lettera della gamba comprata
check-book-not-crossed = Lettera sopra denaro
check-open-interest = Open interest
check-book-spread = Differenza denaro-lettera
check-top-size = Quantità in cima al book
check-mark-mid-divergence = Mark contro medio
check-volume-24h = Volume in 24 h
check-expected-slippage = Scarto atteso
check-maintenance-usage = Uso del margine di mantenimento
check-initial-margin = Margine iniziale
check-maintenance-after-fall = Uso del margine dopo un crollo
check-size-zero = Quantità lasciata da
check-sized = Quantità
check-trade-cap = Perdita massima dell'operazione
check-total-cap = Impegnato dopo l'operazione
check-same-expiry-and-side = Posizioni su scadenza e lato
check-new-this-week = Nuove posizioni nella settimana
check-open-positions = Posizioni aperte
check-cooldown-after-stop = Dall'ultimo stop
check-eth-share = Quota di ETH nel patrimonio
check-net-delta = Delta netto
check-short-vega = Vega venduto
check-short-gamma = Gamma venduto
check-consecutive-losses = Perdite di fila
check-month-loss = Perdita del mese
check-drawdown = Perdita dal massimo
check-kelly-result = Risultato in perdite massime
check-kelly-survivable = Risultato a cui la quota massima sopravvive
check-kelly-previous = Quota di Kelly finora
check-manual = Chiusura richiesta
check-settled = Regolata
check-blackout = Pausa di regolamento
check-data = Prezzo mancante o vecchio
check-margin = Uso del margine
check-stop-loss = Costo sul credito
check-vol-stop = DVOL dall'ingresso
check-delta-breach = Delta venduto
check-adverse-move = Peggior movimento in 4 h
check-pin-risk = Distanza dallo strike venduto
check-expire = Costo sul credito, a scadenza
check-profit-take = Profitto netto sul credito
check-time-stop = Giorni rimasti
check-event-guard = Prossimo evento alto tra
check-bias-flip = Direzione ora
check-other = { $code }

# Perché una regola non è stata valutata, o che cosa saperne.
cause-missing = manca
cause-missing-or-stale = manca o è vecchio
cause-credit-not-positive = il credito non è positivo
cause-dvol-scale = lo vieta solo la scala del DVOL
cause-empty-side = un lato del book è vuoto
cause-greeks-missing = mancano le greche di una gamba
cause-no-ask = nessuna lettera
cause-no-bid = nessun denaro
checks-unasked = { $count ->
    [one] 1 filtro non interpellato: { $cause }
   *[other] { $count } filtri non interpellati: { $cause }
  }
cause-no-candidate = nessuno spread trovato
cause-no-equity = nessun capitale
cause-no-macro-calendar = nessun calendario macro
cause-no-mark-or-ask = nessun mark o nessuna lettera
cause-no-size = nessuna quantità trovata
cause-no-stop = nessuno stop finora
cause-no-earlier-rate = nessun cambio precedente con cui confrontare
cause-no-strategy = nessuna operazione per questa direzione
cause-no-venue-status = stato della borsa ignoto
cause-none-ahead = nessuno in vista
cause-not-given = la fonte non lo dà
cause-out-of-range = fuori dalla sua scala, non creduto
cause-no-model-figures = nessuna IV, forward o delta credibile
cause-short-delta-in-band = i più hanno un delta fuori fascia
cause-short-otm-in-band = i più sono a una distanza fuori fascia
cause-beyond-expected-move = i più sono dentro il movimento atteso
cause-reported-only = solo riportato
cause-another-trade-first = prima un'altra posizione
cause-short-delta-below-minimum = lo strike venduto è ancora lontano
cause-not-the-last-day = non è l'ultimo giorno
cause-not-the-last-day-or-too-near = non è l'ultimo giorno, o troppo vicino
cause-profit-high-enough-to-hold = il profitto basta per tenere
cause-trade-not-weak = la posizione non è debole
cause-held-at-max-loss = chiudere costa quasi la perdita massima: si tiene
cause-no-move = nessuna storia dei prezzi
cause-no-delta = nessun delta
cause-no-index = nessun indice
cause-no-profit = nessun prezzo di chiusura
cause-no-profit-or-delta = nessun prezzo o nessun delta
cause-no-bias = nessuna direzione
cause-no-fx = nessun EUR/USD
cause-no-dvol = nessun DVOL
cause-no-wealth = nessun dato del conto
cause-no-chain = nessuna catena di opzioni
cause-no-sizes = nessuna quantità nel book
cause-delivered = consegnata
cause-settlement-window = orario di regolamento
cause-book-not-open = un book non è aperto
cause-venue-locked = la borsa è bloccata
cause-funding = finanziamento
cause-sentiment = propensione
cause-rr25 = asimmetria
cause-fear-greed = paura e avidità
cause-skew = asimmetria
cause-no-equity-or-index = patrimonio o indice mancante
cause-not-in-chain = non è più nella catena di opzioni
cause-not-priced = manca un lato, un mark o una volatilità
cause-never-orders = propone e non ordina mai
cause-engine-stopped = il motore si è fermato prima di eseguire la risposta
cause-stopped-before-opening = Il motore si è fermato prima dell'ordine: nulla è stato venduto. La prossima ricerca guarda da capo.
cause-stopped-before-closing = Il motore si è fermato prima dell'ordine: nulla è stato riacquistato e la posizione è aperta.
cause-checks-running = le verifiche sono in corso
cause-ended-at-venue = è terminato sull'exchange
cause-other = { $code }

# Valori e soggetti che sono codici.
value-bull-put = bull put
value-bear-call = bear call
value-iron-condor = condor di ferro
value-bull = rialzista
value-bear = ribassista
value-neutral = neutrale
value-no-entry = nessun ingresso
value-open = aperto
value-settlement = regolamento
value-delivered = consegnato
value-inactive = inattivo
value-locked = bloccato
value-halted = sospeso
value-archivized = archiviato
value-other = { $code }
subject-short-delta-in-band = delta fuori fascia
subject-short-otm-in-band = distanza fuori fascia
subject-beyond-expected-move = dentro il movimento atteso
subject-no-model-figures = senza IV o delta
subject-width-band = ampiezza fuori fascia
subject-trade-cap = oltre il limite
subject-put = put
subject-call = call
subject-no-price = senza prezzo

# Avvisi: una frase per codice; un codice senza frase mostra se stesso e i suoi fatti.
alert-other = { $code }
alert-exit-due-killed = Un'uscita è dovuta (#{ $id }) ma il blocco di emergenza è inserito: parte solo con un tocco.
alert-approval-failed = La proposta #{ $id } non si è potuta eseguire; nessun ordine è partito.
alert-exit-data = La posizione #{ $trade } non ha un prezzo utile ({ $misses } di fila); su di essa non si decide.
alert-let-expire = La posizione #{ $trade } si lascia scadere: quasi senza valore, abbastanza lontana, senza commissione.
alert-bias-flip = Direzione ora { $bias } (era { $was_bias }): minacciate le { $side } della posizione #{ $trade }.
alert-pause-held = La posizione #{ $trade } andrebbe chiusa ({ $rules }), ma le contrattazioni sono sospese: nessun riacquisto prima del regolamento o della fine della pausa.
alert-book-shut = La posizione #{ $trade } si tiene: un book delle sue opzioni non è aperto, fuori dalle ore di regolamento. Verificare il contratto in borsa.
alert-rules-blind = La posizione #{ $trade } è protetta da meno regole: mancano i dati per { $rules }. Controllarla di persona.
alert-mark-mid = Posizione #{ $trade }: mark e medio distano più del { $limit_frac } ({ $legs }). Le regole seguono il mark, una chiusura costa ciò che chiede il book.
alert-breaker-losses = Nuovi ingressi fermati. Perdite di fila: { $losses }. /resume dopo aver guardato.
alert-breaker-month = Nuovi ingressi fermati per la perdita del mese: { $loss_eur }. /resume dopo aver guardato.
alert-breaker-drawdown = Nuovi ingressi fermati: { $drawdown_eur } sotto il massimo. /resume dopo aver guardato.
alert-agent-said = Un altro tuo programma ({ $agent }) manda questo testo; nulla ne è conseguito.
alert-backup-failed = La copia di sicurezza è fallita; le precedenti sono rimaste com'erano.
alert-drill-failed = La prova di ripristino dell'ultima copia è fallita: ora un ripristino non riuscirebbe.
alert-anchors-not-carried = Le ancore della catena di audit non lasciano questa macchina: il comando non è riuscito. Si riprova; questo avviso è uno solo.
alert-second-path-failed = La seconda via è rotta: il comando non è riuscito. Si riprova; questo avviso è uno solo.
alert-killed-by = KILL da { $who }: nessun ordine parte più da solo. Motivo: { $reason }
alert-disarmed-by = { $who } ha tolto il KILL; i nuovi ingressi restano in pausa fino a /resume. Motivo: { $reason }
alert-paused-by = { $who } ha sospeso i nuovi ingressi; le uscite continuano. Motivo: { $reason }
alert-resumed-by = { $who } ha tolto un blocco: { $holds }.
