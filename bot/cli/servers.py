"""Commands that look at the data servers: ping."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.options import home_option, json_option

if TYPE_CHECKING:
    from engine.api import ServerSeen


@click.command("ping")
@home_option
@json_option
@click.option("--accept", "accepted", multiple=True, metavar="NAME", help="Trust this server's tools as they are now; more than one may be named.")
def ping(home: Path | None, as_json: bool, accepted: tuple[str, ...]) -> int:
    """Every MCP server of the home: can it be reached, how fast does it answer, which tools does it lack. Ends with 1 when any is not as it should be."""
    from bot.run.ping import ping_servers

    seen = ping_servers(home, accepted)
    if as_json:
        click.echo(json.dumps({"ok": all(each.is_sound for each in seen), "servers": [_document(each) for each in seen]}, indent=2))
    else:
        for each in seen:
            click.echo(_line(each))
    return 0 if all(each.is_sound for each in seen) else 1


def _line(seen: ServerSeen) -> str:
    latency = "-" if seen.latency_ms is None else f"{seen.latency_ms:.0f} ms"
    told = f"{seen.name:<12} {seen.health.value:<8} {latency:>8}"
    if seen.missing:
        told += f"  lacks {', '.join(seen.missing)}"
    return told + (f"  {seen.problem}" if seen.problem else "")


def _document(seen: ServerSeen) -> dict[str, object]:
    return {
        "name": seen.name,
        "roles": list(seen.roles),
        "state": seen.health.value,
        "latency_ms": None if seen.latency_ms is None else round(seen.latency_ms, 1),
        "missing_tools": list(seen.missing),
        "problem": seen.problem,
    }


COMMANDS = {"ping": ping}
