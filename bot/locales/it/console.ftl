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
