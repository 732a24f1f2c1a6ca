"""What an object says at the end of a run (`problem`): a warning, once the output is complete, and in the result."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import photo, photos, write_clip

from framechain import Engine, FrameObject
from framechain.errors import FramechainWarning, ObjectError

SENTENCE = "nobody was found in 3 of 4 frames"


class Counting:
    """A plain callable that has something to say after its third frame, until it is closed."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: Any) -> Any:
        self.count += 1
        return frame

    @property
    def problem(self) -> str | None:
        return SENTENCE if self.count >= 3 else None

    def close(self) -> None:
        self.count = 0


class Inherited(FrameObject):
    problem = SENTENCE

    def __call__(self, frame: Any) -> Any:
        return frame


def run_clip(tmp_path: Path, *objects: Any, frames: int = 4) -> Any:
    clip = write_clip(tmp_path / "clip.mp4", photos(frames))
    return Engine(video_path=clip, custom_objects=objects, output_path=tmp_path / "out.mp4").run()


@pytest.mark.parametrize("thing", [Counting(), Inherited()])
def test_problem_of_an_object_is_a_warning_and_in_the_result(tmp_path: Path, thing: Any) -> None:
    with pytest.warns(FramechainWarning, match=SENTENCE) as caught:
        result = run_clip(tmp_path, thing)
    assert result.warnings == (SENTENCE,)
    assert [warning.filename for warning in caught] == [__file__]


def test_problem_of_an_object_that_has_none_is_not_reported(tmp_path: Path) -> None:
    assert run_clip(tmp_path, Counting(), frames=2).warnings == ()


def test_problem_of_two_objects_is_said_once(tmp_path: Path) -> None:
    with pytest.warns(FramechainWarning) as caught:
        assert run_clip(tmp_path, Inherited(), Inherited()).warnings == (SENTENCE,)
    assert len(caught) == 1


def test_problem_is_reported_for_an_image(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "me.png"), photo())
    with pytest.warns(FramechainWarning, match=SENTENCE):
        result = Engine(image_path=tmp_path / "me.png", custom_objects=[Inherited()]).run()
    assert result.warnings == (SENTENCE,)


@pytest.mark.filterwarnings("error")
def test_problem_as_an_error_leaves_the_output_complete(tmp_path: Path) -> None:
    with pytest.raises(FramechainWarning, match=SENTENCE):
        run_clip(tmp_path, Inherited())
    capture = cv2.VideoCapture(os.fspath(tmp_path / "out.mp4"))
    assert [capture.read()[0] for _ in range(5)] == [True] * 4 + [False]


def test_problem_that_is_no_text_is_ignored(tmp_path: Path) -> None:
    def solve(frame: Any) -> Any:
        return frame

    solve.problem = np.zeros(3)  # type: ignore[attr-defined]
    assert run_clip(tmp_path, solve).warnings == ()


def test_problem_that_raises_names_the_object(tmp_path: Path) -> None:
    class Broken(Inherited):
        @property
        def problem(self) -> str | None:  # type: ignore[override]
            raise KeyError("lost")

    with pytest.raises(ObjectError, match=r"Broken\.problem\(\) raised KeyError"):
        run_clip(tmp_path, Broken())
