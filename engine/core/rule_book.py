"""Every rule the decisions know, once: its id, its code, the thresholds it reads and where it is written.

Rules of this file: the sentence of a rule is not here but in the catalogues, under
`rule-<id>-<code>`; a default is not here either but in `strategy.toml`, found by its
dotted key. A figure that core itself fixes is taken from where core keeps it.
"""

from __future__ import annotations

from engine.core.decision import Unit
from engine.core.entry_checks_book import SURVIVED_FALL_FRAC
from engine.core.entry_checks_inputs import FX_JUMP_MAX_FRAC, FX_MAX_USD_PER_EUR, FX_MIN_USD_PER_EUR, FX_OLD_S, OPTIONAL_MISSING_MAX_SOFT
from engine.core.entry_checks_macro import LOOKAHEAD_WITHOUT_EXPIRY
from engine.core.entry_checks_market import MAINTENANCE_GUARD
from engine.core.rule_book_trade import EXITS, KELLY, LIQUIDITY, SIZE, STRIKES
from engine.core.rule_text import RuleText, by_stage, fixed, rule_text, threshold

_TREND = threshold("window", "bias.trend_window_d", Unit.DAYS)
_BULL = threshold("trend", "bias.bull_trend_min_frac", Unit.FRAC)
_BEAR = threshold("trend", "bias.bear_trend_max_frac", Unit.FRAC)
_CROWDED = threshold("funding", "entry.funding.bull_put_veto_above_frac", Unit.FRAC)
_SQUEEZE = threshold("funding", "entry.funding.bear_call_veto_below_frac", Unit.FRAC)
_CHASE = threshold("skew", "bias.rr25_call_chase_min_pts", Unit.PTS)

BIAS: tuple[RuleText, ...] = (
    rule_text("B01", "inputs_missing", "1.3", _TREND),
    rule_text(
        "B02",
        "dvol_out_of_band",
        "1.3",
        threshold("low", "entry.dvol_min_pts", Unit.PTS),
        threshold("high", "entry.dvol_max_pts", Unit.PTS),
        threshold("jump", "entry.dvol_jump_24h_max_pts", Unit.PTS),
    ),
    rule_text("B03", "crash", "1.3", _TREND, threshold("limit", "bias.crash_trend_frac", Unit.FRAC)),
    rule_text("B04", "stress", "1.3", threshold("limit", "bias.rr25_stress_max_pts", Unit.PTS)),
    rule_text("B05", "bull", "1.3", _TREND, _BULL, _CROWDED),
    rule_text("B06", "crowded_longs", "1.3", _TREND, _BULL, _CROWDED),
    rule_text("B07", "bear", "1.3", _TREND, _BEAR, _SQUEEZE, _CHASE),
    rule_text("B08", "squeeze", "1.3", _TREND, _BEAR, _SQUEEZE, _CHASE),
    rule_text(
        "B09",
        "calm",
        "1.3",
        threshold("funding_low", "bias.condor.funding_min_frac", Unit.FRAC),
        threshold("funding_high", "bias.condor.funding_max_frac", Unit.FRAC),
        threshold("dvol_low", "bias.condor.dvol_min_pts", Unit.PTS),
        threshold("dvol_high", "bias.condor.dvol_max_pts", Unit.PTS),
        threshold("move", "bias.condor.abs_return_7d_max_frac", Unit.FRAC),
        threshold("ratio", "bias.condor.rv10_over_rv30_min", Unit.MULTIPLE),
        threshold("premium", "bias.condor.dvol_minus_rv30_max_pts", Unit.PTS),
        threshold("paper", "bias.condor.enabled.paper"),
        threshold("soft", "bias.condor.enabled.soft"),
        threshold("full", "bias.condor.enabled.full"),
    ),
    rule_text("B10", "otherwise", "1.3"),
)

ENTRY: tuple[RuleText, ...] = (
    rule_text("E01", "kill_switch_off", "1.2"),
    rule_text("E01", "not_on_hold", "1.2"),
    rule_text("E01", "stage_allows_strategy", "1.2", *by_stage("strategies")),
    rule_text("E01", "dry_run", "1.2"),
    rule_text("E01", "hold_off", "1.2"),
    rule_text("E02", "index_age", "1.2", threshold("limit", "freshness_s.index", Unit.SECONDS), unit=Unit.SECONDS),
    rule_text("E02", "chain_age", "1.2", threshold("limit", "freshness_s.chain", Unit.SECONDS), unit=Unit.SECONDS),
    rule_text("E02", "recorded_chain_age", "4", threshold("limit", "recorded_chain_age_max_h", Unit.HOURS), unit=Unit.HOURS),
    rule_text("E02", "dvol_age", "1.2", threshold("limit", "freshness_s.dvol", Unit.SECONDS), unit=Unit.SECONDS),
    rule_text("E02", "fx_age", "1.2", threshold("limit", "freshness_s.fx", Unit.SECONDS), fixed("old", FX_OLD_S, Unit.SECONDS), unit=Unit.SECONDS),
    rule_text("E02", "macro_age", "1.2", threshold("limit", "freshness_s.macro", Unit.SECONDS), unit=Unit.SECONDS),
    rule_text("E02", "portfolio_age", "1.2", threshold("limit", "freshness_s.portfolio", Unit.SECONDS), unit=Unit.SECONDS),
    rule_text("E02", "macro_coverage", "6 case 50", unit=Unit.COUNT),
    rule_text("E02", "fx_min", "6 case 40", fixed("limit", FX_MIN_USD_PER_EUR)),
    rule_text("E02", "fx_max", "6 case 40", fixed("limit", FX_MAX_USD_PER_EUR)),
    rule_text("E02", "fx_jump", "6 case 40", fixed("limit", FX_JUMP_MAX_FRAC, Unit.FRAC), unit=Unit.FRAC),
    rule_text("E02", "index_perp_divergence", "6 case 52", threshold("limit", "entry.index_perp_divergence_max_frac", Unit.FRAC), unit=Unit.FRAC),
    rule_text("E02", "clock_skew", "6 case 53", threshold("limit", "triggers.hold.clock_skew_s", Unit.SECONDS), unit=Unit.SECONDS),
    rule_text("E02", "optional_inputs_missing", "1.2", fixed("soft", OPTIONAL_MISSING_MAX_SOFT, Unit.COUNT), unit=Unit.COUNT),
    rule_text("E03", "venue_open", "1.2"),
    rule_text("E03", "books_open", "1.2"),
    rule_text("E03", "outside_settlement", "1.2", threshold("window", "schedule.settlement_blackout_utc")),
    rule_text(
        "E03",
        "outside_maintenance",
        "1.2",
        threshold("window", "schedule.maintenance_guard_utc"),
        fixed("guard", MAINTENANCE_GUARD.total_seconds(), Unit.SECONDS),
    ),
    rule_text("E04", "macro_off", "1.2", threshold("mode", "entry.macro.mode")),
    rule_text(
        "E04",
        "macro_high",
        "1.2",
        threshold("limit", "entry.macro.high_lookahead_h", Unit.HOURS),
        threshold("events", "entry.macro.high"),
        unit=Unit.HOURS,
    ),
    rule_text(
        "E04",
        "macro_medium",
        "1.2",
        threshold("limit", "entry.macro.medium_lookahead_h", Unit.HOURS),
        threshold("events", "entry.macro.medium"),
        threshold("low", "entry.macro.low"),
        unit=Unit.HOURS,
    ),
    rule_text("E04", "macro_before_expiry", "1.2", threshold("high", "entry.macro.high"), threshold("medium", "entry.macro.medium")),
    rule_text(
        "E04",
        "macro_uncovered",
        "3",
        fixed("horizon", LOOKAHEAD_WITHOUT_EXPIRY.days, Unit.DAYS),
        threshold("cpi", "entry.macro.uncovered_days.CPI"),
        threshold("nfp", "entry.macro.uncovered_days.NFP"),
        threshold("ecb", "entry.macro.uncovered_days.ECB"),
        threshold("fomc", "entry.macro.uncovered_days.FOMC"),
    ),
    rule_text("E05", "dvol_min", "1.2", threshold("limit", "entry.dvol_min_pts", Unit.PTS), unit=Unit.PTS),
    rule_text("E05", "dvol_max", "1.2", threshold("limit", "entry.dvol_max_pts", Unit.PTS), unit=Unit.PTS),
    rule_text("E06", "dvol_jump_24h", "1.2", threshold("limit", "entry.dvol_jump_24h_max_pts", Unit.PTS), unit=Unit.PTS),
    rule_text("E07", "return_24h", "1.2", threshold("limit", "entry.abs_return_24h_max_frac", Unit.FRAC), unit=Unit.FRAC),
    rule_text("E07", "return_4h", "1.2", threshold("limit", "entry.abs_return_4h_max_frac", Unit.FRAC), unit=Unit.FRAC),
    rule_text("E08", "volatility_premium", "1.2", threshold("limit", "entry.vrp_min_pts", Unit.PTS), unit=Unit.PTS),
    rule_text("E09", "bias", "1.3"),
    rule_text(
        "E10",
        "funding",
        "1.2",
        threshold("window", "entry.funding.lookback_h", Unit.HOURS),
        threshold("put", "entry.funding.bull_put_veto_above_frac", Unit.FRAC),
        threshold("call", "entry.funding.bear_call_veto_below_frac", Unit.FRAC),
        unit=Unit.FRAC,
    ),
    rule_text("E11", "fear_greed", "1.2", threshold("put", "entry.sentiment.bull_put_block_above"), threshold("call", "entry.sentiment.bear_call_block_below")),
    rule_text("E11", "liquidation_heat", "1.2", threshold("limit", "entry.sentiment.liquidation_heat_block_pctile")),
    rule_text("E12", "strikes_found", "1.4"),
    rule_text(
        "E13",
        "credit_min",
        "1.2",
        threshold("limit", "strikes.credit_min.inverse_eth", Unit.COIN),
        threshold("linear", "strikes.credit_min.linear_usdc", Unit.USDC),
        unit=Unit.COIN,
    ),
    rule_text("E13", "credit_over_width", "1.2", threshold("limit", "strikes.credit_over_width_min_frac", Unit.FRAC), unit=Unit.FRAC),
    rule_text("E13", "fees_over_credit", "1.2", threshold("limit", "strikes.roundtrip_fees_over_credit_max_frac", Unit.FRAC), unit=Unit.FRAC),
    rule_text("E13", "credit_below_width", "6 case 43", unit=Unit.FRAC),
    rule_text("E13", "fill_at_floor", "1.8", unit=Unit.COIN),
    rule_text("E14", "liquidity", "1.5", unit=Unit.COUNT),
    rule_text("E15", "maintenance_usage", "1.2", threshold("limit", "sizing.margin_use_max_frac", Unit.FRAC), unit=Unit.FRAC),
    rule_text("E15", "initial_margin", "1.2", threshold("limit", "sizing.margin_use_max_frac", Unit.FRAC), unit=Unit.ETH),
    rule_text(
        "E15",
        "maintenance_after_fall",
        "6 case 61",
        fixed("fall", SURVIVED_FALL_FRAC, Unit.FRAC),
        threshold("limit", "exit.margin_usage_close_frac", Unit.FRAC),
        unit=Unit.FRAC,
    ),
    rule_text("E17", "same_expiry_and_side", "1.2", *by_stage("per_expiry_and_side", Unit.COUNT), unit=Unit.COUNT),
    rule_text("E17", "new_this_week", "1.2", *by_stage("new_per_week", Unit.COUNT), unit=Unit.COUNT),
    rule_text("E17", "open_positions", "1.2", threshold("limit", "caps.open_positions_max", Unit.COUNT), unit=Unit.COUNT),
    rule_text("E17", "cooldown_after_stop", "1.2", threshold("limit", "entry.cooldown_after_stop_same_side_d", Unit.DAYS), unit=Unit.DAYS),
    rule_text("E18", "eth_share", "1.2", threshold("limit", "caps.eth_share_of_wealth_max_frac", Unit.FRAC), unit=Unit.FRAC),
    rule_text("E18", "net_delta", "1.2", threshold("limit", "greeks.abs_net_delta_max_eth", Unit.ETH), unit=Unit.ETH),
    rule_text("E18", "short_vega", "1.2", threshold("limit", "greeks.short_vega_max_usd_per_pt", Unit.USD_PER_PT), unit=Unit.USD_PER_PT),
    rule_text("E18", "short_gamma", "1.2", threshold("limit", "greeks.short_gamma_max_usd_per_1pct", Unit.USD_PER_1PCT), unit=Unit.USD_PER_1PCT),
    rule_text("E19", "consecutive_losses", "1.2", threshold("limit", "entry.pause_after_consecutive_losses", Unit.COUNT), unit=Unit.COUNT),
    rule_text("E19", "month_loss", "1.2", threshold("limit", "entry.pause_month_loss_x_trade_cap", Unit.MULTIPLE), unit=Unit.EUR),
    rule_text("E19", "drawdown", "1.2", threshold("limit", "entry.pause_drawdown_x_trade_cap", Unit.MULTIPLE), unit=Unit.EUR),
)

RULE_BOOK: tuple[RuleText, ...] = (*BIAS, *ENTRY, *STRIKES, *LIQUIDITY, *SIZE, *EXITS, *KELLY)
"""In the order in which they are asked; an id may hold several codes, an id with a code stands once."""
