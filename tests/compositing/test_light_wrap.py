"""Light wrap: where the light falls, how much of it, and the same in BGR and YUV."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import photo, write_clip

from framechain import BackgroundReplacement, Matte, MPSegmentation
from framechain.backgrounds import Blur, Color, Picture, Transparent
from framechain.cli.program import main
from framechain.compositing.light_wrap import wrap_light
from framechain.errors import ArgumentError
from framechain.sources.video import VideoSource

WIDTH, HEIGHT = 640, 360
# 2 % of the shorter side, plus the width of the soft edge and of a pixel of the shrunk frame.
REACH = 0.02 * HEIGHT + 7


class Disc(Matte):
    """Finds a disc with a soft edge."""

    works_on_yuv = True

    def __init__(self) -> None:
        disc = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.circle(disc, (320, 180), 120, (255,), cv2.FILLED)
        self.alpha: Any = cv2.GaussianBlur(disc, (0, 0), 1.5)

    def __call__(self, frame: Any) -> Any:
        return self.alpha.copy()

    def estimate(self, frame: Any) -> Any:
        return self.alpha.copy()


def measure_depth() -> Any:
    """Return how far inside of the disc each pixel lies."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return 120 - np.hypot(rows - 180, columns - 320)


def render(share: float, background: Any, frame: Any = None) -> Any:
    frame = photo(WIDTH, HEIGHT) if frame is None else frame.copy()
    return BackgroundReplacement(Disc(), background, light_wrap=share)(frame)


def make_bright_background() -> Picture:
    image = cv2.flip(photo(WIDTH, HEIGHT), 1)
    return Picture(cv2.addWeighted(image, 0.5, np.full_like(image, 255), 0.5, 0))


def test_light_wrap_of_zero_is_never_called(monkeypatch: pytest.MonkeyPatch) -> None:
    before = BackgroundReplacement(Disc(), make_bright_background())(photo(WIDTH, HEIGHT))
    monkeypatch.delattr("framechain.objects.replacement.wrap_light")  # It is not even called.
    np.testing.assert_array_equal(render(0, make_bright_background()), before)


def test_light_wrap_changes_only_the_edge_and_is_brightest_there() -> None:
    dark = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    change = render(1, Color((255, 255, 255)), dark).astype(int) - render(0, Color((255, 255, 255)), dark)
    inside, outside = measure_depth(), Disc().alpha == 0
    assert not change[outside].any()
    assert not change[inside > REACH].any()
    means = [change[(inside > near) & (inside <= near + 1)].mean() for near in (3, 5, 7, 9)]
    assert means[0] > 30
    assert means == sorted(means, reverse=True)
    assert (change >= 0).all()


def test_light_wrap_grows_with_the_background_and_the_share() -> None:
    rim = (measure_depth() > 2) & (measure_depth() < 6)
    frame = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    by_background = [render(0.5, Color((level,) * 3), frame)[rim].mean() for level in (0, 80, 160, 250)]
    # Black lights nothing, and darkens nothing.
    assert by_background[0] == render(0, Color((0, 0, 0)), frame)[rim].mean()
    assert all(after > before + 5 for before, after in itertools.pairwise(by_background))
    by_share = [render(share, Color((200,) * 3), frame)[rim].mean() for share in (0, 0.5, 1)]
    assert by_share[0] < by_share[1] < by_share[2]


def test_light_wrap_has_the_backgrounds_colour_and_does_not_clip() -> None:
    rim = (measure_depth() > 2) & (measure_depth() < 6)
    grey = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    change = render(1, Color((250, 0, 0)), grey).astype(int) - render(0, Color((250, 0, 0)), grey)
    blue, green, red = change[rim].mean(axis=0)
    assert blue > 30
    assert (green, red) == (0, 0)
    white = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    np.testing.assert_array_equal(render(1, Color((9, 99, 200)), white), render(0, Color((9, 99, 200)), white))


def test_light_wrap_border_of_the_frame_is_no_edge() -> None:
    everything = np.full((HEIGHT, WIDTH), 255, np.uint8)
    frame = photo(WIDTH, HEIGHT)
    (lit_frame,) = wrap_light([frame], [np.full_like(frame, 255)], [everything], 1.0, full_range=True)
    np.testing.assert_array_equal(lit_frame, frame)


def test_light_wrap_blur_and_transparent_give_no_light() -> None:
    np.testing.assert_array_equal(render(1, Blur()), render(0, Blur()))
    np.testing.assert_array_equal(render(1, Transparent()), render(0, Transparent()))


def test_light_wrap_yuv_is_lit_like_bgr(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_clip(path, [photo(WIDTH, HEIGHT)])
    rim = (measure_depth() > 2) & (measure_depth() < 6)
    shown = []
    for share in (0.0, 1.0):
        with VideoSource(str(path)) as source:
            frame = next(iter(source))
            replace = BackgroundReplacement(Disc(), make_bright_background(), light_wrap=share)
            wanted = replace(frame.bgr.copy(), frame.info)
        with VideoSource(str(path)) as source:
            frame = next(iter(source))
            untouched = frame.yuv.to_ndarray().copy()
            result = replace.process_frame(frame)
            np.testing.assert_array_equal(frame.yuv.to_ndarray(), untouched)
            assert result.is_yuv
        shown.append((wanted.astype(int), result.bgr.astype(int)))
    (plain, plain_planes), (wanted, found) = shown
    gained, found_gain = (wanted - plain)[rim].mean(axis=0), (found - plain_planes)[rim].mean(axis=0)
    assert gained.min() > 10
    np.testing.assert_allclose(found_gain, gained, atol=4)
    assert not (found - plain_planes)[measure_depth() > REACH].any()
    assert not (found - plain_planes)[measure_depth() < -8].any()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 3), (91, 181)])
def test_light_wrap_any_size_keeps_its_shape(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    frame, background = rng.integers(0, 256, (2, *size, 3), np.uint8)
    alpha = rng.integers(0, 256, size, np.uint8)
    (image,) = wrap_light([frame], [background], [alpha], 1.0, full_range=True)
    assert image.shape == frame.shape
    half = (size[0] + 1) // 2, (size[1] + 1) // 2
    planes = [rng.integers(0, 256, side, np.uint8) for side in (size, half, half)]
    alpha_half = rng.integers(0, 256, half, np.uint8)
    result = wrap_light(planes, planes, [alpha, alpha_half, alpha_half], 1.0, full_range=False)
    assert [plane.shape for plane in result] == [size, half, half]


def test_light_wrap_is_an_argument_everywhere(samples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ArgumentError, match="light_wrap must be a number from 0 to 1, got 2"):
        MPSegmentation(light_wrap=2)
    image, results = str(samples / "portrait.jpg"), []
    for share in ("0", "1"):
        output = str(tmp_path / f"{share}.png")
        arguments = ["--background", "#ffffff", "--quality", "fast", "--output", output, "--light-wrap", share]
        assert main([image, *arguments]) == 0
        results.append(cv2.imread(output).astype(int))
    change = results[1] - results[0]
    assert change.max() > 30
    assert (change != 0).any(axis=2).mean() < 0.2
    assert main([image, "--light-wrap", "7"]) != 0
    assert "light_wrap must be a number from 0 to 1" in capfd.readouterr().err


@pytest.mark.parametrize(("full_range", "black"), [(False, 16), (True, 0)])
def test_light_wrap_black_background_in_yuv_adds_nothing(full_range: bool, black: int) -> None:
    rng = np.random.default_rng(2)
    shapes = (HEIGHT, WIDTH), (HEIGHT // 2, WIDTH // 2), (HEIGHT // 2, WIDTH // 2)
    front = [rng.integers(16, 200, shape, np.uint8) for shape in shapes]
    background = [np.full(shape, value, np.uint8) for shape, value in zip(shapes, (black, 128, 128), strict=True)]
    alpha = Disc().alpha
    half = cv2.resize(alpha, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    for wrapped, plane in zip(
        wrap_light(front, background, [alpha, half, half], 1.0, full_range=full_range), front, strict=True
    ):
        np.testing.assert_array_equal(wrapped, plane)
    white = [np.full(shape, value, np.uint8) for shape, value in zip(shapes, (235, 128, 128), strict=True)]
    brighter = wrap_light(front, white, [alpha, half, half], 1.0, full_range=full_range)
    assert (brighter[0] > front[0]).any()
