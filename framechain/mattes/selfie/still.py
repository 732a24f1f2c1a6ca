"""The matte of a single image: inference on the whole image, then on crops of several sizes around the people.

Two networks answer, where both can run: their mean decides what is a person, the selfie models where the edge is.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...models.views import Crop, ReducedView, View, make_full_crop
from ..arrays import Bytes, as_bytes, resize_bytes
from .agreement import average, join, remove_doubtful
from .augmentation import Mosaic, convert_to_grey, run_model, split_in_strips, split_in_tiles
from .crop_tracking import make_crop
from .edges import GuidedFilter, fit_guided_filter
from .humanseg import HumanSegModel
from .model import SelfieModel
from .people import BoundingBox, PersonFilter

# Margins of the two crops around the people, as shares of their bounding box: two answers that err in other places.
_MARGINS = 0.1, 0.2
# Sides of the tiles as shares of the narrower crop: 2 x 2 large ones, 3 x 3 small ones.
_LARGE_TILE, _SMALL_TILE = 0.75, 0.5
# Weight of the whole image beside the weight 1 of each set of crops: it alone sees what is around the people.
_FULL_WEIGHT = 0.25
# Confidence of a mean that becomes one half. Where answers disagree, most often one has lost a part of the person.
_MIDDLE = 0.4
# Longest side of the second network's mean.
_COARSE_SIZE = 1280


def estimate_still(
    view: View,
    frame_models: Sequence[SelfieModel],
    crop_model: SelfieModel,
    person_filter: PersonFilter,
    second_model: HumanSegModel | None = None,
) -> Bytes:
    """Estimate the best matte of a single image: uint8 (H, W).

    Args:
        view: The image.
        frame_models: The models for the whole image; the mean of their answers counts.
        crop_model: The model for the crops.
        person_filter: Decides which components are people.
        second_model: The other network; None for the selfie models alone.
    """
    full_crop = make_full_crop(view)
    answers = [run_model(model, view.crop_rgb(full_crop, *model.size), flip=True) for model in frame_models]
    size = min(view.width, 256), min(view.height, 256)
    first = as_bytes(np.mean([cv2.resize(answer, size) for answer in answers], axis=0))
    if second_model is None:
        _, bounds = person_filter(first, full_crop)
        if bounds is None:
            return resize_bytes(first, view.width, view.height)
        matte = _raise_middle(_average_selfie_models(view, first, bounds, crop_model))
        return person_filter(matte, full_crop)[0]
    second = second_model(view, full_crop, flip=True)
    joint = as_bytes(cv2.addWeighted(first, 0.5, resize_bytes(second, *size), 0.5, 0))
    _, bounds = person_filter(joint, full_crop)
    if bounds is None:
        return resize_bytes(joint, view.width, view.height)
    fine = _average_selfie_models(view, first, bounds, crop_model)
    # Its own bounding box suits it better.
    _, second_bounds = person_filter(second, full_crop)
    coarse = _average_second_model(view, second, second_bounds or bounds, second_model)
    mean = _raise_middle(average(resize_bytes(fine, *coarse.shape[::-1]), coarse))
    matte = join(_raise_middle(fine), mean)
    return remove_doubtful(person_filter(matte, full_crop)[0], mean, first)


def _average_selfie_models(view: View, first: Bytes, bounds: BoundingBox, model: SelfieModel) -> Bytes:
    """Return the mean of a selfie model's answers for crops, and of the first answer for the whole image."""
    full_crop = make_full_crop(view)
    mosaic = Mosaic(view)
    mosaic.add([(full_crop, _fit(view, full_crop, first))], full_crop, _FULL_WEIGHT)
    near, far = (make_crop(bounds, view.width, view.height, margin) for margin in _MARGINS)
    for within, tiles, flip in (
        (near, [near], True),
        (far, [far], True),
        (near, split_in_strips(near), True),
        (near, split_in_tiles(near, 2, _LARGE_TILE), True),
        (near, split_in_tiles(near, 3, _SMALL_TILE), False),
    ):
        mosaic.add([(tile, _estimate_crop(model, view, tile, flip=flip)) for tile in tiles], within)
    return mosaic.compute_mean()


def _average_second_model(view: View, whole: Bytes, bounds: BoundingBox, model: HumanSegModel) -> Bytes:
    """Return the mean of the second model's answers for the whole image, the people, and strips of both.

    A large image's is some times smaller, because its edges do not count.
    """
    factor = -(-max(view.width, view.height) // _COARSE_SIZE)
    view, bounds = ReducedView(view, factor), _shrink(bounds, factor)
    full_crop, near = make_full_crop(view), make_crop(bounds, view.width, view.height, _MARGINS[0])
    mosaic = Mosaic(view)
    mosaic.add([(full_crop, _fit(view, full_crop, whole))], full_crop)
    for within, tiles in ((full_crop, split_in_strips(full_crop)), (near, [near]), (near, split_in_strips(near))):
        mosaic.add([(tile, _fit(view, tile, model(view, tile, flip=True))) for tile in tiles], within)
    return mosaic.compute_mean()


def _shrink(bounds: BoundingBox, factor: int) -> BoundingBox:
    left, top, right, bottom = (side / factor for side in bounds)
    return left, top, right, bottom


def _raise_middle(matte: Bytes) -> Bytes:
    """Return a matte whose confidence _MIDDLE became one half."""
    levels = 255 * (np.arange(256) / 255) ** (np.log(0.5) / np.log(_MIDDLE))
    return as_bytes(cv2.LUT(matte, np.rint(levels).astype(np.uint8)))


def _fit(view: View, crop: Crop, confidence: Bytes) -> GuidedFilter:
    # A crop shows an edge in more pixels than the whole frame: a smaller window holds it.
    height, width = confidence.shape
    return fit_guided_filter(confidence, view.crop_grey(crop, width, height), radius=1, contrast=8)


def _estimate_crop(model: SelfieModel, view: View, crop: Crop, *, flip: bool) -> GuidedFilter:
    rgb = view.crop_rgb(crop, *model.size)
    return fit_guided_filter(run_model(model, rgb, flip=flip), convert_to_grey(rgb), radius=1, contrast=8)
