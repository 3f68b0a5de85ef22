"""Every request is answered in words; a refusal is a sentence, a mistake of ours leaves as it came."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.callbacks import DECIDING, LOOKING, Verb, encode
from bot.chat import Request
from bot.dispatch import apologise, dispatch, only_looks
from bot.format import units
from engine.api import Operator
from engine.core.model import OptionType
from engine.errors import ActionRefused, InvariantBroken, StateError, VenueError
from engine.views import ActionResult, Person, Tap
from tests.bot import fake_views
from tests.bot.commands.requests import WallClock, order, said, tap, words
from tests.bot.fake_engine import ADMIN, APPROVER, FakeEngine, as_engine

NONCE = "b7Kx02mQz9Lw4TnA"


async def ask(request: object, engine: FakeEngine | None = None) -> str:
    return words(await dispatch(request, as_engine(engine if engine is not None else FakeEngine()), clock=WallClock()))  # type: ignore[arg-type]


WRONG_LINES = (
    "/position seven",
    "/position 7 8",
    "/position -1",
    "/position 99999999999999999999",
    "/why x",
    "/why 1 2",
    "/equity 31d",
    "/equity 30d all",
    "/history yesterday",
    "/history 7d 30d",
    "/history winners losers",
    "/force_close all 7",
    "/cancel all",
    "/cancel 7 8",
    "/force_close all put",
    "/force_close 7 8",
    "/force_close put",
    "/force_close put 7",
    "/force_close 7 puts",
    "/force_close 7 put call",
    "/disarm",
    "/disarm DISARM 142-7F3A",
    "/disarm disarm 142-7F3A why",
    "/audit 0",
    "/audit 51",
    "/audit decision.refused 5",
    "/audit follow 5",
    "/audit Ünicode",
    "/replay 2025-13-01",
    "/replay 2025-02-01 2025-01-01",
    "/replay 2025-01-01 2025-02-01 2025-03-01",
    "/replay exit.stop_loss_x_credit=2 2025-01-01",
    "/replay exit.stop_loss_x_credit",
    "/sweep",
    "/sweep 2025-01-01",
    "/sweep grid.toml",
    "/sweep exit.stop_loss_x_credit=2 2025-01-01",
    "/sweep 2025-02-01 2025-01-01 exit.stop_loss_x_credit=2,3",
    "/sweep a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1 j=1 k=1 l=1 m=1",
    "/help nothing",
    "/help history all",
)


@pytest.mark.parametrize("line", [line for line in WRONG_LINES if line != "/disarm"])
async def test_a_wrong_argument_gets_one_line_with_what_is_expected_and_an_example(line: str) -> None:
    engine = FakeEngine()

    told = await ask(order(line), engine)

    assert told.startswith(f"Expected: {line.split(maxsplit=1)[0]}")
    assert "for example: /" in told
    assert "\n" not in told
    assert engine.calls == []


@pytest.mark.parametrize("line", ["/scan now", "/monitor 7", "/resume please", "/risk 5", "/account all", "/ping deribit", "/audit_verify 7"])
@pytest.mark.parametrize(("language", "words"), [("en", "it takes nothing after it"), ("it", "dopo non vuole nulla")])
async def test_a_command_that_takes_nothing_says_so_and_does_nothing(line: str, language: str, words: str) -> None:
    engine = FakeEngine(operators=(Operator(user_id=ADMIN, chat_id=ADMIN, role="admin", language=language),))
    told = await ask(order(line), engine)

    assert told.startswith(f"{line.split(maxsplit=1)[0]} ")
    assert words in told
    assert engine.calls == []


@pytest.mark.parametrize(("name", "nearest"), [("statu", "status"), ("postions", "positions"), ("force_clos", "force_close"), ("kil", "kill")])
async def test_an_unknown_command_gets_the_nearest_one_named(name: str, nearest: str) -> None:
    assert f"/{name} is no command. Did you mean /{nearest}?" == await ask(order(f"/{name}"))


async def test_a_command_like_nothing_we_know_points_to_the_help() -> None:
    assert await ask(order("/zzzz")) == "/zzzz is no command. /help lists them."


@pytest.mark.parametrize("text", ["hello", "", "\x00", "<b>x</b>", "killer", "do not stop", "stopped"])
async def test_plain_words_get_one_line_and_do_nothing(text: str) -> None:
    engine = FakeEngine()

    assert await ask(said(text), engine) == "I act on commands and buttons only. /help lists the commands."
    assert engine.calls == []


@pytest.mark.parametrize("text", ["KILL", "kill now", "Stop!", " stop it", "ferma", "FERMA tutto", "kill: at once", "\u202e/kill"])
@pytest.mark.parametrize(("language", "words"), [("en", "Nothing was stopped"), ("it", "Non è stato fermato nulla")])
async def test_plain_words_that_mean_stop_are_told_that_nothing_was_stopped_and_which_command_does(text: str, language: str, words: str) -> None:
    engine = FakeEngine(operators=(Operator(user_id=ADMIN, chat_id=ADMIN, role="admin", language=language),))
    told = await ask(said(text), engine)

    assert words in told
    assert "/kill" in told
    assert engine.calls == []


async def test_a_message_of_five_thousand_characters_is_answered_in_words() -> None:
    assert "Your message of 5,000 characters is no command" in await ask(said("x" * 5000))


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "v0:approve:7:b7Kx02mQz9Lw4TnA",
        "v1:approve:7",
        "v1:approve:7:-",
        "v1:explode:7:-",
        "v1:page:h0.30d.-.-:-",
        "v1:page:x:-",
        "v1:pick:x:-",
        "v1:ask_close:7-:-",
        "v1:ask_close:7-both:-",
        "v1:ask_close:7-put-call:-",
        f"v1:force_close:7-both:{NONCE}",
    ],
)
async def test_an_old_foreign_or_garbled_button_is_answered_in_words_and_does_nothing(data: str) -> None:
    engine = FakeEngine()

    assert "This button is from another time" in await ask(tap(data), engine)
    assert engine.calls == []


def test_only_a_tap_that_shows_something_is_answered_before_it_is_handled() -> None:
    looking = {verb for verb in Verb if only_looks(tap(encode(verb, 142, NONCE if verb in DECIDING else "-")))}

    assert looking == LOOKING
    assert not looking & DECIDING
    assert not any(map(only_looks, (tap("v2:details:142:-"), order("/status"), said("details"))))


@pytest.mark.parametrize(
    ("verb", "call"),
    [
        (Verb.APPROVE, "approve"),
        (Verb.CLOSE, "approve"),
        (Verb.REJECT, "reject"),
        (Verb.KEEP, "reject"),
        (Verb.POSTPONE, "postpone"),
    ],
)
async def test_a_deciding_button_reaches_the_engine_with_all_it_must_match(verb: Verb, call: str) -> None:
    engine = FakeEngine()

    await ask(tap(encode(verb, 142, NONCE), user_id=APPROVER), engine)

    expected = Tap(person=Person(user_id=APPROVER, name="Ada", source="chat"), chat_id=APPROVER, message_id=77, verb=str(verb), proposal_id=142, nonce=NONCE)

    assert [(call, expected)] == engine.calls


@pytest.mark.parametrize(("ref", "side"), [("7", None), ("7-put", OptionType.PUT), ("7-call", OptionType.CALL)])
async def test_a_confirmed_close_reaches_the_engine_with_the_side_it_asked_about(ref: str, side: OptionType | None) -> None:
    engine = FakeEngine()

    await ask(tap(encode(Verb.FORCE_CLOSE, ref, NONCE), user_id=APPROVER), engine)

    expected = Tap(person=Person(user_id=APPROVER, name="Ada", source="chat"), chat_id=APPROVER, message_id=77, verb="force_close", proposal_id=7, nonce=NONCE)

    assert [("force_close", (expected, side))] == engine.calls


async def test_a_tap_that_came_second_is_told_who_was_first() -> None:
    engine = FakeEngine()
    engine.results["approve"] = ActionResult(
        code="already-decided", ok=False, facts={"id": "142", "state": "approved", "who": "Grace", "at": "2026-11-09T14:05:10+00:00"}
    )

    replies = await dispatch(tap(encode(Verb.APPROVE, 142, NONCE)), as_engine(engine), clock=WallClock())

    assert replies[0].toast == "#142 was decided already: approved, by Grace, Mon 9 Nov 14:05 UTC."
    assert replies[0].is_alert


async def test_a_long_result_fits_into_a_toast() -> None:
    engine = FakeEngine()
    engine.results["reject"] = ActionResult(code="rejected", ok=True, facts={"id": "A" * 400})

    replies = await dispatch(tap(encode(Verb.REJECT, 142, NONCE)), as_engine(engine), clock=WallClock())

    assert units(replies[0].toast) <= 200


async def test_a_result_nobody_wrote_a_sentence_for_is_still_told() -> None:
    engine = FakeEngine()
    engine.results["scan"] = ActionResult(code="moon-too-bright", ok=False)

    assert await ask(order("/scan"), engine) == "Not done: moon-too-bright."


REFUSALS = [
    (ActionRefused("killed-no-entry"), "No entry: the kill switch is armed. /status tells why."),
    (VenueError("<b>502</b> https://evil.example/x", server="deribit", tool="chain"), "deribit does not answer now."),
    (VenueError("no such key", server="deribit", permanent=True), "deribit refused to answer."),
    (StateError("row 7 is broken"), "The store cannot be used as it is"),
]


@pytest.mark.parametrize(("failure", "told"), REFUSALS, ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "")
@pytest.mark.parametrize("request_", [order("/scan"), tap(encode(Verb.APPROVE, 142, NONCE))], ids=["command", "tap"])
async def test_a_refusal_becomes_one_clear_sentence(request_: object, failure: Exception, told: str) -> None:
    engine = FakeEngine()
    engine.failure = failure

    answer = await ask(request_, engine)

    assert told in answer
    assert "<b>502" not in answer
    assert "https://" not in answer


@pytest.mark.parametrize("failure", [RuntimeError("boom"), InvariantBroken("impossible")])
async def test_any_other_exception_leaves_for_the_inbox(failure: Exception) -> None:
    engine = FakeEngine()
    engine.failure = failure

    with pytest.raises(type(failure)):
        await ask(order("/scan"), engine)


@pytest.mark.parametrize("proposal_id", [143, 144])
async def test_details_and_chart_come_from_the_card_as_it_was_stored(proposal_id: int) -> None:
    details = await dispatch(tap(f"v1:details:{proposal_id}:-"), as_engine(FakeEngine()), clock=WallClock())
    chart = await dispatch(tap(f"v1:chart:{proposal_id}:-"), as_engine(FakeEngine()), clock=WallClock())

    assert "0.0056 ETH" in details[0].html
    assert chart[0].chart == fake_views.TIMELINE


@pytest.mark.parametrize("data", ["v1:details:999:-", "v1:chart:999:-", "v1:details:x:-"])
async def test_details_of_a_card_nobody_knows_are_refused_in_words(data: str) -> None:
    assert "This button is from another time" in await ask(tap(data))


async def test_position_without_an_id_offers_the_open_trades_and_a_button_shows_one() -> None:
    replies = await dispatch(order("/position"), as_engine(FakeEngine()), clock=WallClock())
    actions = [button.action for row in replies[0].buttons for button in row]

    assert actions == ["v1:pick:7:-", "v1:pick:8:-"]
    assert "<b>#7 ETH bull put" in await ask(tap(actions[0]))


async def test_force_close_without_an_id_offers_the_open_trades_and_a_button_asks_for_the_price() -> None:
    engine = FakeEngine()
    replies = await dispatch(order("/force_close"), as_engine(engine), clock=WallClock())
    actions = [button.action for row in replies[0].buttons for button in row]

    assert actions == ["v1:ask_close:7:-", "v1:ask_close:8:-", "v1:ask_close:all:-"]

    quoted = await dispatch(tap(actions[0]), as_engine(engine), clock=WallClock())

    assert f"v1:force_close:7:{NONCE}" == quoted[0].buttons[0][0].action
    assert "force_close" not in engine.asked


async def test_a_condor_is_closed_whole_or_by_a_side_whose_price_is_asked_first() -> None:
    engine = FakeEngine()
    whole = await dispatch(order(f"/force_close {fake_views.CONDOR_TRADE}"), as_engine(engine), clock=WallClock())

    assert [[button.action for button in row] for row in whole[0].buttons] == [
        [f"v1:force_close:9:{NONCE}", "v1:dismiss:9:-"],
        ["v1:ask_close:9-put:-", "v1:ask_close:9-call:-"],
    ]

    calls = await dispatch(tap("v1:ask_close:9-call:-"), as_engine(engine), clock=WallClock())

    assert [[button.action for button in row] for row in calls[0].buttons] == [[f"v1:force_close:9-call:{NONCE}", "v1:dismiss:9:-"]]
    assert "calls 4200/4400" in calls[0].html
    assert [side for name, (_, _, side) in engine.calls if name == "force_close_quote"] == [None, OptionType.CALL]  # type: ignore[misc]


async def test_a_side_may_be_typed_in_any_case() -> None:
    assert await ask(order("/force_close 9 CALL")) == await ask(order("/force_close 9 call"))


async def test_a_side_that_is_not_open_is_refused_in_words() -> None:
    engine = FakeEngine()
    engine.failure = ActionRefused("side-not-open", id="9", side="call")

    assert await ask(order("/force_close 9 call"), engine) == "Trade #9 has no open calls. Nothing was done."


async def test_a_picker_without_open_trades_says_so() -> None:
    engine = FakeEngine()
    engine.position_views = ()

    assert await ask(order("/position"), engine) == "There are no open trades."
    assert await ask(order("/force_close"), engine) == "There are no open trades."


async def test_kill_answers_even_when_the_open_trades_cannot_be_read() -> None:
    class LockedEngine(FakeEngine):
        async def positions(self) -> tuple[()]:
            raise StateError("locked")

    told = await ask(order("/kill smoke"), LockedEngine())

    assert "KILL: no order goes out by itself any more" in told
    assert "could not be read" in told


async def test_kill_answers_while_the_prices_hang_and_asks_for_none_when_nothing_is_open() -> None:
    class HangingEngine(FakeEngine):
        async def positions(self) -> tuple[()]:
            await asyncio.Event().wait()
            return ()

    hanging, empty = HangingEngine(), HangingEngine()
    empty.results["kill"] = ActionResult(code="killed", ok=True, facts={"reason": "smoke", "settled": "0", "open": "0", "ids": ""})

    replies = await dispatch(order("/kill smoke"), as_engine(hanging), clock=WallClock())

    assert "could not be read" in words(replies)
    assert [button.action for row in replies[-1].buttons for button in row] == ["v1:ask_close:all:-"]
    assert "could not be read" not in await ask(order("/kill smoke"), empty)


async def test_kill_hands_the_reason_on_and_asks_about_every_open_trade() -> None:
    engine = FakeEngine()

    replies = await dispatch(order("/kill strange fills"), as_engine(engine), clock=WallClock())

    assert ("kill", (Person(user_id=ADMIN, name="Ada", source="chat"), "strange fills")) == engine.calls[0]
    assert [button.action for row in replies[-1].buttons for button in row] == ["v1:ask_close:7:-", "v1:ask_close:8:-", "v1:ask_close:all:-"]


async def test_one_open_trade_is_offered_by_itself_only() -> None:
    engine = FakeEngine()
    engine.position_views = engine.position_views[:1]

    replies = await dispatch(order("/kill smoke"), as_engine(engine), clock=WallClock())

    assert [button.action for row in replies[-1].buttons for button in row] == ["v1:ask_close:7:-"]


@pytest.mark.parametrize("request_", [order("/force_close all"), tap("v1:ask_close:all:-")], ids=["command", "button"])
async def test_closing_everything_asks_with_one_button_that_carries_the_nonce_and_no_trade(request_: Request) -> None:
    engine = FakeEngine()
    replies = await dispatch(request_, as_engine(engine), clock=WallClock())

    assert [button.action for row in replies[-1].buttons for button in row] == [f"v1:close_all:all:{NONCE}", "v1:dismiss:all:-"]
    assert engine.asked == ["quote_all"]

    begun = await dispatch(tap(f"v1:close_all:all:{NONCE}", user_id=APPROVER), as_engine(engine), clock=WallClock())
    expected = Tap(person=Person(user_id=APPROVER, name="Ada", source="chat"), chat_id=APPROVER, message_id=77, verb="close_all", proposal_id=0, nonce=NONCE)

    assert engine.calls[1:] == [("close_all", expected)]
    assert begun[0].toast == "Closing #7, #9 now, one after the other. What came of each follows."


async def test_a_working_order_is_cancelled_by_the_number_of_its_trade_or_by_its_button() -> None:
    engine, ada = FakeEngine(), Person(user_id=ADMIN, name="Ada", source="chat")
    listed = await dispatch(order("/cancel"), as_engine(engine), clock=WallClock())

    assert [button.action for row in listed[-1].buttons for button in row] == [f"v1:cancel:7:{NONCE}", f"v1:cancel:12:{NONCE}"]

    tapped = await dispatch(tap(f"v1:cancel:12:{NONCE}"), as_engine(engine), clock=WallClock())
    expected = Tap(person=ada, chat_id=ADMIN, message_id=77, verb="cancel", proposal_id=12, nonce=NONCE)

    assert "The order of trade #7 is being cancelled" in await ask(order("/cancel #7"), engine)
    assert "The order of trade #12 is being cancelled" in tapped[0].toast
    assert engine.calls == [("working_orders", ada), ("cancel_tapped", expected), ("cancel", (ada, 7))]


async def test_where_no_order_goes_to_an_exchange_cancel_says_so_in_one_sentence() -> None:
    engine = FakeEngine()
    engine.failure = ActionRefused("cancel-paper")

    assert await ask(order("/cancel"), engine) == await ask(order("/cancel 7"), engine)
    assert "there is nothing to cancel" in await ask(order("/cancel"), engine)


async def test_what_has_no_price_offers_no_button() -> None:
    engine = FakeEngine()
    engine.by_hand.quote = replace(engine.by_hand.quote, prices=(), sums=(), nonce=None)

    assert (await dispatch(order("/force_close all"), as_engine(engine), clock=WallClock()))[0].buttons == ()


@pytest.mark.parametrize(("code", "told"), [("close-all-nothing", "No trade is open"), ("close-all-busy", "#3 is being opened or closed already")])
async def test_with_nothing_to_close_the_answer_says_so(code: str, told: str) -> None:
    engine = FakeEngine()
    engine.failure = ActionRefused(code, ids="#3")

    assert told in await ask(order("/force_close all"), engine)


async def test_a_reason_reaches_the_engine_clean_and_bounded() -> None:
    engine = FakeEngine()

    await ask(order("/pause \u202eevil " + "x" * 500), engine)
    asked = engine.calls[0][1]

    assert isinstance(asked, tuple)
    assert asked[1].startswith("evil")
    assert units(asked[1]) <= 200


async def test_disarm_without_the_phrase_shows_the_phrase() -> None:
    engine = FakeEngine()

    assert await ask(order("/disarm"), engine) == "To disarm, type: /disarm DISARM 142-7F3A and your reason"
    assert engine.asked == ["disarm_phrase"]


async def test_disarm_with_nothing_armed_says_so() -> None:
    engine = FakeEngine()
    engine.phrase = None

    assert await ask(order("/disarm"), engine) == "The kill switch is not armed; there is nothing to disarm."


async def test_disarm_hands_phrase_and_reason_to_the_engine() -> None:
    engine = FakeEngine()

    await ask(order("/disarm DISARM 142-7F3A checked at the exchange"), engine)

    assert [("disarm", (Person(user_id=ADMIN, name="Ada", source="chat"), "DISARM 142-7F3A", "checked at the exchange"))] == engine.calls


@pytest.mark.parametrize(
    ("text", "footer"),
    [("#142 approved\n⛓ 142·7f3a9c01", "142·7f3a9c01"), ("quoted ⛓ 1·00000000\nPAPER\n⛓ 141·aaaabbbb", "141·aaaabbbb")],
)
async def test_audit_verify_as_a_reply_checks_that_messages_own_footer(text: str, footer: str) -> None:
    engine = FakeEngine()

    await ask(order("/audit_verify", replied_text=text), engine)

    assert [("audit_verify", footer)] == engine.calls


async def test_days_and_words_of_a_question_to_history_reach_the_engine() -> None:
    engine = FakeEngine()

    await ask(order("/replay 2025-01-01 exit.stop_loss_x_credit=2 policy=ignore"), engine)
    await ask(order("/sweep 2025-01-01 2025-06-30 exit.stop_loss_x_credit=2,3"), engine)

    ada = Person(user_id=ADMIN, name="Ada", source="chat")
    assert engine.calls == [
        ("replay", ("2025-01-01", None, ada, "exit.stop_loss_x_credit=2", "policy=ignore")),
        ("lab.sweep", ("2025-01-01", "2025-06-30", ("exit.stop_loss_x_credit=2,3",))),
    ]


async def test_audit_follow_answers_with_the_message_that_follows_and_nothing_else() -> None:
    engine, request = FakeEngine(), order("/audit follow")

    assert await ask(request, engine) == ""
    assert [("follows.begin", (request.chat_id, str(request.update_id)))] == engine.calls


async def test_audit_verify_as_a_reply_to_a_digest_checks_every_digit_of_its_head() -> None:
    engine, head = FakeEngine(), "142·7f3a9c01" + "5e" * 28

    await ask(order("/audit_verify", replied_text=f"DIGEST\nAudit head: {head}\n⛓ 142·7f3a9c01"), engine)

    assert [("audit_verify", head)] == engine.calls


async def test_audit_verify_as_a_reply_to_a_message_without_footer_says_so() -> None:
    engine = FakeEngine()

    assert "carries no ⛓ footer" in await ask(order("/audit_verify", replied_text="hello 142·7f3a9c01"), engine)
    assert engine.calls == []


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("/history", ("30d", None, None)),
        ("/history all", ("all", None, None)),
        ("/history losers stop_loss 7d", ("7d", "stop_loss", "losers")),
        ("/history WINNERS", ("30d", None, "winners")),
    ],
)
async def test_history_takes_its_words_in_any_order(line: str, asked: tuple[object, ...]) -> None:
    engine = FakeEngine()

    await ask(order(line), engine)

    assert [("history", asked)] == engine.calls


async def test_the_history_turns_its_pages_without_any_memory() -> None:
    first = await dispatch(order("/history all stop_loss losers"), as_engine(FakeEngine()), clock=WallClock())
    older = first[-1].buttons[0][0].action
    engine = FakeEngine()
    second = await dispatch(tap(older), as_engine(engine), clock=WallClock())

    assert engine.calls == [("history", ("all", "stop_loss", "losers"))]
    assert "Page 2 of 2" in words(second)
    assert [button.action for row in second[-1].buttons for button in row] == [
        "v1:page:h1.all.stop_loss.l:-",
        "v1:sheet:h2.all.stop_loss.l:-",
        "v1:page:h1.7d.stop_loss.l:-",
        "v1:page:h1.30d.stop_loss.l:-",
    ]


async def test_the_start_payload_of_a_deep_link_does_nothing() -> None:
    engine = FakeEngine()

    assert await ask(order("/start kill"), engine) == await ask(order("/start"))
    assert engine.asked == ["status"]


def test_an_apology_speaks_the_readers_language() -> None:
    assert "given up" in apologise("en").html
    assert "abbandonata" in apologise("it").html
