"""Cores, space for temporary files, and the current folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import reason
from .verdict import Verdict

_BUSY = 0.5
_GIGA = 10**9
_LITTLE, _VERY_LITTLE = 2 * _GIGA, 200 * 10**6


@dataclass(frozen=True, slots=True)
class CoreFacts:
    """Cores.

    Attributes:
        total: How many the machine has.
        allowed: How many this process may run on.
        quota: How many it may keep busy by a limit of its control group, as in a container; None without one.
        load: How many were busy in the last minute; None where the system does not say.
    """

    total: int
    allowed: int
    quota: float | None = None
    load: float | None = None

    @property
    def usable(self) -> float:
        """How many this process can keep busy."""
        return min(self.allowed, self.quota or self.allowed)


def gather_cores() -> CoreFacts:
    """Count the cores."""
    total = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else total
    load = None
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such number.
        load = round(os.getloadavg()[0], 2)
    return CoreFacts(total, allowed, read_quota(), load)


def read_quota(root: Path = Path("/")) -> float | None:
    """Return how many cores the control groups of this process allow; None if they set no limit.

    Args:
        root: The root of the file system.
    """
    mounted, limits = root / "sys" / "fs" / "cgroup", []
    try:
        lines = (root / "proc" / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        _, controllers, path = line.split(":", 2)
        names = controllers.split(",")
        if controllers and "cpu" not in names:
            continue
        tops = [mounted] if not controllers else [mounted / "cpu", mounted / controllers]
        # In a container the path may be that of the host: then its own group is the mounted one.
        for top in tops:
            own = top / path.lstrip("/")
            for folder in dict.fromkeys((own, *own.parents[: len(Path(path).parts)], top)):
                limits.append(_read_limit(folder))
    return min((limit for limit in limits if limit), default=None)


def _read_limit(folder: Path) -> float | None:
    """Return the limit of one control group: version 2 writes "150000 100000", version 1 has two files."""
    with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
        if (folder / "cpu.max").exists():
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return int(quota) / int(period) if int(quota) > 0 else None
    return None


def judge_cores(facts: CoreFacts) -> Iterable[Verdict]:
    """Return how many cores can be used."""
    text = f"{facts.total} core{'s' if facts.total > 1 else ''}"
    if facts.allowed < facts.total:
        text += f", of which this process may use {facts.allowed}"
    if facts.quota is not None and facts.quota < facts.allowed:
        text += f"; a limit of its container or service allows the work of {facts.quota:g}"
    if facts.usable < 2:
        yield Verdict("note", text, "allow two or more: one decodes and encodes while another finds the foreground")
    elif facts.quota is not None and facts.quota < facts.allowed:
        advice = "programs start threads for all of them: give whole cores (docker run --cpuset-cpus), or no limit"
        yield Verdict("note", text, advice)
    else:
        yield Verdict("ok", text)
    if facts.load is not None and facts.load > _BUSY * facts.usable:
        text = f"the machine is busy: a load of {facts.load:.1f} in the last minute, for {facts.usable:g} cores"
        yield Verdict("note", text, "end other programs: live video loses frames, and what is measured is too low")


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """Where files are written.

    Attributes:
        temporary_free: Bytes that are free in the folder of temporary files.
        temporary_error: Why it cannot be written.
        current_free: Bytes that are free in the current folder.
        current_error: Why it cannot be written.
    """

    temporary_free: int = 0
    temporary_error: str = ""
    current_free: int = 0
    current_error: str = ""


def gather_folders() -> FolderFacts:
    """Write to the folder of temporary files and to the current one."""
    try:
        temporary: str | None = tempfile.gettempdir()
    except OSError:  # Python has tried several.
        temporary = None
    temporary_free, temporary_error = _try_folder(temporary)
    try:
        current: str | None = os.getcwd()
    except OSError:
        current = None
    return FolderFacts(temporary_free, temporary_error, *_try_folder(current))


def _try_folder(folder: str | None) -> tuple[int, str]:
    if folder is None:
        return 0, "there is none"
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"framechain")
            file.flush()
        return shutil.disk_usage(folder).free, ""
    except OSError as error:
        return 0, reason(error)


def judge_folders(facts: FolderFacts) -> Iterable[Verdict]:
    """Return whether files can be written, and how many."""
    free = f"{facts.temporary_free / _GIGA:.1f} GB are free for temporary files"
    advice = "set TMPDIR (on Windows TEMP) to a folder with more space"
    if facts.temporary_error:
        text = f"temporary files cannot be written: {facts.temporary_error}"
        yield Verdict("problem", text, "set TMPDIR (on Windows TEMP) to a folder that you may write")
    elif facts.temporary_free < _LITTLE:
        yield Verdict("problem" if facts.temporary_free < _VERY_LITTLE else "note", free, advice)
    else:
        yield Verdict("ok", free)
    if facts.current_error:
        text = f"the current folder cannot be written: {facts.current_error}"
        yield Verdict("note", text, "go to another one, or name the output with --output")
    else:
        yield Verdict("ok", f"the current folder can be written, {facts.current_free / _GIGA:.1f} GB are free there")


def is_container() -> bool:
    """Return whether this process runs in a container, as far as that can be seen."""
    return any(os.path.exists(path) for path in ("/.dockerenv", "/run/.containerenv"))
