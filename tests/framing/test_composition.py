"""The shot that shows people well."""

from __future__ import annotations

import numpy as np
import pytest
from support.moving_faces import make_face

from framechain.faces import Face
from framechain.framing.composition import Limits, Subject, compose, find_height, fits, read_subject

WIDE = Limits(1920, 1080, 16 / 9, 0.22, 1, 3)
TALL = Limits(1920, 1080, 9 / 16, 0.22, 1, 3)


def test_subject_is_read_from_points_and_from_the_box_alone() -> None:
    assert read_subject(make_face(100, 50, 40)) == Subject((100, 50), 40, 0)
    assert read_subject(make_face(100, 50, 40, turn=-0.5)).turn == pytest.approx(-0.5)
    assert read_subject(Face(80, 40, 40, 40, 0.9)).eyes == pytest.approx((100, 53.2))


@pytest.mark.parametrize("x", [600, 960, 1300])
def test_compose_puts_the_eyes_on_the_upper_third_and_the_face_has_its_share(x: float) -> None:
    people = [Subject((x, 500), 100)]
    height = find_height(people, WIDE)
    shot = compose(people, height, WIDE)
    assert height == pytest.approx(100 / 0.22)
    assert shot.x == x
    assert (500 - (shot.y - height / 2)) / height == pytest.approx(1 / 3)


def test_compose_leaves_room_where_somebody_looks() -> None:
    straight, left, right = (compose([Subject((960, 500), 100, turn)], 500, WIDE).x for turn in (0, -1, 1))
    assert left < straight - 20
    assert right > straight + 20


def test_compose_in_a_narrow_shot_keeps_the_back_of_a_turned_head() -> None:
    shot = compose([Subject((960, 400), 270, -1)], 1080, TALL)
    assert shot.x + 1080 * 9 / 32 > 960 + 270


def test_compose_shows_all_of_a_group() -> None:
    people = [Subject((400, 300), 90), Subject((1100, 350), 60), Subject((900, 600), 100)]
    height = find_height(people, WIDE)
    shot = compose(people, height, WIDE)
    for (x, y), size, *_ in people:
        assert abs(x - shot.x) + size <= height * 16 / 18 + 1e-6
        assert abs(y - shot.y) + 0.9 * size <= height / 2 + 1e-6


@pytest.mark.parametrize("limits", [WIDE, TALL], ids=["wide", "tall"])
def test_compose_never_leaves_the_frame_or_the_limits_of_the_zoom(limits: Limits) -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        drawn = random.uniform((-50, -50, 5, -1), (1970, 1130, 900, 1), (random.integers(1, 4), 4))
        people = [Subject((x, y), size, turn) for x, y, size, turn in drawn]
        height = find_height(people, limits)
        shot = compose(people, height, limits)
        half = height * limits.aspect / 2
        assert limits.largest / 3 - 1e-6 <= height <= limits.largest + 1e-6
        assert -1e-6 <= shot.x - half <= shot.x + half <= 1920 + 1e-6
        assert -1e-6 <= shot.y - height / 2 <= shot.y + height / 2 <= 1080 + 1e-6


def test_fits_asks_for_all_heads() -> None:
    apart = [Subject((500, 400), 100), Subject((1000, 400), 100)]
    assert fits(apart, WIDE, 1)
    assert not fits(apart, TALL, 1)
    assert fits([Subject((500, 400), 100), Subject((900, 400), 100)], TALL, 1)
