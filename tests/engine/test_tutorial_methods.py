"""The tutorial's methods for single frames refuse what is no frame in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framechain import ArgumentTypeError, Engine


@pytest.mark.parametrize("given", [None, [1, 2], "me.jpg", b"bytes", 5, np.zeros(3, np.uint8), np.zeros((1, 2, 3, 4))])
@pytest.mark.parametrize("method", ["flip", "custom_processing", "display"])
def test_engine_method_for_a_frame_refuses_what_is_no_frame(method: str, given: Any) -> None:
    engine = Engine(image_path="me.jpg", flip_view=True)
    with pytest.raises(ArgumentTypeError, match=r"^frame must be an array \(height, width, 3\), got \w+"):
        getattr(engine, method)(given)


def test_engine_process_image_refuses_a_list(samples: Path) -> None:
    with pytest.raises(ArgumentTypeError, match="an image was asked for: give one array"):
        Engine(image_path=samples / "portrait.jpg").process_image([1, 2])  # type: ignore[arg-type]


@pytest.mark.parametrize("argument", ["image_path", "video_path", "output_path"])
def test_engine_path_of_bytes_is_refused(argument: str, samples: Path) -> None:
    arguments: dict[str, Any] = {"image_path": samples / "portrait.jpg", argument: b"clip.mp4"}
    with pytest.raises(ArgumentTypeError, match=rf"({argument}|the output) must be a path"):
        Engine(**arguments).run()
