"""The written rules' numbers as frozen values, one class per section of `strategy.toml`.

Rules of this file: names and units are those of `strategy.toml`, no value stands
here (the file is the only place for defaults), and core takes the section it needs.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.rules_desk import (
    GateRules,
    GreekLimits,
    HoldTriggers,
    KellyIncrease,
    KellyPrior,
    KellyRules,
    KillTriggers,
    MonteCarloRules,
    PaperGate,
    SoftGate,
    StepDown,
    TailPseudoLoss,
    TriggerRules,
)
from engine.core.rules_entry import (
    BiasRules,
    CapRules,
    CondorRules,
    CreditMin,
    DvolScale,
    EntryRules,
    FeeAllowance,
    FeeRules,
    FreshnessRules,
    FundingRules,
    LegLiquidity,
    LiquidityRules,
    LotSizes,
    MacroRules,
    MetaRules,
    PaperAccountRules,
    ScheduleRules,
    SentimentRules,
    SizingRules,
    StageCaps,
    StageSwitches,
    StrikeRules,
    UncoveredDays,
)
from engine.core.rules_exit import (
    AdverseMove,
    ApprovalRules,
    DriftMax,
    EntryLadder,
    EventGuard,
    ExecutionRules,
    ExitRules,
    HardExitLadder,
    LetExpire,
    PinRisk,
    SoftExitLadder,
)

__all__ = [
    "AdverseMove",
    "ApprovalRules",
    "BiasRules",
    "CapRules",
    "CondorRules",
    "CreditMin",
    "DriftMax",
    "DvolScale",
    "EntryLadder",
    "EntryRules",
    "EventGuard",
    "ExecutionRules",
    "ExitRules",
    "FeeAllowance",
    "FeeRules",
    "FreshnessRules",
    "FundingRules",
    "GateRules",
    "GreekLimits",
    "HardExitLadder",
    "HoldTriggers",
    "KellyIncrease",
    "KellyPrior",
    "KellyRules",
    "KillTriggers",
    "LegLiquidity",
    "LetExpire",
    "LiquidityRules",
    "LotSizes",
    "MacroRules",
    "MetaRules",
    "MonteCarloRules",
    "PaperAccountRules",
    "PaperGate",
    "PinRisk",
    "ScheduleRules",
    "SentimentRules",
    "SizingRules",
    "SoftExitLadder",
    "SoftGate",
    "StageCaps",
    "StageSwitches",
    "StepDown",
    "StrategyRules",
    "StrikeRules",
    "TailPseudoLoss",
    "TriggerRules",
    "UncoveredDays",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRules:
    """The whole of `strategy.toml`; frozen when the engine starts."""

    meta: MetaRules
    schedule: ScheduleRules
    caps: CapRules
    paper_account: PaperAccountRules
    freshness_s: FreshnessRules
    recorded_chain_age_max_h: float
    entry: EntryRules
    bias: BiasRules
    strikes: StrikeRules
    liquidity: LiquidityRules
    sizing: SizingRules
    fees: FeeRules
    execution: ExecutionRules
    approval: ApprovalRules
    exit: ExitRules
    kelly: KellyRules
    greeks: GreekLimits
    gates: GateRules
    triggers: TriggerRules
    montecarlo: MonteCarloRules

    def caps_of(self, stage: str) -> StageCaps:
        """The caps of `stage` (paper, soft or full)."""
        if stage == "paper":
            return self.caps.paper
        return self.caps.soft if stage == "soft" else self.caps.full
