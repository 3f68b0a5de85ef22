"""The program itself as text: versions, settings, log, backups, and who is asking."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Request
from bot.figures import ABSENT
from bot.format import Block, Bold, Code, Line, clean, cut, line, quote, upstream
from bot.messages.voice import Voice
from bot.views.results import title
from engine.views import BackupLine, BackupsView, LogLine, SettingRow, SettingsView, VersionView

BACKUPS_SHOWN_MAX = 15
FINGERPRINT_CHARS = 12
FACTS_MAX_UNITS = 280
TOP = "top"
MEGABYTE = 1_000_000


def version(view: VersionView, voice: Voice) -> list[Block]:
    """The program, what it runs on, and the packages behind it."""
    blocks: list[Block] = [
        title(voice, "version-title", version=view.version),
        voice.row("python", view.python),
        voice.row("schema", str(view.schema)),
        voice.row("origin", voice.code("origin", view.origin)),
    ]
    libraries = [f"{name} {number}" for name, number in view.libraries]
    return [*blocks, line(voice.say("libraries")), quote(libraries)] if libraries else blocks


def settings(view: SettingsView, voice: Voice) -> list[Block]:
    """The fingerprint, the operator's own values, and what the next start would change."""
    own = [row for row in view.rows if row.is_own]
    blocks: list[Block] = [title(voice, "config-title"), line(f"{voice.say('label-fingerprint')}: ", Code(view.fingerprint[:FINGERPRINT_CHARS]))]
    blocks += [line(voice.say("config-own", count=len(own)))] if own else [line(voice.say("config-all-shipped", count=len(view.rows)))]
    blocks += [quote([_setting(row, voice) for row in own], is_expandable=False)] if own else []
    if view.problem:
        blocks += [line(Bold(voice.say("config-unreadable"))), upstream(view.problem)]
    if view.waiting:
        changes = [line(Code(key), f": {running} → {filed}") for key, running, filed in view.waiting]
        blocks += [line(Bold(voice.say("config-waiting"))), quote(changes, is_expandable=False)]
    return [*blocks, line(), line(voice.say("config-more", tables=_tables(view)))]


def table(name: str, rows: Sequence[SettingRow], voice: Voice) -> list[Block]:
    """Every value of one table, the operator's own ones with what ships."""
    return [title(voice, "config-table", table=name), quote([_setting(row, voice) for row in rows])]


def no_such_table(asked: str, view: SettingsView, voice: Voice) -> str:
    """The sentence for a table that is not there, with the ones that are."""
    return voice.say("config-no-table", table=cut(asked, 32), tables=_tables(view))


def table_of(key: str) -> str:
    """The table a key stands in; one above all tables stands in `top`."""
    return key.split(".", maxsplit=1)[0] if "." in key else TOP


def logs(lines: Sequence[LogLine], voice: Voice) -> list[Block]:
    """One entry for each event: when, how grave, what, and its facts."""
    return [title(voice, "logs-title", count=len(lines)), quote([_event(each, voice) for each in lines], is_expandable=False)]


def backups(view: BackupsView, voice: Voice) -> list[Block]:
    """What came of the attempt, and every backup with its age."""
    blocks: list[Block] = [title(voice, "backup-taken", name=view.taken)] if view.taken else [title(voice, "backup-failed"), upstream(view.problem)]
    if not view.backups:
        return [*blocks, line(voice.say("backups-none"))]
    more = len(view.backups) - BACKUPS_SHOWN_MAX
    blocks += [_backup(each, voice) for each in view.backups[:BACKUPS_SHOWN_MAX]]
    return [*blocks, line(voice.say("backups-more", count=more))] if more > 0 else blocks


def whoami(request: Request, stage: str, commands: tuple[int, int], voice: Voice) -> list[Block]:
    """The number, role and language a person is known by here."""
    allowed, known = commands
    return [
        line(Bold(request.user_name)),
        line(f"{voice.say('label-user-id')}: ", Code(str(request.user_id))),
        voice.row("role", voice.code("role", request.role)),
        voice.row("language", voice.code("language", request.language)),
        voice.row("stage", voice.code("stage", stage)),
        line(voice.say("whoami-may", allowed=allowed, known=known)),
    ]


def _tables(view: SettingsView) -> str:
    return ", ".join(dict.fromkeys(table_of(row.key) for row in view.rows))


def _setting(row: SettingRow, voice: Voice) -> Line:
    shipped = f" · {voice.say('config-ships', value=row.default)}" if row.is_own else ""
    return line(Code(row.key), f" = {row.value}{shipped}", f" · {row.section}" if row.section else "")


def _event(each: LogLine, voice: Voice) -> Line:
    when = f"{voice.figures.day(each.at)} {each.at:%H:%M:%S}" if each.at is not None else ABSENT
    return line(f"{when} {voice.code('log-level', each.level)} ", Bold(cut(clean(each.event), FACTS_MAX_UNITS)), f" {cut(clean(each.told), FACTS_MAX_UNITS)}")


def _backup(each: BackupLine, voice: Voice) -> Line:
    size = voice.figures.plain(each.size_bytes / MEGABYTE, 1, unit="MB")
    problem = f" · {cut(clean(each.problem), FACTS_MAX_UNITS)}" if each.problem else ""
    told = voice.say("backup-line", age=voice.figures.age(each.age_s), seq=str(each.head_seq), size=size, soundness=voice.code("soundness", each.soundness))
    return line(f"{told}{problem}")
