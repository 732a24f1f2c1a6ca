"""BackgroundReplacement: an effect on the foreground alone, and the foreground scaled and placed."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import frame_in_yuv, photo, see
from support.streams import LeftThird, Source, covered_ones, raw_blocks, texture, watch

from framechain import BackgroundReplacement, Engine, FPSmetric, Frame, Matte, MPSegmentation, Place, StreamInfo
from framechain.backgrounds import Blur, Color, Picture, Transparent
from framechain.errors import ArgumentError, ArgumentTypeError, ObjectError, ObjectResultError
from framechain.frame import make_image_info
from framechain.mattes import ChromaKey
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_yuv

BT709 = ColourSpace(1, False, 1, 1)


def left_half(frame: Any) -> Any:
    alpha = np.zeros(frame.shape[:2], np.uint8)
    alpha[:, : frame.shape[1] // 2] = 255
    return alpha


def invert(frame: Any) -> Any:
    return 255 - frame


class Disc(Matte):
    """A soft disc in the middle, on YUV as well."""

    works_on_yuv = True
    mixes_edges = True

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, frame: Any) -> Any:
        raise NotImplementedError

    def estimate(self, frame: Frame) -> Any:
        self.calls += 1
        width, height = frame.size
        rows, columns = np.indices((height, width))
        distance = np.hypot(rows - height / 2 + 0.5, columns - width / 2 + 0.5)
        return np.clip((40 - distance) * 32 + 128, 0, 255).astype(np.uint8)


def in_bgr(image: Any) -> Frame:
    return Frame(make_image_info("image", image), bgr=image.copy())


def in_yuv(image: Any) -> Frame:
    return frame_in_yuv(convert_to_yuv(image, BT709), BT709)


# The effect


@pytest.mark.parametrize("make", [in_bgr, in_yuv])
def test_foreground_effect_is_seen_in_the_foreground_only(make: Any) -> None:
    image = np.full((120, 160, 3), (40, 80, 200), np.uint8)
    replace = BackgroundReplacement(Disc(), Color((0, 255, 0)), foreground=invert)
    result = replace.process_frame(make(image))
    assert result.is_yuv == (make is in_yuv)
    seen = result.read_bgr().astype(int)
    assert np.abs(seen[60, 80] - (215, 175, 55)).max() <= 2
    assert np.abs(seen[5, 5] - (0, 255, 0)).max() <= 2


@pytest.mark.parametrize("background", [Blur(9), Color((1, 2, 3)), Picture(photo(50, 70)), lambda frame: frame // 2])
def test_foreground_effect_leaves_the_background_as_it_is_without_one(background: Any) -> None:
    plain = BackgroundReplacement(left_half, background)(photo())
    result = BackgroundReplacement(left_half, background, foreground=invert)(photo())
    np.testing.assert_array_equal(result[:, 80:], plain[:, 80:])
    np.testing.assert_array_equal(result[:, :80], 255 - photo()[:, :80])


def test_foreground_effect_and_background_need_one_call_of_the_matte() -> None:
    matte = Disc()
    BackgroundReplacement(matte, lambda frame: frame // 2, foreground=invert).process_frame(in_yuv(photo()))
    assert matte.calls == 1


def test_foreground_effect_gets_alpha_and_info() -> None:
    seen: list[Any] = []

    def note(frame: Any, alpha: Any, info: Any) -> Any:
        seen.append((alpha.copy(), info.index, frame.shape))
        frame[alpha < 128] = 0
        return frame

    BackgroundReplacement(left_half, Color((0, 0, 0)), foreground=note)(photo())
    alpha, index, shape = seen[0]
    np.testing.assert_array_equal(alpha, left_half(photo()))
    assert (index, shape) == (0, (120, 160, 3))


def test_foreground_effect_may_be_a_frame_object_that_works_on_planes() -> None:
    metric = FPSmetric(clock=iter(range(9)).__next__, position=(70, 70), fontScale=1)
    image = np.zeros((120, 160, 3), np.uint8)
    replace = BackgroundReplacement(Disc(), Color((0, 0, 0)), foreground=metric)
    replace.process_frame(in_yuv(image))
    result = replace.process_frame(in_yuv(image))
    assert result.is_yuv
    assert result.read_bgr()[..., 1].max() > 200


def test_foreground_effect_with_alpha_makes_the_foreground_more_transparent() -> None:
    def fade(frame: Any) -> Any:
        return np.dstack([frame, np.full(frame.shape[:2], 51, np.uint8)])

    image = np.full((120, 160, 3), 200, np.uint8)
    for frame in (in_bgr(image), in_yuv(image)):
        result = BackgroundReplacement(Disc(), Color((0, 0, 0)), foreground=fade).process_frame(frame)
        assert int(result.read_bgr()[60, 80, 0]) == pytest.approx(40, abs=2)
        assert result.matte_alpha is not None
        assert result.matte_alpha.max() == 51
    cut = BackgroundReplacement(Disc(), Transparent(), foreground=fade).process_frame(in_bgr(image))
    assert cut.alpha is not None
    assert cut.alpha.max() == 51


def test_foreground_effect_leaves_no_halo_of_the_old_background() -> None:
    """Edge pixels are a mixture of 0 and 255; the effect inverts it, and what is left is the foreground's own."""
    matte = Disc()
    alpha = matte.estimate(in_bgr(photo())).astype(float)[..., None] / 255
    image = np.rint(60 * alpha + 255 * (1 - alpha)).astype(np.uint8).repeat(3, axis=2)
    seen = BackgroundReplacement(matte, Color((195, 195, 195)), foreground=invert)(image)[..., 0].astype(int)
    # Without decontamination the edge would be as dark as the inverted background, 0.
    assert seen.min() > 150


@pytest.mark.parametrize("foreground", [None, invert])
def test_foreground_effect_with_transparent_gives_its_colours(foreground: Any) -> None:
    result = BackgroundReplacement(left_half, Transparent(), foreground=foreground)(photo())
    expected = photo() if foreground is None else 255 - photo()
    np.testing.assert_array_equal(result[:, :80, :3], expected[:, :80])
    np.testing.assert_array_equal(result[..., 3], left_half(photo()))


def test_foreground_effect_of_another_size_is_refused() -> None:
    def smaller(frame: Any) -> Any:
        return np.ascontiguousarray(frame[::2, ::2])

    with pytest.raises(
        ObjectResultError, match="the foreground effect smaller returned a frame of 80x60 for one of 160x120: it must"
    ):
        BackgroundReplacement(left_half, Color((0, 0, 0)), foreground=smaller)(photo())


def test_foreground_effect_that_raises_is_named() -> None:
    def fails(frame: Any) -> Any:
        raise RuntimeError("no idea")

    with pytest.raises(ObjectError, match="fails raised RuntimeError at frame 0: no idea"):
        BackgroundReplacement(left_half, Color((0, 0, 0)), foreground=fails)(photo())


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        ("invert", "the foreground effect is not callable: 'invert'"),
        (FPSmetric, "is the class FPSmetric: make an"),
        (ChromaKey(), "the foreground effect is the matte ChromaKey"),
    ],
)
def test_foreground_effect_that_is_no_object_is_refused(effect: Any, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        BackgroundReplacement(left_half, Color((0, 0, 0)), foreground=effect)


class Hooked:
    """An effect that notes its hooks."""

    keys = {"e": "effect"}  # noqa: RUF012

    def __init__(self) -> None:
        self.log: list[str] = []

    def __call__(self, frame: Any) -> Any:
        self.log.append("frame")
        return frame

    def open(self, stream: StreamInfo) -> None:
        self.log.append("open")

    def close(self) -> None:
        self.log.append("close")

    def reset(self) -> None:
        self.log.append("reset")

    def on_key(self, key: str) -> bool:
        self.log.append(key)
        return key == "e"


def test_foreground_effect_gets_its_hooks() -> None:
    hooked = Hooked()
    replace = BackgroundReplacement(left_half, Color((0, 0, 0)), foreground=hooked)
    Engine(custom_objects=[replace]).process_image(photo())
    assert hooked.log == ["open", "frame", "close"]
    replace.reset()
    assert replace.keys["e"] == "effect"
    assert [replace.on_key(key) for key in "emx"] == [True, True, False]
    assert hooked.log == ["open", "frame", "close", "reset", "e", "m", "x"]
    assert replace.foreground is hooked


@covered_ones
def test_foreground_effect_live_frame_for_which_it_fails_is_covered() -> None:
    def fails(frame: Any, info: Any) -> Any:
        if info.index % 3 == 1:
            raise RuntimeError("a mistake")
        return frame

    result, viewer = watch(Source(12), BackgroundReplacement(LeftThird(), Blur(31), foreground=fails))
    assert result.covered > 0
    for image in viewer.frames.values():
        assert not raw_blocks(image, texture())[:, 3:].any()


# The place


@pytest.mark.parametrize("make", [in_bgr, in_yuv])
def test_place_foreground_is_scaled_into_its_corner(make: Any) -> None:
    image = np.full((120, 160, 3), (40, 80, 200), np.uint8)
    place = Place(scale=0.5, anchor="bottom right")
    replace = BackgroundReplacement(Disc(), Color((0, 255, 0)), place=place)
    result = replace.process_frame(make(image))
    seen = result.read_bgr().astype(int)
    # The disc of radius 40 around (80, 60) has become one of radius 20 around (120, 90).
    for x, y, colour in (
        (120, 90, (40, 80, 200)),
        (120, 73, (40, 80, 200)),
        (120, 66, (0, 255, 0)),
        (60, 60, (0, 255, 0)),
    ):
        assert np.abs(seen[y, x] - colour).max() <= 3, (x, y)
    assert result.matte_alpha is not None
    assert result.matte_alpha.sum() == pytest.approx(255 * np.pi * 20**2, rel=0.03)


@pytest.mark.parametrize("place", [Place(scale=0.45, anchor="bottom right"), Place(0.3, 40, 1.6, "top")])
@pytest.mark.parametrize("foreground", [None, invert])
def test_place_in_yuv_and_in_bgr_looks_the_same(place: Place, foreground: Any) -> None:
    image = photo(160, 120)
    made = [
        BackgroundReplacement(Disc(), Picture(photo(90, 50)), foreground=foreground, place=place, light_wrap=0.3)
        .process_frame(make(image)).read_bgr().astype(int)
        for make in (in_bgr, in_yuv)
    ]  # fmt: skip
    both = in_yuv(image).read_bgr()
    assert np.abs(made[0] - made[1]).mean() < 1 + 2 * np.abs(both.astype(int) - image).mean()


def test_place_edges_have_nothing_of_the_old_background() -> None:
    matte = Disc()
    alpha = matte.estimate(in_bgr(photo())).astype(float)[..., None] / 255
    image = np.rint(np.array((0, 0, 200)) * alpha + np.array((0, 255, 0)) * (1 - alpha)).astype(np.uint8)
    replace = BackgroundReplacement(matte, Color((0, 0, 200)), place=Place(scale=0.4))
    seen = replace(image).astype(int)
    assert seen[..., 1].max() < 40
    assert np.abs(seen[..., 2] - 200).max() < 40


def test_place_with_transparent_moves_colours_and_alpha_together() -> None:
    image = np.full((120, 160, 3), (40, 80, 200), np.uint8)
    place = Place(scale=0.5, anchor="top left")
    result = BackgroundReplacement(Disc(), Transparent(), place=place)(image)
    assert result.shape == (120, 160, 4)
    solid = result[..., 3] > 128
    assert np.abs(result[solid][:, :3].astype(int) - (40, 80, 200)).max() <= 3
    rows, columns = np.nonzero(solid)
    assert (rows.mean(), columns.mean()) == (pytest.approx(29.5, abs=0.6), pytest.approx(39.5, abs=0.6))


@pytest.mark.parametrize("view", ["matte", "both"])
def test_place_views_show_the_placed_matte(view: str) -> None:
    replace = BackgroundReplacement(left_half, Color((0, 0, 0)), place=Place(scale=0.5, anchor="bottom right"))
    replace.view = view
    result = replace.process_frame(in_bgr(np.full((120, 160, 3), 90, np.uint8)))
    assert result.matte_alpha is not None
    rows, columns = np.nonzero(result.matte_alpha)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (60, 119, 80, 119)
    shown = result.read_bgr()
    if view == "matte":
        np.testing.assert_array_equal(shown, np.dstack([result.matte_alpha] * 3))
    else:
        assert (shown[:, :80] == 255).any()


def test_place_background_gets_the_placed_alpha() -> None:
    seen: list[Any] = []

    def shadow(frame: Any, alpha: Any) -> Any:
        seen.append(alpha.copy())
        return np.zeros_like(frame)

    replace = BackgroundReplacement(left_half, shadow, place=Place(scale=0.5, anchor="bottom right"))
    result = replace.process_frame(in_bgr(photo()))
    np.testing.assert_array_equal(seen[0], result.matte_alpha)


SHOWN_AGAIN = "place moves the foreground, but Blur shows the scene, where it would be seen again: choose a background"


def test_place_with_a_background_that_shows_the_scene_is_refused() -> None:
    place = Place(scale=0.5)
    with pytest.raises(ArgumentError, match=SHOWN_AGAIN):
        BackgroundReplacement(left_half, Blur(9), place=place)
    with pytest.raises(ArgumentError, match=SHOWN_AGAIN):
        MPSegmentation(place=place)
    replace = BackgroundReplacement(left_half, Color((0, 0, 0)), place=place)
    with pytest.raises(ArgumentError, match=SHOWN_AGAIN):
        replace.background = Blur(9)
    assert isinstance(replace.background, Color)
    replace.place, replace.background = None, Blur(9)
    with pytest.raises(ArgumentError, match=SHOWN_AGAIN):
        replace.place = place
    with pytest.raises(ArgumentTypeError, match=r"place must be a Place, such as Place\(scale=0.5\), got \(0, 0\)"):
        BackgroundReplacement(left_half, Color((0, 0, 0)), place=(0, 0))  # type: ignore[arg-type]


def test_place_cover_of_a_live_stream_is_the_background_alone() -> None:
    replace = BackgroundReplacement(left_half, Color((0, 200, 0)), place=Place(scale=0.5))
    assert (replace.cover(photo()) == (0, 200, 0)).all()


def test_segmentation_takes_effect_and_place(clip: Path, tmp_path: Path) -> None:
    made = MPSegmentation(
        bg_color=(0, 0, 255), foreground=lambda frame: np.full_like(frame, (0, 255, 0)), place=Place(scale=0.5)
    )
    assert made.place == Place(scale=0.5)
    out = tmp_path / "o.mp4"
    Engine(video_path=clip, custom_objects=[made], output_path=out, end_video_frame=2, break_on_end=True).run()
    seen = see(out).bgr(1).astype(int)
    height, width = seen.shape[:2]
    green = (seen[..., 1] > 200) & (seen[..., 2] < 60)
    rows, columns = np.nonzero(green)
    assert 0.005 < green.mean() < 0.25
    assert height // 4 - 3 <= rows.min() <= rows.max() <= 3 * height // 4 + 3
    assert width // 4 - 3 <= columns.min() <= columns.max() <= 3 * width // 4 + 3
    assert seen[5, 5, 2] > 240


def test_replacement_with_effect_and_place_copy_by_pickle_gives_the_same() -> None:
    replace = BackgroundReplacement(left_half, Color((0, 0, 0)), foreground=invert, place=Place(scale=0.5))
    twin = pickle.loads(pickle.dumps(replace))
    np.testing.assert_array_equal(twin(photo()), replace(photo()))
