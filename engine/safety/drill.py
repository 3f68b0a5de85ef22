"""The restore drill: the newest backup is put back somewhere else, to know that it can be and how long it takes."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.clock import Clock, monotonic_s
from engine.errors import StateError
from engine.home import Home, home_at
from engine.safety.backup import newest_verified
from engine.safety.restore import restore_backup
from engine.state.anchors import read_anchors
from engine.state.backup import check_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """Whether the newest backup can be put back, and how long that took."""

    backup: str | None
    head_seq: int
    problem: str
    took_s: float

    @property
    def ok(self) -> bool:
        return not self.problem

    def sentence(self) -> str:
        if not self.ok:
            return f"restore drill FAILED: {self.problem}"
        return f"restore drill ok: {self.backup} restored to row {self.head_seq} and verified in {self.took_s:.2f} s; the home was not touched"

    def as_json(self) -> dict[str, object]:
        return {"ok": self.ok, "backup": self.backup, "head_seq": self.head_seq, "problem": self.problem, "took_s": round(self.took_s, 3)}


def drill_restore(home: Home, *, clock: Clock) -> Drill:
    """The newest verified backup was restored into a throw-away folder and looked at whole there; the home is only read."""
    newest = newest_verified(home)
    if newest is None:
        return Drill(backup=None, head_seq=0, problem=f"there is no verified backup in {home.backups}", took_s=0.0)
    began_s = monotonic_s()
    try:
        with tempfile.TemporaryDirectory(prefix="cerbero-drill-") as folder:
            scratch = home_at(Path(folder))
            if home.anchors.exists():
                shutil.copyfile(home.anchors, scratch.anchors)
            restored = restore_backup(scratch, newest.path, anchors_path=scratch.anchors, clock=clock)
            check_store(scratch.db, read_anchors(scratch.anchors))
    except (StateError, OSError) as error:
        return Drill(backup=newest.name, head_seq=newest.head_seq, problem=str(error), took_s=monotonic_s() - began_s)
    return Drill(backup=newest.name, head_seq=restored.head_seq, problem="", took_s=monotonic_s() - began_s)
