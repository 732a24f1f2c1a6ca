"""FaceBlur and FaceBoxes on the sample clip, and what happens when the detector fails."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from framechain import Engine, Frame, read
from framechain.chain import Chain
from framechain.errors import ArgumentError, ObjectError
from framechain.faces import Face, FaceBlur, FaceBoxes, FaceDetector
from framechain.faces.watch import FaceWatch
from framechain.run.fail_closed import FailClosed
from framechain.testing import check_object


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Any:
    return cv2.imread(str(samples / "portrait.jpg"))


def read_frames(path: Path, count: int, kind: str) -> Iterator[Frame]:
    """Return the first frames of a file as those of a camera or of a video."""
    with read(str(path)) as frames:
        for frame in frames:
            if frame.info.index == count:
                return
            info = replace(frame.info, stream=replace(frame.info.stream, kind=kind))
            yield Frame(info, yuv=frame.yuv)


def measure_likeness(before: Any, after: Any, face: Face) -> float:
    """Return how much the detail in the middle of a face has to do with that of another image, from 0 to 1."""
    half = face.width / 2
    (x, y), parts = face.centre, []
    for image in (before, after):
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
        detail = cv2.GaussianBlur(grey, (0, 0), half / 24) - cv2.GaussianBlur(grey, (0, 0), half / 6)
        parts.append(
            detail[round(y - half / 2) : round(y + half / 2), round(x - half / 2) : round(x + half / 2)].ravel()
        )
    return abs(float(np.corrcoef(*parts)[0, 1]))


def check_clip(clip: Path, output: Path, count: int) -> None:
    options = {"end_video_frame": count - 1, "break_on_end": True}
    Engine(video_path=str(clip), output_path=str(output), custom_objects=[FaceBlur()], **options).run()
    detector = FaceDetector(small_faces=False)
    compared = 0
    with read(str(clip)) as sources, read(str(output)) as results:
        for source, result in zip(itertools.islice(sources, count), results, strict=True):
            [face] = detector.detect(source)
            assert measure_likeness(source.bgr, result.bgr, face) < 0.5, source.info.index
            assert measure_likeness(source.bgr, source.bgr, face) > 0.99
            compared += 1
    assert compared == count


def test_face_blur_clip_has_no_face_left(clip: Path, tmp_path: Path) -> None:
    check_clip(clip, tmp_path / "out.mp4", 12)


@pytest.mark.slow
def test_face_blur_whole_clip_has_no_face_left(clip: Path, tmp_path: Path) -> None:
    check_clip(clip, tmp_path / "out.mp4", 150)


def test_face_blur_live_finds_the_face_in_each_frame(clip: Path) -> None:
    thing = FaceBlur(how="solid", color=(0, 0, 255))
    for frame in read_frames(clip, 6, "camera"):
        source = frame.read_bgr().copy()
        [face] = FaceDetector(small_faces=False).detect(source)
        x, y = (round(place) for place in face.centre)
        assert thing.process_frame(frame).read_bgr()[y, x, 2] > 230


def test_face_blur_image_hides_small_faces_too(portrait: Any) -> None:
    image = np.full((720, 1280, 3), 128, np.uint8)
    small = cv2.resize(portrait[:230, 120:330], None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    image[300 : 300 + small.shape[0], 700 : 700 + small.shape[1]] = small
    face = Face(700 + 0.2 * 52, 300 + 0.2 * 70, 0.2 * 104, 0.2 * 104, 1)
    assert measure_likeness(image, FaceBlur()(image.copy()), face) < 0.3
    assert np.array_equal(FaceBlur(small_faces=False)(image.copy()), image)


def fail(*arguments: Any, **named: Any) -> Any:
    raise RuntimeError("the network is out of order")


def test_face_blur_live_error_covers_the_frame(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thing = FaceBlur()
    closed = FailClosed(Chain([thing]))
    for frame in read_frames(clip, 3, "camera"):
        if frame.info.index == 1:
            monkeypatch.setattr(thing._detector, "detect", fail)
        source = frame.read_bgr().copy()
        shown = closed(frame).read_bgr()
        if frame.info.index:
            [face] = FaceDetector(small_faces=False).detect(source)
            assert measure_likeness(source, shown, face) < 0.3
            assert not (shown[-20:] == source[-20:]).all()  # All of the frame is covered.
    assert closed.covered == 2
    assert "the network is out of order" in str(closed.problem)


def test_face_blur_file_error_leaves_no_output(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaceWatch, "update", fail)
    with pytest.raises(ObjectError, match="FaceBlur raised RuntimeError at frame 0"):
        Engine(video_path=str(clip), output_path=str(tmp_path / "out.mp4"), custom_objects=[FaceBlur()]).run()
    assert list(tmp_path.iterdir()) == []


def test_face_blur_strict_covers_all_while_a_face_is_lost(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thing, loose = FaceBlur(strict=True), FaceBlur()
    for frame in read_frames(clip, 2, "camera"):
        source = frame.read_bgr().copy()
        other = loose.process_frame(Frame(frame.info, bgr=source.copy())).bgr
        monkeypatch.setattr(FaceWatch, "is_missing", frame.info.index == 1)
        shown = thing.process_frame(frame).read_bgr()
        is_whole = np.abs(shown[-40:].astype(int) - source[-40:]).mean() > 5
        assert is_whole is np.True_ if frame.info.index else not is_whole
        assert np.abs(other[-40:].astype(int) - source[-40:]).mean() < 1
        assert (thing.status is not None) is (frame.info.index == 1)
        assert loose.status is None


def test_face_blur_pickled_in_the_middle_does_the_same_from_the_start(clip: Path) -> None:
    thing = FaceBlur()
    first, _ = (thing.process_frame(frame).read_bgr() for frame in read_frames(clip, 2, "video"))
    copy = pickle.loads(pickle.dumps(thing))
    copy.reset()
    np.testing.assert_array_equal(copy.process_frame(next(read_frames(clip, 1, "video"))).read_bgr(), first)


def test_face_blur_wrong_arguments_are_errors() -> None:
    with pytest.raises(ArgumentError, match="how must be one of blur"):
        FaceBlur("smear")
    with pytest.raises(ArgumentError, match="linger must be a number from 0 to 10"):
        FaceBlur(linger=-1)


def test_face_blur_numbers_may_change_while_running(portrait: Any) -> None:
    thing = FaceBlur("solid")
    small = (thing(portrait.copy()) == 0).all(axis=2).sum()
    next(tunable for tunable in thing.tunables if tunable.name == "face_size").set(2)
    assert (thing(portrait.copy()) == 0).all(axis=2).sum() > 2 * small


def test_face_boxes_draws_box_score_and_points(portrait: Any) -> None:
    thing = FaceBoxes(color=(0, 0, 255))
    drawn = thing(portrait.copy())
    [face] = thing.faces
    red = (drawn == (0, 0, 255)).all(axis=2)
    assert red[round(face.y), round(face.x) : round(face.x + face.width)].all()
    for x, y in face.points:
        assert red[round(y), round(x)]
    above = slice(round(face.y) - 20, round(face.y) - 2), slice(round(face.x), round(face.x) + 60)
    assert np.any(drawn[above] != portrait[above])
    thing.min_score = 1
    np.testing.assert_array_equal(thing(portrait.copy()), portrait)


def test_face_boxes_draw_in_planes_as_in_bgr(clip: Path) -> None:
    [frame] = read_frames(clip, 1, "video")
    planes = FaceBoxes().process_frame(frame)
    assert planes.is_yuv
    other = FaceBoxes()(next(read_frames(clip, 1, "video")).read_bgr())
    assert np.abs(planes.read_bgr().astype(int) - other).mean() < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("thing", [FaceBlur(), FaceBlur("pixelate", strict=True)])
def test_face_objects_pass_the_check_of_objects(thing: Any) -> None:
    assert check_object(thing).seconds < 60
