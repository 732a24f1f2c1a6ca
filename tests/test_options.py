"""Options: wrong values are refused when they are made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framechain import CameraOptions, Encoding
from framechain.errors import ArgumentError


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
    ],
)
def test_encoding_wrong_value_is_refused_at_construction(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        Encoding(**arguments)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("crf", [0, 63, 20.5, np.float32(18), np.int64(18)])
def test_encoding_crf_may_be_any_number_in_range(crf: Any) -> None:
    assert Encoding(crf=crf).crf == crf


@pytest.mark.parametrize("size", [640, "1280x720", (640,), (640, 0), (640.5, 480)])
def test_camera_options_wrong_size_is_refused_at_construction(size: Any) -> None:
    with pytest.raises(ArgumentError, match=r"the camera's size must be a \(width, height\) in pixels, got"):
        CameraOptions(size=size)
