"""A folder of pictures to step through."""

from __future__ import annotations

import os
import re
import warnings
from collections import OrderedDict
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..contracts import Background
from ..errors import FramechainError, FramechainWarning, MediaError, MissingInputError
from ..files.paths import is_image, is_remote
from ..files.stores import list_remote_files
from ..frame import FrameInfo
from ..pixels.colour import ColourSpace
from ..pixels.image import Image
from .plain import Picture

if TYPE_CHECKING:
    from ..pixels.planes import Planes

_KEPT_IN_MEMORY = 4


class Gallery(Background):
    """The pictures of a folder, in the natural order of their names: 2.jpg before 10.jpg.

    They are read when they are first shown, and only the last few are kept. Keys: `a` next, `d` previous.

    Attributes:
        paths: The pictures' paths.
        index: Which one is shown.
    """

    works_on_yuv = True
    keys = MappingProxyType({"a": "next background", "d": "previous background"})

    def __init__(self, folder: str | os.PathLike[str], *, fit: str = "cover") -> None:
        """List a folder; what is no picture by its name is skipped.

        Args:
            folder: Local, or one that stow reaches.
            fit: "cover", "contain" or "stretch".

        Raises:
            MissingInputError: If there is no such folder.
            MediaError: If it is a file, or no picture is in it that can be read.
        """
        self._folder = os.path.expanduser(os.fspath(folder))
        self._fit = fit
        self.paths = sorted((path for path in _listing(self._folder) if is_image(path)), key=_natural)
        if not self.paths:
            raise MediaError(f"no picture in the background folder {self._folder}: put jpg, png or webp files there")
        self.index = 0
        self._cache: OrderedDict[str, Picture] = OrderedDict()
        self._current()

    def step(self, forward: bool = True) -> bool:
        """Show the next or previous picture; after the last comes the first.

        Args:
            forward: False for the previous one.

        Returns:
            False if there is only one.
        """
        if len(self.paths) < 2:
            return False
        self.index = (self.index + (1 if forward else -1)) % len(self.paths)
        self._current(forward)
        return True

    def on_key(self, key: str) -> bool:
        """`a` steps forward, `d` back.

        Args:
            key: One character.

        Returns:
            Whether the key was used.
        """
        return key in ("a", "d") and self.step(key == "a")

    def _current(self, forward: bool = True) -> Picture:
        """The picture shown, read if need be; unreadable ones are taken off the list with a warning."""
        while True:
            path = self.paths[self.index]
            if path in self._cache:
                self._cache.move_to_end(path)
                return self._cache[path]
            try:
                picture = Picture(path, fit=self._fit)
            except FramechainError as error:
                del self.paths[self.index]
                if not self.paths:
                    raise MediaError(
                        f"no picture in the background folder {self._folder} can be read: {error}"
                    ) from error
                warnings.warn(f"{error}; skipped", FramechainWarning, stacklevel=2)
                self.index = (self.index if forward else self.index - 1) % len(self.paths)
                continue
            self._cache[path] = picture
            if len(self._cache) > _KEPT_IN_MEMORY:
                self._cache.popitem(last=False)
            return picture

    def __call__(self, frame: Image) -> Image:
        """The picture shown, in the frame's size.

        Args:
            frame: uint8 (H, W, 3).

        Returns:
            uint8 (H, W, 3): read it, never write.
        """
        return self._current()(frame)

    def render_planes(
        self, out: Planes, source: Planes, alpha: NDArray[np.uint8], colour: ColourSpace, info: FrameInfo
    ) -> None:
        """The picture shown, as Y, U and V.

        Args:
            out: Where to write.
            source: Not needed.
            alpha: Not needed.
            colour: Matrix and range of the stream.
            info: Not needed.
        """
        self._current().render_planes(out, source, alpha, colour, info)


def _listing(folder: str) -> list[str]:
    # A gallery on a store is brought here picture by picture as it is shown.
    if is_remote(folder):
        files = list_remote_files(folder, "background folder")
    elif not os.path.exists(folder):
        raise MissingInputError(f"background folder not found: {folder}")
    else:
        files = [entry.path for entry in os.scandir(folder) if entry.is_file()] if os.path.isdir(folder) else None
    if files is None:
        raise MediaError(f"bg_images_path must be a folder, {folder} is a file: give it as bg_image")
    return files


def _natural(path: str) -> list[tuple[int, int, str]]:
    """A sort key by which numbers in names count as numbers."""
    name = re.split(r"[\\/]", path)[-1].casefold()
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name)]
