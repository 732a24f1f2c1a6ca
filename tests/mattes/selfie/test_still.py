"""The matte of a single image."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from labelled import find_pairs, load_pair
from scores import ImageScore, compute_iou

from framechain import MPSegmentation
from framechain.mattes import MediaPipeMatte
from framechain.mattes.selfie.model import GENERAL, LANDSCAPE, SelfieModel
from framechain.mattes.selfie.people import PersonFilter
from framechain.mattes.selfie.still import estimate_still
from framechain.models.views import BgrView


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Any:
    return cv2.imread(str(samples / "portrait.jpg"))


@pytest.fixture
def needs_litert() -> None:
    pytest.importorskip("ai_edge_litert", reason="LiteRT has no wheel for this system")


@pytest.mark.slow
def test_estimate_still_same_image_gives_the_same_matte(portrait: Any) -> None:
    with MPSegmentation() as segmentation:
        np.testing.assert_array_equal(segmentation.alpha(portrait), segmentation.alpha(portrait))


def estimate_with_selfie_models(image: Any) -> Any:
    landscape, general = SelfieModel(LANDSCAPE), SelfieModel(GENERAL)
    return estimate_still(BgrView(image), [landscape, general], general, PersonFilter())


@pytest.mark.slow
@pytest.mark.usefixtures("needs_litert")
def test_estimate_still_thing_without_a_person_is_background(portrait: Any) -> None:
    """The helmet alone: the selfie models take it for a person, PP-HumanSeg does not."""
    helmet = np.ascontiguousarray(portrait[300:, 300:])
    assert (estimate_with_selfie_models(helmet) > 127).mean() > 0.4
    with MediaPipeMatte() as matte:
        assert not matte(helmet).any()


@pytest.mark.usefixtures("needs_litert")
def test_estimate_still_held_thing_stays_with_the_person(portrait: Any) -> None:
    """PP-HumanSeg alone loses the helmet that she holds."""
    with MediaPipeMatte() as matte:
        found = matte(portrait)
    assert (found[380:500, 320:460] > 127).mean() > 0.99
    assert (found[350:370, 350:430] > 150).mean() > 0.9  # Its white rim.


@pytest.mark.slow
@pytest.mark.usefixtures("needs_litert")
def test_estimate_still_large_image_is_cut_out_as_its_small_copy(portrait: Any) -> None:
    large: Any = cv2.resize(portrait, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    with MediaPipeMatte() as matte:
        found, small = matte(large), matte(portrait)
    expected: Any = cv2.resize(small, (large.shape[1], large.shape[0]))
    assert compute_iou(found > 127, expected > 127) > 0.97


def test_estimate_still_without_litert_asks_the_selfie_models_alone(
    portrait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = estimate_with_selfie_models(portrait)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with MediaPipeMatte() as matte:
        np.testing.assert_array_equal(matte(portrait), expected)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.usefixtures("needs_litert")
@pytest.mark.parametrize("name", ["saxon-switzerland-539418_1280", "twilio_office", "twilio_living_room"])
@pytest.mark.parametrize("selection", [GENERAL, LANDSCAPE])
def test_estimate_still_image_without_people_is_background(shared: Path, name: str, selection: int) -> None:
    image: Any = cv2.imread(str(shared / "backgrounds" / f"{name}.jpg"))
    with MediaPipeMatte(selection) as matte:
        assert (matte(image) > 127).mean() < 0.005


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.usefixtures("needs_litert")
@pytest.mark.parametrize(("folder", "step", "least"), [("portrait", 4, (0.93, 0.53)), ("selfie", 10, (0.955, 0.45))])
def test_estimate_still_labelled_images_are_cut_out(
    shared: Path, folder: str, step: int, least: tuple[float, float]
) -> None:
    score = ImageScore()
    with MediaPipeMatte() as matte:
        for pair in find_pairs(shared / "masks" / folder)[::step]:
            image, truth = load_pair(*pair)
            score.add(matte(image), truth)
    found = float(np.mean(score.overlaps)), float(np.mean(score.boundaries))
    assert found >= least
    assert score.failed == 0
    assert found[1] >= least[1]
