"""Backups from the command line, beside a running engine and without one."""

from __future__ import annotations

import json
from pathlib import Path

from engine.clock import SystemClock
from engine.home import home_at
from engine.safety.backup import list_backups
from engine.state.repository import AnchorFile, Store
from tests.e2e.product import cerbero, cerbero_beside, free_port, started


def grown(home: Path, rows: int) -> None:
    store = Store.open(home / "cerbero.db", origin="demo", clock=SystemClock(), boot="test", anchors=AnchorFile(home / "anchors.jsonl"))
    for _ in range(rows):
        store.write_sync(lambda tx: tx.audit(actor="test", type="test.row", ref="", body={}))
    store.close()


def test_create_list_verify_drill_and_restore_of_a_stopped_home(tmp_path: Path) -> None:
    grown(tmp_path, 3)
    created = cerbero("backup", "create", "--home", tmp_path, "--json")
    (backup,) = json.loads(created.stdout)["backups"]
    assert (created.returncode, backup["head_seq"], backup["verified"], backup["state"]) == (0, 3, True, "verified")

    listed = cerbero("backup", "list", "--home", tmp_path)
    assert listed.stdout == f"{backup['name']}  row 3  {backup['size_bytes']} bytes  verified\n"
    grown(tmp_path, 2)
    drill = cerbero("drill", "restore", "--home", tmp_path)
    assert (drill.returncode, drill.stdout.startswith(f"restore drill ok: {backup['name']} restored to row 3 and verified in ")) == (0, True)
    assert json.loads(cerbero("state", "inspect", "--json", "--home", tmp_path).stdout)["store"]["audit_head"].startswith("5·")

    restored = cerbero("backup", "restore", backup["name"], "--home", tmp_path)
    assert restored.returncode == 0
    assert restored.stdout.startswith(f"restored from {backup['name']}: head 3 < anchor 5: 2 rows missing; order labels begin with cb1; ")
    assert cerbero("status", "--home", tmp_path).stdout.splitlines()[1] == "open trades 0, cards waiting 0, holds restored"
    assert cerbero("audit", "verify", "--home", tmp_path).returncode == 0
    again = json.loads(cerbero("backup", "restore", str(tmp_path / "backups" / backup["name"]), "--json", "--home", tmp_path).stdout)
    assert (again["ok"], again["epoch"], again["hold"]) == (True, 2, "restored")


def test_a_bad_backup_ends_verify_and_drill_with_one(tmp_path: Path) -> None:
    grown(tmp_path, 3)
    cerbero("backup", "create", "--home", tmp_path)
    (backup,) = list_backups(home_at(tmp_path))
    content = bytearray(backup.path.read_bytes())
    content[5000] ^= 1
    backup.path.write_bytes(content)
    verified = cerbero("backup", "verify", "--home", tmp_path)
    elsewhere = cerbero("backup", "verify", tmp_path / "elsewhere" / backup.name, "--home", tmp_path)
    assert (elsewhere.returncode, "there is no backup" in elsewhere.stderr) == (1, True)
    drill = cerbero("drill", "restore", "--json", "--home", tmp_path)
    restored = cerbero("backup", "restore", backup.name, "--home", tmp_path)

    assert (verified.returncode, verified.stdout.rstrip().endswith("bad: " + backup.name + " is not what was written: its checksum differs")) == (1, True)
    assert (drill.returncode, json.loads(drill.stdout)["ok"]) == (1, False)
    assert (restored.returncode, restored.stderr) == (1, f"cerbero-bite: {backup.name} is not what was written: its checksum differs\n")


def test_a_home_without_backups_says_so(tmp_path: Path) -> None:
    told = [cerbero(*words, "--home", tmp_path) for words in (("backup", "list"), ("backup", "create"), ("backup", "verify"), ("backup", "restore"))]

    assert [each.returncode for each in told] == [0, 1, 1, 1]
    assert told[0].stdout == "no backups\n"
    assert [each.stderr for each in told[1:]] == [
        f"cerbero-bite: there is no store in {tmp_path}\n",
        f"cerbero-bite: there is no backup in {tmp_path / 'backups'}\n",
        f"cerbero-bite: there is no verified backup in {tmp_path / 'backups'}: `cerbero-bite backup verify`, or name a file\n",
    ]
    assert not (tmp_path / "cerbero.db").exists()


async def test_a_running_engine_is_backed_up_and_never_restored_over(tmp_path: Path) -> None:
    async with started("start", "--chat", "local", "--no-browser", "--port", str(free_port()), "--home", tmp_path) as engine:
        await engine.line_with("engine running")
        created = await cerbero_beside("backup", "create", "--home", tmp_path)
        restored = await cerbero_beside("backup", "restore", "--home", tmp_path)
        assert (created.returncode, restored.returncode) == (0, 75)
        assert f"another instance (pid {engine.pid}) runs in" in restored.stderr
        assert await engine.stop() == 0
    assert cerbero("backup", "restore", "--home", tmp_path).returncode == 0
    assert "holds restored" in cerbero("status", "--home", tmp_path).stdout
