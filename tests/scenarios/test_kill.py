"""The kill switch against every step of a trade: what was not placed, what a person may still close, what only waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.core.lifecycle import TradeState
from engine.notices import CardOutcome, ExitCard, RefusalNotice
from engine.runtime import switches
from tests.engine.core.builders import NOW
from tests.scenarios.house import ANNA, CHEAP, House, at, house, open_trade


class Trap:
    """Springs once when the outside is asked for `question`, or at the next append to the anchor file."""

    def __init__(self) -> None:
        self.question = ""
        self.on_anchor = False
        self.spring: Callable[[], None] | None = None

    def heard(self, question: str) -> None:
        if question == self.question:
            self._go()

    def appended(self) -> None:
        if self.on_anchor:
            self._go()

    def _go(self) -> None:
        spring, self.spring = self.spring, None
        if spring is not None:
            spring()


def latch(engine: House) -> Callable[[], None]:
    """The bare latch, as another program sets it: no row says so yet."""

    def press() -> None:
        engine.desk.kill_switch.latch("pressed in the middle", "chat:1", engine.desk.now())

    return press


async def put_on_record(engine: House) -> None:
    """The latch has its row, as the watch sees to it within a minute."""
    await switches.record_kill(engine.desk, code="kill-found")
    await engine.deliver()


async def test_a_kill_settles_the_waiting_card_and_its_buttons_open_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        card = engine.card()

        killed = await engine.door.kill(ANNA, "enough")
        await engine.deliver()

        assert (killed.code, killed.facts["settled"]) == ("killed", "1")
        assert engine.outcomes() == ["killed"]
        assert (await engine.tap("approve", card)).code == "killed-no-entry"
        await engine.run_until(at("03-03 14:00"))
        assert await engine.trades() == []
        (refusal,) = engine.notices(RefusalNotice)
        assert "kill_switch_off" in {check.code for check in refusal.why.checks if check.blocks}


async def test_a_latch_from_the_chat_settles_the_card_at_once_and_its_command_is_answered_with_that(tmp_path: Path) -> None:
    """The command itself may wait for its turn behind handlers that hang."""
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        engine.door.latch_kill(ANNA, "enough")
        await engine.desk.settled()

        assert (await engine.desk.store.read(lambda tx: tx.kill_row().armed), await engine.states()) == (True, ["refused"])
        answers = [await engine.door.kill(ANNA, "enough") for _ in range(2)]
        assert [(each.code, each.facts["settled"]) for each in answers] == [("killed", "1"), ("already-killed", "0")]


async def test_the_latch_alone_blocks_a_tap_before_any_row_says_so(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        latch(engine)()

        assert (await engine.tap("approve", engine.card())).code == "killed-no-entry"
        assert await engine.trades() == []


async def test_a_kill_between_tap_and_approval_refuses_the_entry(tmp_path: Path) -> None:
    trap = Trap()
    async with house(tmp_path) as engine:
        engine.market.on_call = trap.heard
        await engine.run_until(NOW)
        trap.question, trap.spring = "chain", latch(engine)

        tapped = await engine.tap("approve", engine.card())

        assert tapped.ok
        (outcome,) = engine.notices(CardOutcome)
        assert [check.code for check in outcome.outcome.reasons] == ["kill_switch_off"]
        assert (await engine.trades(), await engine.orders()) == ([], ())


async def test_a_kill_between_approval_and_fill_places_nothing(tmp_path: Path) -> None:
    trap = Trap()
    async with house(tmp_path, on_anchor=trap.appended) as engine:
        await engine.run_until(NOW)
        trap.on_anchor, trap.spring = True, latch(engine)

        await engine.tap("approve", engine.card())

        (trade,) = await engine.trades()
        (order,) = await engine.orders()
        assert (trade.state, order.state) == (TradeState.NOT_OPENED, "not_placed")
        assert (await engine.states(), engine.outcomes()) == (["not_placed"], ["killed"])
        assert await engine.is_audit_whole()


async def test_under_kill_a_due_exit_alarms_at_one_five_and_fifteen_minutes_and_waits_for_a_tap(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.dvol = 70.0
        await engine.run_until(at("03-02 14:30"))
        await engine.door.kill(ANNA, "enough")

        alarmed_at = []
        for minute in range(45, 60):
            before = len(engine.alerts())
            await engine.run_until(at(f"03-02 14:{minute}"))
            alarmed_at += [minute] * (len(engine.alerts()) - before)
        assert alarmed_at == [45, 46, 51]
        assert (await engine.trades())[0].state is TradeState.OPEN

        tapped = await engine.tap("approve", engine.card())

        assert tapped.ok
        assert (await engine.trades())[0].state is TradeState.CLOSED


async def test_a_kill_in_the_middle_of_an_unanswered_hard_exit_leaves_it_to_a_tap(tmp_path: Path) -> None:
    trap = Trap()
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.dvol = 70.0
        await engine.run_until(at("03-02 14:44"))
        engine.market.on_call = trap.heard
        trap.question, trap.spring = "ticker", latch(engine)

        await engine.run_until(at("03-02 14:45"))

        card = engine.card()
        assert isinstance(card.notice, ExitCard)
        assert (card.notice.revision, await engine.states()) == (2, ["executed", "pending"])
        assert (await engine.trades())[0].state is TradeState.OPEN
        await put_on_record(engine)
        await engine.tap("approve", engine.card())
        assert (await engine.trades())[0].state is TradeState.CLOSED


async def test_a_kill_between_approval_and_fill_of_a_hard_exit_leaves_the_trade_open(tmp_path: Path) -> None:
    trap = Trap()
    async with house(tmp_path, on_anchor=trap.appended) as engine:
        await open_trade(engine)
        engine.market.dvol = 70.0
        await engine.run_until(at("03-02 14:44"))
        trap.on_anchor, trap.spring = True, latch(engine)

        await engine.run_until(at("03-02 14:45"))

        (trade,) = await engine.trades()
        assert (trade.state, [order.state for order in await engine.orders()]) == (TradeState.OPEN, ["filled", "not_placed"])
        assert (await engine.states(), engine.outcomes()[-1]) == (["executed", "not_placed"], "killed")
        await put_on_record(engine)
        await engine.run_until(at("03-02 15:30"))
        await engine.tap("approve", engine.card())
        assert (await engine.trades())[0].state is TradeState.CLOSED


async def test_a_close_that_was_tapped_before_the_kill_is_asked_anew(tmp_path: Path) -> None:
    trap = Trap()
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))
        engine.market.on_call = trap.heard
        trap.question, trap.spring = "ticker", latch(engine)

        await engine.tap("approve", engine.card())

        assert (await engine.trades())[0].state is TradeState.OPEN
        await put_on_record(engine)
        await engine.tap("approve", engine.card())
        assert (await engine.trades())[0].state is TradeState.CLOSED


async def test_disarming_needs_the_phrase_and_ends_on_hold_until_resumed(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.kill(ANNA, "enough")
        again = await engine.door.kill(ANNA, "enough")
        phrase = await engine.door.disarm_phrase()
        assert phrase is not None

        codes = [again.code]
        for words, reason in (("DISARM 1-0000", "all clear"), (phrase, " "), (phrase, "all clear"), (phrase, "all clear")):
            codes.append((await engine.door.disarm(ANNA, words, reason)).code)

        assert codes == ["already-killed", "disarm-wrong-phrase", "disarm-no-reason", "disarmed", "disarm-not-armed"]
        status = await engine.door.status()
        assert (status.is_killed, [hold.code for hold in status.holds]) == (False, ["operator"])
        await engine.run_until(NOW)
        assert await engine.proposals() == ()
        resumed = await engine.door.resume(ANNA)
        assert (resumed.code, resumed.facts["lifted"]) == ("resumed", "operator")
        await engine.run_until(at("03-03 14:00"))
        assert len(await engine.pending()) == 1


async def test_resume_does_nothing_under_kill_or_without_a_hold_of_ours(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        assert (await engine.door.resume(ANNA)).code == "resume-nothing"
        await engine.door.kill(ANNA, "enough")

        assert (await engine.door.resume(ANNA)).code == "resume-killed"


async def test_a_kill_that_comes_while_the_switch_is_lifted_stays_and_is_said(tmp_path: Path) -> None:
    trap = Trap()
    async with house(tmp_path, on_anchor=trap.appended) as engine:
        await engine.door.kill(ANNA, "enough")
        phrase = await engine.door.disarm_phrase()
        assert phrase is not None
        trap.on_anchor, trap.spring = True, latch(engine)

        answer = await engine.door.disarm(ANNA, phrase, "all clear")

        assert (answer.ok, answer.code) == (False, "killed-again")
        assert (await engine.door.status()).is_killed
