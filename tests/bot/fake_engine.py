"""An engine at the api door that remembers what it was asked: for everything that speaks to one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot.chat import Reply
from bot.delivery import REPLY_KIND, encode_reply
from engine.api import Engine, InboxItem, Memory, NewMessage, Operator, OutboxItem, ServerSeen
from engine.config import default_rules
from engine.core.model import OptionType
from engine.notices import encode_notice
from engine.reporting.written_rules import RuleView
from engine.runtime.explained import rule_views
from engine.views import (
    ActionResult,
    AuditLine,
    BackupsView,
    EndedTradeView,
    EquityChart,
    ForceCloseQuote,
    HistoryView,
    LogLine,
    MarketView,
    PendingView,
    Person,
    PositionView,
    ReplaySummary,
    RiskView,
    SettingsView,
    SmileView,
    StatusView,
    Tap,
    VerifyView,
    VersionView,
    WhyView,
)
from tests.bot import fake_console, fake_notices, fake_views
from tests.bot.fake_accounts import FakeAccounts
from tests.bot.fake_by_hand import FakeHand
from tests.bot.fake_card_room import FakeCardRoom
from tests.bot.fake_drills import FakeDrills
from tests.bot.fake_follows import FakeFollows
from tests.bot.fake_lab import FakeLab
from tests.bot.fake_people import FakePeople
from tests.bot.fake_stages import FakeStages

ADMIN, APPROVER, VIEWER, STRANGER = 1001, 1002, 1003, 6666

OPERATORS = (
    Operator(user_id=ADMIN, chat_id=ADMIN, role="admin", language="en"),
    Operator(user_id=APPROVER, chat_id=APPROVER, role="approver", language="en"),
    Operator(user_id=VIEWER, chat_id=VIEWER, role="viewer", language="it"),
)

RESULTS: Mapping[str, ActionResult] = {
    "scan": ActionResult(code="scan-refused", ok=False, facts={"id": "58", "failed": "1", "unchecked": "39"}),
    "monitor": ActionResult(code="monitor-done", ok=True, facts={"open": "2", "exits": "0"}),
    "approve": ActionResult(code="approve-claimed", ok=True, facts={"id": "142"}),
    "reject": ActionResult(code="rejected", ok=True, facts={"id": "142"}),
    "postpone": ActionResult(code="postponed", ok=True, facts={"id": "142", "at": "14:20 UTC"}),
    "pause": ActionResult(code="paused", ok=True, facts={"reason": "travelling", "settled": "1"}),
    "resume": ActionResult(code="resumed", ok=True, facts={"lifted": "operator, breaker-losses", "holds": ""}),
    "kill": ActionResult(code="killed", ok=True, facts={"reason": "strange fills", "settled": "1", "open": "2", "ids": "7, 8"}),
    "disarm": ActionResult(code="disarmed", ok=True, facts={"reason": "checked"}),
    "force_close": ActionResult(code="close-started", ok=True, facts={"id": "7"}),
}


class FakeEngine:
    """Answers from `fake_views`; set an attribute to change an answer, `failure` to raise instead."""

    def __init__(self, operators: tuple[Operator, ...] = OPERATORS) -> None:
        self.calls: list[tuple[str, object]] = []
        self.busy: frozenset[int] = frozenset()
        self.strangers: list[tuple[int, str]] = []
        self.strange_taps = 0
        self.refusals: list[tuple[int, str, str]] = []
        self.on_list = operators
        self.people = FakePeople(self._note)
        self.stages = FakeStages(self._note)
        self.card_room = FakeCardRoom(self._note)
        self.by_hand = FakeHand(self._note)
        self.results = dict(RESULTS)
        self.failure: Exception | None = None
        self.status_view = fake_views.STATUS
        self.memories: tuple[Memory, ...] = fake_views.MEMORIES
        self.servers_seen: tuple[ServerSeen, ...] = fake_views.SERVERS
        self.position_views: tuple[PositionView, ...] = (fake_views.POSITION, fake_views.UNMARKED)
        self.pending_views: tuple[PendingView, ...] = (fake_views.PENDING,)
        self.market_view = fake_views.MARKET
        self.why_view: WhyView | None = fake_views.WHY
        self.rule_views = rule_views(default_rules())
        self.equity_chart = fake_views.EQUITY
        self.history_view = fake_views.HISTORY
        self.ended_views = {3: fake_views.ENDED}
        self.audit_lines: tuple[AuditLine, ...] = fake_views.AUDIT
        self.verify_view = fake_views.VERIFIED
        self.replay_summary = fake_views.REPLAY
        self.risk_view = fake_console.RISK
        self.smile_view: SmileView = fake_console.SMILE
        self.version_view = fake_console.VERSION
        self.settings_view = fake_console.SETTINGS
        self.log_lines: tuple[LogLine, ...] = fake_console.LOG
        self.backups_view = fake_console.BACKUPS
        self.phrase: str | None = "DISARM 142-7F3A"
        self.digest = encode_notice(fake_notices.DIGEST)[1]
        self.accounts = FakeAccounts(self._note)
        self.follows = FakeFollows(self._note)
        self.lab = FakeLab(self._note)
        self.drills = FakeDrills(self._note)
        self.sent_message: tuple[str, str] | None = (REPLY_KIND, encode_reply(Reply(html="equity", chart=fake_views.EQUITY)))
        self.cards = {143: encode_notice(fake_notices.EXIT_CARD), 144: encode_notice(fake_notices.EXIT_DONE)}

    def _note(self, name: str, asked: object = None) -> None:
        self.calls.append((name, asked))
        if self.failure is not None:
            raise self.failure

    @property
    def asked(self) -> list[str]:
        """Names of the calls so far, in order."""
        return [name for name, _ in self.calls]

    async def status(self) -> StatusView:
        self._note("status")
        return self.status_view

    async def ping(self) -> tuple[ServerSeen, ...]:
        self._note("ping")
        return self.servers_seen

    async def positions(self) -> tuple[PositionView, ...]:
        self._note("positions")
        return self.position_views

    async def position(self, trade_id: int) -> PositionView | None:
        self._note("position", trade_id)
        return next((view for view in self.position_views if view.trade_id == trade_id), None)

    async def ended_trade(self, trade_id: int) -> EndedTradeView | None:
        self._note("ended_trade", trade_id)
        return self.ended_views.get(trade_id)

    async def pending(self) -> tuple[PendingView, ...]:
        self._note("pending")
        return self.pending_views

    async def market(self) -> MarketView:
        self._note("market")
        return self.market_view

    async def risk(self) -> RiskView:
        self._note("risk")
        return self.risk_view

    async def smile(self, expiry_on: date | None = None) -> SmileView:
        self._note("smile", expiry_on)
        return self.smile_view

    async def why(self, decision_id: int | None = None) -> WhyView | None:
        self._note("why", decision_id)
        return self.why_view

    async def rules(self) -> tuple[RuleView, ...]:
        self._note("rules")
        return self.rule_views

    async def equity(self, period: str) -> EquityChart:
        self._note("equity", period)
        return self.equity_chart

    async def history(self, period: str, *, reason: str | None = None, outcome: str | None = None) -> HistoryView:
        self._note("history", (period, reason, outcome))
        return self.history_view

    async def similar(self, proposal_id: int) -> tuple[Memory, ...]:
        self._note("similar", proposal_id)
        return self.memories

    async def audit_tail(self, count: int, *, type_filter: str | None = None) -> tuple[AuditLine, ...]:
        self._note("audit_tail", (count, type_filter))
        return self.audit_lines

    async def audit_verify(self, footer: str | None = None) -> VerifyView:
        self._note("audit_verify", footer)
        return self.verify_view

    async def digest_json(self) -> str:
        self._note("digest_json")
        return self.digest

    async def sent(self, chat_id: int, message_id: int) -> tuple[str, str] | None:
        self._note("sent", (chat_id, message_id))
        return self.sent_message

    async def card_json(self, proposal_id: int) -> tuple[str, str] | None:
        self._note("card_json", proposal_id)
        return self.cards.get(proposal_id)

    async def version(self) -> VersionView:
        self._note("version")
        return self.version_view

    async def settings(self) -> SettingsView:
        self._note("settings")
        return self.settings_view

    async def log_tail(self, count: int) -> tuple[LogLine, ...]:
        self._note("log_tail", count)
        return self.log_lines

    async def back_up(self, by: Person) -> BackupsView:
        self._note("back_up", by)
        return self.backups_view

    async def scan(self, by: Person) -> ActionResult:
        self._note("scan", by)
        return self.results["scan"]

    async def monitor(self, by: Person) -> ActionResult:
        self._note("monitor", by)
        return self.results["monitor"]

    async def approve(self, tap: Tap) -> ActionResult:
        self._note("approve", tap)
        return self.results["approve"]

    async def reject(self, tap: Tap) -> ActionResult:
        self._note("reject", tap)
        return self.results["reject"]

    async def postpone(self, tap: Tap) -> ActionResult:
        self._note("postpone", tap)
        return self.results["postpone"]

    async def pause(self, by: Person, reason: str) -> ActionResult:
        self._note("pause", (by, reason))
        return self.results["pause"]

    async def resume(self, by: Person) -> ActionResult:
        self._note("resume", by)
        return self.results["resume"]

    async def kill(self, by: Person, reason: str) -> ActionResult:
        self._note("kill", (by, reason))
        return self.results["kill"]

    async def disarm_phrase(self) -> str | None:
        self._note("disarm_phrase")
        return self.phrase

    async def disarm(self, by: Person, phrase: str, reason: str) -> ActionResult:
        self._note("disarm", (by, phrase, reason))
        return self.results["disarm"]

    async def force_close_quote(self, trade_id: int, by: Person, *, side: OptionType | None = None) -> ForceCloseQuote:
        self._note("force_close_quote", (trade_id, by, side))
        return fake_views.close_quote(trade_id, side)

    async def force_close(self, tap: Tap, *, side: OptionType | None = None) -> ActionResult:
        self._note("force_close", (tap, side))
        return self.results["force_close"]

    async def replay(self, *, from_on: str | None, to_on: str | None, by: Person, words: tuple[str, ...] = ()) -> ReplaySummary:
        self._note("replay", (from_on, to_on, by, *words))
        return self.replay_summary

    def latch_kill(self, by: Person, reason: str) -> None:
        self.calls.append(("latch_kill", (by, reason)))

    async def operator(self, user_id: int) -> Operator | None:
        return next((person for person in self.on_list if person.user_id == user_id), None)

    async def operators(self) -> tuple[Operator, ...]:
        return self.on_list

    async def record_stranger(self, user_id: int, what: str) -> None:
        self.strangers.append((user_id, what))

    async def record_refusal(self, by: Person, what: str, why: str) -> None:
        self.refusals.append((by.user_id, what, why))

    async def store_update(self, update_id: int, raw_json: str, callback_id: str | None = None) -> bool:
        self._note("store_update", (update_id, raw_json, callback_id))
        return True

    async def next_update(self, busy: frozenset[int] = frozenset()) -> InboxItem | None:
        self.busy = busy
        return None

    async def finish_update(self, update_id: int, replies: tuple[NewMessage, ...], *, outcome: str) -> None:
        self._note("finish_update", (update_id, replies, outcome))

    async def owe(self, message: NewMessage) -> None:
        self._note("owe", (message,))

    async def fail_update(self, update_id: int, error: str) -> None:
        self._note("fail_update", (update_id, error))

    async def claim_outgoing(self) -> OutboxItem | None:
        return None

    async def settle_sent(self, outbox_id: int, message_id: int) -> None:
        self._note("settle_sent", (outbox_id, message_id))

    async def settle_retry(self, outbox_id: int, *, delay_s: float, error: str) -> None:
        self._note("settle_retry", (outbox_id, delay_s, error))

    async def settle_dead(self, outbox_id: int, *, error: str, ambiguous: bool = False) -> None:
        self._note("settle_dead", (outbox_id, error, ambiguous))

    async def next_poll_offset(self) -> int:
        return 0

    def note_strange_tap(self) -> None:
        self.strange_taps += 1

    def begin_polling(self) -> None:
        self._note("begin_polling")

    async def note_poll(self) -> None:
        self._note("note_poll")

    async def hold(self, code: str, detail: str) -> None:
        self._note("hold", (code, detail))

    async def release(self, code: str) -> None:
        self._note("release", code)


def as_engine(fake: FakeEngine) -> Engine:
    """The fake seen through the door: a type checker proves it answers every call."""
    return fake
