"""The day in one message."""

from __future__ import annotations

from bot.chat import Reply
from bot.figures import ABSENT
from bot.format import Block, Bold, Code, Line, clean, cut, line
from bot.messages.triggers import reason_words
from bot.messages.voice import Voice, header, whole
from engine.notices import DigestNotice
from engine.reporting.daily_digest import DailyDigest, DigestTrade

TRADES_SHOWN_MAX = 12
EVENTS_SHOWN_MAX = 8
REASON_MAX_UNITS = 200


def digest(notice: DigestNotice, said: Voice, *, footer: str) -> Reply:
    """What is open, what it earned, how close the limits are, what comes, and when the next one is due."""
    blocks, head = digest_blocks(notice.digest, said), notice.digest.ledger.audit_head
    # Once a day a message witnesses the chain with all digits of its hash: eight of them can be met by trying.
    evidence = [line(f"{said.say('digest-audit-head')}: ", Code(head))] if footer and head else []
    return Reply(html=whole([*blocks, *evidence], footer, said))


def digest_blocks(told: DailyDigest, said: Voice) -> list[Block]:
    """The digest's lines."""
    figures, ledger = said.figures, told.ledger
    blocks: list[Block] = [
        *header(
            said.say("digest-headline", on=figures.day(ledger.as_of), day=figures.eur(ledger.day_pnl_eur, signed=True), count=len(told.trades)),
            said.say("env-line", env=said.env(ledger.env), what=said.code("stage", ledger.stage)),
        ),
        *_switches(told, said),
        said.row("pnl-day", figures.eur(ledger.day_pnl_eur, signed=True)),
        said.row("pnl-month", figures.eur(ledger.month_pnl_eur, signed=True)),
        said.row("engaged", f"{figures.risk_eur(ledger.engaged_eur)} / {figures.eur(ledger.cap_total_eur, 0)}{_share(told, said)}"),
        said.row("margin-usage", figures.pct(ledger.margin_usage_frac)),
        said.row("pending", figures.number(ledger.pending)),
        line(),
        line(Bold(said.say("digest-open"))),
        *_trades(told.trades, said),
        *_greeks(told, said),
        line(),
        line(Bold(said.say("details-market"))),
        said.row("spot", figures.price_usd(told.spot_usd)),
        said.row("dvol", figures.pts(told.dvol_pts)),
        said.row("funding", figures.pct(told.funding_apr_frac, signed=True)),
        *_events(told, said),
        line(),
        said.row("monitor", said.say("digest-monitor", ok=ledger.monitor_ok, expected=ledger.monitor_expected)),
        said.row("stale", ", ".join(said.code("input", name) for name in ledger.stale_inputs) if ledger.stale_inputs else said.say("word-none")),
        line(said.say("digest-next", at=figures.instant(ledger.next_at))),
    ]
    return blocks


def _switches(told: DailyDigest, said: Voice) -> list[Line]:
    """What keeps the engine from opening, when anything does."""
    ledger = told.ledger
    killed = (
        [line(Bold(said.say("digest-killed", reason=cut(clean(reason_words(ledger.kill_reason, said)), REASON_MAX_UNITS) or ABSENT)))]
        if ledger.is_killed
        else []
    )
    held = [line(Bold(said.say("digest-held", holds=", ".join(said.code("hold", code) for code in ledger.holds))))] if ledger.holds else []
    return [*killed, *held]


def _share(told: DailyDigest, said: Voice) -> str:
    ledger = told.ledger
    return f" ({said.figures.pct(ledger.engaged_eur / ledger.cap_total_eur, 0)})" if ledger.cap_total_eur > 0 else ""


def _trades(trades: tuple[DigestTrade, ...], said: Voice) -> list[Line]:
    if not trades:
        return [line(said.say("digest-flat"))]
    lines = [each for trade in trades[:TRADES_SHOWN_MAX] for each in _trade(trade, said)]
    more = len(trades) - TRADES_SHOWN_MAX
    return [*lines, line(said.say("digest-more", count=more))] if more > 0 else lines


def _trade(trade: DigestTrade, said: Voice) -> tuple[Line, Line]:
    figures = said.figures
    spread = said.spread(trade.strategy, expiry_at=trade.expiry_at, sides=trade.sides)
    profit = said.say("pnl-of-credit", pnl=figures.eur(trade.pnl_eur, signed=True), share=figures.pct(trade.profit_frac, 0, signed=True))
    return line(f"#{trade.trade_id} {spread}"), line(f"{profit} · Δ {figures.number(trade.short_delta, 2)} · {figures.days(trade.dte_days)}")


def _greeks(told: DailyDigest, said: Voice) -> list[Line]:
    """What the options move by; the collateral's own delta stands apart."""
    greeks, figures, collateral_eth = told.greeks, said.figures, told.ledger.collateral_eth
    if greeks is None:
        return []
    first = f"Δ {figures.number(greeks.delta_eth, 3, signed=True)} ETH · γ {figures.plain(greeks.gamma_usd_per_1pct, 1, signed=True, unit='USD/1%')}"
    second = f"V {figures.plain(greeks.vega_usd_per_pt, 2, signed=True, unit='USD/pt')}"
    third = f"Θ {figures.plain(greeks.theta_usd_per_day, 2, signed=True, unit=said.say('unit-usd-per-day'))}"
    lines = [line(first), line(f"{second} · {third}")]
    if collateral_eth is not None:
        lines.append(line(said.say("greeks-collateral", amount=figures.plain(collateral_eth, 2, signed=True, unit="ETH"))))
    return [*lines, line(said.say("greeks-partial"))] if greeks.is_partial else lines


def _events(told: DailyDigest, said: Voice) -> list[Line]:
    events = sorted(told.events, key=lambda event: event.at)[:EVENTS_SHOWN_MAX]
    if not events:
        return [line(said.say("digest-no-events"))]
    return [said.row("event", f"{event.name} ({said.code('severity', event.severity)}) {said.figures.instant(event.at)}") for event in events]
