"""One engine per home, whatever became of the last one."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.errors import AlreadyRunning
from engine.safety.instance import LOCK_NAME, HomeLock, boot_id, running_pid
from tests.conftest import ROOT


def test_a_second_instance_is_refused_with_the_pid_of_the_first_and_a_killed_one_frees_the_home(tmp_path: Path) -> None:
    """An orphan the first one left behind does not keep the lock."""
    command = [sys.executable, "-m", "tests.engine.safety.child", "lock", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        if first.stdout is None:
            raise ChildProcessError("no pipe")
        orphan_pid = int(first.stdout.readline())

        assert running_pid(tmp_path) == first.pid
        with pytest.raises(AlreadyRunning, match=f"pid {first.pid}"):
            HomeLock.acquire(tmp_path)
        first.kill()
        first.wait()
        try:
            assert running_pid(tmp_path) is None
            HomeLock.acquire(tmp_path).release()
        finally:
            os.kill(orphan_pid, signal.SIGKILL)


def test_the_home_is_free_again_once_it_is_released(tmp_path: Path) -> None:
    lock = HomeLock.acquire(tmp_path)

    assert running_pid(tmp_path) == os.getpid()
    lock.release()
    lock.release()
    assert running_pid(tmp_path) is None
    assert (tmp_path / LOCK_NAME).stat().st_mode & 0o777 == 0o600


def test_a_home_nobody_ever_ran_in_is_free_and_stays_untouched(tmp_path: Path) -> None:
    assert running_pid(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_holder_that_left_no_pid_is_unknown(tmp_path: Path) -> None:
    lock = HomeLock.acquire(tmp_path)
    (tmp_path / LOCK_NAME).write_text("?")

    with pytest.raises(AlreadyRunning) as refused:
        HomeLock.acquire(tmp_path)

    assert refused.value.pid is None
    lock.release()


def test_a_run_of_the_machine_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "boot_id").write_text("3f-9a\n")

    assert boot_id(tmp_path / "boot_id") == "3f-9a"
    assert boot_id(tmp_path / "absent") != boot_id(tmp_path / "absent")
    assert boot_id()


def test_a_glance_at_the_lock_does_not_keep_an_engine_from_starting(tmp_path: Path) -> None:
    HomeLock.acquire(tmp_path).release()
    glance = os.open(tmp_path / LOCK_NAME, os.O_RDONLY)
    fcntl.flock(glance, fcntl.LOCK_SH)
    threading.Timer(0.05, lambda: os.close(glance)).start()

    lock = HomeLock.acquire(tmp_path)

    assert running_pid(tmp_path) == os.getpid()
    lock.release()
