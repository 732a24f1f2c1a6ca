"""Where the files of the segments are until they are joined: a hidden folder beside the output."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import MissingInputError
from ...files.atomic_output import AtomicOutput
from ...files.paths import is_remote, make_write_error
from ...files.stores import open_local_copy, translate_store_errors
from .record import SegmentRecord, read_record


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder for the segments of one output, local or on a store.

    Attributes:
        path: The folder.
    """

    path: str

    def join(self, name: str) -> str:
        """Return the path of a file in it."""
        return f"{self.path}/{name}" if is_remote(self.path) else os.path.join(self.path, name)

    def create(self) -> None:
        """Make the folder; one that is there already stays.

        Raises:
            OutputError: If it cannot be made.
        """
        if not is_remote(self.path):  # A store has no folders.
            try:
                os.makedirs(self.path, exist_ok=True)
            except OSError as error:
                raise make_write_error(self.path, error) from error

    def read_record(self, name: str) -> SegmentRecord | None:
        """Return the record of a segment that is done; None if it is not."""
        with contextlib.suppress(MissingInputError), open_local_copy(self.join(f"{name}.json"), "record") as path:
            return read_record(Path(path).read_bytes())
        return None

    def write_record(self, name: str, record: SegmentRecord) -> None:
        """Say that a segment is done; its file must be complete.

        Raises:
            OutputError: If it cannot be written.
        """
        with AtomicOutput(self.join(f"{name}.json")) as output:
            output.write(record.to_json())
            output.commit()

    def remove(self) -> None:
        """Remove the folder and all that is in it."""
        _remove(self.path)


def make_workspace(output: str, key: str) -> Workspace:
    """Return the folder for an output.

    Args:
        output: The path of the film that is made.
        key: What distinguishes it from the folder of a run with another chain: letters and digits.
    """
    return Workspace(_find_prefix(output) + key)


def remove_abandoned(output: str, but: Workspace) -> None:
    """Remove the folders of earlier runs to an output, which must be locked.

    Args:
        output: The path of the film that is made.
        but: The folder that stays.
    """
    prefix = _find_prefix(output)
    for path in _list_folders(prefix):
        if path.rstrip("/") != but.path:
            _remove(path)


def _find_prefix(output: str) -> str:
    if is_remote(output):
        folder, _, name = output.rpartition("/")
        return f"{folder}/.{name}.framechain-segments-"
    folder, name = os.path.split(os.path.abspath(os.path.expanduser(output)))
    return os.path.join(folder, f".{name}.framechain-segments-")


def _list_folders(prefix: str) -> Iterator[str]:
    if not is_remote(prefix):
        folder, start = os.path.split(prefix)
        yield from (entry.path for entry in os.scandir(folder) if entry.is_dir() and entry.name.startswith(start))
        return
    with contextlib.suppress(MissingInputError), translate_store_errors(prefix, "output"):
        import stow

        folder, _, start = prefix.rpartition("/")
        if stow.exists(folder):
            names = [item.path.rstrip("/").rsplit("/", 1)[-1] for item in stow.iterls(folder)]
            yield from (f"{folder}/{name}" for name in names if name.startswith(start))


def _remove(path: str) -> None:
    if not is_remote(path):
        shutil.rmtree(path, ignore_errors=True)
        return
    # What cannot be removed now is removed by the next run.
    with contextlib.suppress(MissingInputError), translate_store_errors(path, "output"):
        import stow

        if stow.exists(path):
            stow.rm(path, recursive=True)
