"""Small disks, which are soon full."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[int], Path]]:
    """Make a context with a disk, and skip the test where none can be mounted.

    Args:
        folder: Where it is mounted; it is made.

    Yields:
        What gives the disk another size, in kilobytes, and returns the folder.
    """
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here")

    def resized(kilobytes: int) -> Path:
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(folder)], check=True)
        return folder

    try:
        yield resized
    finally:
        busy = subprocess.run(["umount", str(folder)], capture_output=True).returncode
        if busy:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        assert not busy, "a file on the disk is still open"
