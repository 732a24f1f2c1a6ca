"""A program that turns floating-point warnings into errors, with `np.errstate`, may use every matte and object."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import photos

from framechain import BackgroundReplacement, Engine, FPSmetric, MPSegmentation, cut_out, open_source
from framechain.backgrounds import Blur, Color, Picture, Transparent
from framechain.mattes import (
    KNN,
    MOG2,
    ChromaKey,
    ContourFill,
    MediaPipeMatte,
    OtsuThreshold,
    ReferenceFrame,
    RunningAverage,
)

MATTES: dict[str, Callable[[], Any]] = {
    "KNN": KNN,
    "MOG2": MOG2,
    "ChromaKey": ChromaKey,
    "ContourFill": ContourFill,
    "MediaPipeMatte": MediaPipeMatte,
    "OtsuThreshold": OtsuThreshold,
    "ReferenceFrame": ReferenceFrame,
    "RunningAverage": RunningAverage,
}


@pytest.fixture(scope="module")
def frames(clip: Path) -> list[Any]:
    """Some of the sample clip: what moves there makes the mattes that learn fit the exposure."""
    with open_source(clip) as source:
        return [frame.bgr[::2, ::2].copy() for _, frame in zip(range(12), source, strict=False)]


def run(source: Any, output: Path, *objects: Any) -> int:
    fps = 25 if isinstance(source, list) else None
    with np.errstate(all="raise"):
        result = Engine(source=source, fps=fps, output_path=output, custom_objects=objects, progress=False).run()
    return result.frames_processed


@pytest.mark.slow
@pytest.mark.parametrize("name", MATTES)
@pytest.mark.filterwarnings("ignore::framechain.FramechainWarning")
def test_matte_under_errstate_raises_nothing(name: str, frames: list[Any], samples: Path, tmp_path: Path) -> None:
    backgrounds: tuple[Any, ...] = (Blur(0.1), Picture(samples / "background.jpg"))
    for background in backgrounds:
        chained = BackgroundReplacement(MATTES[name](), background, light_wrap=0.5)
        assert run(frames, tmp_path / "out.mp4", chained, FPSmetric()) == len(frames)
        assert run(frames[0], tmp_path / "out.png", chained) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", MATTES)
@pytest.mark.filterwarnings("ignore::framechain.FramechainWarning")
def test_matte_under_errstate_takes_extreme_images(name: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    images = [np.zeros_like(noise), np.full_like(noise, 255), noise, photos(1)[0]]
    assert run(images, tmp_path / "out.mp4", BackgroundReplacement(MATTES[name](), Color((0, 255, 0)))) == 4
    for image in images:
        assert run(image, tmp_path / "out.png", BackgroundReplacement(MATTES[name](), Transparent())) == 1


@pytest.mark.slow
def test_segmentation_under_errstate_cuts_out_an_image(samples: Path, tmp_path: Path) -> None:
    """As the tutorial has it, and in one call."""
    assert run(samples / "portrait.jpg", tmp_path / "out.jpg", MPSegmentation(threshold=0.3), FPSmetric()) == 1
    with np.errstate(all="raise"):
        alpha = cut_out(samples / "portrait.jpg")[..., 3]
    assert alpha.min() == 0
    assert alpha.max() == 255
