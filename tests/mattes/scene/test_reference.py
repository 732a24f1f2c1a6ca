"""The image of the empty scene."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from support.matte_cases import (
    draw_box,
    make_plain,
)

from framechain.errors import ArgumentError, ArgumentTypeError, MediaError, MissingInputError
from framechain.mattes import (
    ReferenceFrame,
)


def test_reference_frame_file_or_array_is_taken(tmp_path: Path) -> None:
    room = make_plain(90, (320, 180))
    path = tmp_path / "room.png"
    cv2.imwrite(str(path), room)
    for reference in (path, str(path), room, np.float32(room) / 255, room[..., 0]):
        alpha = ReferenceFrame(reference)(draw_box(make_plain(90)))
        assert alpha[60, 80] == 255
        assert alpha[10, 10] == 0


def test_reference_frame_none_takes_the_first_frame() -> None:
    matte = ReferenceFrame()
    assert not matte(make_plain(90)).any()
    assert matte(draw_box(make_plain(90)))[60, 80] == 255
    assert matte.status is None


def test_reference_frame_key_r_takes_the_next_frame() -> None:
    matte = ReferenceFrame(make_plain(90))
    moved = draw_box(make_plain(90))
    assert matte(moved).any()
    assert matte.on_key("R")
    assert not matte.on_key("a")
    assert not matte(moved).any()
    assert not matte(moved).any()
    assert matte(make_plain(90))[60, 80] == 255


def test_reference_frame_new_stream_uses_the_given_image() -> None:
    matte = ReferenceFrame(make_plain(90))
    matte.on_key("r")
    matte(draw_box(make_plain(90)))
    matte.open(None)
    assert matte(draw_box(make_plain(90)))[60, 80] == 255


def test_reference_frame_unusable_reference_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"reference image not found: nowhere\.png"):
        ReferenceFrame("nowhere.png")
    (tmp_path / "notes.png").write_text("no image")
    with pytest.raises(MediaError, match="not an image"):
        ReferenceFrame(tmp_path / "notes.png")
    with pytest.raises(ArgumentTypeError, match="reference must be a path or a numpy array, got int"):
        ReferenceFrame(7)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="the reference image is 400x300, but the frames have other proportions"):
        ReferenceFrame(make_plain(90, (400, 300)))(make_plain())
