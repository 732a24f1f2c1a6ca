"""Otsu's threshold in front of a plain wall."""

from __future__ import annotations

from support.matte_cases import (
    draw_box,
    make_plain,
)

from framechain.mattes import (
    OtsuThreshold,
)


def test_otsu_threshold_given_side_is_foreground() -> None:
    frame = draw_box(draw_box(make_plain(120), (230, 230, 230), (20, 20, 60, 80)), (20, 20, 20), (100, 20, 140, 80))
    found = {side: OtsuThreshold(side)(frame)[50, [40, 80, 120]].tolist() for side in ("dark", "bright", "both")}
    assert found == {"dark": [0, 0, 255], "bright": [255, 0, 0], "both": [255, 0, 255]}


def test_otsu_threshold_auto_finds_the_side() -> None:
    for wall, thing in ((220, (50, 50, 50)), (30, (200, 200, 200))):
        alpha = OtsuThreshold()(draw_box(make_plain(wall), thing))
        assert alpha[60, 80] == 255
        assert alpha[10, 10] == 0


def test_otsu_threshold_low_contrast_is_background() -> None:
    frame = draw_box(make_plain(200), (184, 184, 184), (70, 40, 90, 60))
    assert not OtsuThreshold().__call__(frame).any()
    assert OtsuThreshold(minimum_contrast=8)(frame)[50, 80] == 255
