"""Engine(source=...): whatever frames come from."""

from __future__ import annotations

import gc
import io
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import flat, flats, see, write_clip
from support.patience import PATIENCE, eventually

import framechain
from framechain import NO_OUTPUT, ArgumentError, ArgumentTypeError, CameraError, Engine, MediaError
from framechain.sources import VideoSource
from framechain.sources import camera as camera_module
from framechain.sources.webcam import CANNOT_OPEN


def negative(frame: Any) -> Any:
    return 255 - frame


def levels(path: Path | str) -> list[int]:
    return [round(float(planes[0].mean())) for planes in see(path).planes]


@pytest.fixture(scope="module")
def greys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(write_clip(tmp_path_factory.mktemp("greys") / "greys.mp4", flats(6)))


@pytest.mark.parametrize(
    "how", ["path", "Path", "bytes", "open file", "BytesIO", "list", "generator", "stack", "source"]
)
def test_source_of_any_kind_is_processed_as_the_video(how: str, greys: Path, tmp_path: Path) -> None:
    given: Any = {
        "path": lambda: str(greys),
        "Path": lambda: greys,
        "bytes": greys.read_bytes,
        "open file": lambda: greys.open("rb"),
        "BytesIO": lambda: io.BytesIO(greys.read_bytes()),
        "list": lambda: flats(6),
        "generator": lambda: (image for image in flats(6)),
        "stack": lambda: np.stack(flats(6)),
        "source": lambda: VideoSource(str(greys)),
    }[how]()
    target = tmp_path / "o.mp4"
    result = Engine(source=given, custom_objects=[negative], output_path=target).run()
    assert result.output_path == str(target)
    assert (result.frames_read, result.frames_written) == (6, 6)
    Engine(video_path=greys, custom_objects=[negative], output_path=tmp_path / "expected.mp4").run()
    assert levels(target) == pytest.approx(levels(tmp_path / "expected.mp4"), abs=1)
    assert see(target).times == see(greys).times
    if how == "open file":
        given.close()


@pytest.mark.parametrize("how", ["path", "bytes", "open file", "array", "grey array", "BGRA array"])
def test_source_image_of_any_kind_is_processed(how: str, tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    cv2.imwrite(str(path), flat(100))
    given: Any = {
        "path": lambda: path,
        "bytes": path.read_bytes,
        "open file": lambda: io.BytesIO(path.read_bytes()),
        "array": lambda: flat(100),
        "grey array": lambda: np.full((48, 64), 100, np.uint8),
        "BGRA array": lambda: np.dstack([flat(100), np.full((48, 64), 255, np.uint8)]),
    }[how]()
    target = tmp_path / "o.png"
    Engine(source=given, custom_objects=[negative], output_path=target).run()
    found = cv2.imread(str(target), cv2.IMREAD_UNCHANGED)
    assert found.shape == (48, 64, 3)
    assert np.all(found == 155)


def test_source_with_a_path_is_written_next_to_it_and_others_nowhere(
    greys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(greys.read_bytes())
    for given in (clip.read_bytes(), flats(3), flat(1), VideoSource(str(clip))):
        assert Engine(source=given).run().output_path is None
    with clip.open("rb") as file:
        assert Engine(source=file).run().output_path is None
    assert os.listdir(tmp_path) == ["clip.mp4"]
    assert Engine(source=clip).run().output_path == str(tmp_path / "clip_out.mp4")


def test_source_path_without_a_suffix_is_written_by_its_content(greys: Path, tmp_path: Path) -> None:
    (tmp_path / "clip").write_bytes(greys.read_bytes())
    cv2.imwrite(str(tmp_path / "image.png"), flat(9))
    (tmp_path / "image.png").rename(tmp_path / "image.data")
    assert Engine(source=tmp_path / "clip").run().output_path == str(tmp_path / "clip_out.mp4")
    with pytest.raises(Exception, match=r"cannot write .*image_out\.data: '\.data' is not an image format"):
        Engine(source=tmp_path / "image.data").run()


def test_source_camera_number_and_device_are_cameras() -> None:
    for given in (0, "/dev/video0", np.int64(0), "rtsp://host/live"):
        Engine(source=given, output_path="udp://127.0.0.1:9")
    with pytest.raises(ArgumentError, match="are for cameras, not for files"):
        Engine(source=flats(2), output_path="udp://127.0.0.1:9")


def test_fps_is_the_rate_of_arrays(tmp_path: Path) -> None:
    Engine(source=flats(3), fps=10, output_path=tmp_path / "o.mp4").run()
    assert [float(time) for time in see(tmp_path / "o.mp4").times] == pytest.approx([0, 0.1, 0.2])
    with pytest.raises(ArgumentError, match="fps is the rate of an iterable of arrays"):
        Engine(source=flat(1), fps=10).run()
    with pytest.raises(ArgumentError, match="fps must be a number of frames per second"):
        Engine(source=flats(3), fps=-1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: Engine(source=None),
        lambda: framechain.read(None),  # type: ignore[arg-type]
        lambda: framechain.cut_out(None),  # type: ignore[arg-type]
        lambda: Engine(source=[None]).run(),
    ],
)
def test_source_none_is_refused_and_opens_no_camera(call: Any) -> None:
    with pytest.raises(ArgumentTypeError, match=r"got None.*; cv2\.imread and the like give None for a file"):
        call()


@pytest.mark.parametrize("call", [lambda: Engine(source=""), lambda: framechain.read("")])
def test_source_path_that_is_empty_is_refused(call: Any) -> None:
    with pytest.raises(ArgumentError, match="the path of the source is empty: give a path"):
        call()


def test_engine_without_an_input_says_so_when_the_camera_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Any:
        raise CameraError(CANNOT_OPEN)

    monkeypatch.setattr(camera_module, "DeviceCapture", fail)
    inputs: list[dict[str, Any]] = [{}, {"video_path": ""}, {"image_path": ""}]
    for empty in inputs:
        with pytest.raises(CameraError, match=r"camera 0 .*\(no source, video_path or image_path was given\)$"):
            Engine(**empty).run()
    with pytest.raises(CameraError, match="camera 77") as caught:
        Engine(webcam_id=77).run()
    assert "no source" not in str(caught.value)


@pytest.mark.parametrize("wrong", [1.5, {"a": 1}, object(), bytes])
def test_source_of_another_type_is_refused_with_what_is_taken(wrong: Any) -> None:
    with pytest.raises(
        ArgumentTypeError, match=r"a source must be a path, .* an array .* bytes, .* framechain\.Source; got"
    ):
        Engine(source=wrong)


@pytest.mark.parametrize("name", ["image_path", "video_path"])
@pytest.mark.parametrize("wrong", [flat(1), b"clip.mp4", [flat(1)], io.BytesIO(), None, 5])
def test_path_that_is_none_points_to_source(name: str, wrong: Any) -> None:
    with pytest.raises(
        ArgumentTypeError, match=rf"{name} must be a path, got \w+: give arrays, bytes and open files as s"
    ):
        Engine(**{name: wrong})


def test_source_content_that_is_no_media_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        MediaError, match="cannot read the given bytes: it is no video or image that FFmpeg understands"
    ):
        Engine(source=b"clip.mp4").run()


def test_source_sizes_that_differ_are_an_error_and_leave_no_output(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="frame 1 of the given list is 32x24 and the first was 64x48"):
        Engine(source=[flat(1), flat(2, 32, 24)], output_path=tmp_path / "o.mp4").run()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("end", ["object", "range", "error of the generator"])
def test_source_generator_is_closed_at_the_end_of_the_run(end: str, tmp_path: Path) -> None:
    closed = threading.Event()

    def generate() -> Iterator[Any]:
        try:
            for number in range(1000):
                if end == "error of the generator" and number == 5:
                    raise ValueError("no more")
                yield flat(number % 200)
        finally:
            closed.set()

    def fail(frame: Any, info: Any) -> Any:
        if end == "object" and info.index == 3:
            raise RuntimeError("no")
        return frame

    engine = Engine(
        source=generate(), custom_objects=[fail], output_path=tmp_path / "o.mp4", end_video_frame=9, break_on_end=True
    )
    if end == "range":
        assert engine.run().frames_written == 10
    else:
        with pytest.raises(Exception, match=r"raised RuntimeError at frame 3|generator raised ValueError at frame 5"):
            engine.run()
    assert closed.wait(PATIENCE)


def test_source_generator_that_another_thread_feeds_gives_its_frames(tmp_path: Path) -> None:
    waiting: queue.Queue[Any] = queue.Queue()

    def generate() -> Iterator[Any]:
        while (image := waiting.get(timeout=PATIENCE)) is not None:
            yield image

    feeding = threading.Thread(target=lambda: [waiting.put(image) for image in [*flats(8), None]])
    feeding.start()
    result = Engine(source=generate(), output_path=tmp_path / "o.mp4").run()
    feeding.join()
    assert result.frames_written == 8
    assert levels(tmp_path / "o.mp4") == levels(write_clip(tmp_path / "expected.mp4", flats(8)))


def test_process_image_takes_bytes_and_open_files(samples: Path) -> None:
    path = samples / "portrait.jpg"
    expected = Engine(custom_objects=[negative]).process_image(str(path), NO_OUTPUT)
    with path.open("rb") as file:
        for given in (path.read_bytes(), file):
            assert np.array_equal(Engine(custom_objects=[negative]).process_image(given), expected)


@pytest.mark.parametrize("wrong", [[flat(1)], 5, {"a": 1}, 1.5])
def test_process_image_something_else_is_an_error(wrong: Any) -> None:
    with pytest.raises(ArgumentTypeError, match=r"asked for|must be a path"):
        Engine().process_image(wrong)


_ENDLESS = """
import resource, sys
import numpy as np
from framechain import Engine, NO_OUTPUT
images = (np.full((120, 160, 3), number % 256, np.uint8) for number in range(int(sys.argv[1])))
result = Engine(source=images, custom_objects=[lambda frame: 255 - frame], output_path=sys.argv[2]).run()
print(result.frames_written, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_source_generator_of_2000_frames_takes_no_more_memory_than_one_of_200(tmp_path: Path) -> None:
    peaks = {}
    for count in (200, 2000):
        command = [sys.executable, "-c", _ENDLESS, str(count), str(tmp_path / f"{count}.mp4")]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
        written, peaks[count] = map(int, done.stdout.split())
        assert written == count
    # 1800 frames more are 104 MB of pixels.
    assert peaks[2000] - peaks[200] < 15_000


def test_source_runs_leave_no_thread_and_no_open_file(greys: Path) -> None:
    def run_all() -> None:
        Engine(source=greys.read_bytes()).run()
        Engine(source=(image for image in flats(3))).run()
        Engine(source=flats(3), output_path=io.BytesIO()).run()

    run_all()
    gc.collect()
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc") else 0
    for _ in range(5):
        run_all()
    gc.collect()
    eventually(lambda: threading.active_count() <= threads, "the end of the threads")
    assert not files or len(os.listdir("/proc/self/fd")) <= files


@pytest.mark.parametrize("given", [0, 3], ids=["before the first frame", "midway"])
def test_stop_leaves_a_generator_that_waits_for_ever(given: int, tmp_path: Path) -> None:
    free, waits, closed, processed = (threading.Event() for _ in range(4))

    def generate() -> Iterator[Any]:
        try:
            yield from flats(given)
            waits.set()
            free.wait(PATIENCE)
        finally:
            closed.set()

    def note(frame: Any, info: Any) -> Any:
        if info.index == given - 1:
            processed.set()
        return frame

    def stop() -> None:
        waits.wait(PATIENCE)
        if given:
            processed.wait(PATIENCE)
        engine.stop()

    engine = Engine(source=generate(), custom_objects=[note], output_path=tmp_path / "o.mp4")
    stopping = threading.Thread(target=stop)
    stopping.start()
    began = time.monotonic()
    try:
        result = engine.run()
        assert time.monotonic() - began < PATIENCE / 10
        assert not closed.is_set()
    finally:
        free.set()
        stopping.join()
    assert closed.wait(PATIENCE)
    assert (result.stopped, result.frames_written) == ("stop", given)
    assert os.listdir(tmp_path) == (["o.mp4"] if given else [])
