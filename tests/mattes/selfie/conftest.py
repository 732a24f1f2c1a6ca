"""Frames that the tests of the selfie mattes share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framechain.sources.video import VideoSource


@pytest.fixture(scope="session")
def frames(clip: Path) -> list[Any]:
    """The first ten frames of the sample clip, BGR."""
    with VideoSource(str(clip)) as source:
        return [frame.bgr for frame in source if frame.info.index < 10]
