"""What the command line's arguments ask for, as objects of the chain."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any

from .. import mattes
from ..backgrounds import Blur, Color, Gallery, Picture, Transparent, Video
from ..contracts import Background, Matte
from ..errors import ArgumentError
from ..files.paths import is_video
from ..objects.overlays import FPSmetric
from ..objects.replacement import BackgroundReplacement
from ..objects.replacement_controls import EDGE_KEYS, VIEW_KEYS

Part = Callable[[argparse.Namespace], Callable[..., Any] | None]
"""Makes an object of the chain from the arguments, or None where they do not ask for it."""

_MODELS = {"general": 0, "landscape": 1}
MATTES: dict[str, Callable[[argparse.Namespace], Matte]] = {
    "mediapipe": lambda options: mattes.MediaPipeMatte(_MODELS[options.model], quality=options.quality),
    "reference": lambda options: mattes.ReferenceFrame(options.reference),
    "running-average": lambda options: mattes.RunningAverage(roi=_roi(options.roi)),
    "mog2": lambda options: mattes.MOG2(),
    "knn": lambda options: mattes.KNN(),
    "otsu": lambda options: mattes.OtsuThreshold(),
    "contour": lambda options: mattes.ContourFill(),
    "chroma": lambda options: mattes.ChromaKey(_colour("--key-color", options.key_color)),
    "onnx": lambda options: mattes.OnnxMatte(_model_file(options.model_file), preset=options.onnx_preset),
}
"""How each value of --matte is made."""


def replacement(options: argparse.Namespace) -> BackgroundReplacement:
    """The object that cuts out what is in front and replaces what is behind.

    Args:
        options: The parsed arguments.

    Returns:
        An object for the chain.

    Raises:
        FramechainError: If an argument cannot be used.
    """
    return BackgroundReplacement(
        MATTES[options.matte](options),
        _background(options),
        threshold=options.threshold,
        softness=options.softness,
        choke=options.choke,
        feather=options.feather,
        light_wrap=options.light_wrap,
        matte_only=options.matte_only,
    )


def frame_rate(options: argparse.Namespace) -> FPSmetric | None:
    """The frames-per-second display.

    Args:
        options: The parsed arguments.

    Returns:
        An object for the chain, or None without --fps.
    """
    return FPSmetric() if options.fps else None


def list_object_keys() -> list[tuple[str, str]]:
    """The keys that the objects made here use in the window.

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


def _background(options: argparse.Namespace) -> Background:
    blur = Blur(options.blur)  # Checked even where it is not used: a wrong value should not lie in wait.
    text: str = options.background
    if text == "blur":
        return blur
    if text == "transparent":
        return Transparent()
    if text.startswith("#"):
        return Color(_colour("--background", text))
    if os.path.isdir(text):
        return Gallery(text, fit=options.fit)
    return Video(text, fit=options.fit) if is_video(text) else Picture(text, fit=options.fit)


def _colour(option: str, text: str) -> tuple[int, int, int]:
    digits = text[1:] if len(text) == 7 else "".join(2 * digit for digit in text[1:])
    try:
        red, green, blue = bytes.fromhex(digits) if text.startswith("#") else b""
    except ValueError:
        raise ArgumentError(f"{option} {text} is no colour: write '#RRGGBB', such as '#00ff00'") from None
    return blue, green, red


def _roi(text: str | None) -> tuple[int, int, int, int] | None:
    if text is None:
        return None
    try:
        left, top, right, bottom = (int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentError(f"--roi {text} is no region: write LEFT,TOP,RIGHT,BOTTOM in pixels") from None
    return left, top, right, bottom


def _model_file(path: str | None) -> str:
    if path is None:
        raise ArgumentError("--matte onnx needs a model of yours: add --model-file FILE.onnx")
    return path
