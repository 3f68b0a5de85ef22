"""The whole book as text: what it does when the market jumps, what the account holds, the smile it is quoted on."""

from __future__ import annotations

from collections.abc import Sequence

from bot.figures import ABSENT, Figures
from bot.format import Block, Pre, line, quote
from bot.messages.voice import Voice
from bot.views.results import title
from engine.views import AccountView, ChosenStrike, RiskRow, RiskView, SmileView

LABEL_COLUMNS, PNL_COLUMNS = 5, 7
GREEK_COLUMNS = (6, 6, 6, 6, 4)


def risk(view: RiskView, voice: Voice) -> list[Block]:
    """P&L per jump of spot and DVOL, Greeks and margin per jump of spot, what stands behind them."""
    say, figures = voice.say, voice.figures
    blocks: list[Block] = [
        title(voice, "risk-title", count=len(view.trades)),
        line(say("risk-market", spot=figures.price_usd(view.spot_usd), dvol=figures.pts(view.dvol_pts))),
    ]
    if view.rows:
        blocks += [line(say("risk-pnl")), Pre(_pnl_table(view, figures)), line(say("risk-greeks")), Pre(_greeks_table(view.rows, figures))]
    if view.missing:
        blocks.append(line(say("risk-missing", names=", ".join(voice.code("input", name) for name in view.missing))))
    if view.left_out:
        blocks.append(line(say("risk-left-out", ids=", ".join(f"#{trade_id}" for trade_id in view.left_out))))
    if not view.rows:
        return blocks if view.missing or view.left_out else [*blocks, line(say("risk-empty"))]
    notes = [say("risk-legend"), say("risk-model"), *([say("chart-modelled")] if view.is_modelled else [])]
    return [*blocks, quote(notes)]


def account(view: AccountView, voice: Voice) -> list[Block]:
    """What is owned, what trades tie up of it, what they made and may lose."""
    say, figures = voice.say, voice.figures
    usage, limit = figures.pct(view.margin_usage_frac), figures.pct(view.margin_usage_close_frac, 0)
    blocks: list[Block] = [
        title(voice, "account-title"),
        line(voice.code("account-key", view.stage)),
        voice.row("wealth", figures.eur(view.wealth_eur)),
        voice.row("wealth-eth", say("account-eth", eur=figures.eur(view.in_eth_eur), eth=figures.coin(view.eth))),
        voice.row("wealth-cash", figures.eur(view.cash_eur)),
        voice.row("margin-equity", figures.coin(view.margin_equity_eth)),
        voice.row("margins", say("account-margins", initial=figures.coin(view.initial_margin_eth), maintenance=figures.coin(view.maintenance_margin_eth))),
        voice.row("margin-usage", say("account-usage", usage=usage, limit=limit)),
        voice.row("free-funds", say("account-free", eth=figures.coin(view.free_eth), eur=figures.eur(view.free_eur))),
        voice.row("engaged", say("engaged-of-cap", engaged=figures.eur(view.engaged_eur), cap=figures.eur(view.cap_total_eur))),
        voice.row("realised", figures.eur(view.realised_eur, signed=True)),
        voice.row("unrealised", say("account-open", count=view.open_trades, pnl=figures.eur(view.unrealised_eur, signed=True))),
        voice.row("as-of", figures.instant(view.observed_at)),
    ]
    if view.missing:
        blocks.append(line(say("account-missing", names=", ".join(voice.code("input", name) for name in view.missing))))
    return [*blocks, quote([say("account-note", spot=figures.price_usd(view.spot_usd), fx=figures.number(view.fx_usd_per_eur, 4))])]


def smile(view: SmileView, voice: Voice) -> list[Block]:
    """The shape of one expiry in figures, and each strike that is held on it."""
    say, figures, chart = voice.say, voice.figures, view.chart
    expiry = say("chart-smile-no-expiry") if view.expiry_at is None else f"{figures.day(view.expiry_at, has_year=True)} · {figures.days(view.dte_days)}"
    shape = [
        title(voice, "smile-title", expiry=expiry),
        voice.row("atm-iv", figures.pct(chart.atm_iv_frac)),
        voice.row("rr25", figures.pts(chart.rr25_pts, signed=True)),
        voice.row("forward-price", f"{figures.price_usd(chart.forward_usd)} · {say('smile-spot', spot=figures.price_usd(chart.spot_usd))}"),
        voice.row("dvol", figures.pts(chart.dvol_pts)),
        voice.row("source", f"{voice.code('source', view.source)} · {figures.instant(chart.as_of)}"),
    ]
    if not chart.puts and not chart.calls:
        return [*shape[:1], line(say("chart-smile-empty"))]
    held = [_held(strike, voice) for strike in chart.chosen]
    return [*shape, quote(held if held else [say("smile-nothing-held")])]


def _held(strike: ChosenStrike, voice: Voice) -> str:
    figures = voice.figures
    key = "smile-short" if strike.is_short else "smile-long"
    return voice.say(key, id=str(strike.trade_id), strike=figures.strike(strike.strike_usd), iv=figures.pct(strike.iv_frac))


def _pnl_table(view: RiskView, figures: Figures) -> str:
    """A row per index step, a column per volatility step; 33 columns wide."""
    head = "".join(f"{figures.number(points, signed=True):>{PNL_COLUMNS}}" for points in view.vol_steps_pts)
    rows = [_label(row, figures) + "".join(f"{_short(float(pnl), 0, figures):>{PNL_COLUMNS}}" for pnl in row.pnl_eur) for row in view.rows]
    return "\n".join([f"{'€':<{LABEL_COLUMNS}}{head}", *rows])


def _greeks_table(rows: Sequence[RiskRow], figures: Figures) -> str:
    """A row per index step: delta, gamma, vega, theta, and maintenance margin in per cent; 33 columns wide."""
    heads = ("Δ", "Γ", "V", "Θ", "MM%")
    head = " " * LABEL_COLUMNS + "".join(f"{name:>{width}}" for name, width in zip(heads, GREEK_COLUMNS, strict=True))
    return "\n".join([head, *(_label(row, figures) + _greeks(row, figures) for row in rows)])


def _greeks(row: RiskRow, figures: Figures) -> str:
    greeks, usage = row.greeks, row.margin_usage_frac
    cells = (
        _short(greeks.delta_eth, 2, figures),
        _short(greeks.gamma_usd_per_1pct, 0, figures),
        _short(greeks.vega_usd_per_pt, 1, figures),
        _short(greeks.theta_usd_per_day, 1, figures),
        ABSENT if usage is None else figures.number(usage * 100),
    )
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, GREEK_COLUMNS, strict=True))


def _label(row: RiskRow, figures: Figures) -> str:
    return f"{figures.number(row.index_frac * 100, signed=True)}%".ljust(LABEL_COLUMNS)


def _short(value: float, places: int, figures: Figures) -> str:
    """A signed figure of five characters at most, one of them the sign: fewer decimals, then thousands, then millions."""
    if abs(value) < 10:
        return figures.number(value, places, signed=True)
    if abs(value) < 100:
        return figures.number(value, min(places, 1), signed=True)
    if abs(value) < 1000:
        return figures.number(value, signed=True)
    scale, suffix = (1e3, "k") if abs(value) < 999_500 else (1e6, "M")
    return f"{figures.number(value / scale, 1 if abs(value) < 99_950 else 0, signed=True)}{suffix}"
