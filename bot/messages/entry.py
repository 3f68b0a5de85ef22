"""An entry card: what the person is asked, why, and what could go wrong."""

from __future__ import annotations

from collections.abc import Sequence

from bot import keyboards
from bot.chat import Reply
from bot.format import Block, Bold, Line, fits_caption, line, to_html
from bot.messages.checks import check_line
from bot.messages.prices import prices_text
from bot.messages.voice import Voice, caption, deadline, footed, header, past_deadline
from engine.notices import Drift, EntryCard
from engine.reporting.pre_trade import PreTradeReport

EVENTS_SHOWN_MAX = 4
FOOTER_ROOM = "0" * 24
"""A footer as long as one gets: a card must read the same at every sending."""


def entry_card(card: EntryCard, said: Voice, *, nonce: str, footer: str) -> Reply:
    """The question with its chart, its two answers and what shows more; without a nonce it can only be read."""
    until = valid_until(card, said) if nonce else past_deadline(card.report.valid_until_at, said)
    markup = caption(facts(card, said), reasons(card.report, said), footed([until], footer, said))
    buttons = keyboards.entry_card(card.proposal_id, nonce, said.texts) if nonce else keyboards.decided_card(card.proposal_id, said.texts)
    return Reply(html=markup, chart=card.chart, buttons=buttons)


def valid_until(card: EntryCard, said: Voice) -> Line:
    return deadline("card-valid-until", card.report.valid_until_at, said)


def facts(card: EntryCard, said: Voice) -> list[Block]:
    """The line the lock screen shows, the environment, what moved since it was asked before, at most eight figures, and the stops.

    What no card may lose is here; where all of it is too long, figures go from the last one up: the headline or the drift
    tells them too, or the details do.
    """
    report = card.report
    blocks = header(headline(card, said), _env_line(card, said))
    if card.asked:
        blocks.append(line(Bold(said.say(f"entry-asked-{card.asked}"))))
    if card.drift is not None:
        blocks += drift_lines(card.drift, report.family.coin, said)
    rows, stops, after = _figures(report, said), line(_stops(report, said)), footed([valid_until(card, said)], FOOTER_ROOM, said)
    while rows and not fits_caption(to_html([*blocks, *rows, stops, *after])):
        rows.pop()
    return [*blocks, *rows, stops]


def headline(card: EntryCard, said: Voice) -> str:
    report = card.report
    credit_coin = report.money.limit_coin * report.quantity_eth
    return said.say(
        "entry-headline",
        id=str(card.proposal_id),
        spread=title(report, said),
        credit=said.figures.earned_coin(credit_coin, report.family.coin),
        risk=said.figures.risk_eur(report.money.max_loss_eur),
    )


def title(report: PreTradeReport, said: Voice) -> str:
    """The spread's name with its expiry and strikes."""
    return said.spread(report.strategy, expiry_at=report.expiry_at, sides=report.sides)


def drift_lines(drift: Drift, coin: str, said: Voice) -> list[Block]:
    """Old and new figures of what moved while the card was open."""
    figures = said.figures
    pairs = (
        ("spot", figures.price_usd(drift.spot_usd[0]), figures.price_usd(drift.spot_usd[1])),
        ("credit", figures.coin(drift.credit_coin[0], coin), figures.coin(drift.credit_coin[1], coin)),
        ("short-delta", figures.number(drift.short_delta[0], 3), figures.number(drift.short_delta[1], 3)),
        ("dvol", figures.pts(drift.dvol_pts[0]), figures.pts(drift.dvol_pts[1])),
    )
    moved: list[Block] = [said.row(label, f"{then} → {now}") for label, then, now in pairs if then != now]
    return [line(Bold(said.say("entry-drift"))), *moved]


def reasons(report: PreTradeReport, said: Voice) -> list[Line]:
    """Why, then what could go wrong, the most telling first."""
    figures, market, coin = said.figures, report.market, report.family.coin
    why = said.say("entry-why", bias=said.code("bias", report.bias), row=str(report.bias_row), trend=figures.pct(market.trend_30d_frac, signed=True))
    target = said.say("entry-target", cost=figures.coin(report.exits.profit_take_debit_coin, coin), on=figures.day(report.exits.time_stop_at))
    warned = [check_line(check, said) for check in report.warnings[:2]]
    events = [] if not report.market.events else [event_lines(report, said)[0]]
    return [
        line(why),
        line(_loss(report, said)),
        line(prices_text(report, said)),
        *warned,
        *events,
        line(target),
        *bias_warnings(report, said),
    ]


def _loss(report: PreTradeReport, said: Voice) -> str:
    """What is lost where the worse side ends at its long strike; a condor can be hurt from both ends."""
    figures = said.figures
    loss, strikes = figures.eur(-report.money.loss_at_long_strike_eur, 0, signed=True), [figures.strike(side.long_strike_usd) for side in report.sides]
    if len(strikes) == 1:
        return said.say("entry-risk-loss", loss=loss, strike=strikes[0])
    return said.say("entry-risk-loss-condor", loss=loss, low=strikes[0], high=strikes[1])


def _stops(report: PreTradeReport, said: Voice) -> str:
    figures, exits = said.figures, report.exits
    stop, dvol = figures.coin(exits.stop_loss_mark_coin, report.family.coin), figures.pts(exits.vol_stop_dvol_pts)
    return said.say("entry-risk-stops", stop=stop, dvol=dvol, spot=delta_stops(report, said))


def widths(report: PreTradeReport, said: Voice) -> str:
    """The width, or both where a condor's sides differ."""
    return " / ".join(dict.fromkeys(said.figures.price_usd(side.width_usd) for side in report.sides))


def break_evens(report: PreTradeReport, said: Voice, *, places: int) -> str:
    """Each side's break-even with its distance from spot."""
    figures, money = said.figures, report.money
    levels = zip(money.break_evens_usd, money.break_even_distances_frac, strict=True)
    return " / ".join(f"{figures.usd(level_usd, places)} ({figures.pct(distance_frac, signed=True)})" for level_usd, distance_frac in levels)


def delta_stops(report: PreTradeReport, said: Voice) -> str:
    """The spot at which each side's delta stop would fire."""
    return " / ".join(said.figures.price_usd(spot_usd) for spot_usd in report.exits.delta_stops_spot_usd)


def _env_line(card: EntryCard, said: Voice) -> str:
    what = said.code("stage", card.report.stage)
    key = "env-line-dry-run" if card.is_dry_run else "env-line"
    return said.say(key, env=said.env(card.report.env), what=what)


def _figures(report: PreTradeReport, said: Voice) -> list[Block]:
    figures, money, market, coin = said.figures, report.money, report.market, report.family.coin
    return [
        said.row("size", f"{figures.size(report.quantity_eth)} · {said.say('word-width')} {widths(report, said)}"),
        said.row(
            "credit-first", f"{figures.coin(money.limit_coin, coin)} × {figures.number(report.quantity_eth)} · {figures.eur(money.limit_eur, signed=True)}"
        ),
        said.row("credit-over-width", f"{figures.pct(money.credit_over_width_frac)} · {_fees_share(report, said)}"),
        said.row("max-loss-cap", f"{figures.risk_eur(money.max_loss_eur, 2)} / {figures.eur(money.cap_trade_eur, 0)}"),
        said.row("break-even", break_evens(report, said, places=0)),
        said.row("prob-profit", f"{figures.pct(money.prob_profit_frac, 0)} · p* {figures.pct(money.break_even_win_rate_frac, 0)}"),
        said.row("expiry", f"{figures.weekday(report.expiry_at)} {figures.day(report.expiry_at)} · {figures.days(report.dte_days)}"),
        said.row("spot", f"{figures.price_usd(market.spot_usd)} · DVOL {figures.pts(market.dvol_pts)}"),
    ]


def _fees_share(report: PreTradeReport, said: Voice) -> str:
    return f"{said.say('word-fees')} {said.figures.pct(report.money.roundtrip_fees_over_credit_frac, 0)}"


def event_lines(report: PreTradeReport, said: Voice) -> list[Line]:
    """The scheduled events before expiry, the next ones first."""
    events = sorted(report.market.events, key=lambda event: event.at)[:EVENTS_SHOWN_MAX]
    if not events:
        return [line(said.say("events-none"))]
    return [said.row("event", f"{event.name} ({said.code('severity', event.severity)}) {said.figures.instant(event.at)}") for event in events]


def bias_warnings(report: PreTradeReport, said: Voice) -> Sequence[Line]:
    return [line(f"! {said.code('missing-input', name)}") for name in report.bias_warnings]
