"""The registry: every command once, in the order people see it; menu, help, access and docs are made from it."""

from __future__ import annotations

from bot.chat import Command, Danger, Reply, Request, Role
from bot.handlers import book, decide, drills, house, lab, loudness, money, people, research, safety, see, setup, stage
from engine.api import Engine


async def show_help(request: Request, engine: Engine) -> tuple[Reply, ...]:  # noqa: ARG001 - every handler takes the engine
    """The help, made from the registry below."""
    return setup.help_over(request, COMMANDS)


async def show_me(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Who asks, and how much of the registry below is theirs."""
    return await house.whoami(request, engine, COMMANDS)


COMMANDS: tuple[Command, ...] = (
    Command(name="status", role=Role.VIEWER, danger=Danger.SAFE, group="see", handler=see.status, example="/status", in_menu=True),
    Command(name="positions", role=Role.VIEWER, danger=Danger.SAFE, group="see", handler=see.positions, example="/positions", in_menu=True),
    Command(name="position", role=Role.VIEWER, danger=Danger.SAFE, group="see", handler=see.position, args="ID", example="/position 7"),
    Command(name="pending", role=Role.VIEWER, danger=Danger.SAFE, group="see", handler=see.pending, example="/pending", in_menu=True),
    Command(name="market", role=Role.VIEWER, danger=Danger.SAFE, group="see", handler=see.market, example="/market", in_menu=True),
    Command(name="ping", role=Role.VIEWER, danger=Danger.SAFE, group="see", handler=see.ping, example="/ping"),
    Command(name="account", role=Role.VIEWER, danger=Danger.SAFE, group="see", handler=book.account, example="/account"),
    Command(name="risk", role=Role.VIEWER, danger=Danger.SAFE, group="see", handler=book.risk, example="/risk"),
    Command(name="smile", role=Role.VIEWER, danger=Danger.SAFE, group="see", handler=book.smile, args="[expiry]", example="/smile 2026-12-25"),
    Command(name="why", role=Role.VIEWER, danger=Danger.SAFE, group="see", handler=see.why, args="[ID] [rule]", example="/why 58 E13", in_menu=True),
    Command(name="equity", role=Role.VIEWER, danger=Danger.SAFE, group="money", handler=money.equity, args="[30d|all]", example="/equity all", in_menu=True),
    Command(name="pnl", role=Role.VIEWER, danger=Danger.SAFE, group="money", handler=money.pnl, args="[day|week|month]", example="/pnl month", in_menu=True),
    Command(name="stats", role=Role.VIEWER, danger=Danger.SAFE, group="money", handler=money.stats, args="[all|90d|30d]", example="/stats 90d"),
    Command(
        name="history",
        role=Role.VIEWER,
        danger=Danger.SAFE,
        group="money",
        handler=money.history,
        args="[7d|30d|all] [reason] [winners|losers] [csv]",
        example="/history all stop_loss losers",
        in_menu=True,
    ),
    Command(name="scan", role=Role.APPROVER, danger=Danger.CHANGES, group="decide", handler=decide.scan, example="/scan", in_menu=True),
    Command(name="monitor", role=Role.APPROVER, danger=Danger.CHANGES, group="decide", handler=decide.monitor, example="/monitor"),
    Command(
        name="note", role=Role.APPROVER, danger=Danger.CHANGES, group="decide", handler=decide.note, args="ID text", example="/note 7 closed for the holidays"
    ),
    Command(
        name="force_close",
        role=Role.APPROVER,
        danger=Danger.CHANGES,
        group="decide",
        handler=decide.force_close,
        args="[ID [put|call]|all]",
        example="/force_close 7 put",
    ),
    Command(name="cancel", role=Role.APPROVER, danger=Danger.CHANGES, group="decide", handler=decide.cancel, args="[ID]", example="/cancel 7"),
    Command(
        name="pause",
        role=Role.APPROVER,
        danger=Danger.STOPS,
        group="safety",
        handler=safety.pause,
        args="[reason]",
        example="/pause travelling",
        in_menu=True,
    ),
    Command(
        name="kill",
        role=Role.APPROVER,
        danger=Danger.STOPS,
        group="safety",
        handler=safety.kill,
        args="[reason]",
        example="/kill strange fills",
        in_menu=True,
    ),
    Command(name="resume", role=Role.ADMIN, danger=Danger.CHANGES, group="safety", handler=safety.resume, example="/resume"),
    Command(
        name="disarm",
        role=Role.ADMIN,
        danger=Danger.CHANGES,
        group="safety",
        handler=safety.disarm,
        args="[PHRASE reason]",
        example="/disarm DISARM 142-7F3A checked at the exchange",
    ),
    Command(name="audit", role=Role.VIEWER, danger=Danger.SAFE, group="safety", handler=safety.audit, args="[n|filter|follow]", example="/audit 20"),
    Command(name="audit_verify", role=Role.VIEWER, danger=Danger.SAFE, group="safety", handler=safety.audit_verify, example="/audit_verify"),
    Command(name="backup", role=Role.APPROVER, danger=Danger.CHANGES, group="safety", handler=house.backup, example="/backup"),
    Command(
        name="drill",
        role=Role.APPROVER,
        danger=Danger.CHANGES,
        group="safety",
        handler=drills.drill,
        args="proposal|kill|restore|second-path|dead-man",
        example="/drill kill",
    ),
    Command(name="logs", role=Role.VIEWER, danger=Danger.SAFE, group="safety", handler=house.logs, args="[n]", example="/logs 50"),
    Command(
        name="replay",
        role=Role.VIEWER,
        danger=Danger.SAFE,
        group="research",
        handler=research.replay,
        args="[from] [to] [key=value…] | #ID",
        example="/replay 2025-01-01 2025-12-31 exit.profit_take_net_frac=0.6",
    ),
    Command(
        name="sweep",
        role=Role.VIEWER,
        danger=Danger.SAFE,
        group="research",
        handler=lab.sweep,
        args="[from] [to] key=from:to:step…",
        example="/sweep exit.profit_take_net_frac=0.4:0.6:0.1",
    ),
    Command(name="montecarlo", role=Role.VIEWER, danger=Danger.SAFE, group="research", handler=lab.montecarlo, example="/montecarlo"),
    Command(name="kelly", role=Role.VIEWER, danger=Danger.SAFE, group="research", handler=lab.kelly, example="/kelly"),
    Command(name="report", role=Role.VIEWER, danger=Danger.SAFE, group="research", handler=money.report, args="[month]", example="/report 2026-10"),
    Command(name="digest", role=Role.VIEWER, danger=Danger.SAFE, group="research", handler=research.digest, example="/digest"),
    Command(name="start", role=Role.VIEWER, danger=Danger.SAFE, group="setup", handler=setup.start, example="/start"),
    Command(name="help", role=Role.VIEWER, danger=Danger.SAFE, group="setup", handler=show_help, args="[command]", example="/help history", in_menu=True),
    Command(name="pair", role=Role.VIEWER, danger=Danger.SAFE, group="setup", handler=people.pair, args="CODE", example="/pair 7F3A9-K2MQX"),
    Command(name="whoami", role=Role.VIEWER, danger=Danger.SAFE, group="setup", handler=show_me, example="/whoami"),
    Command(name="language", role=Role.VIEWER, danger=Danger.SAFE, group="setup", handler=people.language, args="[en|it]", example="/language it"),
    Command(name="timezone", role=Role.VIEWER, danger=Danger.SAFE, group="setup", handler=people.timezone, args="[ZONE]", example="/timezone Europe/Rome"),
    Command(
        name="stage",
        role=Role.ADMIN,
        danger=Danger.CHANGES,
        group="setup",
        handler=stage.stage,
        args="[PHRASE reason|demote reason]",
        example="/stage PROMOTE SOFT C0FF ninety days, thirty trades",
    ),
    Command(name="notify", role=Role.VIEWER, danger=Danger.SAFE, group="setup", handler=loudness.notify, example="/notify"),
    Command(name="quiet", role=Role.VIEWER, danger=Danger.SAFE, group="setup", handler=loudness.quiet, args="[FROM TO|off]", example="/quiet 22:00 07:00"),
    Command(name="operators", role=Role.ADMIN, danger=Danger.SAFE, group="setup", handler=people.operators, example="/operators"),
    Command(name="config", role=Role.VIEWER, danger=Danger.SAFE, group="setup", handler=house.config, args="[table|all]", example="/config exit"),
    Command(name="version", role=Role.VIEWER, danger=Danger.SAFE, group="setup", handler=house.version, example="/version"),
)
