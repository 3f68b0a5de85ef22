"""The notes: reports as Markdown files in a folder, with the front matter that note programs read.

Rules of this file: a name is made here and never taken from outside, so nothing is
written anywhere but in the folder; a report is written whole or not at all.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from engine.clients.wire_notes import PublishedWire, ReportsWire, ReportWire
from engine.servers.answers import json_of, refusal

TITLE_CHARS_MAX, BODY_CHARS_MAX, NAME_CHARS_MAX = 120, 500_000, 60
TAGS_MAX, REPORTS_MAX = 20, 500
TAG = re.compile(r"[a-z0-9][a-z0-9_/-]{0,39}", re.ASCII)
FIELD = re.compile(r"^(?P<key>title|tags|published_at): (?P<value>.+)$")
SEPARATOR = "---"
HEAD_LINES_MAX = 20


class Vault:
    """A folder of reports; made when the first one is published."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder, self._now = folder, now

    def publish(self, title: str, markdown: str, tags: list[str]) -> PublishedWire:
        """The report lies in the folder under the name that is returned. Raises OSError."""
        at = self._now()
        name = f"{at:%Y-%m-%d}-{_slug(title)}.md"
        text = _document(title, markdown, tags, at=at)
        path = self._folder / name
        if path.exists() and _body(path.read_text(encoding="utf-8")) == _body(text):
            return PublishedWire(name=name, is_new=False)
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        return PublishedWire(name=name, is_new=True)

    def reports(self) -> ReportsWire:
        """What was published here, newest first; other notes of the folder are left alone."""
        files = sorted(self._folder.glob("*.md"), reverse=True)[:REPORTS_MAX] if self._folder.is_dir() else []
        found = [report for file in files if (report := _report(file)) is not None]
        return ReportsWire(reports=sorted(found, key=lambda report: (report.published_at, report.name), reverse=True))


def build_brain_bridge_server(vault: Vault) -> MCPServer:
    """A server over one folder of notes."""
    server = MCPServer("cerbero-brain-bridge", log_level="WARNING")

    @server.tool(structured_output=False)
    async def publish_report(
        title: Annotated[str, Field(min_length=1, max_length=TITLE_CHARS_MAX)],
        markdown: Annotated[str, Field(min_length=1, max_length=BODY_CHARS_MAX)],
        tags: Annotated[list[str], Field(max_length=TAGS_MAX)],
    ) -> str:
        """A report is a note of the folder; one of the same day and title is replaced."""
        for tag in tags:
            if TAG.fullmatch(tag) is None:
                raise refusal(f"{tag!r} is no tag: small letters, digits, - _ and / only")
        try:
            return json_of(vault.publish(" ".join(title.split()), markdown, tags))
        except OSError as problem:
            raise refusal(f"the folder of notes cannot be written ({problem.strerror})") from None

    @server.tool(structured_output=False)
    async def list_reports() -> str:
        """The reports that were published, newest first."""
        return json_of(vault.reports())

    return server


def _document(title: str, markdown: str, tags: list[str], *, at: datetime) -> str:
    head = [
        SEPARATOR,
        f"title: {json.dumps(title, ensure_ascii=False)}",
        f"tags: {json.dumps(tags)}",
        f"published_at: {at.astimezone(UTC).isoformat()}",
        SEPARATOR,
    ]
    return "\n".join([*head, "", markdown.rstrip(), ""])


def _body(text: str) -> str:
    """Everything but the instant, which differs each time."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("published_at: "))


def _report(file: Path) -> ReportWire | None:
    try:
        with file.open(encoding="utf-8") as text:
            head = [line.rstrip("\n") for _, line in zip(range(HEAD_LINES_MAX), text, strict=False)]
        fields = {match["key"]: match["value"] for line in head if (match := FIELD.match(line)) is not None}
        return ReportWire(
            name=file.name,
            title=json.loads(fields["title"]),
            tags=json.loads(fields["tags"]),
            published_at=datetime.fromisoformat(fields["published_at"]),
        )
    except (OSError, ValueError, KeyError):
        return None


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words[:NAME_CHARS_MAX].strip("-") if words else "report"
