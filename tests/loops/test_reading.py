"""framechain.read: frames in a loop of the program's own."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.audio import beeps, hear
from support.cameras import camera, number_of, steadily
from support.media import flats, level, see, write_clip
from support.noted import Noted
from support.patience import PATIENCE

import framechain
from framechain import (
    SKIP,
    ArgumentError,
    ArgumentTypeError,
    BackgroundReplacement,
    CameraOptions,
    Engine,
    Frame,
    FrameObject,
    MediaError,
    MissingInputError,
    ObjectError,
    Source,
    Stop,
)
from framechain.backgrounds import Color
from framechain.mattes import MediaPipeMatte


def greys(frames: Any) -> list[int]:
    return [round(int(np.asarray(frame)[0, 0, 0]) / 8) for frame in frames]


def expected(*indices: int) -> list[int]:
    return [round(level(index) / 8) for index in indices]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 frames at 10 a second, with beeps."""
    return Path(write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", flats(20), rate=10, audio=beeps(2)))


# What it gives


def test_read_video_gives_pixels_and_info(clip: Path) -> None:
    with framechain.read(clip) as frames:
        assert isinstance(frames, Source)
        assert (frames.info.kind, frames.info.width, frames.info.height, frames.info.rate) == ("video", 64, 48, 10)
        assert frames.audio is not None
        assert (frames.count_frames(), frames.notice, frames.dropped) == (20, None, 0)
        found = list(frames)
    assert greys(found) == expected(*range(20))
    assert [frame.info.time for frame in found] == pytest.approx([index / 10 for index in range(20)])
    assert all(frame.info.stream is frames.info for frame in found)
    assert list(frames) == []


@pytest.mark.parametrize("how", ["str", "bytes", "open file", "list", "generator", "source"])
def test_read_takes_what_open_source_takes(how: str, clip: Path) -> None:
    given: Any = {
        "str": lambda: str(clip),
        "bytes": clip.read_bytes,
        "open file": lambda: io.BytesIO(clip.read_bytes()),
        "list": lambda: flats(20),
        "generator": lambda: (image for image in flats(20)),
        "source": lambda: framechain.open_source(clip),
    }[how]()
    assert greys(framechain.read(given)) == expected(*range(20))


def test_read_image_and_fps(samples: Path) -> None:
    (frame,) = framechain.read(samples / "portrait.jpg")
    assert np.asarray(frame).shape == (512, 512, 3)
    assert [frame.info.time for frame in framechain.read(flats(3), fps=2)] == [0, 0.5, 1]


def test_read_frames_are_arrays_of_numpy(clip: Path) -> None:
    frame = next(framechain.read(clip))
    assert np.asarray(frame) is frame.bgr
    assert np.asarray(frame, np.float32).dtype == np.float32
    assert not np.shares_memory(np.array(frame), frame.bgr)
    frame.alpha = np.full((48, 64), 7, np.uint8)
    assert np.asarray(frame).shape == (48, 64, 4)


@pytest.mark.parametrize(
    ("start", "end", "indices"),
    [
        (None, None, range(20)),
        (0.5, None, range(5, 20)),
        (None, "0:00.5", range(5)),
        ("0.5s", 1.0, range(5, 10)),
        (0.45, 0.75, range(5, 8)),
        (np.float32(1), 99, range(10, 20)),
    ],
)
def test_read_range_gives_only_its_frames_with_their_times(start: Any, end: Any, indices: range, clip: Path) -> None:
    noted = Noted()
    with framechain.read(clip, start=start, end=end, objects=[noted]) as frames:
        found = list(frames)
    assert greys(found) == expected(*indices)
    assert [frame.info.index for frame in found] == list(indices)
    assert found[0].info.time == pytest.approx(indices[0] / 10)
    assert noted.calls == ["open", *indices, "close"]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"start": "soon"}, ArgumentError, "start must be seconds"),
        ({"end": -1}, ArgumentError, "end must be seconds"),
        ({"start": 2, "end": 1}, ArgumentError, "must lie after start"),
        ({"start": 60}, ArgumentError, r"start \(1:00\) lies beyond .*clip\.mp4, which lasts 0:02"),
        ({"objects": [5]}, ArgumentTypeError, r"objects\[0\] is not callable"),
        ({"objects": Noted()}, ArgumentTypeError, r"objects must be a list, got Noted: write \[Noted\]"),
        ({"fps": 5}, ArgumentError, "fps is the rate of an iterable of arrays"),
    ],
)
def test_read_wrong_arguments_are_refused(arguments: Any, kind: Any, message: str, clip: Path) -> None:
    with pytest.raises(kind, match=message):
        framechain.read(clip, **arguments)


def test_read_absent_and_damaged_inputs_are_errors(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        framechain.read(tmp_path / "nothing.mp4")
    with pytest.raises(MediaError):
        framechain.read(b"a letter")


def test_read_camera_gives_the_newest_frames_until_the_loop_is_left() -> None:
    with (
        camera(steadily(50)) as device,
        framechain.read(device.url, camera=CameraOptions(timeout=PATIENCE), end=1000) as frames,
    ):
        assert frames.info.live
        indices = [next(frames).info.index for _ in range(3)]
        assert indices == sorted(set(indices))


# Objects


def test_read_objects_process_each_frame_as_the_engine_does(samples: Path, tmp_path: Path) -> None:
    def make_objects() -> list[Callable[..., Any]]:
        return [BackgroundReplacement(MediaPipeMatte(quality="fast"), Color((0, 255, 0))), lambda frame: 255 - frame]

    seen: list[Any] = []

    def keep(frame: Any) -> Any:
        seen.append(frame.copy())
        return frame

    Engine(
        video_path=samples / "clip.mp4",
        custom_objects=[*make_objects(), keep],
        output_path=framechain.NO_OUTPUT,
        end_video_frame=4,
        break_on_end=True,
    ).run()
    found = list(framechain.read(samples / "clip.mp4", end=0.16, objects=make_objects()))
    assert len(found) == len(seen) == 5
    assert all(np.array_equal(frame.bgr, image) for frame, image in zip(found, seen, strict=True))


def test_read_prepares_the_frames_of_the_range_alone(clip: Path) -> None:
    class Prepared(FrameObject):
        def __init__(self) -> None:
            self.prepared: list[int] = []

        def process_frame(self, frame: Frame) -> Frame:
            raise AssertionError("it was prepared")

        def prepare(self, frame: Frame) -> Callable[[Frame], Frame]:
            self.prepared.append(frame.info.index)
            return lambda frame: frame

    prepared = Prepared()
    assert len(list(framechain.read(clip, start=0.5, end=1, objects=[prepared]))) == 5
    assert prepared.prepared == [5, 6, 7, 8, 9]


def test_read_skip_leaves_frames_out_and_stop_ends_the_loop(clip: Path) -> None:
    noted = Noted()

    def choose(frame: Any, info: Any) -> Any:
        if info.index == 9:
            raise Stop
        return SKIP if info.index % 2 else frame

    assert greys(framechain.read(clip, objects=[choose, noted])) == expected(0, 2, 4, 6, 8)
    assert noted.calls == ["open", 0, 2, 4, 6, 8, "close"]


def test_read_object_that_fails_closes_everything_and_is_named(clip: Path) -> None:
    noted = Noted()

    def fail(frame: Any, info: Any) -> Any:
        if info.index == 2:
            raise ValueError("no")
        return frame

    frames = framechain.read(clip, objects=[noted, fail])
    assert greys([next(frames), next(frames)]) == expected(0, 1)
    with pytest.raises(ObjectError, match="fail raised ValueError at frame 2: no"):
        next(frames)
    assert noted.calls == ["open", 0, 1, 2, "close"]
    assert list(frames) == []


def test_read_object_that_cannot_be_opened_closes_the_source_and_the_others(clip: Path) -> None:
    class Unready(Noted):
        def open(self, stream: Any) -> None:
            raise RuntimeError("no model")

    noted = Noted()
    source = framechain.open_source(clip)
    with pytest.raises(ObjectError, match=r"Unready\.open\(\) raised RuntimeError: no model"):
        framechain.read(source, objects=[noted, Unready()])
    assert noted.calls == ["open", "close"]
    assert list(source) == []


def test_read_close_of_an_object_that_fails_is_an_error_of_close(clip: Path) -> None:
    class Stuck(Noted):
        def close(self) -> None:
            raise RuntimeError("stuck")

    frames = framechain.read(clip, objects=[Stuck()])
    next(frames)
    with pytest.raises(ObjectError, match=r"Stuck\.close\(\) raised RuntimeError: stuck"):
        frames.close()
    frames.close()


# With others


def test_read_and_write_make_what_the_engine_makes(clip: Path, tmp_path: Path) -> None:
    frames = framechain.read(clip, objects=[lambda frame: 255 - frame])
    with framechain.write(tmp_path / "o.mp4", like=frames) as out:
        for frame in frames:
            out(frame)
    Engine(video_path=clip, custom_objects=[lambda frame: 255 - frame], output_path=tmp_path / "engine.mp4").run()
    mine, theirs = see(tmp_path / "o.mp4"), see(tmp_path / "engine.mp4")
    assert (mine.times, mine.greys(), mine.tags) == (theirs.times, theirs.greys(), theirs.tags)
    assert hear(tmp_path / "o.mp4").onsets() == pytest.approx(hear(tmp_path / "engine.mp4").onsets(), abs=0.001)


def test_read_range_written_like_it_has_its_audio(clip: Path, tmp_path: Path) -> None:
    with framechain.read(clip, start=0.8, end=1.8) as frames, framechain.write(tmp_path / "o.mp4", like=frames) as out:
        for frame in frames:
            out(frame)
    assert see(tmp_path / "o.mp4").end == pytest.approx(1, abs=0.01)
    assert hear(tmp_path / "o.mp4").onsets() == pytest.approx([0.2, 0.7], abs=0.03)


@pytest.mark.parametrize("times", ["rate", "from 0", "of the clip"])
def test_read_range_written_as_arrays_has_its_audio(times: str, clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    with framechain.read(clip, start=0.8, end=1.8) as frames, framechain.write(path, like=frames) as out:
        for index, frame in enumerate(frames):
            time = {"rate": None, "from 0": index / 10, "of the clip": frame.info.time}[times]
            out(np.hstack([frame.bgr, frame.bgr]), time=time)
    begin = see(path).times[0]
    assert begin == pytest.approx(0.8 if times == "of the clip" else 0, abs=0.001)
    onsets = [onset - float(begin) for onset in hear(path).onsets() if onset > begin]
    assert onsets == pytest.approx([0.2, 0.7], abs=0.03)


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
@pytest.mark.parametrize("how", ["engine", "open_sink"])
def test_read_range_as_a_source_is_written_alone_from_0_with_its_audio(
    how: str, suffix: str, clip: Path, tmp_path: Path
) -> None:
    path, told = tmp_path / f"o{suffix}", []
    frames = framechain.read(clip, start=0.8, end=1.8)
    assert frames.count_frames() is None
    if how == "engine":
        result = Engine(source=frames, output_path=path, on_progress=told.append).run()
        assert result.frames_written == 10
        assert all(progress.total is None for progress in told)
        assert (told[-1].frames, told[-1].done) == (10, True)
    else:
        with frames, framechain.open_sink(path, like=frames) as sink:
            for frame in frames:
                sink.write(frame)
    seen = see(path)
    assert [float(time) for time in seen.times] == pytest.approx([index / 10 for index in range(10)], abs=0.001)
    assert round(seen.greys()[0] / 8) == round(level(8) / 8)
    heard = hear(path)
    assert heard.onsets() == pytest.approx([0.2, 0.7], abs=0.03)
    assert heard.end == pytest.approx(1, abs=0.06)


def test_read_range_without_a_start_as_a_source_ends_with_its_audio(clip: Path, tmp_path: Path) -> None:
    Engine(source=framechain.read(framechain.read(clip, end=0.8)), output_path=tmp_path / "o.mp4").run()
    assert len(see(tmp_path / "o.mp4").times) == 8
    assert hear(tmp_path / "o.mp4").onsets() == pytest.approx([0.5], abs=0.03)


def test_read_range_whose_first_frame_the_engine_leaves_out_stays_in_step(clip: Path, tmp_path: Path) -> None:
    def skip(frame: Any, info: Any) -> Any:
        return SKIP if info.index < 10 else frame

    Engine(source=framechain.read(clip, start=0.8), custom_objects=[skip], output_path=tmp_path / "o.mp4").run()
    assert see(tmp_path / "o.mp4").times[0] == pytest.approx(0.2, abs=0.001)
    assert hear(tmp_path / "o.mp4").onsets() == pytest.approx([0.2, 0.7], abs=0.03)


def test_read_range_whose_frames_were_given_new_times_keeps_those(clip: Path, tmp_path: Path) -> None:
    frames = framechain.read(clip, start=0.8, end=1.8)
    with framechain.open_sink(tmp_path / "o.mp4", like=frames) as sink:
        for frame in frames:
            pts = frame.info.pts - round(0.8 / frame.info.stream.time_base)
            sink.write(Frame(replace(frame.info, pts=pts), bgr=frame.bgr))
    assert see(tmp_path / "o.mp4").times[0] == 0
    assert hear(tmp_path / "o.mp4").onsets() == pytest.approx([0.2, 0.7], abs=0.03)


def test_read_is_a_source_for_the_engine(clip: Path, tmp_path: Path) -> None:
    frames = framechain.read(clip, start=1)
    result = Engine(source=frames, output_path=tmp_path / "o.mp4").run()
    assert result.frames_written == 10
    assert list(frames) == []


def test_read_camera_frames_can_be_written(tmp_path: Path) -> None:
    with camera(steadily(50)) as device:
        frames = framechain.read(device.url, camera=CameraOptions(timeout=PATIENCE))
        with framechain.write(tmp_path / "o.mp4", like=frames) as out:
            written = [next(frames) for _ in range(6)]
            for frame in written:
                out(frame)
        frames.close()
    seen = see(tmp_path / "o.mp4")
    assert [number_of(seen.bgr(index)) for index in range(6)] == [number_of(frame.bgr) for frame in written]
    first = written[0].info.time
    assert [float(time) for time in seen.times] == pytest.approx([f.info.time - first for f in written], abs=0.002)
