"""Where a result goes: a path or an address, an open binary file, or nowhere."""

from __future__ import annotations

import os
from enum import Enum
from typing import Any, Final

from ..errors import ArgumentError, ArgumentTypeError
from ..files.binary import BinaryWriter, check_writable, get_file_name
from ..files.paths import PathLike, is_image, is_video


class NoOutput(Enum):
    """The type of `NO_OUTPUT`."""

    NO_OUTPUT = "NO_OUTPUT"

    def __repr__(self) -> str:
        return "framechain.NO_OUTPUT"


NO_OUTPUT: Final = NoOutput.NO_OUTPUT
"""Says that nothing is written, where None would mean: next to the input."""

Output = PathLike | BinaryWriter | NoOutput | None
"""What `Engine(output_path=...)` takes."""


def check_output(output: Any) -> str | BinaryWriter | NoOutput | None:
    """Check what was given as `output_path`.

    Args:
        output: What was given.

    Returns:
        The same, a path as text.

    Raises:
        ArgumentError: If it is an empty path.
        ArgumentTypeError: If it is something else, or a file to which no bytes can be written.
    """
    if output is None or output is NO_OUTPUT:
        return output
    if isinstance(output, str | os.PathLike):
        return check_path(output)
    return check_writable(output)


def check_path(path: PathLike) -> str:
    """Return an output's path as text.

    Raises:
        ArgumentError: If it is empty.
    """
    text = os.fspath(path)
    if text == "":
        raise ArgumentError(
            "the output's path is empty: give a path, framechain.NO_OUTPUT for nothing, or None for a file next to "
            "the input"
        )
    if not isinstance(text, str):
        raise ArgumentTypeError(f"the output's path must be text, got {text!r:.80}")
    return text


def describe_file(file: BinaryWriter) -> str:
    """Return a name for messages: that of the file, as far as it has one."""
    return get_file_name(file) or f"the given {type(file).__name__}"


def choose_suffix(file: BinaryWriter, *, image: bool, alpha: bool) -> str:
    """Return the suffix of the format that is written to an open file.

    Args:
        file: The file; the suffix of its name counts if it is that of an image or a video.
        image: Whether an image is written.
        alpha: Whether it must hold alpha.

    Example:
        >>> import io
        >>> [choose_suffix(io.BytesIO(), image=image, alpha=alpha) for image, alpha in ((1, 0), (0, 0), (0, 1))]
        ['.png', '.mp4', '.webm']
    """
    name = get_file_name(file) or ""
    if is_image(name) or is_video(name):
        return os.path.splitext(name)[1].lower()
    if image:
        return ".png"
    return ".webm" if alpha else ".mp4"
