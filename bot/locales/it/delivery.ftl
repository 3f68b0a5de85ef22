# Parole aggiunte dalla consegna stessa.
possible-duplicate = ⚠ Possibile doppione di un messaggio già inviato: stesso #id, una sola risposta vale per entrambi.

# Ciò che è arrivato troppo tardi per essere inviato messaggio per messaggio.
away-headline = 📭 MENTRE ERI IRRAGGIUNGIBILE · { $count ->
    [one] 1 messaggio arrivato tardi
   *[other] { $count } messaggi arrivati tardi
 }
away-between = { $from } – { $to }
away-unheard = Intanto nulla ti ha raggiunto. Niente qui attende più una risposta.
away-line = { $at } · { $what }
away-answer = una risposta per te: { $what }
away-unread = un messaggio che non si può più mostrare
away-more = { $count ->
    [one] Uno più vecchio non è elencato: /logs
   *[other] { $count } più vecchi non sono elencati: /logs
 }
