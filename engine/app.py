"""The composition root: the only place that builds things.

Rules of this file: a run is described by a `RunPlan`; whatever is opened here is
closed here, in the opposite order, whatever happens in between.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import structlog

from engine.clients.bundle import Clients, connect_clients
from engine.clients.mcp import McpConnection, in_memory
from engine.clients.roles import SIM
from engine.clients.servers_file import connection_of, read_servers
from engine.clock import Clock, ManualClock
from engine.config import Loaded, load_rules
from engine.core.model import Stage
from engine.core.rules import StrategyRules
from engine.door import Door, Replayer
from engine.errors import ActionRefused, ConfigError, StateError, StoreBroken
from engine.home import Home
from engine.market.history import RecordedMarket
from engine.market.model import Market
from engine.market.synthetic import DEMO_SEED, DEMO_START_AT, SyntheticMarket
from engine.notices import AlertNotice
from engine.research.apart import run_apart
from engine.research.replay import Policy, Progress, ReplayPlan, run_replay
from engine.runtime.cards import show_waiting
from engine.runtime.desk import Desk, Say, bare_words
from engine.runtime.housekeeping import LAST_SEEN_KEY, beat
from engine.runtime.jobs import Job, job_table
from engine.runtime.ledger import catch_up
from engine.runtime.orchestrator import run_entry_cycle
from engine.runtime.recovery import Recovered, announce, reconcile_at_start, recover
from engine.runtime.views_of import why_view
from engine.safety.carry_off import CarryOff
from engine.safety.instance import HomeLock, boot_id
from engine.safety.kill_switch import KillSwitch
from engine.safety.second_path import SecondPath
from engine.safety.start_up import start_up
from engine.servers.sim import build_sim_server
from engine.state.anchors import AnchorFile
from engine.state.records import OperatorRecord
from engine.state.repository import Store, Transaction
from engine.views import ReplaySummary, WhyView

log = structlog.get_logger(__name__)

PAPER_ENV = "PAPER"
UNASKED_REPLAY = timedelta(days=30)
"""What a replay of the simulated market, or `/replay`, lives through when nobody says how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPlan:
    """Where market data comes from: a recorded folder, a seed, or (neither) the home's mcp.json.

    `is_exact`: recorded chains are served as they were, not carried to the present.
    """

    history: Path | None = None
    is_exact: bool = False
    seed: int | None = None
    start_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """One run: its home, clock, market, stage, and the people it answers to.

    `is_chat_forgetful`: the chat keeps no message of an earlier run, so the cards that wait are shown again.
    `say` puts an alert into plain words for the second path.
    """

    home: Home
    clock: Clock
    market: MarketPlan
    origin: str
    stage: Stage = Stage.PAPER
    is_dry_run: bool = False
    operators: tuple[OperatorRecord, ...] = ()
    is_chat_forgetful: bool = False
    say: Say = bare_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An engine that is up: its door for the chat, its desk for the scheduler, its job table."""

    door: Door
    desk: Desk
    jobs: tuple[Job, ...]


def program_version() -> str:
    return version("cerbero-bite")


def build_market(plan: MarketPlan, rules: StrategyRules) -> Market:
    """The simulated market of the plan. Raises ConfigError for a folder that cannot be played or a start outside it."""
    if plan.history is None:
        seed = DEMO_SEED if plan.seed is None else plan.seed
        return SyntheticMarket(seed, DEMO_START_AT if plan.start_at is None else plan.start_at)
    market = RecordedMarket(plan.history, exact=plan.is_exact, chain_age_max_h=rules.recorded_chain_age_max_h)
    if plan.start_at is not None:
        market.require(plan.start_at, plan.start_at)
    return market


def market_name(plan: MarketPlan, home: Home) -> str:
    """The market in words that need no translation."""
    if plan.history is not None:
        return f"{plan.history.name} (csv)"
    if plan.seed is not None or not home.mcp_json.exists():
        return f"sim, seed {DEMO_SEED if plan.seed is None else plan.seed}"
    return "mcp.json"


@asynccontextmanager
async def running(plan: RunPlan) -> AsyncIterator[Running]:
    """An engine that has started in order: lock, store, audit against anchors, recovery, summary.

    Raises AlreadyRunning, OriginMismatch, StateError or ConfigError before anything trades.
    """
    lock = HomeLock.acquire(plan.home.root)
    try:
        loaded = load_rules(plan.home.config_toml)
        carry_off, second_path = CarryOff.of_home(plan.home), SecondPath.of_home(plan.home)
        anchors = AnchorFile(plan.home.anchors, None if carry_off is None else carry_off.poke)
        kill_switch = KillSwitch(plan.home.root)
        store = open_store(plan, kill_switch, anchors)
        helpers = [helper for helper in (carry_off, second_path) if helper is not None]
        for helper in helpers:
            helper.start()
        try:
            clients = _clients(plan, loaded.rules)
            try:
                desk = replace(_desk(plan, loaded, store=store, clients=clients, kill_switch=kill_switch), carry_off=carry_off, second_path=second_path)
                store.trust.hear(lambda problem: _tell_broken(desk, problem))
                jobs = job_table(loaded.rules.schedule, plan.stage)
                await _start(plan, desk, jobs)
                door = Door(
                    desk,
                    jobs,
                    version=program_version(),
                    replayer=_replayer(plan),
                    is_config_changed=lambda: load_rules(plan.home.config_toml).fingerprint != loaded.fingerprint,
                )
                yield Running(door=door, desk=desk, jobs=jobs)
                # Said before the waiting begins: no job beats any more, and what is under way may take its time.
                await beat(desk, is_stopping=True)
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
    store = Store.open_memory(origin="demo", clock=clock, boot="replay")
    connection = McpConnection(SIM, in_memory(build_sim_server(market, clock.now, loaded.rules.paper_account)))
    clients = connect_clients({SIM: connection})
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
    *,
    home: Home,
    market: MarketPlan,
    from_at: datetime | None,
    to_at: datetime | None,
    policy: Policy,
    scratch: Path,
    progress: Progress | None = None,
) -> ReplaySummary:
    """The period lived through by the whole engine. Raises ConfigError for a period the history does not cover."""
    loaded = load_rules(home.config_toml)
    played, name = build_market(market, loaded.rules), market_name(market, home)
    first, last = _period(played, from_at, to_at)
    plan = ReplayPlan(
        desk=lambda clock: replay_desk(clock, market=played, name=name, loaded=loaded, scratch=scratch),
        from_at=first,
        to_at=last,
        history=name,
        policy=policy,
    )
    return await run_replay(plan, progress=progress)


async def decide_once(*, home: Home, market: MarketPlan, at: datetime, scratch: Path) -> WhyView:
    """The entry decision of one instant, nothing kept."""
    loaded, clock = load_rules(home.config_toml), ManualClock(at)
    played, name = build_market(market, loaded.rules), market_name(market, home)
    async with replay_desk(clock, market=played, name=name, loaded=loaded, scratch=scratch) as desk:
        await run_entry_cycle(desk, actor="dry-run")
        record = await desk.store.read(lambda tx: tx.decision(None))
    if record is None:
        raise StateError("the entry cycle left no decision")
    return why_view(record)


def default_start(plan: MarketPlan) -> datetime:
    """Where a demo begins when nobody says: the chosen start of the simulated market, or the first Monday of the recorded chains."""
    if plan.start_at is not None:
        return plan.start_at
    if plan.history is None:
        return DEMO_START_AT
    market = RecordedMarket(plan.history)
    months = market.snapshots.months
    first = max(market.starts_at, market.snapshots.recorded_at(months[0])[0]) if months else market.starts_at
    monday = (first + timedelta(days=(7 - first.weekday()) % 7)).replace(hour=13, minute=58, second=0, microsecond=0)
    return monday if monday >= first else monday + timedelta(days=7)


def signed_off_stage(home: Home, wanted: str) -> Stage:
    """The stage to run in. Raises ConfigError for one that was never signed off, naming the gates before it.

    Every home begins signed off for paper; a promotion is a row of its audit chain.
    """
    if wanted == Stage.PAPER.value:
        return Stage.PAPER
    gate = load_rules(home.config_toml).rules.gates.paper_to_soft
    missing = (
        f"{gate.days_min} days and {gate.closed_trades_min} closed trades in paper, win rate >= {gate.win_rate_min:.0%}, mean r >= {gate.mean_r_min:g}, "
        f"profit factor >= {gate.profit_factor_min:g}, |z| <= {gate.z_pass_abs_max:g}, monitor runs >= {gate.monitor_success_min:.0%}, restore drill, "
        f"{gate.failure_drills_min} failure drills, slippage measured on real fills"
    )
    raise ConfigError(f"stage {wanted} is not signed off in this home's audit chain; missing gates: {missing}", fix="Run --stage paper.", key="--stage")


def resume_at(home: Home) -> datetime | None:
    """The simulated instant at which an earlier demo in this home ended; None for a new one.

    A demo that died between two heartbeats goes on from its last audit row: simulated time never runs back.
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
        kill_switch.latch(problem, "automatic", plan.clock.now())

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
    notice = AlertNotice(env=desk.env, code="kill", level="critical", at=desk.clock.wall(), facts={"reason": problem})
    desk.tell_elsewhere("store", notice)


async def _start(plan: RunPlan, desk: Desk, jobs: tuple[Job, ...]) -> None:
    """Everything start-up must do before the first job: people, checks, recovery, missed runs, summary."""
    await desk.store.write(lambda tx: _admit(tx, plan.operators))
    found: list[Recovered] = []

    async def reconcile() -> tuple[str, ...]:
        found.append(await recover(desk))
        return await reconcile_at_start(desk)

    report = await start_up(store=desk.store, kill_switch=desk.kill_switch, clock=desk.clock, anchors_path=plan.home.anchors, reconcile=reconcile)
    for problem in report.problems:
        log.error("start_up.failed", problem=problem)
    if not found:
        raise StateError("recovery did not run, so nothing may trade: " + "; ".join(report.problems))
    if plan.is_chat_forgetful:
        await desk.store.write(show_waiting)
    missed = await catch_up(desk, jobs, since=found[0].last_seen_at)
    await announce(desk, found[0], report, missed, version=program_version())
    await desk.refresh_attention()
    await beat(desk)
    log.info("engine.started", stage=plan.stage.value, market=desk.market, is_ready=report.is_ready, is_killed=report.is_killed)


def _admit(tx: Transaction, operators: tuple[OperatorRecord, ...]) -> None:
    for operator in operators:
        tx.upsert_operator(operator)


def _desk(plan: RunPlan, loaded: Loaded, *, store: Store, clients: Clients, kill_switch: KillSwitch) -> Desk:
    return Desk(
        clock=plan.clock,
        store=store,
        clients=clients,
        rules=loaded.rules,
        stage=plan.stage,
        env=PAPER_ENV,
        origin=plan.origin,
        market=market_name(plan.market, plan.home),
        fingerprint=loaded.fingerprint,
        is_dry_run=plan.is_dry_run,
        kill_switch=kill_switch,
        heartbeat=plan.home.heartbeat,
        home=plan.home,
        say=plan.say,
    )


def _clients(plan: RunPlan, rules: StrategyRules) -> Clients:
    """Connections to the servers of mcp.json, or to the bundled simulator in this process."""
    if is_simulated(plan.market, plan.home):
        server = build_sim_server(build_market(plan.market, rules), plan.clock.now, rules.paper_account)
        return connect_clients({SIM: McpConnection(SIM, in_memory(server))})
    specs = read_servers(plan.home.mcp_json)
    if not specs:
        raise ConfigError(
            "it names no server", fix="Name at least one under mcpServers, or remove the file to use the simulated market.", path=plan.home.mcp_json
        )
    return connect_clients({spec.name: connection_of(spec) for spec in specs})


def is_simulated(market: MarketPlan, home: Home) -> bool:
    """True when the bundled simulator plays every role."""
    return market.history is not None or market.seed is not None or not home.mcp_json.exists()


def origin_of(market: MarketPlan, home: Home) -> str:
    """`demo` where any of the market is simulated, a server named sim included; `real` otherwise. A store keeps it for life."""
    is_demo = is_simulated(market, home) or any(spec.name == SIM for spec in read_servers(home.mcp_json))
    return "demo" if is_demo else "real"


def _replayer(plan: RunPlan) -> Replayer:
    """What `/replay` does: the run's own simulated market up to now, its last thirty days when nobody says from when."""

    async def ask(from_at: datetime | None, to_at: datetime | None) -> ReplaySummary:
        if not is_simulated(plan.market, plan.home):
            raise ActionRefused("replay-no-history")
        with tempfile.TemporaryDirectory(prefix="cerbero-replay-") as folder:
            now = plan.clock.now()
            last = now if to_at is None else min(to_at, now)
            first = last - UNASKED_REPLAY if from_at is None else from_at
            scratch = Path(folder)

            async def covered() -> ReplaySummary:
                try:
                    _period(build_market(plan.market, load_rules(plan.home.config_toml).rules), first, last)
                except ConfigError as error:
                    raise ActionRefused("replay-not-covered") from error
                return await replay(home=plan.home, market=plan.market, from_at=first, to_at=last, policy=Policy.APPROVE, scratch=scratch)

            # A replay computes for a minute; on the engine's own loop every tap and every kill would wait for its steps.
            return await run_apart(covered)

    return ask


def _period(played: Market, from_at: datetime | None, to_at: datetime | None) -> tuple[datetime, datetime]:
    """The period to replay: as asked, otherwise all a recording can answer. Raises ConfigError when it cannot."""
    if isinstance(played, RecordedMarket):
        first = played.starts_at if from_at is None else from_at
        last = played.ends_at if to_at is None else to_at
        if first >= last:
            raise ConfigError("the period ends before it begins", fix="Give --from an earlier day than --to.")
        played.require(first, last)
        return first, last
    earliest = played.starts_at if isinstance(played, SyntheticMarket) else DEMO_START_AT
    first_at = DEMO_START_AT if from_at is None else from_at
    last_at = first_at + UNASKED_REPLAY if to_at is None else to_at
    if not earliest <= first_at < last_at:
        fix = f"Give --from and --to on or after {earliest:%Y-%m-%d}, --from first."
        raise ConfigError(f"this period cannot be replayed: the simulated history begins {earliest:%Y-%m-%d}", fix=fix)
    return first_at, last_at
