"""BackgroundReplacement: any matte with any background, hooks, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.media import photo

from framechain import BackgroundReplacement, Engine, StreamInfo
from framechain.backgrounds import Blur, Color, Picture
from framechain.errors import ArgumentError, ArgumentTypeError, ObjectResultError


def left_half(frame: Any) -> Any:
    alpha = np.zeros(frame.shape[:2], np.uint8)
    alpha[:, : frame.shape[1] // 2] = 255
    return alpha


def test_replacement_functions_as_matte_and_background_are_combined() -> None:
    image = photo()
    result = BackgroundReplacement(left_half, lambda frame: 255 - frame)(image.copy())
    np.testing.assert_array_equal(result[:, :80], image[:, :80])
    np.testing.assert_array_equal(result[:, 80:], 255 - image[:, 80:])


def test_replacement_background_of_another_size_is_fitted() -> None:
    result = BackgroundReplacement(left_half, lambda frame: np.full((9, 50, 3), 77, np.uint8))(photo())
    assert (result[:, 80:] == 77).all()


def test_replacement_background_gets_the_shaped_matte_and_the_info() -> None:
    seen: list[Any] = []

    def background(frame: Any, alpha: Any, info: Any) -> Any:
        seen.append((np.unique(alpha).tolist(), info.index))
        return frame

    def half_sure(frame: Any, info: Any) -> Any:
        seen.append(info.index)
        return np.full(frame.shape[:2], 0.5, np.float32)

    Engine(custom_objects=[BackgroundReplacement(half_sure, background, threshold=0.9)]).custom_processing(photo())
    assert seen == [0, ([0], 0)]


def test_replacement_threshold_softness_matte_and_background_can_be_set() -> None:
    replacement = BackgroundReplacement(lambda f: np.full(f.shape[:2], 0.5, np.float32), Color((1, 2, 3)))
    image = photo()
    replacement.threshold = 0.9
    assert replacement(image.copy())[0, 0].tolist() == [1, 2, 3]
    replacement.softness = 0
    replacement.threshold = 0.1
    np.testing.assert_array_equal(replacement(image.copy()), image)
    replacement.matte, replacement.background = left_half, Color((7, 7, 7))
    assert replacement(image.copy())[0, -1].tolist() == [7, 7, 7]
    assert (replacement.threshold, replacement.softness, replacement.matte) == (0.1, 0, left_half)
    with pytest.raises(ArgumentError, match="threshold must be a number from 0 to 1, got 2"):
        replacement.threshold = 2


class Part:
    """A matte or background that notes its hooks."""

    def __init__(self, log: list[str], used: str = "") -> None:
        self.log, self.used = log, used

    def open(self, stream: StreamInfo) -> None:
        self.log.append(f"open {stream.width}")

    def close(self) -> None:
        self.log.append("close")

    def reset(self) -> None:
        self.log.append("reset")

    def on_key(self, key: str) -> bool:
        self.log.append(key)
        return key == self.used

    def __call__(self, frame: Any, alpha: Any = None) -> Any:
        return left_half(frame) if alpha is None else frame


def test_replacement_hooks_reach_matte_and_background() -> None:
    mattes: list[str] = []
    backgrounds: list[str] = []
    replacement = BackgroundReplacement(Part(mattes, "m"), Part(backgrounds, "b"))
    Engine(custom_objects=[replacement]).process_image(photo())
    assert mattes == backgrounds == ["open 160", "close"]
    replacement.reset()
    assert [replacement.on_key(key) for key in "mbx"] == [True, True, False]
    assert mattes == backgrounds == ["open 160", "close", "reset", "m", "b", "x"]


BAD_MATTES = {
    "no array": (lambda frame: None, "the matte bad returned NoneType instead of an array"),
    "another size": (
        lambda f: f[:5, :5, 0],
        r"the matte bad returned .* shape \(5, 5\) for a frame of 120x160",
    ),
    "three channels": (lambda f: f, r"the matte bad returned an array of shape \(120, 160, 3\)"),
    "integers": (lambda f: f[..., 0].astype(np.int32), "the matte bad returned an array of int32 instead of uint8"),
}


@pytest.mark.parametrize("kind", BAD_MATTES)
def test_replacement_wrong_matte_is_reported(kind: str) -> None:
    make, message = BAD_MATTES[kind]

    def bad(frame: Any) -> Any:
        return make(frame)

    with pytest.raises(ObjectResultError, match=message):
        BackgroundReplacement(bad, Color((0, 0, 0)))(photo())


def test_replacement_wrong_background_is_reported() -> None:
    def sky(frame: Any) -> None:
        return None

    with pytest.raises(ObjectResultError, match="sky returned None at frame 0"):
        BackgroundReplacement(left_half, sky)(photo())  # type: ignore[arg-type]


@pytest.mark.parametrize(("role", "position"), [("matte", 0), ("background", 1)])
def test_replacement_part_that_is_not_callable_is_refused(role: str, position: int) -> None:
    parts: list[Any] = [left_half, Color((0, 0, 0))]
    parts[position] = "wall.jpg"
    with pytest.raises(ArgumentTypeError, match=rf"the {role} is not callable: 'wall.jpg' \(str\)"):
        BackgroundReplacement(*parts)


@pytest.mark.parametrize("background", [Blur(9), Color((0, 255, 0)), Picture(photo(50, 70))])
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 2), (101, 37)])
def test_replacement_every_background_takes_every_size(background: Any, size: tuple[int, int]) -> None:
    frame = photo(*size)
    result = BackgroundReplacement(left_half, background)(frame.copy())
    assert result.shape == frame.shape
    np.testing.assert_array_equal(result[:, : size[0] // 2], frame[:, : size[0] // 2])


@pytest.mark.parametrize("layout", ["mirrored view", "read-only"])
def test_replacement_called_directly_any_memory_layout_is_accepted(layout: str) -> None:
    frame = photo()
    if layout == "read-only":
        frame.flags.writeable = False
    else:
        frame = frame[:, ::-1]
    before = frame.copy()
    replacement = BackgroundReplacement(left_half, Color((0, 255, 0)))
    np.testing.assert_array_equal(replacement(frame), replacement(before.copy()))
    np.testing.assert_array_equal(frame, before)


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        (None, "NoneType"),
        (np.zeros((4, 5), np.uint8), r"uint8 of shape \(4, 5\)"),
        (np.zeros((4, 5, 3)), r"float64 of shape \(4, 5, 3\)"),
        (np.zeros((0, 5, 3), np.uint8), r"uint8 of shape \(0, 5, 3\)"),
    ],
)
def test_replacement_called_directly_without_an_image_is_refused(frame: Any, found: str) -> None:
    with pytest.raises(ArgumentTypeError, match=rf"a frame must be a uint8 array \(height, width, 3\), got {found}"):
        BackgroundReplacement(left_half, Color((0, 0, 0)))(frame)
