"""prepare(): the matte of a later frame is estimated in another thread, with the same pixels and errors."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import photos, write_clip

from framechain import BackgroundReplacement, Engine, Frame, Matte
from framechain.backgrounds import Color
from framechain.errors import ObjectError
from framechain.sources.video import VideoSource


class PlaneMatte(Matte):
    """Finds the left half, logs its thread, and fails at a given frame."""

    works_on_yuv = True
    can_prepare = True

    def __init__(self, fail_at: int | None = None) -> None:
        self.threads: list[str] = []
        self.fail_at = fail_at

    def __call__(self, frame: Any) -> Any:
        raise AssertionError("the frame has left YUV")

    def estimate(self, frame: Frame) -> Any:
        if not frame.is_yuv:
            return self(frame.read_bgr())
        image = frame.yuv
        if len(self.threads) == self.fail_at:
            raise ValueError("no idea")
        self.threads.append(threading.current_thread().name)
        alpha = np.zeros((image.height // 4, image.width // 4), np.uint8)
        alpha[:, : alpha.shape[1] // 2] = 255
        return alpha


@pytest.fixture
def clip(tmp_path: Path) -> str:
    path = tmp_path / "clip.mp4"
    write_clip(path, photos(12))
    return str(path)


def run(clip: str, *objects: Any, **options: Any) -> Any:
    return Engine(video_path=clip, custom_objects=objects, progress=False, **options).run()


def planes(path: str) -> list[Any]:
    with VideoSource(path) as source:
        return [frame.yuv.to_ndarray() for frame in source]


def test_prepare_matte_of_a_file_runs_in_another_thread_with_the_same_result(
    clip: str, tmp_path: Path, cores: int
) -> None:
    ahead, behind = PlaneMatte(), PlaneMatte()
    behind.can_prepare = False
    outputs = []
    for matte in (ahead, behind):
        outputs.append(str(tmp_path / f"{len(outputs)}.mp4"))
        run(clip, BackgroundReplacement(matte, Color((0, 255, 0))), output_path=outputs[-1])
    assert set(ahead.threads) == {"framechain-prepare" if cores > 2 else "framechain-read"}
    assert len(ahead.threads) == 12
    assert set(behind.threads) == {"MainThread"}
    assert len(behind.threads) == 12
    for first, second in zip(*map(planes, outputs), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.usefixtures("cores")
def test_prepare_only_frames_in_the_range_are_estimated(clip: str) -> None:
    matte = PlaneMatte()
    run(clip, BackgroundReplacement(matte, Color((0, 255, 0))), start_video_frame=3, end_video_frame=7)
    assert len(matte.threads) == 5


@pytest.mark.usefixtures("cores")
def test_prepare_error_is_reported_at_its_own_frame(clip: str) -> None:
    with pytest.raises(ObjectError, match="BackgroundReplacement raised ValueError at frame 7: no idea"):
        run(clip, BackgroundReplacement(PlaneMatte(fail_at=7), Color((0, 255, 0))))


def test_prepare_subclass_with_its_own_process_frame_is_not_bypassed(clip: str) -> None:
    class Counting(BackgroundReplacement):
        count = 0

        def process_frame(self, frame: Frame) -> Frame:
            self.count += 1
            return super().process_frame(frame)

    matte = PlaneMatte()
    counting = Counting(matte, Color((0, 255, 0)))
    run(clip, counting)
    assert counting.count == 12
    assert set(matte.threads) == {"MainThread"}


@pytest.mark.filterwarnings("ignore:nobody was found:framechain.FramechainWarning")
def test_prepare_second_object_gets_the_result_of_the_first(clip: str) -> None:
    def no_light(frame: Any) -> Any:
        return np.zeros_like(frame)

    seen: list[float] = []
    run(clip, no_light, BackgroundReplacement(lambda f: seen.append(f.max()) or f[..., 0], Color((0, 0, 0))))
    assert seen == [0] * 12


def test_prepare_mirrored_run_does_not_estimate_ahead(clip: str, tmp_path: Path) -> None:
    class EitherWay(PlaneMatte):
        def __call__(self, frame: Any) -> Any:
            alpha = np.zeros(frame.shape[:2], np.uint8)
            alpha[:, : frame.shape[1] // 2] = 255
            return alpha

    matte, output = EitherWay(), str(tmp_path / "out.mp4")
    run(clip, BackgroundReplacement(matte, Color((0, 255, 0))), flip_view=True, output_path=output)
    assert not matte.threads
    with VideoSource(clip) as source, VideoSource(output) as made:
        for before, after in zip(source, made, strict=True):
            half = before.read_bgr()[:, ::-1][:, :70].astype(int)
            assert np.abs(after.read_bgr()[:, :70] - half).mean() < 6
            assert np.abs(after.read_bgr()[:, 90:].astype(int) - (0, 255, 0)).mean() < 6
