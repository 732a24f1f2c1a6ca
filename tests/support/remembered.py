"""Files that are written in one test after another, and encoded once."""

from __future__ import annotations

import functools
import hashlib
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

Options = ParamSpec("Options")
Write = Callable[Concatenate[Path | str, Iterable[Any], Options], str]

# Longer files are rare, and would fill the memory.
_MOST_BYTES = 1_000_000
_written: dict[bytes, bytes] = {}


def remembered(write: Write[Options]) -> Write[Options]:
    """Decorate a function that writes images to a path, so that it encodes the same images with the same options once.

    What cannot be compared, such as a `lambda` among the options, is encoded each time.
    """

    @functools.wraps(write)
    def write_or_copy(path: Path | str, images: Iterable[Any], *args: Options.args, **options: Options.kwargs) -> str:
        images = list(images)
        key = _digest(images, Path(path).suffix, args, options)
        if key in _written:
            Path(path).write_bytes(_written[key])
            return str(path)
        result = write(path, images, *args, **options)
        if key and Path(path).stat().st_size <= _MOST_BYTES:
            _written[key] = Path(path).read_bytes()
        return result

    return write_or_copy


def _digest(images: list[Any], *options: object) -> bytes:
    try:
        digest = hashlib.blake2b(pickle.dumps(options))
        for image in images:
            digest.update(pickle.dumps(image, 5))
    except (TypeError, AttributeError, pickle.PicklingError):
        return b""
    return digest.digest()
