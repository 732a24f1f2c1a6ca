"""`SKIP`, returned by an object, leaves the frame out of the output."""

from __future__ import annotations

import copy
import os
import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import pytest
from support.audio import beeps, hear
from support.media import flats, level, photo, photos, see, write_clip
from support.streams import Source as LiveSource
from support.streams import watch

from framechain import SKIP, BackgroundReplacement, Engine, Frame, FrameInfo, FrameObject
from framechain.backgrounds import Color
from framechain.errors import FramechainWarning, ObjectResultError
from framechain.steering import Skip


def keep_every_third(frame: Any, info: FrameInfo) -> Any:
    return frame if info.index % 3 == 0 else SKIP


class KeepsEveryThird(FrameObject):
    def process_frame(self, frame: Frame) -> Frame | Skip:
        return frame if frame.info.index % 3 == 0 else SKIP


class Log:
    def __init__(self) -> None:
        self.seen: list[int] = []

    def __call__(self, frame: Any, info: FrameInfo) -> Any:
        self.seen.append(info.index)
        return frame


@pytest.mark.parametrize("thing", [keep_every_third, KeepsEveryThird()])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", pytest.param("webm", marks=pytest.mark.slow)])
@pytest.mark.parametrize("seconds", [None, 60])
def test_skip_leaves_frames_out_and_keeps_the_times_of_the_others(
    thing: Any, suffix: str, seconds: float | None, tmp_path: Path
) -> None:
    ticks = [0, 2, 3, 7, 8, 9, 14, 15, 16, 20]  # A variable rate.
    clip = write_clip(tmp_path / "clip.mp4", flats(10), ticks=ticks, audio=beeps(1.6))
    log, out = Log(), tmp_path / f"out.{suffix}"
    result = Engine(video_path=clip, custom_objects=[thing, log], output_path=out, object_timeout=seconds).run()
    assert (result.frames_read, result.frames_processed, result.frames_written, result.skipped) == (10, 10, 4, 6)
    assert (result.stopped, result.warnings) == (None, ())
    assert log.seen == [0, 3, 6, 9]
    seen = see(out)
    assert seen.greys() == pytest.approx([level(index) for index in (0, 3, 6, 9)], abs=3)
    Engine(video_path=clip, output_path=tmp_path / f"plain.{suffix}").run()
    plain = see(tmp_path / f"plain.{suffix}")
    assert seen.times == [plain.times[index] for index in (0, 3, 6, 9)]
    assert hear(out).end == pytest.approx(1.6, abs=0.05)


def test_skip_of_the_first_frames_keeps_the_later_times_beside_the_audio(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(50), audio=beeps(2.0))
    Engine(
        video_path=clip,
        custom_objects=[lambda frame, info: frame if info.time >= 1 else SKIP],
        output_path=tmp_path / "out.mp4",
    ).run()
    seen = see(tmp_path / "out.mp4")
    assert (seen.count, seen.times[0], seen.times[-1]) == (25, 1, Fraction(49, 25))
    assert hear(tmp_path / "out.mp4").onsets() == pytest.approx([0.5, 1.0, 1.5], abs=0.02)


def test_skip_is_not_asked_for_frames_outside_the_range(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(10))
    out = tmp_path / "out.mp4"
    result = Engine(
        video_path=clip, custom_objects=[lambda frame: SKIP], output_path=out, start_video_frame=3, end_video_frame=5
    ).run()
    assert (result.skipped, result.warnings) == (3, ())
    assert see(out).greys() == pytest.approx([level(index) for index in (0, 1, 2, 6, 7, 8, 9)], abs=2)


def test_skip_before_and_after_a_replacement_that_looks_ahead(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(9))
    replacement = BackgroundReplacement(lambda frame: frame[..., 0], Color((0, 0, 0)))
    for chain in ([replacement, keep_every_third], [keep_every_third, replacement]):
        result = Engine(video_path=clip, custom_objects=chain, output_path=tmp_path / "out.mp4").run()
        assert (result.skipped, see(tmp_path / "out.mp4").count) == (6, 3)


def test_skip_of_live_frames_does_not_show_them() -> None:
    log = Log()
    result, viewer = watch(LiveSource(9), keep_every_third, log)
    assert sorted(viewer.frames) == log.seen == [0, 3, 6]
    assert (result.skipped, result.covered, result.frames_written) == (6, 0, 3)


def test_skip_of_live_frames_of_an_object_that_hides_is_no_failure() -> None:
    class Hides(KeepsEveryThird):
        hides_background = True

    result, viewer = watch(LiveSource(9), Hides(), max_failures=1)
    assert (sorted(viewer.frames), result.skipped, result.covered) == ([0, 3, 6], 6, 0)


def test_skip_of_every_frame_writes_nothing_and_says_so(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(4))
    with pytest.warns(FramechainWarning, match=r"all 4 frames were left out \(SKIP\), so that nothing was written"):
        result = Engine(video_path=clip, custom_objects=[lambda frame: SKIP], output_path=tmp_path / "out.mp4").run()
    assert (result.output_path, result.skipped, len(result.warnings)) == (None, 4, 1)
    assert os.listdir(tmp_path) == ["clip.mp4"]


def test_skip_of_every_frame_for_a_source_without_an_output_is_no_problem() -> None:
    assert Engine(source=LiveSource(3), custom_objects=[lambda frame: SKIP]).run().warnings == ()


def test_skip_of_an_image_writes_nothing_and_says_so(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "me.png"), photo())
    engine = Engine(image_path=tmp_path / "me.png", custom_objects=[lambda frame: SKIP])
    with pytest.warns(FramechainWarning, match=r"the image was left out \(SKIP\), so that nothing was written"):
        result = engine.run()
    assert (result.output_path, result.skipped, os.listdir(tmp_path)) == (None, 1, ["me.png"])
    with pytest.raises(ObjectResultError, match="an object left it out"), pytest.warns(FramechainWarning):
        engine.process_image(photo())
    with pytest.raises(ObjectResultError, match="an object left the frame out"):
        engine.custom_processing(photo())


@pytest.mark.parametrize("role", ["matte", "background"])
def test_skip_of_a_matte_or_a_background_is_an_error_that_names_it(role: str) -> None:
    parts: dict[str, Any] = {"matte": lambda frame: frame[..., 0], "background": lambda frame: frame}
    parts[role] = lambda frame: SKIP
    with pytest.raises(ObjectResultError, match="Skip"):
        Engine(custom_objects=[BackgroundReplacement(parts["matte"], parts["background"])]).custom_processing(photo())


def test_skip_is_one_value_in_every_copy() -> None:
    assert copy.deepcopy(SKIP) is SKIP
    assert pickle.loads(pickle.dumps(SKIP)) is SKIP
    assert repr(SKIP) == "framechain.SKIP"
