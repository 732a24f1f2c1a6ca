"""The matte of a single image: inference on the whole image, then on crops of several sizes around the people."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..arrays import Bytes, as_bytes
from .augmentation import Mosaic, convert_to_grey, run_model, split_in_strips, split_in_tiles
from .crop_tracking import make_crop
from .edges import GuidedFilter, fit_guided_filter
from .model import SelfieModel
from .people import PersonFilter
from .views import Crop, View, make_full_crop

# Margins of the two crops around the people, as shares of their bounding box: two answers that err in other places.
_MARGINS = 0.1, 0.2
# Sides of the tiles as shares of the narrower crop: 2 x 2 large ones, 3 x 3 small ones.
_LARGE_TILE, _SMALL_TILE = 0.75, 0.5
# Weight of the whole image beside the weight 1 of each set of crops: it alone sees what is around the people.
_FULL_WEIGHT = 0.25
# Confidence of the mean that becomes one half. Where answers disagree, most often one has lost a part of the person.
_MIDDLE = 0.4


def estimate_still(
    view: View, frame_models: Sequence[SelfieModel], crop_model: SelfieModel, person_filter: PersonFilter
) -> Bytes:
    """Estimate the best matte of a single image: uint8 (H, W).

    Args:
        view: The image.
        frame_models: The models for the whole image; the mean of their answers counts.
        crop_model: The model for the crops.
        person_filter: Decides which components are people.
    """
    full_crop = make_full_crop(view)
    answers = [run_model(model, view.crop_rgb(full_crop, *model.size), flip=True) for model in frame_models]
    size = min(view.width, 256), min(view.height, 256)
    first = as_bytes(np.mean([cv2.resize(answer, size) for answer in answers], axis=0))
    _, bounds = person_filter(first, full_crop)
    if bounds is None:
        return as_bytes(cv2.resize(first, (view.width, view.height), interpolation=cv2.INTER_LINEAR))
    mosaic = Mosaic(view)
    small_grey = view.crop_grey(full_crop, *size)
    mosaic.add([(full_crop, fit_guided_filter(first, small_grey, radius=1, contrast=8))], full_crop, _FULL_WEIGHT)
    near, far = (make_crop(bounds, view.width, view.height, margin) for margin in _MARGINS)
    for within, tiles, flip in (
        (near, [near], True),
        (far, [far], True),
        (near, split_in_strips(near), True),
        (near, split_in_tiles(near, 2, _LARGE_TILE), True),
        (near, split_in_tiles(near, 3, _SMALL_TILE), False),
    ):
        mosaic.add([(tile, _estimate_crop(crop_model, view, tile, flip=flip)) for tile in tiles], within)
    levels = 255 * (np.arange(256) / 255) ** (np.log(0.5) / np.log(_MIDDLE))
    matte = as_bytes(cv2.LUT(mosaic.compute_mean(), np.rint(levels).astype(np.uint8)))
    return person_filter(matte, full_crop)[0]


def _estimate_crop(model: SelfieModel, view: View, crop: Crop, *, flip: bool) -> GuidedFilter:
    rgb = view.crop_rgb(crop, *model.size)
    # A crop shows an edge in more pixels than the whole frame: a smaller window holds it.
    return fit_guided_filter(run_model(model, rgb, flip=flip), convert_to_grey(rgb), radius=1, contrast=8)
