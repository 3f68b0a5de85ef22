# Orders at the exchange: what became of them, and what to do.
fill-source-testnet = fill on the test network
fill-source-venue = fill at the exchange
fill-source-reported = fill told by an operator

alert-order-unknown = Order { $label } was sent and its answer was lost: it may stand at the exchange or not. It is not sent again; the exchange is asked until it is proven.
alert-order-not-placed = Order { $label } never reached the exchange: no order, no fill and no position of it is there.
alert-order-long-left = Nobody bids for the bought option of order { $label }: { $amount } ETH of it stay with you, trade #{ $trade }. It covers nothing and can lose no more than it cost.
alert-order-leg-cost = Trade #{ $trade } was not opened, but one leg was bought and sold again. That cost, in coin: { $cost }
alert-order-cancel-failed = The exchange did not answer the order to cancel everything. Look at the exchange yourself: orders may still work there.
alert-exit-not-filled = The hard exit of trade #{ $trade } found nobody in its time (order { $label }). The trade is open; the question comes again at once.
alert-exit-part-filled = Only a part of trade #{ $trade } could be bought back in time (order { $label }). The rest is open; the question comes again at once.

hold-venue-differs = the books and the exchange do not agree
value-venue-differs = { hold-venue-differs }

cause-not-filled = Nobody met the order in its time; nothing was traded.
