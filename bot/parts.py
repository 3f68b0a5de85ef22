"""Long markup cut into parts a chat takes, each with its tags closed.

Rules of this file: a tag or a character reference is never cut; a part ends at a line's end where one is near enough.
"""

from __future__ import annotations

import html
import re

from bot.format import CAPTION_MAX_UNITS, TEXT_MAX_UNITS, cut, plain_of, units

HEADLINE_MAX_UNITS = 250

_FOOTER = re.compile(r"^.*⛓ \d{1,15}·[0-9a-f]{8}$", re.MULTILINE)
_ATOM = re.compile(r"<[^>]*>|&[#\w]{1,10};|.", re.DOTALL)
_TAG = re.compile(r"</?[a-z][a-z-]*(?:\s[^<>]*)?>")
_TAG_NAME = re.compile(r"</?([a-z-]+)")


def split_markup(markup: str, *, limit_units: int = TEXT_MAX_UNITS) -> tuple[str, ...]:
    """The markup in parts of at most `limit_units`; a tag open at a cut is closed there and opened again."""
    if units(markup) <= limit_units:
        return (markup,)
    atoms: list[str] = _ATOM.findall(markup)
    parts: list[str] = []
    opened: list[str] = []
    start = 0
    while start < len(atoms):
        end = _end_of_part(atoms, start, opened, limit_units)
        before, opened = opened, _open_after(atoms[start:end], opened)
        body = "".join(atoms[start:end]).strip("\n")
        if plain_of(body).strip():
            parts.append("".join(before) + body + _closers(opened))
        start = end
    return tuple(parts)


def footer_line(markup: str) -> str:
    """The line of the markup that carries the audit footer; empty when none does."""
    found: list[str] = _FOOTER.findall(markup)
    return found[-1] if found else ""


def signed_parts(markup: str) -> tuple[str, ...]:
    """The markup in parts a chat takes, each of them with the audit footer of the whole: each is a message of its own."""
    footer = footer_line(markup)
    if not footer or units(markup) <= TEXT_MAX_UNITS:
        return split_markup(markup)
    parts = split_markup(markup, limit_units=TEXT_MAX_UNITS - units(footer) - 1)
    return tuple(part if footer in part else f"{part}\n{footer}" for part in parts)


def is_caption(markup: str) -> bool:
    """True when the words fit under a picture; markup does not count there."""
    return units(plain_of(markup)) <= CAPTION_MAX_UNITS


def headline(markup: str) -> str:
    """The first line with words in it, without markup, and the audit footer, as HTML short enough for any caption."""
    lines = (line.strip() for line in plain_of(markup).split("\n"))
    words = html.escape(cut(next((line for line in lines if line), ""), HEADLINE_MAX_UNITS), quote=False)
    footer = footer_line(markup)
    return f"{words}\n{footer}" if footer else words


def unmarked(markup: str) -> str:
    """The same words as HTML that holds no tag, so that no parser can refuse it; a stray `<` stays as it is read."""
    return html.escape(html.unescape(_TAG.sub("", markup)), quote=False)


def _end_of_part(atoms: list[str], start: int, opened: list[str], limit_units: int) -> int:
    """Index after the last atom that still fits with its closing tags; at least one atom is taken."""
    used, now_open, line_end = sum(units(tag) for tag in opened), list(opened), None
    for index in range(start, len(atoms)):
        used += units(atoms[index])
        now_open = _open_after([atoms[index]], now_open)
        if used + units(_closers(now_open)) > limit_units:
            end = line_end if line_end is not None else index
            return max(end, start + 1)
        if atoms[index] == "\n":
            line_end = index + 1
    return len(atoms)


def _open_after(atoms: list[str], opened: list[str]) -> list[str]:
    still_open = list(opened)
    for atom in atoms:
        if atom.startswith("</"):
            still_open = still_open[:-1]
        elif len(atom) > 1 and atom.startswith("<"):
            still_open.append(atom)
    return still_open


def _closers(opened: list[str]) -> str:
    names = [match[1] for tag in opened if (match := _TAG_NAME.match(tag)) is not None]
    return "".join(f"</{name}>" for name in reversed(names))
