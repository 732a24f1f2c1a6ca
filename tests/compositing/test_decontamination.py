"""The edge moved and feather_edge, and the old background taken out of it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from framechain import BackgroundReplacement, MPSegmentation
from framechain.backgrounds import Blur, Color
from framechain.compositing.alpha import choke_edge, feather_edge
from framechain.compositing.decontamination import decontaminate
from framechain.errors import ArgumentError

WALL, COAT = (40, 220, 60), (150, 40, 120)


@pytest.fixture
def alpha() -> Any:
    disc = np.zeros((360, 640), np.uint8)
    cv2.circle(disc, (320, 200), 120, (255,), cv2.FILLED)
    return cv2.GaussianBlur(disc, (0, 0), 3)


def mixed(alpha: Any) -> Any:
    share = alpha[..., None] / 255
    return np.rint(share * COAT + (1 - share) * WALL).astype(np.uint8)


def edge_error(picture: Any, alpha: Any) -> float:
    edge = (alpha > 60) & (alpha < 200)
    return float(np.abs(picture[edge].astype(float) - COAT).mean())


def test_the_old_background_is_taken_out_of_soft_edges(alpha: Any) -> None:
    picture = mixed(alpha)
    before = picture.copy()
    cleaned = decontaminate(picture, alpha)
    assert edge_error(cleaned, alpha) < 0.45 * edge_error(picture, alpha)
    sure = (alpha == 0) | (alpha == 255)
    np.testing.assert_array_equal(cleaned[sure], picture[sure])
    np.testing.assert_array_equal(picture, before)


def test_a_plane_is_cleaned_as_a_picture_is(alpha: Any) -> None:
    picture = mixed(alpha)
    np.testing.assert_allclose(
        decontaminate(np.ascontiguousarray(picture[..., 1]), alpha),
        decontaminate(picture, alpha)[..., 1],
        atol=1,
    )


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 3), (91, 180)])
def test_any_size(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    picture, alpha = rng.integers(0, 256, (*size, 3), np.uint8), rng.integers(0, 256, size, np.uint8)
    assert decontaminate(picture, alpha).shape == picture.shape


def test_it_is_done_for_mattes_that_say_so_and_not_where_the_scene_stays(alpha: Any) -> None:
    class Soft:
        mixes_edges = True

        def __call__(self, frame: Any) -> Any:
            return alpha

    picture, share = mixed(alpha), alpha[..., None] / 255
    plain = np.rint(share * picture + 0.0)
    cleaned = BackgroundReplacement(Soft(), Color((0, 0, 0)))(picture.copy())
    wanted = share * np.array(COAT)
    edge = (alpha > 60) & (alpha < 200)
    assert np.abs(cleaned - wanted)[edge].mean() < 0.5 * np.abs(plain - wanted)[edge].mean()
    unsaid = BackgroundReplacement(lambda frame: alpha, Color((0, 0, 0)))(picture.copy())
    assert np.abs(unsaid - plain).max() <= 1
    assert not BackgroundReplacement(Soft(), Blur())._decontaminates


def test_choke_moves_the_edge_by_its_sign(alpha: Any) -> None:
    area = {pixels: int((choke_edge(alpha, pixels) > 127).sum()) for pixels in (-3, -0.5, 0, 0.5, 3)}
    assert list(area.values()) == sorted(area.values(), reverse=True)
    assert len(set(area.values())) == 5
    outline = 2 * np.pi * 120
    assert (area[0] - area[3]) / outline == pytest.approx(3, abs=0.6)


def test_feather_softens_or_hardens_by_its_sign(alpha: Any) -> None:
    soft = [int(((f > 0) & (f < 255)).sum()) for f in (feather_edge(alpha, pixels) for pixels in (6, 0, -2))]
    assert soft[0] > soft[1] > soft[2]
    np.testing.assert_array_equal(feather_edge(alpha, 0), alpha)
    middle = (feather_edge(alpha, -2) > 127) != (alpha > 127)
    assert middle.mean() < 0.001


def test_they_are_arguments(samples: Any) -> None:
    picture: Any = cv2.imread(str(samples / "portrait.jpg"))

    def area(**arguments: float) -> int:
        with MPSegmentation(quality="fast", **arguments) as segmentation:  # type: ignore[arg-type]
            return int((segmentation.alpha(picture) > 127).sum())

    assert area(choke=4) < area() < area(choke=-4)
    with pytest.raises(ArgumentError, match="choke must be a number of pixels"):
        MPSegmentation(choke=float("nan"))
