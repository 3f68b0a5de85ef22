"""`cerbero-bite`: the command line over the same door as the chat.

Rules of this file: nothing heavy is imported before a command runs; a refusal is
one sentence on stderr; exit codes are 0 ok, 1 the check failed, 2 usage or
configuration, 75 another instance runs.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

COMMANDS = {
    "demo": "bot.cli.run",
    "init": "bot.cli.setup",
    "start": "bot.cli.run",
    "stop": "bot.cli.inspect",
    "dry-run": "bot.cli.run",
    "status": "bot.cli.inspect",
    "ping": "bot.cli.servers",
    "kill-switch": "bot.cli.safety",
    "approve": "bot.cli.safety",
    "reject": "bot.cli.safety",
    "force-close": "bot.cli.safety",
    "audit": "bot.cli.inspect",
    "state": "bot.cli.inspect",
    "backup": "bot.cli.backup",
    "drill": "bot.cli.backup",
    "replay": "bot.cli.research",
    "montecarlo": "bot.cli.lab",
    "sweep": "bot.cli.lab",
    "recalibrate-kelly": "bot.cli.lab",
    "history": "bot.cli.research",
    "config": "bot.cli.inspect",
    "stage": "bot.cli.stage",
    "serve": "bot.cli.run",
}
"""Command name to the module that holds it, so that one command does not pay for the others."""

SUMMARIES = {
    "demo": "The first minute: a simulated market and the chat in your browser.",
    "init": "Set up this home: the bot's token, and a code that makes you admin.",
    "start": "Run engine and chat in this home.",
    "stop": "Ask the engine of this home to stop.",
    "dry-run": "Decide and propose, never order; with --at print one decision.",
    "status": "One line first: is an engine running, is the kill switch set.",
    "ping": "Ask every data server: reachable, how fast, which tools it lacks.",
    "kill-switch": "Arm, disarm or show the kill switch.",
    "approve": "Approve a waiting card from this machine.",
    "reject": "Reject a waiting card from this machine.",
    "force-close": "Close an open trade, or all of them, now.",
    "audit": "Verify, show or export the audit chain.",
    "state": "Look into the store.",
    "backup": "Take, list, verify and restore copies of the store.",
    "drill": "Practise a restore.",
    "replay": "Run the job table over recorded history.",
    "montecarlo": "Run the strategy on invented paths, beside the closed trades.",
    "sweep": "Live through a grid of settings and say how much of the best is luck.",
    "recalibrate-kelly": "Show what Kelly makes of the closed trades.",
    "history": "Fetch market history into the home, or show what is there.",
    "config": "Show or check the strategy values.",
    "stage": "Show what the next stage asks for, or go one down.",
    "serve": "Run a bundled MCP server of its own.",
}


class LazyGroup(click.Group):
    """Loads a command's module when the command is used; `--help` loads none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        commands: dict[str, click.Command] = importlib.import_module(module).COMMANDS
        return commands[cmd_name]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), default=None, help="Home folder (or CERBERO_HOME).")
@click.version_option(package_name="cerbero-bite", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, home: Path | None) -> None:
    """Sells defined-risk ETH option spreads by rule; a person approves each one."""
    ctx.obj = home


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def main() -> None:
    """The process has ended with the exit code the contract names."""
    from engine.errors import AlreadyRunning, ConfigError, EngineError, OriginMismatch

    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except (ConfigError, OriginMismatch) as error:
        click.echo(f"cerbero-bite: {error}", err=True)
        sys.exit(2)
    except AlreadyRunning as error:
        click.echo(f"cerbero-bite: {error}", err=True)
        sys.exit(75)
    except EngineError as error:
        click.echo(f"cerbero-bite: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        place = "" if error.filename is None else f" ({error.filename})"
        click.echo(f"cerbero-bite: the system refused to go on: {error.strerror}{place}.", err=True)
        sys.exit(1)
    except ExceptionGroup as several:
        # The page's workers end together; the one that failed for a known reason says it in its own words.
        known = several.subgroup(EngineError)
        if known is None:
            raise
        click.echo(f"cerbero-bite: {_first(known)}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
