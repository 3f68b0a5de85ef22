"""One JSON-RPC call from text to text: the envelope, the table, credits, tokens, the method, and what was scripted to go wrong."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.venue.errors import Refusal, refusal
from tests.fakes.venue.exchange import Exchange
from tests.fakes.venue.faults import Answered, Cut, Drop, Fault, Garbled, Hang, Hold, Refuse, Script, Stale, Status
from tests.fakes.venue.limits import Credits, Limits
from tests.fakes.venue.methods import SERVED
from tests.fakes.venue.scopes import require_scope
from tests.fakes.venue.sessions import Session
from tests.fakes.venue.table import METHODS, read_params

Json = dict[str, Any]
SIGN_INS = ("public/auth", "public/hello", "public/test")
TOO_MANY_REQUESTS = 10028
REQUEST_BYTES_MAX = 1_000_000


@dataclass(slots=True, kw_only=True)
class Call:
    """One request as it came in; `code` is the error told, None for a result, for no answer, and until it is answered."""

    method: str
    params: Json
    at: datetime
    session: int
    is_websocket: bool
    code: int | None = None
    is_answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes on the wire, `body` None for nothing; `is_cut` then tears the connection down, `is_last` closes it politely."""

    body: str | None = None
    status: int = 200
    content_type: str = "application/json"
    is_cut: bool = False
    is_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call as it came in; `bearer` None leaves the session's own token."""

    method: str
    params: Json | None
    number: Any = None
    bearer: str | None = None
    is_text: bool = False


Decided = tuple[Reply, int | None]


@dataclass(slots=True)
class Gateway:
    """Serves the methods of `exchange`; every call stands in `calls`."""

    exchange: Exchange
    is_testnet: bool = True
    limits: Limits | None = None
    calls: list[Call] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    breakdowns: list[Exception] = field(default_factory=list)
    _credits: dict[str, Credits] = field(default_factory=dict)
    _previous: dict[str, Any] = field(default_factory=dict)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Every answer and every request that is held goes on."""
        self._released.set()
        self._released = asyncio.Event()

    def read(self, text: str | bytes) -> Request | Reply:
        """The request a JSON-RPC text is, or the answer to what is none."""
        if len(text) > REQUEST_BYTES_MAX:
            return self._error(None, refusal(-32600))
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return self._error(None, refusal(-32700))
        if not isinstance(found, dict) or not isinstance(found.get("method"), str):
            return self._error(None, refusal(11050))
        params = found.get("params")
        if params is not None and not isinstance(params, dict):
            return self._error(found.get("id"), refusal(-32602))
        bearer = params.get("access_token") if params is not None else None
        return Request(method=found["method"].removeprefix("/"), params=params, number=found.get("id"), bearer=bearer)

    async def serve(self, session: Session, request: Request) -> Reply:
        """The answer to one call, and its line in `calls`."""
        params = {name: value for name, value in (request.params if request.params is not None else {}).items() if name != "access_token"}
        number, is_websocket = session.number, session.is_websocket
        call = Call(method=request.method, params=params, at=self.exchange.now(), session=number, is_websocket=is_websocket)
        self.calls.append(call)
        try:
            reply, call.code = await self._decide(session, request)
        except Exception as error:
            self.breakdowns.append(error)
            reply, call.code = self._error(request.number, refusal(11094)), 11094
        call.is_answered = reply.body is not None and not reply.is_cut
        return reply

    async def _decide(self, session: Session, request: Request) -> Decided:
        self.exchange.tick()
        session.heard_at = self.exchange.now()
        fault = self._fault(request)
        match fault:
            case Refuse(code, data, is_done=False):
                return self._refuse(session, request, _scripted(code, data))
            case Drop(is_done=False):
                return Reply(is_cut=True), None
            case Hang(is_done=False):
                return Reply(), None
            case Status(code, body):
                return Reply(body=body, status=code, content_type="text/html", is_cut=session.is_websocket), None
            case Hold(is_done=False):
                await self._released.wait()
                self.exchange.tick()
        try:
            result = self._run(session, request)
        except Refusal as error:
            return self._refuse(session, request, error)
        return await self._tell(session, request, fault, result)

    def _run(self, session: Session, request: Request) -> Any:
        method = request.method
        if method not in METHODS:
            raise refusal(-32601)
        if method.startswith("private/"):
            session.grant = self.exchange.sessions.authenticate(session, request.bearer)
        self._spend(session, method)
        if METHODS[method].get("websocket") and not session.is_websocket:
            raise refusal(10030)
        params = read_params(method, request.params, as_text=request.is_text)
        if method.startswith("private/"):
            require_scope(method, self.exchange.sessions.key)
        return SERVED[method](self.exchange, session, params)

    async def _tell(self, session: Session, request: Request, fault: Fault | None, result: Any) -> Decided:
        """The answer after the work was done."""
        shown = self._previous.get(request.method, result) if isinstance(fault, Stale) else result
        self._previous[request.method] = shown
        told = json.dumps(self._envelope(request.number) | {"result": fault.result if isinstance(fault, Answered) else shown})
        match fault:
            case Refuse(code, data):
                return self._refuse(session, request, _scripted(code, data))
            case Drop():
                return Reply(is_cut=True), None
            case Hang():
                return Reply(), None
            case Cut(kept_bytes):
                return Reply(body=told[:kept_bytes], is_cut=True), None
            case Garbled(body):
                return Reply(body=body), None
            case Hold(is_done=True):
                await self._released.wait()
        return (Reply(is_last=True) if session.is_logged_out else Reply(body=told)), None

    def _refuse(self, session: Session, request: Request, error: Refusal) -> Decided:
        # The venue ends the session of a caller that asks for too much.
        is_ended = error.code == TOO_MANY_REQUESTS
        if is_ended:
            self.exchange.sessions.sign_out(session)
        body = json.dumps(self._envelope(request.number) | {"error": error.wire()})
        return Reply(body=body, status=400, is_last=is_ended and session.is_websocket), error.code

    def _spend(self, session: Session, method: str) -> None:
        if self.limits is None or method in SIGN_INS:
            return
        spender = self._credits.setdefault("account" if session.grant is not None else "address", Credits(self.limits))
        if not spender.spend(method, self.exchange.now()):
            raise refusal(TOO_MANY_REQUESTS)

    def _fault(self, request: Request) -> Fault | None:
        params = request.params if request.params is not None else {}
        return next((script.fault for script in self.scripts if script.hits(request.method, params)), None)

    def _error(self, number: Any, error: Refusal) -> Reply:
        return Reply(body=json.dumps(self._envelope(number) | {"error": error.wire()}), status=400)

    def _envelope(self, number: Any) -> Json:
        at_us = int(self.exchange.now().timestamp() * 1_000_000)
        told: Json = {"jsonrpc": "2.0", "usIn": at_us, "usOut": at_us + 150, "usDiff": 150, "testnet": self.is_testnet}
        return told if number is None else told | {"id": number}


def _scripted(code: int, data: Json | None) -> Refusal:
    error = refusal(code)
    return error if data is None else Refusal(code=error.code, message=error.message, data=data)
