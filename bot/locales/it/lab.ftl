# Ricerca: Monte Carlo, Kelly, griglie di prove.

## /montecarlo
montecarlo-title = Monte Carlo · { $stage }
montecarlo-paths = { $paths } percorsi inventati di { $days } giorni a partire da questo mercato ({ $market }, seme { $seed }): le stesse uscite, commissioni ed esecuzioni del motore.
montecarlo-mean = { $r } per operazione (90 %: { $span }), dispersione { $sd }
montecarlo-rate = { $rate } · pareggio p* { $breakeven }
montecarlo-per-path = { $mean } per percorso (90 %: { $low } – { $high })
montecarlo-real = Chiuse davvero: { $n } · somma di r { $r } · il { $below } di tali percorsi ha fatto meno
montecarlo-matched = Percorsi dopo { $n } operazioni: somma di r { $r }, dispersione { $sd } (90 %: { $span })
montecarlo-verdict-pass = La soglia è superata: |z| è al massimo { $passes }.
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
kelly-row = { $strategy } · { $kind } · { $n } chiuse in { $weeks ->
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
sweep-tried = { $settings } combinazioni vissute { $span } ({ $weeks } settimane, { $history }).
sweep-left-out = Escluse: { $impossible } con cui la strategia non può girare. Senza nessuna operazione: { $untraded }.
sweep-nothing = Nessuna combinazione ha chiuso { $n } operazioni: non c'è niente da scegliere.
sweep-best = Migliore: { $values }
sweep-halves = r medio { $r } (90 %: { $span }) · primo 70 % delle settimane { $inside } ({ $insidespan }) · ultimo 30 % { $outside } ({ $outsidespan })
sweep-luck = Probabilità che sia più della fortuna della migliore di { $tries }: { $chance }
sweep-forward = Scelte con il passare del tempo, in { $folds } passi: l'ultima scelta prometteva { $promised } (90 %: { $promisedspan }), tutte insieme hanno fatto { $r } ({ $span }) in { $n } operazioni.
sweep-fold = { $values }: prometteva { $promised } ({ $promisedspan }) → ha fatto { $r } ({ $span }), n { $n }
sweep-no-forward = Troppo poche operazioni per scegliere sul passato e provare su ciò che è seguito.
sweep-shipped = Le regole in vigore: r medio { $r } (90 %: { $span })
sweep-rows = Le migliori { $shown } di { $all }, r medio con intervallo al 90 %, intervallo delle vinte, poi l'ultimo 30 % delle settimane:
sweep-row = { $values }: { $r } ({ $span }) · vinte { $rate } · n { $n } · dopo { $outside } ({ $outsidespan })
sweep-modelled = I prezzi delle opzioni vengono da un modello, non da registrazioni: la griglia vale come indicazione.
sweep-note = La migliore di molte prove sembra migliore di quanto è: fidati di ciò che è venuto dopo la scelta.

## Rifiuti
result-research-busy = Una prova Monte Carlo è in corso. Prima arriva la sua risposta; poi chiedi di nuovo.
result-montecarlo-cannot = Monte Carlo non può cominciare: { $detail }
help-montecarlo = che cosa farebbero queste regole su percorsi inventati
help-kelly = quanto permettono di rischiare le operazioni chiuse
