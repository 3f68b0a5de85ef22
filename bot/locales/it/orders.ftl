# Gli ordini al mercato: che ne è stato, e che cosa fare.
fill-source-testnet = eseguito sulla rete di prova
fill-source-venue = eseguito al mercato
fill-source-reported = eseguito secondo un operatore

alert-order-unknown = L'ordine { $label } è partito e la risposta si è persa: può essere al mercato oppure no. Non viene rimandato; si chiede al mercato finché non è certo.
alert-order-not-placed = L'ordine { $label } non è mai arrivato al mercato: non ci sono né ordine né eseguiti né posizione.
alert-order-long-left = Nessuno compra l'opzione acquistata con l'ordine { $label }: ne restano { $amount } ETH, operazione #{ $trade }. Non copre nulla e non può perdere più di quanto è costata.
alert-order-leg-cost = L'operazione #{ $trade } non è stata aperta, ma una gamba è stata comprata e rivenduta. È costato, in moneta: { $cost }
alert-order-cancel-failed = Il mercato non ha risposto all'ordine di annullare tutto. Guarda tu stesso al mercato: potrebbero esserci ordini ancora attivi.
alert-exit-not-filled = L'uscita obbligata dell'operazione #{ $trade } non ha trovato nessuno in tempo (ordine { $label }). L'operazione è aperta; la domanda torna subito.
alert-exit-part-filled = Solo una parte dell'operazione #{ $trade } è stata ricomprata in tempo (ordine { $label }). Il resto è aperto; la domanda torna subito.

hold-venue-differs = i conti e il mercato non concordano
value-venue-differs = { hold-venue-differs }

cause-not-filled = Nessuno ha incontrato l'ordine in tempo; non si è scambiato nulla.
