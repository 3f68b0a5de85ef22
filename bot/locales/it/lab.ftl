# Ricerca: Monte Carlo, Kelly, griglie di prove.

## /montecarlo
montecarlo-title = Monte Carlo · { $stage }
montecarlo-paths = { $paths } percorsi inventati di { $days ->
    [one] { $days } giorno
   *[other] { $days } giorni
  } a partire da questo mercato ({ $market }, seme { $seed }): le stesse uscite, commissioni ed esecuzioni del motore.
montecarlo-mean = { $r } per operazione (90 %: { $span }), dispersione { $sd }
montecarlo-rate = { $rate } · pareggio p* { $breakeven }
montecarlo-per-path = { $mean } per percorso (90 %: { $low } – { $high })
montecarlo-real = Chiuse davvero: { $n } · somma di r { $r } · il { $below } di tali percorsi ha fatto meno
montecarlo-matched = Percorsi dopo { $n ->
    [one] { $n } operazione
   *[other] { $n } operazioni
  }: somma di r { $r }, dispersione { $sd } (90 %: { $span })
montecarlo-verdict-pass = La condizione è soddisfatta: |z| è al massimo { $passes }.
montecarlo-verdict-review = Serve un motivo scritto: |z| sta fra { $passes } e { $blocks }. Un modello giusto si allontana così circa una volta su quattro.
montecarlo-verdict-blocked = La soglia blocca: |z| è sopra { $blocks }. I risultati non somigliano a queste regole in questo mercato.
montecarlo-verdict-unmatched = Ancora niente da confrontare: troppo pochi percorsi chiudono altrettante operazioni. Con più giorni sì.
montecarlo-verdict-no-trades = Ancora niente da confrontare: nessuna operazione è stata chiusa.
montecarlo-verdict-other = { $code }
montecarlo-band = r medio per operazione se i prezzi del mercato sono un po' diversi:
montecarlo-band-row = { $name }: { $r } (90 %: { $span })
montecarlo-band-point = come nel modello, meno percorsi
montecarlo-band-atm-low = volatilità più bassa del 7 %
montecarlo-band-atm-high = volatilità più alta del 7 %
montecarlo-band-skew-steep = put più care
montecarlo-band-skew-flat = put non più care delle call
montecarlo-band-books-narrow = denaro e lettera vicini la metà
montecarlo-band-books-wide = denaro e lettera più lontani del 60 %
montecarlo-band-other = { $code }
montecarlo-model = Prezzi delle opzioni e percorsi sono un modello, senza tendenza, notizie né finanziamento: valgono come indicazione.
label-win-rate = Operazioni vinte
label-z = z

## /kelly
kelly-title = Kelly: un ricalcolo adesso (non cambia niente)
kelly-nothing = Nessuna operazione è ancora stata chiusa. Da { $n } operazioni reali di una strategia in poi Kelly ne decide la misura; fino ad allora valgono solo i tetti.
kelly-row = { $strategy } · { $kind } · { $n ->
    [one] { $n } chiusa
   *[other] { $n } chiuse
  } in { $weeks ->
    [one] { $weeks } settimana
   *[other] { $weeks } settimane
  }
kelly-live = reali
kelly-paper = simulate
kelly-rate = vinte { $rate } ({ $level }: { $span }) · pareggio p* { $breakeven }
kelly-mean = r medio { $r } ({ $level }: { $span })
kelly-full = Kelly intero { $f } ({ $level }: { $span })
kelly-used = in uso { $f } del capitale, prima { $before }
kelly-cuts = ridotto da: { $cuts }
kelly-cut-negative-edge = vantaggio negativo
kelly-cut-no-edge = nessun vantaggio con la stima iniziale e la coda
kelly-cut-cap = il tetto
kelly-cut-uncertainty = incertezza, dimezzato
kelly-cut-monthly-increase = il massimo che un mese può aggiungere
kelly-cut-other = { $code }
kelly-stake-hard-caps = la misura la decidono solo i tetti
kelly-stake-fraction = la frazione in uso limita la misura
kelly-stake-one-lot = un lotto al massimo
kelly-stake-suspended = nessun nuovo ingresso
kelly-stake-other = { $code }
kelly-paper-means = simulate: non decidono nessuna misura
kelly-refused = Questi risultati non possono essere veri ({ $problems }): nessun nuovo ingresso di questa strategia finché non sono corretti.
kelly-note = Intervalli: settimane intere estratte di nuovo, perché le operazioni di una settimana condividono il mercato. I tetti in euro non si alzano mai.

## sweep
sweep-title = Griglia di prove: { $keys }
sweep-tried = { $n ->
    [one] { $settings } combinazione vissuta
   *[other] { $settings } combinazioni vissute
  } { $span } ({ $weeks ->
    [one] { $weeks } settimana
   *[other] { $weeks } settimane
  }, { $history }).
sweep-left-out = Escluse: { $impossible } con cui la strategia non può girare. Senza nessuna operazione: { $untraded }.
sweep-nothing = Nessuna combinazione ha chiuso { $n ->
    [one] { $n } operazione
   *[other] { $n } operazioni
  }: non c'è niente da scegliere.
sweep-best = Migliore: { $values }
sweep-halves = r medio { $r } (90 %: { $span }) · primo 70 % delle settimane { $inside } ({ $insidespan }) · ultimo 30 % { $outside } ({ $outsidespan })
sweep-luck = Probabilità che sia più della fortuna della migliore di { $tries }: { $chance }
sweep-forward = Scelte con il passare del tempo, in { $folds ->
    [one] 1 passo
   *[other] { $folds } passi
}: l'ultima scelta prometteva { $promised } (90 %: { $promisedspan }), tutte insieme hanno fatto { $r } ({ $span }) in { $n ->
    [one] { $n } operazione
   *[other] { $n } operazioni
  }.
sweep-fold = { $values }: prometteva { $promised } ({ $promisedspan }) → ha fatto { $r } ({ $span }), n { $n }
sweep-no-forward = Troppo poche operazioni per scegliere sul passato e provare su ciò che è seguito.
sweep-shipped = Le regole in vigore: r medio { $r } (90 %: { $span })
sweep-rows = Le migliori { $shown } di { $all }, r medio con intervallo al 90 %, intervallo delle vinte, poi l'ultimo 30 % delle settimane:
sweep-row = { $values }: { $r } ({ $span }) · vinte { $rate } · n { $n } · dopo { $outside } ({ $outsidespan })
sweep-modelled = I prezzi delle opzioni vengono da un modello, non da registrazioni: la griglia vale come indicazione.
sweep-note = La migliore di molte prove sembra migliore di quanto è: fidati di ciò che è venuto dopo la scelta.

## Rifiuti
result-research-busy = È già in corso una prova Monte Carlo o una griglia. Prima arriva la sua risposta; poi chiedi di nuovo.
result-montecarlo-cannot = Monte Carlo non può cominciare: { $detail }
help-montecarlo = che cosa farebbero queste regole su percorsi inventati
help-kelly = quanto permettono di rischiare le operazioni chiuse

## /sweep, and the words of /replay
help-sweep = vive una griglia di impostazioni, con una mappa di calore e quanto è valsa poi la scelta
working-settings = ⏳ Vissute { $done } impostazioni su { $all }. La risposta segue qui.
work-done = ✔ Fatto; segue la risposta.
replay-change = Con { $key } { $now } invece di { $before }, solo in questa simulazione
result-grid-empty = Indica almeno un valore da provare, ad es. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-word = { $word } non è CHIAVE=VALORE,VALORE né CHIAVE=DA:A:PASSO, ad es. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-twice = Una chiave compare due volte; scrivila una volta sola con tutti i suoi valori, ad es. /sweep exit.stop_loss_x_credit=2,2.5,3
result-grid-unknown = Non esiste un'impostazione { $name }; /config le elenca, ad es. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-unknown-near = Non esiste un'impostazione { $name }, forse intendi { $near }; ad es. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-range = { $name } non è un intervallo: scrivi DA:A:PASSO in numeri, A non sotto DA e PASSO sopra zero, ad es. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-many = { $count } valori sono più di { $most }: prendine meno o un passo più largo, ad es. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-value = { $name } non può essere “{ $word }”; /config mostra quanto vale ora, ad es. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-one = { $name } ha qui più valori; /replay ne prende uno, /sweep ne prova diversi, ad es. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-grid-impossible = La strategia non può girare con questi valori insieme; /config mostra quelli in vigore, ad es. /replay strikes.dte_min_d=14 strikes.dte_max_d=21
result-grid-manner = { $word } non si capisce: policy è approve, reject o ignore e resume_after un numero di giorni o never, ad es. /replay policy=ignore resume_after=never
result-sweep-too-many = { $count } impostazioni sono più di { $most }, il massimo in chat: meno valori o un passo più largo, ad es. /sweep exit.profit_take_net_frac=0.4:0.6:0.1
result-sweep-too-long = { $count } giorni sono più di { $most }, il massimo in chat: indica due giorni più vicini, ad es. /sweep 2025-01-01 2025-12-31 exit.stop_loss_x_credit=2,2.5,3
result-past-cannot = La storia non può rispondere: { $detail }
result-sweep-lost = La prova è finita prima del tempo; ciò che ha trovato resta, e lo stesso comando riprende da lì.
