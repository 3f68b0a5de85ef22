"""Commands that act on a running or stopped engine: kill switch, approve, reject, force-close."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import click

from bot.cli.options import home_option, json_option

ALL = "all"
"""What is written in the place of a trade's number to mean every open one."""


@click.group("kill-switch")
def kill_switch() -> None:
    """Arm, disarm or show the kill switch."""


@kill_switch.command("arm")
@home_option
@click.option("--reason", default="armed from the command line", show_default=True)
def arm(home: Path | None, reason: str) -> int:
    """The kill switch is set at once; a running engine obeys without waiting for its next look."""
    from engine.offline import arm_kill

    click.echo(arm_kill(home, reason=reason, source=_source()))
    return 0


@kill_switch.command("disarm")
@home_option
@click.option("--phrase", default=None, help="The phrase `kill-switch status` shows; asked for without it.")
@click.option("--reason", default=None, help="Why it is safe again; asked for without it.")
def disarm(home: Path | None, phrase: str | None, reason: str | None) -> int:
    """The kill switch is lifted to HOLD after the typed phrase; entries stay held until a person resumes."""
    from engine.offline import disarm_kill, kill_status

    seen = kill_status(home)
    if not seen.is_armed:
        click.echo("kill_switch=0: nothing to disarm")
        return 0
    if seen.phrase is None:
        click.echo("the engine has not recorded the kill yet, and the phrase names that record: ask again a minute after it runs")
        return 1
    typed = phrase if phrase is not None else click.prompt(f"Type {seen.phrase} to disarm")
    why = reason if reason is not None else click.prompt("Reason")
    outcome = disarm_kill(home, phrase=typed, reason=why, source=_source())
    click.echo(outcome.sentence)
    return 0 if outcome.ok else 1


@kill_switch.command("status")
@home_option
@json_option
def status(home: Path | None, as_json: bool) -> int:
    """kill_switch=0 or 1, since when and why."""
    from engine.offline import kill_status

    seen = kill_status(home)
    if as_json:
        click.echo(json.dumps(seen.as_json(), indent=2))
    else:
        click.echo(seen.sentence())
    return 0


@click.command("approve")
@home_option
@click.argument("proposal_id", type=click.IntRange(1))
def approve(home: Path | None, proposal_id: int) -> int:
    """Card PROPOSAL_ID is approved at the engine's next look, within a minute; all gates run again."""
    return _ask(home, "approve", {"proposal_id": str(proposal_id)})


@click.command("reject")
@home_option
@click.argument("proposal_id", type=click.IntRange(1))
def reject(home: Path | None, proposal_id: int) -> int:
    """Card PROPOSAL_ID is rejected at the engine's next look, within a minute."""
    return _ask(home, "reject", {"proposal_id": str(proposal_id)})


@click.command("force-close")
@home_option
@click.argument("trade_id", metavar="TRADE_ID|all")
@click.option("--side", type=click.Choice(["put", "call"]), default=None, help="Only this side of an iron condor.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def force_close(home: Path | None, trade_id: str, side: str | None, yes: bool) -> int:
    """Trade TRADE_ID, one side of it, or after a pause of entries every open trade, is closed at the engine's next look, within a minute."""
    is_all = trade_id.lower() == ALL
    if is_all and side is not None:
        raise click.UsageError("--side is for one trade")
    if not is_all and (not trade_id.isascii() or not trade_id.isdecimal() or int(trade_id) < 1):
        raise click.BadParameter(f"{trade_id!r} is neither the number of a trade nor {ALL}", param_hint="TRADE_ID")
    if not yes:
        what = "every open trade, with entries paused," if is_all else f"trade {trade_id}" if side is None else f"the {side}s of trade {trade_id}"
        click.confirm(f"Close {what} at the market's present prices?", abort=True)
    if is_all:
        return _ask(home, "force_close_all", {})
    return _ask(home, "force_close", {"trade_id": trade_id} | ({} if side is None else {"side": side}))


def _ask(home: Path | None, action: str, args: dict[str, str]) -> int:
    from engine.offline import request_action

    click.echo(request_action(home, action=action, args=args, source=_source()))
    return 0


def _source() -> str:
    return f"cli:{getpass.getuser()}"


COMMANDS = {"kill-switch": kill_switch, "approve": approve, "reject": reject, "force-close": force_close}
