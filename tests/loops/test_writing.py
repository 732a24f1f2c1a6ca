"""framechain.write: frames that a program makes."""

from __future__ import annotations

import gc
import io
import os
import tempfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import beeps, has_audio
from support.media import BT601_FULL, BT709, decode_bgra, flat, flats, level, photos, psnr, see, write_clip

import framechain
from framechain import (
    ArgumentError,
    ArgumentTypeError,
    Encoding,
    Engine,
    Frame,
    FramechainWarning,
    OutputError,
    Sink,
    open_source,
)
from framechain.sinks import open as open_module


def write_all(target: Any, images: Iterable[Any], **arguments: Any) -> None:
    """Write images, or pairs of an image and its time."""
    with framechain.write(target, **arguments) as out:
        for image in images:
            if isinstance(image, tuple):
                out(image[0], time=image[1])
            else:
                out(image)


def greys(path: Path | str) -> list[int]:
    return [round(value / 8) for value in see(path).greys()]


def expected(count: int) -> list[int]:
    return [round(level(index) / 8) for index in range(count)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 frames at 20 a second: 2 s, with a beep at each half second."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return Path(write_clip(path, flats(20) + flats(20), rate=20, colour=BT709, audio=beeps(2)))


@pytest.mark.parametrize("suffix", [".mp4", ".m4v", ".mov", ".mkv", ".webm"])
def test_write_arrays_come_back_with_the_first_ones_size(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"o{suffix}"
    with framechain.write(path, fps=10) as out:
        for image in flats(6, 80, 60):
            out(image)
    assert (out.path, out.frames) == (str(path), 6)
    seen = see(path)
    assert seen.size == (80, 60)
    assert greys(path) == expected(6)
    assert [float(time) for time in seen.times] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=0.001)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize(
    ("image", "grey"),
    [
        (np.full((48, 64), 90, np.uint8), 90),
        (np.full((48, 64, 1), 90, np.uint8), 90),
        (np.full((48, 64, 3), 90 * 257, np.uint16), 90),
        (np.full((48, 64, 3), 90 / 255, np.float64), 90),
    ],
)
def test_write_arrays_of_any_kind(image: Any, grey: int, tmp_path: Path) -> None:
    with framechain.write(tmp_path / "o.png") as out:
        out(image)
    assert np.all(cv2.imread(str(tmp_path / "o.png")) == grey)


@pytest.mark.parametrize(
    "wrong", [None, "image", [[1, 2]], np.zeros((4, 4, 3), np.int32), np.zeros((4, 4, 2), np.uint8)]
)
def test_write_something_else_is_an_error_and_leaves_nothing(wrong: Any, tmp_path: Path) -> None:
    with pytest.raises(ArgumentTypeError, match="an image must be"):
        write_all(tmp_path / "o.mp4", [flat(1), wrong])
    assert os.listdir(tmp_path) == []


def test_write_array_that_is_drawn_on_again_gives_each_image(tmp_path: Path) -> None:
    image = flat(0)
    with framechain.write(tmp_path / "o.mkv", encoding=Encoding(preset="medium", crf=5)) as out:
        for index in range(12):
            image[:] = level(index)
            out(image)
    assert greys(tmp_path / "o.mkv") == expected(12)


def test_write_sink_that_keeps_frames_gets_each_image_of_an_array_that_is_drawn_on_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Keeper(Sink):
        """As a sink for an address, which sends frames in a thread of its own."""

        def __init__(self) -> None:
            self.kept: list[Frame] = []

        def write(self, frame: Frame) -> None:
            self.kept.append(frame)

    keeper = Keeper()
    monkeypatch.setattr(open_module, "_make_sink", lambda *arguments: keeper)
    image = flat(0)
    with framechain.write("tcp://127.0.0.1:9", fps=25) as out:
        for index in range(5):
            image[:] = index
            out(image)
    assert [int(frame.read_bgr()[0, 0, 0]) for frame in keeper.kept] == [0, 1, 2, 3, 4]


# Times


def test_write_times_of_the_program_are_kept(tmp_path: Path) -> None:
    times = [0, 0.04, 0.5, 1.25, 2]
    with framechain.write(tmp_path / "o.mp4") as out:
        for image, time in zip(flats(5), times, strict=True):
            out(image, time=np.float64(time))
    assert [float(time) for time in see(tmp_path / "o.mp4").times] == pytest.approx(times, abs=1e-4)


@pytest.mark.parametrize("fps", [24, 29.97, Fraction(30000, 1001), 0.5, 240])
def test_write_rate_is_exact(fps: Any, tmp_path: Path) -> None:
    with framechain.write(tmp_path / "o.mp4", fps=fps) as out:
        for image in flats(4):
            out(image)
    seen = see(tmp_path / "o.mp4")
    assert [float(time * Fraction(fps)) for time in seen.times] == pytest.approx([0, 1, 2, 3], abs=1e-3)


def test_write_frames_keep_their_own_times_from_0(clip: Path, tmp_path: Path) -> None:
    with open_source(clip) as source, framechain.write(tmp_path / "o.mp4") as out:
        for frame in source:
            if frame.info.index % 3 == 1:
                out(frame)
    seen = see(tmp_path / "o.mp4")
    assert [float(time) for time in seen.times] == pytest.approx([0.15 * index for index in range(13)])
    assert not has_audio(tmp_path / "o.mp4")


def test_write_untouched_frames_and_the_colour_are_those_of_the_engine(clip: Path, tmp_path: Path) -> None:
    with open_source(clip) as source, framechain.write(tmp_path / "o.mp4") as out:
        for frame in source:
            out(frame)
            assert frame.is_yuv
    Engine(video_path=clip, output_path=tmp_path / "engine.mp4", audio=False).run()
    assert (tmp_path / "o.mp4").read_bytes() == (tmp_path / "engine.mp4").read_bytes()
    assert see(tmp_path / "o.mp4").tags == BT709


def test_write_second_clip_follows_the_first(clip: Path, tmp_path: Path) -> None:
    other = write_clip(tmp_path / "other.mp4", flats(10), rate=30)
    with framechain.write(tmp_path / "o.mp4") as out:
        for path in (clip, other):
            for frame in framechain.open_source(path):
                out(frame)
    times = [float(time) for time in see(tmp_path / "o.mp4").times]
    assert times == pytest.approx(
        [index / 20 for index in range(40)] + [2 + index / 30 for index in range(10)], abs=1e-3
    )


def test_write_reversed_frames_need_a_rate(clip: Path, tmp_path: Path) -> None:
    with open_source(clip) as source:
        frames = list(source)[:5]
    with pytest.raises(ArgumentError, match=r"times must grow, or give fps= to write them one after the other"):
        write_all(tmp_path / "o.mp4", frames[::-1])
    write_all(tmp_path / "o.mp4", frames[::-1], fps=20)
    assert greys(tmp_path / "o.mp4") == expected(5)[::-1]


def test_write_fps_replaces_the_frames_own_times(clip: Path, tmp_path: Path) -> None:
    with open_source(clip) as source, framechain.write(tmp_path / "o.mp4", fps=40) as out:
        for frame in source:
            out(frame)
    assert [float(time) for time in see(tmp_path / "o.mp4").times] == pytest.approx(
        [i / 40 for i in range(40)], abs=1e-4
    )


@pytest.mark.parametrize(
    ("calls", "fps", "message"),
    [
        (
            [(flat(1), 0.5), (flat(1), 0.5)],
            None,
            "frame 1 is at 0.5 s, and the frame before it at 0.5 s: times must grow",
        ),
        ([(flat(1), 0.5), (flat(1), None)], None, "frame 1 has no time, and the first had one: give time= with every"),
        ([(flat(1), None), (flat(1), 0.5)], None, "frame 1 has a time, and the frames before it had none: give"),
        ([(flat(1), 0.5)], 25, "fps=25 was given, and frame 0 has a time: leave one out"),
        ([(flat(1), -1)], None, "time must be a number of seconds from 0 to 1e"),
        ([(flat(1), float("nan"))], None, "time must be a number of seconds"),
    ],
)
def test_write_times_that_make_no_sense_are_an_error(calls: Any, fps: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=message):
        write_all(tmp_path / "o.mp4", calls, fps=fps)
    assert os.listdir(tmp_path) == []


# Alpha


def see_through(alpha: int) -> Any:
    return np.dstack([flat(120), np.full((48, 64), alpha, np.uint8)])


@pytest.mark.parametrize("suffix", [".webm", ".mov"])
def test_write_first_frame_with_alpha_decides(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"o{suffix}"
    with framechain.write(path) as out:
        out(see_through(128))
        out(flat(120))
        out(see_through(0))
    found = [int(image[24, 32, 3]) for image in decode_bgra(path)]
    assert found == pytest.approx([128, 255, 0], abs=3)


def test_write_alpha_into_a_png_and_memory(tmp_path: Path) -> None:
    with framechain.write(tmp_path / "o.png") as out:
        out(see_through(77))
    assert cv2.imread(str(tmp_path / "o.png"), cv2.IMREAD_UNCHANGED)[0, 0].tolist() == [120, 120, 120, 77]
    file = io.BytesIO()
    with framechain.write(file) as out:
        out(see_through(77))
    (tmp_path / "o.webm").write_bytes(file.getvalue())
    assert int(decode_bgra(tmp_path / "o.webm")[0][24, 32, 3]) == pytest.approx(77, abs=3)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".jpg"])
def test_write_alpha_that_does_not_fit_is_refused_or_left_out(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"o{suffix}"
    with pytest.raises(OutputError, match="holds no alpha"):
        write_all(path, [see_through(9)])
    with pytest.raises(OutputError, match="holds no alpha"):
        framechain.write(path, alpha=True)
    with framechain.write(path, alpha=False) as out:
        out(see_through(9))
    assert os.listdir(tmp_path) == [path.name]
    assert see(path).bgr()[24, 32].tolist() == pytest.approx([120, 120, 120], abs=2)


def test_write_later_frame_with_alpha_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="frame 1 has alpha and the first had none, give alpha=True"):
        write_all(tmp_path / "o.webm", [flat(1), see_through(9)])
    assert os.listdir(tmp_path) == []


# Ends


def test_write_second_size_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="frame 1 is 32x24 and the first was 64x48"):
        write_all(tmp_path / "o.mp4", [flat(1), flat(1, 32, 24)])
    assert os.listdir(tmp_path) == []


def test_write_second_image_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="an image holds one frame"):
        write_all(tmp_path / "o.png", flats(2))
    assert os.listdir(tmp_path) == []


def test_write_error_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "o.mp4").write_text("before")

    def interrupt() -> Iterable[Any]:
        yield flat(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_all(tmp_path / "o.mp4", interrupt())
    assert os.listdir(tmp_path) == ["o.mp4"]
    assert (tmp_path / "o.mp4").read_text() == "before"


def test_write_without_a_with_block_close_completes_and_abort_discards(tmp_path: Path) -> None:
    for name in ("closed.mp4", "aborted.mp4"):
        out = framechain.write(tmp_path / name)
        out(flat(1))
        for _ in range(2):
            out.close() if name == "closed.mp4" else out.abort()
        out.abort()
        with pytest.raises(OutputError, match=f"cannot write .*{name}: it was closed"):
            out(flat(1))
    assert os.listdir(tmp_path) == ["closed.mp4"]


@pytest.mark.slow
def test_write_abandoned_warns_and_leaves_no_file(tmp_path: Path) -> None:
    outs = [framechain.write(tmp_path / "o.mp4")]
    outs[0](flat(1))
    assert os.listdir(tmp_path)
    with pytest.warns(ResourceWarning, match=r"o\.mp4 was not completed: use a `with` block, or close\(\)"):
        outs.clear()
    gc.collect()
    assert os.listdir(tmp_path) == []


def test_write_without_a_frame_warns(tmp_path: Path) -> None:
    with pytest.warns(FramechainWarning, match="o.mp4 was not written: there was no frame"):
        write_all(tmp_path / "o.mp4", [])
    assert os.listdir(tmp_path) == []


def test_write_into_memory_is_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "temporary"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    file = io.BytesIO()
    for target in (file, tmp_path / "o.mp4"):
        with framechain.write(target, fps=12) as out:
            for image in photos(4):
                out(image)
    assert file.getvalue() == (tmp_path / "o.mp4").read_bytes()
    assert os.listdir(scratch) == []


def test_write_input_is_not_overwritten(clip: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clip.read_bytes())
    with open_source(copy) as source, pytest.raises(OutputError, match="it is the input"):
        write_all(copy, source)
    with pytest.raises(OutputError, match="it is the input"):
        write_all(copy, flats(1), audio=copy)
    assert copy.read_bytes() == clip.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"output": ""}, ArgumentError, "path is empty"),
        ({"output": None}, ArgumentTypeError, "the output must be a path"),
        ({"output": "o.avi"}, OutputError, r"cannot write o\.avi: '\.avi' is no video format"),
        ({"output": "o"}, OutputError, "it has no suffix"),
        ({"output": "o.gif"}, OutputError, r"'\.gif' is no video format"),
        ({"output": "o.mp4", "fps": 0}, ArgumentError, "fps must be"),
        (
            {"output": "o.mp4", "like": "clip.mp4"},
            ArgumentTypeError,
            "like must be a source or its info, got 'clip.mp4'",
        ),
        ({"output": "o.mp4", "encoding": "libx264"}, ArgumentTypeError, r"encoding must be framechain\.Encoding"),
        ({"output": "o.mp4", "alpha": "yes"}, ArgumentTypeError, "alpha must be True, False or None"),
    ],
)
def test_write_wrong_arguments_are_refused_at_once(arguments: Any, kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        framechain.write(**arguments)


def test_write_open_file_of_another_format_is_refused_at_once_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "o.avi"
    with path.open("wb") as file, pytest.raises(OutputError, match=rf"cannot write {path}: '\.avi' is no video format"):
        framechain.write(file)


def test_write_address_password_is_not_reported() -> None:
    out = framechain.write("rtmp://admin:secret@host/live")
    out.abort()
    with pytest.raises(OutputError, match="cannot write rtmp://host/live: it was closed"):
        out(flat(1))


def test_write_encoding_is_used(tmp_path: Path) -> None:
    for crf in (5, 45):
        with framechain.write(tmp_path / f"{crf}.mp4", encoding=Encoding(crf=crf)) as out:
            for image in photos(5):
                out(image)
    assert os.path.getsize(tmp_path / "5.mp4") > 2 * os.path.getsize(tmp_path / "45.mp4")
    assert psnr(see(tmp_path / "5.mp4").bgr(2), photos(5)[2]) > 34


def test_write_full_range_frames_are_written_as_they_are(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "full.mp4", flats(3), colour=BT601_FULL)
    with open_source(path) as source, framechain.write(tmp_path / "o.mp4") as out:
        for frame in source:
            out(frame)
    assert see(tmp_path / "o.mp4").tags.full_range
