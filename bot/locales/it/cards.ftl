# Schede, i loro dettagli e i messaggi che non chiedono nulla.

# Queste prime righe si leggono sullo schermo bloccato.
entry-headline = 🟡 INGRESSO #{ $id } · { $spread } · { $credit } · rischio { $risk }
exit-headline-hard = 🔴 CHIUDI #{ $id } · { $spread } · { $reason } · { $pnl }
exit-headline-soft = 🟠 CHIUDI? #{ $id } · { $spread } · { $reason } · { $pnl }
exit-headline-info = 🔵 OSSERVA #{ $id } · { $spread } · { $reason } · { $pnl }
fill-headline-open = 🟢 APERTA #{ $id } · { $spread }
fill-headline-close = ⚫ CHIUSA #{ $id } · { $spread }
settlement-headline = 🏁 REGOLATA #{ $id } · { $spread } · { $pnl }
refusal-headline =
    ⚪ NESSUN INGRESSO · decisione #{ $id } · { $count ->
        [one] { $count } filtro contrario
       *[other] { $count } filtri contrari
    }
digest-headline =
    📋 RIEPILOGO { $on } · oggi { $day } · { $count ->
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
entry-risk-stops = Stop: costo { $stop }, DVOL { $dvol }, spot verso { $spot }.
entry-target = Obiettivo: chiudere a { $cost } o meno; stop temporale { $on }.
card-valid-until = ⏳ Valida fino alle
card-answer-by = ⏳ Rispondi entro le
missing-input-funding = Finanziamento ignoto: contato come zero.
missing-input-rr25 = Asimmetria ignota: le sue due righe sono saltate.
missing-input-dvol-24h-ago = DVOL di ieri ignoto: salto non controllato.
missing-input-other = Non si conosce: { $code }.
events-none = Nessun evento di severità alta o media prima della scadenza.
warnings-none = Nessun avviso.
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
exit-words-event-guard = Un evento di severità alta è vicino e la posizione perde.
exit-words-bias-flip = Il mercato si è girato contro il lato di questa posizione.
exit-words-hold = Niente da fare.
exit-words-other = Motivo: { $code }.
unanswered-auto-execute = Senza risposta: si chiude da sola.
unanswered-repropose-next-monitor = Senza risposta: si richiede al prossimo controllo.
unanswered-nothing = Senza risposta non succede nulla.
unanswered-other = Senza risposta: { $code }.

# Come è finita una scheda.
outcome-approved = ✅ APPROVATA
outcome-rejected = ❌ RIFIUTATA
outcome-expired = ⌛ SCADUTA, nessuna risposta
outcome-superseded = ♻️ SOSTITUITA da una scheda più nuova
outcome-refused = ⛔ RESPINTA dalle regole
outcome-killed = 🛑 FERMATA dal blocco di emergenza
outcome-executed = ✅ FATTO
outcome-not-placed = ⚠️ NON ESEGUITA
outcome-postponed = ⏸ RIMANDATA
outcome-settled = 🏁 REGOLATA prima della risposta
outcome-other = { $code }
outcome-by = { $by } · { $at }
outcome-by-after = { $by } · { $at } · dopo { $latency }
outcome-next = Vedi #{ $id }.

# Controlli: un segno, un nome, quanto si è visto, quanto serviva.
check-needs = { " " }(serve { $relation } { $limit })
check-no-value = nessun valore
checks-more =
    { $count ->
        [one] … e un altro ({ $count })
       *[other] … e altri { $count }
    }
value-other = { $code }
cause-missing = manca
cause-other = { $code }

# Esecuzioni e regolamenti.
fill-source-modelled = esecuzione da modello
fill-source-testnet = esecuzione su testnet
fill-source-reported = riferita da una persona
fill-source-venue = eseguita in borsa
fill-source-other = { $code }
fill-position-open = Ora aperta: { $size }, a rischio al massimo { $risk }.
fill-position-closed = Di questa posizione non resta nulla di aperto.
settlement-worthless = Scaduta senza valore: il credito resta, nessuna commissione.
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
digest-flat = Nessuna posizione aperta.
digest-more = … e altre { $count }: /positions
digest-no-events = Nessun evento nei prossimi 7 giorni.
digest-monitor = { $ok } controlli riusciti su { $expected }
digest-next = Prossimo riepilogo { $at }.

# L'avvio.
start-first = primo avvio
start-audit-ok = integra, { $seq } righe
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
label-lot = lotto
label-width = ampiezza
label-credit = Credito
label-credit-over-width = Credito/ampiezza
label-fees = commissioni
label-fee = commissione
label-max-loss = Perdita max / limite
label-break-even = Pareggio
label-prob-profit = Prob. di profitto (modello)
label-p-star = Vincite necessarie (p*)
label-expiry = Scadenza
label-spot = Spot
label-forward = forward
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
label-credit-limit = Primo limite
label-credit-floor = Limite minimo
label-credit-natural = Credito incrociando
label-slippage-expected = Scarto atteso
label-fee-open = Commissione d'apertura
label-fees-roundtrip = Commissioni, andata e ritorno
label-fees-share = Commissioni sul credito
label-max-loss-strict = Perdita massima
label-loss-long-strike = Perdita allo strike comprato
label-im = Margine iniziale
label-mm = Margine di mantenimento
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
label-trade = Posizione
label-reason = Motivo
label-deadline = Termine
label-opened = Aperta
label-expected-close = Costo atteso
label-fee-close = Commissione di chiusura
label-fees-total = Commissioni in tutto
label-pnl = Risultato
label-filled = Eseguita
label-slippage = Scarto
label-order = Ordine
label-at = Quando
label-cash = Incasso
label-r = Risultato su perdita massima
label-delivery-price = Prezzo di consegna
label-payout = Pagato
label-pnl-day = Risultato di oggi
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
