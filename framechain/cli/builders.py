"""Makes the chain's objects and the engine from the arguments of the command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from .. import mattes
from ..backgrounds import Blur, Gallery
from ..contracts import Sink
from ..engine.engine import Engine
from ..errors import ArgumentError, FramechainError
from ..files.paths import is_stream_url
from ..objects.overlays import FPSmetric
from ..objects.replacement import BackgroundReplacement
from ..objects.replacement_controls import EDGE_KEYS, VIEW_KEYS
from ..options import CameraOptions, Encoding, LiveOptions
from ..plugins import backgrounds as plugin_backgrounds
from ..plugins.calls import Call
from ..plugins.component import Builder, is_entry, split_text
from ..plugins.convert import parse_colour
from ..sources.open import find_kind, guess_kind

Part = Callable[[argparse.Namespace], Callable[..., Any] | None]
"""Makes an object of the chain from the parsed arguments; returns None if they do not ask for it."""

MODELS = {"general": 0, "landscape": 1}
"""The values of --model, and of `model_selection`."""
MATTES: dict[str, Callable[[argparse.Namespace], Call]] = {
    "mediapipe": lambda options: Call(
        mattes.MediaPipeMatte, MODELS[options.model], quality=options.quality, low_light=options.low_light
    ),
    "reference": lambda options: Call(mattes.ReferenceFrame, options.reference),
    "running-average": lambda options: Call(mattes.RunningAverage, roi=_parse_region(options.roi)),
    "mog2": lambda options: Call(mattes.MOG2),
    "knn": lambda options: Call(mattes.KNN),
    "otsu": lambda options: Call(mattes.OtsuThreshold),
    "contour": lambda options: Call(mattes.ContourFill),
    "chroma": lambda options: Call(mattes.ChromaKey, parse_colour("--key-color", options.key_color)),
    "onnx": lambda options: Call(mattes.OnnxMatte, _check_model_file(options.model_file), preset=options.onnx_preset),
}
"""How the values of --matte are made for which there are options; others are entry points."""


def make_replacement(options: argparse.Namespace) -> BackgroundReplacement:
    """Make the object that finds the foreground and replaces the background.

    Args:
        options: The parsed arguments.

    Returns:
        An object for the chain.

    Raises:
        FramechainError: If an argument cannot be used.
    """
    replacement: BackgroundReplacement = describe_replacement(options).make()
    return replacement


def describe_replacement(options: argparse.Namespace) -> Call:
    """Return the call that makes the object that replaces the background.

    Args:
        options: The parsed arguments.

    Raises:
        FramechainError: If an argument cannot be used.
    """
    return Call(
        BackgroundReplacement,
        _describe_matte(options),
        describe_background(options),
        threshold=options.threshold,
        softness=options.softness,
        choke=options.choke,
        feather=options.feather,
        light_wrap=options.light_wrap,
        matte_only=options.matte_only,
        strict=options.strict,
        matte_timeout=options.matte_timeout,
    )


def make_frame_rate(options: argparse.Namespace) -> FPSmetric | None:
    """Make the object that draws the frames per second.

    Args:
        options: The parsed arguments.

    Returns:
        An object for the chain, or None without --fps.
    """
    return FPSmetric() if options.fps else None


def make_engine(options: argparse.Namespace, objects: Sequence[Callable[..., Any]]) -> Engine:
    """Make the engine.

    Args:
        options: The parsed arguments.
        objects: The chain's objects.

    Returns:
        An engine. The result of a camera is shown if it goes nowhere else.

    Raises:
        FramechainError: If an argument cannot be used.
    """
    camera = make_camera_options(options)
    inputs = _make_named_source(options.input) or parse_input(options.input, camera)
    if "webcam_id" in inputs:
        if is_stream_url(options.input):
            camera = replace(camera, live=True)  # Its server need not be asked again.
        inputs = {"source": inputs["webcam_id"]}  # Chosen on purpose, as a default of the program is not.
    goes_elsewhere = options.output_path or options.virtual_camera or options.stream_to or options.sinks
    return Engine(
        **inputs,
        show=options.show or options.tune or ("source" in inputs and not goes_elsewhere),
        custom_objects=objects,
        output_path=options.output_path,
        sinks=_make_sinks(options),
        **make_run_options(options),
        camera=camera,
        live=LiveOptions(
            record=options.record,
            virtual_camera=options.virtual_camera,
            stream_to=options.stream_to,
            max_failures=options.max_failures,
            title=options.title,
            tune=options.tune,
        ),
    )


def _make_named_source(text: str) -> dict[str, Any]:
    """Return the source that a text names, as the engine's argument; nothing if it names none."""
    if not (is_entry("sources", text) or _is_reference(text)):
        return {}
    builder = Builder("INPUT")
    return {"source": builder.make(builder.describe("sources", text))}


def _make_sinks(options: argparse.Namespace) -> tuple[Sink, ...]:
    builder = Builder("--sink")
    return tuple(builder.make(builder.describe("sinks", text)) for text in options.sinks)


def _is_reference(text: str) -> bool:
    """Return whether a text, which may also be a path or an address, names a class: FILE.py:Class or module:Class."""
    place, colon, name = split_text(text)[0].rpartition(":")
    if not colon or not name.isidentifier() or os.path.lexists(text):
        return False
    if place.endswith(".py"):
        return os.path.isfile(place)
    # FFmpeg's protocols look like modules.
    return all(part.isidentifier() for part in place.split(".")) and find_spec(place.split(".")[0]) is not None


def make_run_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments that an `Engine` and a `Batch` have in common.

    Args:
        options: The parsed arguments.

    Raises:
        ArgumentError: If an argument cannot be used.
    """
    return {
        "flip_view": options.flip_view,
        "output_extension": options.output_extension,
        "start_video_frame": options.start_video_frame,
        "end_video_frame": options.end_video_frame,
        "start": options.start,
        "end": options.end,
        "break_on_end": options.break_on_end,
        "cut": options.cut,
        "encoding": Encoding(options.codec, options.preset, options.crf, options.bitrate),
        "audio": options.audio,
        "progress": False if options.quiet else options.progress,
        "object_timeout": options.object_timeout,
    }


def make_camera_options(options: argparse.Namespace) -> CameraOptions:
    """Return how a camera is opened.

    Raises:
        ArgumentError: If an argument cannot be used.
    """
    return CameraOptions(
        timeout=options.camera_timeout,
        size=options.camera_size,
        fps=options.camera_fps,
        reconnect=options.camera_reconnect,
        live=options.camera_live,
        microphone=options.camera_microphone,
    )


def parse_input(text: str, camera: CameraOptions | None = None) -> dict[str, Any]:
    """Return which of the engine's inputs a text names.

    Args:
        text: The argument INPUT.
        camera: Whether an address is live; a server that must be asked is asked only if this is given.

    Returns:
        `image_path`, `video_path` or `webcam_id`, and its value.

    Raises:
        ArgumentError: If the text is empty, or an address that is none.

    Example:
        >>> parse_input("me.jpg"), parse_input("0"), parse_input("rtsp://host/stream")
        ({'image_path': 'me.jpg'}, {'webcam_id': 0}, {'webcam_id': 'rtsp://host/stream'})
    """
    if not text:  # An unset variable in a script must not turn the webcam on.
        raise ArgumentError("INPUT is empty: give an image, a video, a URL or a camera number")
    if text.isdecimal():
        return {"webcam_id": int(text)}
    arguments = {"image": "image_path", "camera": "webcam_id"}
    try:
        kind = guess_kind(text) if camera is None else find_kind(text, camera)
    except ValueError as error:
        if isinstance(error, FramechainError):
            raise
        raise ArgumentError(f"INPUT {text} is no address that can be read: {error}") from error
    return {arguments.get(kind or "", "video_path"): text}


def list_object_keys() -> list[tuple[str, str]]:
    """Return the keys that the objects made here use in the window.

    Returns:
        (key, what it does) for each.
    """
    reference, learning = mattes.ReferenceFrame.keys, mattes.MOG2.keys
    return [
        *VIEW_KEYS.items(),
        *((key, f"{does}; other backgrounds: {EDGE_KEYS[key]}") for key, does in Blur.keys.items()),
        *((key, f"{does} (--background FOLDER)") for key, does in Gallery.keys.items()),
        *((key, f"{does} (--matte reference)") for key, does in reference.items()),
        *((key, f"{does} (--matte mog2, knn, running-average)") for key, does in learning.items()),
    ]


def _describe_matte(options: argparse.Namespace) -> Call:
    if options.matte in MATTES:
        return MATTES[options.matte](options)
    return Builder("--matte").describe("mattes", options.matte)


def describe_background(options: argparse.Namespace) -> Call:
    """Return the call that makes the background.

    Args:
        options: The parsed arguments.

    Raises:
        FramechainError: If `--background` or `--blur` cannot be used.
    """
    Blur(options.blur)  # A wrong value is an error even if the blur is not used.
    if is_entry("backgrounds", options.background):
        return Builder("--background").describe("backgrounds", options.background)
    return plugin_backgrounds.describe_background(
        options.background, kernel=options.blur, fit=options.fit, argument="--background"
    )


def _parse_region(text: str | None) -> tuple[int, int, int, int] | None:
    if text is None:
        return None
    try:
        left, top, right, bottom = (int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentError(f"--roi {text} is not a region: write LEFT,TOP,RIGHT,BOTTOM in pixels") from None
    return left, top, right, bottom


def _check_model_file(path: str | None) -> str:
    if path is None:
        raise ArgumentError("--matte onnx needs a model of yours: add --model-file FILE.onnx")
    return path
