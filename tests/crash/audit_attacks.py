"""Eleven ways to rewrite history, each by somebody who may write every file of the host and recomputes whatever he can.

`python -m tests.crash.audit_attacks [--heavy]` prints what a plain chain, a key on the host and our anchors find of them,
at 500 rows or at 100,000, and how fast a chain is verified. The first two columns are naive designs, here to compare with.
"""

from __future__ import annotations

import hmac
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw

from engine.clock import ManualClock
from engine.home import home_at
from engine.safety.evidence import judge_copy, judge_home
from engine.state.anchors import REMEMBERED_KEY
from engine.state.audit import COLUMNS, RawRow, row_hash
from engine.state.repository import AnchorFile, Store, Transaction
from tests.crash.report import Row
from tests.engine.core.builders import NOW

PACK = "audit_attacks"
ROWS, ROWS_HEAVY = 500, 100_000
AT, TAIL, FORK_AT = 250, 60, 400
UNANCHORED = 7
PART = 50
HOST_KEY = b"a key that lies beside the database it protects"
TRIGGERS = ("audit_is_gapless", "audit_is_never_changed", "audit_is_never_deleted")

Rows = list[RawRow]


def rehashed(rows: Sequence[RawRow], *, first: int = 0) -> Rows:
    """`rows` renumbered and hashed anew from index `first` on: what everybody can do."""
    kept = list(rows[:first])
    previous = kept[-1][9] if kept else "0" * 64
    for seq, row in enumerate(rows[first:], start=first + 1):
        content = (seq, *row[1:8])
        digest = row_hash(content, prev_hash=previous)
        kept.append((*content, previous, digest))
        previous = digest
    return kept


def altered(row: RawRow) -> RawRow:
    return (*row[:7], '{"number":"another"}', *row[8:])


def edit(rows: Rows) -> Rows:
    return [*rows[:AT], altered(rows[AT]), *rows[AT + 1 :]]


def edit_and_rehash(rows: Rows) -> Rows:
    return rehashed(edit(rows), first=AT)


def delete_and_rehash(rows: Rows) -> Rows:
    return rehashed([*rows[:AT], *rows[AT + 1 :]], first=AT)


def insert_and_rehash(rows: Rows) -> Rows:
    return rehashed([*rows[:AT], altered(rows[AT]), *rows[AT:]], first=AT)


def swap_and_rehash(rows: Rows) -> Rows:
    return rehashed([*rows[:AT], rows[AT + 1], rows[AT], *rows[AT + 2 :]], first=AT)


def truncate_tail(rows: Rows) -> Rows:
    return rows[:-TAIL]


def truncate_last(rows: Rows) -> Rows:
    return rows[:-1]


def replace_history(rows: Rows) -> Rows:
    return rehashed([(row[0], row[1], "another-boot", *row[3:]) for row in rows])


def fork(rows: Rows) -> Rows:
    return rehashed([*rows[:FORK_AT], *map(altered, rows[FORK_AT:])], first=FORK_AT)


REWRITES: dict[str, Callable[[Rows], Rows]] = {
    "edit": edit,
    "edit and rehash": edit_and_rehash,
    "delete and rehash": delete_and_rehash,
    "insert and rehash": insert_and_rehash,
    "swap and rehash": swap_and_rehash,
    "truncate a tail of 60": truncate_tail,
    "truncate the last row": truncate_last,
    "replace the whole history": replace_history,
    "fork from row 400": fork,
}
SWAP_STORE, EDIT_ANCHORS = "store of another engine", "edit rows and the local anchors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacked:
    """Who found one attack."""

    name: str
    by_chain: bool
    by_host_key: bool
    by_anchors: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All attacks, what stays exposed, and how fast an untouched chain was walked."""

    rows: int
    attacks: tuple[Attacked, ...]
    unanchored_rows: int
    is_untouched_ok: bool
    verified_rows_per_s: float

    def table(self) -> str:
        marks = {True: "found", False: "–"}
        lines = [f"{'attack':<34}{'plain chain':<14}{'key on host':<14}{'our anchors':<14}"]
        lines += [f"{each.name:<34}{marks[each.by_chain]:<14}{marks[each.by_host_key]:<14}{marks[each.by_anchors]:<14}{each.words}" for each in self.attacks]
        found = [sum(column) for column in zip(*((each.by_chain, each.by_host_key, each.by_anchors) for each in self.attacks), strict=True)]
        lines.append(f"{f'found of {len(self.attacks)}':<34}{found[0]:<14}{found[1]:<14}{found[2]:<14}")
        lines.append(f"{self.rows} rows; the {self.unanchored_rows} after the last anchor stay exposed until the next one")
        lines.append(f"verified {self.verified_rows_per_s:,.0f} rows/s from the file")
        return "\n".join(lines)


def attack_all(folder: Path, *, rows: int = ROWS) -> Outcome:
    """Every attack was made on a copy of a real store of `rows` rows; `folder` must be empty."""
    home, off_host = home_at(folder / "home"), folder / "off-host.jsonl"
    history = _history(home.root, rows=rows, actor="engine")
    off_host.write_bytes(home.anchors.read_bytes())
    other = home_at(folder / "other")
    _history(other.root, rows=rows, actor="somebody")
    began_s = time.perf_counter()
    untouched = judge_home(home, anchors=off_host)
    took_s = time.perf_counter() - began_s
    # What nobody outside has seen cannot be witnessed: an attack on the end begins at the last anchored row.
    anchored = history[: untouched.result.anchored_seq]
    attacks = [_attacked(name, folder, rewrite(list(anchored)), anchored, off_host) for name, rewrite in REWRITES.items()]
    attacks.append(_attacked(SWAP_STORE, folder, _rows_of(other.db), anchored, off_host, store=other.db))
    forged = edit_and_rehash(list(anchored))
    attacks.append(_attacked(EDIT_ANCHORS, folder, forged, anchored, off_host))
    return Outcome(
        rows=rows,
        attacks=tuple(attacks),
        unanchored_rows=untouched.result.unanchored_rows,
        is_untouched_ok=untouched.ok,
        verified_rows_per_s=rows / took_s,
    )


def _attacked(name: str, folder: Path, forged: Rows, genuine: Sequence[RawRow], off_host: Path, *, store: Path | None = None) -> Attacked:
    """The forged rows lie in a store on the attacked host; what judges them is the copy of the anchors kept elsewhere."""
    victim = home_at(folder / name.replace(" ", "-"))
    victim.root.mkdir()
    shutil.copy(folder / "home" / "cerbero.db" if store is None else store, victim.db)
    if store is None:
        _overwrite(victim.db, forged)
    if name == EDIT_ANCHORS:
        _forge_anchors(victim.anchors, off_host, forged)
    verdict = judge_home(victim, anchors=off_host)
    is_chain_broken = not judge_copy(victim.db, anchors=None).ok
    shutil.rmtree(victim.root)
    words = verdict.sentence().splitlines()[0]
    return Attacked(name=name, by_chain=is_chain_broken, by_host_key=_is_found_by_host_key(forged, genuine), by_anchors=not verdict.ok, words=words)


def _overwrite(db: Path, rows: Rows) -> None:
    connection = apsw.Connection(str(db))
    for trigger in TRIGGERS:
        connection.execute(f"DROP TRIGGER {trigger}")
    with connection:
        connection.execute("DELETE FROM audit")
        connection.executemany(f"INSERT INTO audit ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})", rows)  # noqa: S608
        # He knows that the store remembers its last anchor, too.
        connection.execute("UPDATE meta SET value = ? WHERE key = ?", (f"{rows[-1][0]} {rows[-1][9]}", REMEMBERED_KEY))
    connection.close()


def _forge_anchors(path: Path, genuine: Path, rows: Rows) -> None:
    """The local anchor file names the forged rows."""
    anchors = [json.loads(line) for line in genuine.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(json.dumps(anchor | {"hash": rows[anchor["seq"] - 1][9]}) + "\n" for anchor in anchors), encoding="utf-8")


def _is_found_by_host_key(forged: Rows, genuine: Sequence[RawRow]) -> bool:
    """The naive design: rows sealed one after the other with a key of the host. Whoever rehashes seals anew with the same key."""
    is_careless = [row[9] for row in forged] == [row[9] for row in genuine]
    presented = _seals(genuine if is_careless else forged)
    return not hmac.compare_digest(presented, _seals(forged))


def _seals(rows: Sequence[RawRow]) -> bytes:
    seal = b""
    for row in rows:
        seal = hmac.digest(HOST_KEY, seal + repr(row[:8]).encode(), "sha256")
    return seal


def _history(root: Path, *, rows: int, actor: str) -> Rows:
    """A real store of `rows` rows in a new home; all but the last few were anchored as the engine does."""
    root.mkdir()
    home = home_at(root)
    witnessed = rows - UNANCHORED
    _append(home.db, AnchorFile(home.anchors), range(witnessed), actor=actor)
    # The machine stops while the last rows wait for their anchor.
    _append(home.db, None, range(witnessed, rows), actor=actor)
    return _rows_of(home.db)


def _append(db: Path, anchors: AnchorFile | None, numbers: range, *, actor: str) -> None:
    store = Store.open(db, origin="demo", clock=ManualClock(NOW), boot="boot-1", anchors=anchors)

    def work(tx: Transaction, part: range) -> None:
        for number in part:
            tx.audit(actor=actor, type="test.row", ref=f"row:{number}", body={"number": number})

    for first in range(0, len(numbers), PART):
        part = numbers[first : first + PART]
        store.write_sync(lambda tx, part=part: work(tx, part))
    store.close()


def _rows_of(db: Path) -> Rows:
    store = Store.open_readonly(db)
    try:
        return store.read_sync(lambda tx: list(tx.audit_stream()))
    finally:
        store.close()


def run(heavy: bool) -> tuple[Row, ...]:
    """The figures of the pack for the table of all packs."""
    outcome = _outcome(heavy)
    count = len(outcome.attacks)
    by_chain, by_anchors = sum(each.by_chain for each in outcome.attacks), sum(each.by_anchors for each in outcome.attacks)
    is_found = outcome.is_untouched_ok and by_anchors == count
    return (
        Row(pack=PACK, measure="attacks found", ours=f"{by_anchors}/{count}", naive=f"{by_chain}/{count}", pass_mark=f"{count}/{count}", is_passed=is_found),
    )


def _outcome(heavy: bool) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="cerbero-attacks-", dir=Path.cwd()) as folder:
        return attack_all(Path(folder), rows=ROWS_HEAVY if heavy else ROWS)


def main() -> int:
    """The table is printed; 0 when every attack was found."""
    outcome = _outcome("--heavy" in sys.argv[1:])
    print(outcome.table())
    return 0 if outcome.is_untouched_ok and all(attack.by_anchors for attack in outcome.attacks) else 1


if __name__ == "__main__":
    sys.exit(main())
