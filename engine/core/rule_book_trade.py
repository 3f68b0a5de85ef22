"""The rules about the spread itself: its strikes, its liquidity, its size, its exits, and what Kelly may be read from. Rules as in `rule_book.py`."""

from __future__ import annotations

from engine.core.decision import Unit
from engine.core.exit_decision import DELIVERY_PRICE_WAIT_MAX, SETTLE_AFTER, UNANSWERED_TIME_STOPS_MAX
from engine.core.exit_view import AT_MAX_LOSS_FRAC
from engine.core.kelly_recalibration import R_ABS_MAX
from engine.core.rule_text import RuleText, by_stage, fixed, rule_text, threshold
from engine.core.spread_prices import EXPECTED_SHARE
from engine.core.strike_search import DELTA_BUCKET

_DELTA = (threshold("low", "strikes.short_delta_min"), threshold("high", "strikes.short_delta_max"))
_FEES = (threshold("fees", "sizing.fee_allowance_eth.vertical", Unit.COIN), threshold("condor", "sizing.fee_allowance_eth.condor", Unit.COIN))
_OUT = (
    threshold("put", "strikes.otm_put_frac", Unit.FRAC),
    threshold("call", "strikes.otm_call_frac", Unit.FRAC),
    threshold("moves", "strikes.expected_move_multiple_min", Unit.MULTIPLE),
)
_DTE = (threshold("low", "strikes.dte_min_d", Unit.DAYS), threshold("high", "strikes.dte_max_d", Unit.DAYS))
_WIDTH = (threshold("low", "strikes.width_min_frac", Unit.FRAC), threshold("high", "strikes.width_max_frac", Unit.FRAC))
_DELTA_DRIFT = threshold("drift", "approval.drift_max.short_delta")
_SPOT_DRIFT = threshold("drift", "approval.drift_max.spot_frac", Unit.FRAC)

STRIKES: tuple[RuleText, ...] = (
    rule_text("S01", "expiry_in_band", "1.4", *_DTE, threshold("target", "strikes.dte_target_d", Unit.DAYS), unit=Unit.DAYS),
    rule_text("S01", "no_expiry", "1.4", *_DTE, unit=Unit.DAYS),
    rule_text("S02", "short_delta_in_band", "1.4", *_DELTA, threshold("target", "strikes.short_delta_target"), fixed("bucket", DELTA_BUCKET), _DELTA_DRIFT),
    rule_text("S02", "short_otm_in_band", "1.4", *_OUT[:2], _SPOT_DRIFT, unit=Unit.FRAC),
    rule_text("S02", "beyond_expected_move", "1.4", _OUT[2], _SPOT_DRIFT, unit=Unit.MULTIPLE),
    rule_text("S02", "no_strike_in_band", "1.4", *_DELTA, *_OUT),
    rule_text("S02", "shorts_dropped", "1.4", *_DELTA, *_OUT, unit=Unit.COUNT),
    rule_text("S03", "width_in_band", "1.4", *_WIDTH, threshold("target", "strikes.width_target_frac", Unit.FRAC), _SPOT_DRIFT, unit=Unit.FRAC),
    rule_text("S03", "no_width_in_band", "1.4", *_WIDTH, unit=Unit.FRAC),
    rule_text("S03", "pairs_dropped", "1.4", *_WIDTH, unit=Unit.COUNT),
    rule_text("S04", "cap_below_one_lot", "1.4", *by_stage("trade_eur", Unit.EUR), *_FEES, unit=Unit.EUR),
    rule_text("S04", "width_that_fits", "0 F9", *_FEES, unit=Unit.USD),
    rule_text(
        "S04",
        "spot_that_fits",
        "0 F9",
        threshold("width", "strikes.width_min_frac", Unit.FRAC),
        *_FEES,
        unit=Unit.USD,
    ),
    rule_text("S05", "leg_quoted", "1.4"),
    rule_text("S05", "spread_priced", "1.4"),
    rule_text("S06", "widths_within_a_step", "1.4", unit=Unit.USD),
)

LIQUIDITY: tuple[RuleText, ...] = (
    rule_text("L01", "short_has_bid", "1.5", unit=Unit.COIN),
    rule_text("L01", "long_has_ask", "1.5", unit=Unit.COIN),
    rule_text("L02", "book_not_crossed", "1.5", unit=Unit.COIN),
    rule_text(
        "L03",
        "open_interest",
        "1.5",
        threshold("short", "liquidity.short_leg.open_interest_min_eth", Unit.ETH),
        threshold("long", "liquidity.long_leg.open_interest_min_eth", Unit.ETH),
        unit=Unit.ETH,
    ),
    rule_text(
        "L04",
        "book_spread",
        "1.5",
        threshold("short", "liquidity.short_leg.spread_abs_max_eth", Unit.COIN),
        threshold("short_share", "liquidity.short_leg.spread_rel_max_frac", Unit.FRAC),
        threshold("long", "liquidity.long_leg.spread_abs_max_eth", Unit.COIN),
        threshold("long_share", "liquidity.long_leg.spread_rel_max_frac", Unit.FRAC),
        unit=Unit.COIN,
    ),
    rule_text(
        "L05",
        "top_size",
        "1.5",
        threshold("limit", "liquidity.top_size_min_eth", Unit.ETH),
        threshold("multiple", "liquidity.top_size_min_multiple", Unit.MULTIPLE),
        unit=Unit.ETH,
    ),
    rule_text("L06", "mark_mid_divergence", "1.5", threshold("limit", "liquidity.mark_mid_divergence_max_frac", Unit.FRAC), unit=Unit.FRAC),
    rule_text("L07", "quote_age", "1.5", threshold("limit", "freshness_s.ticker", Unit.SECONDS), unit=Unit.SECONDS),
    rule_text("L08", "volume_24h", "1.5", threshold("limit", "liquidity.volume_24h_warn_below_eth", Unit.ETH), unit=Unit.ETH),
    rule_text(
        "L09",
        "expected_slippage",
        "1.5",
        threshold("limit", "liquidity.expected_slippage_max_frac", Unit.FRAC),
        fixed("share", EXPECTED_SHARE, Unit.FRAC),
        unit=Unit.FRAC,
    ),
)

SIZE: tuple[RuleText, ...] = (
    rule_text(
        "E16",
        "sized",
        "1.7",
        threshold("inverse", "sizing.lot_eth.inverse", Unit.ETH),
        threshold("linear", "sizing.lot_eth.linear_usdc", Unit.ETH),
        unit=Unit.ETH,
    ),
    rule_text(
        "E16",
        "size_zero",
        "1.7",
        threshold("ref", "sizing.dvol_scale.ref_pts", Unit.PTS),
        threshold("low", "sizing.dvol_scale.min", Unit.MULTIPLE),
        threshold("high", "sizing.dvol_scale.max", Unit.MULTIPLE),
        threshold("floor", "sizing.one_lot_floor_dvol_max_pts", Unit.PTS),
        threshold("sample", "sizing.kelly_sample_min", Unit.COUNT),
        threshold("bankroll", "sizing.kelly_bankroll_eur", Unit.EUR),
        threshold("book", "sizing.top_of_book_share_max_frac", Unit.FRAC),
        threshold("margin", "sizing.margin_use_max_frac", Unit.FRAC),
        unit=Unit.ETH,
    ),
    rule_text("E16", "cap_below_one_lot", "1.7", *by_stage("trade_eur", Unit.EUR), *_FEES, unit=Unit.EUR),
    rule_text("E16", "width_that_fits", "0 F9", *_FEES, unit=Unit.USD),
    rule_text("E16", "trade_cap", "1.2", *by_stage("trade_eur", Unit.EUR), unit=Unit.EUR),
    rule_text("E16", "total_cap", "1.2", *by_stage("total_eur", Unit.EUR), unit=Unit.EUR),
)

EXITS: tuple[RuleText, ...] = (
    rule_text("X00", "manual", "1.9"),
    rule_text(
        "X01",
        "settled",
        "1.9",
        fixed("after", SETTLE_AFTER.total_seconds(), Unit.SECONDS),
        fixed("wait", DELIVERY_PRICE_WAIT_MAX.total_seconds(), Unit.SECONDS),
    ),
    rule_text("X02", "blackout", "1.9", threshold("window", "schedule.settlement_blackout_utc")),
    rule_text(
        "X03",
        "data",
        "1.9",
        threshold("age", "freshness_s.ticker", Unit.SECONDS),
        threshold("recorded", "recorded_chain_age_max_h", Unit.HOURS),
        threshold("misses", "exit.stale_misses_escalate", Unit.COUNT),
    ),
    rule_text("X04", "margin", "1.9", threshold("limit", "exit.margin_usage_close_frac", Unit.FRAC), unit=Unit.FRAC),
    rule_text("X05", "stop_loss", "1.9", threshold("limit", "exit.stop_loss_x_credit", Unit.MULTIPLE), unit=Unit.MULTIPLE),
    rule_text("X06", "vol_stop", "1.9", threshold("limit", "exit.vol_stop_pts", Unit.PTS), unit=Unit.PTS),
    rule_text("X07", "delta_breach", "1.9", threshold("limit", "exit.short_delta_breach")),
    rule_text(
        "X08",
        "adverse_move",
        "1.9",
        threshold("limit", "exit.adverse_move.move_frac", Unit.FRAC),
        threshold("window", "exit.adverse_move.window_h", Unit.HOURS),
        threshold("delta", "exit.adverse_move.short_delta_min"),
        unit=Unit.FRAC,
    ),
    rule_text(
        "X09",
        "pin_risk",
        "1.9",
        threshold("days", "exit.pin_risk.dte_max_d", Unit.DAYS),
        threshold("limit", "exit.pin_risk.otm_min_frac", Unit.FRAC),
        unit=Unit.FRAC,
    ),
    rule_text(
        "X10",
        "expire",
        "1.9",
        threshold("days", "exit.let_expire.dte_max_d", Unit.DAYS),
        threshold("distance", "exit.let_expire.otm_min_frac", Unit.FRAC),
        threshold("limit", "exit.let_expire.mark_over_credit_max_frac", Unit.FRAC),
        unit=Unit.MULTIPLE,
    ),
    rule_text("X11", "profit_take", "1.9", threshold("limit", "exit.profit_take_net_frac", Unit.FRAC), unit=Unit.FRAC),
    rule_text(
        "X12",
        "time_stop",
        "1.9",
        threshold("limit", "exit.time_stop_dte_d", Unit.DAYS),
        threshold("profit", "exit.time_stop_hold_above_profit_frac", Unit.FRAC),
        fixed("unanswered", UNANSWERED_TIME_STOPS_MAX, Unit.COUNT),
        unit=Unit.DAYS,
    ),
    rule_text(
        "X13",
        "event_guard",
        "1.9",
        threshold("limit", "exit.event_guard.high_event_within_h", Unit.HOURS),
        threshold("delta", "exit.event_guard.short_delta_min"),
        unit=Unit.HOURS,
    ),
    rule_text("X14", "bias_flip", "1.9"),
    rule_text("X15", "hold", "1.9", fixed("share", AT_MAX_LOSS_FRAC, Unit.FRAC)),
)

KELLY: tuple[RuleText, ...] = (
    rule_text("K01", "kelly_result", "1.10", fixed("limit", R_ABS_MAX, Unit.MULTIPLE), unit=Unit.MULTIPLE),
    rule_text("K02", "kelly_survivable", "1.10", threshold("cap", "kelly.f_cap", Unit.FRAC), unit=Unit.MULTIPLE),
    rule_text("K03", "kelly_previous", "1.10", unit=Unit.FRAC),
)
