"""A file in which a matte finds nobody, or everything, is warned of at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import flats, photo, write_clip
from support.streams import Source, watch

import framechain
from framechain import BackgroundReplacement, Engine, FindMatte, FramechainWarning, Matte
from framechain.backgrounds import Color
from framechain.mattes import ChromaKey, MediaPipeMatte
from framechain.objects.foreground_share import ForegroundShare

BLACK = Color((0, 0, 0))


def make_alpha(share: float, width: int = 1000, height: int = 200) -> Any:
    alpha = np.zeros((height, width), np.uint8)
    alpha[:, : round(width * share)] = 255
    return alpha


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([0] * 10, "nobody was found in 100 % of the frames (Wall): "),
        ([0.5] + [0] * 9, "nobody was found in 90 % of the frames (Wall): "),
        ([0.5] * 2 + [0] * 8, None),
        ([0.5] * 2 + [0] * 31, "nobody was found in 93 % of the frames (Wall): "),
        ([0.002] * 10, None),
        ([1] * 10, "nearly everything was taken for foreground in 100 % of the frames (Wall): "),
        ([0.995] * 9 + [0.5], "nearly everything was taken for foreground in 90 % of the frames (Wall): "),
        ([0.95] * 10, None),
        ([0] * 5 + [1] * 5, None),
        ([], None),
    ],
)
def test_describe_most_frames_alike_are_described(shares: list[float], expected: str | None) -> None:
    counted = ForegroundShare()
    for share in shares:
        counted.count(make_alpha(share))
    described = counted.describe("Wall", is_image=False)
    assert described == expected if expected is None else str(described).startswith(expected)


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (1920, 1080), (135, 271)])
def test_count_every_size_is_measured(size: tuple[int, int]) -> None:
    for value, found in ((0, "nobody"), (255, "nearly everything")):
        counted = ForegroundShare()
        counted.count(np.full(size[::-1], value, np.uint8))
        assert str(counted.describe("x", is_image=True)).startswith(found)


def give(values: list[int]) -> Any:
    """Return a matte that gives one value for the whole of each frame."""

    def steady(frame: Any, info: Any) -> Any:
        return np.full(frame.shape[:2], values[info.index], np.uint8)

    return steady


@pytest.mark.parametrize("make", [lambda matte: BackgroundReplacement(matte, BLACK), FindMatte])
def test_run_in_which_nobody_is_found_warns_once_the_output_is_there(make: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", flats(20))
    matte = give([0] * 19 + [128])
    with pytest.warns(FramechainWarning, match=r"nobody was found in 95 % of the frames \(steady\)") as caught:
        result = Engine(video_path=clip, custom_objects=[make(matte)], output_path=tmp_path / "o.mp4").run()
    assert [str(warning.message) for warning in caught] == list(result.warnings)
    assert (tmp_path / "o.mp4").exists()


def test_run_again_counts_anew(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", flats(4))
    replace = BackgroundReplacement(give([0] * 4), BLACK)
    engine = Engine(video_path=clip, custom_objects=[replace], output_path=tmp_path / "o.mp4")
    with pytest.warns(FramechainWarning, match="nobody was found"):
        engine.run()
    replace.matte = give([200] * 4)
    assert engine.run().warnings == ()


def test_run_with_two_objects_of_one_matte_warns_once(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", flats(4))
    find = FindMatte(give([0] * 4))
    chain = [find, BackgroundReplacement(find.found, BLACK)]
    with pytest.warns(FramechainWarning, match="nobody was found"):
        result = Engine(video_path=clip, custom_objects=chain, output_path=tmp_path / "o.mp4").run()
    assert len(result.warnings) == 1


def test_green_key_on_a_yellow_wall_is_warned_of(tmp_path: Path) -> None:
    wall = np.full((120, 160, 3), (60, 200, 220), np.uint8)
    cv2.circle(wall, (80, 70), 30, (120, 140, 200), -1)
    clip = write_clip(tmp_path / "c.mp4", [wall] * 3)
    with pytest.warns(FramechainWarning, match=r"nearly everything was taken .* in 100 % of the frames \(ChromaKey\)"):
        Engine(
            video_path=clip, custom_objects=[BackgroundReplacement(ChromaKey(), BLACK)], output_path=tmp_path / "o.mp4"
        ).run()


def test_image_without_anybody_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((120, 160, 3), 90, np.uint8))
    replace = BackgroundReplacement(MediaPipeMatte(), BLACK, matte_only=True)
    with pytest.warns(FramechainWarning, match=r"nobody was found in the image \(MediaPipeMatte\): look at its answer"):
        Engine(image_path=path, custom_objects=[replace]).run()


def test_cut_out_without_anybody_names_what_has_the_options() -> None:
    """cut_out itself has no threshold, no view and no matte_only."""
    remedy = (
        r"with --matte-only or BackgroundReplacement\(\.\.\., matte_only=True\); .* a lower threshold of that object"
    )
    with pytest.warns(FramechainWarning, match=remedy):
        framechain.cut_out(np.full((120, 160, 3), 90, np.uint8), quality="fast")


def test_sample_clip_and_portrait_are_not_warned_of(clip: Path, tmp_path: Path) -> None:
    replace = BackgroundReplacement(MediaPipeMatte(), BLACK)
    out = tmp_path / "o.mp4"
    assert Engine(video_path=clip, custom_objects=[replace], output_path=out, end_video_frame=9).run().warnings == ()


class Learning(Matte):
    """A matte that has no answer for its first frames."""

    def __init__(self, count: int) -> None:
        self.left = count

    @property
    def status(self) -> str | None:  # type: ignore[override]
        return "learning" if self.left >= 0 else None

    def __call__(self, frame: Any) -> Any:
        self.left -= 1
        return np.full(frame.shape[:2], 0 if self.left >= 0 else 200, np.uint8)


def test_frames_for_which_a_matte_learns_are_not_counted(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", flats(20))
    replace = BackgroundReplacement(Learning(18), BLACK)
    assert Engine(video_path=clip, custom_objects=[replace], output_path=tmp_path / "o.mp4").run().warnings == ()


def test_live_stream_without_anybody_is_not_warned_of() -> None:
    result, _ = watch(Source(6), BackgroundReplacement(give([0] * 6), BLACK))
    assert result.warnings == ()


def test_problem_of_the_parts_is_passed_on() -> None:
    class Worried(Matte):
        problem = "the lens is dirty"

        def __call__(self, frame: Any) -> Any:
            return np.zeros(frame.shape[:2], np.uint8)

    def effect(frame: Any) -> Any:
        return frame

    effect.problem = "the effect is slow"  # type: ignore[attr-defined]
    replace = BackgroundReplacement(Worried(), BLACK, foreground=effect)
    assert replace.problem == "the lens is dirty; the effect is slow"
    replace(photo())
    assert str(replace.problem).startswith("nobody was found in the image (Worried): look at its answer")
    assert str(replace.problem).endswith("; the lens is dirty; the effect is slow")
