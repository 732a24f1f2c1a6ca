"""Where a result goes."""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path
from typing import Any

import pytest

from framechain import NO_OUTPUT, ArgumentError, ArgumentTypeError
from framechain.sinks.target import check_output, check_path, choose_suffix, describe_file


def test_check_output_gives_text_for_paths_and_the_rest_as_it_is() -> None:
    file = io.BytesIO()
    assert check_output(Path("o.mp4")) == "o.mp4"
    assert check_output("rtmp://host/live") == "rtmp://host/live"
    assert check_output(None) is None
    assert check_output(NO_OUTPUT) is NO_OUTPUT
    assert check_output(file) is file


def test_check_path_empty_and_bytes_paths_are_refused() -> None:
    class Bytes:
        def __fspath__(self) -> bytes:
            return b"o.mp4"

    with pytest.raises(ArgumentError, match="the output's path is empty"):
        check_path("")
    with pytest.raises(ArgumentTypeError, match=r"the output's path must be text, got b'o\.mp4'"):
        check_path(Bytes())  # type: ignore[arg-type]


def test_no_output_is_one_thing_also_after_a_copy() -> None:
    assert pickle.loads(pickle.dumps(NO_OUTPUT)) is NO_OUTPUT
    assert copy.deepcopy(NO_OUTPUT) is NO_OUTPUT


@pytest.mark.parametrize(
    ("name", "image", "alpha", "suffix"),
    [
        (None, True, True, ".png"),
        (None, False, True, ".webm"),
        ("x.MKV", False, False, ".mkv"),
        ("x.mov", False, True, ".mov"),
        ("x.jpg", True, False, ".jpg"),
        ("x.avi", False, False, ".avi"),
        ("x.part", False, False, ".mp4"),
        ("<stdout>", True, False, ".png"),
        (5, False, False, ".mp4"),
    ],
)
def test_choose_suffix_is_that_of_the_name_if_it_is_one_of_media(
    name: Any, image: bool, alpha: bool, suffix: str
) -> None:
    file = io.BytesIO()
    if name is not None:
        file.name = name  # type: ignore[misc]
    assert choose_suffix(file, image=image, alpha=alpha) == suffix
    assert describe_file(file) == (name if isinstance(name, str) else "the given BytesIO")
