"""Due runs, asked actions, holds, the kill row and the people on the list."""

from __future__ import annotations

from datetime import timedelta

from engine.state.records import OperatorRecord, RunCount
from engine.state.repository import Store, Transaction
from tests.engine.state.builders import LATER, NOW


def test_a_due_run_is_made_once_and_its_end_is_kept(store: Store) -> None:
    def begin(tx: Transaction) -> bool:
        return tx.start_run(job="monitor", due_at=NOW, now=LATER)

    assert store.write_sync(begin)
    assert not store.write_sync(begin)
    assert store.write_sync(lambda tx: tx.finish_run(job="monitor", due_at=NOW, outcome="ok", error="", now=LATER))
    assert not store.write_sync(lambda tx: tx.finish_run(job="monitor", due_at=NOW, outcome="failed", error="x", now=LATER))
    runs = store.read_sync(lambda tx: tx.runs(NOW, "monitor"))

    assert [(run.due_at, run.started_at, run.finished_at, run.outcome) for run in runs] == [(NOW, LATER, LATER, "ok")]
    assert store.read_sync(lambda tx: tx.runs(NOW, "digest")) == ()


def test_runs_are_counted_by_how_they_ended(store: Store) -> None:
    def work(tx: Transaction) -> int:
        for day in range(3):
            tx.start_run(job="monitor", due_at=NOW + timedelta(days=day), now=NOW)
        tx.start_run(job="digest", due_at=NOW, now=NOW)
        tx.finish_run(job="monitor", due_at=NOW, outcome="missed", error="asleep", now=NOW)
        return tx.fail_interrupted_runs(error="the program ended", now=LATER)

    assert store.write_sync(work) == 3
    assert [run.outcome for run in store.read_sync(lambda tx: tx.runs(NOW, "monitor"))] == ["missed", "failed", "failed"]
    assert len(store.read_sync(lambda tx: tx.runs(NOW))) == 4
    assert store.read_sync(lambda tx: tx.run_counts(NOW)) == (
        RunCount(job="digest", outcome="failed", count=1),
        RunCount(job="monitor", outcome="failed", count=2),
        RunCount(job="monitor", outcome="missed", count=1),
    )


def test_an_asked_action_is_done_once(store: Store) -> None:
    number = store.write_sync(lambda tx: tx.add_manual_action(action="approve", args={"proposal_id": "7"}, source="cli", now=NOW))
    asked = store.read_sync(lambda tx: tx.open_manual_actions())

    assert [(action.action_id, dict(action.args), action.done_at) for action in asked] == [(number, {"proposal_id": "7"}, None)]
    assert store.write_sync(lambda tx: tx.finish_manual_action(number, result="approved", now=LATER))
    assert not store.write_sync(lambda tx: tx.finish_manual_action(number, result="again", now=LATER))
    assert store.read_sync(lambda tx: tx.open_manual_actions()) == ()
    done = store.read_sync(lambda tx: tx.manual_action(number))
    assert done is not None
    assert (done.result, done.done_at) == ("approved", LATER)
    assert store.read_sync(lambda tx: tx.manual_action(99)) is None


def test_a_hold_keeps_its_start_and_takes_the_newest_detail(store: Store) -> None:
    assert store.write_sync(lambda tx: tx.add_hold("clock_skew", "2.1 s", now=NOW))
    assert not store.write_sync(lambda tx: tx.add_hold("clock_skew", "3.4 s", now=LATER))
    (hold,) = store.read_sync(lambda tx: tx.holds())

    assert (hold.code, hold.since_at, hold.detail) == ("clock_skew", NOW, "3.4 s")
    assert store.write_sync(lambda tx: tx.remove_hold("clock_skew"))
    assert not store.write_sync(lambda tx: tx.remove_hold("clock_skew"))


def test_the_kill_row_is_remembered_and_a_missing_one_counts_as_armed(store: Store) -> None:
    assert store.read_sync(lambda tx: tx.kill_row()) == (False, "", None)
    store.write_sync(lambda tx: tx.set_kill_row(armed=True, reason="smoke", now=NOW))
    assert store.read_sync(lambda tx: tx.kill_row()) == (True, "smoke", NOW)
    store.write_sync(lambda tx: tx.set_kill_row(armed=False, reason="", now=LATER))
    assert store.read_sync(lambda tx: tx.kill_row()).since is None

    store.write_sync(lambda tx: tx._sql("DELETE FROM kill_switch"))
    assert store.read_sync(lambda tx: tx.kill_row()).armed


def test_people_and_facts_are_remembered(store: Store) -> None:
    admin = OperatorRecord(user_id=1, chat_id=11, role="admin", language="it")
    store.write_sync(lambda tx: tx.upsert_operator(OperatorRecord(user_id=1, chat_id=10, role="viewer", language="en")))
    store.write_sync(lambda tx: tx.upsert_operator(admin))

    assert store.read_sync(lambda tx: tx.operators()) == (admin,)
    assert store.read_sync(lambda tx: tx.operator(1)) == admin
    assert store.read_sync(lambda tx: tx.operator(2)) is None
    store.write_sync(lambda tx: tx.set_meta("stage", "paper"))
    store.write_sync(lambda tx: tx.set_meta("stage", "soft"))
    assert store.read_sync(lambda tx: (tx.get_meta("stage"), tx.get_meta("nothing"))) == ("soft", None)


def test_only_the_people_who_are_named_may_speak(store: Store) -> None:
    ada, bob, eve = (
        OperatorRecord(user_id=number, chat_id=number, role=role, language="en") for number, role in ((1, "admin"), (2, "viewer"), (3, "approver"))
    )
    assert store.write_sync(lambda tx: tx.admit_only((ada, bob))) == ((ada, bob), ())
    assert store.write_sync(lambda tx: tx.admit_only((bob, eve))) == ((eve,), (ada,))
    assert store.write_sync(lambda tx: tx.admit_only((bob, eve))) == ((), ())

    assert store.read_sync(lambda tx: tx.operators()) == (bob, eve)
    assert store.read_sync(lambda tx: tx.operator(1)) is None
