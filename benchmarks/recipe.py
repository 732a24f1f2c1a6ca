"""The tutorial's way to change what is behind a person, written afresh: what the engine is measured against."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

import cv2
import numpy as np

from framechain.media.native_messages import hide_native_messages

KERNEL = (45, 45)
THRESHOLD = 0.3
COLOUR = (0, 255, 0)


def run(clip: str, output: str, limit: int, *, background: str, picture: str, prepared: bool = False) -> int:
    """Process a clip as the tutorial does: one loop, everything at full size, no sound.

    Frames go to the model as they come from OpenCV, BGR and full size, and the task brings the mask back to that
    size. The background is made anew for every frame: a picture is resized, a colour multiplied into an array of
    64-bit integers, and all of them, the blur too, pass through `cv2.resize` once more.

    Args:
        clip: The input.
        output: An .mp4 file to write, as mp4v.
        limit: How many frames to process at most.
        background: "blur", "picture" or "colour".
        picture: The picture's path.
        prepared: Be kinder than the tutorial: bring picture and colour to bytes of the frame's size once, and do
            not resize what has that size already.

    Returns:
        How many frames were processed.

    Raises:
        OSError: If OpenCV cannot write the output or read the picture.
    """
    capture = cv2.VideoCapture(clip)
    width, height = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    rate = int(capture.get(cv2.CAP_PROP_FPS))
    writer = cv2.VideoWriter(output, cv2.VideoWriter.fourcc(*"mp4v"), rate, (width, height))
    if not writer.isOpened():
        raise OSError(f"OpenCV cannot write mp4v of {width}x{height} at {rate} frames per second")
    behind = _background(background, picture)
    if prepared:
        behind = _prepared(background, behind, width, height)
    count = 0
    with _segmenter() as segmenter:
        while count < limit:
            found, frame = capture.read()
            if not found:
                break
            result = segmenter.segment(_image(frame))
            mask = result.confidence_masks[0].numpy_view().reshape(height, width)
            condition = np.stack((mask,) * 3, axis=-1) > THRESHOLD
            back = behind(frame)
            if not prepared:
                back = cv2.resize(back, (frame.shape[1], frame.shape[0]))
            writer.write(np.where(condition, frame, back).astype(np.uint8))
            count += 1
    writer.release()
    capture.release()
    return count


def _background(kind: str, picture: str) -> Callable[[Any], Any]:
    """What goes behind a frame, as a function of the frame."""
    if kind == "blur":
        return lambda frame: cv2.GaussianBlur(frame, KERNEL, 0)
    if kind == "colour":
        return lambda frame: np.ones(frame.shape, np.uint8)[..., :] * COLOUR
    pixels = cv2.imread(picture)
    if pixels is None:
        raise OSError(f"cannot read {picture}")
    return lambda frame: cv2.resize(pixels, (frame.shape[1], frame.shape[0]))


def _prepared(kind: str, behind: Callable[[Any], Any], width: int, height: int) -> Callable[[Any], Any]:
    """The same, but what is the same for every frame is made once."""
    if kind == "blur":
        return behind
    still = behind(np.zeros((height, width, 3), np.uint8)).astype(np.uint8)
    return lambda _: still


def _segmenter() -> Any:
    """MediaPipe's landscape model, ready to run."""
    # Here, as it takes long, and who asks a benchmark for --help need not wait for it.
    from mediapipe.tasks import python as tasks
    from mediapipe.tasks.python import vision

    model = resources.files("framechain") / "assets" / "selfie_segmentation_landscape.tflite"
    options = vision.ImageSegmenterOptions(
        base_options=tasks.BaseOptions(model_asset_buffer=model.read_bytes()),
        running_mode=vision.RunningMode.IMAGE,
        output_confidence_masks=True,
    )
    with hide_native_messages(""):  # MediaPipe tells about itself when it is made, and again at the first inference.
        segmenter = vision.ImageSegmenter.create_from_options(options)
        segmenter.segment(_image(np.zeros((144, 256, 3), np.uint8)))
    return segmenter


def _image(pixels: Any) -> Any:
    import mediapipe

    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels)
