"""What the engine and the market look like now, as text."""

from __future__ import annotations

from collections.abc import Iterable

from bot.figures import ABSENT
from bot.format import Block, Bold, Line, clean, cut, line, quote
from bot.messages.checks import cause_words
from bot.messages.triggers import evidence_words, reason_words
from bot.messages.voice import Voice
from bot.views.results import title
from engine.views import EndedTradeView, LegView, MarketView, NoteLine, PendingView, PositionView, StatusView

NOTE_MAX_UNITS = 200

FINGERPRINT_CHARS = 12


def status(view: StatusView, voice: Voice) -> list[Block]:
    """The engine on one phone screen, its stops first."""
    say, figures = voice.say, voice.figures
    ages = ", ".join(f"{voice.code('input', name)} {figures.age(age_s) if age_s is not None else say('never')}" for name, age_s in view.input_ages_s)
    blocks: list[Block] = [
        title(voice, "status-killed" if view.is_killed else "status-held" if view.holds else "status-active"),
        *_stops(view, voice),
        line(f"{voice.code('stage', view.stage)} · {voice.code('market', view.market)}"),
        voice.row("engine-time", figures.instant(view.now)),
        voice.row("trades", say("open-and-waiting", open=view.open_trades, waiting=view.pending)),
        voice.row("engaged", say("engaged-of-cap", engaged=figures.eur(view.engaged_eur), cap=figures.eur(view.cap_total_eur))),
        voice.row("data-ages", ages if ages else ABSENT),
    ]
    blocks += [voice.row("next-job", f"{voice.code('job', name)} {figures.instant(at)}") for name, at in view.next_jobs]
    blocks += [
        voice.row("outbox", say("outbox-depth", depth=view.outbox_depth, age=figures.age(view.outbox_oldest_s))),
        voice.row("last-poll", say("ago", age=figures.age(view.last_poll_s)) if view.last_poll_s is not None else say("never")),
        voice.row("backup", say("ago", age=figures.age(view.backup_age_s)) if view.backup_age_s is not None else say("never")),
        voice.row("audit-head", say("audit-anchored", head=f"{view.audit_seq}·{view.audit_hash8}", anchored=str(view.anchored_seq))),
        voice.row("settings", say("settings-changed" if view.is_config_changed else "settings-same", fingerprint=view.config_fingerprint[:FINGERPRINT_CHARS])),
        voice.row("version", view.version),
    ]
    return blocks


def _stops(view: StatusView, voice: Voice) -> list[Line]:
    lines = [line(voice.say("kill-reason", reason=reason_words(view.kill_reason, voice) if view.kill_reason else ABSENT))] if view.is_killed else []
    for hold in view.holds:
        reading = evidence_words(hold.detail, voice)
        known = cause_words(hold.detail, voice) if reading is None else reading
        detail = f" ({hold.detail if known is None else known})" if hold.detail else ""
        lines.append(line(f"⏸ {voice.code('hold', hold.code)}{detail} · {voice.figures.instant(hold.since_at)}"))
    if view.is_dry_run:
        lines.append(line(voice.say("dry-run")))
    return lines


def trade_name(view: PositionView, voice: Voice) -> str:
    """`ETH bull put 27 Nov 3200/3000`."""
    return voice.spread(view.strategy, expiry_at=view.expiry_at, sides=view.sides)


def positions(views: Iterable[PositionView], voice: Voice) -> list[Block]:
    """Three lines for each open trade."""
    blocks: list[Block] = [title(voice, "positions-title")]
    for view in views:
        blocks += [line(), *_summary(view, voice)]
    return blocks


def _summary(view: PositionView, voice: Voice) -> list[Line]:
    figures = voice.figures
    name = trade_name(view, voice)
    profit = voice.say("pnl-of-credit", pnl=figures.eur(view.pnl_eur, signed=True), share=figures.pct(view.pnl_over_credit_frac, signed=True))
    risk = voice.say("delta-otm-dte", delta=figures.number(view.short_delta, 3, signed=True), otm=figures.pct(view.otm_frac), dte=figures.days(view.dte_days))
    return [
        line(Bold(f"#{view.trade_id} {name}"), f" · {figures.size(view.quantity_eth)} · {voice.code('state', view.state)}"),
        line(profit if view.marked_at is not None else voice.say("not-marked")),
        line(risk),
    ]


def position(view: PositionView, voice: Voice) -> list[Block]:
    """One trade: money, risk, then legs, Greeks and decision history in a quote."""
    figures, coin = voice.figures, view.family.coin
    to_close = voice.say("mark-and-natural", mark=figures.coin(view.mark_coin, coin), natural=figures.coin(view.natural_coin, coin))
    spot_dvol = f"{figures.price_usd(view.spot_usd)} · DVOL {figures.pts(view.dvol_pts)}"
    return [
        *_summary(view, voice),
        voice.row("credit", figures.coin(view.credit_coin, coin)),
        voice.row("cost-to-close", to_close),
        voice.row("net-profit", figures.pct(view.profit_net_frac, signed=True)),
        voice.row("at-risk", figures.risk_eur(view.max_loss_eur)),
        voice.row("spot", spot_dvol),
        voice.row("dvol-at-entry", figures.pts(view.dvol_entry_pts)),
        voice.row("opened", figures.instant(view.opened_at)),
        voice.row("marked", figures.instant(view.marked_at)),
        quote([*(_leg(leg, coin, voice) for leg in view.legs), *_greeks(view, voice), *_decisions(view, voice)]),
        *_notes(view.notes, voice),
    ]


def ended(view: EndedTradeView, voice: Voice) -> list[Block]:
    """A trade that has ended: what it made and why it ended, then what it was, then the notes."""
    figures, trade = voice.figures, view.trade
    coin = trade.family.coin
    made = f"{figures.eur(trade.pnl_eur, signed=True)} · {figures.coin(trade.pnl_coin, coin, signed=True)} · r {figures.number(trade.r, 3, signed=True)}"
    name = voice.spread(trade.strategy, expiry_at=view.expiry_at, sides=view.sides)
    return [
        line(Bold(f"#{trade.trade_id} {name}"), f" · {figures.size(view.quantity_eth)} · {voice.code('state', view.state)}"),
        voice.row("pnl", made),
        voice.row("reason", voice.code("exit-reason", trade.reason)),
        voice.row("credit", figures.coin(view.credit_coin, coin)),
        voice.row("fees", figures.eur(trade.fees_eur)),
        voice.row("at-risk", figures.risk_eur(view.max_loss_eur)),
        voice.row("opened", figures.instant(trade.opened_at, has_year=True)),
        voice.row("ended", figures.instant(trade.closed_at, has_year=True)),
        *_notes(view.notes, voice),
    ]


def _notes(notes: tuple[NoteLine, ...], voice: Voice) -> list[Block]:
    """What people wrote about it, oldest first."""
    if not notes:
        return []
    lines = [f"{voice.figures.instant(note.at)} · {note.by}: {cut(clean(note.words), NOTE_MAX_UNITS)}" for note in notes]
    return [line(Bold(voice.say("notes-title"))), quote(lines, is_expandable=False)]


def _leg(leg: LegView, coin: str, voice: Voice) -> Line:
    figures = voice.figures
    book = f"{figures.bare_coin(leg.bid_coin, coin)} / {figures.bare_coin(leg.ask_coin, coin)}"
    model = f"IV {figures.pct(leg.iv_frac)} · Δ {figures.number(leg.delta, 3, signed=True)}"
    return line(f"{figures.number(leg.quantity_eth, 0, signed=True)} × {leg.instrument}: {book} · {model}")


def _greeks(view: PositionView, voice: Voice) -> list[Line]:
    if view.greeks is None:
        return [line(voice.say("greeks-missing"))]
    figures, greeks = voice.figures, view.greeks
    told = (
        f"Δ {figures.number(greeks.delta_eth, 3, signed=True)} ETH · Γ {figures.usd(greeks.gamma_usd_per_1pct, signed=True)}/1% · "
        f"V {figures.usd(greeks.vega_usd_per_pt, signed=True)}/pt · Θ {figures.usd(greeks.theta_usd_per_day, signed=True)}/{voice.say('day-unit')}"
    )
    return [line(told), *([line(voice.say("greeks-partial"))] if greeks.is_partial else [])]


def _decisions(view: PositionView, voice: Voice) -> list[Line]:
    lines = []
    for each in view.decisions:
        # "hold, hold" says nothing twice.
        reason = f", {voice.code('exit-reason', each.reason)}" if each.reason != each.action else ""
        lines.append(line(f"#{each.decision_id} {voice.figures.instant(each.at)}: {voice.code('action', each.action)}{reason}"))
    return lines


def pending(views: Iterable[PendingView], voice: Voice) -> list[Block]:
    """Every question that waits for an answer, and until when."""
    blocks: list[Block] = [title(voice, "pending-title")]
    for view in views:
        blocks += [line(Bold(f"#{view.proposal_id} {voice.code('proposal', view.kind)}"), f" · {view.headline}")]
        if view.trade_id is not None:
            blocks += [line(f"{voice.code('exit-reason', view.reason)} · {voice.code('urgency', view.urgency)}")]
        blocks += [voice.row("valid-until", voice.figures.instant(view.expires_at))]
    return blocks


def market(view: MarketView, voice: Voice) -> list[Block]:
    """Spot, volatility, trend, crowd and calendar, then what they allow."""
    figures = voice.figures
    change = figures.pct(view.return_24h_frac, signed=True)
    fear_greed = figures.number(view.fear_greed)
    return [
        line(Bold(f"ETH {figures.price_usd(view.spot_usd)}"), f" · 24 h {change}"),
        _bias(view, voice),
        voice.row("forward-price", figures.price_usd(view.forward_usd)),
        voice.row("dvol", f"{figures.pts(view.dvol_pts)} · 24 h {figures.pts(view.dvol_change_24h_pts, signed=True)}"),
        voice.row("rv30", figures.pts(view.rv30_pts)),
        voice.row("trend", figures.pct(view.trend_30d_frac, signed=True)),
        voice.row("funding", figures.pct(view.funding_apr_frac, signed=True)),
        voice.row("rr25", figures.pts(view.rr25_pts, signed=True)),
        voice.row("fear-greed", fear_greed),
        voice.row("fx", figures.number(view.fx_usd_per_eur, 4)),
        *[line(f"📅 {event.name} ({voice.code('severity', event.severity)}) {figures.instant(event.at)}") for event in view.events],
        voice.row("source", f"{voice.source(view.source)} · {figures.instant(view.as_of)}"),
    ]


def _bias(view: MarketView, voice: Voice) -> Line:
    if view.bias is None:
        return line(voice.say("bias-unknown"))
    allowed = voice.code("strategy", view.bias.strategy) if view.bias.strategy is not None else voice.say("no-trade")
    missing = "; " + voice.say("inputs-missing", names=", ".join(voice.code("input", name) for name in view.bias.warnings)) if view.bias.warnings else ""
    return voice.row("bias", f"{voice.code('bias', view.bias.bias)} ({voice.say('bias-row', row=str(view.bias.row))}) → {allowed}{missing}")
