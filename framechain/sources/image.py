"""A still picture as a stream of one frame."""

from __future__ import annotations

from collections.abc import Iterator

from ..images import read_picture
from ..stream import Frame, still_info


class ImageSource:
    """The one frame of a picture file, upright.

    Attributes:
        info: What is known of the stream.
        icc_profile: The picture's colour profile, or None.

    Example:
        >>> from framechain.sources.image import ImageSource
        >>> [frame.size for frame in ImageSource("samples/portrait.jpg")]
        [(512, 512)]
    """

    def __init__(self, path: str, *, name: str | None = None) -> None:
        """Read a picture.

        Args:
            path: A local path.
            name: What to call it in errors; the path if not given.

        Raises:
            MissingInputError: If there is no such file.
            MediaError: If it is no picture.
        """
        picture = read_picture(path, name=name)
        self._problem = picture.problem
        self._pixels = picture.pixels
        self.icc_profile = picture.icc_profile
        self._info = still_info(name or path, picture.pixels)
        self.info = self._info.stream

    def __iter__(self) -> Iterator[Frame]:
        """The frame."""
        yield Frame(self._info, bgr=self._pixels)

    def shortfall(self) -> str | None:
        """What is wrong with the file though it could be read, as a sentence; None if nothing is."""
        return self._problem

    def close(self) -> None:
        """Nothing is held."""

    def __enter__(self) -> ImageSource:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
