"""The state machine: one home, its people and its market, and what happens to them."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot.callbacks import Verb
from engine.runtime.ledger import run_due
from engine.state.records import OperatorRecord
from tests.crash.memory import made_folder
from tests.crash.protocol.deeds import ALIEN, CALM, DEEDS, HOWS, MOVES, NEED_A_BUTTON, RIGHT, SCENES, STANDING, odd_press
from tests.crash.protocol.inputs import DEAR
from tests.crash.protocol.laws import COMMIT_LAWS, REST_LAWS
from tests.crash.protocol.phones import ANNA, BRUNO, CREWS, STRANGER_ID, VERA, Button, Phones
from tests.crash.protocol.room import MachineClock, Room, TurnStore
from tests.crash.protocol.witness import CLI, YES, Witness
from tests.engine.core.builders import EXPIRY_AT, NOW
from tests.fakes.scripted_market import ScriptedMarket
from tests.scenarios.house import CHEAP, at

PICKS = st.integers(min_value=0, max_value=31)
WRITES = st.integers(min_value=1, max_value=9)
FAULTS = st.one_of(st.none(), st.none(), st.tuples(st.sampled_from(["ends before", "ends after", "fails"]), WRITES))
RIVALS_FIRST, TURNS_BETWEEN = 4, 12
"""For how many of the picks of a race the rival comes first, and how many turns of the loop lie between two of the others."""

Fault = tuple[str, int] | None
Deed = Callable[[], Awaitable[object]]


class LawBroken(AssertionError):
    """The program did what it must never do."""


@dataclass(slots=True)
class Tally:
    """What the runs went through, and the first law that was broken, with the run and the step it was seen in."""

    runs: int = 0
    steps: int = 0
    sent: int = 0
    commits: int = 0
    crashes: int = 0
    failures: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    first_broken: str = ""
    broken_in_run: int = 0
    broken_in_step: int = 0


async def nothing() -> None:
    """What was sent before is all that happens."""


class Protocol(RuleBasedStateMachine):
    """One home, its people and its market; every rule is something one of them does, followed by rest and judgement."""

    tally = Tally()

    @initialize(scene=st.sampled_from(SCENES), crew=st.sampled_from(CREWS), turns=st.integers(min_value=0, max_value=2**16))
    def begin(self, scene: str, crew: tuple[OperatorRecord, ...], turns: int) -> None:
        """A program is up, and what the scene says has happened; `turns` decides who comes first where several are ready."""
        self.tally.runs += 1
        self.broken: list[str] = []
        self.home = made_folder()
        self.clock = MachineClock(NOW)
        self.market = ScriptedMarket(deliveries={EXPIRY_AT: Decimal(1900)})
        self.phones = Phones(self.clock, crew)
        self.witness = Witness(phones=self.phones, market=self.market, clock=self.clock)
        self.room = Room(
            home=self.home,
            clock=self.clock,
            market=self.market,
            phones=self.phones,
            operators=crew,
            witness=self._saw_commit,
            on_latch=self.witness.latched,
            on_end=self.witness.ended,
            chance=random.Random(turns),
        )
        self.room.rise()
        self._play(scene)

    def teardown(self) -> None:
        if not hasattr(self, "room"):
            return
        self.tally.crashes += self.room.crashes
        self.tally.failures += self.room.failures
        self.tally.sent += len(self.phones.ledger)
        self.tally.rows.update(row.type for row in self.witness.audit)
        self.room.close()
        shutil.rmtree(self.home)

    @rule(deed=st.sampled_from(DEEDS), pick=PICKS, how=PICKS, fault=FAULTS)
    def happens(self, deed: str, pick: int, how: int, fault: Fault) -> None:
        """One thing happens. A single rule, because a run needs all of them: the machine would else switch most rules off in most runs."""
        if not self.can_meet(deed):
            deed, how = ("start again", RIGHT) if self._is_stopped() else ("bring a card", how)
        words = HOWS.get(deed)
        chosen = _pick(words, how) if words is not None else ""
        note(f"{self.clock.now():%d %H:%M:%S} {deed}: {chosen}")
        self.meet(deed, chosen, pick, fault)

    def can_meet(self, deed: str) -> bool:
        """False for what needs a button while none asks."""
        return deed not in NEED_A_BUTTON or bool(self._yes_buttons())

    def meet(self, deed: str, chosen: Any, pick: int, fault: Fault) -> None:
        """The deed is done in the chosen way, with the fault on the way, and the program is quiet again and judged."""
        is_alien = chosen in ALIEN or (deed == "start again" and chosen != "right")
        if fault is not None and not is_alien:
            self._arm(*fault)
        then = getattr(self, f"_{deed.replace(' ', '_')}")(chosen, pick)
        self._step(nothing if then is None else then, is_alien=is_alien)

    # what people do

    def _say_yes(self, _: str, pick: int) -> None:
        self.phones.tap(_pick(self._yes_buttons(), pick))

    def _press(self, how: str, pick: int) -> None:
        live = self.phones.live_buttons()
        button = _pick(live, pick)
        if how == "everything at once":
            for each in [each for each in live if each.meaning.ref == button.meaning.ref] * 2:
                self.phones.tap(each)
        else:
            self.phones.press(*odd_press(button, _pick(self.phones.shown, pick), pick, how))

    def _ask_for(self, wish: str, pick: int) -> Deed | None:
        trades, waiting = self._numbers("trades", "open"), self._numbers("proposals", "pending")
        trade, card = (_pick(numbers, 0) if numbers else 1 for numbers in (trades, waiting))
        if wish in ("scan", "monitor"):
            return self.phones.say((ANNA, BRUNO)[pick % 2].user_id, f"/{wish}")
        if wish in ("close", "close by the other"):
            return self.phones.say((ANNA if wish == "close" else BRUNO).user_id, f"/force_close {trade}")
        if wish == "close at the machine":
            return self._at_the_machine("force_close", "trade_id", str(trade))
        return self._at_the_machine("approve" if wish == "approve at the machine" else "reject", "proposal_id", str(card))

    def _bring_a_card(self, _: str, pick: int) -> Deed | None:
        """The market gives reason for a question, and it is looked at."""
        if not self._numbers("trades", "open"):
            self._move_the_market("calm", 0)
            return self.phones.say(ANNA.user_id, "/scan")
        self._move_the_market(("cheap", "dear", "a storm")[pick % 3], 0)
        return lambda: self._due("monitor")

    def _stop(self, how: str, _: int) -> Deed | None:
        people = {"kill": ANNA, "kill by the other": BRUNO, "kill by the viewer": VERA}
        if how in people:
            return self.phones.say(people[how].user_id, f"/kill drill {len(self.phones.ledger) + 1}")
        if how == "kill from the shell":
            # The dead-man's way: the file, and nobody tells the program.
            (self.home / "KILL").touch()
            return self.witness.latched("")
        if how == "kill at the machine":
            return self._at_the_machine("arm", "reason", f"machine {len(self.phones.ledger) + 1}")
        if how == "pause":
            return self.phones.say(ANNA.user_id, "/pause lunch")
        door = self.room.program.door
        return lambda: door.hold("drill", "a trigger")

    def _start_again(self, how: str, _: int) -> Deed | None:
        """The kill is lifted and entries are resumed, or somebody tries in vain."""
        phrase = self.witness.phrase()
        line = {
            "wrong phrase": "/disarm DISARM 1-0000 checked",
            "phrase of another kill": f"/disarm {phrase[:-1]}{'1' if phrase[-1] != '1' else '2'} checked",
            "no reason": f"/disarm {phrase}",
        }.get(how)
        by = {"by the other": BRUNO.user_id, "by a stranger": STRANGER_ID}.get(how, ANNA.user_id)
        extra: dict[str, Any] = {
            "old": {"age": timedelta(minutes=3)},
            "edited": {"shape": "edited_message"},
            "forwarded": {"forward_origin": {"type": "user"}},
        }.get(how, {})
        for text in (f"/disarm {phrase} checked", "/resume") if line is None else (line,):
            self.phones.say(by, text, **extra)
        door = self.room.program.door
        return (lambda: door.release("drill")) if how == "right" else None

    def _race(self, rival: str, pick: int) -> Deed | None:
        """A yes, and something against it: sent just before it, with it, or while it is being carried out."""
        button = _pick(self._yes_buttons(), pick)
        if pick < RIVALS_FIRST or rival == "the market":
            then = self._rival(rival, button, pick)
            self.phones.tap(button)
            return then
        self.phones.tap(button)

        async def meanwhile() -> None:
            for _ in range((pick - RIVALS_FIRST) * TURNS_BETWEEN):
                await asyncio.sleep(0)
            await (self._rival(rival, button, pick) or nothing)()

        return meanwhile

    # what happens around them

    def _deliver_again(self, _: str, pick: int) -> None:
        if self.phones.delivered:
            self.phones.repeat(pick)

    def _pass_time(self, how: timedelta, pick: int) -> Deed | None:
        """The minute's job has mostly run by then, and not always yet."""
        self.clock.advance_to(self.clock.now() + how)
        return (lambda: self._due("approval_expiry")) if pick % 3 else None

    def _run_job(self, name: str, _: int) -> Deed:
        return lambda: self._due(name)

    def _move_the_market(self, how: str, _: int) -> None:
        """One thing is unusual from now on, and nothing else is."""
        for name, value in {**CALM, **MOVES[how]}.items():
            setattr(self.market, name, value)

    def _lose_the_mail(self, how: str, _: int) -> None:
        self.phones.mail = how

    def _crash(self, _: str, __: int) -> None:
        self.room.crash()

    # how it is played and judged

    def _play(self, scene: str) -> None:
        if scene == "quiet":
            return
        self.phones.say(ANNA.user_id, "/scan")
        self._step()
        if scene == "asked twice":
            self.phones.say(ANNA.user_id, "/scan")
            self._step()
        if scene.startswith("asked"):
            return
        self.phones.tap(self._yes_buttons()[0])
        self._step()
        if scene == "last day":
            self.clock.advance_to(at("03-20 07:12"))
            self._step(lambda: self._due("heartbeat"))
        elif scene != "open":
            self.market.books = CHEAP if scene == "soft exit" else DEAR
            self._step(lambda: self._due("monitor"))

    def _step(self, deed: Deed = nothing, *, is_alien: bool = False) -> None:
        self.tally.steps += 1
        before, crashes = self._standing() if is_alien else None, self.room.crashes
        self.room.do(deed)
        if before is not None and crashes == self.room.crashes and before != self._standing():
            self.broken.append("strangers_change_nothing: what nobody entitled sent has changed something")
        self._judge()
        self.room.do(lambda: self.phones.fetch(self.room.program.door))
        self._judge()
        self.clock.advance_to(self.clock.now() + timedelta(seconds=1))

    def _saw_commit(self, store: TurnStore) -> None:
        self.tally.commits += 1
        tables = self.witness.see(store)
        for law in COMMIT_LAWS:
            self.broken += [f"{law.__name__}: {problem}" for problem in law(self.witness, tables)]

    def _judge(self) -> None:
        for law in REST_LAWS:
            self.broken += [f"{law.__name__}: {problem}" for problem in law(self.witness, self.room)]
        if not self.broken:
            return
        if not self.tally.first_broken:
            self.tally.first_broken, self.tally.broken_in_run, self.tally.broken_in_step = self.broken[0], self.tally.runs, self.tally.steps
        raise LawBroken("\n".join(self.broken))

    def _standing(self) -> dict[str, list[tuple[Any, ...]]]:
        return {table: self.room.program.store.rows(f"SELECT * FROM {table}") for table in STANDING}  # noqa: S608 -- constants

    # the words of the deeds

    def _arm(self, how: str, writes: int) -> None:
        """What is about to happen meets the fault at one of its writes."""
        if how == "fails":
            self.room.fate.fails_in = writes
        else:
            self.room.fate.ends_in, self.room.fate.ends_after_commit = writes, how == "ends after"

    def _rival(self, rival: str, button: Button, pick: int) -> Deed | None:
        if rival == "the market":
            return self._move_the_market(_pick(tuple(MOVES), pick), 0)
        if rival in ("scan", "monitor"):
            return self._ask_for(rival, 0)
        if rival in ("no", "yes of the other"):
            same = [each for each in self.phones.live_buttons() if each.meaning.ref == button.meaning.ref]
            others = [each for each in same if (each.meaning.verb in YES) is (rival != "no")]
            return self.phones.tap(_pick(others, 0) if others else button)
        return self._stop(rival, 0)

    def _at_the_machine(self, action: str, name: str, value: str) -> Deed:
        self.phones.type(f"cli {action} {value}")

        async def ask() -> None:
            await self.room.program.store.write(lambda tx: tx.add_manual_action(action=action, args={name: value}, source=CLI, now=self.clock.wall()))
            await self._due("manual_actions")

        return ask

    async def _due(self, name: str) -> None:
        program = self.room.program
        await run_due(program.desk, program.job(name), self.clock.now())

    def _yes_buttons(self) -> list[Button]:
        return [button for button in self.phones.live_buttons() if button.meaning.verb in (*YES, Verb.FORCE_CLOSE)]

    def _is_stopped(self) -> bool:
        tables = self.witness.tables
        return self.witness.armed_since is not None or (tables is not None and bool(tables.holds))

    def _numbers(self, table: str, state: str) -> list[int]:
        return [number for number, row in getattr(self.witness.tables, table).items() if row.state == state]


def _pick(things: list[Any], pick: int) -> Any:
    """One of the things, the newest for zero."""
    return things[-1 - pick % len(things)]
