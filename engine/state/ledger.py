"""The job ledger, manual actions, holds, the kill row and single facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from engine.state.models import Hold, JobRun, Kill, ManualAction, MetaEntry, utc_text
from engine.state.outcomes import KillRow
from engine.state.records import HoldRecord, JobRunRecord, ManualActionRecord, RunCount
from engine.state.rows import Rows, columns

EPOCH_KEY = "label_epoch"


class JobRows(Rows):
    """Which due runs happened, late, failed or not at all."""

    def start_run(self, *, job: str, due_at: datetime, now: datetime) -> bool:
        """True when this due run is ours to do; False when it was recorded before."""
        values = {"job": job, "due_at": due_at, "started_at": now, "outcome": "running", "error": ""}
        return self._insert_new(JobRun, values) is not None

    def finish_run(self, *, job: str, due_at: datetime, outcome: str, error: str, now: datetime) -> bool:
        """The running due run ended `ok`, `failed` or `missed`; False when it was not running."""
        running = (JobRun.job == job) & (JobRun.due_at == due_at) & (JobRun.outcome == "running")
        return self._change(JobRun.update(outcome=outcome, error=error, finished_at=now).where(running))

    def fail_interrupted_runs(self, *, error: str, now: datetime) -> int:
        """Runs a crash left running are failed; returns how many. For start-up, before any job runs."""
        return int(JobRun.update(outcome="failed", error=error, finished_at=now).where(JobRun.outcome == "running").execute(self._database))

    def runs(self, since: datetime, job: str | None = None) -> tuple[JobRunRecord, ...]:
        """Runs due at or after `since`, in due order."""
        query = JobRun.select(*columns(JobRun, JobRunRecord)).where(JobRun.due_at >= since)
        if job is not None:
            query = query.where(JobRun.job == job)
        return self._records(JobRunRecord, query.order_by(JobRun.due_at, JobRun.run_id))

    def first_due_at(self, job: str) -> datetime | None:
        """When the job fell due for the first time; None when it never did."""
        found = self._sql("SELECT min(due_at) FROM job_runs WHERE job = ?", (job,))
        return None if found[0][0] is None else datetime.fromisoformat(found[0][0])

    def run_counts(self, since: datetime) -> tuple[RunCount, ...]:
        """How many runs due since then ended how, by job and outcome."""
        found = self._sql("SELECT job, outcome, count(*) FROM job_runs WHERE due_at >= ? GROUP BY job, outcome ORDER BY job, outcome", (utc_text(since),))
        return tuple(RunCount(job=job, outcome=outcome, count=count) for job, outcome, count in found)


class DeskRows(Rows):
    """What people and triggers have set: actions asked, holds, the kill row."""

    def get_meta(self, key: str) -> str | None:
        found = self._sql("SELECT value FROM meta WHERE key = ?", (key,))
        return str(found[0][0]) if found else None

    def set_meta(self, key: str, value: str) -> None:
        """The fact is stored. The store's origin is not one: it never changes."""
        MetaEntry.insert(key=key, value=value).on_conflict(
            conflict_target=[MetaEntry.key], update={MetaEntry.value: value}, where=(MetaEntry.key != "origin")
        ).execute(self._database)

    def label_epoch(self) -> int:
        """The epoch of order labels: 0 in a store that was never restored, then one more with each restore of its home."""
        stored = self.get_meta(EPOCH_KEY)
        return 0 if stored is None else int(stored)

    def add_manual_action(self, *, action: str, args: Mapping[str, str], source: str, now: datetime) -> int:
        values = {"action": action, "args_json": json.dumps(dict(args)), "source": source, "created_at": now}
        return self._insert(ManualAction, {**values, "result": ""})

    def open_manual_actions(self) -> tuple[ManualActionRecord, ...]:
        """What the command line asked and the engine has not done, oldest first."""
        query = ManualAction.select().where(ManualAction.done_at.is_null()).order_by(ManualAction.action_id)
        return tuple(_action(row) for row in query.dicts().execute(self._database))

    def manual_action(self, action_id: int) -> ManualActionRecord | None:
        rows = list(ManualAction.select().where(ManualAction.action_id == action_id).dicts().execute(self._database))
        return _action(rows[0]) if rows else None

    def finish_manual_action(self, action_id: int, *, result: str, now: datetime) -> bool:
        """The action is done with `result`; False when it was done before."""
        undone = (ManualAction.action_id == action_id) & ManualAction.done_at.is_null()
        return self._change(ManualAction.update(result=result, done_at=now).where(undone))

    def add_hold(self, code: str, detail: str, now: datetime) -> bool:
        """The hold stands with `detail`; True when it is new, an older one keeps its start."""
        if self._insert_new(Hold, {"code": code, "detail": detail, "since_at": now}) is not None:
            return True
        self._change(Hold.update(detail=detail).where(Hold.code == code))
        return False

    def remove_hold(self, code: str) -> bool:
        """The hold is gone; False when there was none."""
        return self._change(Hold.delete().where(Hold.code == code))

    def holds(self) -> tuple[HoldRecord, ...]:
        """Every hold, longest standing first."""
        return self._records(HoldRecord, Hold.select(*columns(Hold, HoldRecord)).order_by(Hold.since_at, Hold.code))

    def kill_row(self) -> KillRow:
        """The switch as the database remembers it; a missing row counts as armed."""
        row = next(iter(Kill.select().dicts().execute(self._database)), None)
        if row is None:
            return KillRow(armed=True, reason="the kill row is missing", since=None)
        return KillRow(armed=row["is_armed"], reason=row["reason"], since=row["since_at"])

    def set_kill_row(self, *, armed: bool, reason: str, now: datetime) -> None:
        """The database remembers the switch; `since` is None while it is not armed."""
        values = {"is_armed": armed, "reason": reason, "since_at": now if armed else None}
        Kill.insert(kill_id=1, **values).on_conflict_replace().execute(self._database)


def _action(row: dict[str, object]) -> ManualActionRecord:
    known = {name: value for name, value in row.items() if name != "args_json"}
    return ManualActionRecord(**known, args=json.loads(str(row["args_json"])))  # type: ignore[arg-type]
