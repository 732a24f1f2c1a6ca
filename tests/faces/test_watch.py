"""FaceWatch: faces that are not seen for some frames stay known."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from framechain import Frame, FrameInfo, StreamInfo
from framechain.faces.face import Face
from framechain.faces.track import Track
from framechain.faces.watch import FaceWatch

WIDTH, HEIGHT, RATE = 320, 180, 30
STREAM = StreamInfo("clip", "video", WIDTH, HEIGHT, Fraction(1, RATE), Fraction(RATE))
LIVE = StreamInfo("camera", "camera", WIDTH, HEIGHT, Fraction(1, RATE), Fraction(RATE))


class ScriptedDetector:
    """Finds what a test says, wherever it is asked to look: close looks find the same."""

    small_faces = True

    def __init__(self) -> None:
        self.faces: list[Face] = []
        self.confirms = True
        self.looks: list[tuple[Any, bool]] = []
        self.confirmed = 0

    def detect(self, frame: Any, regions: Sequence[Any] | None = None, *, near: bool = False) -> list[Face]:
        self.looks.append((regions, near))
        assert regions is not None
        return [
            face
            for face in self.faces
            if any(
                left <= face.centre[0] <= right and top <= face.centre[1] <= bottom
                for left, top, right, bottom in regions
            )
        ]

    def confirm(self, frame: Any, face: Face, min_score: float) -> bool:
        self.confirmed += 1
        return self.confirms


class Show:
    """A stream of frames, in each of which the detector finds what a test says."""

    def __init__(self, *, linger: float = 0.5, stream: StreamInfo = STREAM) -> None:
        self.detector = ScriptedDetector()
        self.watch = FaceWatch(self.detector, min_score=0.5, linger=linger)  # type: ignore[arg-type]
        self.stream, self.index = stream, 0
        self.image = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)

    def show(self, *faces: Face, count: int = 1, image: Any = None) -> list[Track]:
        self.detector.faces = list(faces)
        for _ in range(count):
            frame = Frame(FrameInfo(self.index, self.index, 1, self.stream), bgr=self.image if image is None else image)
            tracks = self.watch.update(frame)
            self.index += 1
        return tracks


def make_face(x: float, y: float = 60, *, side: float = 40, score: float = 0.9) -> Face:
    return Face(x, y, side, side, score)


def test_watch_lost_face_is_presumed_for_a_while() -> None:
    show = Show(linger=0.5)
    show.show(make_face(100), count=5)
    [track] = show.show(count=14)
    assert track.since > 0.4
    assert track.face.measure_overlap(make_face(100)) > 0.9
    assert show.show(count=3) == []


def test_watch_moving_face_that_is_hidden_is_presumed_further_on() -> None:
    show = Show()
    for number in range(8):
        show.show(make_face(60 + 6 * number))
    [track] = show.show(count=3)
    assert 60 + 6 * 7 + 9 < track.face.x < 60 + 6 * 10 + 2


def test_watch_head_that_turns_away_is_followed_by_its_picture() -> None:
    show = Show(linger=0.3)
    head = np.random.default_rng(3).integers(0, 256, (5, 5, 3), np.uint8).repeat(10, 0).repeat(10, 1)

    def draw(x: int) -> Any:
        image = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
        image[55:105, x - 5 : x + 45] = head
        return image

    for number in range(4):
        show.show(make_face(60 + number), image=draw(60 + number))
    for number in range(4, 14):  # Three times as fast as before.
        [track] = show.show(image=draw(60 + 3 * number))
        assert track.is_followed
    assert track.face.measure_overlap(make_face(60 + 3 * 13)) > 0.7
    assert show.show(count=10) == []


def test_watch_weak_find_beside_a_face_does_not_draw_its_track_away() -> None:
    """A throat, found with a low score in a frame in which the face above it is not found."""
    show = Show()
    show.detector.confirms = False
    show.show(make_face(100), count=5)
    [track] = show.show(make_face(100, 95, score=0.45))
    assert track.face.y == pytest.approx(60, abs=1)


def test_watch_fast_face_stays_one_track() -> None:
    show = Show()
    first = show.show(make_face(60), count=3)[0]
    [track] = show.show(make_face(100))
    assert track is first
    assert track.face.x > 90


def test_watch_first_frame_of_a_scene_is_looked_at_everywhere() -> None:
    show = Show()
    show.show(make_face(100), count=3)
    assert [len(regions) for regions, near in show.detector.looks if not near] == [11, 3, 3]
    [track] = show.show(make_face(250), image=np.full((HEIGHT, WIDTH, 3), 20, np.uint8))
    assert len(show.detector.looks[-1][0]) == 11
    assert track.face.x == 250


def test_watch_live_looks_cover_the_frame_in_turn() -> None:
    show = Show(stream=LIVE)
    show.show(count=41)
    looks = [regions for regions, _ in show.detector.looks[1:]]
    assert all(len(regions) == 1 for regions in looks)
    assert all(regions[0][2] - regions[0][0] > WIDTH for regions in looks[::2])
    sides = {round(regions[0][2] - regions[0][0]) for regions in looks[1::2]}
    assert sides == {round(1.11 * HEIGHT), round(0.62 * HEIGHT)}
    assert len({tuple(regions[0]) for regions in looks}) == 1 + 2 + 8


def test_watch_doubtful_face_is_confirmed_once_and_then_not_asked_about() -> None:
    show = Show(stream=LIVE)
    show.detector.confirms = False
    assert show.show(make_face(100, score=0.6), count=20) == []
    assert show.detector.confirmed == 1
    show.show(make_face(100, score=0.6), count=60)
    assert show.detector.confirmed == 1
    show.show(make_face(100, score=0.6), count=40)
    assert show.detector.confirmed == 2
    show.detector.confirms = True
    assert len(show.show(make_face(200, score=0.6), count=2)) == 1
    assert len(show.show(make_face(20, score=0.85), make_face(200), count=2)) == 2
    assert show.detector.confirmed == 3


def test_watch_face_that_is_never_seen_well_is_none() -> None:
    show = Show()
    show.detector.confirms = True
    assert len(show.show(make_face(100, score=0.7), count=23)) == 1
    show.detector.confirms = False
    assert show.show(make_face(100, score=0.7), count=5) == []
    assert len(show.show(make_face(200, score=0.9))) == 1


def test_watch_face_that_leaves_is_soon_forgotten_and_not_missing() -> None:
    show = Show(linger=2)
    for number in range(8):
        show.show(make_face(240 + 8 * number))
    assert show.show(count=15) == []
    assert not show.watch.is_missing


def test_watch_face_that_vanishes_inside_is_missing_until_one_is_found() -> None:
    show = Show(linger=0.5)
    show.show(make_face(100), count=5)
    show.show(count=3)
    assert not show.watch.is_missing
    show.show(count=6)
    assert show.watch.is_missing
    assert show.show(count=60) == []
    assert show.watch.is_missing
    show.show(make_face(200))
    assert not show.watch.is_missing


def test_watch_face_missing_for_long_has_left() -> None:
    show = Show(linger=0.1)
    show.show(make_face(100), count=5)
    show.show(count=30)
    assert show.watch.is_missing
    show.show(count=10 * RATE)
    assert not show.watch.is_missing


def test_watch_after_a_pause_begins_where_the_face_was() -> None:
    show = Show(linger=5)
    for number in range(8):
        show.show(make_face(60 + 6 * number))
    show.index += 60
    [track] = show.show()
    assert track.face.x < 60 + 6 * 14
