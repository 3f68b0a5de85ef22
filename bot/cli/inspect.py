"""Commands that look: status, audit, state, config, stop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.options import home_option, json_option

if TYPE_CHECKING:
    from engine.state.records import AuditRecord


@click.command("status")
@home_option
@json_option
def status(home: Path | None, as_json: bool) -> int:
    """One line first: is an engine running in this home, is the kill switch set."""
    from engine.offline import read_status

    seen = read_status(home)
    if as_json:
        click.echo(json.dumps(seen.as_json(), indent=2))
        return 0
    for line in seen.lines():
        click.echo(line)
    return 0


@click.command("stop")
@home_option
@click.option("--wait", "wait_s", type=click.IntRange(1, 120), default=15, show_default=True, help="Seconds to wait for the end.")
def stop(home: Path | None, wait_s: int) -> int:
    """The engine of this home has been asked to stop and has ended."""
    from engine.offline import stop_running

    outcome = stop_running(home, wait_s=wait_s)
    click.echo(outcome.sentence)
    return 0 if outcome.ok else 1


@click.group("audit")
def audit() -> None:
    """Verify, show or export the audit chain, with the engine running or stopped."""


@audit.command("verify")
@home_option
@json_option
@click.option("--anchors", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=None, help="Anchors kept off this machine.")
@click.option("--file", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=None, help="An export or a copy of the store to verify instead.")
def audit_verify(home: Path | None, as_json: bool, anchors: Path | None, file: Path | None) -> int:
    """Walk the chain from its first row and compare it with the anchors. Ends with 0 when all stands, 1 when not."""
    from engine.offline import verify_audit

    verdict = verify_audit(home, anchors=anchors, file=file)
    click.echo(json.dumps(verdict.as_json(), indent=2) if as_json else verdict.sentence())
    return 0 if verdict.ok else 1


@audit.command("tail")
@home_option
@json_option
@click.argument("count", type=click.IntRange(1, 1000), default=20)
def audit_tail(home: Path | None, as_json: bool, count: int) -> int:
    """Show the last COUNT rows."""
    from engine.offline import audit_rows

    rows = audit_rows(home, last=count)
    if as_json:
        click.echo(json.dumps([_row(row) for row in rows], indent=2))
    else:
        for row in rows:
            click.echo(f"{row.seq:>7} {row.at:%Y-%m-%d %H:%M:%S} {row.actor:<18} {row.type:<20} {row.ref:<16} {row.body_json}")
    return 0


def _row(row: AuditRecord) -> dict[str, object]:
    return {"seq": row.seq, "at": row.at.isoformat(), "actor": row.actor, "type": row.type, "ref": row.ref, "body": json.loads(row.body_json), "hash": row.hash}


@audit.command("export")
@home_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="File to write; stdout without it.")
def audit_export(home: Path | None, out: Path | None) -> int:
    """Write every row as one JSON object a line."""
    from engine.offline import export_audit

    written = export_audit(home, out=out)
    if out is not None:
        click.echo(f"{written} rows written to {out}")
    return 0


@click.group("state")
def state() -> None:
    """Look into the store."""


@state.command("inspect")
@home_option
@json_option
def state_inspect(home: Path | None, as_json: bool) -> int:
    """What the store holds: trades, cards, jobs, messages, schema and origin."""
    from engine.offline import inspect_store

    facts = inspect_store(home)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return 0
    for section, values in facts.items():
        click.echo(section)
        for name, value in values.items():
            click.echo(f"  {name:<24} {value}")
    return 0


@click.group("config")
def config() -> None:
    """The strategy values in force."""


@config.command("show")
@home_option
@json_option
def config_show(home: Path | None, as_json: bool) -> int:
    """Every value with its key; those of the home's config.toml are marked."""
    from engine.config_view import config_values

    values = config_values(home)
    if as_json:
        click.echo(json.dumps({key: value for key, value, _ in values.rows} | {"fingerprint": values.fingerprint}, indent=2))
        return 0
    for key, value, is_override in values.rows:
        click.echo(f"{'*' if is_override else ' '} {key} = {value}")
    click.echo(f"fingerprint {values.fingerprint}")
    return 0


@config.command("check")
@home_option
def config_check(home: Path | None) -> int:
    """Read config.toml, mcp.json and .env of the home and say the first thing that is wrong."""
    from engine.config_view import config_values

    values = config_values(home)
    overrides = sum(1 for _, _, is_override in values.rows if is_override)
    click.echo(f"configuration is sound: {len(values.rows)} values, {overrides} of them yours, fingerprint {values.fingerprint[:12]}")
    return 0


COMMANDS = {"status": status, "stop": stop, "audit": audit, "state": state, "config": config}
