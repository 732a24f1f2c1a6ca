"""A film in segments: what is joined is decoded again and compared with a run over the whole film."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.films import COUNT, FILMS, describe_output, digest_frames
from support.media import Array, decode_bgra, see

from framechain import SKIP, Encoding, Engine, FrameInfo, FrameObject, Stop
from framechain.batch.segments.process import process_in_segments
from framechain.errors import FramechainWarning
from framechain.pixels.pyav import av
from framechain.run.result import RunResult

LOSSLESS = Encoding(crf=0)
# Python 3.10 has no newer PyAV than 17.1.
matroska = pytest.mark.xfail(
    [int(part) for part in av.__version__.split(".")[:2]] < [18, 1],
    reason="before 18.1 PyAV gives a joined film no frame rate, from which Matroska has the frames' durations",
)


class Mark(FrameObject):
    """It changes each frame by its index and its time: a frame at a wrong place is noticed."""

    history = 0

    def __call__(self, frame: Array, info: FrameInfo) -> Array:
        frame[:8, :8] = info.index % 200
        frame[:8, 8:16] = round(1000 * info.time) % 251
        return frame


class Trail(FrameObject):
    """Each result is made of this frame and the two before it."""

    history = 2

    def open(self, stream: object) -> None:
        self.last: list[Array] = []

    def __call__(self, frame: Array) -> Array:
        self.last = [*self.last[-2:], frame.copy()]
        return sum(part // 3 for part in self.last)  # type: ignore[return-value]


class Ends(Mark):
    def __call__(self, frame: Array, info: FrameInfo) -> Array:
        if info.index == 40:
            raise Stop
        return super().__call__(frame, info)


class LeavesOut(Mark):
    def __call__(self, frame: Array, info: FrameInfo) -> Any:
        if 10 <= info.index < 45 or info.index % 7 == 0:
            return SKIP
        return super().__call__(frame, info)


class Fades(Mark):
    gives_alpha = True

    def __call__(self, frame: Array, info: FrameInfo) -> Array:
        return np.dstack([frame, np.full(frame.shape[:2], 3 * info.index, np.uint8)])


def run_both(
    film: str,
    folder: Path,
    *,
    suffix: str = ".mp4",
    segments: int = 4,
    objects: Iterable[Callable[..., Any]] = (Mark(),),
    **options: Any,
) -> tuple[RunResult, Path, Path]:
    """Make a film in segments and as a whole, and compare the results; return that of the segments and both paths."""
    joined, whole = folder / f"joined{suffix}", folder / f"whole{suffix}"
    options = {"encoding": LOSSLESS, **options}
    result = process_in_segments(film, objects, joined, segments=segments, **options)
    options.pop("assume_history", None)
    expected = Engine(video_path=film, custom_objects=list(objects), output_path=whole, **options).run()
    assert (result.frames_written, result.frames_processed) == (expected.frames_written, expected.frames_processed)
    assert (result.warnings, result.stopped, result.skipped) == (expected.warnings, expected.stopped, expected.skipped)
    assert list_hidden(folder) == []
    return result, joined, whole


def list_hidden(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.name.startswith(".")]


# One of each way to cut or to join; the others run with the slow tests.
QUICK = {"b-frames", "open-gop", "variable-rate", "late", "interlaced"}


@pytest.mark.filterwarnings("ignore:.*is interlaced")
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FILMS]
)
def test_film_in_segments_is_that_of_a_whole_run_bit_for_bit(name: str, tmp_path: Path) -> None:
    _, joined, whole = run_both(FILMS[name](tmp_path), tmp_path)
    assert describe_output(joined) == describe_output(whole)
    assert digest_frames(joined) == digest_frames(whole)


@pytest.mark.parametrize(
    ("suffix", "encoding"),
    [
        (".mp4", Encoding(preset="medium")),
        pytest.param(".webm", Encoding(), marks=matroska),
        pytest.param(".mkv", Encoding(preset="medium", bitrate="300k"), marks=[pytest.mark.slow, matroska]),
        pytest.param(".mp4", Encoding("libx265", preset="ultrafast"), marks=pytest.mark.slow),
        pytest.param(".mov", Encoding("libx265", preset="fast"), marks=pytest.mark.slow),
        pytest.param(".mkv", Encoding("ffv1"), marks=[pytest.mark.slow, matroska]),
        pytest.param(".mov", Encoding("mpeg4"), marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", ["b-frames", pytest.param("variable-rate", marks=pytest.mark.slow)])
def test_segments_of_any_encoder_have_the_times_and_tags_of_a_whole_run(
    name: str, suffix: str, encoding: Encoding, tmp_path: Path
) -> None:
    _, joined, whole = run_both(FILMS[name](tmp_path), tmp_path, suffix=suffix, encoding=encoding)
    assert describe_output(joined) == describe_output(whole)
    assert [time for time, _ in digest_frames(joined)] == [time for time, _ in digest_frames(whole)]


@pytest.mark.parametrize("suffix", [pytest.param(".webm", marks=[pytest.mark.slow, matroska]), ".mov"])
def test_segments_with_alpha_have_it_in_the_film(suffix: str, tmp_path: Path) -> None:
    _, joined, whole = run_both(FILMS["b-frames"](tmp_path), tmp_path, suffix=suffix, objects=[Fades()])
    assert describe_output(joined) == describe_output(whole)
    alphas, expected = ([int(frame[30, 50, 3]) for frame in decode_bgra(path)] for path in (joined, whole))
    assert len(alphas) == COUNT
    assert max(abs(alpha - other) for alpha, other in zip(alphas, expected, strict=True)) <= 3


@pytest.mark.parametrize(
    "options",
    [
        {"start": 0.8, "end": 2.0},
        {"start": 0.8, "end": 2.0, "break_on_end": True},
        {"start": 0.8, "end": 2.0, "cut": True},
        {"end": 1.5, "break_on_end": True},
        {"start_video_frame": 19, "end_video_frame": 50},
        {"start_video_frame": 19, "end_video_frame": 50, "cut": True},
        {"start_video_frame": 30, "cut": True},
        {"audio": False, "flip_view": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["b-frames", pytest.param("late", marks=pytest.mark.slow)])
def test_range_in_segments_is_that_of_a_whole_run(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    _, joined, whole = run_both(FILMS[name](tmp_path), tmp_path, objects=[Trail(), Mark()], segments=3, **options)
    assert describe_output(joined) == describe_output(whole)
    assert digest_frames(joined) == digest_frames(whole)


@pytest.mark.parametrize("thing", [Trail(), LeavesOut(), Ends()], ids=lambda thing: thing.name)
@pytest.mark.parametrize("name", [pytest.param("open-gop", marks=pytest.mark.slow), "variable-rate"])
def test_object_that_remembers_leaves_out_or_ends_makes_the_same_film(
    name: str, thing: FrameObject, tmp_path: Path
) -> None:
    _, joined, whole = run_both(FILMS[name](tmp_path), tmp_path, objects=[thing], segments=5)
    assert describe_output(joined) == describe_output(whole)
    assert digest_frames(joined) == digest_frames(whole)


class Counts(Mark):
    """Each result depends on how many frames came before it in its segment: it must begin anew for each."""

    seen = 0

    def __call__(self, frame: Array, info: FrameInfo) -> Array:
        self.seen += 1
        frame[:] = self.seen
        return frame


def test_object_that_learns_begins_anew_in_each_segment(tmp_path: Path) -> None:
    things = [Counts()]
    process_in_segments(FILMS["b-frames"](tmp_path), things, tmp_path / "out.mp4", segments=4, encoding=LOSSLESS)
    greys = see(tmp_path / "out.mp4").greys()
    assert greys == pytest.approx([1 + index % 18 for index in range(COUNT)], abs=2)
    assert things[0].seen == 0


def test_memory_that_is_assumed_too_short_makes_another_film(tmp_path: Path) -> None:
    """The comparison of the other tests would notice a warm-up that is not done."""
    film = FILMS["b-frames"](tmp_path)
    trail = Trail()
    trail.history = 1
    _, joined, whole = run_both(film, tmp_path, objects=[trail])
    assert digest_frames(joined) != digest_frames(whole)


def brighten(frame: Array) -> Array:
    return frame | 1


def test_callable_without_a_declaration_is_run_over_the_whole_film_and_said_so(tmp_path: Path) -> None:
    film, output = FILMS["b-frames"](tmp_path), tmp_path / "out.mp4"
    with pytest.warns(
        FramechainWarning, match=r"b.mp4 is processed as a whole, not in segments: brighten may need all"
    ):
        result = process_in_segments(film, [brighten], output, segments=3)
    assert count_key_frames(output) == 1
    assert result.warnings[0].endswith("(--assume-history N takes it for N)")


def test_callable_whose_history_is_assumed_is_run_in_segments(tmp_path: Path) -> None:
    _, joined, whole = run_both(FILMS["b-frames"](tmp_path), tmp_path, objects=[brighten], segments=3, assume_history=0)
    assert digest_frames(joined) == digest_frames(whole)
    assert (count_key_frames(joined), count_key_frames(whole)) == (3, 1)


def count_key_frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(packet.is_keyframe for packet in container.demux(video=0) if packet.size)


def skip(frame: Array) -> Any:
    return SKIP


@pytest.mark.filterwarnings("ignore:all .* frames were left out")
def test_film_of_which_every_frame_is_left_out_is_none(tmp_path: Path) -> None:
    _, joined, whole = run_both(FILMS["b-frames"](tmp_path), tmp_path, objects=[skip], assume_history=0)
    assert not joined.exists()
    assert not whole.exists()
