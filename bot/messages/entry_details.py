"""The details of an entry: every figure behind its card, group by group."""

from __future__ import annotations

from decimal import Decimal

from bot.figures import ABSENT
from bot.format import Block, Bold, Code, Line, line, pair
from bot.messages.checks import check_lines
from bot.messages.entry import bias_warnings, break_evens, delta_stops, event_lines, title, widths
from bot.messages.prices import prices_text, recorded_lines
from bot.messages.voice import Voice, deadline, header
from engine.reporting.pre_trade import LegReport, PreTradeReport

CHECKS_SHOWN_MAX = 12


def details(report: PreTradeReport, said: Voice) -> list[Block]:
    """Every figure of the proposal, group by group."""
    env = said.say("env-line", env=said.env(report.env), what=said.code("stage", report.stage))
    groups = (
        ("details-trade", _trade_lines(report, said)),
        ("details-legs", [each for leg in report.legs for each in _leg_lines(leg, report.family.coin, said)]),
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
        said.row("width", f"{widths(report, said)} ({figures.pct(report.width_frac)})"),
    ]


def _leg_lines(leg: LegReport, coin: str, said: Voice) -> list[Line]:
    figures = said.figures
    first = f"Δ {figures.number(leg.delta, 3, signed=True)} · IV {figures.pct(leg.iv_frac)} · OI {figures.number(leg.open_interest_eth)} ETH"
    lines = [
        line(f"{said.code('side', leg.side)} ", Code(leg.instrument)),
        line(first),
        pair(said.say("label-bid-ask"), f"{figures.bare_coin(leg.bid_coin, coin)} / {figures.coin(leg.ask_coin, coin)}"),
        pair(said.say("label-mid-mark"), f"{figures.bare_coin(leg.mid_coin, coin)} / {figures.coin(leg.mark_coin, coin)}"),
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


def _money_lines(report: PreTradeReport, said: Voice) -> list[Block]:
    figures, money, coin = said.figures, report.money, report.family.coin
    return [
        said.row("credit-mid", f"{figures.coin(money.credit_mid_coin, coin)} · {figures.usd(money.credit_mid_usd)} · {figures.eur(money.credit_mid_eur)}"),
        said.row("credit-limit", f"{figures.coin(money.limit_coin, coin)} · {figures.usd(money.limit_usd)} · {figures.eur(money.limit_eur)}"),
        said.row("credit-floor", f"{figures.coin(money.floor_coin, coin)} · {figures.usd(money.floor_usd)} · {figures.eur(money.floor_eur)}"),
        said.row("credit-natural", figures.coin(money.credit_natural_coin, coin)),
        said.row("slippage-expected", figures.pct(money.expected_slippage_frac)),
        said.row("credit-over-width", figures.pct(money.credit_over_width_frac)),
        said.row("fee-open", f"{figures.fee_coin(money.open_fee_coin, coin)} · {figures.eur(money.open_fee_eur)}"),
        said.row("fees-roundtrip", f"{figures.fee_coin(money.roundtrip_fees_coin, coin)} · {figures.eur(money.roundtrip_fees_eur)}"),
        said.row("fees-share", figures.pct(money.roundtrip_fees_over_credit_frac)),
        said.row("max-loss-strict", figures.risk_eur(money.max_loss_eur, 2)),
        said.row("loss-long-strike", figures.risk_eur(money.loss_at_long_strike_eur, 2)),
        said.row("break-even", break_evens(report, said, places=2)),
        said.row("prob-profit", figures.pct(money.prob_profit_frac)),
        said.row("p-star", figures.pct(money.break_even_win_rate_frac)),
    ]


def _margin_lines(report: PreTradeReport, said: Voice) -> list[Block]:
    figures, money = said.figures, report.money
    return [
        said.row("im", f"{figures.coin(money.initial_margin_eth)} · {figures.eur(money.initial_margin_eur)}"),
        said.row("mm", f"{figures.coin(money.maintenance_margin_eth)} · {figures.eur(money.maintenance_margin_eur)}"),
        said.row("portfolio-margin", _estimate(money.portfolio_margin_eth, said)),
        said.row("margin-after", f"{figures.coin(money.initial_margin_after_eth)} / {figures.coin(money.maintenance_margin_after_eth)}"),
        said.row("funds", figures.coin(money.available_funds_eth)),
        said.row("margin-usage", figures.pct(money.margin_usage_after_frac)),
        said.row("engaged", f"{figures.risk_eur(money.engaged_after_eur, 2)} / {figures.eur(money.cap_total_eur, 0)}"),
    ]


def _estimate(amount_eth: Decimal | None, said: Voice) -> str:
    """What an account that nets legs would ask, marked as the model figure it is."""
    return ABSENT if amount_eth is None else f"≈ {said.figures.coin(amount_eth)}"


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
    figures, exits, coin = said.figures, report.exits, report.family.coin
    return [
        said.row("exit-profit", f"≤ {figures.coin(exits.profit_take_debit_coin, coin)}"),
        said.row("exit-stop", f"≥ {figures.coin(exits.stop_loss_mark_coin, coin)}"),
        said.row("exit-dvol", f"≥ {figures.pts(exits.vol_stop_dvol_pts)}"),
        said.row("exit-delta", f"Δ {figures.number(report.delta_limit, 2)} ≈ {delta_stops(report, said)} ({said.say('word-model')})"),
        said.row("exit-time", figures.instant(exits.time_stop_at)),
    ]


def _warning_lines(report: PreTradeReport, said: Voice) -> list[Block]:
    warned = [*check_lines(report.warnings, said, at_most=CHECKS_SHOWN_MAX), *bias_warnings(report, said)]
    return [*warned] if warned else [line(said.say("warnings-none"))]
