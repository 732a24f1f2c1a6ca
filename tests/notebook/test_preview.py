"""A small preview of a video that browsers do not play: decoded again, it is the beginning of that video."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from support.media import photos, psnr, see, write_clip

from framechain import MediaError
from framechain.media.playback import describe_playback
from framechain.notebook import preview as previews
from framechain.notebook.preview import make_preview


def test_preview_is_small_and_browsers_play_it(tmp_path: Path) -> None:
    path, seen = tmp_path / "a.avi", tmp_path / "seen.mp4"
    write_clip(path, photos(4, 721, 405), codec="ffv1")
    preview = make_preview(str(path))
    seen.write_bytes(preview.content)
    assert (preview.width, preview.height, preview.is_cut) == (640, 360, False)
    assert preview.seconds == pytest.approx(0.16)
    assert describe_playback(str(seen)).problem is None
    found, given = see(seen), see(path)
    assert found.count == given.count
    for index in (0, 3):
        expected = cv2.resize(given.bgr(index), (640, 360), interpolation=cv2.INTER_AREA)
        assert psnr(np.asarray(found.bgr(index)), expected) > 32


def test_preview_of_a_long_video_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "a.avi", tmp_path / "seen.mp4"
    write_clip(path, photos(20), codec="mpeg4")
    monkeypatch.setattr(previews, "PREVIEW_SECONDS", 0.4)
    preview = make_preview(str(path))
    seen.write_bytes(preview.content)
    assert (preview.seconds, preview.is_cut, see(seen).count) == (0.4, True, 10)


def test_preview_of_no_video_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.avi").write_text("no video")
    with pytest.raises(MediaError):
        make_preview(str(tmp_path / "a.avi"))
