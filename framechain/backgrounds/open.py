"""Opens the background that a path asks for."""

from __future__ import annotations

import contextlib
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
    background: Background = find_background_kind(path)(path, fit=fit)
    return background


def find_background_kind(path: str | os.PathLike[str]) -> type[Picture] | type[Video]:
    """Return which of them a path asks for; an animated GIF is looked into.

    Raises:
        MissingInputError: If there is no such GIF.
        MediaError: If it cannot be read.
    """
    if not is_video(path):
        return Picture
    if not os.fspath(path).lower().endswith(".gif"):
        return Video
    with contextlib.closing(Video(path)) as video:
        return Picture if video.has_one_frame else Video
