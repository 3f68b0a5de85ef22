"""Updates that are posted instead of fetched: the same inbox, and nothing for whoever lacks the secret."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from bot.webhook import HookPlan
from engine.config import WEBHOOK_PORT, load_settings
from engine.errors import ConfigError
from tests.bot.transport.desk import Desk
from tests.bot.transport.door import ADA, STRANGER, StoreDoor
from tests.fakes.bot_api import FakeBotApi, Hook

SECRET = "s3cret_-" * 5
PLAN = HookPlan(url="https://desk.example/hook", secret=SECRET, port=0)
WAIT_S = 8.0


def hooked(api: FakeBotApi, door: StoreDoor) -> Desk:
    """A desk that is posted to."""
    return Desk(api, door, posted_to=PLAN)


def port_of(desk: Desk) -> int:
    assert desk.webhook is not None
    return desk.webhook.bind()


async def post(desk: Desk, *, path: str = "/hook", secret: str | None = SECRET, content: bytes = b'{"update_id": 1}', method: str = "POST") -> httpx.Response:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with httpx.AsyncClient(timeout=WAIT_S) as client:
        return await client.request(method, f"http://127.0.0.1:{port_of(desk)}{path}", content=content, headers=headers)


async def test_a_posted_command_is_handled_and_confirmed_once_it_is_stored(api: FakeBotApi, door: StoreDoor) -> None:
    async with hooked(api, door) as desk:
        await api.wait_until(lambda: api.hook == Hook(PLAN.url, SECRET))
        api.say(ADA, "/status")
        statuses = await api.post_updates(port_of(desk))
        await api.wait_for(lambda m: "did /status" in m.text)

    assert statuses == [200]
    assert door.inbox_states() == ["done"]
    assert api.calls_of("getUpdates") == []


async def test_while_the_store_hangs_nothing_is_confirmed_and_a_kill_is_latched(api: FakeBotApi, door: StoreDoor) -> None:
    async with hooked(api, door) as desk:
        await api.wait_until(lambda: api.hook is not None)
        api.say(ADA, "/status")
        assert await api.post_updates(port_of(desk)) == [200]
        door.is_free.clear()
        api.say(ADA, "/status")
        api.say(ADA, "/kill")
        posts = [asyncio.create_task(post(desk, content=httpx.Request("POST", "/", json=each).content)) for each in api.pending_updates()]
        await api.wait_until(lambda: bool(door.kills))
        assert [each.done() for each in posts] == [False, False]
        door.is_free.set()
        answers = [await each for each in posts]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(door.inbox_states()) == 3


async def test_without_the_secret_there_is_nothing_to_see(api: FakeBotApi, door: StoreDoor) -> None:
    wrong = (None, "", "x" * len(SECRET), SECRET[:-1], SECRET + "x", SECRET.upper())
    async with hooked(api, door) as desk:
        for method, path in (("POST", "/hook"), ("POST", "/"), ("GET", "/hook")):
            for secret in wrong:
                answer = await post(desk, secret=secret, method=method, path=path)

                assert (answer.status_code, answer.content, "server" in answer.headers) == (403, b"", False)
    assert door.inbox_states() == []


@pytest.mark.parametrize(
    ("where", "content", "status"),
    [
        ("POST /", b"{}", 404),
        ("GET /hook", b"", 405),
        ("POST /hook", b"{", 400),
        ("POST /hook", b"[" * 100_000, 400),
        ("POST /hook", b'{"update_id": true}', 400),
        ("POST /hook", b"[1]", 400),
        ("POST /hook", b" " * 1_000_001, 413),
    ],
)
async def test_what_is_no_update_is_refused(api: FakeBotApi, door: StoreDoor, where: str, content: bytes, status: int) -> None:
    method, path = where.split(" ")
    async with hooked(api, door) as desk:
        answer = await post(desk, path=path, method=method, content=content)

    assert answer.status_code == status
    assert door.inbox_states() == []


async def test_an_update_posted_twice_is_confirmed_twice_and_handled_once(api: FakeBotApi, door: StoreDoor) -> None:
    async with hooked(api, door) as desk:
        api.say(ADA, "/status")
        (update,) = api.pending_updates()
        content = httpx.Request("POST", "/", json=update).content
        answers = [await post(desk, content=content) for _ in range(2)]
        await api.wait_until(lambda: door.inbox_states() == ["done"])

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(desk.requests) == 1


async def test_posts_that_overtake_one_another_are_all_stored(api: FakeBotApi, door: StoreDoor) -> None:
    async with hooked(api, door) as desk:
        for word in ("one", "two", "three"):
            api.say(ADA, f"/{word}")
        first, second, third = api.pending_updates()
        for update in (third, first, second):
            await post(desk, content=httpx.Request("POST", "/", json=update).content)
        await api.wait_until(lambda: door.inbox_states() == ["done"] * 3)

    assert [request.command for request in desk.requests] == ["three", "one", "two"]


async def test_a_store_that_fails_once_stores_it_at_the_next_try(api: FakeBotApi, door: StoreDoor) -> None:
    door.failures["store_update"] = 1
    async with hooked(api, door) as desk:
        await api.wait_until(lambda: api.hook is not None)
        api.say(ADA, "/status")

        assert await api.post_updates(port_of(desk)) == [200]
    assert len(door.inbox_states()) == 1


async def test_a_stranger_leaves_no_row_by_this_way_either(api: FakeBotApi, door: StoreDoor) -> None:
    async with hooked(api, door) as desk:
        await api.wait_until(lambda: api.hook is not None)
        api.say(STRANGER, "/kill")
        statuses = await api.post_updates(port_of(desk))

    assert (statuses, door.inbox_states(), door.kills) == ([200], [], [])
    assert [user_id for user_id, _ in door.strangers] == [STRANGER]


async def test_a_webhook_somebody_moved_is_a_hold_and_is_set_again(api: FakeBotApi, door: StoreDoor) -> None:
    async with hooked(api, door):
        await api.wait_until(lambda: api.hook is not None)
        api.hook = Hook("https://thief.example/hook", "x")
        await api.wait_until(lambda: "telegram" in door.holds(), timeout=WAIT_S)
        await api.wait_until(lambda: api.hook == Hook(PLAN.url, SECRET), timeout=WAIT_S)


async def test_silence_counts_as_progress_only_where_nothing_waits_at_telegram(api: FakeBotApi, door: StoreDoor) -> None:
    async with hooked(api, door):
        await api.wait_until(lambda: api.hook is not None)
        api.hook_problem = "Connection refused"
        api.say(ADA, "/status")
        await api.wait_until(lambda: bool(api.calls_of("getWebhookInfo")), timeout=WAIT_S)
        polls = door.polls
        await api.wait_until(lambda: len(api.calls_of("getWebhookInfo")) > 1, timeout=WAIT_S)

        assert (door.polls, door.holds()) == (polls, {})


@pytest.mark.parametrize(
    ("secret", "is_taken"), [("s" * 31, False), ("s" * 32, True), ("s" * 256, True), ("s" * 257, False), ("s" * 31 + "è", False), ("", False)]
)
def test_a_secret_that_could_be_guessed_is_refused_before_anything_starts(secret: str, is_taken: bool) -> None:
    environ = {"CERBERO_WEBHOOK_URL": PLAN.url, "CERBERO_WEBHOOK_SECRET": secret}
    if is_taken:
        found = load_settings(environ).webhook

        assert found is not None
        assert (found.secret.get_secret_value(), found.port) == (secret, WEBHOOK_PORT)
        assert secret not in repr(found)
        return
    with pytest.raises(ConfigError) as refused:
        load_settings(environ)

    assert refused.value.key == "CERBERO_WEBHOOK_SECRET"
    assert not secret or secret not in str(refused.value)


def test_without_an_address_updates_are_fetched_and_a_secret_alone_is_refused() -> None:
    assert load_settings({}).webhook is None
    with pytest.raises(ConfigError, match="no address"):
        load_settings({"CERBERO_WEBHOOK_SECRET": SECRET})


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(ConfigError, match="port"):
        load_settings({"CERBERO_WEBHOOK_URL": PLAN.url, "CERBERO_WEBHOOK_SECRET": SECRET, "CERBERO_WEBHOOK_PORT": port})
