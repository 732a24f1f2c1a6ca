"""A package with plug-ins, as pip installs it, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

CODE = '''
"""Effects."""

from typing import Literal

import numpy as np

from framechain import Frame, FrameInfo, FrameObject, Sink, Source, StreamInfo


class Glow(FrameObject):
    """Makes a frame brighter.

    Args of what is not listed below are ignored.
    """

    history = 0

    def __init__(self, radius: int = 3, mode: Literal["soft", "hard"] = "soft", tint: tuple[int, int, int] = (0, 0, 0)):
        """Choose how.

        Args:
            radius: How far.
            mode: How hard,
                or soft.
        """
        self.radius, self.mode, self.tint_color = radius, mode, tint

    def __call__(self, frame):
        return np.minimum(frame.astype(np.int16) + self.radius, 255).astype(np.uint8)


made = Glow()


def darken(frame, amount: float = 0.5):
    """Makes a frame darker."""
    return (frame * (1 - amount)).astype(np.uint8)


class Fails:
    """Cannot be made."""

    def __init__(self, x=1):
        raise OSError("no such device")

    def __call__(self, frame):
        return frame


class GreySource(Source):
    """Gives grey frames."""

    def __init__(self, count: int = 3, level: int = 128):
        self.info, self.count, self.level = StreamInfo("grey", "video", 64, 48), count, level

    def __iter__(self):
        for index in range(self.count):
            image = np.full((48, 64, 3), self.level, np.uint8)
            yield Frame(FrameInfo(index, 40 * index, 40, self.info), bgr=image)


class Levels(Sink):
    """Writes the mean of each frame into a text."""

    def __init__(self, file: str, digits: int = 0):
        self.file, self.digits = file, digits

    def open(self, source):
        self.values = []

    def write(self, frame):
        self.values.append(f"{frame.read_bgr().mean():.{self.digits}f}")

    def finish(self, *, complete=True):
        with open(self.file, "w") as file:
            file.write(" ".join(self.values))


class NoObject:
    """Is not called."""


def half(frame):
    """Finds the left half."""
    alpha = np.zeros(frame.shape[:2], np.uint8)
    alpha[:, : frame.shape[1] // 2] = 255
    return alpha


def stripes(frame, level: int = 100):
    """Fills the background."""
    return np.full_like(frame, level)
'''

ENTRY_POINTS = """
[framechain.objects]
glow = {module}:Glow
darken = {module}:darken
fails = {module}:Fails
broken = {module}_missing:Glow

[framechain.mattes]
half = {module}:half

[framechain.sources]
grey-frames = {module}:GreySource

[framechain.backgrounds]
stripes = {module}:stripes
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "glow", points: str = ENTRY_POINTS) -> str:
    """Put a package into a folder that Python looks into.

    Args:
        folder: An empty folder.
        monkeypatch: Takes the folder away again.
        name: The package is "framechain-{name}", its module "{name}_effects".
        points: Its entry points.

    Returns:
        The module's name.
    """
    module = f"{name}_effects"
    information = folder / f"framechain_{name}-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: framechain-{name}\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(points.format(module=module))
    (folder / f"{module}.py").write_text(CODE)
    monkeypatch.syspath_prepend(folder)
    return module
