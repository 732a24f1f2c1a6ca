"""PP-HumanSeg V2 Lite: it answers like its original, for crops of any shape."""

from __future__ import annotations

import copy
import pickle
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from labelled import find_pairs, load_pair
from scores import compute_iou

from framechain.mattes.selfie import humanseg
from framechain.mattes.selfie.humanseg import HumanSegModel, HumanSegRuntime, fit_in_model
from framechain.mattes.selfie.model import read_asset
from framechain.models.views import BgrView, Crop, make_full_crop

pytest.importorskip("ai_edge_litert", reason="LiteRT has no wheel for this system")


@pytest.fixture(scope="module")
def model() -> HumanSegModel:
    return HumanSegModel()


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Any:
    return cv2.imread(str(samples / "portrait.jpg"))


def test_humanseg_portrait_finds_the_person_of_the_selfie_models(model: HumanSegModel, portrait: Any) -> None:
    from framechain.mattes import MediaPipeMatte

    view = BgrView(portrait)
    with MediaPipeMatte() as matte:
        expected = matte(portrait)
    # Above the helmet that she holds, which the two see differently.
    crop = Crop(0, 0, portrait.shape[1], portrait.shape[0] * 3 // 5)
    larger: Any = cv2.resize(model(view, crop), (crop.width, crop.height))
    assert compute_iou(larger > 127, expected[: crop.height] > 127) > 0.95


def test_humanseg_background_has_nobody(model: HumanSegModel, samples: Path) -> None:
    view = BgrView(np.asarray(cv2.imread(str(samples / "background.jpg")), np.uint8))
    assert (model(view, make_full_crop(view)) > 127).mean() < 0.005


@pytest.mark.parametrize(
    ("crop", "size"),
    [
        (Crop(0, 0, 256, 144), (256, 144)),
        (Crop(4, 8, 604, 608), (144, 144)),
        (Crop(0, 0, 1000, 10), (256, 3)),
        (Crop(0, 0, 2, 900), (1, 144)),
    ],
)
def test_humanseg_crop_keeps_its_shape(crop: Crop, size: tuple[int, int], model: HumanSegModel) -> None:
    view = BgrView(np.full((900, 1000, 3), 90, np.uint8))
    assert fit_in_model(crop) == size
    assert model(view, crop).shape == size[::-1]


def test_humanseg_image_in_bars_is_found_as_among_grey_pixels(model: HumanSegModel, portrait: Any) -> None:
    """Bars are grey: the answer is nearly that of an image with bars painted on it."""
    height, width = portrait.shape[:2]
    square = portrait[:, (width - height) // 2 :][:, :height] if width > height else portrait[:width]
    side = square.shape[0] // 18 * 18
    square = square[:side, :side]
    view = BgrView(np.ascontiguousarray(square))
    painted: Any = np.full((side, side * 16 // 9, 3), 127, np.uint8)
    margin = (painted.shape[1] - side) // 2
    painted[:, margin : margin + side] = square
    wide_view = BgrView(painted)
    found = model(view, make_full_crop(view))
    expected = model(wide_view, make_full_crop(wide_view))[:, 56:-56]
    assert found.shape == expected.shape == (144, 144)
    assert cv2.absdiff(found, np.ascontiguousarray(expected)).mean() < 2


def test_humanseg_flip_of_mirrored_image_is_mirrored(model: HumanSegModel, portrait: Any) -> None:
    view, mirrored = BgrView(portrait), BgrView(np.ascontiguousarray(portrait[:, ::-1]))
    crop = make_full_crop(view)
    flipped, other = model(view, crop, flip=True), model(mirrored, crop, flip=True)[:, ::-1]
    # Equal but for the rounding of the crop's pixels.
    assert np.abs(flipped.astype(int) - other).mean() < 0.5
    alone = model(view, crop)
    assert (flipped != alone).any()
    assert np.abs(flipped.astype(int) - alone).mean() < 8


def test_humanseg_frame_as_yuv_is_found_as_from_bgr(model: HumanSegModel, portrait: Any) -> None:
    from framechain.models.views import YuvView
    from framechain.pixels.colour import ColourSpace
    from framechain.pixels.convert import convert_to_yuv

    image = np.ascontiguousarray(portrait[: portrait.shape[0] // 2 * 2, : portrait.shape[1] // 2 * 2])
    colour = ColourSpace(1, False, 1, 1)
    view, yuv = BgrView(image), YuvView(convert_to_yuv(image, colour), colour)
    crop = make_full_crop(view)
    assert cv2.absdiff(model(view, crop), model(yuv, crop)).mean() < 3


def test_humanseg_closed_and_copied_is_loaded_again(portrait: Any) -> None:
    one = HumanSegModel()
    view = BgrView(portrait)
    crop = make_full_crop(view)
    one.close()
    found = one(view, crop)
    twins = copy.deepcopy(one), pickle.loads(pickle.dumps(one))
    one.close()
    one.close()
    for twin in (one, *twins):
        np.testing.assert_array_equal(twin(view, crop), found)


def test_humanseg_without_litert_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    one = HumanSegModel()
    assert one.is_available
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    assert not one.is_available


@pytest.mark.slow
@pytest.mark.shared
def test_humanseg_confidence_is_that_of_the_original(shared: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    path = shared / "models" / "pp_humansegv2_lite_portrait_256x144.onnx"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    session = onnxruntime.InferenceSession(str(path))
    runtime = HumanSegRuntime(read_asset(humanseg._FILE, humanseg._DIGEST))
    worst, means = 0.0, []
    for pair in [*find_pairs(shared / "masks" / "portrait")[::8], *find_pairs(shared / "masks" / "selfie")[::20]]:
        image, _ = load_pair(*pair)
        rgb = BgrView(image).crop_rgb(Crop(0, 0, image.shape[1], image.shape[0]), 256, 144)
        blob = (rgb.astype(np.float32) / 255 - 0.5) / 0.5
        original = session.run(None, {"x": blob.transpose(2, 0, 1)[None]})[0][0, 1]
        difference = np.abs(runtime(rgb) - original)
        worst, means = max(worst, float(difference.max())), [*means, float(difference.mean())]
    runtime.close()
    assert worst < 0.02
    assert np.mean(means) < 0.0005
