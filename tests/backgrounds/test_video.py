"""Video: in time with the stream, looped, not stretched."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import Array, corners, flat, flats, level, see, write_clip
from support.memory_source import MemorySource

from framechain import BackgroundReplacement, Engine, FramechainWarning
from framechain.backgrounds import Video
from framechain.errors import ArgumentError, MediaError, MissingInputError
from framechain.frame import FrameInfo, StreamInfo
from framechain.mattes import MediaPipeMatte

pytestmark = pytest.mark.filterwarnings("ignore:nobody was found:framechain.FramechainWarning")


def find_nobody(frame: Array) -> Array:
    return np.zeros(frame.shape[:2], np.uint8)


@pytest.fixture
def background_path(tmp_path: Path) -> str:
    """Ten greys at ten frames a second."""
    return write_clip(tmp_path / "background_path.mp4", flats(10), rate=10)


def read_greys(source: str, background_path: str, out: Path) -> list[int]:
    Engine(
        video_path=source, custom_objects=[BackgroundReplacement(find_nobody, Video(background_path))], output_path=out
    ).run()
    return see(out).greys()


def test_video_background_follows_the_streams_time_and_loops(background_path: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", [flat(250)] * 50, rate=20)
    greys = read_greys(source, background_path, tmp_path / "out.mp4")
    expected = [level(index // 2 % 10) for index in range(50)]
    assert greys == pytest.approx(expected, abs=3)


def test_video_background_follows_a_variable_rate(background_path: str, tmp_path: Path) -> None:
    ticks = [0, 50, 120, 400, 410, 990, 1500, 2050]
    source = write_clip(
        tmp_path / "clip.mp4", [flat(250)] * len(ticks), time_base=Fraction(1, 1000), ticks=ticks, rate=10
    )
    greys = read_greys(source, background_path, tmp_path / "out.mp4")
    assert greys == pytest.approx([level(tick // 100 % 10) for tick in ticks], abs=3)


def test_video_background_new_stream_restarts_it(background_path: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", [flat(250)] * 4, rate=10)
    replaced = BackgroundReplacement(find_nobody, Video(background_path))
    for name in ("first.mp4", "second.mp4"):
        Engine(video_path=source, custom_objects=[replaced], output_path=tmp_path / name).run()
        assert see(tmp_path / name).greys() == pytest.approx([level(index) for index in range(4)], abs=3)


def test_video_background_of_a_camera_follows_the_clock(background_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("framechain.backgrounds.video.time.monotonic", lambda: now)
    stream = StreamInfo("camera 0", "camera", 64, 48)
    video, seen = Video(background_path), []
    for step in range(25):
        now = 100.0 + step / 10 + 0.01
        if step == 0:
            now = 100.0
        seen.append(int(video(flat(0), info=FrameInfo(step, step, 0, stream))[24, 32, 1]))
    video.close()
    assert seen == pytest.approx([level(step % 10) for step in range(25)], abs=3)


def test_video_background_covers_without_stretching(tmp_path: Path) -> None:
    background_path = write_clip(tmp_path / "wide.mp4", [corners(192, 48)] * 2)
    shown = Video(background_path)(flat(0, 64, 48))
    middle = cv2.resize(corners(192, 48)[:, 64:128], (64, 48))
    assert np.abs(shown.astype(int) - middle).mean() < 8


@pytest.mark.parametrize("fit", ["contain", "stretch"])
def test_video_background_fit_stretches_or_contains(fit: str, tmp_path: Path) -> None:
    background_path = write_clip(tmp_path / "wide.mp4", [flat(200, 192, 48)] * 2)
    shown = Video(background_path, fit=fit)(flat(0, 64, 48))
    assert (shown[0].max() < 5) == (fit == "contain")
    assert shown[24].min() > 190


@pytest.mark.slow
def test_video_background_in_yuv_and_in_bgr_looks_the_same(
    background_path: str, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layouts: dict[str, list[bool]] = {"planes.mp4": [], "bgr.mp4": []}
    render = Video.render

    def note(self: Video, out: Any, source: Any, alphas: Any, info: Any) -> None:
        layouts[running].append(len(out) == 3)
        render(self, out, source, alphas, info)

    class InBgr(BackgroundReplacement):
        def __call__(self, frame: Any, info: Any = None) -> Any:
            return super().__call__(frame, info)

    monkeypatch.setattr(Video, "render", note)
    outputs = []
    for kind, running in ((BackgroundReplacement, "planes.mp4"), (InBgr, "bgr.mp4")):
        made = kind(MediaPipeMatte(1), Video(background_path))
        Engine(
            video_path=clip, custom_objects=[made], output_path=tmp_path / running, end_video_frame=9, break_on_end=True
        ).run()
        outputs.append(see(tmp_path / running))
    # A subclass that overrides only `__call__` must not be bypassed: it sees BGR.
    assert layouts == {"planes.mp4": [True] * 10, "bgr.mp4": [False] * 10}
    for index in range(10):
        in_yuv, in_bgr = (output.bgr(index).astype(int) for output in outputs)
        assert np.abs(in_yuv - in_bgr).mean() < 1.5
        # The background is one grey, in both layouts the one of this moment.
        corner = in_yuv[:20, :20]
        assert corner.mean() == pytest.approx(in_bgr[:20, :20].mean(), abs=1.5)
        assert corner.mean() == pytest.approx(level(int(index / 2.997)), abs=4)


def test_video_background_time_goes_back_to_an_earlier_loop(background_path: str) -> None:
    video, stream = Video(background_path), StreamInfo("clip", "video", 64, 48, Fraction(1, 100))
    ticks = [0, 75, 135, 235, 55, 95]
    seen = [int(video(flat(0), info=FrameInfo(0, tick, 1, stream))[24, 32, 1]) for tick in ticks]
    video.close()
    assert seen == pytest.approx([level(step) for step in (0, 7, 3, 3, 5, 9)], abs=3)


@pytest.mark.parametrize(("rate", "count"), [(24, 25), (30, 25), (10, 4)])
def test_video_background_of_the_streams_rate_skips_and_repeats_no_frame_in_later_loops(
    rate: int, count: int, tmp_path: Path
) -> None:
    video = Video(write_clip(tmp_path / "loop.mp4", flats(count), rate=rate))
    stream, seen = StreamInfo("clip", "video", 64, 48, Fraction(1, rate)), []
    for tick in range(4 * count):
        seen.append(int(video(flat(0), info=FrameInfo(tick, tick, 1, stream))[24, 32, 1]))
    video.close()
    assert seen == pytest.approx([level(index) for index in range(count)] * 4, abs=3)


def test_video_background_copies_open_the_file_again(background_path: str) -> None:
    video = Video(background_path)
    frame = flat(0)
    expected = video(frame)
    for twin in (copy.deepcopy(video), pickle.loads(pickle.dumps(video))):
        assert np.array_equal(twin(frame), expected)
        twin.close()
    video.close()
    video.close()
    assert np.array_equal(video(frame), expected)


def test_video_background_wrong_argument_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="background video not found"):
        Video(tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(MediaError, match=r"text\.mp4"):
        Video(tmp_path / "text.mp4")
    with pytest.raises(ArgumentError, match="fit must be one of"):
        Video(write_clip(tmp_path / "a.mp4", flats(2)), fit="crop")


def test_video_background_of_one_frame_is_a_still(tmp_path: Path) -> None:
    video = Video(write_clip(tmp_path / "one.mp4", [flat(120)], rate=10))
    stream = StreamInfo("clip", "video", 64, 48, Fraction(1, 10))
    for tick in (0, 1, 5, 40):
        info = FrameInfo(tick, tick, 1, replace(stream))
        assert int(video(flat(0), info=info)[24, 32, 1]) == pytest.approx(120, abs=3)


def test_video_called_in_a_run_without_info_warns_once_with_the_remedy(background_path: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", [flat(250)] * 3, rate=10)
    video = Video(background_path)
    with pytest.warns(FramechainWarning, match=r"background_path.mp4 was called in a run without .* pass the info on"):
        result = Engine(video_path=source, custom_objects=[lambda frame: video(frame)]).run()
    assert len(result.warnings) == 1
    assert Engine(video_path=source, custom_objects=[lambda frame, info: video(frame, info=info)]).run().warnings == ()
    assert Engine(video_path=source, custom_objects=[video]).run().warnings == ()
    live = MemorySource(StreamInfo("camera", "camera", 64, 48), [flat(250)] * 3)
    assert Engine(source=live, custom_objects=[lambda frame: video(frame)]).run().warnings == ()


# A part of it, its speed, and its end


def read_levels(video: Video, seconds: list[float]) -> list[int]:
    """Return which of the greys is shown at each moment."""
    stream = StreamInfo("clip", "video", 64, 48, Fraction(1, 1000))
    shown = [int(video(flat(0), info=FrameInfo(0, round(1000 * moment), 1, stream))[24, 32, 1]) for moment in seconds]
    video.close()
    levels = [level(index) for index in range(10)]
    return [min(range(10), key=lambda index: abs(levels[index] - grey)) for grey in shown]


TENTHS = [step / 10 for step in range(12)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]),
        ({"start": 0.7}, [7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9]),
        ({"start": "0:00.25"}, [2, 3, 4, 5, 6, 7, 8, 9, 3, 4, 5, 6]),
        ({"end": 0.4}, [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]),
        ({"start": "0.2s", "end": "0.5s"}, [2, 3, 4, 2, 3, 4, 2, 3, 4, 2, 3, 4]),
        ({"start": 0.2, "end": 0.5, "loop": False}, [2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]),
        ({"end": 60, "loop": False}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9]),
        ({"speed": 2}, [0, 2, 4, 6, 8, 0, 2, 4, 6, 8, 0, 2]),
        ({"speed": 0.5}, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
        ({"start": 0.4, "speed": 3, "loop": False}, [4, 7, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]),
    ],
)
def test_video_background_part_loop_and_speed(arguments: Any, expected: list[int], background_path: str) -> None:
    assert read_levels(Video(background_path, **arguments), TENTHS) == expected


def test_video_background_part_goes_back_and_starts_anew(background_path: str) -> None:
    video = Video(background_path, start=0.3, end=0.6)
    assert read_levels(video, [0.2, 0.7, 0.1]) == [5, 4, 4]
    assert read_levels(pickle.loads(pickle.dumps(video)), [0.0, 0.3]) == [3, 3]
    video.open(None)
    assert read_levels(video, [0.1]) == [4]


def test_video_background_from_its_third_second(tmp_path: Path) -> None:
    """The engine's own output: a video of four seconds behind a matte that finds nobody."""
    sea = write_clip(tmp_path / "sea.mp4", [flat(20)] * 30 + [flat(220)] * 10, rate=10)
    source = write_clip(tmp_path / "clip.mp4", [flat(120)] * 12, rate=10)
    for background in (Video(sea, start=3), Video(sea, start="0:03")):
        out = tmp_path / "out.mp4"
        Engine(
            video_path=source, custom_objects=[BackgroundReplacement(find_nobody, background)], output_path=out
        ).run()
        assert see(out).greys() == pytest.approx([220] * 12, abs=3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": 1.5}, r"start must be before the end of .*background_path.mp4, got 0:01.5: it is 1 s long"),
        ({"start": "three"}, "start must be seconds, such as 2.5, or text"),
        ({"end": -1}, "end must be seconds"),
        ({"start": 0.5, "end": "0.5s"}, "end must be after start, got 0.5 to '0.5s'"),
        ({"speed": 0}, "speed must be a number from 0.01 to 100, got 0"),
    ],
)
def test_video_background_wrong_part_is_refused(arguments: Any, message: str, background_path: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Video(background_path, **arguments)


def test_video_background_that_ends_before_its_start_is_an_error(background_path: str) -> None:
    """The container does not say how long it is: the end is found where decoding ends."""
    video = Video(background_path)
    video.start = 5.0
    with pytest.raises(ArgumentError, match="got 0:05: it is 1 s long"):
        video(flat(0))
    video.close()
