"""What an output was made of, kept beside it, so that it is not made twice."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._version import __version__
from ..files.paths import is_remote, is_stream_url, make_write_error
from ..files.stores import read_remote_file, stamp_remote_file, write_remote_file
from .fingerprint import stamp_local_file
from .inputs import Job

FOLDER = ".framechain"
"""The folder beside the outputs that holds what belongs to them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an output is made of.

    Attributes:
        input: The name of the input, without its folder.
        stamp: What tells the input's content from others; None if that is unknown, as of a web address.
        chain: The fingerprint of the objects and the options.
        version: framechain's.
    """

    input: str
    stamp: Any
    chain: str
    version: str = __version__

    def keep(self, job: Job) -> None:
        """Write it beside the complete output.

        Raises:
            FramechainError: If that is impossible.
        """
        text = json.dumps({**self._to_json(), "output": stamp(job.output)}, indent=1)
        path = make_side_path(job.output, "json")
        if is_remote(path):
            write_remote_file(path, text.encode())
            return
        # Nobody else writes it: the output is claimed. One that a power cut leaves empty only costs time.
        try:
            with open(f"{path}.new", "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(f"{path}.new", path)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(f"{path}.new")
            raise make_write_error(path, error) from error

    def is_kept(self, job: Job) -> bool:
        """Return whether the output was made by this recipe, and is as it was made."""
        if self.stamp is None:
            return False
        try:
            known: Any = json.loads(_read(make_side_path(job.output, "json")) or b"null")
        except ValueError:
            return False
        if not isinstance(known, dict):
            return False
        output = known.pop("output", None)
        return known == self._to_json() and output is not None and output == stamp(job.output)

    def _to_json(self) -> Mapping[str, Any]:
        return {"input": self.input, "stamp": self.stamp, "chain": self.chain, "version": self.version}


def make_recipe(job: Job, chain: str) -> Recipe:
    """Return what the output of a job is made of now.

    Args:
        job: The job; its input may be missing.
        chain: The fingerprint of the objects and the options.
    """
    return Recipe(job.input.replace(os.sep, "/").rsplit("/", 1)[-1], stamp(job.input), chain)


def make_side_path(output: str, suffix: str) -> str:
    """Return the path of a file that belongs to an output.

    Example:
        >>> make_side_path("s3://bucket/out/clip.mp4", "json")
        's3://bucket/out/.framechain/clip.mp4.json'
    """
    if is_remote(output):
        folder, _, name = output.rpartition("/")
        return f"{folder}/{FOLDER}/{name}.{suffix}"
    folder, name = os.path.split(output)
    return os.path.join(folder, FOLDER, f"{name}.{suffix}")


def stamp(path: str) -> Any:
    """Return what tells the content of a file from others; None if there is no file, or no way to know."""
    if is_stream_url(path):
        return None
    if is_remote(path):
        return stamp_remote_file(path)
    try:
        return stamp_local_file(path)
    except OSError:
        return None


def _read(path: str) -> bytes | None:
    if is_remote(path):
        return read_remote_file(path)
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
