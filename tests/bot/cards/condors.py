"""An iron condor from proposal to settlement, and the put spread of `samples` in contracts quoted in USDC."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from bot.chat import Reply
from bot.delivery import REPLY_KIND, encode_reply
from engine.core.exit_decision import evaluate
from engine.core.model import Bias, ExitInputs, Family, OptionType, Quote, Spread, Strategy, Strikes, TickStep, Vertical
from engine.notices import AwayNotice, CardOutcome, ExitCard, FillNotice, FollowNotice, Missed, Notice, PracticeCard, SettlementNotice, encode_notice
from engine.reporting import exit_proposal, fills
from engine.reporting.payoff import strikes_text
from engine.views import AuditLine, TimelineChart
from tests.bot.cards.samples import (
    EXPIRY_AT,
    FX,
    INDEX,
    NOTICES,
    NOW,
    PUT_SPREAD,
    RULES,
    D,
    entry_card,
    exit_inputs,
    fill_report,
    outcome,
    quote,
    settlement,
    timeline_chart,
)


def call(strike: int, bid: str, ask: str, *, mark: str, iv: float, delta: float) -> Quote:
    """A call of the same expiry as the puts of `samples`."""
    same = quote(strike, bid, ask, mark=mark, iv=iv, delta=-delta)
    instrument = replace(same.instrument, name=f"ETH-28AUG26-{strike}-C", option_type=OptionType.CALL)
    greeks = None if same.greeks is None else replace(same.greeks, delta=delta)
    return replace(same, instrument=instrument, greeks=greeks)


CALLS = Vertical(
    short=call(2200, "0.0077", "0.0081", mark="0.0079", iv=0.451, delta=0.117),
    long=call(2300, "0.0040", "0.0043", mark="0.0041", iv=0.463, delta=0.069),
)
CONDOR = Spread(verticals=(*PUT_SPREAD.verticals, CALLS))
PUT_SIDE, CALL_SIDE = CONDOR.sides


USDC_TICK = D("0.05")


def in_usdc(same: Quote) -> Quote:
    """The contract of the same strike that is quoted in USDC, at the same worth."""

    def priced(price_coin: Decimal | None) -> Decimal | None:
        return None if price_coin is None else (price_coin * INDEX / USDC_TICK).to_integral_value() * USDC_TICK

    instrument = replace(
        same.instrument,
        name=same.instrument.name.replace("ETH-", "ETH_USDC-"),
        family=Family.LINEAR_USDC,
        ticks=(TickStep(above_coin=D(0), tick_coin=USDC_TICK),),
    )
    return replace(same, instrument=instrument, bid_coin=priced(same.bid_coin), ask_coin=priced(same.ask_coin), mark_coin=priced(same.mark_coin))


LINEAR = Spread(
    verticals=(
        Vertical(
            short=in_usdc(replace(PUT_SPREAD.quotes[0], bid_coin=D("0.0108"), ask_coin=D("0.0112"), mark_coin=D("0.0110"))), long=in_usdc(PUT_SPREAD.quotes[1])
        ),
    )
)


def condor_exit_inputs() -> ExitInputs:
    """Three days later: the market has fallen to the puts and the bias has turned."""
    hurt = exit_inputs(is_soft=False)
    sold, bought = hurt.spread.quotes

    def now(same: Quote, bid: str, ask: str, delta: float) -> Quote:
        greeks = None if same.greeks is None else replace(same.greeks, delta=delta)
        mark = (D(bid) + D(ask)) / 2
        return replace(same, bid_coin=D(bid), ask_coin=D(ask), mark_coin=mark, greeks=greeks, quoted_at=sold.quoted_at, recorded_at=sold.recorded_at)

    puts = Vertical(short=now(sold, "0.0230", "0.0240", -0.331), long=now(bought, "0.0128", "0.0136", -0.204))
    calls = Vertical(short=now(CALLS.short, "0.0008", "0.0010", 0.021), long=now(CALLS.long, "0.0003", "0.0005", 0.011))
    spread = Spread(verticals=(puts, calls))
    return replace(hurt, spread=spread, credit_coin=D("0.0078"), open_fee_coin=D("0.0006"), close_fee_coin=D("0.0006"), bias_now=Bias.BEAR)


def condor_exit_report() -> exit_proposal.ExitReport:
    inputs = condor_exit_inputs()
    position = exit_proposal.OpenPosition(trade_id=32, quantity_eth=D(2), max_loss_eur=D("181.80"), postponed=0)
    frame = exit_proposal.ExitFrame(
        env="paper", deadline_at=inputs.now + timedelta(minutes=15), fx_usd_per_eur=FX, source="carried", recorded_at=inputs.now - timedelta(hours=5)
    )
    return exit_proposal.build(position, inputs, evaluate(inputs, RULES), frame, RULES.approval)


def condor_timeline() -> TimelineChart:
    return replace(timeline_chart(), title=f"#32 {strikes_text(CONDOR.sides)}", credit_coin=0.0078, profit_take_coin=0.0030, stop_loss_coin=0.0195)


def condor_exit_card() -> ExitCard:
    return ExitCard(proposal_id=145, revision=1, report=condor_exit_report(), chart=condor_timeline())


def last_side_fill() -> fills.FillReport:
    """The puts bought back after the calls had lost."""
    whole = fills.WholeTrade(
        earlier=(CALL_SIDE,), earlier_pnl_coin=D("-0.0063"), earlier_pnl_eur=D("-11.31"), pnl_coin=D("-0.0207"), pnl_eur=D("-35.08"), r=-0.196
    )
    return replace(side_fill((PUT_SIDE,), ()), whole=whole)


def side_fill(sides: tuple[Strikes, ...], left: tuple[Strikes, ...]) -> fills.FillReport:
    """A close by hand of these sides of the condor."""
    same = fill_report("close")
    return replace(
        same,
        trade_id=32,
        proposal_id=145,
        strategy=Strategy.IRON_CONDOR,
        sides=sides,
        label="cb1-32-c1-1",
        max_loss_eur=D("181.80"),
        reason="manual",
        r=fills.r_of(same.pnl_eur, D("181.80")),
        left=left,
    )


def condor_settlement(*, sides: tuple[Strikes, ...], bought_back: str) -> SettlementNotice:
    """The condor at expiry, worthless; `bought_back` is what the other side had cost."""
    same = settlement(is_worthless=True).report
    pnl = (D("0.0078") - D("0.0006") - D(bought_back)) * 2
    report = replace(
        same,
        trade_id=32,
        strategy=Strategy.IRON_CONDOR,
        sides=sides,
        credit_coin=D("0.0078"),
        bought_back_coin=D(bought_back),
        max_loss_eur=D("181.80"),
        pnl_coin=pnl,
        pnl_usd=pnl * INDEX,
        pnl_eur=pnl * INDEX / FX,
        r=fills.r_of(pnl * INDEX / FX, D("181.80")),
    )
    return SettlementNotice(report=report)


def linear_fill(side: str) -> fills.FillReport:
    """The same trade as in `samples`, in USDC."""
    is_open = side == "open"
    order = fills.FilledOrder(
        proposal_id=142,
        side=side,
        label=f"cb1-33-{side[0]}1-1",
        at=NOW + timedelta(minutes=2),
        price_coin=D("10.45") if is_open else D("20.30"),
        mid_at_approval_coin=D("10.60") if is_open else D("19.70"),
        fee_coin=D("0.57"),
        spot_usd=INDEX,
        fx_usd_per_eur=FX,
        source="modelled",
    )
    trade = fills.FilledTrade(
        trade_id=33,
        strategy=Strategy.BULL_PUT,
        family=Family.LINEAR_USDC,
        sides=LINEAR.sides,
        expiry_at=EXPIRY_AT,
        quantity_eth=D(2),
        max_loss_eur=D("163.21"),
        reason="" if is_open else "stop_loss",
        pnl_coin=None if is_open else D("-21.98"),
        pnl_usd=None if is_open else D("-21.98"),
        pnl_eur=None if is_open else D("-18.95"),
    )
    return fills.build(order, trade, env="paper")


def away(unlisted: int, *late: Notice) -> AwayNotice:
    """What came too late, ten minutes apart, and the answer to a command."""
    missed = [
        Missed(at=NOW + timedelta(minutes=10 * number), kind=kind, payload_json=payload) for number, (kind, payload) in enumerate(map(encode_notice, late))
    ]
    answer = encode_reply(Reply(html="<b>3 open trades</b>\nand more"))
    missed.append(Missed(at=NOW + timedelta(hours=1), kind=REPLY_KIND, payload_json=answer))
    return AwayNotice(env="paper", from_at=NOW, to_at=missed[-1].at, count=unlisted + len(missed), missed=tuple(missed))


def following(*, new_rows: int = 2, ended: Literal["", "over", "replaced"] = "") -> FollowNotice:
    """A message that follows the chain, as it was edited last."""
    lines = tuple(
        AuditLine(seq=seq, at=NOW + timedelta(minutes=seq - 143), actor="engine", type=kind, ref=ref, summary=body)
        for seq, kind, ref, body in (
            (143, "trade.opened", "trade:7", '{"credit":"0.0125"}'),
            (142, "proposal.sent", "proposal:142", '{"kind":"entry"}'),
            (141, "decision.refused", "decision:58", "{}"),
        )
    )
    return FollowNotice(env="paper", from_at=NOW, until_at=NOW + timedelta(minutes=10), new_rows=new_rows, lines=lines, ended=ended)


EVERY_NOTICE: dict[str, Notice] = {
    **NOTICES,
    "condor_entry": entry_card(CONDOR),
    "condor_entry_drift": entry_card(CONDOR, drift=True),
    "condor_exit": condor_exit_card(),
    "condor_outcome_side": CardOutcome(card=condor_exit_card(), outcome=outcome("executed", fill=side_fill((CALL_SIDE,), (PUT_SIDE,)))),
    "condor_fill_close": FillNotice(report=side_fill(CONDOR.sides, ())),
    "condor_fill_side": FillNotice(report=side_fill((CALL_SIDE,), (PUT_SIDE,))),
    "condor_fill_last_side": FillNotice(report=last_side_fill()),
    "condor_outcome_last_side": CardOutcome(card=condor_exit_card(), outcome=outcome("executed", fill=last_side_fill())),
    "condor_settlement": condor_settlement(sides=CONDOR.sides, bought_back="0"),
    "condor_settlement_side": condor_settlement(sides=(PUT_SIDE,), bought_back="0.0009"),
    "linear_entry": entry_card(LINEAR),
    "linear_fill_open": FillNotice(report=linear_fill("open")),
    "linear_fill_close": FillNotice(report=linear_fill("close")),
    "away": away(12, NOTICES["alert_bias_flip"], NOTICES["start_up"]),
    "away_one": away(0),
    "follow": following(),
    "follow_over": following(ended="over"),
    "follow_replaced": following(new_rows=0, ended="replaced"),
    "practice": PracticeCard(env="paper", number=142, nonce="b7Kx02mQz9Lw4TnA", at=NOW, expires_at=NOW + timedelta(minutes=15)),
}
"""Every message, as `samples` has it for an inverse put spread and as it is for the others."""
