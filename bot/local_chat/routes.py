"""The page's routes: its files, the stream of bubbles, pictures, and the two things a person can do."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.local_chat.history import Bubble, Room
from bot.local_chat.intake import Intake, NotStored

TEXT_MAX = 4096
ACTION_BYTES_MAX = 64
BODY_BYTES_MAX = 32 * 1024

_FILES = {"chat.css": "text/css", "render.js": "text/javascript", "composer.js": "text/javascript", "chat.js": "text/javascript", "icon.svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page is told at its birth: its words and the command menu as (name without slash, one line of help)."""

    language: str
    strings: Mapping[str, str]
    commands: tuple[tuple[str, str], ...]


def _clean(text: str) -> str:
    """`text` without surrounding blanks; nothing but blanks is refused."""
    words = text.strip()
    if not words:
        raise ValueError("the message is empty")
    return words


def _short_action(action: str) -> str:
    if len(action.encode()) > ACTION_BYTES_MAX:
        raise ValueError(f"callback data has at most {ACTION_BYTES_MAX} bytes")
    return action


class Typed(BaseModel):
    """What `/send` accepts."""

    model_config = ConfigDict(strict=True, extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=TEXT_MAX), AfterValidator(_clean)]
    reply_to: int | None = None


class Tapped(BaseModel):
    """What `/tap` accepts."""

    model_config = ConfigDict(strict=True, extra="forbid")
    message_id: int
    action: Annotated[str, Field(min_length=1), AfterValidator(_short_action)]


Body = TypeVar("Body", Typed, Tapped)


class BadBody(ValueError):
    """The request's body is too long, not JSON or not what the route accepts."""


def routes(room: Room, intake: Intake, *, page: Page, key: str) -> list[Route]:
    """Every route of the chat, to stand behind the gate."""
    folder = files("bot.local_chat") / "page"
    index = _index_html((folder / "index.html").read_text(encoding="utf-8"), page, key)
    assets = {name: (folder / name).read_bytes() for name in _FILES}

    async def show_page(_: Request) -> Response:
        return Response(index, media_type="text/html")

    async def show_file(request: Request) -> Response:
        name = request.url.path.lstrip("/")
        return Response(assets[name], media_type=_FILES[name])

    async def list_commands(_: Request) -> Response:
        return JSONResponse([{"name": name, "help": text} for name, text in page.commands])

    async def stream(_: Request) -> Response:
        return StreamingResponse(room.watch(), media_type="text/event-stream")

    return [
        Route("/", show_page),
        *(Route(f"/{name}", show_file) for name in _FILES),
        Route("/commands", list_commands),
        Route("/events", stream),
        *_bubble_routes(room),
        *_doing_routes(room, intake),
    ]


def _bubble_routes(room: Room) -> list[Route]:
    async def show_photo(request: Request) -> Response:
        bubble = _named_bubble(room, request)
        if bubble is None or bubble.photo is None:
            return Response(status_code=404)
        return Response(bubble.photo, media_type="image/png")

    async def show_document(request: Request) -> Response:
        bubble = _named_bubble(room, request)
        if bubble is None or bubble.document is None:
            return Response(status_code=404)
        # The name goes with the link's download attribute; a header would need it quoted and cut.
        _, content = bubble.document
        media_type = "image/png" if isinstance(content, bytes) else "text/plain"
        return Response(content, media_type=media_type, headers={"content-disposition": "attachment"})

    return [Route("/photo/{message_id:int}", show_photo), Route("/document/{message_id:int}", show_document)]


def _doing_routes(room: Room, intake: Intake) -> list[Route]:
    async def send(request: Request) -> Response:
        try:
            typed = await _body(request, Typed)
            message_id = await intake.take_text(typed.text, typed.reply_to)
        except BadBody as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        except NotStored as error:
            return JSONResponse({"error": str(error)}, status_code=503)
        return JSONResponse({"message_id": message_id})

    async def tap(request: Request) -> Response:
        try:
            tapped = await _body(request, Tapped)
            bubble = room.get(tapped.message_id)
            if bubble is None:
                return JSONResponse({"error": "no such message"}, status_code=404)
            await intake.take_tap(tapped.action, bubble)
        except BadBody as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        except NotStored as error:
            return JSONResponse({"error": str(error)}, status_code=503)
        return JSONResponse({})

    return [Route("/send", send, methods=["POST"]), Route("/tap", tap, methods=["POST"])]


async def _body(request: Request, model: type[Body]) -> Body:
    # Anything but JSON could come from a form on another site without the browser asking first.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BadBody("the body must be application/json")
    raw = b""
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > BODY_BYTES_MAX:
                raise BadBody(f"the body has more than {BODY_BYTES_MAX} bytes")
        return model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise BadBody(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
    except ClientDisconnect as error:
        raise BadBody("the page went away") from error


def _named_bubble(room: Room, request: Request) -> Bubble | None:
    message_id: int = request.path_params["message_id"]
    return room.get(message_id)


def _index_html(template: str, page: Page, key: str) -> str:
    words = {name: html.escape(text) for name, text in page.strings.items()}
    return Template(template).substitute(words, lang=html.escape(page.language), key=html.escape(key), strings_json=html.escape(json.dumps(dict(page.strings))))
