"""The crop that follows people."""

from __future__ import annotations

import numpy as np

from framechain.mattes.selfie.augmentation import split_in_strips, split_in_tiles
from framechain.mattes.selfie.crop_tracking import CropTracker, make_crop


def test_make_crop_random_bounds_are_inside_at_even_corners() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        width, height = (int(side) for side in rng.integers(1, 900, 2))
        left, right = sorted(rng.uniform(0, width, 2))
        top, bottom = sorted(rng.uniform(0, height, 2))
        box = make_crop((left, top, right, bottom), width, height, 0.1)
        assert 0 <= box.left <= left
        assert right <= box.right <= width
        assert 0 <= box.top <= top
        assert bottom <= box.bottom <= height
        assert box.left % 2 == box.top % 2 == 0
        for part in [*split_in_strips(box), *split_in_tiles(box, 2, 0.75), *split_in_tiles(box, 3, 0.5)]:
            assert part.width > 0
            assert part.height > 0
            assert part.left % 2 == part.top % 2 == 0
            assert part.right <= box.right
            assert part.bottom <= box.bottom


def test_crop_tracker_border_touched_needs_full_frame() -> None:
    tracker = CropTracker(period=100)
    tracker.update_from_frame((100, 100, 200, 200), 640, 360)
    box = tracker.crop
    assert box is not None
    assert not tracker.needs_full_frame(is_motion_outside=False)
    tracker.update_from_crop((100, 100, box.right, 200), 640, 360)
    assert tracker.needs_full_frame(is_motion_outside=False)
    assert tracker.crop is not None
    assert tracker.crop.right > box.right


def test_crop_tracker_reach_out_is_for_who_was_found_only_now() -> None:
    tracker = CropTracker()
    tracker.reach_out(640, 360)
    assert tracker.crop is None
    tracker.update_from_frame((400, 200, 500, 360), 640, 360)
    before = tracker.crop
    assert before is not None
    tracker.reach_out(640, 360)
    assert tracker.crop is not None
    assert tracker.crop.left <= before.left - 0.4 * before.width
    assert tracker.crop.top <= before.top - 0.4 * before.height
    assert tracker.crop.bottom == 360
    assert tracker.crop.left % 2 == tracker.crop.top % 2 == 0
    for _ in range(8):
        tracker.update_from_crop((400, 200, 500, 360), 640, 360)
    at_rest = tracker.crop
    tracker.reach_out(640, 360)
    assert tracker.crop == at_rest == before


def test_crop_tracker_restore_returns_to_what_was_saved() -> None:
    tracker = CropTracker()
    tracker.update_from_frame((100, 100, 200, 300), 640, 360)
    state, crop = tracker.save(), tracker.crop
    tracker.update_from_frame((100, 100, 600, 300), 640, 360)
    assert tracker.crop != crop
    tracker.restore(state)
    assert tracker.crop == crop
    tracker.update_from_crop((100, 100, 200, 300), 640, 360)
    assert tracker.crop == crop
