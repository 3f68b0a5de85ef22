"""What the closed trades say, as text: how much, for which reason, in which month, and how sure that is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from bot.figures import ABSENT
from bot.format import Block, Line, Pre, line, quote
from bot.messages.voice import Voice
from bot.views.money import stats_line
from bot.views.results import title
from engine.views import PnlRow, PnlView, SheetRow, StatsView, TradeStats

PERIOD_COLUMNS, COUNT_COLUMNS, NET_COLUMNS, FEES_COLUMNS = 9, 6, 10, 8
SHEET_COLUMNS = (
    "trade",
    "stage",
    "strategy",
    "contracts",
    "strikes",
    "expiry_at",
    "opened_at",
    "closed_at",
    "close_reason",
    "quantity_eth",
    "coin",
    "credit_coin_per_eth",
    "debit_coin_per_eth",
    "open_fee_coin_per_eth",
    "close_fee_coin_per_eth",
    "spot_open_usd",
    "spot_close_usd",
    "fx_open_usd_per_eur",
    "fx_close_usd_per_eur",
    "pnl_coin",
    "pnl_usd",
    "pnl_eur",
    "fees_eur",
    "max_loss_eur",
    "r",
    "slippage_open_frac",
    "dvol_entry_pts",
    "fills",
)


def stats(view: StatsView, voice: Voice) -> list[Block]:
    """The figures of the period under its name."""
    return [title(voice, "stats-title", period=voice.code("period", view.period)), *proof(view, voice)]


def proof(view: StatsView, voice: Voice) -> list[Block]:
    """The KPI line, what it proves, then averages, costs, slippage, and each reason and strategy in a quote."""
    say, figures, told = voice.say, voice.figures, view.stats
    if told.closed == 0:
        return [stats_line(told, voice)]
    slip = view.slippage
    slipped = say("stats-slippage", median=figures.pct(slip.median_frac, signed=True), p90=figures.pct(slip.p90_frac, signed=True), n=slip.fills)
    return [
        stats_line(told, voice),
        line(say(f"stats-verdict-{view.verdict}", n=told.closed)),
        voice.row("mean-r", say("stats-mean-r", r=figures.number(told.mean_r, 3, signed=True), span=_span(view, voice), weeks=view.weeks)),
        voice.row("profit-factor", say("stats-profit-factor", factor=figures.number(told.profit_factor, 2), n=told.closed)),
        voice.row("average-win", figures.eur(view.average_win_eur, signed=True)),
        voice.row("average-loss", figures.eur(view.average_loss_eur, signed=True)),
        voice.row("fees", say("stats-fees", fees=figures.eur(told.fees_eur), share=figures.pct(_share(told)))),
        voice.row("slippage", slipped if slip.fills else ABSENT),
        *([line(say("stats-slippage-modelled", n=slip.modelled))] if slip.modelled else []),
        quote(_groups(view, voice)),
    ]


def pnl(view: PnlView, voice: Voice) -> list[Block]:
    """The KPI line of everything, then a row per day, week or month, the newest first."""
    say, figures = voice.say, voice.figures
    rows = [_pnl_row(row, view.step, voice) for row in view.rows]
    head = f"{say('pnl-period'):<{PERIOD_COLUMNS}}{say('pnl-won'):>{COUNT_COLUMNS}}{say('pnl-net'):>{NET_COLUMNS}}{say('pnl-fees'):>{FEES_COLUMNS}}"
    blocks: list[Block] = [title(voice, f"pnl-title-{view.step}"), stats_line(view.stats, voice), Pre("\n".join([head, *rows]))]
    if view.older is not None:
        older = view.older
        blocks.append(line(say("pnl-older", n=older.closed, net=figures.eur(older.net_eur, signed=True), since=figures.day(older.start_on, has_year=True))))
    floating = say("pnl-open", count=view.open_trades, unrealised=figures.eur(view.unrealised_eur, signed=True))
    return [*blocks, line(floating), line(say("pnl-note")), voice.row("as-of", figures.instant(view.as_of))]


def sheet_csv(rows: Iterable[SheetRow]) -> str:
    """The trades as comma-separated values with a heading, points for decimals, instants in UTC; what is not known stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SHEET_COLUMNS)
    writer.writerows(_cells(row) for row in rows)
    return text.getvalue()


def _cells(row: SheetRow) -> tuple[object, ...]:
    trade = row.trade
    return (
        trade.trade_id,
        row.stage,
        trade.strategy.value,
        trade.family.value,
        row.strikes,
        row.expiry_at.isoformat(),
        trade.opened_at.isoformat(timespec="seconds"),
        trade.closed_at.isoformat(timespec="seconds"),
        trade.reason,
        _plain(row.quantity_eth),
        trade.family.coin,
        _plain(row.credit_coin),
        _plain(row.debit_coin),
        _plain(row.open_fee_coin),
        _plain(row.close_fee_coin),
        _plain(row.spot_open_usd),
        _plain(row.spot_close_usd),
        _plain(row.fx_open_usd_per_eur),
        _plain(row.fx_close_usd_per_eur),
        _plain(trade.pnl_coin),
        _plain(row.pnl_usd),
        _plain(trade.pnl_eur),
        _plain(trade.fees_eur),
        _plain(row.max_loss_eur),
        f"{trade.r:.6f}",
        None if trade.slippage_frac is None else f"{trade.slippage_frac:.6f}",
        f"{row.dvol_entry_pts:.2f}",
        " ".join(row.fill_sources),
    )


def _plain(value: Decimal | None) -> str | None:
    """Digits without an exponent, so that every spreadsheet reads the same number."""
    return None if value is None else f"{value:f}"


def _span(view: StatsView, voice: Voice) -> str:
    if view.mean_r_interval is None:
        return ABSENT
    return " … ".join(voice.figures.number(end, 3, signed=True) for end in view.mean_r_interval)


def _share(told: TradeStats) -> Decimal | None:
    return told.fees_eur / told.credit_eur if told.credit_eur > 0 else None


def _groups(view: StatsView, voice: Voice) -> list[Line]:
    figures = voice.figures
    lines = [
        line(f"{voice.code('exit-reason', each.reason)}: {each.wins}/{each.closed} · {figures.eur(each.net_eur, signed=True)} · r {_r(each.mean_r, voice)}")
        for each in view.by_reason
    ]
    for strategy, own in view.by_strategy if len(view.by_strategy) > 1 else ():
        beside = voice.say("stats-beside", rate=figures.pct(own.win_rate), breakeven=figures.pct(own.break_even_win_rate))
        lines.append(line(f"{voice.code('strategy', strategy)}: {own.wins}/{own.closed} · {figures.eur(own.net_eur, signed=True)} · {beside}"))
    return lines


def _r(value: float, voice: Voice) -> str:
    return voice.figures.number(value, 3, signed=True)


def _pnl_row(row: PnlRow, step: str, voice: Voice) -> str:
    """Period, trades won of those closed, net and fees in euros; 33 columns."""
    figures, on = voice.figures, row.start_on
    period = figures.month(on) if step == "month" else figures.day(on)
    won, net, fees = f"{row.wins}/{row.closed}", _amount(row.net_eur, voice, signed=True), _amount(row.fees_eur, voice)
    return f"{period:<{PERIOD_COLUMNS}}{won:>{COUNT_COLUMNS}}{net:>{NET_COLUMNS}}{fees:>{FEES_COLUMNS}}"


def _amount(value: Decimal, voice: Voice, *, signed: bool = False) -> str:
    """Euros without their sign, with cents while there is room for them."""
    return voice.figures.number(value, 2 if abs(value) < 10_000 else 0, signed=signed)
