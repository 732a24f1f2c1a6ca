"""The lock of an output: one holder at a time, released with its process, taken over after a kill."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from support.children import fork, nursery
from support.patience import PATIENCE
from support.together import call_together

from framechain.errors import OutputError
from framechain.files import locks
from framechain.files.atomic_output import AtomicOutput
from framechain.files.locks import FileLock

ROOT = Path(__file__).resolve().parents[2]


def test_file_lock_many_threads_one_holds_it_at_any_moment(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    inside: list[int] = []
    held = [0]

    def work() -> None:
        until = time.monotonic() + PATIENCE
        while held[0] < 150 and time.monotonic() < until:
            try:
                lock = FileLock(path)
            except BlockingIOError:
                continue
            inside.append(1)
            assert len(inside) == 1
            held[0] += 1
            inside.pop()
            lock.release()

    assert call_together(*[work] * 4) == [None] * 4
    assert held[0] >= 150
    assert os.listdir(tmp_path) == []


CONTEND = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from framechain.files.locks import FileLock
open(os.path.join(sys.argv[3], str(os.getpid())), "w").close()
until, held = time.monotonic() + 60, 0
while len(os.listdir(sys.argv[3])) < 3 and time.monotonic() < until:  # For the others, so that they meet.
    time.sleep(0.001)
while held < 300 and time.monotonic() < until:
    try:
        lock = FileLock(sys.argv[2])
    except BlockingIOError:
        continue
    os.close(os.open(sys.argv[2] + ".inside", os.O_CREAT | os.O_EXCL))  # Fails if another is inside.
    held += 1
    os.unlink(sys.argv[2] + ".inside")
    lock.release()
print(held)
"""


@pytest.mark.slow
def test_file_lock_many_processes_one_holds_it_at_any_moment(tmp_path: Path) -> None:
    place, met = tmp_path / "place", tmp_path / "met"
    place.mkdir()
    met.mkdir()
    command = [sys.executable, "-c", CONTEND, str(ROOT), str(place / "lock"), str(met)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ends = [process.communicate(timeout=PATIENCE) for process in processes]
    assert [err for _, err in ends] == [""] * 3
    assert [out for out, _ in ends] == ["300\n"] * 3
    assert os.listdir(place) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no processes")
def test_file_lock_forked_child_does_not_keep_it(tmp_path: Path) -> None:
    with AtomicOutput(tmp_path / "out.mp4"):
        child = os.fork()
        if child == 0:
            time.sleep(600)
            os._exit(0)
    try:
        with AtomicOutput(tmp_path / "out.mp4"):
            pass
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no processes")
def test_file_lock_that_cannot_be_removed_is_not_kept_by_a_forked_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child has the file open: without an explicit unlock, the lock would end with the child."""
    path = str(tmp_path / "lock")
    lock = FileLock(path)
    child = os.fork()
    if child == 0:
        time.sleep(600)
        os._exit(0)

    def refuse(path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    try:
        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", refuse)
            lock.release()
        assert os.path.exists(path)
        FileLock(path).release()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_atomic_output_one_place_by_two_names_is_locked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    monkeypatch.chdir(tmp_path)
    with AtomicOutput(tmp_path / "folder" / "out.mp4"):
        for other in ("folder/out.mp4", "link/out.mp4", "./folder/../folder/out.mp4"):
            with pytest.raises(OutputError, match="another run is writing it"):
                AtomicOutput(other)
    with AtomicOutput("link/out.mp4"):
        pass


def test_file_lock_removed_between_opening_and_locking_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last holder removes the file after it was opened: a lock on a removed file excludes nobody."""
    path = str(tmp_path / "lock")
    take = locks._lock
    calls: list[int] = []

    def remove_first(handle: int) -> bool:
        if not calls:
            os.unlink(path)
        calls.append(handle)
        return take(handle)

    monkeypatch.setattr(locks, "_lock", remove_first)
    lock = FileLock(path)
    try:
        assert len(calls) == 2
        assert Path(path).read_text() == str(os.getpid())
        handle = os.open(path, os.O_RDWR)
        try:
            with pytest.raises(BlockingIOError):
                take(handle)
        finally:
            os.close(handle)
    finally:
        lock.release()
    assert os.listdir(tmp_path) == []


HOLD = """
import time
from framechain.files.locks import FileLock
def work(path):
    lock = FileLock(path)
    print("held", flush=True)
    time.sleep(600)
"""


@fork
def test_file_lock_killed_process_is_named_while_it_lives_and_its_lock_taken_over(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    with nursery(HOLD) as children:
        child = children.child(tmp_path, path)
        child.wait_for("held")
        with pytest.raises(BlockingIOError) as caught:
            FileLock(path)
        assert caught.value.strerror == f"process {child.pid} holds it"
        child.send(signal.SIGKILL)
        child.end()
    assert Path(path).read_text() == str(child.pid)
    lock = FileLock(path)
    assert Path(path).read_text() == str(os.getpid())
    lock.release()
    assert not os.path.exists(path)


USERS = """
import os, signal
from framechain.files.atomic_output import AtomicOutput
def work(path, uid, umask, end):
    os.setuid(int(uid))
    os.umask(int(umask, 8))
    with AtomicOutput(path) as output:
        output.write(uid.encode())
        if end == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        output.commit()
"""


@fork
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root acts for two users")
@pytest.mark.parametrize("mode", [0o777, 0o1777], ids=["shared", "sticky"])
def test_file_lock_of_another_user_who_was_killed_is_taken_over(mode: int) -> None:
    # Folders above tmp_path are closed to other users.
    with tempfile.TemporaryDirectory() as made, nursery(USERS) as children:
        shared = Path(made) / "shared"
        shared.mkdir()
        os.chmod(made, 0o755)
        shared.chmod(mode)
        target = shared / "out.mp4"
        assert children.child(Path(made), target, 4711, "077", "killed").end() == -signal.SIGKILL
        assert [path.suffix for path in shared.glob(".out.mp4*")] == [".framechain-lock"]
        second = children.child(Path(made), target, 4712, "077", "commit")
        assert (second.end(), second.err) == (0, "")
        assert target.read_text() == "4712"
        assert mode == 0o1777 or os.listdir(shared) == ["out.mp4"]


@fork
def test_file_lock_of_a_running_process_is_not_kept_in_mind_by_a_forked_one(tmp_path: Path) -> None:
    path, (reads, writes) = str(tmp_path / "lock"), os.pipe()
    lock = FileLock(path)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.read(reads, 1)
            FileLock(path).release()
            code = 0
        finally:
            os._exit(code)
    lock.release()
    os.write(writes, b".")
    assert os.waitpid(child, 0)[1] == 0


def test_file_lock_hard_link_at_its_name_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    os.link(precious, tmp_path / ".out.mp4.framechain-lock")
    with AtomicOutput(tmp_path / "out.mp4") as output:
        assert precious.read_text() == "precious"
        output.write(b"complete")
        output.commit()
    assert (precious.read_text(), (tmp_path / "out.mp4").read_text()) == ("precious", "complete")
    assert sorted(os.listdir(tmp_path)) == ["out.mp4", "precious"]


def test_file_lock_file_that_cannot_be_removed_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, found = tmp_path / "lock", tmp_path / "precious"
    found.write_text("precious")
    os.link(found, path)

    def refuse(path: str) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refuse)
        lock = FileLock(str(path))
        assert lock.exclusive
        with pytest.raises(BlockingIOError):
            FileLock(str(path))
        lock.release()
    assert found.read_text() == "precious"


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_atomic_output_lock_that_cannot_be_used_is_named_with_the_remedy(kind: str, tmp_path: Path) -> None:
    place = tmp_path / ".out.mp4.framechain-lock"
    if kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError) as caught:
        AtomicOutput(tmp_path / "out.mp4")
    assert str(caught.value).startswith(f"cannot write {tmp_path / 'out.mp4'}: its lock {place} cannot be used (")
    assert str(caught.value).endswith("), remove that file if no run is at work")
    assert os.listdir(tmp_path) == [place.name]


@pytest.mark.skipif(os.name == "nt", reason="another call locks there")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_file_lock_file_system_without_locks_is_not_exclusive(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    killed = tmp_path / ".out.framechain-12345678.part.mp4"
    killed.write_text("of another run, which may live")
    lock = FileLock(str(tmp_path / "lock"))
    assert not lock.exclusive
    with pytest.raises(BlockingIOError, match=f"process {os.getpid()} holds it"):
        FileLock(str(tmp_path / "lock"))
    lock.release()
    with AtomicOutput(tmp_path / "out.mp4") as output:
        output.write(b"complete")
        output.commit()
    assert killed.exists()
    assert (tmp_path / "out.mp4").read_bytes() == b"complete"
