"""A folder of images to step through."""

from __future__ import annotations

import os
import re
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from types import MappingProxyType

from ..basics.arguments import check_path
from ..errors import FramechainError, FramechainWarning, MediaError, MissingInputError
from ..files.paths import is_image, is_remote
from ..files.stores import list_remote_files
from ..frame import FrameInfo
from ..pixels.image import Plane
from .base import PlaneBackground
from .plain import Picture

_KEPT_IN_MEMORY = 4


class Gallery(PlaneBackground):
    """The images of a folder, in the natural order of their names: 2.jpg before 10.jpg.

    Each is read when it is first shown; the last few are kept in memory. Keys: `a` next, `d` previous.

    Attributes:
        paths: The paths of the images.
        index: The position of the one that is shown.
    """

    keys = MappingProxyType({"a": "next background", "d": "previous background"})

    def __init__(self, folder: str | os.PathLike[str], *, fit: str = "cover") -> None:
        """List a folder; files that are no images by name are skipped.

        Args:
            folder: Local, or one that stow reaches.
            fit: "cover", "contain" or "stretch".

        Raises:
            ArgumentError: If `fit` is none of these.
            MissingInputError: If there is no such folder.
            MediaError: If it is a file, or it has no readable image.
        """
        self._folder = os.path.expanduser(check_path("folder", folder))
        self._fit = fit
        self.paths = sorted((path for path in _list_files(self._folder) if is_image(path)), key=_make_natural_key)
        if not self.paths:
            raise MediaError(f"no image in the background folder {self._folder}: put jpg, png or webp files there")
        self.index = 0
        self._cache: OrderedDict[str, Picture] = OrderedDict()
        self._load()

    def step(self, forward: bool = True) -> bool:
        """Show the next or previous image; after the last comes the first.

        Args:
            forward: False for the previous one.

        Returns:
            False if there is only one.
        """
        if len(self.paths) < 2:
            return False
        self.index = (self.index + (1 if forward else -1)) % len(self.paths)
        self._load(forward)
        return True

    def on_key(self, key: str) -> bool:
        """Step forward on `a`, back on `d`.

        Args:
            key: One character.

        Returns:
            True if the key was used.
        """
        return key in ("a", "d") and self.step(key == "a")

    def _load(self, forward: bool = True) -> Picture:
        """Return the image to show; unreadable ones are removed from the list with a warning."""
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
                        f"no image in the background folder {self._folder} can be read: {error}"
                    ) from error
                warnings.warn(f"{error}; skipped", FramechainWarning, stacklevel=2)
                self.index = (self.index if forward else self.index - 1) % len(self.paths)
                continue
            self._cache[path] = picture
            if len(self._cache) > _KEPT_IN_MEMORY:
                self._cache.popitem(last=False)
            return picture

    def render(self, out: Sequence[Plane], source: Sequence[Plane], alphas: Sequence[Plane], info: FrameInfo) -> None:
        """Write the image that is shown."""
        self._load().render(out, source, alphas, info)


def _list_files(folder: str) -> list[str]:
    if is_remote(folder):
        # Each image is fetched when it is shown.
        files = list_remote_files(folder, "background folder")
    elif not os.path.exists(folder):
        raise MissingInputError(f"background folder not found: {folder}")
    else:
        files = [entry.path for entry in os.scandir(folder) if entry.is_file()] if os.path.isdir(folder) else None
    if files is None:
        raise MediaError(f"bg_images_path must be a folder, {folder} is a file: give it as bg_image")
    return files


def _make_natural_key(path: str) -> list[tuple[int, int, str]]:
    """Return a sort key in which the digits of a name count as numbers."""
    name = re.split(r"[\\/]", path)[-1].casefold()
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name)]
