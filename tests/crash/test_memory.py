"""What killed packs leave in memory is taken away by the next one, and by nobody while they run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.crash.memory import PREFIX, clear_leftovers, memory_folder


def test_only_the_folders_of_the_dead_are_taken_away(tmp_path: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True).stdout.strip()
    for name in (f"{PREFIX}{gone}-a", f"{PREFIX}{os.getpid()}-b", f"{PREFIX}unknown", f"other-{gone}-c"):
        (tmp_path / name / "inside").mkdir(parents=True)
    clear_leftovers(tmp_path)

    assert sorted(folder.name for folder in tmp_path.iterdir()) == sorted([f"{PREFIX}{os.getpid()}-b", f"{PREFIX}unknown", f"other-{gone}-c"])


def test_a_folder_is_gone_when_its_work_is_done() -> None:
    with memory_folder() as folder:
        (folder / "file").touch()

    assert not folder.exists()
