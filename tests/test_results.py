"""What callables return: what is accepted, copied or refused, and errors that name the object and the frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.failing import MuteError
from support.media import photo

from framechain.errors import ArgumentError, ObjectError, ObjectResultError
from framechain.frame import Frame, make_image_info
from framechain.results import blame, call_hook, call_with_bgr, check_alpha, check_frame, get_name, write_background
from framechain.steering import Stop

INFO = make_image_info("image", photo())


def make_frame() -> Frame:
    return Frame(INFO, bgr=photo())


def test_get_name_function_and_object_are_named() -> None:
    class Sepia:
        pass

    assert get_name(make_frame) == "make_frame"
    assert get_name(Sepia()) == "Sepia"
    assert get_name(Sepia) == "Sepia"


@pytest.mark.parametrize("error", [ValueError("no idea"), StopIteration("no idea"), KeyError("no idea")])
def test_blame_error_becomes_an_object_error_of_that_frame(error: Exception) -> None:
    expected = f"^sepia raised {type(error).__name__} at frame 0: "
    with pytest.raises(ObjectError, match=expected) as caught, blame("sepia", INFO):
        raise error
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [ArgumentError("mine"), KeyboardInterrupt(), SystemExit(3)])
def test_blame_own_errors_and_interrupts_pass(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, blame("sepia", INFO):
        raise error
    assert caught.value is error


def test_call_hook_names_the_hook() -> None:
    def fail() -> None:
        raise ValueError("no idea")

    assert call_hook("sepia", "open", lambda a, b: a + b, 2, 3) == 5
    with pytest.raises(ObjectError, match=r"^sepia\.open\(\) raised ValueError: no idea$") as caught:
        call_hook("sepia", "open", fail)
    assert isinstance(caught.value.__cause__, ValueError)


def test_call_hook_own_errors_pass() -> None:
    def fail() -> None:
        raise ArgumentError("mine")

    with pytest.raises(ArgumentError, match=r"^mine$"):
        call_hook("sepia", "open", fail)


def test_call_with_bgr_same_array_is_not_copied() -> None:
    frame = make_frame()
    pixels = frame.bgr
    assert call_with_bgr(lambda image: image, frame).bgr is pixels


@pytest.mark.parametrize("kind", ["kept", "view", "read-only"])
def test_call_with_bgr_array_that_the_object_keeps_is_copied(kind: str) -> None:
    kept = np.zeros((120, 160, 3), np.uint8)
    kept.flags.writeable = kind != "read-only"
    result = call_with_bgr(lambda image: kept[:] if kind == "view" else kept, make_frame()).bgr
    assert not np.may_share_memory(result, kept)
    assert result.flags.writeable


def test_call_with_bgr_bgra_makes_the_frame_transparent() -> None:
    result = call_with_bgr(lambda image: np.dstack([image, image[..., 0]]), make_frame())
    np.testing.assert_array_equal(result.alpha, photo()[..., 0])
    np.testing.assert_array_equal(result.bgr, photo())


def test_call_with_bgr_wrong_result_is_named() -> None:
    with pytest.raises(ObjectResultError, match=r"^sepia returned None at frame 0"):
        call_with_bgr(lambda image: None, make_frame(), "sepia")


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, r"returned None at frame 0 .*: is a `return frame` missing\?"),
        (Stop, r"returned Stop at frame 0 .*: raise it to end the run"),
        (Stop(), r"returned Stop at frame 0 .*: raise it to end the run"),
        ("frame", "returned a str at frame 0 .*: return the frame as a numpy array"),
        (np.zeros((4, 4, 3)), r"returned an array of float64 .*: convert it: np.clip\(frame, 0, 255\)"),
        (
            np.zeros((4, 4), np.uint8),
            r"returned an array of shape \(4, 4\) .*: convert it: cv2.cvtColor\(frame, cv2.COLOR_GRAY2BGR\); or, if it "
            r"is a matte, wrap it: FindMatte\(sepia\)",
        ),
        (np.zeros((4, 4, 4), np.uint8), r"returned an array of shape \(4, 4, 4\) .*: return \(height, width, 3\)"),
        (np.zeros((0, 4, 3), np.uint8), r"returned an array of shape \(0, 4, 3\)"),
        (np.zeros((1, 4, 4, 3), np.uint8), r"returned an array of shape \(1, 4, 4, 3\)"),
    ],
)
def test_check_frame_wrong_result_says_what_to_do(result: Any, message: str) -> None:
    with pytest.raises(ObjectResultError, match=f"^sepia {message}"):
        check_frame(result, "sepia", INFO)


def test_check_frame_result_becomes_contiguous() -> None:
    mirrored = photo()[:, ::-1]
    checked = check_frame(mirrored, "mirror", INFO)
    assert checked.flags.c_contiguous
    np.testing.assert_array_equal(checked, mirrored)


def test_check_alpha_error_names_the_matte() -> None:
    def half(frame: Any) -> None:
        """Named in the error."""

    with pytest.raises(ObjectResultError, match=r"^the matte half returned an array of shape \(2, 2\) for a frame of"):
        check_alpha(np.zeros((2, 2), np.uint8), half, 4, 4)
    with pytest.raises(ObjectResultError, match=r"^the matte disc returned NoneType"):
        check_alpha(None, "disc", 4, 4)
    assert check_alpha(np.ones((4, 4), bool), half, 4, 4).min() == 255


@pytest.mark.parametrize("size", [(4, 6), (2, 3), (9, 9)])
def test_write_background_image_of_any_size_fills_the_frame(size: tuple[int, int]) -> None:
    out = np.zeros((4, 6, 3), np.uint8)
    write_background(np.full((*size, 3), 77, np.uint8), out, "wall", INFO)
    assert (out == 77).all()


def test_write_background_no_image_is_refused() -> None:
    with pytest.raises(ObjectResultError, match=r"^wall returned an array of int32 at frame 0"):
        write_background(np.zeros((4, 6, 3), np.int32), np.zeros((4, 6, 3), np.uint8), "wall", INFO)


def test_blame_exception_that_fails_to_say_what_it_is_about_is_named() -> None:
    with pytest.raises(ObjectError) as caught, blame("grey", INFO):
        raise MuteError
    assert str(caught.value) == "grey raised MuteError at frame 0: (its message cannot be read)"


def test_call_hook_exception_that_fails_to_say_what_it_is_about_is_named() -> None:
    def fail() -> None:
        raise MuteError

    with pytest.raises(ObjectError) as caught:
        call_hook("grey", "open", fail)
    assert str(caught.value) == "grey.open() raised MuteError: (its message cannot be read)"
