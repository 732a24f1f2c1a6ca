"""Opens the background that a path asks for."""

from __future__ import annotations

import os

from ..contracts import Background
from ..files.paths import is_video
from .plain import Picture
from .video import Video


def open_background(path: str | os.PathLike[str], *, fit: str = "cover") -> Background:
    """Open an image or a video as background, by its name.

    Args:
        path: A path, local or one that stow reaches.
        fit: "cover", "contain" or "stretch".

    Returns:
        A `Video` for a video or an animated GIF, a `Picture` for everything else.

    Raises:
        ArgumentError: If `fit` is none of these.
        MissingInputError: If there is no such file.
        MediaError: If it is neither.
    """
    if not is_video(path):
        return Picture(path, fit=fit)
    video = Video(path, fit=fit)
    if video.has_one_frame and os.fspath(path).lower().endswith(".gif"):
        video.close()
        return Picture(path, fit=fit)
    return video
