"""The base of mattes that work on a small copy of the frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.media import BT709, encodable, frame_in_yuv, photo

from framechain import StreamInfo
from framechain.errors import ArgumentError
from framechain.mattes.base import SmallMatte


class Bright(SmallMatte):
    """Bright pixels are foreground; notes the sizes that it gets and how often it forgets."""

    ready = True

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.sizes: list[tuple[int, int]] = []
        self.forgotten = 0

    def find(self, small: Any) -> Any:
        self.sizes.append(small.shape[1::-1])
        return np.where(small.max(axis=2) > 128, 255, 0).astype(np.uint8) if self.ready else None

    def forget(self) -> None:
        self.forgotten += 1


def make_halves(width: int, height: int) -> Any:
    frame = np.zeros((height, width, 3), np.uint8)
    frame[:, width // 2 :] = 255
    return frame


@pytest.mark.parametrize(
    ("width", "height", "small"), [(640, 360, (160, 90)), (360, 640, (90, 160)), (80, 60, (80, 60))]
)
def test_small_matte_works_on_a_copy_whose_longer_side_is_limited(
    width: int, height: int, small: tuple[int, int]
) -> None:
    matte = Bright(working_size=160)
    alpha = matte(make_halves(width, height))
    assert matte.sizes == [small]
    assert alpha.shape == (height, width)
    assert (alpha[:, : width // 2 - 4] == 0).all()
    assert (alpha[:, width // 2 + 4 :] == 255).all()


def test_small_matte_estimates_yuv_at_the_working_size() -> None:
    matte = Bright(working_size=160)
    alpha = matte.estimate(frame_in_yuv(encodable(make_halves(640, 360), colour=BT709), BT709))
    assert alpha.shape == (90, 160)
    assert (alpha[:, :78] == 0).all()
    assert (alpha[:, 82:] == 255).all()


def test_small_matte_without_an_answer_finds_nobody() -> None:
    matte = Bright()
    matte.ready = False
    alpha = matte(np.full((60, 80, 3), 255, np.uint8))
    assert alpha.shape == (60, 80)
    assert not alpha.any()


def test_small_matte_new_size_or_stream_forgets_the_scene() -> None:
    matte = Bright()
    for _ in range(2):
        matte(photo(80, 60))
    assert matte.forgotten == 0
    matte(photo(82, 60))
    assert matte.forgotten == 1
    matte.open(StreamInfo("clip", "video", 82, 60))
    assert matte.forgotten == 2


@pytest.mark.parametrize("working_size", [15, 0, 100.5, None])
def test_small_matte_wrong_working_size_is_refused(working_size: Any) -> None:
    with pytest.raises(ArgumentError, match="working_size must be a whole number of at least 16"):
        Bright(working_size=working_size)
