"""The search for people: the whole frame and parts of it, what was known before, and who comes in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framechain.mattes.selfie.crop_tracking import CropTracker
from framechain.mattes.selfie.humanseg import fit_in_model
from framechain.mattes.selfie.people import PersonFilter
from framechain.mattes.selfie.presence import Presence
from framechain.mattes.selfie.search import PeopleSearch, measure_area
from framechain.models.views import BgrView, Crop

WIDTH, HEIGHT = 640, 360
RED, BLUE = (20, 20, 200), (200, 20, 20)
Box = tuple[int, int, int, int]


class NearSightedNetwork:
    """A network that sees red people from a number of pixels on; of furniture, which is blue, it is half sure."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.areas: list[Crop] = []

    def __call__(self, view: Any, crop: Crop) -> Any:
        self.areas.append(crop)
        rgb = view.crop_rgb(crop, *fit_in_model(crop)).astype(int)
        people = rgb[..., 0] - rgb[..., 1] > 100
        furniture = rgb[..., 2] - rgb[..., 1] > 100
        return ((people & (people.sum() >= self.least)) * 250 + furniture * 170).astype(np.uint8)


def ask(view: Any, crop: Crop) -> Any:
    """The first network, which takes both for people."""
    rgb = view.crop_rgb(crop, 256, 256).astype(int)
    return (255 * (np.maximum(rgb[..., 0], rgb[..., 2]) - rgb[..., 1] > 100)).astype(np.uint8)


def draw(*boxes: Box, colour: Any = RED) -> Any:
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    for left, top, right, bottom in boxes:
        frame[top:bottom, left:right] = colour
    return frame


def make_search(least: int = 0) -> tuple[PeopleSearch, CropTracker, Presence, NearSightedNetwork]:
    network, tracker, presence = NearSightedNetwork(least), CropTracker(), Presence()
    second: Any = network
    return PeopleSearch(second, PersonFilter(), tracker, presence, ask), tracker, presence, network


@pytest.mark.parametrize("left", [40, 560])
def test_people_search_small_person_is_found_at_once_in_a_part_of_the_frame(left: int) -> None:
    search, tracker, presence, _ = make_search(least=300)
    search.look(BgrView(draw((left, 280, left + 30, 360))), motion=None)
    assert presence.is_somebody
    assert tracker.crop is not None
    assert tracker.crop.left <= left
    assert left + 30 <= tracker.crop.right
    assert tracker.crop.width < 160


def test_people_search_person_who_is_small_in_every_part_is_not_found() -> None:
    search, tracker, presence, network = make_search(least=10_000)
    search.look(BgrView(draw((40, 280, 70, 360))), motion=None)
    assert not presence.is_somebody
    assert tracker.crop is None
    assert len(network.areas) == 3


def test_people_search_nobody_takes_turns_over_the_parts_of_the_frame() -> None:
    search, _, _, network = make_search()
    empty = BgrView(draw())
    for _ in range(5):
        search.look(empty, motion=None)
    whole, left, right = network.areas[:3]
    assert whole == (0, 0, WIDTH, HEIGHT)
    assert network.areas[3:] == [left, whole, right, whole]
    assert left.left == 0
    assert right.right == WIDTH
    assert left.right > right.left


def test_people_search_motion_that_begins_is_looked_at_in_the_whole_frame() -> None:
    search, _, _, network = make_search()
    for _ in range(3):
        search.look(BgrView(draw()), motion=None)
    network.areas.clear()
    search.look(BgrView(draw()), motion=0.5)
    assert network.areas == [(0, 0, WIDTH, HEIGHT)]


@pytest.mark.parametrize("motion", [0.2, 0.8])
def test_people_search_motion_that_goes_on_is_looked_at_where_it_is(motion: float) -> None:
    search, _, _, network = make_search()
    for _ in range(7):
        search.look(BgrView(draw()), motion)
    after_the_first = network.areas[3:]
    assert len(after_the_first) == 6
    parts = [area for area in after_the_first if area.width < WIDTH]
    assert len(parts) >= 2
    assert all(area.left <= motion * WIDTH <= area.right and (area.left == 0) == (motion < 0.5) for area in parts)


def test_people_search_furniture_in_a_part_of_the_frame_is_nobody() -> None:
    search, tracker, presence, _ = make_search()
    for _ in range(6):
        search.look(BgrView(draw((60, 250, 120, 350), colour=BLUE)), motion=None)
        assert not presence.is_somebody
        assert tracker.crop is None


def test_people_search_person_among_furniture_gets_a_crop_of_their_own() -> None:
    search, tracker, presence, network = make_search()

    def ask_for_people(view: Any, crop: Crop) -> Any:
        rgb = view.crop_rgb(crop, 256, 256).astype(int)
        return (255 * (rgb[..., 0] - rgb[..., 1] > 100)).astype(np.uint8)

    second: Any = network
    search = PeopleSearch(second, PersonFilter(), tracker, presence, ask_for_people)
    frame = draw((40, 260, 200, 330), (430, 200, 620, 300), colour=BLUE)
    frame[240:360, 300:350] = RED
    search.look(BgrView(frame), motion=None)
    assert presence.is_somebody
    assert tracker.crop is not None
    assert 200 < tracker.crop.left <= 300
    assert 350 <= tracker.crop.right < 430


def test_people_search_furniture_that_appears_does_not_widen_the_crop() -> None:
    search, tracker, presence, _ = make_search()
    frame = draw((300, 100, 400, 360))
    search.look(BgrView(frame), motion=None)
    crop = tracker.crop
    frame[200:340, 20:180] = BLUE
    search.look(BgrView(frame), motion=None)
    assert presence.is_somebody
    assert tracker.crop == crop


def test_people_search_round_thing_is_no_person() -> None:
    import cv2

    search, tracker, presence, _ = make_search()
    globe = draw()
    cv2.circle(globe, (320, 180), 120, RED, cv2.FILLED)
    search.look(BgrView(globe), motion=None)
    assert not presence.is_somebody
    assert tracker.crop is None


def test_people_search_reset_looks_at_everything_again() -> None:
    search, _, _, network = make_search()
    search.look(BgrView(draw()), motion=None)
    search.reset()
    network.areas.clear()
    search.look(BgrView(draw()), motion=None)
    assert len(network.areas) == 3


def test_measure_area_is_that_in_the_frame() -> None:
    matte = np.zeros((256, 256), np.uint8)
    matte[:, :128] = 200
    assert measure_area(matte, Crop(100, 0, 300, 100)) == 100 * 100
