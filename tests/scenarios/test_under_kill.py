"""Under KILL a trade is closed by a word given under that very kill, and by none given before it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.core.lifecycle import TradeState
from engine.runtime import switches
from engine.views import Tap
from tests.scenarios.house import ANNA, CHEAP, House, at, house, open_trade


async def state_of_the_trade(engine: House) -> TradeState:
    return (await engine.trades())[0].state


async def asked_to_close(engine: House) -> None:
    """The trade is open and a soft exit waits on the phone."""
    await open_trade(engine)
    engine.market.books = CHEAP
    await engine.run_until(at("03-02 19:00"))


async def test_a_button_shown_before_the_kill_closes_nothing_after_it_and_the_card_stands_on_new_ones(tmp_path: Path) -> None:
    """The tap may have been on its way before the kill: only a button shown under it proves that it was not."""
    async with house(tmp_path) as engine:
        await asked_to_close(engine)
        before = engine.card()
        await engine.door.kill(ANNA, "enough")
        await engine.deliver()

        late = await engine.tap("approve", before)

        assert (late.ok, late.code, await state_of_the_trade(engine)) == (False, "card-stale", TradeState.OPEN)
        shown = engine.card()
        assert (shown.message_id, shown.edited, shown.nonce != before.nonce) == (before.message_id, (before.message_id,), True)
        assert (await engine.tap("approve", shown)).ok
        assert await state_of_the_trade(engine) is TradeState.CLOSED


async def test_a_confirmation_asked_for_before_the_kill_is_void_after_it(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        quote = await engine.door.force_close_quote(1, ANNA)
        await engine.door.kill(ANNA, "enough")

        tap = Tap(person=ANNA, chat_id=7, message_id=5, verb="force_close", proposal_id=1, nonce=quote.nonce)
        late = await engine.door.force_close(tap)
        await engine.desk.settled()

        assert (late.ok, late.code, await state_of_the_trade(engine)) == (False, "nonce-used", TradeState.OPEN)
        fresh = await engine.door.force_close_quote(1, ANNA)
        assert (await engine.door.force_close(replace(tap, nonce=fresh.nonce))).ok
        await engine.desk.settled()
        assert await state_of_the_trade(engine) is TradeState.CLOSED


async def test_a_confirmed_close_that_the_kill_overtakes_asks_again(tmp_path: Path) -> None:
    """Confirmed, and killed before the close had begun: it was not ordered under the kill."""
    async with house(tmp_path) as engine:
        await open_trade(engine)
        quote = await engine.door.force_close_quote(1, ANNA)
        tap = Tap(person=ANNA, chat_id=7, message_id=5, verb="force_close", proposal_id=1, nonce=quote.nonce)

        async with engine.desk.cycle():
            # The close waits for its turn meanwhile.
            confirmed = await engine.door.force_close(tap)
            await engine.door.kill(ANNA, "overtaken")
        await engine.desk.settled()
        await engine.deliver()

        assert confirmed.ok
        assert await state_of_the_trade(engine) is TradeState.OPEN
        (asked,) = await engine.pending()
        assert (asked.kind, asked.urgency, asked.revision) == ("exit", "hard", 2)


async def test_a_close_ordered_under_a_lifted_kill_does_not_go_out_under_the_next_one(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        await engine.door.kill(ANNA, "the first")
        quote = await engine.door.force_close_quote(1, ANNA)
        tap = Tap(person=ANNA, chat_id=7, message_id=5, verb="force_close", proposal_id=1, nonce=quote.nonce)

        async with engine.desk.cycle():
            confirmed = await engine.door.force_close(tap)
            lifted = await engine.door.disarm(ANNA, str(await engine.door.disarm_phrase()), "looked at it")
            await engine.door.kill(ANNA, "the second")
        await engine.desk.settled()

        assert (confirmed.ok, lifted.ok, await state_of_the_trade(engine)) == (True, True, TradeState.OPEN)


async def test_a_latch_that_is_not_on_record_yet_closes_nothing_and_the_card_asks_anew(tmp_path: Path) -> None:
    """Nobody can tell yet which words came before the kill: for the minute until the row is there, none counts."""
    async with house(tmp_path) as engine:
        await asked_to_close(engine)
        (tmp_path / "KILL").touch()

        assert (await engine.tap("approve", engine.card())).ok
        assert await state_of_the_trade(engine) is TradeState.OPEN
        assert (await engine.tap("approve", engine.card())).ok
        assert await state_of_the_trade(engine) is TradeState.OPEN
        await switches.record_kill(engine.desk, code="kill-found")
        await engine.deliver()
        assert (await engine.tap("approve", engine.card())).ok
        assert await state_of_the_trade(engine) is TradeState.CLOSED


async def test_what_the_machine_was_asked_before_the_kill_is_refused_and_what_it_is_asked_after_is_done(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        ask = engine.desk.store.write
        asked = [
            await ask(lambda tx: tx.add_manual_action(action="force_close", args={"trade_id": "1"}, source="cli:root", now=engine.desk.clock.wall())),
            await ask(lambda tx: tx.add_manual_action(action="reject", args={"proposal_id": "9"}, source="cli:root", now=engine.desk.clock.wall())),
        ]
        await engine.door.kill(ANNA, "enough")
        await engine.run_job("manual_actions")

        actions = [await engine.desk.store.read(lambda tx, number=number: tx.manual_action(number)) for number in asked]
        assert [action.result for action in actions if action is not None] == [
            "refused: the kill switch was set first, ask again",
            "proposal 9 does not wait for an answer",
        ]
        assert (await engine.audited("manual.force_close"), await state_of_the_trade(engine)) == (1, TradeState.OPEN)
        await ask(lambda tx: tx.add_manual_action(action="force_close", args={"trade_id": "1"}, source="cli:root", now=engine.desk.clock.wall()))
        engine.clock.advance_to(at("03-02 14:01"))
        await engine.run_job("manual_actions")
        assert await state_of_the_trade(engine) is TradeState.CLOSED


async def test_the_machine_may_be_asked_to_kill_and_then_to_close(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        for action, args in (("arm", {"reason": "enough"}), ("force_close", {"trade_id": "1"})):
            await engine.desk.store.write(
                lambda tx, action=action, args=args: tx.add_manual_action(action=action, args=args, source="cli:root", now=engine.desk.clock.wall())
            )

        await engine.run_job("manual_actions")

        assert (await engine.desk.store.read(engine.desk.is_killed), await state_of_the_trade(engine)) == (True, TradeState.CLOSED)


async def test_a_start_that_finds_a_kill_shows_the_waiting_exit_on_new_buttons(tmp_path: Path) -> None:
    """A tap that came before the stop may come again after it, and nobody knows whether it came before the kill."""
    async with house(tmp_path) as engine:
        await asked_to_close(engine)
        before = engine.card()
    (tmp_path / "KILL").write_text('{"reason": "no heartbeat", "source": "dead-man", "at": ""}')

    async with house(tmp_path, start_at=at("03-02 19:01")) as engine:
        engine.market.books = CHEAP
        await engine.deliver()

        assert (await engine.tap("approve", before)).code == "card-stale"
        assert await state_of_the_trade(engine) is TradeState.OPEN
        assert (await engine.tap("approve", engine.card())).ok
        assert await state_of_the_trade(engine) is TradeState.CLOSED
