"""Options: wrong values are refused when they are made."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

from framechain import CameraOptions, Encoding, Engine, LiveOptions
from framechain.errors import ArgumentError, ArgumentTypeError, FramechainError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"codec": "libx999"}, "codec 'libx999' is not a video encoder of this FFmpeg, try libx264"),
        ({"codec": "aac"}, "codec 'aac' is not a video encoder"),
        ({"preset": "warp"}, "preset must be one of realtime, ultrafast, .*, placebo, got 'warp'"),
        ({"preset": None}, "preset must be one of realtime"),
        ({"crf": -1}, "crf must be a number from 0 .*, got -1"),
        ({"crf": 64}, "crf must be a number from 0 .*, got 64"),
        ({"crf": "good"}, "crf must be a number from 0 .*, got 'good'"),
        ({"crf": True}, "crf must be a number from 0 .*, got True"),
        ({"crf": float("nan")}, "crf must be a number from 0 .*, got nan"),
        ({"bitrate": "fast"}, "the bit rate must be bits per second, such as '2500k' or '2.5M', got 'fast'"),
        ({"bitrate": "2500kb"}, "the bit rate must be bits per second, such as .*, got '2500kb'"),
        ({"bitrate": True}, "the bit rate must be bits per second, such as .*, got True"),
        ({"bitrate": "2500"}, r"the bit rate must be from 10k to 1000M \(bit/s\), got 2500, did you mean 2500k\?"),
        ({"bitrate": -5}, r"the bit rate must be from 10k to 1000M \(bit/s\), got -5$"),
        ({"bitrate": "2500k", "crf": 18}, "give a crf or a bit rate, not both, got crf 18 and 2500000 bit/s"),
    ],
)
def test_encoding_wrong_value_is_refused_at_construction(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        Encoding(**arguments)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("crf", [0, 63, 20.5, np.float32(18), np.int64(18)])
def test_encoding_crf_may_be_any_number_in_range(crf: Any) -> None:
    assert Encoding(crf=crf).crf == crf


@pytest.mark.parametrize("given", ["2500k", "2.5M", " 2500000 ", 2_500_000, 2.5e6, np.int32(2_500_000)])
def test_encoding_bit_rate_is_a_number_of_bits(given: Any) -> None:
    assert Encoding(bitrate=given).bitrate == 2_500_000


@pytest.mark.parametrize("size", [640, "1280x720", (640,), (640, 0), (640.5, 480)])
def test_camera_options_wrong_size_is_refused_at_construction(size: Any) -> None:
    with pytest.raises(ArgumentError, match=r"the camera's size must be a \(width, height\) in pixels, got"):
        CameraOptions(size=size)


STRANGE = [5, 2.5, "x", None, b"x", [1], {}, object(), math.nan, math.inf, -1, 10**30, True, (1, 2, 3), ""]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (owner, name)
        for owner in (Encoding, CameraOptions, LiveOptions, Engine)
        for name in inspect.signature(owner).parameters
    ],
)
def test_argument_of_any_kind_is_taken_or_refused_by_an_error_of_framechain(owner: type, name: str) -> None:
    for value in STRANGE:
        try:
            owner(**{name: value})
        except FramechainError as error:
            assert str(error)  # noqa: PT017  (a value may also be accepted)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"record": 5}, "record must be a path, got 5"),
        ({"record": b"x.mp4"}, "record must be a path, got b'x.mp4'"),
        ({"stream_to": 5}, "stream_to must be an address, got 5"),
        ({"title": 5}, "title must be text, got 5"),
    ],
)
def test_live_options_value_of_another_kind_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        LiveOptions(**arguments)


def test_engine_custom_objects_of_none_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="custom_objects must be a list, got NoneType"):
        Engine(custom_objects=None)  # type: ignore[arg-type]
