"""From a /kill at the platform to the latch, under six loads. `python -m tests.crash.kill_latency [--heavy]`.

Latched is when the kill file and its folder are synced, which the program under test notes itself after each `os.fsync`; the row with
the settled cards (what a paper desk has to cancel) is seen by a process that looks a thousand times a second. Both are measured from
the instant the command stands in the platform's queue. Between two trials the switch is lifted in the chat, by its phrase.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.safety.kill_switch import phrase_of
from engine.state.records import Head
from tests.benchmarks.figures import percentile
from tests.crash.kill_loads import LOADS, READERS, Load, Weighed, Weight
from tests.crash.moments import APPROVE, ENTRY, Life, Moment, before_approval, life_of
from tests.crash.naive_latency import NEVER_MS, naive_latch_ms
from tests.crash.nursery import Nursery, Program, nursery
from tests.crash.report import Row, tell
from tests.crash.watching import PATIENCE_S, Watch, watching
from tests.e2e.scene import ADA, telegram_env

PACK = "kill_latency"
TRIALS, TRIALS_HEAVY = 3, 100
LATCH_MAX_MS, ROW_MAX_MS = 200.0, 1000.0
ANSWER = "KILL: no order goes out by itself any more"
OPERATORS = ",".join([f"{ADA}:admin", *(f"{reader}:viewer" for reader in READERS)])
ARMED = "SELECT seq, hash FROM audit WHERE type = 'kill.armed' ORDER BY seq DESC LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One kill: milliseconds to the synced latch, to the row, and to the answer in the chat.

    Row and answer count from the end of the lock where the store was locked. The answer is waited for once per load, for a chat gets one
    message a second.
    """

    latch_ms: float
    row_ms: float
    answer_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """All kills under one load, and what was sent although it was killed."""

    load: Load
    trials: tuple[Trial, ...]
    sent_after: tuple[str, ...]


async def try_load(load: Load, moment: Moment, parent: Nursery, folder: Path, *, trials: int) -> Trials:
    """`trials` kills under the load, the first of them together with an Approve tap on the card that waits."""
    async with life_of(moment, parent, folder) as life:
        for reader in READERS:
            life.api.open_chat(reader, "Bea")
        if load.has_dead_server:
            # A home without a past: runs that were missed are made up for before the chat is up, and would wait for the server.
            (life.home / "cerbero.db").unlink()
            (life.home / "anchors.jsonl").unlink()
            for rest in life.home.glob("cerbero.db-*"):
                rest.unlink()
        async with load.put(Weighed(api=life.api, home=life.home)) as weight:
            syncs = folder / "syncs"
            program = await _started(life, load, syncs)
            try:
                async with watching(life.home) as watch:
                    bench = Bench(life=life, load=load, weight=weight, watch=watch, syncs=syncs)
                    found = tuple([await bench.trial(number) for number in range(trials)])
                    sent_after = bench.sent_after()
            finally:
                await program.end(signal.SIGKILL)
        return Trials(load=load, trials=found, sent_after=sent_after)


async def _started(life: Life, load: Load, syncs: Path) -> Program:
    """The program is up; with a dead server it is the live engine, for the demo plays its own market."""
    env = {**telegram_env(life.api), "CERBERO_OPERATORS": OPERATORS}
    demo = ("demo", "--chat", "telegram", "--home", life.home, "--no-browser", "--days-per-second", "0.001")
    words = ("start", "--chat", "telegram", "--home", life.home) if load.has_dead_server else demo
    before = len(life.api.messages())
    program = await life.nursery.start(*words, env=env, output=life.home.parent / "output", syncs=syncs)
    await life.api.wait_until(lambda: len(life.api.messages()) > before or not program.is_running, timeout=PATIENCE_S)
    if not program.is_running:
        raise AssertionError(f"did not start:\n{program.told()}")
    return program


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One program under one load."""

    life: Life
    load: Load
    weight: Weight
    watch: Watch
    syncs: Path

    async def trial(self, number: int) -> Trial:
        """Killed, measured, and lifted again."""
        await self.weight.bite()
        if number == 0 and not self.load.has_dead_server:
            # One batch for the poller: the tap first, and yet the kill is latched before the tap is looked at.
            self.life.api.tap(self.life.message(ENTRY), APPROVE)
        began_s = time.monotonic()
        self.life.api.say(ADA, f"/kill trial {number}")
        latched_s = await self._latched(began_s)
        free_s = time.monotonic() if self.load.is_store_locked else began_s
        await self.weight.let_go()
        row_s = await self.watch.saw("row", True, since_s=began_s)
        answer_ms = (await self._answered() - free_s) * 1000 if number == 0 else None
        await self.weight.over()
        await self._lift(since_s=row_s)
        return Trial(latch_ms=(latched_s - began_s) * 1000, row_ms=(row_s - free_s) * 1000, answer_ms=answer_ms)

    async def _latched(self, since_s: float) -> float:
        """When the kill file and after it its folder had been synced."""
        await self.watch.saw("file", True, since_s=since_s)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                synced = [(float(at_s), path) for at_s, path in (line.split(" ", 1) for line in self.syncs.read_text(encoding="utf-8").splitlines())]
                later = [(at_s, path) for at_s, path in synced if at_s >= since_s]
                file_s = next((at_s for at_s, path in later if path == str(self.life.home / "KILL")), None)
                folder_s = next((at_s for at_s, path in later if file_s is not None and at_s >= file_s and path == str(self.life.home)), None)
                if folder_s is not None:
                    return folder_s
                await asyncio.sleep(0.005)

    async def _answered(self) -> float:
        """When the operator's chat got the answer."""

        def answers() -> list[float]:
            return [call.at for call in self.life.api.calls_of("sendMessage") if call.params.get("chat_id") == str(ADA) and ANSWER in call.params["text"]]

        await self.life.api.wait_until(lambda: bool(answers()), timeout=PATIENCE_S)
        return answers()[0]

    async def _lift(self, *, since_s: float) -> None:
        (armed,) = self.life.rows(ARMED)
        phrase = phrase_of(Head(seq=int(str(armed["seq"])), hash=str(armed["hash"])))
        self.life.api.say(ADA, f"/disarm {phrase} next trial")
        await self.watch.saw("row", False, since_s=since_s)
        await self.watch.saw("file", False, since_s=since_s)

    def sent_after(self) -> tuple[str, ...]:
        """Orders there are although every approval came with a kill before it."""
        return tuple(str(row["label"]) for row in self.life.rows("SELECT label FROM orders"))


async def try_loads(parent: Nursery, folder: Path, *, trials: int, loads: Sequence[Load] = LOADS) -> list[Trials]:
    """`trials` kills under each load."""
    moment = await before_approval(parent, folder / "moment")
    return [await try_load(load, moment, parent, folder / _plain(load.name), trials=trials) for load in loads]


def run(heavy: bool) -> tuple[Row, ...]:
    """A hundred kills under each load in the heavy size."""
    return asyncio.run(_run(TRIALS_HEAVY if heavy else TRIALS))


async def _run(trials: int) -> tuple[Row, ...]:
    with tempfile.TemporaryDirectory(prefix="cerbero-kills-") as folder:
        async with nursery() as parent:
            found = await try_loads(parent, Path(folder), trials=trials)
            naive = {load.name: await naive_latch_ms(parent, Path(folder) / f"naive-{_plain(load.name)}", load.name) for load in LOADS}
    latched = [_row("latched", each, [trial.latch_ms for trial in each.trials], LATCH_MAX_MS, naive[each.load.name]) for each in found]
    settled = [_row("cards settled", each, [trial.row_ms for trial in each.trials], ROW_MAX_MS, ()) for each in found]
    answers = {each.load.name: trial.answer_ms for each in found for trial in each.trials if trial.answer_ms is not None}
    return (*latched, *settled, _answers_row(answers), _sent_row(found))


def _row(measure: str, found: Trials, taken_ms: Sequence[float], limit_ms: float, naive_ms: Sequence[float]) -> Row:
    p50, p99 = percentile(taken_ms, 0.5), percentile(taken_ms, 0.99)
    return Row(
        pack=PACK,
        measure=f"{measure}, {found.load.name}, p50 / p99 of {len(taken_ms)}",
        ours=f"{p50:.0f} / {p99:.0f} ms",
        naive=_naive_words(naive_ms),
        pass_mark=f"p99 <= {limit_ms:g} ms",
        is_passed=p99 <= limit_ms,
    )


def _naive_words(taken_ms: Sequence[float]) -> str:
    if not taken_ms:
        return ""
    p50, longest = percentile(taken_ms, 0.5), max(taken_ms)
    return f"{_ms(p50)} / {_ms(longest)} of {len(taken_ms)}"


def _ms(taken_ms: float) -> str:
    return f"{taken_ms:.0f} ms" if taken_ms < NEVER_MS else f"> {NEVER_MS:.0f} ms"


def _answers_row(answers: Mapping[str, float]) -> Row:
    slowest = max(answers, key=lambda name: answers[name])
    return Row(
        pack=PACK,
        measure=f"answered in the chat, longest of {len(answers)} ({slowest})",
        ours=f"{answers[slowest]:.0f} ms",
        naive="",
        pass_mark=f"<= {ROW_MAX_MS:g} ms",
        is_passed=answers[slowest] <= ROW_MAX_MS,
    )


def _sent_row(found: Sequence[Trials]) -> Row:
    """Approvals that came in one batch with the kill and were carried out."""
    sent = [label for each in found for label in each.sent_after]
    return Row(pack=PACK, measure="orders sent after a kill", ours=str(len(sent)), naive="", pass_mark="0", is_passed=not sent)


def _plain(name: str) -> str:
    return re.sub(r"\W+", "-", name)


if __name__ == "__main__":
    sys.exit(tell(run))
