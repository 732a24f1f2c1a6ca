"""Files that cannot be made again, such as recordings: they are never removed, and have names that can be found."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import tempfile

from .atomic_output import AtomicOutput, PrivateFolder
from .paths import PathLike


class KeptOutput(AtomicOutput):
    """An `AtomicOutput` that is worth something before it is complete.

    Until `commit` it is called "NAME (unfinished).SUFFIX", beside its target; what the target was stays there until
    then. If the process is killed, it keeps that name, and the next output to the same target renames it to
    "NAME (recovered 1).SUFFIX". A file that `commit` could not give its name is kept too.

    Attributes:
        recovered: The new names of what killed runs left.

    Example:
        >>> folder = tempfile.mkdtemp()
        >>> with KeptOutput(os.path.join(folder, "me.mp4")) as output:
        ...     output.path.name
        ...     output.write(b"frames")
        ...     output.commit()
        'me (unfinished).mp4'
        >>> os.listdir(folder)
        ['me.mp4']
    """

    def __init__(self, target: PathLike) -> None:
        """Check the target and create the file.

        Args:
            target: The path of the complete file: local, or on a store that stow reaches. What a store has not got yet
                is in a folder framechain_recording_XXXXXXXX of the system's temporary files.

        Raises:
            OutputError: As `AtomicOutput`.
        """
        self.recovered: list[str] = []
        self._must_stay = False
        super().__init__(target)

    def _make_folder(self) -> PrivateFolder:
        return _StayingFolder()

    def _make_file(self, folder: str, stem: str, suffix: str, *, is_alone: bool) -> str:
        if is_alone:
            shown = os.path.dirname(self.target)
            self.recovered = _recover(folder, shown if os.path.abspath(shown) == folder else folder, stem, suffix)
        for number in itertools.count(1):
            path = os.path.join(folder, f"{stem} (unfinished{f' {number}' if number > 1 else ''}){suffix}")
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:  # Locks do not work here, or somebody else's file has this name.
                continue
            os.close(handle)
            return path
        raise AssertionError

    def keep(self) -> None:
        """Keep the file under the name that it has, whatever happens."""
        self._must_stay = True

    def _publish(self) -> None:
        self._must_stay = True
        super()._publish()
        self._must_stay = False

    def discard(self) -> None:
        """Release the target, and remove the file if neither `commit` nor `keep` was called."""
        if not self._must_stay:
            super().discard()
        elif self._lock is not None:
            self._lock.release()
            self._lock = None


class _StayingFolder:
    """A folder that no other run removes."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="framechain_recording_")

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def _recover(folder: str, shown_folder: str, stem: str, suffix: str) -> list[str]:
    """Give what killed runs left a name that no later run uses, and return these names; empty files are removed."""
    unfinished = re.compile(rf"{re.escape(stem)} \(unfinished( \d+)?\){re.escape(suffix)}")
    recovered = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not unfinished.fullmatch(name) or not os.path.isfile(path):
            continue
        if not os.path.getsize(path):
            os.unlink(path)
            continue
        numbers = itertools.count(1)
        while os.path.exists(os.path.join(folder, new := f"{stem} (recovered {next(numbers)}){suffix}")):
            pass
        os.rename(path, os.path.join(folder, new))
        recovered.append(os.path.join(shown_folder, new))
    return recovered
