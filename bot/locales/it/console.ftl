# Risposte dei comandi che guardano le posizioni, il denaro e il programma stesso.

## /version
version-title = Cerbero Bite { $version }
label-python = Python
label-schema = Schema dell'archivio
label-origin = Archivio
origin-demo = demo, per sempre
origin-real = reale, per sempre
origin-other = { $code }
libraries = Costruito su:

## /config
config-title = Impostazioni di questa esecuzione
label-fingerprint = Impronta
config-all-shipped = Tutti i { $count } valori sono quelli forniti.
config-own = Valori tuoi: { $count }
config-ships = fornito: { $value }
config-waiting = Cambiato in config.toml, vale dal prossimo avvio:
config-unreadable = config.toml così com'è non è utilizzabile; questa esecuzione continua come è partita:
config-more = /config con una tabella la mostra per intero: { $tables }. /config all mostra ogni valore.
config-table = Impostazioni: { $table }
config-no-table = Non c'è una tabella { $table }. Ci sono: { $tables }.

## /logs
logs-title = Registro tecnico, { $count ->
    [one] ultimo evento
   *[other] ultimi { $count } eventi
  }
no-logs = Ancora nessun evento registrato.
log-level-debug = ·
log-level-info = ·
log-level-warning = ⚠ avviso
log-level-error = ❗ errore
log-level-critical = ❗ grave
log-level-other = { $code }

## /backup
backup-taken = ✅ Copia fatta: { $name }
backup-failed = ❌ Nessuna copia fatta
backup-line = di { $age } fa · riga { $seq } · { $size } · { $soundness }
backups-none = Non c'è ancora nessuna copia.
backups-more = … e altre { $count } più vecchie
result-backup-no-home = In questa esecuzione non si conserva nulla, quindi non c'è nulla da copiare.
soundness-verified = verificata
soundness-bad = ❌ guasta
soundness-not-verified = non verificata
soundness-other = { $code }

## /whoami
label-user-id = Il tuo numero
label-role = Ruolo
label-language = Lingua
language-en = inglese
language-it = italiano
language-other = { $code }
label-stage = Fase
whoami-may = Puoi usare { $allowed } comandi su { $known }; /help li elenca.

help-version = che cosa gira, per nome e numero
help-config = le impostazioni di questa esecuzione: i tuoi valori, una tabella o tutto
help-logs = gli ultimi eventi del registro tecnico
help-backup = fa una copia adesso; ogni copia con la sua età
help-whoami = il tuo numero, il tuo ruolo, che cosa puoi fare

## /risk
risk-title = Rischio del portafoglio: { $count ->
    [one] { $count } posizione aperta
   *[other] { $count } posizioni aperte
  }
risk-market = Spot { $spot } · DVOL { $dvol }
risk-pnl = P&L in € se spot e DVOL (punti) saltano ora:
risk-greeks = Greche e margine se lo spot salta, DVOL invariato:
risk-legend = Δ in ETH · Γ in $ di delta per 1 % · V in $ per punto · Θ in $ al giorno · MM%: margine di mantenimento sul capitale che il salto lascia.
risk-model = Ogni gamba è prezzata con Black-76 sul suo forward e sulla sua volatilità, mosse tutte allo stesso modo. Solo le opzioni: gli ETH sul conto e i crediti tenuti in ETH si muovono in più.
risk-missing = Ora non noto, quindi niente griglia: { $names }.
risk-left-out = Ora senza quotazioni, quindi fuori da queste cifre: { $ids }.
risk-empty = Non c'è nulla di aperto, quindi nulla da perdere. La griglia appare con la prima posizione aperta.
risk-greeks-caption = Greche del portafoglio lungo l'indice
help-risk = il portafoglio se spot e DVOL saltano: griglia di P&L, greche, margine

ping-other = { $code }

## /smile
smile-title = Smile { $expiry }
smile-spot = spot { $spot }
smile-short = #{ $id } venduta { $strike }: IV { $iv }
smile-long = #{ $id } comprata { $strike }: IV { $iv }
smile-nothing-held = Nessuna posizione aperta di questa scadenza.
smile-not-listed = La borsa non quota ora la scadenza { $expiry }. Quota queste:
label-atm-iv = IV alla pari
help-smile = volatilità implicita per strike di una scadenza, con gli strike in portafoglio

## /stats
stats-title = Statistiche, { $period }
stats-verdict-none = Senza un guadagno e una perdita non c'è ancora un pareggio: non si può dire nulla.
stats-verdict-few = { $n } operazioni sono troppo poche per un giudizio: da 30 in poi l'intervallo comincia a dire qualcosa.
stats-verdict-inside = Il pareggio sta dentro l'intervallo: queste { $n } operazioni non provano un vantaggio, e nemmeno il contrario.
stats-verdict-above = Tutto l'intervallo sta sopra il pareggio: il vantaggio di queste { $n } operazioni è più che caso.
stats-verdict-below = Tutto l'intervallo sta sotto il pareggio: queste { $n } operazioni perdono più che per caso.
label-mean-r = r medio
stats-mean-r = { $r } (90 %: { $span }, su { $weeks ->
    [one] { $weeks } settimana
   *[other] { $weeks } settimane
  })
label-fees = Commissioni
label-profit-factor = Fattore di profitto
label-average-win = Guadagno medio
label-average-loss = Perdita media
stats-fees = { $fees }, { $share } del credito
stats-slippage = mediana { $median } · 90 % al massimo { $p90 } · { $n ->
    [one] { $n } esecuzione
   *[other] { $n } esecuzioni
  }
stats-slippage-modelled = { $n ->
    [one] { $n } di esse viene da un modello e non prova nulla sulle esecuzioni vere.
   *[other] { $n } di esse vengono da un modello e non provano nulla sulle esecuzioni vere.
  }
stats-beside = vinte { $rate }, p* { $breakeven }
help-stats = percentuale di vincite accanto al pareggio, r medio, costi, scarto; P&L per motivo di chiusura
period-90d = 90 giorni

## /pnl
pnl-title-day = Realizzato per giorno
pnl-title-week = Realizzato per settimana, dal lunedì
pnl-title-month = Realizzato per mese
pnl-period = dal
pnl-won = vinte
pnl-net = netto €
pnl-fees = comm. €
pnl-older = Prima: { $n ->
    [one] { $n } operazione
   *[other] { $n } operazioni
  } dal { $since }, netto { $net }.
pnl-open = { $count ->
    [0] Nessuna posizione aperta.
    [one] { $count } posizione aperta all'ultima valutazione: { $unrealised }.
   *[other] { $count } posizioni aperte alle ultime valutazioni: { $unrealised }.
  }
pnl-note = Al netto delle commissioni, nel giorno (UTC) in cui l'operazione è finita. Vinte: quante in guadagno sul totale.
step-day = Giorno
step-week = Settimana
step-month = Mese
step-other = { $code }
help-pnl = P&L realizzato per giorno, settimana o mese

## /history as a file
button-csv = CSV
history-file = { $count ->
    [0] Nessuna operazione finita nel periodo ({ $period }): il file ha solo l'intestazione.
    [one] { $count } operazione chiusa, { $period }: prezzi, cambi e commissioni. Decimali col punto, istanti in UTC.
   *[other] { $count } operazioni chiuse, { $period }: prezzi, cambi e commissioni di ciascuna. Decimali col punto, istanti in UTC.
  }

## /account
account-title = Conto
account-key-paper = Chiave della borsa: non serve, le esecuzioni sono simulate.
account-key-other = Chiave della borsa: questa versione non ne legge; la fase è { $code }.
label-wealth = Patrimonio
label-wealth-eth = In ETH
account-eth = { $eur } ({ $eth })
label-wealth-cash = In contanti
label-margin-equity = Base dei margini
label-margins = Margini
account-margins = { $initial } iniziale · { $maintenance } di mantenimento
account-usage = { $usage }, si chiude al { $limit }
label-free-funds = Fondi liberi
account-free = { $eth } ({ $eur })
account-open = { $pnl } ({ $count ->
    [one] { $count } posizione aperta
   *[other] { $count } posizioni aperte
  })
account-missing = Ora ignoti: { $names }.
account-note = I margini sono quelli del conto e di ogni posizione aperta col modello standard, dove le gambe non si compensano. Indice { $spot }, EUR/USD { $fx }.
help-account = patrimonio, margini, fondi liberi, quanto è impegnato e quanto ha reso

## /report and the monthly report
monthly-headline = 🗓 { $month } · { $net } · { $count ->
    [one] { $count } operazione chiusa
   *[other] { $count } operazioni chiuse
  }
monthly-headline-running = 🗓 { $month } finora · { $net } · { $count ->
    [one] { $count } operazione chiusa
   *[other] { $count } operazioni chiuse
  }
monthly-this = Il mese
monthly-all = Tutta questa fase
monthly-no-trade = Nessuna operazione è finita in questo mese (n 0): nessun tasso, nessun pareggio da confrontare.
monthly-rates = n { $n } · vinte { $rate } (90 %: { $interval }) · pareggio p* { $breakeven } · netto { $net } · r medio { $r }
label-averages = Medie
monthly-averages = guadagno { $win } × credito · perdita { $loss } × credito
monthly-kelly = Kelly, { $strategy }: { $state }
monthly-kelly-none = Kelly: nessuna operazione reale chiusa, valgono solo i limiti fissi.
monthly-kelly-state-insufficient-sample = operazioni reali troppo poche
monthly-kelly-state-negative-edge = vantaggio negativo, nessun nuovo ingresso
monthly-kelly-state-unproven = vantaggio non provato, un lotto
monthly-kelly-state-uncertain = vantaggio incerto, metà
monthly-kelly-state-ok = vantaggio provato
monthly-kelly-state-refused = i risultati non possono essere veri
monthly-kelly-state-other = { $code }
monthly-z = z rispetto ai percorsi del modello: { $z }. /montecarlo li mostra.
monthly-note-title = Rapporto mensile { $month } { $env }
monthly-not-entered = Schede senza ingresso
monthly-declined = { $rejected } rifiutate · { $expired } scadute senza risposta
monthly-would-have = { $n ->
    [one] { $n } di esse è stata regolata nel frattempo e avrebbe reso { $net }, tenuta fino alla scadenza.
   *[other] { $n } di esse sono state regolate nel frattempo e avrebbero reso { $net }, tenute fino alla scadenza.
  }
monthly-gates = Verso la fase successiva
monthly-gates-more = Misurato (limite). Ciò che non è misurato non è soddisfatto; /stage mostra la stessa tabella.
label-incidents = Incidenti
gate-days = giorni
gate-closed-trades = operazioni chiuse, condor a parte
gate-win-rate-frac = vincite
gate-mean-r = r medio
gate-profit-factor = fattore di profitto
gate-monitor-success-frac = controlli riusciti
gate-other = { $code }
incident-kill-armed = kill
incident-hold-set = sospensione
incident-anchors-lost = ancore perse
incident-job-failed = lavoro fallito
incident-other = { $code }
job-monthly-report = rapporto mensile
help-report = un mese in cifre: risultati, costi, schede senza ingresso, condizioni della fase successiva

## /replay #ID
no-card = Non c'è una scheda #{ $id }.
