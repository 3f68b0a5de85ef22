"""What the Bot API refuses in a message: markup, lengths, keyboards, pictures, commands."""

from __future__ import annotations

import html
import json
import re
import struct
import zlib
from dataclasses import dataclass

TEXT_MAX_UNITS, CAPTION_MAX_UNITS, TOAST_MAX_UNITS = 4096, 1024, 200
CALLBACK_MAX_BYTES, BUTTONS_MAX, ROW_MAX = 64, 100, 8
PHOTO_MAX_BYTES, DOCUMENT_MAX_BYTES = 10 * 1024 * 1024, 50 * 1024 * 1024

_TAG = re.compile(r"<(/?)([^\s<>/]*)([^<>]*)>")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_PLAIN_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "tg-spoiler", "code", "pre", "blockquote", "span", "a", "tg-emoji", "tg-time"}
_ATTRIBUTES = {
    "blockquote": re.compile(r"( expandable)?"),
    "code": re.compile(r'( class="language-[\w+-]+")?'),
    "span": re.compile(r' class="tg-spoiler"'),
    "a": re.compile(r' href="[^"]+"'),
    "tg-emoji": re.compile(r' emoji-id="\d+"'),
    "tg-time": re.compile(r' unix="\d{1,12}"( format="(?:r|w?d?D?t?T?)")?'),
}


class ApiError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.retry_after = code, description, retry_after


@dataclass(frozen=True, slots=True)
class ButtonSeen:
    """A button as the person sees it."""

    label: str
    data: str
    style: str


def refuse(problem: str) -> ApiError:
    """A 400 with the platform's words."""
    return ApiError(400, f"Bad Request: {problem}")


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def visible_text(markup: str, parse_mode: str | None) -> str:
    """What the reader sees of the markup. Raises ApiError where Telegram cannot parse it."""
    if parse_mode is None:
        return markup.strip()
    if parse_mode != "HTML":
        raise refuse("unsupported parse_mode")
    seen: list[str] = []
    opened: list[str] = []
    position = 0
    for found in _TAG.finditer(markup):
        seen.append(_text_between(markup, position, found.start()))
        position = found.end()
        is_end, name, attributes = found[1] == "/", found[2].lower(), found[3]
        if name not in _PLAIN_TAGS:
            raise refuse(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {found.start()}')
        if is_end:
            if not opened or opened[-1] != name or attributes:
                raise refuse(f'can\'t parse entities: Unmatched end tag at byte offset {found.start()}, expected "{opened[-1] if opened else ""}"')
            opened.pop()
            continue
        allowed = _ATTRIBUTES.get(name, re.compile(""))
        if allowed.fullmatch(attributes) is None:
            raise refuse(f"can't parse entities: Tag {name} has attributes {attributes!r}")
        if name == "blockquote" and "blockquote" in opened:
            raise refuse("can't parse entities: block quotes can't be nested")
        opened.append(name)
    seen.append(_text_between(markup, position, len(markup)))
    if opened:
        raise refuse(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1]}\"")
    return "".join(seen).strip()


def _text_between(markup: str, start: int, end: int) -> str:
    text = markup[start:end]
    if "<" in text:
        raise refuse(f'can\'t parse entities: Unsupported start tag "" at byte offset {start + text.index("<")}')
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)


def check_text(text: str) -> None:
    if not text:
        raise refuse("message text is empty")
    if units(text) > TEXT_MAX_UNITS:
        raise refuse("message is too long")


def check_caption(text: str) -> None:
    if units(text) > CAPTION_MAX_UNITS:
        raise refuse("message caption is too long")


def read_keyboard(reply_markup: str | None) -> tuple[tuple[ButtonSeen, ...], ...]:
    """The inline keyboard's rows. Raises ApiError for one Telegram does not take."""
    if not reply_markup:
        return ()
    markup = json.loads(reply_markup)
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise refuse('Field "inline_keyboard" must be of type Array')
    keyboard = tuple(tuple(_read_button(button) for button in row) for row in rows if row)
    if sum(len(row) for row in keyboard) > BUTTONS_MAX or any(len(row) > ROW_MAX for row in keyboard):
        raise refuse("REPLY_MARKUP_TOO_LONG")
    return keyboard


def _read_button(button: dict[str, str]) -> ButtonSeen:
    if not button.get("text"):
        raise refuse("inline keyboard button text is empty")
    if set(button) - {"text", "callback_data", "style"} or "callback_data" not in button:
        raise refuse("Text buttons are not allowed in the inline keyboard")
    if not 1 <= len(button["callback_data"].encode()) <= CALLBACK_MAX_BYTES:
        raise refuse("BUTTON_DATA_INVALID")
    if button.get("style", "primary") not in ("primary", "success", "danger"):
        raise refuse("button style is invalid")
    return ButtonSeen(button["text"], button["callback_data"], button.get("style", ""))


def png_size(content: bytes) -> tuple[int, int]:
    """(width, height) of a PNG whose every chunk and pixel row is sound. Raises ApiError otherwise."""
    if len(content) > PHOTO_MAX_BYTES:
        raise refuse("file is too big")
    try:
        width, height = _read_png(content)
    except (ValueError, struct.error, zlib.error, IndexError) as error:
        raise refuse("IMAGE_PROCESS_FAILED") from error
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise refuse("PHOTO_INVALID_DIMENSIONS")
    return width, height


def _read_png(content: bytes) -> tuple[int, int]:
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("signature")
    position, chunks = 8, []
    while position < len(content):
        (length,) = struct.unpack(">I", content[position : position + 4])
        kind, body = content[position + 4 : position + 8], content[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack(">I", content[position + 8 + length : position + 12 + length])
        if zlib.crc32(kind + body) != checksum:
            raise ValueError("checksum")
        chunks.append((kind, body))
        position += 12 + length
    if chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise ValueError("chunks")
    width, height, depth, colour = struct.unpack(">IIBB", chunks[0][1][:10])
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    if len(pixels) < height * (1 + (width * channels * depth + 7) // 8):
        raise ValueError("pixels")
    return width, height


def read_commands(commands: str) -> tuple[tuple[str, str], ...]:
    """(name, description) of a command menu. Raises ApiError for one Telegram does not take."""
    rows = tuple((row["command"], row["description"]) for row in json.loads(commands))
    if len(rows) > 100:
        raise refuse("BOT_COMMANDS_TOO_MUCH")
    for name, description in rows:
        if re.fullmatch(r"[a-z0-9_]{1,32}", name) is None:
            raise refuse("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise refuse("BOT_COMMAND_DESCRIPTION_INVALID")
    return rows


def command_entities(text: str) -> list[dict[str, object]]:
    """The `bot_command` entities a Telegram client puts on a text."""
    found = re.finditer(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w+)?", text)
    return [{"type": "bot_command", "offset": units(text[: each.start()]), "length": units(each[0])} for each in found]


def small_png(width: int = 8, height: int = 8) -> bytes:
    """A sound PNG of one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\x00" + b"\x0e\x16\x21" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
