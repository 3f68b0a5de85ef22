"""Naive variants of the product: known mistakes put into a copy of one module's text, to be found by the laws.

`python -m tests.crash.protocol.mutants NAME BATCHES` runs the model over one of them in a process of its own and prints what was found.
Nothing of the product may be imported above: the changed text has to be there first.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One place of one module: `old` stands there exactly once, and `new` takes its place."""

    module: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One mistake, by name and in words."""

    name: str
    mistake: str
    edits: tuple[Edit, ...]

    @property
    def is_quick(self) -> bool:
        return self.name in QUICK


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a mutant: the law that found it, and after how many runs and steps; `law` is empty for one that survived."""

    name: str
    law: str
    runs: int
    steps: int


APPROVALS, ENTRY, EXIT = "engine.runtime.approvals", "engine.runtime.entry_approval", "engine.runtime.exit_approval"
PROPOSALS, CARDS, RECOVERY, LIFECYCLE = "engine.state.proposals", "engine.runtime.cards", "engine.runtime.recovery", "engine.core.lifecycle"
SWITCH, BOOK, POLL, INBOX, ACCESS = "engine.safety.kill_switch", "engine.runtime.book", "bot.poll", "bot.inbox", "bot.access"
BOOKING, SWITCHES = "engine.runtime.exit_booking", "engine.runtime.switches"


def _edit(module: str, old: str, new: str) -> Edit:
    return Edit(module=module, old=old, new=new)


def _mutant(name: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=name, mistake=mistake, edits=edits)


MUTANTS: tuple[Mutant, ...] = (
    _mutant(
        "nonce-not-checked",
        "a tap counts on any message of the card, whatever nonce it carries",
        _edit(PROPOSALS, "WHERE cards.nonce = :nonce AND cards.proposal_id", "WHERE cards.proposal_id"),
    ),
    _mutant(
        "message-not-checked",
        "a nonce counts wherever it is sent from",
        _edit(PROPOSALS, " AND (cards.message_id IS NULL OR cards.message_id = :message)", ""),
    ),
    _mutant(
        "old-face-counts",
        "a button of an earlier face of the card still decides",
        _edit(PROPOSALS, " AND cards.revision = proposals.revision", ""),
        _edit(PROPOSALS, " AND cards.is_void = 0", ""),
    ),
    _mutant("ttl-not-checked", "a card can be answered after its time", _edit(PROPOSALS, " AND expires_at > :now AND EXISTS", " AND EXISTS")),
    _mutant(
        "double-tap", "a second tap claims the card again", _edit(PROPOSALS, "proposal_id = :proposal AND state = 'pending' AND", "proposal_id = :proposal AND")
    ),
    _mutant(
        "any-answer-counts",
        "an answer the card does not offer counts as its yes",
        _edit(APPROVALS, "if record is not None and tap.verb not in OFFERED[record.kind, record.urgency]:", "if False:"),
    ),
    _mutant(
        "chat-is-enough",
        "whoever writes in a listed chat is its operator",
        _edit(
            POLL,
            "        if user_id in self._operators or await",
            "        if user_id in self._operators or _chat_of(raw) in {each.chat_id for each in self._operators.values()} or await",
        ),
        _edit(
            POLL,
            "def _sender_of(",
            "def _chat_of(raw: RawUpdate) -> object:\n"
            "    query = raw.get('callback_query')\n"
            "    message = raw.get('message') if query is None else query['message']\n"
            "    return message['chat']['id'] if message is not None else None\n\n\n"
            "def _sender_of(",
        ),
        _edit(
            INBOX,
            "        operator = await self._engine.operator(incoming.user_id)\n"
            "        if operator is None or operator.chat_id != incoming.chat_id:\n"
            "            await self._engine.record_stranger",
            "        operator = next((each for each in await self._engine.operators() if each.chat_id == incoming.chat_id), None)\n"
            "        if operator is None:\n"
            "            await self._engine.record_stranger",
        ),
        _edit(
            ACCESS,
            "operator = await engine.operator(request.user_id)",
            "operator = next((each for each in await engine.operators() if each.chat_id == request.chat_id), None)",
        ),
    ),
    _mutant(
        "latch-read-at-the-tap-only",
        "the kill switch is asked when a close is tapped and never again",
        _edit(BOOKING, "return desk.is_killed(tx) and (self.under_kill is None or self.under_kill != desk.kill_switch.recorded_as(tx))", "return False"),
    ),
    _mutant(
        "hard-exit-under-kill",
        "a hard exit nobody answered runs by itself under the kill too",
        _edit(APPROVALS, "    if await desk.store.read(desk.is_killed):\n        # Under KILL", "    if False:\n        # Under KILL"),
        _edit(
            APPROVALS,
            "        await complete(desk, record.proposal_id, by=by)\n\n\nasync def _claim",
            "        await complete(desk, record.proposal_id, by=by, under_kill=await desk.store.read(desk.kill_switch.recorded_as))\n\n\nasync def _claim",
        ),
    ),
    _mutant(
        "earlier-words-count",
        "what was pressed before the kill still closes a trade under it",
        _edit(SWITCHES, "            void_earlier_words(tx, desk)\n            _tell_the_others(", "            _tell_the_others("),
        _edit(SWITCHES, "            void_earlier_words(tx, desk)\n            facts =", "            facts ="),
        _edit(RECOVERY, "        void_earlier_words(tx, desk)\n", "        pass\n"),
    ),
    _mutant(
        "kill-in-memory-only",
        "the latch is a flag until the database has it",
        _edit(SWITCH, "                    self._set_file()\n", "                    pass\n"),
    ),
    _mutant(
        "any-phrase-disarms", "the kill is lifted by whatever is typed", _edit(SWITCH, "if phrase.strip() != self.disarm_phrase(tx):", "if not phrase.strip():")
    ),
    _mutant(
        "hold-ignored",
        "a hold is shown and stops nothing",
        _edit(BOOK, "is_on_hold=bool(tx.holds())", "is_on_hold=False"),
        _edit(ENTRY, "    if not is_killed and not holds:\n", "    if not is_killed:\n"),
    ),
    _mutant("drift-not-checked", "the answer counts at whatever the market has become", _edit(ENTRY, "return drift if has_moved else None", "return None")),
    _mutant(
        "stale-quotes-fill",
        "a close is filled on whatever quotes there are",
        _edit(EXIT, "    if decision.reason in UNTRADABLE:\n", "    if False:\n"),
    ),
    _mutant(
        "failed-means-ask-again",
        "an order whose booking failed counts as never sent, and the card asks again",
        _edit(
            CARDS,
            "    if record.state is not ProposalState.CLAIMED:\n        return\n    stop",
            "    if record.state not in (ProposalState.CLAIMED, ProposalState.APPROVED):\n        return\n    stop",
        ),
        _edit(
            LIFECYCLE,
            "    (ProposalState.APPROVED, ProposalEvent.EXECUTE)",
            "    (ProposalState.APPROVED, ProposalEvent.ASK_AGAIN): ProposalState.PENDING,\n    (ProposalState.APPROVED, ProposalEvent.EXECUTE)",
        ),
    ),
    _mutant(
        "unknown-counts-as-filled",
        "an order under way at a crash is taken for filled at the next start",
        _edit(RECOVERY, 'tx.settle_order(order.order_id, "not_placed", now=desk.now())', 'tx.settle_order(order.order_id, "filled", now=desk.now())'),
        _edit(
            RECOVERY,
            'TradeEvent.OPEN_FAILED if order.side == "open" else TradeEvent.CLOSE_FAILED',
            'TradeEvent.OPEN_FILLED if order.side == "open" else TradeEvent.CLOSE_FILLED',
        ),
    ),
    _mutant(
        "pending-again-at-restart",
        "an approved card whose order is unknown waits for a tap again",
        _edit(LIFECYCLE, "ProposalEvent.NOT_PLACED): ProposalState.NOT_PLACED", "ProposalEvent.NOT_PLACED): ProposalState.PENDING"),
    ),
    _mutant(
        "fill-replayed-at-restart",
        "the last fill of an open trade is booked once more after a crash",
        _edit(
            RECOVERY,
            "    claimed = tx.proposals_in(ProposalState.CLAIMED)\n",
            "    for trade in tx.open_trades():\n"
            "        for booked in tx.fills(trade.trade_id)[-1:]:\n"
            "            tx._add_fill(replace(booked.fill, order_id=None))\n"
            "    claimed = tx.proposals_in(ProposalState.CLAIMED)\n",
        ),
    ),
    _mutant(
        "confirmed-before-stored",
        "updates are confirmed to the service while they are still being stored",
        _edit(
            POLL,
            "        if self._storing is None:\n            return True\n        await",
            "        if self._storing is None or not self._storing.done():\n            return True\n        await",
        ),
        _edit(
            POLL,
            "        await self._latch_kills(updates)\n",
            "        await self._latch_kills(updates)\n        self._offset = max((raw['update_id'] + 1 for raw in updates), default=self._offset)\n",
        ),
    ),
    _mutant(
        "size-of-the-day",
        "the order takes the size the rules allow now instead of the one on the card",
        _edit(ENTRY, "min(payload.proposal.sizing.quantity_eth, outcome.value.sizing.quantity_eth)", "outcome.value.sizing.quantity_eth"),
    ),
)
QUICK = ("any-answer-counts",)
"""A sample for every day: it falls within seconds."""


class MutantLoader(SourceFileLoader):
    """Loads a module of ours with its edits applied, never from compiled code and never leaving any behind."""

    def __init__(self, name: str, path: str, edits: Sequence[Edit]) -> None:
        super().__init__(name, path)
        self._edits = edits

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 -- its one name is known
        text = Path(self.path).read_text(encoding="utf-8")
        for edit in self._edits:
            if text.count(edit.old) != 1:
                raise LookupError(f"{edit.module} holds {text.count(edit.old)} times what the mutant changes: {edit.old!r}")
            text = text.replace(edit.old, edit.new)
        return compile(text, self.path, "exec")


class MutantFinder(MetaPathFinder):
    """Finds the edited modules before anybody else does."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        edits = [edit for edit in self._mutant.edits if edit.module == fullname]
        spec = PathFinder.find_spec(fullname, path, target) if edits else None
        if spec is None or spec.origin is None:
            return None
        spec.loader = MutantLoader(fullname, spec.origin, edits)
        return spec


def judge(name: str, *, batches_max: int) -> Verdict:
    """The model has run over the mutant until a law was broken or so many batches of runs went by."""
    command = [sys.executable, "-m", "tests.crash.protocol.mutants", name, str(batches_max)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the run of {name} did not end: {done.stderr[-2000:]}")
    return Verdict(**json.loads(done.stdout.splitlines()[-1]))


def main(name: str, batches_max: int) -> None:
    """One mutant is judged in this process."""
    mutant = next(each for each in MUTANTS if each.name == name)
    sys.meta_path.insert(0, MutantFinder(mutant))
    from tests.crash.protocol_model import run_model

    told = run_model(batches_max, is_hunt=True)
    for module in {edit.module for edit in mutant.edits}:
        if not isinstance(getattr(sys.modules.get(module), "__loader__", None), MutantLoader):
            raise LookupError(f"{module} was not loaded with the edits of {name}")
    is_killed = bool(told.first_broken)
    law = told.first_broken.partition(":")[0]
    runs, steps = (told.broken_in_run, told.broken_in_step) if is_killed else (told.runs, told.steps)
    print(json.dumps({"name": name, "law": law, "runs": runs, "steps": steps}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
