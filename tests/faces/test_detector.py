"""FaceDetector: the faces of a frame."""

from __future__ import annotations

import itertools
import pickle
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from framechain import Frame, FrameInfo, StreamInfo, read
from framechain.errors import ArgumentError, ArgumentTypeError
from framechain.faces import Face, FaceDetector
from framechain.pixels.colour import ColourSpace

# What one sees in samples/portrait.jpg: brow to chin, ear to ear, and the six points.
TRUTH = Face(172, 70, 104, 104, 1.0)
POINTS = [(201, 104), (247, 106), (222, 131), (221, 149), (177, 110), (270, 117)]


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Any:
    return cv2.imread(str(samples / "portrait.jpg"))


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(small_faces=False)


def place(image: Any, scale: float, left: int, top: int, width: int, height: int) -> Any:
    """Return a grey image with a smaller copy of an image at a place."""
    canvas = np.full((height, width, 3), 128, np.uint8)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


def test_detect_portrait_finds_the_face_and_its_points(detector: FaceDetector, portrait: Any) -> None:
    [face] = detector.detect(portrait)
    assert face.score > 0.85
    assert face.measure_overlap(TRUTH) > 0.85
    assert np.abs(np.array(face.points) - POINTS).max() < 12


def test_detect_small_face_is_found_in_tiles(portrait: Any) -> None:
    image = place(portrait[:230, 120:330], 0.25, 500, 300, 1280, 720)
    assert FaceDetector(small_faces=False).detect(image) == []
    [face] = FaceDetector().detect(image)
    assert face.measure_overlap(Face(500 + 13, 300 + 17.5, 26, 26, 1)) > 0.5


def test_detect_region_finds_the_face_in_it_alone(detector: FaceDetector, portrait: Any) -> None:
    both = np.hstack([portrait, portrait])
    left, right = detector.detect(both, regions=[(100, 0, 400, 300)]), detector.detect(both, [(601, 1, 901, 301)])
    assert [round(face.x / 512 - 0.35) for face in (*left, *right)] == [0, 1]
    assert left[0].measure_overlap(TRUTH) > 0.8
    assert detector.detect(both, regions=[(-90.5, -9, 500, 400)])[0].measure_overlap(TRUTH) > 0.8
    assert detector.detect(both, regions=[]) == []
    assert detector.detect(both, regions=[(2000, 0, 2100, 90)]) == []


def test_detect_near_finds_the_face_in_a_region_around_it(detector: FaceDetector, portrait: Any) -> None:
    [face] = detector.detect(portrait, regions=[TRUTH.surround(3)], near=True)
    assert face.score > 0.9
    assert face.measure_overlap(TRUTH) > 0.8


def test_detect_frame_in_yuv_finds_what_it_finds_in_bgr(detector: FaceDetector, portrait: Any) -> None:
    stream = StreamInfo("clip", "video", 511, 509, colour=ColourSpace(1, False, 1, 1))
    frame = Frame(FrameInfo(0, 0, 1, stream), bgr=np.ascontiguousarray(portrait[:509, :511]))
    [one] = detector.detect(frame)
    planes = Frame(frame.info, yuv=frame.yuv)
    [other] = detector.detect(planes)
    assert planes.is_yuv
    assert one.measure_overlap(other) > 0.95


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (33, 17), (321, 181)])
def test_detect_any_size_gives_a_list(size: tuple[int, int]) -> None:
    assert FaceDetector().detect(np.zeros((*size, 3), np.uint8)) == []


def test_detect_wrong_arguments_are_errors(detector: FaceDetector, portrait: Any) -> None:
    with pytest.raises(ArgumentTypeError, match="a frame must be a uint8 array"):
        detector.detect(portrait[..., 0])
    with pytest.raises(ArgumentError, match=r"regions\[0\] must be \(left, top, right, bottom\)"):
        detector.detect(portrait, regions=[(5, 5, 5, 9)])
    with pytest.raises(ArgumentError, match=r"min_score must be a number from 0\.05 to 1"):
        FaceDetector(min_score=0)


def test_detector_closed_and_copied_answers_the_same(detector: FaceDetector, portrait: Any) -> None:
    found = detector.detect(portrait)
    detector.close()
    assert detector.detect(portrait) == found
    assert pickle.loads(pickle.dumps(detector)).detect(portrait) == found


@pytest.mark.slow
def test_detector_without_litert_asks_mediapipe(portrait: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # MediaPipe joins all candidates.
    one = FaceDetector(min_score=0.05, small_faces=False).detect(portrait)[0]
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    other_detector = FaceDetector(min_score=0.05, small_faces=False)
    other = other_detector.detect(portrait)[0]
    other_detector.close()
    assert one.measure_overlap(other) > 0.9
    assert np.abs(np.array(one.points) - other.points).max() < 3
    assert one.score == pytest.approx(other.score, abs=0.02)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("name", ["clips/retalking_1_vfr_700p_audio.mp4", "clips/liveportrait_d0_512p_greenscreen.mp4"])
def test_detect_finds_what_mediapipes_own_detector_finds(name: str, shared: Path) -> None:
    import mediapipe
    from mediapipe.tasks import python as tasks
    from mediapipe.tasks.python import vision

    model = Path(__file__).resolve().parents[2] / "framechain" / "assets" / "face_detection_full_range_sparse.tflite"
    options = vision.FaceDetectorOptions(base_options=tasks.BaseOptions(model_asset_buffer=model.read_bytes()))
    detector = FaceDetector(small_faces=False)
    with vision.FaceDetector.create_from_options(options) as theirs, read(str(shared / name)) as frames:
        for frame in itertools.islice(frames, 0, 60, 10):
            rgb = np.ascontiguousarray(frame.bgr[..., ::-1])
            [found] = theirs.detect(mediapipe.Image(mediapipe.ImageFormat.SRGB, rgb)).detections
            box = found.bounding_box
            [face] = detector.detect(frame)
            other = Face(box.origin_x, box.origin_y, box.width, box.height, found.categories[0].score)
            assert face.measure_overlap(other) > 0.85
            points = np.array([(point.x * rgb.shape[1], point.y * rgb.shape[0]) for point in found.keypoints])
            assert np.abs(points - face.points).max() < 0.08 * face.width
