"""What the engine tells its readers: one frozen value per question, no rounding, no text.

Rules of this file: numbers keep their unit in the name, absent is None, and a
sentence is never stored here, only the code under which the catalogues keep it.
"""

from __future__ import annotations

from engine.views.book import AccountView, RiskRow, RiskView, SmileView
from engine.views.charts import Chart, ChosenStrike, EquityChart, GreeksChart, MarketChart, PayoffChart, RiskChart, SmileChart, TimelineChart
from engine.views.desk import AuditLine, DecisionLine, HoldView, LegView, MarketView, NoteLine, PendingView, PositionView, StatusView, VerifyView, WhyView
from engine.views.house import BackupLine, BackupsView, LogLine, SettingRow, SettingsView, VersionView
from engine.views.orders import ActionResult, CloseAllQuote, ClosePrice, CloseSum, ForceCloseQuote, Person, Tap, TradeEnd, WorkingOrderView
from engine.views.people import LoudnessView, Newcomer, PeopleView, PersonView, SubjectView
from engine.views.replay_charts import TradeMark, TradesChart
from engine.views.replays import ReplayedTrade
from engine.views.research import FanStep, FoldView, KellyRow, KellyView, MonteCarloView, ScenarioView, SettingView, SweepView
from engine.views.result_charts import FanChart, KellyChart, ReasonsChart, SweepChart, TearsheetChart
from engine.views.results import (
    ClosedTradeView,
    EndedTradeView,
    HistoryView,
    PnlRow,
    PnlView,
    ReasonResult,
    ReplaySummary,
    SheetRow,
    Slippage,
    StatsView,
    TradeStats,
)
from engine.views.stages import GateView, StageView

__all__ = [
    "AccountView",
    "ActionResult",
    "AuditLine",
    "BackupLine",
    "BackupsView",
    "Chart",
    "ChosenStrike",
    "CloseAllQuote",
    "ClosePrice",
    "CloseSum",
    "ClosedTradeView",
    "DecisionLine",
    "EndedTradeView",
    "EquityChart",
    "FanChart",
    "FanStep",
    "FoldView",
    "ForceCloseQuote",
    "GateView",
    "GreeksChart",
    "HistoryView",
    "HoldView",
    "KellyChart",
    "KellyRow",
    "KellyView",
    "LegView",
    "LogLine",
    "LoudnessView",
    "MarketChart",
    "MarketView",
    "MonteCarloView",
    "Newcomer",
    "NoteLine",
    "PayoffChart",
    "PendingView",
    "PeopleView",
    "Person",
    "PersonView",
    "PnlRow",
    "PnlView",
    "PositionView",
    "ReasonResult",
    "ReasonsChart",
    "ReplaySummary",
    "ReplayedTrade",
    "RiskChart",
    "RiskRow",
    "RiskView",
    "ScenarioView",
    "SettingRow",
    "SettingView",
    "SettingsView",
    "SheetRow",
    "Slippage",
    "SmileChart",
    "SmileView",
    "StageView",
    "StatsView",
    "StatusView",
    "SubjectView",
    "SweepChart",
    "SweepView",
    "Tap",
    "TearsheetChart",
    "TimelineChart",
    "TradeEnd",
    "TradeMark",
    "TradeStats",
    "TradesChart",
    "VerifyView",
    "VersionView",
    "WhyView",
    "WorkingOrderView",
]
