"""The cost of closing every open trade, and the orders that work, as text."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from bot.format import Block, Bold, line
from bot.messages.voice import Voice
from bot.views.results import title
from engine.views import CloseAllQuote, ClosePrice, WorkingOrderView


def close_all_quote(view: CloseAllQuote, voice: Voice) -> list[Block]:
    """What became of the entries, what each trade costs now at mid and crossing the book, what all of them cost, and what is no part of it."""
    blocks: list[Block] = [title(voice, "close-all-title" if view.prices else "close-all-unpriced-title", count=len(view.prices)), line(_paused(view, voice))]
    for price in view.prices:
        blocks += _price_rows(price, voice)
    if len(view.prices) > 1:
        blocks += _sum_rows(view, voice)
    for key, ids in (("close-all-unpriced", view.unpriced_ids), ("close-all-underway", view.busy_ids)):
        blocks += [line(voice.say(key, ids=", ".join(f"#{trade_id}" for trade_id in ids)))] if ids else []
    if view.nonce is not None:
        blocks.append(voice.row("valid-until", f"{voice.figures.there(view.valid_until_at):%H:%M:%S %Z}"))
    return blocks


def _paused(view: CloseAllQuote, voice: Voice) -> str:
    if view.paused.code != "paused":
        return voice.say("close-all-paused-before")
    return voice.say("close-all-paused", settled=view.paused.facts["settled"])


def _price_rows(price: ClosePrice, voice: Voice) -> list[Block]:
    name = f"#{price.trade_id} {voice.code('strategy', price.strategy)} {voice.strikes(price.sides)} · {voice.figures.size(price.quantity_eth)}"
    coin = price.family.coin
    return [
        line(Bold(name)),
        voice.row("cost-at-mid", _cost([(price.cost_mid_coin, coin)], price.pnl_mid_eur, voice)),
        voice.row("cost-at-natural", _cost([(price.cost_natural_coin, coin)], price.pnl_natural_eur, voice)),
    ]


def _sum_rows(view: CloseAllQuote, voice: Voice) -> list[Block]:
    return [
        line(Bold(voice.say("close-all-sum"))),
        voice.row("cost-at-mid", _cost([(each.mid_coin, each.coin) for each in view.sums], view.pnl_mid_eur, voice)),
        voice.row("cost-at-natural", _cost([(each.natural_coin, each.coin) for each in view.sums], view.pnl_natural_eur, voice)),
    ]


def _cost(costs: list[tuple[Decimal | None, str]], pnl_eur: Decimal | None, voice: Voice) -> str:
    """What is paid, coin by coin, and what the trades have made then."""
    figures = voice.figures
    return " · ".join([*(figures.coin(cost, coin) for cost, coin in costs), figures.eur(pnl_eur, signed=True)])


def working_orders(orders: Iterable[WorkingOrderView], voice: Voice) -> list[Block]:
    """Each order with its trade, how much of it is done, its limit and since when it is worked."""
    blocks: list[Block] = [title(voice, "working-title")]
    for each in orders:
        figures, spread = voice.figures, voice.spread(each.strategy, expiry_at=each.expiry_at, sides=each.sides)
        limit = voice.say("working-no-limit") if each.limit_coin is None else figures.coin(each.limit_coin, each.family.coin)
        done = voice.say("working-done", filled=figures.size(each.filled_eth), size=figures.size(each.quantity_eth))
        blocks += [
            line(Bold(voice.say("working-entry" if each.is_opening else "working-exit", id=str(each.trade_id), card=str(each.proposal_id), spread=spread))),
            line(f"{done} · {limit} · {voice.say('working-since', at=figures.instant(each.since_at))}"),
        ]
    return [*blocks, line(voice.say("working-cancel"))]
