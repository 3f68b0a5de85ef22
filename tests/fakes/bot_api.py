"""A strict Bot API server on loopback, for the product's own Telegram library to talk to.

    async with FakeBotApi(token) as api:              # api.base_url goes into CERBERO_TELEGRAM_API_URL
        api.say(1001, "/scan")                        # a person writes
        card = await api.wait_for(lambda m: "ENTRY" in m.text)
        tap = api.tap(card, "Approve")                # a person taps; api.answers[tap] is the toast
        api.fault("sendMessage", code=502)            # the next sendMessage fails
        api.hang("sendMessage", after=True)           # it is taken, but the answer never comes

What it refuses, it refuses with the platform's own words (see `bot_rules`), so a test that
passes here has sent nothing Telegram would turn down. Everything asked of it stands in `calls`.
Rules the real one has and this one keeps: an offset confirms everything below it, an update id is
never used twice, two getUpdates at once end the older with 409, a tap is answered once, a chat is
unknown until its person wrote or `open_chat` was called.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.fakes import bot_rules as rules
from tests.fakes.bot_chats import Answer, BotMessage, Chats, Json
from tests.fakes.bot_rules import ApiError, refuse
from tests.fakes.http_server import Dropped, HttpReply, HttpRequest, HttpServer

TOKEN = "4242:fake-token-AAE3xyz"
WATCH_S = 0.05


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `status` is 0 when no answer was given."""

    method: str
    params: Mapping[str, str]
    status: int
    at: float


@dataclass(frozen=True, slots=True)
class Hook:
    """Where updates are to be posted, and with which secret."""

    url: str
    secret: str


@dataclass(slots=True, kw_only=True)
class Fault:
    """A wrong answer on command; `times` None is for good. `kind` is error, hang, drop or garbage; `after` = the message was taken."""

    method: str
    kind: str
    code: int = 502
    description: str = "Bad Gateway"
    retry_after: int | None = None
    times: int | None = 1
    contains: str = ""
    after: bool = False

    def hits(self, method: str, params: Mapping[str, str]) -> bool:
        return self.method in ("*", method) and (not self.contains or any(self.contains in value for value in params.values()))


class FakeBotApi:
    """The platform, its people and its faults."""

    def __init__(self, token: str = TOKEN, *, username: str = "cerbero_test_bot", port: int = 0, people: Mapping[int, str] | None = None) -> None:
        self.token, self.username = token, username
        self.calls: list[Call] = []
        self.pushed: list[int] = []
        self.commands: dict[str, tuple[tuple[str, str], ...]] = {}
        self.webhook_deletions: list[bool] = []
        self.hook: Hook | None = None
        self.hook_problem = ""
        self._chats = Chats(username, people if people is not None else {})
        self._server = HttpServer(self._handle, port)
        self._updates: list[Json] = []
        self._update_ids, self._tap_ids = itertools.count(7001), itertools.count(1)
        self._allowed: list[str] = []
        self._poll_number = self._cuts = 0
        self._faults: list[Fault] = []
        self._changed = asyncio.Event()

    # ---- life

    async def __aenter__(self) -> FakeBotApi:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Telegram is reachable, on the same port as before."""
        await self._server.start()

    async def stop(self) -> None:
        """Telegram is not reachable: connections are refused, open ones are cut."""
        await self._server.stop()

    @property
    def answers(self) -> dict[str, Answer]:
        """Taps that were answered, by their id."""
        return self._chats.answers

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return self._server.port

    @property
    def base_url(self) -> str:
        """What the library's `base_url` and CERBERO_TELEGRAM_API_URL take: the token is appended by it."""
        return f"http://127.0.0.1:{self._server.port}/bot"

    def twin(self) -> FakeBotApi:
        """Another platform with the same people, messages and numbers: one moment to be lived through once more."""
        twin = FakeBotApi(self.token, username=self.username)
        twin._chats, twin._updates, twin._allowed = copy.deepcopy((self._chats, self._updates, self._allowed))
        twin._update_ids, twin._tap_ids = copy.copy(self._update_ids), copy.copy(self._tap_ids)
        return twin

    # ---- what people do

    def open_chat(self, user_id: int, name: str = "Ada") -> None:
        """The person has a chat with the bot."""
        self._chats.people[user_id] = name
        self._chats.blocked.discard(user_id)

    def block(self, user_id: int) -> None:
        """The person blocks the bot: every message to them is 403 until they open the chat again."""
        self._chats.blocked.add(user_id)

    def say(self, user_id: int, text: str, *, name: str = "Ada", reply_to: int | None = None, age_s: float = 0, **extra: Any) -> int:
        """The person writes `text`; `extra` adds raw fields (forward_origin, via_bot, …). Returns the update id."""
        return self.push({"message": self._chats.person_message(user_id, text, name, reply_to, age_s) | extra})

    def edit_own(self, user_id: int, text: str, *, name: str = "Ada") -> int:
        """The person edits an earlier message into `text`. Returns the update id."""
        message = self._chats.person_message(user_id, text, name, None, 5.0)
        return self.push({"edited_message": message | {"edit_date": int(time.time())}})

    def tap(self, message: BotMessage, wanted: str, *, user_id: int | None = None) -> str:
        """The chat's person (or another) taps a button that is there, named by label or data. Returns the tap's id."""
        return self.tap_data(message, message.button(wanted).data, user_id=user_id)

    def tap_data(self, message: BotMessage, data: str, *, user_id: int | None = None) -> str:
        """A tap with any data, as a forged client could send it. Returns the tap's id."""
        tap_id = f"tap-{next(self._tap_ids)}"
        self._chats.open_taps.add(tap_id)
        sender = user_id if user_id is not None else message.chat_id
        query = {"id": tap_id, "from": self._chats.person(sender), "chat_instance": "1", "message": self._chats.as_json(message), "data": data}
        self.push({"callback_query": query})
        return tap_id

    def expire_tap(self, tap_id: str) -> None:
        """The tap is too old to be answered now."""
        self._chats.open_taps.discard(tap_id)

    def push(self, update: Json) -> int:
        """Any update at all is queued if its kind is wanted. Returns its id."""
        update_id = next(self._update_ids)
        kind = next(iter(update))
        if not self._allowed or kind in self._allowed:
            self._updates.append({"update_id": update_id, **update})
            self.pushed.append(update_id)
        self._wake()
        return update_id

    def delete(self, message: BotMessage) -> None:
        """The person deletes a message of the bot."""
        del self._chats.sent[(message.chat_id, message.message_id)]
        self._wake()

    # ---- faults

    def fault(self, method: str, *, code: int, description: str = "", retry_after: int | None = None, times: int | None = 1, contains: str = "") -> None:
        """The next `times` calls of `method` ("*" = any) whose parameters contain `contains` fail; `times` None is for good."""
        words = {401: "Unauthorized", 403: "Forbidden: bot was blocked by the user", 409: _CONFLICT, 429: f"Too Many Requests: retry after {retry_after}"}
        said = description if description else words.get(code, "Bad Gateway")
        fault = Fault(method=method, kind="error", code=code, description=said, retry_after=retry_after, times=times, contains=contains)
        self._faults.append(fault)

    def hang(self, method: str, *, times: int | None = 1, after: bool = False, contains: str = "") -> None:
        """Calls get no answer until the client gives up; with `after` what they asked for is done first."""
        self._faults.append(Fault(method=method, kind="hang", times=times, after=after, contains=contains))

    def drop(self, method: str, *, times: int | None = 1, after: bool = False) -> None:
        """The connection is cut instead of an answer; with `after` what was asked for is done first."""
        self._faults.append(Fault(method=method, kind="drop", times=times, after=after))

    def garbage(self, method: str, *, times: int | None = 1) -> None:
        """What was asked for is done, and the answer is no JSON."""
        self._faults.append(Fault(method=method, kind="garbage", times=times, after=True))

    def heal(self) -> None:
        """No fault is left."""
        self._faults.clear()

    def cut(self) -> None:
        """Calls that hang now lose their connection; later ones hang as before."""
        self._cuts += 1

    async def post_updates(self, port: int) -> list[int]:
        """Every update that waits is posted to the program behind the proxy, one after the other; the statuses it answered. 200 confirms."""
        if self.hook is None:
            raise LookupError("no webhook is set")
        statuses = []
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30.0) as client:
            for update in list(self._updates):
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.hook.secret}
                answer = await client.post(urlsplit(self.hook.url).path, json=update, headers=headers)
                statuses.append(answer.status_code)
                if answer.status_code == 200:
                    self._updates.remove(update)
        return statuses

    # ---- what tests look at

    def messages(self, chat_id: int | None = None) -> list[BotMessage]:
        """Messages of the bot that stand in the chat (or anywhere), oldest first."""
        return [each for each in self._chats.sent.values() if chat_id is None or each.chat_id == chat_id]

    def pending_updates(self) -> list[Json]:
        """Updates nobody has confirmed."""
        return list(self._updates)

    def calls_of(self, method: str) -> list[Call]:
        """Requests of one method, oldest first."""
        return [call for call in self.calls if call.method == method]

    async def wait_for(self, wanted: Callable[[BotMessage], bool], *, chat_id: int | None = None, timeout: float = 10.0) -> BotMessage:
        """The first message in the chat that is as wanted, at once or as soon as there is one. Raises AssertionError."""

        def found() -> BotMessage | None:
            return next((each for each in self.messages(chat_id) if wanted(each)), None)

        await self.wait_until(lambda: found() is not None, timeout=timeout)
        message = found()
        assert message is not None
        return message

    async def wait_for_answer(self, tap_id: str, *, timeout: float = 10.0) -> Answer:
        """How the tap was answered."""
        await self.wait_until(lambda: tap_id in self.answers, timeout=timeout)
        return self.answers[tap_id]

    async def wait_until(self, is_so: Callable[[], bool], *, timeout: float = 10.0) -> None:
        """Return once the condition holds. Raises AssertionError with the chat's transcript when it does not in time."""
        give_up_at = time.monotonic() + timeout
        while not is_so():
            if time.monotonic() > give_up_at:
                raise AssertionError(f"did not happen within {timeout} s; the bot's messages:\n{self.transcript()}")
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), timeout=WATCH_S)
            except TimeoutError:
                continue

    def transcript(self) -> str:
        """Every message of the bot as a person reads it."""
        return "\n".join(f"[{each.chat_id}/{each.message_id}] {each.text} {each.labels if each.buttons else ''}" for each in self.messages())

    # ---- the server

    async def _handle(self, request: HttpRequest) -> HttpReply:
        parts = request.path.strip("/").split("/")
        if parts[0] == "file":
            return self._file(parts[1:])
        method = parts[-1]
        if len(parts) != 2 or parts[0] != f"bot{self.token}":
            return self._reply(method, request, ApiError(401, "Unauthorized"))
        fault = self._fault_for(method, request.params)
        if fault is None:
            return self._reply(method, request, await self._result(method, request))
        done = await self._result(method, request) if fault.after else None
        if fault.kind == "error":
            return self._reply(method, request, ApiError(fault.code, fault.description, fault.retry_after))
        self._note(method, request, 0)
        if fault.kind == "garbage":
            return HttpReply(body=b"<html>200 OK</html>", content_type="text/html")
        if fault.kind == "hang":
            await self._until_gone(request)
        raise Dropped(method, done)

    async def _until_gone(self, request: HttpRequest) -> None:
        cuts = self._cuts
        while not request.is_gone() and cuts == self._cuts:  # noqa: ASYNC110 - a hung-up socket sets no event
            await asyncio.sleep(WATCH_S)

    def _fault_for(self, method: str, params: Mapping[str, str]) -> Fault | None:
        fault = next((each for each in self._faults if each.hits(method, params)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._faults.remove(fault)
        return fault

    async def _result(self, method: str, request: HttpRequest) -> object:
        try:
            if method == "getUpdates":
                return await self._get_updates(request)
            handler = self._handlers().get(method)
            if handler is None:
                return ApiError(404, "Not Found: method not found")
            return handler(request)
        except ApiError as error:
            return error
        finally:
            self._wake()

    def _reply(self, method: str, request: HttpRequest, result: object) -> HttpReply:
        if not isinstance(result, ApiError):
            self._note(method, request, 200)
            return HttpReply(body=json.dumps({"ok": True, "result": result}).encode())
        self._note(method, request, result.code)
        body: Json = {"ok": False, "error_code": result.code, "description": result.description}
        if result.retry_after is not None:
            body["parameters"] = {"retry_after": result.retry_after}
        return HttpReply(status=result.code, body=json.dumps(body).encode())

    def _note(self, method: str, request: HttpRequest, status: int) -> None:
        self.calls.append(Call(method, request.params, status, time.monotonic()))
        self._wake()

    def _wake(self) -> None:
        self._changed.set()

    def _handlers(self) -> dict[str, Callable[[HttpRequest], object]]:
        return {
            "getMe": self._get_me,
            "deleteWebhook": self._delete_webhook,
            "setWebhook": self._set_webhook,
            "getWebhookInfo": self._webhook_info,
            "setMyCommands": self._set_commands,
            "sendMessage": self._chats.send_message,
            "sendPhoto": self._chats.send_photo,
            "sendDocument": self._chats.send_document,
            "sendChatAction": self._send_action,
            "editMessageText": self._chats.edit_text,
            "editMessageCaption": self._chats.edit_caption,
            "editMessageMedia": self._chats.edit_media,
            "editMessageReplyMarkup": self._chats.edit_markup,
            "deleteMessage": self._chats.delete_message,
            "answerCallbackQuery": self._chats.answer_tap,
            "getFile": self._chats.get_file,
        }

    # ---- updates

    async def _get_updates(self, request: HttpRequest) -> list[Json]:
        params = request.params
        if self.hook is not None:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
        if "allowed_updates" in params:
            self._allowed = json.loads(params["allowed_updates"])
        self._poll_number += 1
        number, offset, limit = self._poll_number, int(params.get("offset", "0")), int(params.get("limit", "100"))
        if not 1 <= limit <= 100:
            raise refuse("limit must be between 1 and 100")
        self._updates = self._updates[offset:] if offset < 0 else [each for each in self._updates if each["update_id"] >= offset]
        until = time.monotonic() + int(params.get("timeout", "0"))
        while not self._updates and time.monotonic() < until:
            await asyncio.sleep(WATCH_S / 5)
            if request.is_gone():
                raise Dropped("getUpdates")
            if number != self._poll_number:
                raise ApiError(409, _CONFLICT)
        return self._updates[:limit]

    # ---- the rest

    def _get_me(self, _: HttpRequest) -> Json:
        return self._chats.me() | {"can_join_groups": False, "can_read_all_group_messages": False}

    def _send_action(self, asked: HttpRequest) -> bool:
        return self._chats.chat_of(asked.params) > 0

    def _delete_webhook(self, asked: HttpRequest) -> bool:
        is_dropping = asked.params.get("drop_pending_updates") in ("true", "True")
        self.webhook_deletions.append(is_dropping)
        self.hook = None
        if is_dropping:
            self._updates.clear()
        return True

    def _set_webhook(self, asked: HttpRequest) -> bool:
        url, secret = asked.params.get("url", ""), asked.params.get("secret_token", "")
        if not url.startswith("https://"):
            raise refuse("bad webhook: An HTTPS URL must be provided for webhook")
        if re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret) is None:
            raise refuse("secret token contains unallowed characters")
        self._allowed = json.loads(asked.params.get("allowed_updates", "[]"))
        self.hook = Hook(url, secret)
        return True

    def _webhook_info(self, _: HttpRequest) -> Json:
        known: Json = {"url": "" if self.hook is None else self.hook.url, "has_custom_certificate": False, "pending_update_count": len(self._updates)}
        return known | ({"last_error_date": int(time.time()), "last_error_message": self.hook_problem} if self.hook_problem else {})

    def _set_commands(self, asked: HttpRequest) -> bool:
        self.commands[asked.params.get("language_code", "")] = rules.read_commands(asked.params["commands"])
        return True

    def _file(self, parts: Sequence[str]) -> HttpReply:
        content = self._chats.content_of(parts[-1]) if parts[0] == f"bot{self.token}" else None
        return HttpReply(status=404, body=b"{}") if content is None else HttpReply(body=content, content_type="application/octet-stream")


_CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
