"""The options of the command line are the arguments of Python, under the same names; a table has the exceptions."""

from __future__ import annotations

import argparse
import inspect
from typing import Any

import pytest

from framechain import BackgroundReplacement, Batch, CameraOptions, Encoding, Engine, LiveOptions, MPSegmentation
from framechain.cli import builders
from framechain.cli.arguments import build_parser
from framechain.cli.builders import make_engine, make_replacement, parse_input
from framechain.errors import ArgumentError

# An argument of Python that is no option of its name: the option's destination, or None, and why.
OTHERWISE: dict[tuple[type, str], tuple[str | None, str]] = {
    (Engine, "image_path"): ("input", "one INPUT, recognised by its suffix"),
    (Engine, "video_path"): ("input", "one INPUT, recognised by its suffix"),
    (Engine, "webcam_id"): ("input", "one INPUT, recognised as a number, a device or an address"),
    (Engine, "custom_objects"): (None, "Python objects: `parts` in main.py"),
    (Engine, "source"): (None, "a Python object"),
    (Engine, "fps"): (None, "the rate of arrays"),
    (Engine, "sinks"): ("sinks", "texts as for --object, which name them"),
    (Engine, "on_progress"): (None, "a Python function"),
    (Engine, "encoding"): (None, "the fields of Encoding are options"),
    (Engine, "camera"): (None, "the fields of CameraOptions are options"),
    (Engine, "live"): (None, "the fields of LiveOptions are options"),
    (Batch, "inputs"): ("input", "one or several INPUT"),
    (Batch, "objects"): (None, "Python objects: `parts` in main.py"),
    (Batch, "output"): ("output_path", "one --output for files and folders"),
    (Batch, "client"): (None, "a Python object"),
    (Batch, "options"): (None, "arguments of Engine"),
    (BackgroundReplacement, "foreground"): (None, "a Python function"),
    (BackgroundReplacement, "place"): (None, "a Python object"),
    (MPSegmentation, "foreground"): (None, "a Python function"),
    (MPSegmentation, "place"): (None, "a Python object"),
    (MPSegmentation, "bg_blur_ratio"): ("blur", "the tutorial's name; --background chooses among all backgrounds"),
    (MPSegmentation, "bg_image"): ("background", "one --background for all kinds"),
    (MPSegmentation, "bg_images_path"): ("background", "one --background for all kinds"),
    (MPSegmentation, "bg_color"): ("background", "one --background for all kinds"),
    (MPSegmentation, "model_selection"): ("model", "names instead of 0 and 1"),
}
# An option that is no argument of these classes, and what it is in Python.
NOT_COMPARED = {
    "fps": "FPSmetric",
    "chain": "custom_objects",
    "objects": "custom_objects",
    "allow_code": "load_chain(path, allow_code)",
    "save_chain": "nothing: a program is a file",
    "settings": "Tunable.set(value)",
    "reference": "ReferenceFrame(reference)",
    "roi": "RunningAverage(roi)",
    "key_color": "ChromaKey(color)",
    "model_file": "OnnxMatte(model_path)",
    "onnx_preset": "OnnxMatte(preset)",
    "watch": "Batch.watch()",
    "report": "BatchResult.write(path)",
    "quiet": "progress=False, and no summary",
    "verbose": 'logging.getLogger("framechain")',
    "version": "framechain.__version__",
    "help": "help(Engine)",
}
COMPARED = {
    Engine: "",
    Batch: "",
    Encoding: "",
    CameraOptions: "camera_",
    LiveOptions: "",
    BackgroundReplacement: "",
    MPSegmentation: "",
}


def list_parameters() -> list[tuple[type, str]]:
    return [(owner, name) for owner in COMPARED for name in inspect.signature(owner).parameters]


def find_option(owner: type, name: str) -> argparse.Action | None:
    destination, _ = OTHERWISE.get((owner, name), (COMPARED[owner] + name, ""))
    found = [action for action in build_parser()._actions if action.dest == destination]
    return found[0] if found else None


@pytest.mark.parametrize(("owner", "name"), list_parameters(), ids=lambda value: getattr(value, "__name__", value))
def test_argument_of_python_is_an_option_of_that_name(owner: type, name: str) -> None:
    option = find_option(owner, name)
    if (owner, name) in OTHERWISE:
        destination, reason = OTHERWISE[owner, name]
        assert (None if option is None else option.dest) == destination
        assert reason
        return
    assert option is not None
    spelled = (COMPARED[owner] + name).replace("_", "-")
    assert {f"--{spelled}", f"--no-{spelled}"} & set(option.option_strings)


def test_table_of_exceptions_has_no_dead_rows() -> None:
    assert set(OTHERWISE) <= set(list_parameters())


def test_option_is_an_argument_of_python() -> None:
    covered = {option.dest for owner, name in list_parameters() if (option := find_option(owner, name)) is not None}
    options = {action.dest for action in build_parser()._actions}
    assert options - covered == set(NOT_COMPARED)


@pytest.mark.parametrize(("owner", "name"), list_parameters(), ids=lambda value: getattr(value, "__name__", value))
def test_option_has_the_default_of_python(owner: type, name: str) -> None:
    option = find_option(owner, name)
    default = inspect.signature(owner).parameters[name].default
    if (owner, name) in OTHERWISE or option is None or default is inspect.Parameter.empty:
        return
    if owner is MPSegmentation and name in ("threshold", "softness"):
        assert option.default is None  # The matte's own, which for MediaPipe is this value.
        matte_default = getattr(make_replacement(build_parser().parse_args([])), name)
        assert matte_default == default
        return
    assert option.default == default


ENGINE_OPTIONS: dict[str, tuple[str, Any]] = {
    "show": ("--show", True),
    "flip_view": ("--no-flip-view", False),
    "output_extension": ("--output-extension cut", "cut"),
    "start": ("--start 0:03", 3.0),
    "end": ("--end 2.5s", 2.5),
    "start_video_frame": ("--start-video-frame 3", 3),
    "end_video_frame": ("--end-video-frame 9", 9),
    "break_on_end": ("--break-on-end", True),
    "cut": ("--cut", True),
    "output_path": ("--output-path o.mp4", "o.mp4"),
    "audio": ("--no-audio", False),
    "progress": ("--progress", True),
    "object_timeout": ("--object-timeout 2.5", 2.5),
    "encoding": ("--codec libx265 --preset fast --crf 7", Encoding("libx265", "fast", 7)),
    "camera": (
        "--camera-timeout 3 --camera-size 64x48 --camera-fps 9 --camera-reconnect 2 --no-live",
        CameraOptions(timeout=3, size=(64, 48), fps=9, reconnect=2, live=False),
    ),
    "live": (
        "--record r.mp4 --virtual-camera --stream-to udp://h:1 --max-failures 4 --title T --tune",
        LiveOptions("r.mp4", "auto", "udp://h:1", 4, "T", True),
    ),
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The arguments of the engine that is made."""
    arguments: dict[str, Any] = {}
    monkeypatch.setattr(builders, "Engine", lambda **more: arguments.update(more))
    return arguments


@pytest.mark.parametrize(("text", "frame"), [("75", 75), ("0", 0), ("1000000", 1000000)])
def test_bound_that_is_a_whole_number_is_a_frame(text: str, frame: int, given: dict[str, Any]) -> None:
    make_engine(build_parser().parse_args(["clip.mp4", "--start", text, "--end", text]), [])
    assert (given["start_video_frame"], given["end_video_frame"]) == (frame, frame)
    assert (given["start"], given["end"]) == (None, None)


@pytest.mark.parametrize("name", list(inspect.signature(Engine).parameters))
def test_option_reaches_the_engine(name: str, given: dict[str, Any]) -> None:
    if name not in ENGINE_OPTIONS:
        assert (Engine, name) in OTHERWISE
        return
    words, expected = ENGINE_OPTIONS[name]
    make_engine(build_parser().parse_args(["clip.mp4", *words.split()]), [])
    assert given[name] == expected


def test_bit_rate_reaches_the_encoding(given: dict[str, Any]) -> None:
    make_engine(build_parser().parse_args(["clip.mp4", "--bitrate", "2500k"]), [])
    assert given["encoding"] == Encoding(bitrate=2_500_000)


def test_defaults_make_the_engine_of_python(given: dict[str, Any]) -> None:
    make_engine(build_parser().parse_args(["clip.mp4"]), [])
    assert given.pop("custom_objects") == []
    assert given.pop("video_path") == "clip.mp4"
    defaults = {name: parameter.default for name, parameter in inspect.signature(Engine).parameters.items()}
    for name, value in given.items():
        assert value == defaults[name], name


def test_option_short_name_stays() -> None:
    words = "--start 1 --end 2 --output o.mp4 --flip --reconnect 3"
    options = build_parser().parse_args(words.split())
    assert (options.start_video_frame, options.end_video_frame) == (1, 2)
    assert (options.output_path, options.flip_view, options.camera_reconnect) == ("o.mp4", True, 3)


@pytest.mark.parametrize("words", ["", "--show", "--output r.mp4", "--virtual-camera", "--stream-to udp://h:1"])
def test_camera_is_shown_if_its_result_goes_nowhere_else(words: str, given: dict[str, Any]) -> None:
    make_engine(build_parser().parse_args(words.split()), [])
    assert given["show"] is (words in ("", "--show"))


def test_quiet_shows_no_progress(given: dict[str, Any]) -> None:
    make_engine(build_parser().parse_args(["clip.mp4", "--quiet", "--progress"]), [])
    assert given["progress"] is False


REPLACEMENT_OPTIONS: dict[str, tuple[str, Any]] = {
    "threshold": ("--threshold 0.3", 0.3),
    "softness": ("--softness 0.1", 0.1),
    "choke": ("--choke 1", 1),
    "feather": ("--feather 2", 2),
    "light_wrap": ("--light-wrap 0.5", 0.5),
    "matte_only": ("--matte-only", True),
    "strict": ("--strict", True),
    "matte_timeout": ("--matte-timeout 4", 4),
}


def test_option_reaches_the_replacement(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments: dict[str, Any] = {}
    monkeypatch.setattr(builders, "BackgroundReplacement", lambda matte, background, **more: arguments.update(more))
    words = " ".join(words for words, _ in REPLACEMENT_OPTIONS.values())
    make_replacement(build_parser().parse_args(words.split()))
    assert arguments == {name: value for name, (_, value) in REPLACEMENT_OPTIONS.items()}
    compared = {
        name for owner, name in list_parameters() if owner is BackgroundReplacement and (owner, name) not in OTHERWISE
    }
    compared -= {"matte", "background"}
    assert compared == set(arguments)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", {"webcam_id": 0}),
        ("/dev/video2", {"webcam_id": "/dev/video2"}),
        ("/dev/v4l/by-id/usb-x", {"webcam_id": "/dev/v4l/by-id/usb-x"}),
        ("me.JPG", {"image_path": "me.JPG"}),
        ("clip.mp4", {"video_path": "clip.mp4"}),
        ("rtsp://h/s", {"webcam_id": "rtsp://h/s"}),
        ("http://h/video.mjpg", {"webcam_id": "http://h/video.mjpg"}),
        ("https://h/clip.mp4?x=1", {"video_path": "https://h/clip.mp4?x=1"}),
        ("s3://bucket/clip.mp4", {"video_path": "s3://bucket/clip.mp4"}),
    ],
)
def test_parse_input_kind_is_recognised(text: str, expected: dict[str, Any]) -> None:
    assert parse_input(text) == expected


def test_input_that_is_empty_does_not_open_the_camera() -> None:
    with pytest.raises(ArgumentError, match="INPUT is empty: give an image, a video, a URL or a camera number"):
        parse_input("")
