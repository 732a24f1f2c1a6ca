"""One suite over every sink. A new one joins by one line in `support.sink_cases.CASES`."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.cameras import HEIGHT, WIDTH, number_of, numbered
from support.patience import eventually
from support.sink_cases import ALPHA_CASES, CASES, NEED_LOOPBACK, Case, read_numbers
from support.virtual_cameras import Loopback, loopback  # noqa: F401

from framechain import Frame
from framechain.errors import FramechainWarning, OutputError
from framechain.live.outputs import LiveOutputs
from framechain.options import LiveTargets
from framechain.pixels.convert import convert_to_yuv
from framechain.pixels.planes import get_planes
from framechain.sinks.files.image import ImageSink
from framechain.sinks.files.recorder import Recorder
from framechain.sinks.files.video import VideoSink

pytestmark = pytest.mark.usefixtures("patient_recordings")


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    """One of the cases, whose folder is `tmp_path`."""
    if request.param in NEED_LOOPBACK:
        request.getfixturevalue("loopback")
    return {**CASES, **ALPHA_CASES}[request.param](tmp_path)


def cases(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", names, indirect=True)


every_sink = cases(*CASES)


def is_file(case: Case) -> bool:
    return case.sink.path is not None and "://" not in case.sink.path


@every_sink
def test_sink_open_write_finish_gives_the_frames_back(case: Case, tmp_path: Path) -> None:
    sink = case.open()
    for index in range(case.count):
        case.write(case.make_frame(index))
    sink.finish()
    assert read_numbers(case) == list(range(case.count))
    assert sink.problem is None
    assert os.listdir(tmp_path) == ([os.path.basename(sink.path)] if is_file(case) else [])


@every_sink
def test_sink_write_counts_frames(case: Case) -> None:
    sink = case.open()
    assert sink.frames == 0
    case.write_all()
    sink.finish()
    if case.repeats:
        assert sink.frames >= case.count
    else:
        assert sink.frames == case.count


@every_sink
def test_sink_with_block_finishes(case: Case) -> None:
    with case.open():
        case.write_all()
    assert read_numbers(case) == list(range(case.count))


@every_sink
def test_sink_with_block_after_an_error_aborts(case: Case, tmp_path: Path) -> None:
    def fail() -> None:
        with case.open():
            case.write_all()
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        fail()
    check_aborted(case, tmp_path)


def check_aborted(case: Case, folder: Path) -> None:
    if case.survives_abort:
        assert read_numbers(case) == list(range(case.count))
    else:
        assert os.listdir(folder) == []


@every_sink
def test_sink_abort_leaves_nothing_but_recordings(case: Case, tmp_path: Path) -> None:
    sink = case.open()
    case.write_all()
    sink.abort()
    sink.abort()
    check_aborted(case, tmp_path)


@every_sink
def test_sink_finish_without_a_frame_leaves_nothing(case: Case, tmp_path: Path) -> None:
    sink = case.open()
    sink.finish()
    assert os.listdir(tmp_path) == []
    assert sink.frames == 0
    assert sink.problem is None
    assert sink.path is None


@every_sink
def test_sink_finish_twice_and_abort_after_it_change_nothing(case: Case, tmp_path: Path) -> None:
    sink = case.open()
    case.write_all()
    sink.finish()
    path, frames = sink.path, sink.frames
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.iterdir()}
    sink.finish()
    sink.abort()
    assert {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.iterdir()} == before
    assert (sink.path, sink.frames) == (path, frames)
    assert read_numbers(case) == list(range(case.count))


@every_sink
@pytest.mark.parametrize("layout", ["bgr", "yuv"])
def test_sink_write_does_not_change_the_frame(layout: str, case: Case) -> None:
    sink = case.open()
    frame = case.make_frame(0)
    if layout == "yuv":
        frame = Frame(frame.info, yuv=convert_to_yuv(numbered(0), case.info.colour))
    planes = [plane.copy() for plane in get_planes(frame.yuv)] if layout == "yuv" else []
    info, pixels = frame.info, frame.read_bgr().copy()
    case.write(frame)
    sink.finish()
    assert frame.info is info
    assert frame.alpha is None
    assert frame.is_yuv == (layout == "yuv")
    assert np.array_equal(frame.read_bgr(), pixels)
    assert all(np.array_equal(one, other) for one, other in zip(get_planes(frame.yuv), planes, strict=False))
    assert read_numbers(case) == [0]


@pytest.mark.slow
@cases("mp4", "webm", "png", "recorder", "virtual camera", "live outputs", "user's own")
def test_sink_open_again_starts_afresh(case: Case) -> None:
    for _ in range(2):
        sink = case.open()
        assert sink.frames == 0
        case.write_all()
        sink.finish()
        assert sink.problem is None
    assert read_numbers(case) == list(range(case.count))


# Frames of another size


@cases("mp4", "mkv", "webm", "mov")
def test_sink_second_size_is_an_error(case: Case, tmp_path: Path) -> None:
    sink = case.open()
    case.write_all()
    with pytest.raises(OutputError, match="frame 12 is 64x48 and the first was 160x120"):
        case.write(case.make_frame(12, np.zeros((48, 64, 3), np.uint8)))
    sink.abort()
    assert os.listdir(tmp_path) == []


@cases("png", "jpg")
def test_image_sink_second_frame_is_an_error(case: Case, tmp_path: Path) -> None:
    sink = case.open()
    case.write_all()
    with pytest.raises(OutputError, match="an image holds one frame, choose the suffix of a video for more"):
        case.write(case.make_frame(1))
    sink.abort()
    assert os.listdir(tmp_path) == []


@cases("recorder", "live outputs")
@pytest.mark.filterwarnings("ignore:the recording stopped:framechain.FramechainWarning")
def test_recording_second_size_ends_it_and_keeps_what_came_before(case: Case) -> None:
    sink = case.open()
    case.write_all()
    case.write(case.make_frame(12, np.zeros((48, 64, 3), np.uint8)))
    sink.finish()
    assert read_numbers(case) == list(range(12))
    assert sink.frames == 12
    assert "stopped after 12 frames: " in sink.problem
    assert "frame 12 is 64x48 and the first was 160x120" in sink.problem


@cases("broadcast", "virtual camera")
def test_live_sink_second_size_is_scaled(case: Case) -> None:
    sink = case.open()
    case.write_all()
    case.write(case.make_frame(12, cv2.resize(numbered(12), (WIDTH * 2, HEIGHT * 2))))
    sink.finish()
    images = case.read()
    assert {image.shape for image in images} == {(HEIGHT, WIDTH, 3)}
    assert read_numbers(case) == list(range(13))


# Alpha


def make_transparent(case: Case, index: int) -> Frame:
    alpha = np.zeros((HEIGHT, WIDTH, 1), np.uint8)
    alpha[: HEIGHT // 2] = 255
    return case.make_frame(index, np.dstack([numbered(index), alpha]))


@cases(*ALPHA_CASES)
def test_sink_alpha_comes_back(case: Case) -> None:
    sink = case.open()
    for index in range(case.count):
        case.write(make_transparent(case, index))
    sink.finish()
    images = case.read()
    assert len(images) == case.count
    for index, image in enumerate(images):
        assert image.shape == (HEIGHT, WIDTH, 4)
        assert image[: HEIGHT // 2 - 4, :, 3].min() > 250
        assert image[HEIGHT // 2 + 4 :, :, 3].max() < 5
        assert number_of(np.roll(image, HEIGHT // 4, axis=0)) == index


@cases("webm", "mov")
def test_video_sink_alpha_that_was_not_asked_for_is_an_error(case: Case) -> None:
    sink = case.open()
    with pytest.raises(OutputError, match="frame 0 has alpha, which no object declared; set gives_alpha = True"):
        case.write(make_transparent(case, 0))
    sink.abort()


@cases("broadcast", "virtual camera")
def test_live_sink_alpha_is_shown_over_a_chequerboard(case: Case) -> None:
    sink = case.open()
    for index in range(6):
        case.write(make_transparent(case, index))
    sink.finish()
    image = case.read()[0]
    board = image[HEIGHT // 2 + 4 :]
    assert number_of(np.roll(image, HEIGHT // 4, axis=0)) == 0
    assert sorted({round(int(level) / 51) * 51 for level in np.unique(np.median(board, axis=2))}) == [102, 153]


@pytest.mark.parametrize("make", [VideoSink, Recorder, ImageSink])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".jpg"])
def test_sink_container_without_alpha_is_refused_at_construction(make: Any, suffix: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*out\.\w+: .*choose one of"):
        make(tmp_path / f"out{suffix}", alpha=True)


# Problems


def check_sentence(problem: str | None) -> None:
    assert problem
    assert problem[0].islower()
    assert "\n" not in problem
    assert "Traceback" not in problem
    assert not problem.endswith(".")


@cases("virtual camera", "live outputs")
@pytest.mark.filterwarnings("ignore:the virtual camera:framechain.FramechainWarning")
def test_sink_device_that_fails_is_a_problem_and_not_an_error(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Loopback, "fails_after", 0)
    sink = case.open()
    case = replace(case, seen=lambda: 0)
    case.write(case.make_frame(0))  # Returns once there is a problem.
    case = replace(case, seen=None)
    case.write(case.make_frame(1))
    sink.finish()
    check_sentence(sink.problem)
    assert sink.problem == "the virtual camera /dev/video9 stopped after 0 frames: the device went away"


@cases("live outputs")
def test_live_outputs_every_problem_is_a_warning_at_once_and_all_are_the_problem(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Loopback, "fails_after", 0)
    sink = case.open()
    waiting = replace(case, seen=lambda: 0)

    def write_another_size_and_finish() -> None:
        case.write(case.make_frame(1, np.zeros((48, 64, 3), np.uint8)))
        sink.finish()

    with pytest.warns(FramechainWarning) as first:
        waiting.write(case.make_frame(0))
    with pytest.warns(FramechainWarning) as second:
        write_another_size_and_finish()
    assert [str(warning.message) for warning in (*first, *second)] == sink.problems
    assert len(sink.problems) == 2
    assert sink.problem == "; ".join(sink.problems)


@pytest.mark.usefixtures("loopback")
def test_live_outputs_nothing_left_and_nobody_watches_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Loopback, "fails_after", 0)
    case = Case(LiveOutputs(LiveTargets(virtual_camera="auto"), watched=False), list, kind="camera", seen=lambda: 0)
    sink = case.open()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sink.write(case.make_frame(0))
        eventually(lambda: sink._camera.problem, "the failure")
        eventually(lambda: sink._end or sink.problems, "its report")
        with pytest.raises(OutputError, match="the device went away"):
            sink.write(case.make_frame(1))
        sink.abort()
    assert not caught  # It is told once.


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("ending", ["finish", "abort"])
def test_live_outputs_end_without_a_further_frame_is_one_warning(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Loopback, "fails_after", 0)
    case = Case(LiveOutputs(LiveTargets(virtual_camera="auto"), watched=False), list, kind="camera")
    sink = case.open()
    sink.write(case.make_frame(0))
    eventually(lambda: sink._end, "the failure")
    with pytest.warns(FramechainWarning, match="the device went away") as caught:
        getattr(sink, ending)()
    sink.abort()
    assert len(caught) == 1
    assert sink.problems == [str(caught[0].message)]


def test_live_outputs_recording_that_is_kept_in_part_is_a_warning_and_no_error(tmp_path: Path) -> None:
    case = Case(LiveOutputs(LiveTargets(record=str(tmp_path / "rec.mp4")), watched=False), list, kind="camera")
    sink = case.open()
    sink.recorder.write(case.make_frame(0))
    sink.recorder._current.write(case.make_frame(1, np.zeros((48, 64, 3), np.uint8)))
    with pytest.warns(FramechainWarning, match="the recording stopped after 1 frames"):
        sink.finish()
    assert sink.path == str(tmp_path / "rec.mp4")


@pytest.mark.usefixtures("loopback")
def test_live_outputs_that_cannot_all_be_opened_are_closed_again(tmp_path: Path) -> None:
    """No thread stays: a fixture of every test checks it."""
    targets = LiveTargets(record=str(tmp_path / "rec.mp4"), stream="udp://127.0.0.1:9", virtual_camera="/dev/video8")
    case = Case(LiveOutputs(targets, watched=True), list, kind="camera")
    with pytest.raises(OutputError, match="cannot open virtual camera /dev/video8"):
        case.open()
    assert os.listdir(tmp_path) == []
