# Ciò che sta dentro e sotto le immagini.
chart-as-of = al { $at }
chart-age = dati di { $age } fa
chart-modelled = ◆ prezzi da modello, non della borsa
chart-utc = UTC
chart-one-point = Un solo punto finora: la linea comincia dal secondo.

chart-payoff-profit = Guadagno massimo
chart-payoff-loss = Perdita massima
chart-payoff-expires = scade { $at }
chart-payoff-axis = P&L in €, sull'indice ETH in $
chart-payoff-expiry = a scadenza
chart-payoff-now = ora
chart-payoff-move = movimento atteso ±1σ: { $low } – { $high }
chart-payoff-spot = spot { $value }
chart-payoff-short = venduta { $value }
chart-payoff-long = comprata { $value }
chart-payoff-break-even = pareggio { $value }
chart-payoff-empty = Ancora nessun grafico: appare appena ogni gamba ha una quotazione.
chart-payoff-alt = Profilo di { $title } ({ $env }): guadagno massimo { $profit }, perdita massima { $loss }, pareggio { $breakeven }, spot { $spot }, scade { $expiry }.

chart-period-all = da sempre
chart-period-other = { $code }

chart-equity-title = Risultato · { $period }
chart-equity-total = P&L, aperte comprese
chart-equity-drawdown = Ribasso massimo
chart-equity-split = realizzato { $realised } · aperto { $unrealised }
chart-equity-trades = { $closed ->
    [one] { $closed } chiusa
   *[other] { $closed } chiuse
  } · { $open ->
    [one] { $open } aperta
   *[other] { $open } aperte
  }
chart-equity-axis = P&L cumulato, €
chart-equity-drawdown-axis = Sotto il massimo, €
chart-equity-deepest = minimo { $value }
chart-equity-last = ora { $value }
chart-equity-empty = Ancora nessun risultato: la curva comincia con la prima operazione aperta.
chart-equity-alt = Risultato ({ $env }, { $period }): P&L { $total }, realizzato { $realised }, aperto { $unrealised }, ribasso massimo { $drawdown }, { $closed } operazioni chiuse e { $open } aperte.

chart-market-title = Mercato ETH
chart-market-spot = Spot
chart-market-dvol = DVOL
chart-market-trend = tendenza { $days } g { $trend }
chart-market-trend-unknown = tendenza non ancora nota
chart-market-inside = DVOL nella fascia d'ingresso { $low } – { $high }
chart-market-outside = DVOL fuori dalla fascia d'ingresso { $low } – { $high }
chart-market-spot-axis = Indice ETH, $
chart-market-dvol-axis = DVOL, punti
chart-market-band-above = niente ingressi sopra { $value }
chart-market-band-below = niente ingressi sotto { $value }
chart-market-empty = Ancora nessun dato di mercato: le linee cominciano con i primi prezzi ricevuti.
chart-market-alt = Mercato ETH ({ $env }): spot { $spot }, DVOL { $dvol }; { $trend }; { $band }.

chart-timeline-mark = Costo per chiudere ora
chart-timeline-kept = Credito incassato
chart-timeline-expires = scade { $at }
chart-timeline-axis = Costo per chiudere, { $coin } per 1 ETH di opzione
chart-timeline-credit = credito
chart-timeline-profit-take = presa profitto
chart-timeline-stop-loss = stop perdita
chart-timeline-now = ora
chart-timeline-empty = Ancora nessuna quotazione: la linea comincia con il primo controllo dopo l'apertura.
chart-timeline-alt = Vita di { $title } ({ $env }): costo per chiudere { $mark } contro un credito di { $credit }, incassato { $kept }; presa di profitto a { $take }, stop perdita a { $stop }, scade { $expiry }.

chart-book-trades = { $count ->
    [one] { $count } posizione aperta
   *[other] { $count } posizioni aperte
  }
chart-book-left-out = { $count } senza prezzo

chart-risk-title = Se il mercato salta ora
chart-risk-worst = Il peggio della griglia
chart-risk-best = Il meglio della griglia
chart-risk-where = il peggio a spot { $index }, DVOL { $dvol }
chart-risk-axis = P&L delle opzioni in €, per spot e punti di DVOL
chart-risk-dvol = DVOL { $points }
chart-risk-dvol-now = DVOL ora
chart-risk-spot-now = spot ora
chart-risk-empty = Ancora nessun rischio: la griglia appare con la prima posizione aperta che ha quotazioni.
chart-risk-alt = Griglia di rischio ({ $env }) intorno allo spot { $spot }: il peggio { $worst }, { $where }; il meglio { $best }; { $trades }.

chart-greeks-title = Greche del portafoglio
chart-greeks-theta = Theta
chart-greeks-vega = Vega
chart-greeks-day = /g
chart-greeks-point = /pt
chart-greeks-here = ora Δ { $delta } · Γ { $gamma } per 1 %
chart-greeks-delta-axis = Delta, ETH, sull'indice ETH in $
chart-greeks-gamma-axis = Gamma, $ di delta per movimento dell'1 %
chart-greeks-limit = limite per un ingresso
chart-greeks-empty = Ancora nessuna greca: le curve appaiono con la prima posizione aperta che ha quotazioni.
chart-greeks-alt = Greche del portafoglio ({ $env }) a spot { $spot }: delta { $delta }, gamma { $gamma } per 1 %, theta { $theta }, vega { $vega }; { $trades }.

chart-smile-title = Smile · { $expiry }
chart-smile-no-expiry = nessuna scadenza
chart-smile-atm = IV alla pari
chart-smile-rr25 = Call meno put 25Δ
chart-smile-market = forward { $forward } · DVOL { $dvol }
chart-smile-held = { $count ->
    [0] nessuna posizione aperta di questa scadenza
    [one] { $count } posizione aperta di questa scadenza
   *[other] { $count } posizioni aperte di questa scadenza
  }
chart-smile-axis = Volatilità implicita annua, sullo strike in $
chart-smile-puts = put
chart-smile-calls = call
chart-smile-forward = forward { $value }
chart-smile-short = #{ $id } venduta { $value }
chart-smile-long = #{ $id } comprata { $value }
chart-smile-dvol = DVOL { $value }
chart-one-strike = Un solo strike finora: la linea comincia dal secondo.
chart-smile-empty = Ancora nessuno smile: appare appena la borsa quota le volatilità di una scadenza.
chart-smile-alt = Smile del { $expiry } ({ $env }): alla pari { $atm }, call meno put a 25 delta { $rr25 }, forward { $forward }; { $held }.

chart-sure = n { $n } · 90 %: { $interval } · pareggio p* { $breakeven }
chart-reasons-title = P&L per motivo · { $period }
chart-reasons-net = Risultato netto
chart-reasons-rate = Vincite
chart-reasons-axis = Netto in € delle operazioni chiuse per ciascun motivo
chart-reasons-count = vinte { $wins } su { $closed }
chart-reasons-others = altri { $count } motivi
chart-reasons-empty = Ancora nessuna operazione chiusa: le barre appaiono con la prima che finisce.
chart-reasons-alt = P&L per motivo di chiusura, { $period } ({ $env }): netto { $net }, vincite { $rate }, { $sure }; { $rows }.

chart-tearsheet-title = Replay · { $span }
chart-tearsheet-axis = P&L dal primo giorno, posizioni aperte valutate
chart-tearsheet-months = Quanto ha reso ogni mese
chart-tearsheet-costs = drawdown { $drawdown } · comm. { $fees } · r medio { $r }
chart-tearsheet-scans = { $scans } ricerche, { $refused } senza ingresso
chart-tearsheet-modelled = ◆ { $share } delle ricerche con prezzi da modello
chart-tearsheet-empty = Ancora nessuna curva: il periodo è troppo breve per una valutazione. Chiedi più giorni.
chart-tearsheet-alt = Replay { $span } ({ $env }): netto { $net }, vincite { $rate }, { $sure }, { $costs }.

chart-fan-title = Monte Carlo
chart-fan-z = z del percorso reale
chart-fan-below = Percorsi sotto
chart-fan-axis = Somma di r (netto su perdita massima)
chart-fan-trades = operazioni chiuse
chart-fan-high = 95 %
chart-fan-both = 5 % – 95 %
chart-fan-middle = mediana
chart-fan-low = 5 %
chart-fan-realised = reale { $value } dopo { $n }
chart-fan-paths = { $paths } percorsi · { $n ->
    [0] nessuna operazione reale chiusa
    [one] { $n } operazione reale chiusa
   *[other] { $n } operazioni reali chiuse
  }
chart-fan-expected = r medio atteso { $r } (90 %: { $span })
chart-fan-verdict-pass = come atteso: entro una deviazione standard
chart-fan-verdict-review = a 1–2 deviazioni standard: qualcuno guardi perché
chart-fan-verdict-blocked = oltre 2 deviazioni standard: nessuna promozione
chart-fan-verdict-unmatched = nessun percorso con altrettante operazioni
chart-fan-verdict-no-trades = nulla da confrontare prima della prima chiusura
chart-fan-verdict-other = { $code }
chart-fan-modelled = ◆ percorsi da modello, non dal mercato
chart-fan-empty = Ancora nessun ventaglio: appare con il primo calcolo Monte Carlo.
chart-fan-alt = Monte Carlo ({ $env }): { $count }, { $expected }, z { $z }, { $below } dei percorsi ha reso meno; { $verdict }.

chart-kelly-title = Kelly · { $strategy }
chart-kelly-used-label = In uso
chart-kelly-full-label = Kelly intero
chart-kelly-axis = Frazione del capitale, barra: intervallo al 90 %
chart-kelly-rate-axis = Vincite, barra: intervallo al 90 %
chart-kelly-full = intero { $value }
chart-kelly-used = in uso { $value }
chart-kelly-cap = tetto { $value }
chart-kelly-middle = mediana { $value }
chart-kelly-rate = vinte { $value }
chart-kelly-break-even = pareggio p* { $value }
chart-kelly-mean = r medio { $r } (90 %: { $span })
kelly-state-insufficient-sample = operazioni reali troppo poche: { $n } di { $least }
kelly-state-negative-edge = vantaggio negativo: nessun nuovo ingresso
kelly-state-unproven = vantaggio non provato: al massimo un lotto
kelly-state-uncertain = vantaggio incerto: se ne usa la metà
kelly-state-ok = vantaggio provato
kelly-state-other = { $code }
chart-kelly-empty = Ancora nessuna operazione reale { $strategy } chiusa: quelle simulate restano a parte, e Kelly non ha nulla da cui imparare.
chart-kelly-alt = Kelly di { $strategy } ({ $env }): in uso { $used }, intero { $full }, { $sure }, { $mean }; { $state }.

chart-sweep-title = Sweep · r medio
chart-sweep-best = ★ Migliore
chart-sweep-shipped = Di serie □
chart-sweep-off-map = Di serie
chart-sweep-none = troppo poche operazioni per scegliere
chart-sweep-held = ogni campo con { $held }
chart-sweep-down = Righe: { $name }
chart-sweep-across = Colonne: { $name }
chart-sweep-where = ★ { $where }
chart-sweep-luck = { $tries ->
    [one] l'unico provato
   *[other] il migliore di { $tries }
  } · meglio del caso: { $chance }
chart-sweep-empty = Ancora nessuna operazione con questi valori: la mappa resta vuota finché uno sweep ne trova.
chart-sweep-alt = Sweep ({ $env }): miglior r medio { $best } a { $where }, di serie { $shipped }, { $luck }.
