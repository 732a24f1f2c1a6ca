"""One suite over every source. A new backend joins by one line in `SOURCES`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import beeps, write_audio
from support.media import Array, flats, level, photo, psnr, with_cover, write_clip

from framechain import Frame, FramechainError
from framechain.sources.camera import CameraSource
from framechain.sources.image import ImageSource
from framechain.sources.video import VideoSource

Opener = Callable[[Path], AbstractContextManager[Any]]
FRAMES, WIDTH, HEIGHT = 6, 96, 64
MEGABITS = {"b": "8M"}


def video(name: str, codec: str = "libx264", pix_fmt: str = "yuv420p", **more: Any) -> Opener:
    images = [photo(WIDTH, HEIGHT, 3 * index) for index in range(FRAMES)]
    return lambda folder: VideoSource(write_clip(folder / name, images, codec=codec, pix_fmt=pix_fmt, **more))


def image(name: str) -> Opener:
    def opener(folder: Path) -> ImageSource:
        path = str(folder / name)
        assert cv2.imwrite(path, photo(WIDTH, HEIGHT))
        return ImageSource(path)

    return opener


def camera(folder: Path) -> CameraSource:
    images = [photo(WIDTH, HEIGHT, 3 * index) for index in range(FRAMES)]
    return CameraSource(write_clip(folder / "camera.avi", images, codec="mjpeg", pix_fmt="yuvj420p", options=MEGABITS))


# What opens it, how many frames it gives, and how near (dB) they come to the images that were put in. 4:2:0
# without further loss comes to 38; a frame early or late to 20.
SOURCES = [
    pytest.param(image("a.jpg"), 1, 38, id="jpg"),
    pytest.param(image("a.png"), 1, 99, id="png"),
    pytest.param(image("a.webp"), 1, 30, id="webp"),
    pytest.param(image("a.bmp"), 1, 99, id="bmp"),
    pytest.param(image("a.tiff"), 1, 99, id="tiff"),
    pytest.param(image("a.avif"), 1, 30, id="avif"),
    pytest.param(video("a.mp4"), FRAMES, 37, id="mp4"),
    pytest.param(video("a.mov", "prores_ks", "yuv422p10le"), FRAMES, 36, id="mov-prores"),
    pytest.param(video("b.mov", "png", "rgb24"), FRAMES, 37, id="mov-png"),
    pytest.param(video("a.mkv", "ffv1"), FRAMES, 37, id="mkv-ffv1"),
    pytest.param(video("a.webm", "libvpx-vp9", options={"crf": "10", "b": "0"}), FRAMES, 35, id="webm-vp9"),
    pytest.param(video("b.webm", "libvpx", options={"crf": "4", "b": "2M"}), FRAMES, 35, id="webm-vp8"),
    pytest.param(video("b.mp4", "libx265", options={"x265-params": "log-level=0"}), FRAMES, 31, id="mp4-hevc"),
    pytest.param(video("c.mp4", "libsvtav1", options={"crf": "10", "preset": "10"}), FRAMES, 35, id="mp4-av1"),
    pytest.param(video("a.avi", "mjpeg", "yuvj420p", options=MEGABITS), FRAMES, 34, id="avi-mjpeg"),
    pytest.param(video("b.avi", "mpeg4", options=MEGABITS), FRAMES, 34, id="avi-mpeg4"),
    pytest.param(video("a.mpg", "mpeg2video", options=MEGABITS), FRAMES, 34, id="mpg"),
    pytest.param(video("a.ts"), FRAMES, 37, id="mpegts"),
    pytest.param(video("a.wmv", "wmv2", options=MEGABITS), FRAMES, 34, id="wmv"),
    pytest.param(video("a.flv"), FRAMES, 37, id="flv"),
    pytest.param(video("a.h264"), FRAMES, 37, id="bare-h264"),
    pytest.param(video("a.gif", "gif", "rgb8"), FRAMES, 26, id="gif"),
    pytest.param(camera, FRAMES, 34, id="camera"),
]


@pytest.fixture
def taken(opener: Opener, count: int, tmp_path: Path) -> tuple[Any, list[Frame], list[Array]]:
    with opener(tmp_path) as source:
        frames = list(itertools.islice(source, count))
        return source, frames, [frame.bgr for frame in frames]


@pytest.mark.parametrize(("opener", "count", "decibel"), SOURCES)
class TestEverySource:
    def test_gives_all_frames_as_plain_bgr_of_the_size_it_told(self, taken: Any, count: int, decibel: float) -> None:
        source, frames, pixels = taken
        assert len(frames) == count
        for frame, array in zip(frames, pixels, strict=True):
            assert frame.size == (source.info.width, source.info.height) == (WIDTH, HEIGHT)
            assert array.shape == (HEIGHT, WIDTH, 3)
            assert array.dtype == np.uint8
            assert array.flags.c_contiguous
            assert array.flags.writeable

    def test_shows_what_was_put_in_and_in_that_order(self, taken: Any, count: int, decibel: float) -> None:
        for index, array in enumerate(taken[2]):
            near = [psnr(array, photo(WIDTH, HEIGHT, 3 * other)) for other in range(FRAMES)]
            assert near[index] == max(near) >= decibel

    def test_counts_from_0_and_time_goes_forward(self, taken: Any, count: int, decibel: float) -> None:
        source, frames, _ = taken
        assert [frame.info.index for frame in frames] == list(range(count))
        times = [frame.info.time for frame in frames]
        assert times[0] == pytest.approx(0, abs=1)
        assert all(earlier < later for earlier, later in itertools.pairwise(times))
        assert all(frame.info.stream is source.info for frame in frames)
        assert source.info.kind in ("image", "video", "camera")
        assert source.info.live == (source.info.kind == "camera")

    def test_frames_stay_good_after_it_is_closed_twice(
        self, opener: Opener, count: int, decibel: float, tmp_path: Path
    ) -> None:
        source = opener(tmp_path)
        frames = list(itertools.islice(source, count))
        source.close()
        source.close()
        assert psnr(frames[-1].bgr, photo(WIDTH, HEIGHT, 3 * (count - 1))) >= decibel

    def test_an_array_of_one_frame_is_not_that_of_another(self, taken: Any, count: int, decibel: float) -> None:
        _, frames, pixels = taken
        before = [array.copy() for array in pixels]
        pixels[0][...] = 0
        assert all(np.array_equal(one, other) for one, other in zip(pixels[1:], before[1:], strict=True))
        assert frames[0].bgr.max() == 0

    def test_says_of_a_file_that_nothing_is_missing(
        self, opener: Opener, count: int, decibel: float, tmp_path: Path
    ) -> None:
        with opener(tmp_path) as source:
            # A camera has no end to wait for.
            assert len(list(itertools.islice(source, count if source.info.live else None))) == count
            assert source.shortfall() is None


def _text(folder: Path) -> Path:
    path = folder / "notes.mp4"
    path.write_text("This is no video.\n" * 100)
    return path


def _empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def _directory(folder: Path) -> Path:
    path = folder / "folder.mp4"
    path.mkdir()
    return path


def _audio_only(folder: Path) -> Path:
    return Path(write_audio(folder / "song.m4a", beeps(0.5)))


def _no_frames(folder: Path) -> Path:
    whole = Path(write_clip(folder / "whole.mp4", flats(10))).read_bytes()
    path = folder / "headless.mp4"
    path.write_bytes(whole[: len(whole) // 2])  # Its index stands at the end.
    return path


def _noise(folder: Path) -> Path:
    path = folder / "noise.mp4"
    path.write_bytes(np.random.default_rng(1).bytes(5000))
    return path


@pytest.mark.parametrize("broken", [_text, _empty, _directory, _audio_only, _no_frames, _noise])
@pytest.mark.parametrize("source", [VideoSource, ImageSource])
def test_video_source_unreadable_input_is_one_sentence(
    source: type, broken: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = str(broken(tmp_path))
    with pytest.raises(FramechainError) as caught:
        source(path)
    assert isinstance(caught.value, ValueError)
    assert path in str(caught.value)
    assert "\n" not in str(caught.value)


def test_video_source_cover_image_is_not_the_video(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(5), audio=beeps(0.2))
    with VideoSource(with_cover(clip, tmp_path / "covered.mp4")) as source:
        greys = [int(frame.bgr[5, 5, 1]) for frame in source]
    assert greys == pytest.approx([level(index) for index in range(5)], abs=2)


def test_video_source_song_with_cover_is_no_video(tmp_path: Path) -> None:
    song = with_cover(write_audio(tmp_path / "song.m4a", beeps(0.5)), tmp_path / "covered.m4a")
    with pytest.raises(ValueError, match=r"covered\.m4a: it holds no video stream, only audio"):
        VideoSource(song)


def test_video_source_undecodable_title_is_ignored(tmp_path: Path) -> None:
    path = Path(write_clip(tmp_path / "clip.mp4", flats(5)))
    data = path.read_bytes()
    assert data.count(b"Lavf") == 1
    path.write_bytes(data.replace(b"Lavf", b"\xff\xfe\xfdf"))
    with VideoSource(str(path)) as source:
        assert len(list(source)) == 5
