from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

from framechain.errors import ArgumentError
from framechain.plugins.convert import convert
from framechain.plugins.describe import Parameter

PATH = str | os.PathLike[str] | None


@pytest.mark.parametrize(
    ("text", "hint", "value"),
    [
        ("3", int, 3),
        ("0.6", float, 0.6),
        ("3", int | float, 3),
        ("0.05", int | float | Sequence[int], 0.05),
        ("35,17", int | float | Sequence[int], (35, 17)),
        ("yes", bool, True),
        ("off", bool | None, False),
        ("none", float | None, None),
        ("none", str | None, None),
        ("7,70", tuple[int, int], (7, 70)),
        ("hard", Literal["soft", "hard"], "hard"),
        ("2", Literal[1, 2], 2),
        ("3", str, "3"),
        ("a b:c", str, "a b:c"),
        ("inf", float | None, float("inf")),
        ("3", None, 3),
        ("0.5", Any, 0.5),
        ("word", None, "word"),
    ],
)
def test_convert_text_gives_the_value(text: str, hint: Any, value: Any) -> None:
    found = convert(text, Parameter("it", hint, None))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("value", "hint", "message"),
    [
        ("much", float, "it must be a number, got 'much'"),
        ("0.5", int, "it must be a whole number, got '0.5'"),
        ("maybe", bool, "it must be true or false, got 'maybe'"),
        (True, int, "it must be a whole number, got True"),
        (1, bool, "it must be true or false, got 1"),
        (3, str, "it must be a text, got 3"),
        ("nan", float, "it must be a number, got 'nan'"),
        ("1,2,3", tuple[int, int], "it must be int,int with commas, got '1,2,3'"),
        ("medium", Literal["soft", "hard"], "it must be soft or hard, got 'medium'"),
    ],
)
def test_convert_of_another_type_is_refused(value: Any, hint: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        convert(value, Parameter("it", hint, None))
    assert str(caught.value) == message


def test_convert_colour_is_blue_green_red() -> None:
    parameter = Parameter("bg_color", Sequence[int] | None, None)
    assert convert("#ff8000", parameter) == (0, 128, 255)
    assert convert("1,2,3", parameter) == (1, 2, 3)
    for wrong in ("#ff80", "red"):
        with pytest.raises(ArgumentError, match="bg_color"):
            convert(wrong, parameter)


def test_convert_path_is_relative_to_the_folder(tmp_path: Path) -> None:
    parameter = Parameter("image", PATH, None)
    assert convert("a.png", parameter, str(tmp_path)) == str(tmp_path / "a.png")
    assert convert("/a.png", parameter, str(tmp_path)) == "/a.png"
    assert convert("s3://bucket/a.png", parameter, str(tmp_path)) == "s3://bucket/a.png"
    assert convert("cover", Parameter("fit", str, "cover"), str(tmp_path)) == "cover"
