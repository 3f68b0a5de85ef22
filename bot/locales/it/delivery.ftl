# Parole aggiunte dalla consegna stessa.
possible-duplicate = ⚠ Possibile doppione di un messaggio già inviato: stesso #id, una sola risposta vale per entrambi.
