"""A video file by itself, without a name to be published under: what is in it, and what it refuses."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.audio import beeps, hear, write_audio
from support.media import BT709_FULL, decode_bgra, flat, flats, level, photos, see

from framechain import Encoding, Frame, FrameInfo, OutputError, StreamInfo
from framechain.media.audio import AudioTrack
from framechain.pixels.colour import ColourSpace
from framechain.sinks.files import video_file
from framechain.sinks.files.video_file import VideoFile

STREAM = StreamInfo("clip", "video", 64, 48, rate=Fraction(25))


def make_frame(image: Any, index: int, pts: int | None = None, stream: StreamInfo = STREAM) -> Frame:
    return Frame(FrameInfo(index, 40 * index if pts is None else pts, 40, stream), bgr=image)


def write(path: Path, images: list[Any], stream: StreamInfo = STREAM, **options: Any) -> VideoFile:
    """Write images at 25 per second and close the file."""
    file = VideoFile(str(path), stream, **options)
    for index, image in enumerate(images):
        file.write(make_frame(image, index, stream=stream))
    file.finish(cut_audio=False)
    return file


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize("fragmented", [False, True])
def test_video_file_frames_and_times_are_those_that_were_written(suffix: str, fragmented: bool, tmp_path: Path) -> None:
    file = write(tmp_path / f"out{suffix}", flats(12), fragmented=fragmented)
    seen = see(tmp_path / f"out{suffix}")
    assert seen.greys() == pytest.approx([level(index) for index in range(12)], abs=3)
    assert [float(time) for time in seen.times] == pytest.approx([0.04 * index for index in range(12)], abs=0.0006)
    assert (file.frames, file.end, file.problem) == (12, pytest.approx(0.48), None)


def test_video_file_uneven_times_and_the_end_are_kept(tmp_path: Path) -> None:
    file = VideoFile(str(tmp_path / "out.mp4"), STREAM)
    times = [0, 40, 300, 301, 2000]
    for index, pts in enumerate(times):
        info = FrameInfo(index, pts, 500 if pts == times[-1] else 40, STREAM)
        file.write(Frame(info, bgr=flat(level(index))))
        assert file.end == pytest.approx((pts + info.duration) / 1000)
    file.finish(cut_audio=False)
    seen = see(tmp_path / "out.mp4")
    assert [round(1000 * float(time)) for time in seen.times] == times
    assert float(seen.end) == pytest.approx(2.5)


def test_video_file_without_a_duration_ends_a_usual_step_later(tmp_path: Path) -> None:
    file = VideoFile(str(tmp_path / "out.mp4"), STREAM)
    file.write(Frame(FrameInfo(0, 100, 0, STREAM), bgr=flat(90)))
    assert file.end == pytest.approx(0.14)
    file.close()


def test_video_file_colour_and_pixel_shape_are_the_sources(tmp_path: Path) -> None:
    stream = StreamInfo("clip", "video", 160, 120, sample_aspect_ratio=Fraction(4, 3), colour=BT709_FULL)
    write(tmp_path / "out.mp4", photos(3), stream)
    seen = see(tmp_path / "out.mp4")
    assert seen.tags == ColourSpace(1, True, 1, 1)
    assert seen.aspect == Fraction(4, 3)


def test_video_file_alpha_is_written_and_missing_alpha_is_opaque(tmp_path: Path) -> None:
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, :32] = 255
    file = VideoFile(str(tmp_path / "out.webm"), STREAM, alpha=True)
    file.write(make_frame(flat(200), 0).with_bgr(np.dstack([flat(200), alpha])))
    file.write(make_frame(flat(200), 1))
    file.finish(cut_audio=False)
    first, second = (image[..., 3] for image in decode_bgra(tmp_path / "out.webm"))
    assert np.abs(first.astype(int) - alpha).max() <= 8
    assert second.min() >= 250


@pytest.mark.parametrize("cut", [True, False])
def test_video_file_audio_is_cut_with_the_frames_or_kept(cut: bool, tmp_path: Path) -> None:
    sound = write_audio(tmp_path / "sound.mka", beeps(2.0, "pcm_s16le"))
    track = AudioTrack(sound, 0, Fraction(0), "pcm_s16le")
    file = VideoFile(str(tmp_path / "out.mkv"), STREAM, audio=track)
    for index, image in enumerate(flats(12)):
        file.write(make_frame(image, index))
    file.finish(cut_audio=cut)
    assert hear(tmp_path / "out.mkv").end == pytest.approx(0.48 if cut else 2.0, abs=0.05)


def test_video_file_audio_that_is_gone_is_a_problem_and_no_error(tmp_path: Path) -> None:
    track = AudioTrack(str(tmp_path / "none.mka"), 0, Fraction(0), "aac")
    file = write(tmp_path / "out.mp4", flats(3), audio=track)
    assert file.problem is not None
    assert file.problem.startswith("the audio could not be kept (cannot read")
    assert see(tmp_path / "out.mp4").count == 3


def test_video_file_problems_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_file, "describe_unused", lambda *_: "the preset was not used")
    track = AudioTrack(str(tmp_path / "none.mka"), 0, Fraction(0), "aac")
    file = write(tmp_path / "out.mp4", flats(2), audio=track)
    assert file.problem is not None
    assert file.problem.startswith("the audio could not be kept")
    assert file.problem.endswith("; the preset was not used")


# What is refused


def test_video_file_alpha_that_nobody_declared_is_refused(tmp_path: Path) -> None:
    file = VideoFile(str(tmp_path / "out.mp4"), STREAM, target="me.mp4")
    frame = make_frame(flat(9), 7).with_bgr(np.zeros((48, 64, 4), np.uint8))
    with pytest.raises(OutputError, match=r"cannot write me\.mp4: frame 7 has alpha.*set gives_alpha = True"):
        file.write(frame)
    file.close()


def test_video_file_other_size_is_refused_and_named(tmp_path: Path) -> None:
    file = VideoFile(str(tmp_path / "out.mp4"), STREAM)
    file.write(make_frame(flat(9), 0))
    with pytest.raises(OutputError, match="frame 1 is 32x48 and the first was 64x48"):
        file.write(make_frame(flat(9, 32), 1))
    assert file.frames == 1
    file.close()


def test_video_file_times_that_do_not_grow_are_named(tmp_path: Path) -> None:
    file = VideoFile(str(tmp_path / "out.mkv"), STREAM, encoding=Encoding(codec="ffv1"))
    file.write(make_frame(flat(9), 0, 400))
    with pytest.raises(OutputError, match="frame 1 is not later than the frame before it; let the source give times"):  # noqa: PT012
        file.write(make_frame(flat(9), 1, 400))
        file.write(make_frame(flat(9), 2, 300))
        file.finish(cut_audio=False)
    file.close()


@pytest.mark.parametrize(
    ("name", "encoding", "why"),
    [
        ("out.webm", Encoding(codec="libx264"), "webm cannot hold what libx264 makes, choose another codec"),
        ("out.mov", Encoding(codec="dnxhd"), "dnxhd refused its settings"),
    ],
)
def test_video_file_encoder_that_does_not_fit_is_refused(
    name: str, encoding: Encoding, why: str, tmp_path: Path
) -> None:
    file = VideoFile(str(tmp_path / name), STREAM, encoding=encoding)
    with pytest.raises(OutputError, match=why):
        file.write(make_frame(flat(9), 0))
    file.close()


@pytest.mark.parametrize(("name", "alpha"), [("out.xyz", False), ("out.mp4", True)])
def test_video_file_suffix_that_does_not_fit_is_refused_before_a_file_is_made(
    name: str, alpha: bool, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=name):
        VideoFile(str(tmp_path / name), STREAM, alpha=alpha)
    assert os.listdir(tmp_path) == []


def test_video_file_folder_that_is_missing_is_an_error_about_the_target(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write me\.mp4"):
        VideoFile(str(tmp_path / "none" / "tmp.mp4"), STREAM, target="me.mp4")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_video_file_full_disk_is_found_before_the_header() -> None:
    with pytest.raises(OutputError, match=r"cannot write me\.mp4: .*(space|full)"):
        VideoFile("/dev/full", STREAM, target="me.mp4")


# Its end


def test_video_file_may_be_closed_again_and_after_the_finish(tmp_path: Path) -> None:
    file = write(tmp_path / "out.mp4", flats(3))
    size = os.path.getsize(tmp_path / "out.mp4")
    file.close()
    file.close()
    assert os.path.getsize(tmp_path / "out.mp4") == size
    assert see(tmp_path / "out.mp4").count == 3


def test_video_file_without_frames_can_be_finished(tmp_path: Path) -> None:
    file = VideoFile(str(tmp_path / "out.mp4"), STREAM)
    file.finish(cut_audio=True)
    assert (file.frames, file.end, file.problem) == (0, 0.0, None)
