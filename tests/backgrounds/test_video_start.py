"""Video(start=): a part that begins late in a file is searched for, and shown as if all before it had been decoded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import Array, flat, photo, photos, write_clip

from framechain.backgrounds import Video
from framechain.errors import MediaError
from framechain.frame import FrameInfo, StreamInfo
from framechain.sources.video import VideoSource

STREAM = StreamInfo("clip", "video", 64, 48, Fraction(1, 1000))
MOMENTS = 0, 90, 100, 450, 1000
SECONDS = 14


def make_images() -> list[Array]:
    """Each differs from its neighbours, so that later images refer to earlier ones."""
    image = photo(64, 48)
    return [np.roll(image, 3 * index, axis=1) for index in range(10 * SECONDS)]


def show(video: Video) -> list[Any]:
    shown = [video(flat(0), info=FrameInfo(0, moment, 1, STREAM)) for moment in MOMENTS]
    video.close()
    return shown


def count_decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    decoded: list[int] = []
    make_frame = VideoSource._make_frame

    def count(self: VideoSource, image: Any) -> Any:
        decoded.append(1)
        return make_frame(self, image)

    monkeypatch.setattr(VideoSource, "_make_frame", count)
    return decoded


FORMATS = {
    "clip.mp4": {"bf": "3", "g": "25"},
    "open.mp4": {"x264-params": "open-gop=1:keyint=20:bframes=4"},
    "clip.mkv": {"bf": "2", "g": "30"},
    "clip.mov": {"g": "1"},
    "clip.avi": {"g": "20"},
    "clip.ts": {"g": "20"},
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("start", [4.0, 7.77, 12.5])
def test_video_background_late_start_is_that_of_a_file_decoded_as_a_whole(
    name: str, start: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_clip(tmp_path / name, make_images(), rate=10, options=FORMATS[name])
    found = show(Video(path, start=start))
    monkeypatch.setattr("framechain.backgrounds.video._LEAST_SKIP", 1e9)
    for one, other in zip(found, show(Video(path, start=start)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_video_background_late_start_does_not_decode_what_lies_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_clip(tmp_path / "clip.mp4", make_images(), rate=10, options={"g": "25"})
    video = Video(path, start=12)
    decoded = count_decoded(monkeypatch)
    video.open(STREAM)
    video(flat(0), info=FrameInfo(0, 0, 1, STREAM))
    video.close()
    assert len(decoded) < 60


@pytest.mark.parametrize("fault", ["late", "error", "empty"])
def test_video_background_start_in_a_file_with_a_wrong_index_is_found_by_decoding(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_clip(tmp_path / "clip.mp4", make_images(), rate=10, options={"g": "10"})
    expected = show(Video(path, start=6))
    skip_to = VideoSource.skip_to

    def miss(self: VideoSource, seconds: float) -> bool:
        if fault == "late":
            return skip_to(self, seconds + 6)
        self.close()
        if fault == "error":
            raise MediaError("cannot search")
        return True

    monkeypatch.setattr(VideoSource, "skip_to", miss)
    for one, other in zip(show(Video(path, start=6)), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("name", "skips"), [("clip.mp4", True), ("clip.mkv", True), ("clip.ts", False)])
def test_skip_to_goes_on_at_a_key_frame_where_the_container_knows_them(name: str, skips: bool, tmp_path: Path) -> None:
    path = write_clip(tmp_path / name, make_images(), rate=10, options={"g": "25", "sc_threshold": "0"})
    with VideoSource(path) as source:
        frames = iter(source)
        next(frames)
        assert source.skip_to(7.3) is skips
        assert next(frames).info.time == pytest.approx(5.0 if skips else 0.1, abs=0.001)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"start": 5.02, "end": 11.0, "speed": 1.5},
        pytest.param({"end": 9.05}, marks=pytest.mark.slow),
        pytest.param({"loop": False}, marks=pytest.mark.slow),
    ],
    ids=str,
)
@pytest.mark.parametrize("gop", [pytest.param(10, marks=pytest.mark.slow), 999])
def test_video_background_begun_anywhere_is_that_of_a_run_from_the_beginning(
    gop: int, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment of a film begins in the middle; what lies before must not be decoded for each."""
    encoder = {"preset": "veryfast", "crf": "10", "g": str(gop), "sc_threshold": "0"}
    path = write_clip(tmp_path / "long.mp4", photos(120, 96, 64), rate=10, options=encoder)
    stream = StreamInfo("film.mp4", "video", 96, 64, time_base=Fraction(1, 1000), rate=10)
    infos = [FrameInfo(index, 100 * index, 100, stream) for index in range(700)]
    decoded: list[int] = []
    make_frame = VideoSource._make_frame

    def count(self: VideoSource, image: Any) -> Any:
        decoded.append(1)
        return make_frame(self, image)

    def show(video: Video, info: FrameInfo) -> bytes:
        return video(np.zeros((64, 96, 3), np.uint8), info=info).tobytes()

    in_order = Video(path, **options)
    expected = {info.index: show(in_order, info) for info in infos}
    monkeypatch.setattr(VideoSource, "_make_frame", count)
    for index in (0, 30, 71, 119, 120, 333, 480, 699):
        begun = Video(path, **options)
        decoded.clear()
        assert show(begun, infos[index]) == expected[index]
        assert len(decoded) <= 260  # The video twice at the most, whatever the time is.
        if gop == 10 and index == 71 and not options:
            assert len(decoded) < 40
        assert show(begun, infos[min(index + 1, 699)]) == expected[min(index + 1, 699)]
