"""The rules alone, on a chain of 800 rows: an entry decision beside the obvious pandas formulation of the same selection, one exit look, one validation."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pandas as pd

from engine.core.bias import bias_inputs, compute_bias
from engine.core.combo_builder import choose_expiry, select_strikes
from engine.core.decision import Approved, Check
from engine.core.entry_context import EntryContext
from engine.core.entry_cycle import target_rr25_pts
from engine.core.entry_validator import validate_entry
from engine.core.exit_decision import evaluate
from engine.core.liquidity_gate import check
from engine.core.model import Book, Candidate, ExitInputs, MarketSnapshot, OptionType, Stage
from engine.core.rules import StrategyRules
from engine.core.sizing_engine import compute_contracts, sizing_inputs
from tests.benchmarks.decision import demo_desk, padded_snapshot
from tests.benchmarks.figures import Figure, median_ms

EXITS_PER_RUN = 200
STAGE = Stage.PAPER


async def measure(*, times: int) -> tuple[Figure, ...]:
    """The three budgets of the rules; the selection is the very same pair in both formulations."""
    async with demo_desk() as desk:
        snapshot, rules = await padded_snapshot(desk), desk.rules
    book = Book(
        stage=STAGE,
        is_killed=False,
        is_on_hold=False,
        open_trades=(),
        opened_this_week=0,
        consecutive_losses=0,
        month_pnl_eur=Decimal(0),
        drawdown_eur=Decimal(0),
    )
    context = _context(snapshot, book, rules)
    candidate = context.chosen
    if candidate is None or not isinstance(validate_entry(context, rules), Approved):
        raise LookupError("the benchmark's market gives no trade")
    frame = _frame(snapshot)
    found = _with_pandas(frame, snapshot, rules)
    vertical = candidate.spread.verticals[0]
    if found != (vertical.short.instrument.name, vertical.long.instrument.name):
        raise LookupError(f"pandas chose {found}")
    rows = 0 if snapshot.chain is None else len(snapshot.chain.quotes)
    exit_inputs = _exit_inputs(candidate, snapshot, rules)
    validated = _us(lambda: validate_entry(context, rules), times)
    evaluated = _us(lambda: evaluate(exit_inputs, rules), times)
    checks = validate_entry(context, rules).checks
    exit_checks = evaluate(exit_inputs, rules).checks
    return (
        Figure(
            name=f"strikes, liquidity, size and validation on {rows} rows, median",
            value=median_ms(lambda: validate_entry(_context(snapshot, book, rules), rules), times=times),
            unit="ms",
            budget="<= 5 ms",
            peer="pandas, frame in hand, same pair",
            peer_value=median_ms(lambda: _with_pandas(frame, snapshot, rules), times=times),
        ),
        Figure(
            name="one validate_entry, mean",
            value=validated,
            unit="us",
            budget="<= 100 us",
            peer=f"making its {len(checks)} checks",
            peer_value=_us(lambda: [_copied(one) for one in checks], times),
        ),
        Figure(
            name="one exit evaluation, mean",
            value=evaluated,
            unit="us",
            budget="<= 50 us",
            peer=f"making its {len(exit_checks)} checks",
            peer_value=_us(lambda: [_copied(one) for one in exit_checks], times),
        ),
    )


def _context(snapshot: MarketSnapshot, book: Book, rules: StrategyRules) -> EntryContext:
    now, index = snapshot.taken_at, snapshot.index_usd
    rr25 = target_rr25_pts(snapshot, rules)
    bias = compute_bias(bias_inputs(snapshot, rr25, now=now, freshness=rules.freshness_s), rules.bias, rules.entry, stage=STAGE)
    if bias.strategy is None or snapshot.chain is None or index is None:
        raise LookupError("the benchmark's market names no trade")
    found = select_strikes(snapshot.chain, snapshot, strategy=bias.strategy, stage=STAGE, rules=rules, now=now)
    if not isinstance(found, Approved):
        raise LookupError("the benchmark's market has no strikes")
    inputs = sizing_inputs(found.value, snapshot, book=book, rules=rules)
    sizing = compute_contracts(inputs, rules.sizing) if not hasattr(inputs, "checks") else inputs
    quantity_eth = sizing.value.quantity_eth if isinstance(sizing, Approved) else Decimal(0)
    liquidity = check(found.value.spread, quantity_eth, rules=rules.liquidity, now=now, index_usd=index.value, freshness=rules.freshness_s)
    return EntryContext(snapshot=snapshot, book=book, bias=bias, rr25_pts=rr25, candidate=found, sizing=sizing, liquidity=liquidity, stage=STAGE, now=now)


def _exit_inputs(candidate: Candidate, snapshot: MarketSnapshot, rules: StrategyRules) -> ExitInputs:
    dvol = 60.0 if snapshot.dvol_pts is None else snapshot.dvol_pts.value
    return ExitInputs(
        now=snapshot.taken_at,
        spread=candidate.spread,
        credit_coin=candidate.economics.credit_expected_coin,
        open_fee_coin=candidate.economics.open_fee_coin,
        close_fee_coin=candidate.economics.open_fee_coin,
        opened_at=snapshot.taken_at - timedelta(days=1),
        dvol_entry_pts=dvol,
        dvol_pts=dvol,
        index_usd=None if snapshot.index_usd is None else snapshot.index_usd.value,
        worst_4h_move_frac=-0.01,
        margin_usage_frac=0.2,
        has_worst_delta=True,
        high_event_at=snapshot.taken_at + timedelta(days=5),
        bias_now=None,
        stale_misses=0,
        unanswered_time_stops=0,
        delivery_price_usd=None,
        is_locked=False,
    )


def _frame(snapshot: MarketSnapshot) -> pd.DataFrame:
    """The chain as a researcher would hold it: floats, one row an option."""
    quotes = () if snapshot.chain is None else snapshot.chain.quotes
    return pd.DataFrame(
        {
            "name": [quote.instrument.name for quote in quotes],
            "type": [quote.instrument.option_type.value for quote in quotes],
            "expiry": [quote.instrument.expiry_at for quote in quotes],
            "strike": [float(quote.instrument.strike_usd) for quote in quotes],
            "bid": [math.nan if quote.bid_coin is None else float(quote.bid_coin) for quote in quotes],
            "ask": [math.nan if quote.ask_coin is None else float(quote.ask_coin) for quote in quotes],
            "mark": [math.nan if quote.mark_coin is None else float(quote.mark_coin) for quote in quotes],
            "bid_size": [math.nan if quote.bid_size_eth is None else float(quote.bid_size_eth) for quote in quotes],
            "ask_size": [math.nan if quote.ask_size_eth is None else float(quote.ask_size_eth) for quote in quotes],
            "oi": [math.nan if quote.open_interest_eth is None else float(quote.open_interest_eth) for quote in quotes],
            "iv": [math.nan if quote.iv_frac is None else quote.iv_frac for quote in quotes],
            "delta": [math.nan if quote.greeks is None else quote.greeks.delta for quote in quotes],
            "forward": [math.nan if quote.forward_usd is None else float(quote.forward_usd) for quote in quotes],
        }
    )


def _with_pandas(frame: pd.DataFrame, snapshot: MarketSnapshot, rules: StrategyRules) -> tuple[str, str]:
    """Bands, widths, credit and liquidity gates and the rank, as one writes them in a notebook, for one side."""
    strikes, liquidity, chain = rules.strikes, rules.liquidity, snapshot.chain
    if chain is None or snapshot.index_usd is None or snapshot.fx_usd_per_eur is None:
        raise LookupError("the benchmark's market has no chain")
    expiry_at = choose_expiry(chain, strikes, snapshot.taken_at)
    spot, fx = float(snapshot.index_usd.value), float(snapshot.fx_usd_per_eur.value)
    now = frame[frame["expiry"] == expiry_at].drop_duplicates("name")
    now = now.assign(
        mid=(now["bid"].fillna(0.0) + now["ask"]) / 2, book=now["ask"] - now["bid"].fillna(0.0), distance=(now["strike"] / now["forward"] - 1.0).abs()
    )
    otm = now[((now["type"] == "call") & (now["strike"] >= now["forward"])) | ((now["type"] == "put") & (now["strike"] <= now["forward"]))]
    atm = otm.nsmallest(2, "distance")["iv"].mean()
    side = _side_of(snapshot, rules)
    ladder = now[now["type"] == side.value]
    years = (pd.Timestamp(expiry_at) - pd.Timestamp(snapshot.taken_at)).total_seconds() / (365 * 86400)
    out = (spot - ladder["strike"]) / spot if side is OptionType.PUT else (ladder["strike"] - spot) / spot
    low, high = strikes.otm_put_frac if side is OptionType.PUT else strikes.otm_call_frac
    moved = strikes.expected_move_multiple_min * ladder["forward"] * atm * math.sqrt(years)
    shorts = ladder[
        ladder["delta"].abs().between(strikes.short_delta_min, strikes.short_delta_max)
        & out.between(low, high)
        & ((ladder["strike"] - ladder["forward"]).abs() >= moved)
    ]
    shorts = shorts[_is_liquid(shorts, "bid_size", liquidity.short_leg, rules) & (shorts["bid"] > 0)]
    longs = ladder[_is_liquid(ladder, "ask_size", liquidity.long_leg, rules)]
    pairs = shorts.merge(longs, how="cross", suffixes=("_s", "_l"))
    pairs["width"] = (pairs["strike_s"] - pairs["strike_l"]) * (1.0 if side is OptionType.PUT else -1.0)
    pairs = pairs[(pairs["width"] / spot).between(float(strikes.width_min_frac), float(strikes.width_max_frac))]
    pairs = pairs[(pairs["width"] + float(rules.sizing.fee_allowance_eth.vertical) * spot) / fx <= float(rules.caps_of(STAGE.value).trade_eur)]
    pairs["credit"] = pairs["mid_s"] - pairs["mid_l"]
    fees = 2 * float(rules.fees.inverse_of_underlying_frac)
    natural = pairs["bid_s"] - pairs["ask_l"]
    pairs = pairs[
        (pairs["credit"] >= float(strikes.credit_min.inverse_eth))
        & (pairs["credit"] * spot / pairs["width"] >= float(strikes.credit_over_width_min_frac))
        & (fees / pairs["credit"] <= float(strikes.roundtrip_fees_over_credit_max_frac))
        & (0.35 * (pairs["credit"] - natural) / pairs["credit"] <= float(liquidity.expected_slippage_max_frac))
    ]
    off = ((pairs["delta_s"].abs() - strikes.short_delta_target).abs() / 0.01 + 1e-9).apply(math.floor)
    ranked = pairs.assign(off=off, wide=(pairs["width"] / spot - float(strikes.width_target_frac)).abs()).sort_values(["off", "wide"])
    first = ranked.iloc[0]
    return str(first["name_s"]), str(first["name_l"])


def _is_liquid(legs: pd.DataFrame, size: str, leg: object, rules: StrategyRules) -> pd.Series:
    liquidity = rules.liquidity
    widest = (legs["mid"] * float(leg.spread_rel_max_frac)).clip(lower=float(leg.spread_abs_max_eth))
    return (
        (legs["ask"] > legs["bid"].fillna(0.0))
        & (legs["oi"] >= float(leg.open_interest_min_eth))
        & (legs["book"] <= widest)
        & (legs[size] >= float(liquidity.top_size_min_eth))
        & ((legs["mid"] - legs["mark"]).abs() / legs["mark"] <= float(liquidity.mark_mid_divergence_max_frac))
    )


def _side_of(snapshot: MarketSnapshot, rules: StrategyRules) -> OptionType:
    inputs = bias_inputs(snapshot, target_rr25_pts(snapshot, rules), now=snapshot.taken_at, freshness=rules.freshness_s)
    strategy = compute_bias(inputs, rules.bias, rules.entry, stage=STAGE).strategy
    if strategy is None:
        raise LookupError("the benchmark's market names no trade")
    return strategy.sides[0]


def _copied(one: Check) -> Check:
    return Check(
        rule=one.rule,
        code=one.code,
        verdict=one.verdict,
        observed=one.observed,
        limit=one.limit,
        relation=one.relation,
        unit=one.unit,
        subject=one.subject,
        cause=one.cause,
    )


def _us(work: Callable[[], object], times: int) -> float:
    """Microseconds of one call, over a batch of them."""

    def batch() -> None:
        for _ in range(EXITS_PER_RUN):
            work()

    return median_ms(batch, times=times) / EXITS_PER_RUN * 1000.0
