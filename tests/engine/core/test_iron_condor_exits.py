"""The exit rules of an iron condor: both sides are looked at, either may close; one side left is a vertical."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from engine.core.decision import Verdict
from engine.core.economics import spread_economics
from engine.core.exit_decision import evaluate
from engine.core.exit_prices import OpenTerms, exit_prices
from engine.core.model import (
    Bias,
    ExitAction,
    ExitDecision,
    ExitReason,
    Family,
    Greeks,
    OptionType,
    Spread,
    Strategy,
)
from engine.core.payoff import payoff_terms, payout_coin
from engine.core.realised import worst_move_against
from engine.core.result import TradeFlows, added, shares_of, trade_result
from engine.core.spread_prices import close_expected_coin, close_mid_coin, entry_mid_coin, paper_exit_price

from .builders import (
    EXPIRY_AT,
    INDEX_USD,
    NOW,
    RULES,
    condor_spread,
    dec,
    every_leg_changed,
    exit_inputs,
    leg_changed,
)

PUT, CALL = OptionType.PUT, OptionType.CALL

# Exits: strategy §1.9.

CREDIT_PUT, CREDIT_CALL = dec("0.0040"), dec("0.0034")
CREDIT = CREDIT_PUT + CREDIT_CALL


def marked_condor(put: str = "0.0040", call: str = "0.0034", *, deltas: tuple[float | None, float | None] = (-0.12, 0.12)) -> Spread:
    """1750/1650 puts and 2300/2400 calls whose sides are marked at these costs to close, books 0.0001 to each side."""
    whole = condor_spread()
    for side, (cost, delta) in enumerate(zip((put, call), deltas, strict=True)):
        for leg, mark in (("short", dec(cost) + dec("0.0030")), ("long", dec("0.0030"))):
            whole = leg_changed(whole, leg, side=side, mark_coin=mark, bid_coin=mark - dec("0.0001"), ask_coin=mark + dec("0.0001"))
        greeks = None if delta is None else Greeks(delta=delta, gamma_per_usd=0.0005, vega_usd_per_pt=0.8, theta_usd_per_day=-1.0)
        unknown = {} if delta is not None else {"iv_frac": None}
        whole = leg_changed(whole, "short", side=side, greeks=greeks, **unknown)
    return whole


def decide(whole: Spread | None = None, **changes: object) -> ExitDecision:
    """A healthy condor of credit 0.0074, marked at its credit, looked at by the exit table."""
    spread_now = whole if whole is not None else marked_condor()
    moment = {"credit_coin": CREDIT, "open_fee_coin": dec("0.0006"), "close_fee_coin": dec("0.0006"), "bias_now": Bias.NEUTRAL}
    return evaluate(exit_inputs(**{**moment, "spread": spread_now, **changes}), RULES)


def at(now: datetime, whole: Spread | None = None, **changes: object) -> ExitDecision:
    """The same with quotes as fresh at `now` as ever."""
    return decide(every_leg_changed(whole if whole is not None else marked_condor(), quoted_at=now), now=now, **changes)


def verdict(decision: ExitDecision, code: str) -> Verdict:
    return next(check.verdict for check in decision.checks if check.code == code)


def test_a_healthy_condor_is_held_and_judged_on_both_sides_together() -> None:
    decision = decide()

    assert decision.reason is ExitReason.HOLD
    assert (decision.evidence.mark_coin, decision.evidence.natural_coin) == (CREDIT, CREDIT + dec("0.0004"))
    assert decision.evidence.expected_close_coin == CREDIT + dec("0.35") * dec("0.0004")


@pytest.mark.parametrize(
    ("put", "call", "reason"),
    [
        # 2.5 times 0.0074 is 0.0185: one side alone far beyond its own credit is not a stop, both together are.
        ("0.0150", "0.0034", ExitReason.HOLD),
        ("0.0151", "0.0034", ExitReason.STOP_LOSS),
        ("0.0152", "0.0034", ExitReason.STOP_LOSS),
        ("0.0001", "0.0183", ExitReason.HOLD),
        ("0.0001", "0.0184", ExitReason.STOP_LOSS),
    ],
)
def test_the_stop_holds_the_whole_mark_against_the_whole_credit(put: str, call: str, reason: ExitReason) -> None:
    assert decide(marked_condor(put, call)).reason is reason


@pytest.mark.parametrize(
    ("deltas", "seen", "expected"),
    [
        ((-0.12, 0.18), 0.18, Verdict.PASSED),
        ((-0.299, 0.299), 0.299, Verdict.PASSED),
        ((-0.30, 0.05), 0.30, Verdict.FAILED),
        ((-0.05, 0.30), 0.30, Verdict.FAILED),
        ((-0.301, 0.31), 0.31, Verdict.FAILED),
        # The side that is known decides when it is beyond the limit; otherwise the other one might be.
        ((None, 0.30), 0.30, Verdict.FAILED),
        ((-0.30, None), 0.30, Verdict.FAILED),
        ((None, 0.299), 0.299, Verdict.NOT_EVALUATED),
        ((-0.12, None), 0.12, Verdict.NOT_EVALUATED),
        ((None, None), None, Verdict.NOT_EVALUATED),
    ],
)
def test_delta_is_the_larger_of_both_shorts(deltas: tuple[float | None, float | None], seen: float | None, expected: Verdict) -> None:
    decision = decide(marked_condor(deltas=deltas))

    assert decision.evidence.short_delta == seen
    assert verdict(decision, "delta_breach") is expected


@pytest.mark.parametrize(
    ("deltas", "move", "expected"),
    [
        ((-0.05, 0.199), -0.06, Verdict.PASSED),
        ((-0.05, 0.20), -0.059, Verdict.PASSED),
        ((-0.05, 0.20), -0.06, Verdict.FAILED),
        ((-0.20, 0.05), -0.061, Verdict.FAILED),
        ((None, 0.20), -0.06, Verdict.FAILED),
        ((None, 0.19), -0.06, Verdict.NOT_EVALUATED),
        ((-0.20, 0.20), None, Verdict.NOT_EVALUATED),
    ],
)
def test_a_fast_move_closes_a_condor_whose_nearer_side_has_come_close(deltas: tuple[float | None, float | None], move: float | None, expected: Verdict) -> None:
    assert verdict(decide(marked_condor(deltas=deltas), worst_4h_move_frac=move), "adverse_move") is expected


def test_a_fall_and_a_rise_are_both_against_a_condor() -> None:
    hours = [NOW + timedelta(hours=hour) for hour in range(9)]
    up, down = ([(at_, 2000.0 * factor ** (hour / 8)) for hour, at_ in enumerate(hours)] for factor in (1.2, 1 / 1.2))
    since = {"window_h": 4.0, "since_at": hours[3], "now": hours[8]}

    assert worst_move_against(up, (PUT, CALL), **since) == worst_move_against(up, (CALL,), **since) == pytest.approx(1 - 1.2**0.5)
    assert worst_move_against(down, (PUT, CALL), **since) == worst_move_against(down, (PUT,), **since) == pytest.approx(1.2**-0.5 - 1)


@pytest.mark.parametrize(
    ("index", "nearest", "reason"),
    [
        # 3 % out of the money on both sides lies between 1750/0.97 and 2300/1.03; marks at a twentieth of the credit.
        ("1804.1", 0.02998, ExitReason.PIN_RISK),
        ("1804.2", 0.03004, ExitReason.EXPIRE),
        ("2000", 0.125, ExitReason.EXPIRE),
        ("2233.0", 0.03000, ExitReason.EXPIRE),
        ("2233.1", 0.02996, ExitReason.PIN_RISK),
        ("2350", -0.02128, ExitReason.PIN_RISK),
    ],
)
def test_on_the_last_day_the_nearest_short_decides_between_pin_and_expiry(index: str, nearest: float, reason: ExitReason) -> None:
    decision = at(EXPIRY_AT - timedelta(hours=13), marked_condor("0.0002", "0.0002"), index_usd=dec(index))

    assert decision.evidence.otm_frac == pytest.approx(nearest, abs=1e-5)
    assert decision.reason is reason


@pytest.mark.parametrize(("call", "reason"), [("0.00054", ExitReason.EXPIRE), ("0.000541", ExitReason.PROFIT_TAKE)])
def test_a_condor_expires_when_the_whole_of_it_is_nearly_worthless(call: str, reason: ExitReason) -> None:
    """A tenth of 0.0074 is 0.00074, of which the put side takes 0.0002."""
    assert at(EXPIRY_AT - timedelta(hours=13), marked_condor("0.0002", call)).reason is reason


@pytest.mark.parametrize(
    ("bias", "action"), [(Bias.NEUTRAL, ExitAction.HOLD), (Bias.NO_ENTRY, ExitAction.HOLD), (Bias.BULL, ExitAction.ALERT), (Bias.BEAR, ExitAction.ALERT)]
)
def test_a_trend_in_either_direction_is_told_of_a_condor(bias: Bias, action: ExitAction) -> None:
    assert decide(bias_now=bias).action is action


@pytest.mark.parametrize(("side", "leg", "gone"), [(0, "short", "ask_coin"), (1, "short", "mark_coin"), (0, "long", "mark_coin"), (1, "long", "mark_coin")])
def test_a_price_missing_on_either_side_is_missing_data(side: int, leg: str, gone: str) -> None:
    assert decide(leg_changed(marked_condor(), leg, side=side, **{gone: None})).reason is ExitReason.DATA


def test_a_long_leg_nobody_bids_for_does_not_stop_the_condor_from_being_judged() -> None:
    decision = decide(leg_changed(marked_condor(), "long", side=1, bid_coin=None))

    assert decision.reason is ExitReason.HOLD
    assert decision.evidence.natural_coin == dec("0.0042") + dec("0.0065")


@pytest.mark.parametrize(("ask", "is_held"), [("0.0509", False), ("0.0510", True), ("0.0511", True)])
def test_on_the_last_day_a_condor_as_good_as_lost_is_held(ask: str, is_held: bool) -> None:
    """95 % of 100 USD at 2 000 is 0.0475; the puts cost nothing, the calls their ask less a bid of 0.0035."""
    lost = leg_changed(marked_condor("0.0001", "0.0470"), "short", side=0, mark_coin=dec(0), ask_coin=dec(0), bid_coin=dec(0))
    lost = leg_changed(lost, "long", side=0, mark_coin=dec(0), ask_coin=dec(0), bid_coin=dec(0))
    lost = leg_changed(leg_changed(lost, "short", side=1, ask_coin=dec(ask)), "long", side=1, bid_coin=dec("0.0035"))
    decision = at(EXPIRY_AT - timedelta(hours=13), lost)

    assert (decision.reason is not ExitReason.STOP_LOSS) is is_held
    assert next(check.cause for check in decision.checks if check.code == "stop_loss") == ("held_at_max_loss" if is_held else "")


def test_closing_prices_are_the_sums_of_the_sides_and_never_above_the_wider_width() -> None:
    whole = marked_condor()
    dear = marked_condor("0.0400", "0.0400")

    assert (close_mid_coin(whole), close_expected_coin(whole)) == (dec("0.0074"), dec("0.00754"))
    assert paper_exit_price(whole, RULES.execution, index_usd=INDEX_USD) == dec("0.0076")
    assert paper_exit_price(dear, RULES.execution, index_usd=INDEX_USD) == dec("0.0500")
    assert close_mid_coin(leg_changed(whole, "short", side=1, ask_coin=None)) is None
    assert entry_mid_coin(leg_changed(whole, "short", side=1, bid_coin=None)) is None


def test_the_card_shows_a_delta_stop_for_each_side() -> None:
    terms = OpenTerms(credit_coin=CREDIT, open_fee_coin=dec("0.0006"), close_fee_coin=dec("0.0006"), dvol_entry_pts=60.0)
    low, high = exit_prices(condor_spread(), terms, index_usd=INDEX_USD, now=NOW, rules=RULES.exit).delta_stops_spot_usd

    assert low is not None
    assert high is not None
    assert 1750 < low < 2000 < high < 2300


# One side closed: strategy §6, case 59.


@pytest.mark.parametrize(("left", "strategy", "against"), [(0, Strategy.BULL_PUT, Bias.BEAR), (1, Strategy.BEAR_CALL, Bias.BULL)])
def test_the_side_that_is_left_is_a_vertical(left: int, strategy: Strategy, against: Bias) -> None:
    rest = Spread(verticals=(marked_condor().verticals[left],))
    share = (CREDIT_PUT, CREDIT_CALL)[left]
    decision = decide(rest, credit_coin=share, bias_now=against)

    assert rest.strategy is strategy
    assert (decision.reason, decision.evidence.profit_frac) == (ExitReason.BIAS_FLIP, 0.0)


@pytest.mark.parametrize(("mark", "reason"), [("0.0084", ExitReason.HOLD), ("0.0085", ExitReason.STOP_LOSS), ("0.0086", ExitReason.STOP_LOSS)])
def test_the_side_that_is_left_is_stopped_at_its_own_share_of_the_credit(mark: str, reason: ExitReason) -> None:
    """2.5 times 0.0034 is 0.0085, less than half of what stopped the whole condor."""
    rest = Spread(verticals=(marked_condor(call=mark).verticals[1],))

    assert decide(rest, credit_coin=CREDIT_CALL, open_fee_coin=dec("0.0003"), close_fee_coin=dec("0.0003")).reason is reason


@pytest.mark.parametrize("family", Family)
def test_the_shares_of_the_credit_are_those_the_entry_stored_and_add_up(family: Family) -> None:
    whole = condor_spread(family=family)
    figures = spread_economics(whole, index_usd=INDEX_USD, now=NOW, rules=RULES)
    alone = [spread_economics(Spread(verticals=(each,)), index_usd=INDEX_USD, now=NOW, rules=RULES) for each in whole.verticals]

    assert figures is not None
    assert [side.credit_mid_coin for side in figures.sides] == [one.credit_mid_coin for one in alone if one is not None]
    assert sum(side.credit_mid_coin for side in figures.sides) == figures.credit_mid_coin


def test_the_results_of_both_sides_add_up_to_the_whole_trade() -> None:
    """Calls bought back at 0.0010 at an index of 1 900, puts delivered at 1 700: 0.0034 − 0.0010 − 0.0006, 0.0040 − 50/1700 − 0.0003."""
    closed = TradeFlows(
        family=Family.INVERSE, credit_coin=CREDIT_CALL, debit_coin=dec("0.0010"), open_fee_coin=dec("0.0003"), close_fee_coin=dec("0.0003"), quantity_eth=dec(2)
    )
    left = Spread(verticals=(marked_condor().verticals[0],))
    owed = payout_coin(payoff_terms(left), index_usd=dec(1700))
    delivered = replace(closed, credit_coin=CREDIT_PUT, debit_coin=owed, close_fee_coin=dec(0))
    first, second = (trade_result(flows, index_usd=index, fx_usd_per_eur=dec("1.16")) for flows, index in ((closed, dec(1900)), (delivered, dec(1700))))
    whole = added((first, second))

    assert first.pnl_coin == dec("0.0036")
    assert second.pnl_coin == 2 * (dec("0.0037") - dec(50) / 1700)
    assert whole.pnl_coin == first.pnl_coin + second.pnl_coin
    assert whole.pnl_usd == first.pnl_coin * 1900 + second.pnl_coin * 1700
    assert whole.pnl_eur == first.pnl_eur + second.pnl_eur


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("0.0074", ("0.0040", "0.0034"), ("0.0040", "0.0034")),
        ("0.0070", ("0.0040", "0.0034"), ("0.003783783784", "0.003216216216")),
        ("0.0074", ("0.0034", "0.0040"), ("0.0034", "0.0040")),
        ("0.0040", ("0.0040",), ("0.0040",)),
    ],
)
def test_a_fill_is_shared_out_as_the_sides_were_quoted_and_no_part_is_lost(amount: str, weights: tuple[str, ...], parts: tuple[str, ...]) -> None:
    shares = shares_of(dec(amount), [dec(weight) for weight in weights])

    assert [share.quantize(dec("1e-12")) for share in shares] == [dec(part) for part in parts]
    assert sum(shares) == dec(amount)
