"""An entry card and its details: what the person is asked, and every figure behind it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN

from bot import keyboards
from bot.chat import Reply
from bot.figures import ABSENT
from bot.format import Block, Bold, Code, Line, line, pair
from bot.messages.checks import check_line, check_lines
from bot.messages.prices import prices_text, recorded_lines
from bot.messages.voice import Voice, caption, deadline, footed, header
from engine.notices import Drift, EntryCard
from engine.reporting.pre_trade import LegReport, PreTradeReport

EVENTS_SHOWN_MAX = 4
CHECKS_SHOWN_MAX = 12


def entry_card(card: EntryCard, said: Voice, *, nonce: str, footer: str) -> Reply:
    """The question with its chart, its two answers and what shows more; without a nonce it can only be read."""
    markup = caption(facts(card, said), reasons(card.report, said), footed([valid_until(card, said)], footer, said))
    buttons = keyboards.entry_card(card.proposal_id, nonce, said.texts) if nonce else keyboards.decided_card(card.proposal_id, said.texts)
    return Reply(html=markup, chart=card.chart, buttons=buttons)


def valid_until(card: EntryCard, said: Voice) -> Line:
    return deadline("card-valid-until", card.report.valid_until_at, said)


def facts(card: EntryCard, said: Voice) -> list[Block]:
    """The line the lock screen shows, the environment, what moved since it was asked before, and at most eight figures."""
    report = card.report
    blocks = header(headline(card, said), _env_line(card, said))
    if card.drift is not None:
        blocks += drift_lines(card.drift, said)
    return [*blocks, *_figures(report, said)]


def headline(card: EntryCard, said: Voice) -> str:
    report = card.report
    credit_coin = report.money.limit_coin * report.quantity_eth
    return said.say(
        "entry-headline",
        id=str(card.proposal_id),
        spread=title(report, said),
        credit=f"{said.figures.number(credit_coin, 4, signed=True, rounding=ROUND_DOWN)} ETH",
        risk=said.figures.risk_eur(report.money.max_loss_eur),
    )


def title(report: PreTradeReport, said: Voice) -> str:
    return said.spread(report.strategy, expiry_at=report.expiry_at, short_usd=report.legs[0].strike_usd, long_usd=report.legs[1].strike_usd)


def drift_lines(drift: Drift, said: Voice) -> list[Block]:
    """Old and new figures of what moved while the card was open."""
    figures = said.figures
    pairs = (
        ("spot", figures.price_usd(drift.spot_usd[0]), figures.price_usd(drift.spot_usd[1])),
        ("credit", figures.coin(drift.credit_coin[0]), figures.coin(drift.credit_coin[1])),
        ("short-delta", figures.number(drift.short_delta[0], 3), figures.number(drift.short_delta[1], 3)),
        ("dvol", figures.pts(drift.dvol_pts[0]), figures.pts(drift.dvol_pts[1])),
    )
    moved: list[Block] = [said.row(label, f"{then} → {now}") for label, then, now in pairs if then != now]
    return [line(Bold(said.say("entry-drift"))), *moved]


def reasons(report: PreTradeReport, said: Voice) -> list[Line]:
    """Why, then what could go wrong, the most telling first."""
    figures, money, market = said.figures, report.money, report.market
    why = said.say("entry-why", bias=said.code("bias", report.bias), row=str(report.bias_row), trend=figures.pct(market.trend_30d_frac, signed=True))
    loss = said.say(
        "entry-risk-loss",
        loss=figures.eur(-money.loss_at_long_strike_eur, 0, signed=True),
        strike=figures.strike(report.legs[1].strike_usd),
    )
    stops = said.say(
        "entry-risk-stops",
        stop=figures.coin(report.exits.stop_loss_mark_coin),
        dvol=figures.pts(report.exits.vol_stop_dvol_pts),
        spot=figures.price_usd(report.exits.delta_stop_spot_usd),
    )
    target = said.say("entry-target", cost=figures.coin(report.exits.profit_take_debit_coin), on=figures.day(report.exits.time_stop_at))
    warned = [check_line(check, said) for check in report.warnings[:2]]
    events = [] if not report.market.events else [event_lines(report, said)[0]]
    return [line(why), line(loss), line(prices_text(report, said)), *warned, *events, line(stops), line(target), *_bias_warnings(report, said)]


def details(report: PreTradeReport, said: Voice) -> list[Block]:
    """Every figure of the proposal, group by group."""
    env = said.say("env-line", env=said.env(report.env), what=said.code("stage", report.stage))
    groups = (
        ("details-trade", _trade_lines(report, said)),
        ("details-legs", [each for leg in report.legs for each in _leg_lines(leg, said)]),
        ("details-market", _market_lines(report, said)),
        ("details-money", _money_lines(report, said)),
        ("details-margin", _margin_lines(report, said)),
        ("details-greeks", _greek_lines(report, said)),
        ("details-exits", _exit_lines(report, said)),
        ("details-warnings", _warning_lines(report, said)),
    )
    blocks: list[Block] = header(title(report, said), env)
    for key, lines in groups:
        blocks += [line(), line(Bold(said.say(key))), *lines]
    return blocks


def _env_line(card: EntryCard, said: Voice) -> str:
    what = said.code("stage", card.report.stage)
    key = "env-line-dry-run" if card.is_dry_run else "env-line"
    return said.say(key, env=said.env(card.report.env), what=what)


def _figures(report: PreTradeReport, said: Voice) -> list[Block]:
    figures, money, market = said.figures, report.money, report.market
    return [
        said.row("size", f"{figures.size(report.quantity_eth)} · {said.say('word-width')} {figures.price_usd(report.width_usd)}"),
        said.row("credit", f"{figures.coin(money.limit_coin)} × {figures.number(report.quantity_eth)} · {figures.eur(money.limit_eur, signed=True)}"),
        said.row("credit-over-width", f"{figures.pct(money.credit_over_width_frac)} · {_fees_share(report, said)}"),
        said.row("max-loss-cap", f"{figures.risk_eur(money.max_loss_eur, 2)} / {figures.eur(money.cap_trade_eur, 0)}"),
        said.row("break-even", f"{figures.price_usd(money.break_even_usd)} ({figures.pct(money.break_even_distance_frac, signed=True)})"),
        said.row("prob-profit", f"{figures.pct(money.prob_profit_frac, 0)} · p* {figures.pct(money.break_even_win_rate_frac, 0)}"),
        said.row("expiry", f"{figures.weekday(report.expiry_at)} {figures.day(report.expiry_at)} · {figures.days(report.dte_days)}"),
        said.row("spot", f"{figures.price_usd(market.spot_usd)} · DVOL {figures.pts(market.dvol_pts)}"),
    ]


def _fees_share(report: PreTradeReport, said: Voice) -> str:
    return f"{said.say('word-fees')} {said.figures.pct(report.money.roundtrip_fees_over_credit_frac, 0)}"


def _trade_lines(report: PreTradeReport, said: Voice) -> list[Block]:
    figures = said.figures
    limits = [f"{said.code('binding', name)} {figures.number(limit, 1)}" for name, limit in report.limits_eth if limit is not None]
    return [
        said.row("created", figures.instant(report.created_at)),
        deadline("card-valid-until", report.valid_until_at, said),
        said.row("strategy", said.code("strategy-long", report.strategy)),
        said.row("expiry", f"{figures.instant(report.expiry_at, has_year=True)} · {figures.days(report.dte_days)}"),
        said.row("size", f"{figures.size(report.quantity_eth)} ({said.say('word-lot')} {figures.size(report.lot_eth)})"),
        said.row("binding", said.code("binding", report.binding)),
        said.row("limits", " · ".join(limits) if limits else ABSENT),
        said.row("dvol-scale", f"{figures.number(report.dvol_scale, 2)}×"),
        said.row("width", f"{figures.price_usd(report.width_usd)} ({figures.pct(report.width_frac)})"),
    ]


def _leg_lines(leg: LegReport, said: Voice) -> list[Line]:
    figures = said.figures
    first = f"Δ {figures.number(leg.delta, 3, signed=True)} · IV {figures.pct(leg.iv_frac)} · OI {figures.number(leg.open_interest_eth)} ETH"
    lines = [
        line(f"{said.code('side', leg.side)} ", Code(leg.instrument)),
        line(first),
        pair(said.say("label-bid-ask"), f"{figures.number(leg.bid_coin, 4)} / {figures.coin(leg.ask_coin)}"),
        pair(said.say("label-mid-mark"), f"{figures.number(leg.mid_coin, 4)} / {figures.coin(leg.mark_coin)}"),
        pair(said.say("label-top-size"), f"{figures.number(leg.bid_size_eth, 1)} / {figures.plain(leg.ask_size_eth, 1, unit='ETH')}"),
        pair(said.say("label-quoted"), figures.instant(leg.quoted_at)),
    ]
    if leg.recorded_at is not None:
        lines.append(pair(said.say("label-recorded"), figures.instant(leg.recorded_at)))
    if leg.modelled:
        lines.append(pair(said.say("label-modelled"), ", ".join(said.code("part", part) for part in leg.modelled)))
    return lines


def _market_lines(report: PreTradeReport, said: Voice) -> list[Block]:
    figures, market = said.figures, report.market
    lines: list[Block] = [
        said.row("spot", f"{figures.usd(market.spot_usd)} · {said.say('word-forward')} {figures.usd(market.forward_usd)}"),
        said.row("dvol", f"{figures.pts(market.dvol_pts)} (24 h {figures.pts(market.dvol_change_24h_pts, signed=True)})"),
        said.row("rv30", figures.pts(market.rv30_pts)),
        said.row("trend", figures.pct(market.trend_30d_frac, signed=True)),
        said.row("funding", figures.pct(market.funding_apr_frac, signed=True)),
        said.row("rr25", figures.pts(market.rr25_pts, signed=True)),
        said.row("fear-greed", figures.number(market.fear_greed)),
        said.row("bias", f"{said.code('bias', report.bias)} · {said.say('bias-row', row=str(report.bias_row))}"),
        said.row("fx", figures.number(market.fx_usd_per_eur, 4)),
        line(prices_text(report, said)),
    ]
    return [*lines, *recorded_lines(report, said), *event_lines(report, said)]


def event_lines(report: PreTradeReport, said: Voice) -> list[Line]:
    """The scheduled events before expiry, the next ones first."""
    events = sorted(report.market.events, key=lambda event: event.at)[:EVENTS_SHOWN_MAX]
    if not events:
        return [line(said.say("events-none"))]
    return [said.row("event", f"{event.name} ({said.code('severity', event.severity)}) {said.figures.instant(event.at)}") for event in events]


def _money_lines(report: PreTradeReport, said: Voice) -> list[Block]:
    figures, money = said.figures, report.money
    return [
        said.row("credit-mid", f"{figures.coin(money.credit_mid_coin)} · {figures.usd(money.credit_mid_usd)} · {figures.eur(money.credit_mid_eur)}"),
        said.row("credit-limit", f"{figures.coin(money.limit_coin)} · {figures.usd(money.limit_usd)} · {figures.eur(money.limit_eur)}"),
        said.row("credit-floor", f"{figures.coin(money.floor_coin)} · {figures.usd(money.floor_usd)} · {figures.eur(money.floor_eur)}"),
        said.row("credit-natural", figures.coin(money.credit_natural_coin)),
        said.row("slippage-expected", figures.pct(money.expected_slippage_frac)),
        said.row("credit-over-width", figures.pct(money.credit_over_width_frac)),
        said.row("fee-open", f"{figures.coin(money.open_fee_coin, places=5)} · {figures.eur(money.open_fee_eur)}"),
        said.row("fees-roundtrip", f"{figures.coin(money.roundtrip_fees_coin, places=5)} · {figures.eur(money.roundtrip_fees_eur)}"),
        said.row("fees-share", figures.pct(money.roundtrip_fees_over_credit_frac)),
        said.row("max-loss-strict", figures.risk_eur(money.max_loss_eur, 2)),
        said.row("loss-long-strike", figures.risk_eur(money.loss_at_long_strike_eur, 2)),
        said.row("break-even", f"{figures.usd(money.break_even_usd)} ({figures.pct(money.break_even_distance_frac, signed=True)})"),
        said.row("prob-profit", figures.pct(money.prob_profit_frac)),
        said.row("p-star", figures.pct(money.break_even_win_rate_frac)),
    ]


def _margin_lines(report: PreTradeReport, said: Voice) -> list[Block]:
    figures, money = said.figures, report.money
    return [
        said.row("im", f"{figures.coin(money.initial_margin_eth)} · {figures.eur(money.initial_margin_eur)}"),
        said.row("mm", f"{figures.coin(money.maintenance_margin_eth)} · {figures.eur(money.maintenance_margin_eur)}"),
        said.row("margin-after", f"{figures.coin(money.initial_margin_after_eth)} / {figures.coin(money.maintenance_margin_after_eth)}"),
        said.row("funds", figures.coin(money.available_funds_eth)),
        said.row("margin-usage", figures.pct(money.margin_usage_after_frac)),
        said.row("engaged", f"{figures.risk_eur(money.engaged_after_eur, 2)} / {figures.eur(money.cap_total_eur, 0)}"),
    ]


def _greek_lines(report: PreTradeReport, said: Voice) -> list[Block]:
    figures, greeks = said.figures, report.greeks
    lines: list[Block] = [
        said.row("delta", f"{figures.number(greeks.delta_eth, 3, signed=True)} ETH · {figures.usd(greeks.delta_usd, 0, signed=True)}"),
        said.row("delta-ntd", f"{figures.number(greeks.delta_ntd_eth, 3, signed=True)} ETH"),
        said.row("gamma", figures.plain(greeks.gamma_usd_per_1pct, 1, signed=True, unit="USD/1%")),
        said.row("vega", figures.plain(greeks.vega_usd_per_pt, 2, signed=True, unit="USD/pt")),
        said.row("theta", figures.plain(greeks.theta_usd_per_day, 2, signed=True, unit=said.say("unit-usd-per-day"))),
    ]
    return [*lines, line(said.say("greeks-partial"))] if greeks.is_partial else lines


def _exit_lines(report: PreTradeReport, said: Voice) -> list[Block]:
    figures, exits = said.figures, report.exits
    return [
        said.row("exit-profit", f"≤ {figures.coin(exits.profit_take_debit_coin)}"),
        said.row("exit-stop", f"≥ {figures.coin(exits.stop_loss_mark_coin)}"),
        said.row("exit-dvol", f"≥ {figures.pts(exits.vol_stop_dvol_pts)}"),
        said.row("exit-delta", f"Δ {figures.number(report.delta_limit, 2)} ≈ {figures.price_usd(exits.delta_stop_spot_usd)} ({said.say('word-model')})"),
        said.row("exit-time", figures.instant(exits.time_stop_at)),
    ]


def _warning_lines(report: PreTradeReport, said: Voice) -> list[Block]:
    warned = [*check_lines(report.warnings, said, at_most=CHECKS_SHOWN_MAX), *_bias_warnings(report, said)]
    return [*warned] if warned else [line(said.say("warnings-none"))]


def _bias_warnings(report: PreTradeReport, said: Voice) -> Sequence[Line]:
    return [line(f"! {said.code('missing-input', name)}") for name in report.bias_warnings]
