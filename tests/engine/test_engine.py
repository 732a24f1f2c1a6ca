"""The Engine's own work: which input, which frames, which output, and what is reported."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import beeps, has_audio, hear
from support.media import flats, level, photo, see, write_clip
from support.patience import PATIENCE

from framechain import CameraOptions, Encoding, Engine, LiveOptions, RunResult
from framechain.errors import ArgumentError, FramechainError, MediaError, MissingInputError, ObjectError, OutputError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def greys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty grey frames at 25 a second, each with a level of its own, with beeps at 0.2 and 0.5 s."""
    path = tmp_path_factory.mktemp("greys") / "greys.mp4"
    write_clip(path, flats(20), audio=beeps(0.8, at=(0.2, 0.5)))
    return path


def black_out(frame: Any) -> Any:
    return np.zeros_like(frame)


def ranged(video: Path, target: Path, **arguments: Any) -> tuple[RunResult, list[int]]:
    """Black out a range; which frames came out black, while the others came out as they were."""
    engine = Engine(
        video_path=video,
        custom_objects=[black_out],
        output_path=target,
        encoding=Encoding(crf=1),
        progress=False,
        **arguments,
    )
    result = engine.run()
    greys = see(target).greys()
    for index, grey in enumerate(greys):
        assert grey < 4 or grey == pytest.approx(level(index), abs=3)
    return result, [index for index, grey in enumerate(greys) if grey < 4]


# Which input, which output


def test_run_prefers_video_to_image_to_camera(greys: Path, samples: Path, tmp_path: Path) -> None:
    kinds: list[str] = []

    def look(frame: Any, info: Any) -> Any:
        kinds.append(info.stream.kind)
        return frame

    both = Engine(
        samples / "portrait.jpg", greys, custom_objects=[look], output_path=tmp_path / "o.mp4", progress=False
    )
    assert both.run().frames_written == 20
    image = Engine(samples / "portrait.jpg", custom_objects=[look], output_path=tmp_path / "o.png")
    assert image.run().frames_written == 1
    assert kinds == ["video"] * 20 + ["image"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.mp4", "o.png"]


@pytest.mark.parametrize(
    ("name", "extension", "expected"),
    [
        ("clip.mp4", "out", "clip_out.mp4"),
        ("my clip.v2.mp4", "blurred", "my clip.v2_blurred.mp4"),
        ("Grüße 日本.mp4", "out", "Grüße 日本_out.mp4"),
    ],
)
def test_output_extension_names_the_output(
    name: str, extension: str, expected: str, greys: Path, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(greys.read_bytes())
    result = Engine(video_path=tmp_path / name, output_extension=extension, progress=False).run()
    assert result.output_path == str(tmp_path / expected)
    assert see(tmp_path / expected).count == 20
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, expected])


def test_output_extension_image_name_with_dots(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "me.v2.jpg").write_bytes((samples / "portrait.jpg").read_bytes())
    result = Engine(tmp_path / "me.v2.jpg", custom_objects=[black_out]).run()
    assert result.output_path == str(tmp_path / "me.v2_out.jpg")
    assert cv2.imread(str(tmp_path / "me.v2_out.jpg")).max() == 0
    assert (result.frames_read, result.frames_processed, result.frames_written) == (1, 1, 1)


def test_run_result_counts_and_names(greys: Path, tmp_path: Path) -> None:
    result = Engine(video_path=greys, custom_objects=[black_out], output_path=tmp_path / "o.mp4", progress=False).run()
    assert (result.frames_read, result.frames_processed, result.frames_written) == (20, 20, 20)
    assert result.output_path == str(tmp_path / "o.mp4")
    assert result.seconds > 0
    assert result.frames_per_second == pytest.approx(20 / result.seconds)
    assert (result.stopped, result.stopped_early, result.dropped, result.warnings) == (None, False, 0, ())


def test_engine_runs_again_and_replaces_its_output(greys: Path, tmp_path: Path) -> None:
    target = tmp_path / "o.mp4"
    target.write_text("an old file")
    engine = Engine(video_path=greys, output_path=target, progress=False)
    assert engine.run().frames_written == engine.run().frames_written == 20
    assert see(target).count == 20


def test_run_error_keeps_an_existing_output(greys: Path, samples: Path, tmp_path: Path) -> None:
    def fail_late(frame: Any, info: Any) -> Any:
        return frame if info.index < info.stream.frame_count - 1 else frame["no"]

    for target, inputs in (("o.mp4", {"video_path": greys}), ("o.png", {"image_path": samples / "portrait.jpg"})):
        (tmp_path / target).write_text("precious")
        with pytest.raises(ObjectError, match="fail_late raised IndexError"):
            Engine(**inputs, custom_objects=[fail_late], output_path=tmp_path / target, progress=False).run()
        assert (tmp_path / target).read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.mp4", "o.png"]


@pytest.mark.parametrize("target", ["o.xyz", "o", "nowhere/o.mp4", "folder.mp4"])
def test_impossible_output_is_refused_before_any_work(target: str, greys: Path, tmp_path: Path) -> None:
    calls: list[int] = []
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match=f"cannot write .*{Path(target).name}: "):
        Engine(video_path=greys, output_path=tmp_path / target, custom_objects=[calls.append], progress=False).run()
    assert calls == []
    assert [path.name for path in tmp_path.iterdir()] == ["folder.mp4"]


# Which frames


def test_break_on_end_ends_video_and_audio(greys: Path, tmp_path: Path) -> None:
    result, black = ranged(greys, tmp_path / "o.mp4", start_video_frame=5, end_video_frame=9, break_on_end=True)
    assert black == [5, 6, 7, 8, 9]
    assert result.frames_written == see(tmp_path / "o.mp4").count == 10
    assert result.stopped is None
    heard = hear(tmp_path / "o.mp4")
    assert heard.onsets() == pytest.approx([0.2], abs=0.03)
    assert heard.end == pytest.approx(0.4, abs=0.06)


def test_break_on_end_without_an_end_writes_all(greys: Path, tmp_path: Path) -> None:
    assert ranged(greys, tmp_path / "o.mp4", break_on_end=True)[0].frames_written == 20


@pytest.mark.parametrize("start", [20, 99])
def test_start_beyond_the_clip_is_refused_before_any_work(start: int, greys: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=rf"start_video_frame \({start}\) lies beyond .*20 frames \(0 to 19\)"):
        Engine(video_path=greys, start_video_frame=start, output_path=tmp_path / "o.mp4").run()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start_video_frame": 9, "end_video_frame": 8}, r"start_video_frame \(9\) lies after end_video_frame \(8\)"),
        ({"start_video_frame": -1}, "start_video_frame must be a whole number of at least 0, got -1"),
        ({"end_video_frame": 1.5}, "end_video_frame must be a whole number of at least 0, got 1.5"),
        ({"end_video_frame": None}, "end_video_frame must be a whole number"),
        ({"progress": "always"}, "progress must be True, False or None, got 'always'"),
        ({"object_timeout": 0}, "object_timeout must be a number of seconds above 0, or None, got 0"),
    ],
)
def test_engine_wrong_arguments_are_refused_at_construction(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Engine(video_path="clip.mp4", **arguments)


@pytest.mark.parametrize(
    ("options", "arguments", "message"),
    [
        (LiveOptions, {"max_failures": 0}, "max_failures must be a whole number of at least 1, got 0"),
        (LiveOptions, {"record": "udp://host:5000"}, "record takes a file, got udp://host:5000"),
        (LiveOptions, {"stream_to": "me.mp4"}, "stream_to takes an address such as udp://host:5000, got 'me.mp4'"),
        (LiveOptions, {"virtual_camera": True}, 'virtual_camera takes "auto" or a device, got True'),
        (LiveOptions, {"virtual_camera": ""}, "virtual_camera takes \"auto\" or a device, got ''"),
    ],
)
def test_options_wrong_values_are_refused(options: type, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        options(**arguments)


def test_options_are_frozen() -> None:
    for options, name in ((Encoding(), "crf"), (CameraOptions(), "fps"), (LiveOptions(), "title")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(options, name, 1)


def test_check_video_frames_range_is_true_outside_the_range() -> None:
    engine = Engine(video_path="clip.mp4", start_video_frame=3, end_video_frame=5)
    assert [engine.check_video_frames_range(number) for number in range(8)] == [True] * 3 + [False] * 3 + [True] * 2
    assert Engine(video_path="clip.mp4").check_video_frames_range(10**9) is False


# The tutorial's methods


def test_flip_view_mirrors_before_the_objects(tmp_path: Path) -> None:
    image = photo(64, 48)
    clip = write_clip(tmp_path / "c.mp4", [image] * 3)
    seen: list[Any] = []

    def look(frame: Any) -> Any:
        seen.append(frame.copy())
        return frame

    Engine(video_path=clip, custom_objects=[look], flip_view=True, progress=False).run()
    Engine(custom_objects=[look], flip_view=True).process_image(image)
    np.testing.assert_array_equal(seen[-1], image[:, ::-1])
    for frame in [seen[0], see(tmp_path / "c_out.mp4").bgr(2)]:
        assert np.abs(frame[8:40, 8:56] - image[8:40, ::-1][:, 8:56].astype(float)).mean() < 4


def test_flip_view_without_objects_mirrors(tmp_path: Path) -> None:
    image = photo(64, 48)
    clip = write_clip(tmp_path / "c.mp4", [image])
    Engine(video_path=clip, flip_view=True, progress=False).run()
    assert np.abs(see(tmp_path / "c_out.mp4").bgr(0) - image[:, ::-1].astype(float)).mean() < 5


def test_flip_mirrors_if_flip_view_is_set() -> None:
    image = photo()
    assert Engine().flip(image) is image
    np.testing.assert_array_equal(Engine(flip_view=True).flip(image), image[:, ::-1])


def test_display_without_show_returns_true() -> None:
    assert Engine().display(photo()) is True
    assert Engine().display(photo(), webcam=True, waitTime=10_000) is True


def test_process_image_takes_paths_and_arrays(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "me.jpg").write_bytes((samples / "portrait.jpg").read_bytes())
    engine = Engine(custom_objects=[lambda frame: 255 - frame])
    image = cv2.imread(str(tmp_path / "me.jpg"))
    for source in (str(tmp_path / "me.jpg"), tmp_path / "me.jpg", image):
        np.testing.assert_array_equal(engine.process_image(source), 255 - image)
    np.testing.assert_array_equal(image, cv2.imread(str(tmp_path / "me.jpg")))
    engine.process_image(image, tmp_path / "negative.png")
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "negative.png")), 255 - image)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["me.jpg", "me_out.jpg", "negative.png"]
    own = Engine(tmp_path / "me.jpg", output_path=tmp_path / "own.png", custom_objects=[black_out])
    assert own.process_image().max() == 0
    assert cv2.imread(str(tmp_path / "own.png")).shape == image.shape


@pytest.mark.parametrize("shape", [(30, 40), (30, 40, 1), (30, 40, 4)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_process_image_array_of_any_kind_becomes_a_frame(shape: tuple[int, ...], kind: Any) -> None:
    image = np.full(shape, np.iinfo(kind).max, kind)
    result = Engine(custom_objects=[lambda frame: 255 - frame]).process_image(image)
    assert (result.shape, result.dtype, result.max()) == ((30, 40, 3), np.uint8, 0)
    assert image.min() == np.iinfo(kind).max


def test_process_without_an_input_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="give image, or image_path to the Engine"):
        Engine().process_image()
    with pytest.raises(ArgumentError, match="give video_path to the Engine"):
        Engine().process_video()


@pytest.mark.parametrize("kind", ["video_path", "image_path"])
def test_run_unreadable_input_is_an_error(kind: str, tmp_path: Path) -> None:
    suffix = ".mp4" if kind == "video_path" else ".jpg"
    (tmp_path / f"text{suffix}").write_text("This is no media.")
    (tmp_path / f"empty{suffix}").touch()
    for name, error, message in (
        (f"missing{suffix}", MissingInputError, "not found: .*missing"),
        (f"text{suffix}", MediaError, "cannot read .*text"),
        (f"empty{suffix}", MediaError, "cannot read .*empty.*: the file is empty"),
        (".", MediaError, "cannot read .*: it is a folder"),
    ):
        engine = Engine(**{kind: tmp_path / name}, output_path=tmp_path / f"o{suffix}", progress=False)  # type: ignore[arg-type]
        with pytest.raises(error, match=message) as caught:
            engine.run()
        assert isinstance(caught.value, FramechainError)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"empty{suffix}", f"text{suffix}"]


# How it is written


def test_audio_false_leaves_the_audio_out(greys: Path, tmp_path: Path) -> None:
    Engine(video_path=greys, output_path=tmp_path / "with.mp4", progress=False).run()
    Engine(video_path=greys, output_path=tmp_path / "without.mp4", audio=False, progress=False).run()
    assert has_audio(tmp_path / "with.mp4")
    assert not has_audio(tmp_path / "without.mp4")


@pytest.mark.parametrize(
    ("name", "codec", "expected"),
    [("o.mp4", None, "h264"), ("o.mkv", "libx265", "hevc"), ("o.webm", None, "vp9"), ("o.mov", "mpeg4", "mpeg4")],
)
def test_encoding_codec_is_used(name: str, codec: str | None, expected: str, greys: Path, tmp_path: Path) -> None:
    Engine(video_path=greys, output_path=tmp_path / name, encoding=Encoding(codec=codec), progress=False).run()
    seen = see(tmp_path / name)
    assert (seen.codec, seen.pix_fmt, seen.count) == (expected, "yuv420p", 20)


def test_encoding_lower_crf_makes_a_larger_file(clip: Path, tmp_path: Path) -> None:
    sizes = []
    for crf in (10, 40):
        target = tmp_path / f"{crf}.mp4"
        Engine(
            video_path=clip,
            output_path=target,
            encoding=Encoding(crf=crf),
            end_video_frame=9,
            break_on_end=True,
            audio=False,
            progress=False,
        ).run()
        sizes.append(target.stat().st_size)
    assert sizes[0] > 2 * sizes[1]


@pytest.mark.parametrize(("progress", "shown"), [(None, False), (False, False), (True, True)])
def test_progress_shows_a_bar_if_asked(
    progress: bool | None, shown: bool, greys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only on a terminal, which pytest's stderr is not, unless asked for."""
    Engine(video_path=greys, output_path=tmp_path / "o.mp4", progress=progress).run()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert ("greys.mp4: 100%" in captured.err and "20/20" in captured.err and "frame/s" in captured.err) is shown
    assert bool(captured.err) is shown


# Ctrl-C

LOOP = """
import sys, time
from framechain import Engine
def slow(frame, info):
    if info.index == 5:
        print("under way", flush=True)
    time.sleep(0.05)
    return frame
for target in sys.argv[2:]:
    try:
        print(Engine(video_path=sys.argv[1], output_path=target, custom_objects=[slow]).run(), flush=True)
    except (KeyboardInterrupt, SystemExit) as error:
        print(type(error).__name__, error.result, flush=True)
        raise
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals to a child")
@pytest.mark.parametrize(
    ("number", "error", "code"),
    [
        pytest.param(signal.SIGINT, "Interrupted", 1, id="SIGINT"),
        pytest.param(signal.SIGTERM, "Terminated", 143, id="SIGTERM", marks=pytest.mark.slow),
    ],
)
def test_run_signal_finishes_the_output_and_ends_a_loop_over_clips(
    number: signal.Signals, error: str, code: int, clip: Path, tmp_path: Path
) -> None:
    targets = [str(tmp_path / name) for name in ("first.mp4", "second.mp4", "third.mp4")]
    process = subprocess.Popen(
        [sys.executable, "-c", LOOP, str(clip), *targets],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "under way\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, err
    assert out.startswith(f"{error} RunResult(output_path='{targets[0]}'")
    assert f"stopped='{number.name}'" in out
    seen, heard = see(targets[0]), hear(targets[0])
    assert 5 <= seen.count < 150
    assert f"frames_written={seen.count}," in out
    assert heard.end == pytest.approx(float(seen.end), abs=0.06)
    assert [path.name for path in tmp_path.iterdir()] == ["first.mp4"]
