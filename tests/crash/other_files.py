"""The power fails while the files beside the store are written: the kill latch, the anchors, the heartbeat, the backups, a restore.

`python -m tests.crash.other_files [--heavy]` writes down what a child of ours calls the system for, builds the states a power cut could have
left at each of those calls (see `folder.py`), starts from each and asks for what was promised by then. Beside it plain writes of the same
files. It needs strace.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import apsw

from engine.errors import StateError
from engine.home import Home, home_at
from engine.safety.backup import check_backup, list_backups, newest_verified
from engine.safety.instance import boot_id
from engine.safety.kill_switch import KillSwitch
from engine.safety.restore import RESTORED_HOLD, restore_backup
from engine.safety.retention import Soundness
from engine.state.repository import read_anchors, verify_home
from tests.crash.folder import Deed, Disk, Doing, Instant, instants
from tests.crash.memory import memory_folder
from tests.crash.other_files_child import BEGINS, CLOCK, DEEDS, PLAIN, open_store, prepare
from tests.crash.report import Row, tell
from tests.crash.traced_calls import deeds_of, lying_in, trace
from tests.engine.safety.dead_man import IS_TESTABLE, SCRIPT, SHELL, TOOLS, UNTESTABLE

PACK = "other_files"
IS_POSSIBLE = shutil.which("strace") is not None and IS_TESTABLE
IMPOSSIBLE = f"needs strace, and {UNTESTABLE.removeprefix('needs ')}"
SEED = 8
ALIVE = 0
LOST = "was lost, not new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of it is tried: so many points of each home, those after a promise first, and so many states at each."""

    instants_max: int
    images_max: int


QUICK = Size(instants_max=20, images_max=6)
WHOLE = Size(instants_max=60, images_max=12)
HEAVY = Size(instants_max=100_000, images_max=64)


@dataclass(slots=True, kw_only=True)
class Tally:
    """How many states of one home were started from, and what was broken in which."""

    images: int = 0
    told: list[str] = field(default_factory=list)


def said_last(said: Iterable[str], word: str) -> str | None:
    """What followed `word` the last time it was said; None when it was not."""
    return next((line.removeprefix(word).strip() for line in reversed([*said]) if line.startswith(word)), None)


def opens(home: Home) -> str:
    """What is wrong with the home's store where the engine starts."""
    try:
        open_store(home).close()
        checked = verify_home(home.db, home.anchors)
    except StateError as error:
        return f"does not start: {error}"
    return "" if checked.ok else f"the chain: {checked.problem}"


def judge_store(home: Home, said: tuple[str, ...]) -> str:
    if "made" in said and not home.db.exists():
        return "the store is gone"
    return opens(home)


def judge_kill(home: Home, said: tuple[str, ...]) -> str:
    return "the kill is lost" if "armed" in said and not KillSwitch(home.root).is_armed() else ""


def judge_lift(home: Home, said: tuple[str, ...]) -> str:
    if said and said[-1] in ("armed", "armed again") and not KillSwitch(home.root).is_armed():
        return "the kill is lost"
    return opens(home)


def judge_anchors_alone(home: Home, said: tuple[str, ...]) -> str:
    promised = said_last(said, "anchored")
    try:
        anchors = read_anchors(home.anchors)
    except StateError as error:
        return str(error)
    last = anchors[-1].seq if anchors else 0
    return f"anchored to {last}, promised {promised}" if promised is not None and last < int(promised) else ""


def judge_anchors(home: Home, said: tuple[str, ...]) -> str:
    return judge_anchors_alone(home, said) or opens(home)


def judge_heartbeat(home: Home, _: tuple[str, ...]) -> str:
    """After a power cut the machine is another boot: what the file says then must not pass for a sign of life."""
    if home.heartbeat.exists():
        home.heartbeat.write_bytes(home.heartbeat.read_bytes().replace(boot_id().encode(), b"0" * len(boot_id())))
    return "a dead engine passes for one that lives" if _dead_man(home) == ALIVE else ""


def judge_plain_heartbeat(home: Home, said: tuple[str, ...]) -> str:
    """What a watcher does that asks whether there is a line: it cannot tell a boot from the last one."""
    return "a dead engine passes for one that lives" if home.heartbeat.exists() and b"alive" in home.heartbeat.read_bytes() and said else ""


def judge_backups(home: Home, said: tuple[str, ...]) -> str:
    promised = [line.removeprefix("backed up ") for line in said if line.startswith("backed up ")]
    newest = newest_verified(home)
    if promised and (newest is None or newest.name < promised[-1]):
        return f"the newest verified backup is {None if newest is None else newest.name}, promised {promised[-1]}"
    try:
        for backup in list_backups(home):
            if backup.soundness is Soundness.VERIFIED:
                check_backup(backup.path, read_anchors(home.anchors))
    except StateError as error:
        return f"counts as verified and is not: {error}"
    return opens(home)


def judge_plain_backup(home: Home, said: tuple[str, ...]) -> str:
    if not any(line.startswith("backed up") for line in said):
        return ""
    try:
        connection = apsw.Connection(str(home.backups / "newest.db"), flags=apsw.SQLITE_OPEN_READONLY)
        found = next(connection.execute("PRAGMA integrity_check(1)"))[0]
        connection.close()
    except apsw.Error as error:
        return str(error)
    return "" if found == "ok" else str(found)


def judge_restore(home: Home, said: tuple[str, ...]) -> str:
    """The old store, the new one or none that is said to be lost, killed as before, and a restore that can be done again."""
    promised = said_last(said, "restored")
    epoch = 0 if promised is None else int(promised.split()[0])
    wrong = _restored(home, epoch) if home.db.exists() else _never_anew(home)
    if wrong:
        return wrong
    try:
        again = restore_backup(home, list_backups(home)[-1].path, anchors_path=home.anchors, clock=CLOCK)
    except StateError as error:
        return f"cannot be done again: {error}"
    return f"epoch {again.epoch} was given before" if again.epoch <= epoch else opens(home)


def _never_anew(home: Home) -> str:
    if not KillSwitch(home.root).is_armed():
        return "between the stores nobody knows of the kill"
    try:
        open_store(home).close()
    except StateError as error:
        return "" if LOST in str(error) and not home.db.exists() else str(error)
    return "made anew and empty"


def _restored(home: Home, epoch: int) -> str:
    try:
        store = open_store(home)
    except StateError as error:
        return f"does not start: {error}"
    try:
        found, holds, row = store.read_sync(lambda tx: (tx.label_epoch(), [hold.code for hold in tx.holds()], tx.kill_row()))
    finally:
        store.close()
    if epoch and (found < epoch or RESTORED_HOLD not in holds):
        return f"epoch {found} and {holds}, promised epoch {epoch} on hold"
    return "" if row.armed else "the kill is lost"


def _dead_man(home: Home) -> int:
    """How the dead-man's script ended over this home, with nothing but its tools."""
    tools, conf = home.root / "tools", home.root / "dead_man.conf"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(str(shutil.which(tool)))
    conf.write_text(f"home={home.root}\nretry_pause_s=0\n")
    conf.chmod(0o600)
    return subprocess.run([SHELL, str(SCRIPT), str(conf)], env={"PATH": str(tools)}, capture_output=True, check=False).returncode


Judge = Callable[[Home, tuple[str, ...]], str]

JUDGES: dict[str, Judge] = {
    "store": judge_store,
    "kill": judge_kill,
    "lift": judge_lift,
    "anchors": judge_anchors,
    "heartbeat": judge_heartbeat,
    "backups": judge_backups,
    "restore": judge_restore,
    f"{PLAIN}kill": judge_kill,
    f"{PLAIN}anchors": judge_anchors_alone,
    f"{PLAIN}heartbeat": judge_plain_heartbeat,
    f"{PLAIN}backups": judge_plain_backup,
}
MEASURES = {
    "store": "a store being made",
    "kill": "the kill latch",
    "lift": "a kill, its end and another",
    "anchors": "the anchors",
    "heartbeat": "the heartbeat",
    "backups": "the newest verified backup",
    "restore": "a restore over a killed store",
}


def other_files(folder: Path, size: Size) -> dict[str, Tally]:
    """The child ran once, and the states of each of its homes were started from; `folder` must be empty."""
    homes = folder / "homes"
    prepare(homes)
    before = lying_in(homes)
    trace("tests.crash.other_files_child", homes, into=folder / "calls")
    deeds = by_home(deeds_of(folder / "calls", homes, before=before))
    return {name: _start_from_each(before.within(str(homes / name)), done, homes / name, size) for name, done in deeds.items()}


def by_home(deeds: list[Deed]) -> dict[str, list[Deed]]:
    """What was done and said from one beginning to the next."""
    found: dict[str, list[Deed]] = {}
    name = ""
    for deed in deeds:
        if deed.doing is Doing.SAID and deed.path.startswith(BEGINS):
            name = deed.path.removeprefix(BEGINS)
            found[name] = []
        elif name:
            found[name].append(deed)
    return found


def _start_from_each(before: Disk, deeds: list[Deed], root: Path, size: Size) -> Tally:
    tally, chance, seen = Tally(), random.Random(SEED), set()
    for number, instant in _chosen(before, deeds, chance, size):
        for image in instant.images(chance, at_most=size.images_max):
            mark = (_mark(image), instant.said)
            if mark in seen:
                continue
            seen.add(mark)
            _lay(image, instant.certain.folders, root)
            tally.images += 1
            if wrong := JUDGES[root.name](home_at(root), instant.said):
                tally.told.append(f"after deed {number}, said {instant.said[-1:]}: {wrong}")
    return tally


def _chosen(before: Disk, deeds: list[Deed], chance: random.Random, size: Size) -> Iterator[tuple[int, Instant]]:
    """The points right after a promise and the last one, then those of the other files, then, as far as there is room, those of a store."""
    numbers = range(1, len(deeds) + 1)
    promises = [number for number in numbers if deeds[number - 1].doing is Doing.SAID or number == len(deeds)]
    others = [number for number in numbers if number not in promises and not _is_of_a_store(deeds[number - 1])]
    stores = [number for number in numbers if number not in promises and _is_of_a_store(deeds[number - 1])]
    for some in (others, stores):
        chance.shuffle(some)
    chosen = {*promises, *[*others, *stores][: max(0, size.instants_max - len(promises))]}
    return ((number, instant) for number, instant in enumerate(instants(before, deeds)) if number in chosen)


def _is_of_a_store(deed: Deed) -> bool:
    """What SQLite writes is looked at closer by another pack."""
    return deed.doing is Doing.CUT or (deed.doing in (Doing.WRITTEN, Doing.SYNCED) and ".db" in Path(deed.path).name)


def _mark(image: dict[str, bytes]) -> bytes:
    whole = blake2b()
    for name, content in sorted(image.items()):
        whole.update(f"{name} {len(content)} ".encode() + content)
    return whole.digest()


def _lay(image: dict[str, bytes], folders: set[str], root: Path) -> None:
    """The folder holds this state and nothing else."""
    shutil.rmtree(root)
    for folder in sorted({str(root), *folders, *(str(Path(name).parent) for name in image)}):
        Path(folder).mkdir(parents=True, exist_ok=True)
    for name, content in image.items():
        Path(name).write_bytes(content)


def run(heavy: bool) -> tuple[Row, ...]:
    """The figures of the pack for the table of all packs; none on a machine without its tools."""
    if not IS_POSSIBLE:
        print(f"{PACK}: {IMPOSSIBLE}", file=sys.stderr)
        return ()
    with memory_folder() as folder:
        tallies = other_files(folder, HEAVY if heavy else WHOLE)
    return tuple(_row(name, tallies[name], tallies.get(PLAIN + name)) for name in DEEDS)


def _row(name: str, ours: Tally, plain: Tally | None) -> Row:
    return Row(
        pack=PACK,
        measure=f"{MEASURES[name]}, states after a power cut",
        ours=f"{ours.images} states, {len(ours.told)} broken",
        naive="" if plain is None else f"{plain.images} states, {len(plain.told)} broken",
        pass_mark="0 broken",
        is_passed=ours.images > 0 and not ours.told,
    )


if __name__ == "__main__":
    sys.exit(tell(run))
