# Parole che ogni messaggio può usare.
env-paper = PAPER
env-testnet = TESTNET
env-live = LIVE
env-other = { $code }
env-line = { $env } · { $what }
env-line-dry-run = { $env } · { $what } · prova a secco, nessun ordine
footer = ⛓ { $footer }

yes = sì
no = no
word-width = ampiezza
word-fees = commissioni
word-fee = commissione
word-lot = lotto
word-credit = credito
word-trade = posizione #{ $id }
word-none = nessuno
word-net = netto
word-mid = medio
word-model = modello
word-entry = all'ingresso
unit-usd-per-day = USD/g
by-rule = le regole

button-approve = Approva
button-reject = Rifiuta
button-close-now = Chiudi ora
button-close = Chiudi
button-postpone = Rimanda 30 min
button-keep = Tieni
button-details = Dettagli
button-hd = HD
button-chart = Grafico
button-force-close = Chiudi subito
button-close-all = Chiudi tutto
button-puts-only = Solo le put
button-calls-only = Solo le call
button-dismiss = Lascia aperta

strategy-bull-put = bull put
strategy-bear-call = bear call
strategy-iron-condor = condor di ferro
strategy-other = { $code }
strategy-long-bull-put = put spread rialzista: vendi una put, compri una più bassa
strategy-long-bear-call = call spread ribassista: vendi una call, compri una più alta
strategy-long-iron-condor = condor di ferro: put spread rialzista e call spread ribassista, stessa scadenza
strategy-long-other = { $code }
option-side-put = put
option-side-call = call
option-side-other = { $code }

stage-paper = fase paper
stage-soft = fase soft
stage-full = fase full
stage-other = { $code }

bias-bull = rialzista
bias-bear = ribassista
bias-neutral = neutrale
bias-no-entry = nessun ingresso
bias-other = { $code }
bias-row = riga { $row } della tabella
bias-row-none = nessuna riga della tabella

severity-high = alta
severity-medium = media
severity-low = bassa
severity-other = { $code }

source-live = dal vivo
source-recorded = registrati
source-carried = registrati, riportati avanti
source-surface = superficie da modello
source-synthetic = mercato sintetico
source-none = nessuna catena di opzioni
source-other = { $code }
source-line = Prezzi: { $source }, di { $age } fa.
source-line-modelled = Prezzi: { $source }, di { $age } fa; da modello: { $parts }.
source-recorded-line = Prezzi: { $source } ({ $span }).
source-recorded-line-modelled = Prezzi: { $source } ({ $span }); modello: { $parts }.

part-bid = denaro
part-ask = lettera
part-mark = mark
part-iv = IV
part-greeks = greche
part-sizes = quantità
part-open-interest = open interest
part-other = { $code }

exit-reason-manual = a mano
exit-reason-settled = regolata
exit-reason-blackout = pausa di regolamento
exit-reason-data = dati mancanti
exit-reason-margin = margine
exit-reason-stop-loss = stop loss
exit-reason-vol-stop = stop volatilità
exit-reason-delta-breach = soglia delta
exit-reason-adverse-move = movimento contrario
exit-reason-pin-risk = rischio pin
exit-reason-expire = lascia scadere
exit-reason-profit-take = presa di profitto
exit-reason-time-stop = stop temporale
exit-reason-event-guard = evento in arrivo
exit-reason-bias-flip = direzione cambiata
exit-reason-hold = tieni
exit-reason-hard-rules-only = tieni, ora agiscono solo le regole rigide
exit-reason-other = { $code }

input-index = indice
input-chain = catena di opzioni
input-dvol = DVOL
input-funding = finanziamento
input-sentiment = propensione
input-fx = EUR/USD
input-macro = calendario macro
input-portfolio = portafoglio
input-rr25 = skew (RR25)
input-dvol-24h-ago = DVOL di ieri
input-other = { $code }

hold-other = { $code }
hold-telegram = Telegram
hold-anchors = il registro non può essere ancorato
hold-telegram-chat = una chat chiusa
hold-restored = ripristinato da una copia

second-path-headline = Cerbero Bite su { $host }, per la seconda via
second-path-test = Questa è una prova. Quando la chat stessa ha un problema, il motore avvisa qui.
