"""The composition root: the only place that builds things.

Rules of this file: a run is described by a `RunPlan`; whatever is opened here is
closed here, in the opposite order, whatever happens in between.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from importlib.metadata import version
from pathlib import Path

import structlog

from engine.clients.bundle import Clients, connect_clients
from engine.clients.mcp import McpConnection, in_memory
from engine.clients.recorded import recorded_clients, recorded_look
from engine.clients.roles import SIM
from engine.clock import Clock, ManualClock, SystemClock
from engine.config import Loaded, load_rules
from engine.core.model import Stage
from engine.core.rules import StrategyRules
from engine.door import Door
from engine.errors import ConfigError, StateError, StoreBroken
from engine.home import Home
from engine.market.model import Market
from engine.notices import AlertNotice
from engine.research.apart import run_apart
from engine.research.asked import Asked, live_through
from engine.research.lab import z_of
from engine.research.past_room import PastRoom
from engine.research.policy import RESUME_DAYS_MAX, Manner, read_resume_after, replayed_with
from engine.research.questions import MonteCarloAsk, SweepAsk, kelly, montecarlo, sweep
from engine.research.replay import Progress
from engine.research.summary import with_changes
from engine.runtime.desk import Desk, Say, WriteNote, bare_words
from engine.runtime.housekeeping import LAST_SEEN_KEY, beat
from engine.runtime.jobs import Job, job_table
from engine.runtime.memory import StoreMemory
from engine.runtime.orchestrator import run_entry_cycle
from engine.runtime.order_access import with_orders
from engine.runtime.stage_record import ORDER
from engine.runtime.stages import Frame, missing_gates, settle_hold, signed_off_in, view_in
from engine.runtime.start import bring_up
from engine.runtime.views_of import why_view
from engine.safety.carry_off import CarryOff
from engine.safety.instance import HomeLock, boot_id
from engine.safety.kill_switch import AUTOMATIC, KillSwitch
from engine.safety.outside_chat import ways
from engine.safety.second_path import SecondPath, command_of
from engine.servers.bundled import Setup, desk_clients, side_connections
from engine.servers.deribit import Network, public_settings
from engine.servers.home_servers import ServePlan, ping_home, serve_named
from engine.servers.market_plan import MarketPlan, build_market, default_start, is_simulated, origin_of, period_of, simulated_name
from engine.servers.serving import Transport
from engine.servers.sim import build_sim_server
from engine.state.anchors import AnchorFile
from engine.state.records import OperatorRecord
from engine.state.repository import Json, Store, Transaction
from engine.views import ReplaySummary, StageView, WhyView

__all__ = [
    "RESUME_DAYS_MAX",
    "MarketPlan",
    "MonteCarloAsk",
    "RunPlan",
    "Running",
    "SweepAsk",
    "build_market",
    "decide_once",
    "decide_recorded",
    "default_start",
    "kelly",
    "montecarlo",
    "origin_of",
    "ping_home",
    "program_version",
    "read_resume_after",
    "replay",
    "replay_desk",
    "resume_at",
    "running",
    "serve_bundled",
    "signed_off_stage",
    "stage_view",
    "sweep",
]

log = structlog.get_logger(__name__)

PAPER_ENV = "PAPER"
STORE_FAILS = "store"
"""The first word of the reason for a kill that a failing disk set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """One run: its home, clock, market, stage, and the people it answers to.

    `admits_paired`: whoever a pairing code admitted may speak too, and codes are taken. `language` is theirs until they choose one.
    `is_chat_forgetful`: the chat keeps no message of an earlier run, so the cards that wait are shown again.
    `say` puts an alert into plain words for the second path, `write_note` a monthly report into a note.
    """

    home: Home
    clock: Clock
    market: MarketPlan
    origin: str
    stage: Stage = Stage.PAPER
    is_dry_run: bool = False
    operators: tuple[OperatorRecord, ...] = ()
    admits_paired: bool = False
    language: str = "en"
    is_chat_forgetful: bool = False
    say: Say = bare_words
    write_note: WriteNote | None = None
    server_variables: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An engine that is up: its door for the chat, its desk for the scheduler, its job table."""

    door: Door
    desk: Desk
    jobs: tuple[Job, ...]


def program_version() -> str:
    return version("cerbero-bite")


def market_name(plan: RunPlan) -> str:
    """The market in words that need no translation, or in a code that has one."""
    if is_simulated(plan.market):
        return simulated_name(plan.market)
    if plan.home.mcp_json.exists():
        return "mcp.json"
    return "live" if public_settings(plan.server_variables).network is Network.MAINNET else "testnet"


@asynccontextmanager
async def running(plan: RunPlan) -> AsyncIterator[Running]:
    """An engine that has started in order: lock, store, audit against anchors, recovery, summary.

    Raises AlreadyRunning, OriginMismatch, StateError or ConfigError before anything trades.
    """
    lock = HomeLock.acquire(plan.home.root)
    try:
        loaded = load_rules(plan.home.config_toml)
        carry_off, command = CarryOff.of_home(plan.home), command_of(plan.home)
        anchors = AnchorFile(plan.home.anchors, None if carry_off is None else carry_off.poke)
        kill_switch = KillSwitch(plan.home.root)
        store = open_store(plan, kill_switch, anchors)
        helpers: list[CarryOff | SecondPath] = []
        try:
            clients = _clients(plan, loaded.rules, store)
            try:
                second_path = SecondPath.over(ways(command, clients.outside_chat))
                for helper in (carry_off, second_path):
                    if helper is not None:
                        helper.start()
                        helpers.append(helper)
                desk = replace(_desk(plan, loaded, store=store, clients=clients, kill_switch=kill_switch), carry_off=carry_off, second_path=second_path)
                desk = await with_orders(desk)
                store.trust.hear(lambda problem: _tell_broken(desk, problem))
                jobs = job_table(loaded.rules.schedule, plan.stage)
                await _start(plan, desk, jobs)
                past = PastRoom(plan.home, plan.market, plan.clock.now)
                door = Door(
                    desk,
                    jobs,
                    version=program_version(),
                    replayer=past.replay,
                    past=past,
                    is_config_changed=lambda: load_rules(plan.home.config_toml).fingerprint != loaded.fingerprint,
                )
                sampling = asyncio.create_task(desk.pulse.lag.sample(), name="loop lag")
                try:
                    yield Running(door=door, desk=desk, jobs=jobs)
                finally:
                    sampling.cancel()
                # Said before the waiting begins: no job beats any more, and what is under way may take its time.
                await beat(desk, is_stopping=True)
                if desk.orders is not None:
                    desk.orders.halt.set()
                await desk.settled()
                await beat(desk, is_stopping=True)
            finally:
                await clients.aclose()
        finally:
            store.close()
            for helper in helpers:
                await asyncio.to_thread(helper.close)
    finally:
        lock.release()


@asynccontextmanager
async def replay_desk(clock: ManualClock, *, market: Market, name: str, loaded: Loaded, scratch: Path) -> AsyncIterator[Desk]:
    """A complete engine for a replay: real MCP sessions and a store that is forgotten afterwards."""
    connection = McpConnection(SIM, in_memory(build_sim_server(market, clock.now, loaded.rules.paper_account)))
    async with _forgotten_desk(clock, connect_clients({SIM: connection}), name=name, loaded=loaded, scratch=scratch) as desk:
        yield desk


@asynccontextmanager
async def _forgotten_desk(clock: ManualClock, clients: Clients, *, name: str, loaded: Loaded, scratch: Path) -> AsyncIterator[Desk]:
    store = Store.open_memory(origin="demo", clock=clock, boot="replay")
    try:
        yield Desk(
            clock=clock,
            store=store,
            clients=clients,
            rules=loaded.rules,
            stage=Stage.PAPER,
            env=PAPER_ENV,
            origin="demo",
            market=name,
            fingerprint=loaded.fingerprint,
            is_dry_run=False,
            kill_switch=KillSwitch(scratch),
        )
    finally:
        await clients.aclose()
        store.close()


async def replay(
    *, home: Home, market: MarketPlan, from_at: datetime | None, to_at: datetime | None, manner: Manner, scratch: Path, progress: Progress | None = None
) -> ReplaySummary:
    """The period lived through in this manner. Raises ConfigError for a period the history does not cover, or for words that cannot be."""
    loaded, changes, manner = replayed_with(load_rules(home.config_toml), manner)
    played, name = build_market(market, loaded.rules), simulated_name(market)
    first, last = period_of(played, from_at, to_at)
    asked = Asked(market=played, rules=loaded.rules, from_at=first, to_at=last, history=name, manner=manner)
    summary = await live_through(asked, desk=lambda clock: replay_desk(clock, market=played, name=name, loaded=loaded, scratch=scratch), progress=progress)
    return with_changes(summary, changes)


async def serve_bundled(name: str, *, home: Home, variables: Mapping[str, str], transport: Transport, port: int) -> None:
    """The bundled server of that name answers until the process is stopped. Raises ConfigError or StateError."""

    async def lived(from_on: date, to_on: date) -> ReplaySummary:
        first, last = (datetime.combine(on, time(), UTC) for on in (from_on, to_on))
        with tempfile.TemporaryDirectory(prefix="cerbero-replay-") as folder:
            scratch = Path(folder)
            return await run_apart(lambda: replay(home=home, market=MarketPlan(), from_at=first, to_at=last, manner=Manner(), scratch=scratch))

    await serve_named(ServePlan(name=name, home=home, transport=transport, port=port, version=program_version(), replay=lived, variables=variables))


async def decide_once(*, home: Home, market: MarketPlan, at: datetime, scratch: Path) -> WhyView:
    """The entry decision of one instant, nothing kept."""
    loaded, clock = load_rules(home.config_toml), ManualClock(at)
    played, name = build_market(market, loaded.rules), simulated_name(market)
    async with replay_desk(clock, market=played, name=name, loaded=loaded, scratch=scratch) as desk:
        return await _decision(desk)


async def decide_recorded(*, home: Home, folder: Path, at: datetime | None, scratch: Path) -> WhyView:
    """The entry decision of a recorded look, by what the servers answered then and the home's rules of today. Raises ConfigError."""
    loaded, look = load_rules(home.config_toml), recorded_look(folder, at)
    async with _forgotten_desk(ManualClock(look.at), recorded_clients(look.calls), name="recorded", loaded=loaded, scratch=scratch) as desk:
        return await _decision(desk)


async def _decision(desk: Desk) -> WhyView:
    await run_entry_cycle(desk, actor="dry-run")
    record = await desk.store.read(lambda tx: tx.decision(None))
    if record is None:
        raise StateError("the entry cycle left no decision")
    return why_view(record)


def signed_off_stage(home: Home, wanted: str) -> Stage:
    """The stage to run in. Raises ConfigError for one that was never signed off, naming the gates before it.

    Every home begins signed off for paper; a promotion is a row of its audit chain.
    """
    if wanted == Stage.PAPER.value or ORDER.index(Stage(wanted)) <= ORDER.index(signed_off_in(home.db)):
        return Stage(wanted)
    missing = missing_gates(stage_view(home))
    raise ConfigError(f"stage {wanted} is not signed off in this home's audit chain; {missing}", fix="Run --stage paper.", key="--stage")


def stage_view(home: Home) -> StageView:
    """What the next stage of this home asks for, beside what was measured up to the last instant its engine lived."""
    loaded, lived_to = load_rules(home.config_toml), resume_at(home)
    now = SystemClock().now() if lived_to is None else lived_to
    return view_in(home.db, Frame(stage=Stage.PAPER, rules=loaded.rules, fingerprint=loaded.fingerprint, now=now))


def resume_at(home: Home) -> datetime | None:
    """The instant at which an earlier run in this home ended, simulated where its time was; None for a new one.

    A run that died between two heartbeats goes on from its last audit row: simulated time never runs back.
    """
    if not home.db.exists():
        return None
    store = Store.open_readonly(home.db)
    try:
        seen, rows = store.read_sync(lambda tx: (tx.get_meta(LAST_SEEN_KEY), tx.audit_tail(1)))
    finally:
        store.close()
    known = [row.at for row in rows] + ([] if seen is None else [datetime.fromisoformat(seen)])
    return max(known, default=None)


def open_store(plan: RunPlan, kill_switch: KillSwitch, anchors: AnchorFile) -> Store:
    """The store of the home. Where its disk fails, now or later, the kill switch is latched before anybody learns of it."""

    def latch(problem: str) -> None:
        kill_switch.latch(f"{STORE_FAILS}: {problem}", AUTOMATIC, plan.clock.now())

    try:
        store = Store.open(plan.home.db, origin=plan.origin, clock=plan.clock, boot=boot_id(), anchors=anchors)
    except StoreBroken as broken:
        latch(str(broken))
        raise
    store.trust.hear(latch)
    return store


def _tell_broken(desk: Desk, problem: str) -> None:
    """The chat needs the store for every message: only the second path can say that it is gone."""
    log.error("store.broken", problem=problem)
    notice = AlertNotice(env=desk.env, code="kill", level="critical", at=desk.clock.wall(), facts={"reason": f"{STORE_FAILS}: {problem}"})
    desk.tell_elsewhere("store", notice)


async def _start(plan: RunPlan, desk: Desk, jobs: tuple[Job, ...]) -> None:
    """Everything that comes before the first job: people, the start in its order, a sign of life."""
    await desk.store.write(lambda tx: _admit(tx, plan))
    await desk.store.write(lambda tx: settle_hold(tx, desk))
    await bring_up(desk, jobs, anchors_path=plan.home.anchors, version=program_version(), is_chat_forgetful=plan.is_chat_forgetful)
    await beat(desk)


def _admit(tx: Transaction, plan: RunPlan) -> None:
    """Whoever is neither named nor paired any more is a stranger from now on, whatever they could do in an earlier run."""
    named = {operator.user_id for operator in plan.operators}
    paired = tx.people() if plan.admits_paired else ()
    came, gone = tx.admit_only(
        (
            *plan.operators,
            *(OperatorRecord(user_id=p.user_id, chat_id=p.chat_id, role=p.role, language=plan.language) for p in paired if p.user_id not in named),
        )
    )
    if came or gone:
        body: dict[str, Json] = {
            "admitted": [f"{operator.user_id}:{operator.role}" for operator in came],
            "removed": [f"{operator.user_id}:{operator.role}" for operator in gone],
        }
        tx.audit(actor="engine", type="access.changed", ref="operators", body=body)


def _desk(plan: RunPlan, loaded: Loaded, *, store: Store, clients: Clients, kill_switch: KillSwitch) -> Desk:
    return Desk(
        clock=plan.clock,
        store=store,
        clients=clients,
        rules=loaded.rules,
        stage=plan.stage,
        env=PAPER_ENV,
        origin=plan.origin,
        market=market_name(plan),
        fingerprint=loaded.fingerprint,
        is_dry_run=plan.is_dry_run,
        kill_switch=kill_switch,
        heartbeat=plan.home.heartbeat,
        home=plan.home,
        say=plan.say,
        write_note=plan.write_note,
        measure_z=z_of,
        language=plan.language,
        fixed_people=frozenset(operator.user_id for operator in plan.operators),
        admits_paired=plan.admits_paired,
    )


def _clients(plan: RunPlan, rules: StrategyRules, store: Store) -> Clients:
    """The simulator in this process, or the servers of mcp.json and, for every role that nobody plays there, the bundled ones."""
    setup = Setup(
        now=plan.clock.now,
        rules=rules,
        has_account=plan.stage is not Stage.PAPER,
        home=plan.home,
        memory=StoreMemory(store, plan.clock.now),
        variables=plan.server_variables,
    )
    if not is_simulated(plan.market):
        return desk_clients(setup, plan.home.mcp_json)
    server = build_sim_server(build_market(plan.market, rules), plan.clock.now, rules.paper_account)
    return connect_clients({SIM: McpConnection(SIM, in_memory(server)), **side_connections(setup)})
