"""Our mattes under the modifiers are as the plain ones: in streams and stills, BGR and YUV, copied, and learning."""

from __future__ import annotations

import copy
import functools
import itertools
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.matte_cases import ALL, LEARNING_MATTES, draw_box, make_plain
from support.matte_cases import make_matte as make_plain_matte
from support.media import frame_in_yuv, see
from support.onnx_graphs import build, echo, make_matte  # noqa: F401  (fixtures)

from framechain import BackgroundReplacement, Engine, Frame, FrameInfo, Matte, StreamInfo
from framechain.backgrounds import Color
from framechain.compositing.alpha_shape import AlphaShape
from framechain.mattes import MediaPipeMatte
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_yuv
from framechain.sources.video import VideoSource

COLOUR = ColourSpace(matrix=1)
WARM_UP = 3

CASES: dict[str, Callable[[], Any]] = {
    **{name: (lambda name=name: make_plain_matte(name, WARM_UP)) for name in ALL},  # type: ignore[misc]
    **{quality: (lambda quality=quality: MediaPipeMatte(quality=quality)) for quality in ("fast", "balanced", "best")},  # type: ignore[misc]
}
# The dearest quality is as the others here.
NAMES = [pytest.param("best", marks=pytest.mark.slow) if name == "best" else name for name in CASES]


class Nobody(Matte):
    works_on_yuv = True

    def estimate(self, frame: Frame) -> Any:
        return np.zeros((1, 1), np.uint8)


NEUTRAL: dict[str, Callable[[Any], Matte]] = {
    "inside": lambda matte: matte.inside((0.0, 0.0, 1.0, 1.0)),
    "outside": lambda matte: matte.outside(np.zeros((9, 16), np.uint8)),
    "map": lambda matte: matte.map(lambda confidence: confidence),
    "grow": lambda matte: matte.grow(0),
    "invert": lambda matte: ~~matte,
    "or": lambda matte: matte | Nobody(),
    "and": lambda matte: matte & matte,
}


@pytest.fixture(scope="module")
def images(clip: Path) -> list[Any]:
    """Some frames of the sample clip, small; the first ones are the same, as a warm-up wants it."""
    with VideoSource(str(clip)) as source:
        frames = [frame.bgr for frame in itertools.islice(source, 0, 24, 12)]
    return [frames[0]] * WARM_UP + frames


def estimate_all(matte: Any, images: list[Any], kind: str | None, *, yuv: bool) -> list[Any]:
    """The confidences of some frames: of a stream of a kind, or of images of their own."""
    height, width = images[0].shape[:2]
    stream = StreamInfo("clip", kind or "image", width, height, colour=COLOUR)
    if kind is not None:
        matte.open(stream)
    found = []
    for index, image in enumerate(images):
        info = FrameInfo(index, 40 * index, 40, stream)
        frame = frame_in_yuv(convert_to_yuv(image, COLOUR), COLOUR) if yuv else Frame(info, bgr=image.copy())
        found.append(np.array(matte.estimate(frame)))
    matte.close()
    return found


@pytest.fixture(scope="module")
def estimate_plain(images: list[Any]) -> Callable[[str, bool], list[Any]]:
    """The confidences of a plain matte in a stream, by its name and whether in YUV; each is estimated once."""
    return functools.cache(lambda name, yuv: estimate_all(CASES[name](), images, "video", yuv=yuv))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", NEUTRAL)
@pytest.mark.parametrize("yuv", [pytest.param(False, id="bgr", marks=pytest.mark.slow), pytest.param(True, id="yuv")])
def test_modifier_that_changes_nothing_gives_the_matte_bit_for_bit(
    name: str, how: str, yuv: bool, images: list[Any], estimate_plain: Callable[[str, bool], list[Any]]
) -> None:
    plain = estimate_plain(name, yuv)
    modified = estimate_all(NEUTRAL[how](CASES[name]()), images, "video", yuv=yuv)
    assert any(found.any() for found in plain)
    for one, other in zip(plain, modified, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", [pytest.param("best", marks=pytest.mark.slow), "balanced", "ChromaKey", "ContourFill"])
def test_modifier_of_an_image_gives_what_the_matte_gives(name: str, images: list[Any]) -> None:
    for kind in (None, "image"):
        plain = estimate_all(CASES[name](), images[:1], kind, yuv=False)
        modified = estimate_all(CASES[name]().inside((0.0, 0.0, 1.0, 1.0)), images[:1], kind, yuv=False)
        np.testing.assert_array_equal(plain, modified)
    np.testing.assert_array_equal(CASES[name]()(images[0]), CASES[name]().grow(0)(images[0]))


@pytest.mark.parametrize("name", ["best", "balanced", "fast"])
@pytest.mark.parametrize("region", [(60, 0, 200, 150), (0.3, 0.2, 0.6, 1.0)])
def test_modifier_region_in_yuv_and_bgr_is_the_same_place(name: str, region: Any, images: list[Any]) -> None:
    height, width = images[0].shape[:2]
    alphas = []
    for yuv in (False, True):
        matte = ~CASES[name]().outside(region)
        found = estimate_all(matte, images, "video", yuv=yuv)[-1]
        alphas.append(AlphaShape(*matte.edge).apply(found, width, height, subsampled=False)[0])
    by_bgr, by_yuv = ((alpha > 127) for alpha in alphas)
    assert by_bgr.any()
    assert (by_bgr ^ by_yuv).mean() < 0.01


@pytest.mark.parametrize("name", LEARNING_MATTES)
@pytest.mark.parametrize("how", NEUTRAL)
def test_modifier_of_a_learning_matte_has_its_status(name: str, how: str) -> None:
    plain, modified = CASES[name](), NEUTRAL[how](CASES[name]())
    statuses = []
    for _ in range(WARM_UP + 1):
        plain(make_plain())
        modified(make_plain())
        statuses.append((plain.status, modified.status))
    assert statuses[0][0] is not None
    assert all(one == other for one, other in statuses)
    assert statuses[-1] == (None, None)
    assert modified.on_key("r")
    modified(make_plain())
    assert modified.status is not None


@pytest.mark.parametrize("name", NAMES)
def test_modifier_of_a_matte_copy_and_pickle_work(name: str) -> None:
    matte = (CASES[name]().grow(2) & CASES[name]()).inside((0.0, 0.0, 1.0, 1.0))
    for twin in (copy.deepcopy(matte), pickle.loads(pickle.dumps(matte))):
        for _ in range(WARM_UP + 1):
            twin(make_plain())
        if name in ALL:
            assert twin(draw_box(make_plain()))[60, 80] == 255


PAIRS = [("balanced", "RunningAverage"), ("fast", "ChromaKey"), ("ChromaKey", "MOG2"), ("ReferenceFrame", "best")]


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("union", [True, False], ids=["union", "intersection"])
def test_join_cuts_each_matte_where_it_alone_is_cut(first: str, second: str, union: bool, images: list[Any]) -> None:
    def find_alphas(matte: Any) -> list[Any]:
        replace = BackgroundReplacement(matte, Color((0, 0, 0)))
        replace.open(StreamInfo("clip", "video", images[0].shape[1], images[0].shape[0]))
        return [replace.alpha(image) for image in images]

    a, b = CASES[first](), CASES[second]()
    joined = find_alphas(a | b if union else a & b)
    choose = np.maximum if union else np.minimum
    expected = [choose(*pair) for pair in zip(find_alphas(CASES[first]()), find_alphas(CASES[second]()), strict=True)]
    assert any(0 < alpha.mean() < 255 for alpha in expected)
    for one, other in zip(joined, expected, strict=True):
        difference = np.abs(one.astype(int) - other)
        assert difference.mean() < 1
        assert ((one > 127) ^ (other > 127)).mean() < 0.002


def test_modifier_of_an_onnx_matte_gives_the_matte(echo: str, images: list[Any]) -> None:
    matte = make_matte(echo, size=(32, 32), channel=0)
    plain = estimate_all(matte, images[:1], "video", yuv=True)
    np.testing.assert_array_equal(
        estimate_all(matte.inside((0.0, 0.0, 1.0, 1.0)), images[:1], "video", yuv=True), plain
    )
    assert (matte | MediaPipeMatte()).works_on_yuv


def test_run_with_a_combined_matte_shows_the_person_in_the_region_alone(clip: Path, tmp_path: Path) -> None:
    width, height = see(clip, 1).bgr(0).shape[1::-1]
    left = MediaPipeMatte().inside((0, 0, width // 2, height))
    for name, matte in (("plain", MediaPipeMatte()), ("left", left)):
        Engine(
            video_path=clip,
            custom_objects=[BackgroundReplacement(matte, Color((0, 255, 0)))],
            end_video_frame=5,
            break_on_end=True,
            output_path=tmp_path / f"{name}.mp4",
        ).run()
    plain, inside = (see(tmp_path / f"{name}.mp4").bgr(5).astype(int) for name in ("plain", "left"))
    screen = (inside[..., 1] > 180) & (inside[..., 0] < 90) & (inside[..., 2] < 90)
    assert screen[:, width // 2 + 8 :].all()
    assert np.abs(plain - inside)[:, : width // 2 - 8].mean() < 2
    assert screen[:, : width // 2].mean() < 0.95
