"""What a run was told by its servers stands in a file, and the same run can be lived through again from it."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from engine.clients.call_log import CallLog, read_calls
from engine.clients.recorded import RecordedCaller, recorded_clients, recorded_look
from engine.config import default_rules
from engine.core.rules import StrategyRules
from engine.errors import ConfigError, Fault, VenueError
from engine.runtime.views_of import why_view
from engine.state.records import DecisionRecord
from tests.e2e.product import cerbero_beside
from tests.scenarios.house import House, at, house, unguarded

DECIDED_AT = at("03-02 14:05")


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def decision_of(engine: House) -> DecisionRecord:
    await engine.run_until(DECIDED_AT)
    record = await engine.desk.store.read(lambda tx: tx.decision(None))
    assert record is not None
    return record


async def recorded(folder: Path, home: Path, *, rules: StrategyRules | None = None) -> DecisionRecord:
    """The Monday's decision, every call of it written down."""
    async with house(made(home), rules=unguarded() if rules is None else rules) as engine:
        for connection in engine.desk.clients.connections:
            connection.record(CallLog(folder, engine.clock.now))
        return await decision_of(engine)


async def test_the_same_decision_comes_out_of_the_recording_alone(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    live = await recorded(folder, tmp_path / "live")
    calls = read_calls(folder)
    async with house(made(tmp_path / "again"), rules=unguarded()) as engine:
        engine.desk = replace(engine.desk, clients=recorded_clients(calls))
        again = await decision_of(engine)

    assert {"get_option_chain", "get_index_price", "get_events", "get_portfolio", "get_funding"} <= {call.tool for call in calls}
    assert again == live


async def test_the_command_line_decides_again_by_a_recorded_look(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    live = await recorded(folder, tmp_path / "live", rules=default_rules())
    words = ("dry-run", "--recorded", folder, "--home", tmp_path / "home", "--json")
    newest, same, before = [await cerbero_beside(*words, *at) for at in ((), ("--at", "2026-03-02T18:00Z"), ("--at", "2026-03-02T13:00Z"))]
    told = json.loads(newest.stdout)

    assert {**told, "decision_id": None} == {**json.loads(json.dumps(asdict(why_view(live)), default=str)), "decision_id": None}
    assert same.stdout == newest.stdout
    assert (before.returncode, "the last of 2026-03-02T14:00Z" in before.stderr) == (2, True)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(("text", "words"), [(None, "holds no look"), ("{}\n", "cannot be read"), ("half a li", "cannot be read")])
def test_a_folder_that_is_no_recording_is_refused_in_words(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "calls-2026-03-02-1.jsonl").write_text(text)

    with pytest.raises(ConfigError, match=words) as refused:
        recorded_look(tmp_path, None)
    assert "CERBERO_RECORD" in refused.value.fix


async def test_a_failure_is_lived_through_again_and_what_was_not_asked_has_no_answer(tmp_path: Path) -> None:
    failed = VenueError("upstream is busy", server="sim", tool="get_time", retry_after_s=3.0, upstream_code=10028).blamed(Fault.UPSTREAM)
    calls = CallLog(tmp_path, lambda: DECIDED_AT)
    calls.note("sim", "get_time", {}, began=calls.begin(), outcome=failed)
    calls.note("sim", "get_time", {}, began=calls.begin(), outcome="{}")
    caller = RecordedCaller("sim", read_calls(tmp_path))
    with pytest.raises(VenueError) as busy:
        await caller.call("get_time", {})
    answer = await caller.call("get_time", {})
    with pytest.raises(VenueError, match="not asked in the recording") as unasked:
        await caller.call("get_time", {})

    assert str(busy.value) == str(failed)
    assert (busy.value.permanent, busy.value.retry_after_s, busy.value.upstream_code, busy.value.fault) == (False, 3.0, 10028, Fault.UPSTREAM)
    assert (answer, unasked.value.permanent) == ("{}", True)


def test_a_recording_is_its_owner_s_alone_and_the_oldest_days_go_first(tmp_path: Path) -> None:
    for day in ("2026-02-27", "2026-02-28"):
        (tmp_path / f"calls-{day}-1.jsonl").write_text("x" * 100)
    calls = CallLog(tmp_path, lambda: DECIDED_AT, bytes_max=150)
    calls.note("sim", "get_time", {}, began=calls.begin(), outcome="{}")

    assert sorted(file.name for file in tmp_path.iterdir()) == ["calls-2026-02-28-1.jsonl", f"calls-2026-03-02-{os.getpid()}.jsonl"]
    assert stat.S_IMODE((tmp_path / f"calls-2026-03-02-{os.getpid()}.jsonl").stat().st_mode) == 0o600


async def test_a_recording_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "calls").write_text("in the way")

    assert (await recorded(tmp_path / "calls", tmp_path / "live")).outcome == "approved"
