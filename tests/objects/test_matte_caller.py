"""A matte that is set while a stream runs is opened for it, and the one before is closed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import photo, photos, write_clip

from framechain import BackgroundReplacement, Engine, Matte, StreamInfo
from framechain.backgrounds import Color
from framechain.frame import Frame
from framechain.mattes import MediaPipeMatte


class Logging(Matte):
    def __init__(self, log: list[str], label: str) -> None:
        self.log, self.label = log, label

    def open(self, stream: StreamInfo) -> None:
        self.log.append(f"open {self.label}")

    def estimate(self, frame: Frame) -> Any:
        self.log.append(self.label)
        return np.zeros((2, 2), np.uint8)

    def close(self) -> None:
        self.log.append(f"close {self.label}")


@pytest.mark.parametrize("kind", ["video", "camera"])
def test_matte_set_while_running_is_opened_and_the_one_before_closed(kind: str) -> None:
    log: list[str] = []
    replace = BackgroundReplacement(Logging(log, "a"), Color((0, 0, 0)))
    replace.open(StreamInfo("stream", kind, 160, 120))
    replace(photo())
    replace.matte = Logging(log, "b")
    replace(photo())
    replace(photo())
    replace.close()
    assert log == ["open a", "a", "close a", "open b", "b", "b", "close b"]


def test_matte_set_after_the_last_frame_leaves_the_one_before_to_be_closed() -> None:
    log: list[str] = []
    replace = BackgroundReplacement(Logging(log, "a"), Color((0, 0, 0)))
    replace.open(StreamInfo("stream", "video", 160, 120))
    replace.matte = Logging(log, "b")
    replace.close()
    replace(photo())
    replace.close()
    assert log == ["open a", "close a", "b", "close b"]


def test_matte_set_by_an_object_of_the_run_causes_no_warning(tmp_path: Path) -> None:
    replace = BackgroundReplacement(MediaPipeMatte(quality="fast"), Color((0, 255, 0)))

    def change(frame: Any, info: Any) -> Any:
        if info.index == 1:
            replace.matte = MediaPipeMatte(quality="fast").grow(3)
        return frame

    clip = write_clip(tmp_path / "clip.mp4", photos(4))
    assert Engine(video_path=clip, custom_objects=[change, replace]).run().warnings == ()
