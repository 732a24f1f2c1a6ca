"""AutoFrame: crops that follow people."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.effect_cases import LAYOUTS, crop_photo, make_frame
from support.moving_faces import MovingFaces, make_frames

from framechain import Engine
from framechain.errors import ArgumentError
from framechain.faces import FaceDetector
from framechain.framing import AutoFrame
from framechain.framing.auto_frame import resample
from framechain.framing.composition import Limits, compose, find_height, read_subject
from framechain.sources.video import VideoSource

WIDTH, HEIGHT = 640, 360


def step(x: float) -> float:
    """Rise from 0 to 1 as somebody does who starts to walk and stops."""
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


def walk(time: float) -> list[tuple[float, float, float]]:
    """Stand, walk to the right, lean, come nearer, walk back."""
    x = 150 + 330 * step((time - 1) / 4) - 250 * step((time - 7.5) / 3)
    y = 120 + 8 * np.sin(2 * time) + 35 * float(np.clip(4 * (time - 5), 0, 1))
    return [(x, y, 36 + 20 * float(np.clip((time - 5) / 2, 0, 1)))]


def walk_apart(time: float) -> list[tuple[float, float, float]]:
    return [(300 - 24 * time, 130, 34), (330 + 25 * time, 120 + 5 * np.sin(3 * time), 30)]


def follow(framing: AutoFrame, frames: Any) -> np.ndarray[Any, Any]:
    """Return left, top, width and height of what each frame shows."""
    regions = []
    for number, frame in enumerate(frames):
        if number == 0:
            framing.open(frame.info.stream)
        framing.process_frame(frame)
        regions.append(framing.region)
    return np.array(regions)


def measure_jerk(regions: Any) -> float:
    """Return the mean square of the third difference of a path, for the middle and the height."""
    path = np.column_stack([regions[:, :2] + regions[:, 2:] / 2, regions[:, 3]])
    return float(np.sqrt((np.diff(path, n=3, axis=0) ** 2).mean()))


@pytest.mark.parametrize(("path", "size"), [(walk, (16, 9)), (walk, (9, 16)), (walk_apart, (16, 9))])
def test_auto_frame_path_is_ten_times_smoother_and_loses_no_face(path: Any, size: Any) -> None:
    detector = MovingFaces(path, noise=0.03)
    regions = follow(AutoFrame(size=size, detector=detector), make_frames(275, WIDTH, HEIGHT))
    aspect = size[0] / size[1]
    limits = Limits(WIDTH, HEIGHT, aspect, 0.22, 1, 2)
    single = []
    for index, (left, top, width, height) in enumerate(regions):
        time = index / 25
        for x, y, face in path(time):
            assert left < x - face / 2 < x + face / 2 < left + width, index
            assert top < y - 0.3 * face < y + 0.7 * face < top + height, index
        people = [read_subject(face) for face in detector.find(time, index)]
        x, y, height = compose(people, find_height(people, limits), limits)
        single.append((x - height * aspect / 2, y - height / 2, height * aspect, height))
    assert measure_jerk(regions) < 0.1 * measure_jerk(np.array(single))
    assert np.ptp(regions[:, 0]) > 60
    assert detector.looks < 275 / 2.5


def test_auto_frame_shows_eyes_on_the_upper_third_when_somebody_stands_still() -> None:
    detector = MovingFaces(lambda time: [(300, 170, 40)], noise=0.02)
    regions = follow(AutoFrame(size=(32, 18), detector=detector), make_frames(50, WIDTH, HEIGHT))
    assert np.ptp(regions, axis=0).max() == 0
    left, top, width, height = regions[0]
    assert 40 / height == pytest.approx(0.22, abs=0.02)
    assert (170 - top) / height == pytest.approx(1 / 3, abs=0.02)
    assert (300 - left) / width == pytest.approx(1 / 2, abs=0.02)


def test_auto_frame_jumps_at_a_cut_and_not_when_everything_moves() -> None:
    def film(images: list[Any]) -> Any:
        detector = MovingFaces(lambda time: [(150, 120, 40) if time < 1 else (500, 120, 40)])
        frames = list(make_frames(50, WIDTH, HEIGHT))
        for frame, image in zip(frames, images, strict=True):
            frame.bgr[...] = image
        return np.diff(follow(AutoFrame(size=(32, 18), detector=detector), frames)[:, 0])

    steps = film([40] * 25 + [160] * 25)
    assert steps[24] > 100
    assert np.count_nonzero(steps) == 1
    flicker = film([40 + 60 * (number % 2) for number in range(50)])
    assert 0 < abs(flicker).max() < 60


@pytest.mark.parametrize("layout", LAYOUTS)
def test_auto_frame_pixels_are_those_of_the_region_in_each_layout(layout: str) -> None:
    size = 160, 120
    framing = AutoFrame(size=(91, 67), detector=MovingFaces(lambda time: [(90, 50, 20)]))
    frame = make_frame(layout, size)
    before = frame.read_bgr().copy()
    frame.alpha = np.tile(np.linspace(0, 255, 160).astype(np.uint8), (120, 1))
    found = framing.process_frame(frame)
    assert found.size == (91, 67)
    assert found.is_yuv is (layout != "BGR")
    assert framing.region is not None
    left, top, width, height = framing.region
    matrix = np.array([[width / 91, 0, left], [0, height / 67, top]])
    expected = cv2.warpAffine(before, matrix, (91, 67), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    assert abs(found.read_bgr().astype(int) - expected)[2:-2, 2:-2].mean() < 4
    assert found.alpha is not None
    assert abs(found.alpha[30].astype(float) - 255 * (left + (np.arange(91) + 0.5) * width / 91) / 160).max() < 4


def test_resample_of_a_larger_region_takes_means_and_follows_parts_of_a_pixel() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
    for left in (10.0, 10.4, 11.3):
        found = resample(ramp, (left, 3.2, 150, 30), (50, 10))
        assert abs(found[5] - (left + 3 * np.arange(50) + 1)).max() <= 1
    noise = np.random.default_rng(0).integers(0, 256, (240, 400)).astype(np.uint8)
    assert resample(noise, (20.5, 10.5, 300, 200), (60, 40)).std() < 0.3 * noise.std()


def test_auto_frame_of_images_takes_each_for_itself() -> None:
    framing = AutoFrame(detector=MovingFaces(lambda time: [(50, 30, 10)]))
    image = crop_photo((160, 90))
    first, again = framing(image.copy()), framing(image.copy())
    assert first.shape == image.shape
    np.testing.assert_array_equal(first, again)
    assert framing.region == pytest.approx((10, 15, 80, 45), abs=1)


def test_auto_frame_without_anybody_shows_the_frame_as_it_is() -> None:
    framing = AutoFrame(detector=MovingFaces(lambda time: []))
    [frame, *_] = make_frames(1)
    assert framing.process_frame(frame) is frame
    framing.close()
    assert framing._watch.detector.is_closed  # type: ignore[attr-defined]


def test_auto_frame_sent_to_another_process_goes_on() -> None:
    framing = AutoFrame(face=0.4, detector=FaceDetector(min_score=0.4))
    image = crop_photo((160, 160))
    copy = pickle.loads(pickle.dumps(framing))
    np.testing.assert_array_equal(copy(image.copy()), framing(image.copy()))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"people": "two"}, "people must be one of one, group"),
        ({"size": (0, 20)}, "size must be"),
        ({"speed": 0}, "speed must be a number from 0.2 to 5"),
        ({"face": 0.7}, "face must be a number from 0.05 to 0.6"),
        ({"min_zoom": 3}, "min_zoom must not be above max_zoom, got 3 and 2"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_auto_frame_argument_out_of_range_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        AutoFrame(**arguments)


def test_auto_frame_of_the_sample_clip_keeps_the_face_in_every_frame(clip: Path, tmp_path: Path) -> None:
    output = str(tmp_path / "framed.mp4")
    framing = AutoFrame("one", size=(240, 320), face=0.4, max_zoom=3)
    Engine(video_path=str(clip), custom_objects=[framing], output_path=output, end=0.8, cut=True).run()
    detector = FaceDetector(small_faces=False)
    with VideoSource(output) as source:
        faces = [detector.detect(frame) for frame in source]
    assert len(faces) == 24
    for [face] in faces:
        assert 0 <= face.x < face.x + face.width <= 240
        assert 0.3 < face.height / 320 < 0.5
        assert 0.2 < face.points[0][1] / 320 < 0.5
