"""A local input must be a regular file with content."""

from __future__ import annotations

import os
import stat

from ..errors import MediaError
from .containers.isobmff import check_isobmff


def check_input_file(path: str, name: str) -> None:
    """Refuse what exists and is no file with content: reading a device or a pipe may never end.

    Args:
        path: A local path; one that does not exist is left to whoever opens it.
        name: Its name in the error.

    Raises:
        MediaError: If it is a folder, a device, a pipe or empty, or if `check_isobmff` refuses it.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return
    if stat.S_ISDIR(status.st_mode):
        raise MediaError(f"cannot read {name}: it is a folder, give an image or a video file")
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(f"cannot read {name}: it is a device or a pipe, give an image or a video file")
    if status.st_size == 0:
        raise MediaError(f"cannot read {name}: the file is empty")
    check_isobmff(path, name)
