"""Snapshots of two views side by side, without a screen: each view is saved in full size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import photo
from support.windows import FakeWindow

from framechain import BackgroundReplacement, FPSmetric, Frame
from framechain.backgrounds import Color
from framechain.chain import Chain
from framechain.frame import make_image_info
from framechain.live import session as session_module
from framechain.live.session import Session
from framechain.live.viewer import ViewerControls

IMAGE = photo(160, 120)


def find_left_half(frame: Any) -> Any:
    alpha = np.zeros(frame.shape[:2], np.uint8)
    alpha[:, : frame.shape[1] // 2] = 255
    return alpha


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> FakeWindow:
    """A window in which `s` is pressed."""
    fake = FakeWindow()
    monkeypatch.setattr(session_module, "Window", lambda title: fake)
    fake.keys = ["s"]
    return fake


def save_both_views(folder: Path, *later: Callable[..., Any]) -> Any:
    """Press `s` while matte and result are shown side by side, before later objects; return the image that is saved."""
    replace = BackgroundReplacement(find_left_half, Color((0, 255, 0)))
    replace.view = "both"
    chain = Chain([replace, *later])
    controls = ViewerControls(on_key=chain.on_key, keys=lambda: chain.keys, objects=chain.adapted, tunables=())
    with Session(controls, title="framechain") as session:
        session.show(chain(Frame(make_image_info("frame", IMAGE), bgr=IMAGE.copy())))
    (path,) = folder.iterdir()
    return cv2.imread(str(path))


def test_snapshot_of_two_views_has_each_in_full_size(
    window: FakeWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    saved = save_both_views(tmp_path, FPSmetric())
    assert saved.shape == (120, 2 * 160, 3)
    np.testing.assert_array_equal(saved[:, :160], np.dstack([find_left_half(IMAGE)] * 3))
    result = BackgroundReplacement(find_left_half, Color((0, 255, 0)))(IMAGE.copy())
    np.testing.assert_array_equal(saved[:, 160:], result)
    assert window.shown[0].shape == IMAGE.shape


@pytest.mark.parametrize("in_place", [True, False])
def test_snapshot_of_two_views_keeps_hidden_what_a_later_object_hides(
    in_place: bool, window: FakeWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hide(frame: Any) -> Any:
        frame = frame if in_place else frame.copy()
        frame[60:] = 0
        return frame

    monkeypatch.chdir(tmp_path)
    saved = save_both_views(tmp_path, hide)
    assert saved.shape == IMAGE.shape
    assert not saved[60:].any()
