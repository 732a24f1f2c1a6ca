"""Which way up a video is shown, by its display matrix."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.media import flats, level

from framechain.media.orientation import read_orientation
from framechain.pixels.pyav import av
from framechain.sources.video import VideoSource


def make_image(a: float, b: float, c: float, d: float) -> Any:
    numbers = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 14]) * [1, 1, 1, 1, 1, 1, 1, 1, 1 / (1 << 16)]
    matrix = np.round(numbers * (1 << 16)).astype(np.int32).tobytes()
    return SimpleNamespace(side_data={"DISPLAYMATRIX": matrix})


def test_read_orientation_without_a_matrix_is_upright() -> None:
    assert read_orientation(SimpleNamespace(side_data={})) == (0, False)  # type: ignore[arg-type]


def test_video_with_exif_data_in_its_frames_is_read(tmp_path: Path) -> None:
    """PyAV 18 lists no data of a frame if it does not know one of its kinds."""
    path = tmp_path / "clip.mov"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("tiff", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        for image in flats(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image)))
        container.mux(stream.encode(None))
    with VideoSource(str(path)) as source:
        assert [int(frame.bgr.mean()) for frame in source] == pytest.approx([level(index) for index in range(3)], abs=2)


@pytest.mark.parametrize(("degrees", "quarters"), [(0, 0), (90, 3), (-90, 1), (180, 2)])
def test_read_orientation_beside_data_that_pyav_does_not_know_is_the_angle(degrees: int, quarters: int) -> None:
    class Image:
        rotation = degrees

        @property
        def side_data(self) -> Any:
            raise ValueError("31 is not a valid Type")

    assert read_orientation(Image()) == (quarters, False)  # type: ignore[arg-type]


@pytest.mark.parametrize("quarters", range(4))
def test_read_orientation_quarter_turns_are_counted_clockwise(quarters: int) -> None:
    a, b = round(math.cos(quarters * math.pi / 2)), round(math.sin(quarters * math.pi / 2))
    assert read_orientation(make_image(a, b, -b, a)) == (quarters, False)


@pytest.mark.parametrize("quarters", range(4))
def test_read_orientation_mirroring_comes_before_the_turn(quarters: int) -> None:
    a, b = round(math.cos(quarters * math.pi / 2)), round(math.sin(quarters * math.pi / 2))
    # Mirroring first exchanges the sign of what (1, 0) is mapped to.
    assert read_orientation(make_image(-a, -b, -b, a)) == (quarters, True)


@pytest.mark.parametrize(("degrees", "quarters"), [(44, 0), (46, 1), (134, 1), (226, 3), (316, 0)])
def test_read_orientation_other_angles_are_rounded_to_the_nearest_quarter(degrees: int, quarters: int) -> None:
    a, b = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    assert read_orientation(make_image(a, b, -b, a)) == (quarters, False)
