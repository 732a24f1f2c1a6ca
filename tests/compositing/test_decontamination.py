"""Decontamination: soft edges without the old background."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from framechain import BackgroundReplacement, MPSegmentation
from framechain.backgrounds import Blur, Color
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


def edge_error(image: Any, alpha: Any) -> float:
    edge = (alpha > 60) & (alpha < 200)
    return float(np.abs(image[edge].astype(float) - COAT).mean())


def test_decontaminate_soft_edge_loses_the_old_background(alpha: Any) -> None:
    image = mixed(alpha)
    before = image.copy()
    cleaned = decontaminate(image, alpha)
    assert edge_error(cleaned, alpha) < 0.45 * edge_error(image, alpha)
    sure = (alpha == 0) | (alpha == 255)
    np.testing.assert_array_equal(cleaned[sure], image[sure])
    np.testing.assert_array_equal(image, before)


def test_decontaminate_plane_is_processed_like_an_image(alpha: Any) -> None:
    image = mixed(alpha)
    np.testing.assert_allclose(
        decontaminate(np.ascontiguousarray(image[..., 1]), alpha),
        decontaminate(image, alpha)[..., 1],
        atol=1,
    )


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 3), (91, 180)])
def test_decontaminate_any_size_keeps_its_shape(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    image, alpha = rng.integers(0, 256, (*size, 3), np.uint8), rng.integers(0, 256, size, np.uint8)
    assert decontaminate(image, alpha).shape == image.shape


def test_replacement_decontaminates_if_the_matte_mixes_edges_and_the_scene_goes(alpha: Any) -> None:
    class Soft:
        mixes_edges = True

        def __call__(self, frame: Any) -> Any:
            return alpha

    image, share = mixed(alpha), alpha[..., None] / 255
    plain = np.rint(share * image + 0.0)
    cleaned = BackgroundReplacement(Soft(), Color((0, 0, 0)))(image.copy())
    wanted = share * np.array(COAT)
    edge = (alpha > 60) & (alpha < 200)
    assert np.abs(cleaned - wanted)[edge].mean() < 0.5 * np.abs(plain - wanted)[edge].mean()
    undeclared = BackgroundReplacement(lambda frame: alpha, Color((0, 0, 0)))(image.copy())
    assert np.abs(undeclared - plain).max() <= 1
    scene = BackgroundReplacement(Soft(), Blur())(image.copy())
    np.testing.assert_array_equal(scene, BackgroundReplacement(lambda frame: alpha, Blur())(image.copy()))


def test_segmentation_choke_and_feather_are_arguments(samples: Any) -> None:
    image: Any = cv2.imread(str(samples / "portrait.jpg"))

    def area(**arguments: float) -> int:
        with MPSegmentation(quality="fast", **arguments) as segmentation:  # type: ignore[arg-type]
            return int((segmentation.alpha(image) > 127).sum())

    assert area(choke=4) < area() < area(choke=-4)
    with pytest.raises(ArgumentError, match="choke must be a number of pixels"):
        MPSegmentation(choke=float("nan"))
