"""The tutorial's way to replace a background, rewritten for a comparison with the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from framechain.media.native_messages import hide_native_messages

KERNEL = (45, 45)
THRESHOLD = 0.3
COLOUR = (0, 255, 0)


class FrameCounter:
    """The tutorial's `FPSmetric`: the mean rate of the last 30 frames, drawn in large numerals on the image."""

    def __init__(self) -> None:
        """Begin without frames."""
        self._times: list[float] = []
        self._last = time.perf_counter()

    def __call__(self, frame: Any) -> Any:
        """Count a frame and draw the rate on it, uint8 (H, W, 3) BGR, in place."""
        now = time.perf_counter()
        self._times.append(now - self._last)
        self._last = now
        if len(self._times) > 30:
            self._times.pop(0)
        rate = f"{1 / np.average(self._times):.0f}"
        return cv2.putText(frame, rate, (7, 70), cv2.FONT_HERSHEY_SIMPLEX, 3, (100, 255, 0), 3, cv2.LINE_AA)


def run(
    clip: str,
    output: str,
    limit: int,
    *,
    background: str,
    image: str,
    prepared: bool = False,
    counter: Callable[[Any], Any] | None = None,
) -> int:
    """Process a clip as the tutorial does: one loop, everything at full size, no audio.

    The model gets frames as OpenCV gives them, BGR at full size, and the task scales the mask to that size. The
    background is made for each frame: an image is resized, a colour is multiplied into an array of 64-bit integers,
    and each of them, the blur too, passes through `cv2.resize` once more.

    Args:
        clip: The input.
        output: The .mp4 file to write, as mp4v.
        limit: The largest number of frames.
        background: "blur", "image" or "colour".
        image: The path of the background image.
        prepared: Make image and colour once, as uint8 of the frame's size, and do not resize them again.
        counter: Draws on each result, as `FrameCounter` does.

    Returns:
        How many frames were processed.

    Raises:
        OSError: If OpenCV cannot write the output or read the image.
    """
    capture = cv2.VideoCapture(clip)
    width, height = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    rate = int(capture.get(cv2.CAP_PROP_FPS))
    writer = cv2.VideoWriter(output, cv2.VideoWriter.fourcc(*"mp4v"), rate, (width, height))
    if not writer.isOpened():
        raise OSError(f"OpenCV cannot write mp4v of {width}x{height} at {rate} frames per second")
    render = _make_background(background, image)
    if prepared:
        render = _prepare(background, render, width, height)
    count = 0
    with make_segmenter() as segmenter:
        while count < limit:
            found, frame = capture.read()
            if not found:
                break
            result = segmenter.segment(make_image(frame))
            mask = result.confidence_masks[0].numpy_view().reshape(height, width)
            condition = np.stack((mask,) * 3, axis=-1) > THRESHOLD
            back = render(frame)
            if not prepared:
                back = cv2.resize(back, (frame.shape[1], frame.shape[0]))
            composite = np.where(condition, frame, back).astype(np.uint8)
            writer.write(composite if counter is None else counter(composite))
            count += 1
    writer.release()
    capture.release()
    return count


def _make_background(kind: str, image: str) -> Callable[[Any], Any]:
    """Return a function from a frame to its background."""
    if kind == "blur":
        return lambda frame: cv2.GaussianBlur(frame, KERNEL, 0)
    if kind == "colour":
        return lambda frame: np.ones(frame.shape, np.uint8)[..., :] * COLOUR
    pixels = cv2.imread(image)
    if pixels is None:
        raise OSError(f"cannot read {image}")
    return lambda frame: cv2.resize(pixels, (frame.shape[1], frame.shape[0]))


def _prepare(kind: str, render: Callable[[Any], Any], width: int, height: int) -> Callable[[Any], Any]:
    """Return the same function, but a background that does not depend on the frame is made once."""
    if kind == "blur":
        return render
    still = render(np.zeros((height, width, 3), np.uint8)).astype(np.uint8)
    return lambda _: still


def make_segmenter() -> Any:
    """Return MediaPipe's segmenter with the landscape model, ready to run."""
    # Imported here, as it takes long, and --help need not wait for it.
    from mediapipe.tasks import python as tasks
    from mediapipe.tasks.python import vision

    model = Path(__file__).resolve().parent / "models" / "selfie_segmentation_landscape.tflite"
    options = vision.ImageSegmenterOptions(
        base_options=tasks.BaseOptions(model_asset_buffer=model.read_bytes()),
        running_mode=vision.RunningMode.IMAGE,
        output_confidence_masks=True,
    )
    with hide_native_messages(""):  # MediaPipe prints messages at the start and at the first inference.
        segmenter = vision.ImageSegmenter.create_from_options(options)
        segmenter.segment(make_image(np.zeros((144, 256, 3), np.uint8)))
    return segmenter


def make_image(pixels: Any) -> Any:
    """Return an array as MediaPipe's image."""
    import mediapipe

    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels)
