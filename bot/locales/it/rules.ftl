# Le regole scritte, una frase ciascuna: per un filtro quando passa, per un'uscita quando scatta e che cosa segue.
# Chiave: rule-<id>-<code>. I fatti sono le soglie in vigore, con i nomi del libro delle regole di engine/core.

## Come si mostra una regola
rule-line = { $rule } · { $sentence }
rule-title = { $rule } nella decisione #{ $id }
rule-row-decided = Ha deciso questa riga.
rule-row-silent = Questa riga non ha deciso.
rule-not-asked = Non chiesta in questa decisione.
rule-where = Unità: { $unit } · strategia { $source }
rule-where-plain = Sì o no · strategia { $source }
rule-more = Una regola per intero:
rule-unknown = La regola { $rule } non esiste. Ci sono { $rules }.

unit-usd = USD
unit-eur = EUR
unit-coin = ETH per contratto, USDC nei contratti USDC
unit-eth = ETH
unit-frac = per cento
unit-pts = punti
unit-d = giorni
unit-h = ore
unit-s = secondi
unit-n = un conteggio
unit-x = un multiplo
unit-usd-pt = USD per punto
unit-usd-1pct = USD per 1 % di movimento
unit-other = { $code }

value-off = non impostato
value-window = finestra
value-strict-before-expiry = stretto fino alla scadenza
value-first-friday = primo venerdì

## Direzione: decide la prima riga che vale
rule-b01-inputs-missing = Nessun ingresso se spot, catena di opzioni, DVOL o la tendenza su { $window } mancano o sono vecchi.
rule-b02-dvol-out-of-band = Nessun ingresso se il DVOL è sotto { $low } o sopra { $high }, o è salito di più di { $jump } in 24 h.
rule-b03-crash = Nessun ingresso se la tendenza su { $window } è { $limit } o meno: crollo.
rule-b04-stress = Nessun ingresso se il risk reversal a delta 25 è { $limit } o meno: tensione. Se manca, la riga si salta.
rule-b05-bull = Bull put se la tendenza su { $window } è { $trend } o più e il finanziamento è al massimo { $funding } annuo. Se manca, vale zero.
rule-b06-crowded-longs = Nessun ingresso se la tendenza su { $window } è { $trend } o più e il finanziamento supera { $funding } annuo: troppi compratori.
rule-b07-bear = Bear call se la tendenza su { $window } è { $trend } o meno, il finanziamento è almeno { $funding } annuo (se manca, vale zero) e il risk reversal, se c'è, è sotto { $skew }.
rule-b08-squeeze = Nessun ingresso se la tendenza su { $window } è { $trend } o meno e il finanziamento è sotto { $funding } annuo o il risk reversal è { $skew } o più: rischio di strozzata.
rule-b09-calm = Neutrale se il mercato è calmo in ogni cifra: finanziamento tra { $funding_low } e { $funding_high } annuo, DVOL tra { $dvol_low } e { $dvol_high }, movimento in 7 giorni al massimo { $move }, RV10 almeno { $ratio } RV30, DVOL al massimo { $premium } sopra RV30, e risk reversal noto. Le corrisponde un iron condor dove la fase lo ha attivo (paper: { $paper }, soft: { $soft }, full: { $full }), altrove nessuna operazione.
rule-b10-otherwise = Nessun ingresso se nessun'altra riga vale.

## Ingresso: interruttori
rule-e01-kill-switch-off = Il blocco di emergenza è disinserito.
rule-e01-not-on-hold = Nulla trattiene gli ingressi: nessuna pausa, nessun interruttore automatico, nessun guasto.
rule-e01-stage-allows-strategy = La fase ammette la strategia. Paper: { $paper }. Soft: { $soft }. Full: { $full }.
rule-e01-dry-run = Il motore può ordinare; una prova a secco propone e non ordina mai.
rule-e01-hold-off = Nulla trattiene gli ingressi nel momento in cui si esegue un'approvazione.

## Ingresso: dati
rule-e02-index-age = L'indice ha al massimo { $limit }; un'ora altrettanto avanti è ugualmente sbagliata.
rule-e02-chain-age = La catena di opzioni ha al massimo { $limit }; un'ora altrettanto avanti è ugualmente sbagliata.
rule-e02-recorded-chain-age = Una catena registrata è stata presa a non più di { $limit } da ora; a una dal vivo non si chiede.
rule-e02-dvol-age = Il DVOL ha al massimo { $limit }; un'ora altrettanto avanti è ugualmente sbagliata.
rule-e02-fx-age = EUR/USD ha al massimo { $limit }, perché nei fine settimana non c'è fixing; oltre { $old } è usato con un avviso.
rule-e02-macro-age = Il calendario macro ha al massimo { $limit }.
rule-e02-portfolio-age = I dati del conto hanno al massimo { $limit }.
rule-e02-macro-coverage = Il calendario macro copre almeno un tipo di evento; uno vuoto manca, non è una settimana senza eventi.
rule-e02-fx-min = EUR/USD è almeno { $limit }: meno è un dato errato.
rule-e02-fx-max = EUR/USD è al massimo { $limit }: di più è un dato errato.
rule-e02-fx-jump = EUR/USD dista al massimo { $limit } dal cambio creduto al controllo precedente: un salto è un dato errato.
rule-e02-index-perp-divergence = Indice e perpetuo, entrambi freschi, differiscono al massimo di { $limit } dell'indice.
rule-e02-clock-skew = Il nostro orologio e quello della borsa differiscono al massimo di { $limit }.
rule-e02-optional-inputs-missing = Finanziamento, propensione e skew possono mancare con un avviso; in fase soft al massimo { $soft } di loro, per un iron condor nessuno.

## Ingresso: borsa
rule-e03-venue-open = La borsa non è bloccata.
rule-e03-books-open = I book di tutte le gambe sono aperti.
rule-e03-outside-settlement = Non è l'orario del regolamento quotidiano, { $window } UTC.
rule-e03-outside-maintenance = Nessuna manutenzione annunciata è vicina: non { $window } UTC nel suo giorno, né entro { $guard } dal suo inizio.

## Ingresso: eventi
rule-e04-macro-off = Il filtro degli eventi è spento: nessun evento viene guardato. La sua modalità è: { $mode }.
rule-e04-macro-high = Il prossimo evento alto ({ $events }, o uno che il calendario stesso dà per alto) è a più di { $limit }.
rule-e04-macro-medium = Il prossimo evento medio ({ $events }, o uno che il calendario stesso dà per medio) è a più di { $limit }. Questi non bloccano mai: { $low }.
rule-e04-macro-before-expiry = Nessun evento alto ({ $high }) e nessun evento medio ({ $medium }) cade prima della scadenza.
rule-e04-macro-uncovered = Solo un avviso: le date ufficiali finiscono prima della scadenza (senza spread: entro { $horizon }). Al loro posto valgono i giorni abituali del mese. CPI: { $cpi }. NFP: { $nfp }. BCE: { $ecb }. FOMC: { $fomc }.

## Ingresso: volatilità e movimenti
rule-e05-dvol-min = Il DVOL è almeno { $limit }.
rule-e05-dvol-max = Il DVOL è al massimo { $limit }.
rule-e06-dvol-jump-24h = Il DVOL è salito al massimo di { $limit } in 24 h.
rule-e07-return-24h = Lo spot si è mosso al massimo di { $limit } in 24 h, in un senso o nell'altro.
rule-e07-return-4h = Lo spot si è mosso al massimo di { $limit } in 4 h, in un senso o nell'altro.
rule-e08-volatility-premium = DVOL meno volatilità realizzata è solo riportato, salvo che sia impostato un minimo. Minimo: { $limit }.

## Ingresso: lato
rule-e09-bias = La tabella della direzione indica un'operazione, ed è questa.
rule-e10-funding = Il finanziamento medio di { $window } è al massimo { $put } annuo dove si vendono put, almeno { $call } dove si vendono call. Se manca è un avviso, per un iron condor un no.
rule-e11-fear-greed = Paura e avidità è al massimo { $put } dove si vendono put, almeno { $call } dove si vendono call. Se manca è un avviso, per un iron condor un no.
rule-e11-liquidation-heat = La pressione di liquidazioni è sotto il percentile { $limit }; se nessuna fonte la dà, la regola passa.

## Ingresso: spread e credito
rule-e12-strikes-found = C'è uno spread da giudicare: la ricerca ne ha trovato uno che passa ogni filtro per un lotto, o quello della scheda ha ancora i suoi prezzi e sta nelle sue fasce.
rule-e13-credit-min = Il credito al medio è almeno { $limit } per contratto, nei contratti USDC { $linear }; ogni lato di un condor porta il suo.
rule-e13-credit-over-width = Il credito al medio vale almeno { $limit } dell'ampiezza, su ogni lato di un condor.
rule-e13-fees-over-credit = Le commissioni di apertura e chiusura, prima di ogni tetto, sono al massimo { $limit } del credito al medio, su ogni lato di un condor.
rule-e13-credit-below-width = Il credito non vale più dell'ampiezza: di più è un dato errato.
rule-e13-fill-at-floor = L'esecuzione attesa non è sotto il credito più basso che l'ordine può accettare.
rule-e14-liquidity = Ogni controllo di liquidità (L01–L09) passa alla quantità dell'operazione.

## Ingresso: margine
rule-e15-maintenance-usage = Il margine di mantenimento con questa operazione è sotto { $limit } del capitale.
rule-e15-initial-margin = Il margine iniziale di questa operazione è al massimo { $limit } dei fondi disponibili.
rule-e15-maintenance-after-fall = Con l'indice { $fall } più in basso, il margine di mantenimento di questa e di ogni operazione aperta, con i mark al valore intrinseco, resterebbe sotto { $limit } del capitale.

## Ingresso: quante, quanto concentrate
rule-e17-same-expiry-and-side = Su questa scadenza e su un lato di questa operazione ne sono aperte o in attesa meno di quante la fase ne ammette. Paper: { $paper }. Soft: { $soft }. Full: { $full }.
rule-e17-new-this-week = Questa settimana sono state aperte o attendono risposta meno operazioni di quante la fase ne ammette. Paper: { $paper }. Soft: { $soft }. Full: { $full }.
rule-e17-open-positions = Sono aperte o in attesa meno di { $limit } operazioni.
rule-e17-cooldown-after-stop = L'ultimo stop su un lato di questa operazione risale ad almeno { $limit } fa.
rule-e18-eth-share = L'ETH è al massimo { $limit } del patrimonio, credito incluso.
rule-e18-net-delta = Il delta netto di tutte le opzioni con questa operazione è al massimo { $limit }, in un senso o nell'altro. La garanzia non conta.
rule-e18-short-vega = Il vega venduto di tutte le opzioni con questa operazione è al massimo { $limit }.
rule-e18-short-gamma = Il gamma venduto di tutte le opzioni con questa operazione è al massimo { $limit }.
rule-e19-consecutive-losses = Meno di { $limit } perdite di fila.
rule-e19-month-loss = La perdita del mese è sotto { $limit } il limite per operazione.
rule-e19-drawdown = La perdita dal massimo è sotto { $limit } il limite per operazione.

## Strike
rule-s01-expiry-in-band = La scadenza dista da { $low } a { $high }; tra più d'una, la più vicina a { $target }. Indice ed EUR/USD devono essere noti.
rule-s01-no-expiry = È quotata una scadenza a una distanza da { $low } a { $high }.
rule-s02-short-delta-in-band = Il delta di ogni strike venduto va da { $low } a { $high }, a passi di { $bucket } il più vicino a { $target } tra quelli che passano; su una scheda già mostrata può essersene allontanato di { $drift }.
rule-s02-short-otm-in-band = Ogni strike venduto dista dal denaro { $put } (put) o { $call } (call); su una scheda già mostrata può essersi spostato oltre di { $drift } dello spot.
rule-s02-beyond-expected-move = Ogni strike venduto è a { $moves } il movimento atteso o più dal forward; su una scheda già mostrata basta { $drift } dello spot in meno.
rule-s02-no-strike-in-band = Qualche strike da vendere del lato ha un delta da { $low } a { $high }, dista dal denaro { $put } (put) o { $call } (call), è a { $moves } il movimento atteso o più dal forward.
rule-s03-no-width-in-band = Qualche strike vendibile ha uno strike da comprare più lontano da { $low } a { $high } dello spot.
rule-s02-shorts-dropped = Solo un conteggio: strike da vendere lasciati per dati mancanti, un delta non da { $low } a { $high }, una distanza non { $put } (put) o { $call } (call), o meno di { $moves } il movimento atteso.
rule-s03-width-in-band = Ogni ampiezza va da { $low } a { $high } dello spot, a parità di delta la più vicina a { $target } tra quelle che passano; su una scheda già mostrata i limiti cedono di { $drift } di sé stessi.
rule-s03-pairs-dropped = Solo un conteggio: coppie lasciate per un'ampiezza non da { $low } a { $high } dello spot, per il limite per operazione, per prezzi mancanti o per un filtro di credito o liquidità.
rule-s04-cap-below-one-lot = Un lotto della coppia più stretta, ampiezza e { $fees } di commissioni (condor: { $condor }), sta nel limite per operazione. Paper: { $paper }. Soft: { $soft }. Full: { $full }.
rule-s04-width-that-fits = Solo una cifra: l'ampiezza di cui un lotto sta nel limite per operazione, tolti { $fees } di commissioni (condor: { $condor }).
rule-s04-spot-that-fits = Solo una cifra: lo spot a cui un lotto di uno spread ampio { $width } sta nel limite per operazione, con { $fees } di commissioni (condor: { $condor }).
rule-s05-leg-quoted = Ogni gamba dello spread sulla scheda è ancora quotata.
rule-s05-spread-priced = Lo spread sulla scheda ha ancora prezzi, mark e volatilità, e un credito sopra zero.
rule-s06-widths-within-a-step = Le ampiezze dei due lati di un condor differiscono al massimo di un passo tra strike quotati.

## Liquidità
rule-l01-short-has-bid = C'è un denaro per ogni gamba venduta.
rule-l01-long-has-ask = C'è una lettera per ogni gamba comprata; un denaro non le serve.
rule-l02-book-not-crossed = La lettera sta sopra il denaro.
rule-l03-open-interest = L'open interest è almeno { $short } in una gamba venduta e { $long } in una comprata.
rule-l04-book-spread = Lettera meno denaro vale al massimo { $short } o { $short_share } del medio in una gamba venduta, { $long } o { $long_share } in una comprata; vale il maggiore dei due.
rule-l05-top-size = Il denaro di una gamba venduta e la lettera di una comprata reggono almeno { $limit } e { $multiple } la quantità dell'operazione.
rule-l06-mark-mid-divergence = Medio e mark differiscono al massimo di { $limit } del mark.
rule-l07-quote-age = La quotazione ha al massimo { $limit }; un'ora altrettanto avanti è ugualmente sbagliata.
rule-l08-volume-24h = Solo un avviso: meno di { $limit } scambiati in 24 h, o non si sa.
rule-l09-expected-slippage = Un ordine paziente dovrebbe cedere al massimo { $limit } del credito: { $share } della strada dal medio al naturale.

## Quantità
rule-e16-sized = La quantità è almeno un lotto: { $inverse } in ETH, { $linear } nei contratti USDC, o il minimo della borsa se è maggiore.
rule-e16-size-zero = Ognuno di questi lascia un lotto: il limite per operazione per { $ref } / DVOL (tenuto tra { $low } e { $high }; fino a un DVOL di { $floor } questa scala da sola non nega mai un lotto), il resto del limite totale, ciò che Kelly ammette su { $bankroll } da { $sample } operazioni chiuse della strategia in poi, { $book } della cima del book, { $margin } dei fondi liberi.
rule-e16-cap-below-one-lot = La perdita massima di un lotto, { $fees } di commissioni (condor: { $condor }) incluse, sta nel limite per operazione e in ciò che resta del totale. Limite per operazione in paper: { $paper }, soft: { $soft }, full: { $full }.
rule-e16-width-that-fits = Solo una cifra: l'ampiezza di cui un lotto sta in ciò che resta del limite, tolti { $fees } di commissioni (condor: { $condor }).
rule-e16-trade-cap = La perdita massima dell'operazione sta nel limite per operazione della fase. Paper: { $paper }. Soft: { $soft }. Full: { $full }.
rule-e16-total-cap = La perdita massima di questa operazione e di tutte quelle aperte o in attesa sta nel limite totale della fase. Paper: { $paper }. Soft: { $soft }. Full: { $full }.

## Uscite: decide la prima che scatta
-spared = Risparmiata alla perdita massima (X15).
rule-x00-manual = Uscita obbligata quando una persona lo dice.
rule-x01-settled = Il regolamento si registra quando la scadenza è passata e c'è il prezzo di consegna, o { $after } dopo la scadenza; segue un allarme se entro { $wait } non è arrivato.
rule-x02-blackout = Non si fa nulla tra { $window } UTC nel giorno di scadenza della posizione, mentre il book di una gamba non è aperto o la borsa è bloccata.
rule-x03-data = Non si fa nulla mentre manca il mark o la lettera di una gamba venduta o il mark di una comprata, o una quotazione ha più di { $age } (una registrata: più di { $recorded }). Segue un allarme alla mancanza numero { $misses } di fila.
rule-x04-margin = Uscita obbligata quando il margine di mantenimento raggiunge { $limit } dei fondi in borsa e nessuna posizione aperta ha un delta peggiore.
rule-x05-stop-loss = Uscita obbligata quando il mark dello spread raggiunge { $limit } il credito. { -spared }
rule-x06-vol-stop = Uscita obbligata quando il DVOL sta { $limit } o più sopra il valore all'ingresso. { -spared }
rule-x07-delta-breach = Uscita obbligata quando il delta di una gamba venduta raggiunge { $limit }. { -spared }
rule-x08-adverse-move = Uscita obbligata quando lo spot è andato di { $limit } o più contro la posizione entro { $window } dall'ultimo controllo in qua e il delta di una gamba venduta è almeno { $delta }. { -spared }
rule-x09-pin-risk = Uscita obbligata quando resta { $days } o meno e uno strike venduto dista dal denaro meno di { $limit }. { -spared }
rule-x10-expire = Tenuta fino alla scadenza, che è gratis, quando resta { $days } o meno, ogni strike venduto dista dal denaro { $distance } o più e il mark è al massimo { $limit } del credito.
rule-x11-profit-take = Uscita facoltativa quando chiudere ora conserverebbe { $limit } o più del credito, pagate le commissioni di entrambi i lati.
rule-x12-time-stop = Uscita facoltativa quando restano { $limit } o meno ed è guadagnato meno di { $profit } del credito; obbligata dopo { $unanswered } senza risposta. { -spared }
rule-x13-event-guard = Uscita facoltativa quando un evento alto è al massimo a { $limit }, la posizione perde e il delta di una gamba venduta è almeno { $delta }. { -spared }
rule-x14-bias-flip = Una parola e nessuna scheda quando la tabella della direzione parla ora contro il lato venduto; contro un condor parla ogni direzione.
rule-x15-hold = Tenuta quando nessun'altra riga scatta. Le righe che risparmiano una posizione alla perdita massima non scattano nelle sue ultime 24 h se ricomprarla costerebbe { $share } della sua ampiezza o più.

## Kelly: da che cosa si legge
rule-k01-kelly-result = Ogni risultato è noto ed entro { $limit } la perdita massima della sua operazione, in un senso o nell'altro.
rule-k02-kelly-survivable = Nessun risultato avrebbe preso tutto alla quota più alta, { $cap } del capitale di riferimento.
rule-k03-kelly-previous = La quota del mese scorso è nota e tra niente e tutto il capitale di riferimento.
