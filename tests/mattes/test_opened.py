"""A function that calls one of our mattes hides it from the run: the user is told, once, and what to do."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.matte_cases import ALL
from support.matte_cases import make_matte as make_plain_matte
from support.media import photo, photos, write_clip
from support.memory_source import MemorySource
from support.onnx_graphs import build, echo, make_matte  # noqa: F401  (fixtures)

from framechain import BackgroundReplacement, Engine, FramechainWarning, MPSegmentation, StreamInfo, read
from framechain.backgrounds import Color
from framechain.mattes import MediaPipeMatte

GREEN = Color((0, 255, 0))


@pytest.fixture
def video(tmp_path: Path) -> str:
    images = photos(4)
    for image in images:
        image[:, :40] = (0, 255, 0)  # A key for ChromaKey: a matte that finds everything is warned of.
    return write_clip(tmp_path / "clip.mp4", images)


def run(video: str, *objects: Any, **arguments: Any) -> tuple[str, ...]:
    """Run objects over a clip and return the warnings, each of which was given as a warning too."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FramechainWarning)
        result = Engine(video_path=video, custom_objects=objects, **arguments).run()
    assert tuple(str(warning.message) for warning in caught) == result.warnings
    assert all(warning.filename == __file__ for warning in caught)
    return result.warnings


def hide(matte: Any) -> BackgroundReplacement:
    return BackgroundReplacement(lambda frame: matte(frame), GREEN)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*ALL, "MediaPipeMatte", "OnnxMatte"])
def test_opened_matte_hidden_in_a_function_warns_once_with_the_remedy(name: str, video: str, echo: str) -> None:
    def make() -> Any:
        if name == "OnnxMatte":
            return make_matte(echo, size=(32, 32), channel=0)
        return MediaPipeMatte(quality="fast") if name == "MediaPipeMatte" else make_plain_matte(name, 1)

    (sentence,) = run(video, hide(make()))
    assert sentence.startswith(f"{name} was called in a run without having been opened: ")
    assert "Hand over the matte itself, not a function that calls it" in sentence
    assert run(video, BackgroundReplacement(make(), GREEN)) == ()
    assert run(video, BackgroundReplacement(make().inside((0.0, 0.0, 0.5, 1.0)), GREEN)) == ()


def test_opened_matte_hidden_under_a_time_limit_warns_too(video: str) -> None:
    assert len(run(video, hide(MediaPipeMatte(quality="fast")), object_timeout=60)) == 1


def test_opened_matte_hidden_from_a_live_run_warns() -> None:
    replace = hide(MediaPipeMatte(quality="fast"))
    source = MemorySource(StreamInfo("camera", "camera", 160, 120), photos(4))
    with pytest.warns(FramechainWarning, match="MediaPipeMatte was called in a run without having been opened"):
        result = Engine(source=source, custom_objects=[replace]).run()
    assert len(result.warnings) == 1


def test_opened_matte_hidden_in_an_object_of_read_warns_once(video: str) -> None:
    matte = MediaPipeMatte(quality="fast")
    with pytest.warns(
        FramechainWarning, match="MediaPipeMatte was called in a run without having been opened"
    ) as caught:
        assert len(list(read(video, objects=[hide(matte)]))) == 4
    assert len(caught) == 1
    assert len(list(read(video, objects=[BackgroundReplacement(matte, GREEN)]))) == 4


def test_opened_matte_of_an_object_that_passes_open_on_does_not_warn(video: str) -> None:
    class Wrapper:
        def __init__(self) -> None:
            self.segmentation = MPSegmentation(quality="fast")

        def __call__(self, frame: Any) -> Any:
            return self.segmentation(frame)

    class Careful(Wrapper):
        def open(self, stream: StreamInfo) -> None:
            self.segmentation.open(stream)

        def close(self) -> None:
            self.segmentation.close()

    assert run(video, Careful()) == ()
    (sentence,) = run(video, Wrapper())
    assert sentence.endswith("must pass open(stream) and close() on to it")


def test_opened_matte_in_a_combination_or_an_object_that_is_hidden_warns(video: str) -> None:
    combined = ~MediaPipeMatte(quality="fast").grow(3)
    assert len(run(video, hide(combined))) == 1
    segmentation = MPSegmentation(quality="fast")
    assert len(run(video, lambda frame: segmentation(frame), lambda frame: segmentation(frame))) == 1


def test_opened_matte_of_an_image_does_not_warn(tmp_path: Path, video: str) -> None:
    cv2.imwrite(str(tmp_path / "me.png"), photo())
    matte = MediaPipeMatte(quality="fast")
    assert Engine(image_path=tmp_path / "me.png", custom_objects=[hide(matte)]).run().warnings == ()
    matte(photo())
    cut_out = Engine(custom_objects=[hide(matte)])
    assert run(video, lambda frame: cut_out.process_image(frame)) == ()


def test_opened_matte_that_an_object_opened_itself_does_not_warn(video: str) -> None:
    matte = MediaPipeMatte(quality="fast")
    matte.open(StreamInfo("mine", "video", 160, 120))
    assert run(video, hide(matte)) == ()
    matte.close()
    assert len(run(video, hide(matte))) == 1


def test_opened_matte_warning_comes_again_in_the_next_run(video: str) -> None:
    replace = hide(MediaPipeMatte(quality="fast"))
    assert [len(run(video, replace)) for _ in range(2)] == [1, 1]


@pytest.mark.slow
def test_opened_matte_after_a_run_still_answers_images(video: str) -> None:
    matte = MediaPipeMatte()
    before = matte(photo())
    assert run(video, BackgroundReplacement(matte, GREEN)) == ()
    np.testing.assert_array_equal(matte(photo()), before)
