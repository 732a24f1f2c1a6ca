"""Make the sample files of this folder from images that Python packages carry.

Writes ``portrait.jpg``, ``clip.mp4`` and ``background.jpg`` beside this script; README.md there says
what they are and whom to credit. Run it from the repository's root::

    pip install opencv-python av numpy mediapipe scikit-image scikit-learn
    python samples/make_samples.py

Everything is seeded: on one machine with the same package versions the files come out the same, byte
for byte.
"""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2  # before av: both bring an FFmpeg of their own, and cv2's must be loaded first

# isort: split
import av
import mediapipe as mp  # type: ignore[import-untyped,unused-ignore]
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation
from mediapipe.tasks.python import BaseOptions, vision  # type: ignore[import-untyped,unused-ignore]

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

HERE = Path(__file__).resolve().parent
MODEL = HERE.parent / "framechain" / "assets" / "selfie_segmentation.tflite"
WIDTH, HEIGHT = 640, 360
FRAMES = 150
TIME_BASE = Fraction(1, 30000)
FRAME_TICKS = 1001  # one frame lasts 1001/30000 s, which makes 29.97 frames a second
SAMPLE_RATE = 48000
SEED = 20240229

# Where the astronaut stands in the clip: this point of her photograph sits on the frame's bottom edge, this
# much enlarged. Below it lies the helmet, which the photograph's right border would cut off.
FOOT_X, FOOT_Y = 205.0, 334.0
SCALE = 1.04


def load_rgb(image: Any) -> Bytes:
    """Return an image of a package as an RGB array of bytes."""
    return np.ascontiguousarray(image, dtype=np.uint8)[..., :3]


def to_bytes(picture: npt.NDArray[Any]) -> Bytes:
    """Round an image of values around 0 to 255 to bytes."""
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)


def person_confidence(rgb: Bytes, model: Path) -> Floats:
    """Return how sure the segmentation model is (0 to 1) that each pixel shows a person."""
    options = vision.ImageSegmenterOptions(
        base_options=BaseOptions(model_asset_path=str(model)), output_confidence_masks=True
    )
    small = np.ascontiguousarray(cv2.resize(rgb, (256, 256), interpolation=cv2.INTER_AREA))
    with vision.ImageSegmenter.create_from_options(options) as segmenter:
        result = segmenter.segment(mp.Image(image_format=mp.ImageFormat.SRGB, data=small))
        mask = result.confidence_masks[0].numpy_view().reshape(256, 256).copy()
    large = cv2.resize(mask, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(large, 0, 1), dtype=np.float32)


def cut_out(rgb: Bytes, model: Path) -> Floats:
    """Cut the astronaut out of her photograph.

    The model says roughly where she is, GrabCut finds the edge from the colours there, and the edge's
    pixels get the colour of the person just inside, so that no rim of the old backdrop remains.

    Args:
        rgb: The astronaut's photograph.
        model: The segmentation model's file.

    Returns:
        Four channels from 0 to 1: red, green and blue, already multiplied by alpha, then alpha.
    """
    sure = person_confidence(rgb, model)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (25, 25))
    hints = np.where(sure > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    hints[cv2.erode((sure > 0.9).astype(np.uint8), disc) > 0] = cv2.GC_FGD
    hints[cv2.dilate((sure > 0.1).astype(np.uint8), disc) == 0] = cv2.GC_BGD
    hints[:, :16] = cv2.GC_BGD  # the flag: its red is that of the suit
    cv2.ellipse(hints, (211, 220), (101, 58), 30, 0, 360, cv2.GC_FGD, cv2.FILLED)  # the grey collar
    cv2.setRNGSeed(SEED)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), hints, (0, 0, 1, 1), *models, 6, cv2.GC_INIT_WITH_MASK)
    kept = ((hints == cv2.GC_FGD) | (hints == cv2.GC_PR_FGD)).astype(np.uint8)
    outlines, _ = cv2.findContours(kept, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    solid = np.zeros_like(kept)
    cv2.drawContours(solid, [max(outlines, key=cv2.contourArea)], -1, 1, cv2.FILLED)

    soft = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 1.4)
    alpha = np.clip((soft - 0.35) / 0.6, 0, 1)[..., None]
    inside = cv2.erode(solid, np.ones((5, 5), np.uint8)).astype(np.float32)[..., None]
    colour = rgb.astype(np.float32) / 255
    weight = cv2.GaussianBlur(inside, (0, 0), 2.0)[..., None]
    spread = cv2.GaussianBlur(colour * inside, (0, 0), 2.0) / np.maximum(weight, 1e-4)
    colour = np.where(inside > 0, colour, spread)
    return np.asarray(np.concatenate([colour * alpha, alpha], axis=2), dtype=np.float32)


def pose(person: Floats, seconds: float) -> Floats:
    """Draw the person into an empty frame as she stands at one moment.

    She wanders left and right, leans (more at the head than at the waist), breathes, and moves a little
    nearer and farther; her waist always stays below the frame's bottom edge.
    """
    turn = 2 * np.pi * seconds
    wander = 34 * np.sin(turn / 5.0) + 7 * np.sin(turn / 1.9 + 1.0)
    lean = 9 * np.sin(turn / 2.7 + 0.6)
    scale = SCALE * (1 + 0.012 * np.sin(turn / 4.1))
    breath = 1 + 0.006 * np.sin(turn / 2.9)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    height = (HEIGHT - y) / HEIGHT  # 0 at the bottom edge, 1 at the top
    source_x = (x - 370 - wander - lean * height**2) / scale + FOOT_X
    source_y = (y - HEIGHT) / (scale * breath) + FOOT_Y
    maps = source_x.astype(np.float32), source_y.astype(np.float32)
    drawn = cv2.remap(person, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(np.clip(drawn, 0, 1), dtype=np.float32)


def make_sound() -> Floats:
    """Synthesise the clip's audio: two rows (left, right) of samples.

    Each second has its own soft chord and starts with a short beep (1000 Hz at 0 s, 1200 Hz at 1 s, and
    so on); the chord leans to the left in even seconds and to the right in odd ones.
    """
    count = round(FRAMES * FRAME_TICKS * TIME_BASE * SAMPLE_RATE)
    sound = np.zeros((2, count))
    roots = (261.63, 329.63, 392.0, 440.0, 523.25)  # C4 E4 G4 A4 C5
    for second, root in enumerate(roots):
        time = np.arange(min(SAMPLE_RATE, count - second * SAMPLE_RATE)) / SAMPLE_RATE
        chord = sum(np.sin(2 * np.pi * root * k * time) / k**2 for k in (1, 1.5, 2))
        chord *= np.minimum(1, time / 0.08) * np.minimum(1, (1 - time) / 0.12) * np.exp(-0.9 * time)
        beep = np.sin(2 * np.pi * (1000 + 200 * second) * time)
        beep *= np.minimum(1, time / 0.001) * np.clip((0.06 - time) / 0.02, 0, 1)
        left = 0.6 if second % 2 == 0 else 0.4
        here = slice(second * SAMPLE_RATE, second * SAMPLE_RATE + time.size)
        sound[0, here] = left * chord + 0.7 * beep
        sound[1, here] = (1 - left) * chord + 0.7 * beep
    sound *= 10 ** (-18 / 20) / np.sqrt(np.mean(sound**2))
    return sound.astype(np.float32)


def make_background() -> Bytes:
    """Paint misty ridges under an evening sky (RGB, 1280x720)."""
    width, height = 1280, 720
    rng = np.random.default_rng(SEED)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    stops = np.array([[58, 84, 138], [146, 142, 176], [238, 178, 150], [255, 214, 160]], np.float32)
    at = np.clip(y / 470, 0, 1) * 3
    sky = np.stack([np.interp(at, range(4), stops[:, c]) for c in range(3)], axis=2)
    away = np.hypot(x - 930, y - 330)
    glow = np.exp(-away / 190)[..., None] * 0.75 + np.clip(36 - away, 0, 1)[..., None]
    picture = sky + (np.array([255, 244, 214]) - sky) * np.clip(glow, 0, 1)
    layers = 6
    for layer in range(layers):
        near = layer / (layers - 1)
        ridge = np.zeros(width)
        for octave in range(1, 9):
            knots = rng.uniform(-1, 1, 2**octave + 2)
            places = np.linspace(0, knots.size - 1.001, width)
            base = places.astype(int)
            ease = (1 - np.cos(np.pi * (places - base))) / 2
            ridge += (knots[base] * (1 - ease) + knots[base + 1] * ease) * (70 - 20 * near) / 1.9**octave
        top = 350 + 290 * near**1.15 + ridge
        colour = np.array([214, 168, 160]) * (1 - near) + np.array([24, 36, 58]) * near
        mist = np.clip((y - top) / 220, 0, 1)[..., None] * 0.45 * (1 - near)
        body = colour * (1 - mist) + np.array([255, 222, 190]) * mist
        cover = np.clip(y - top + 0.5, 0, 1)[..., None]
        picture = picture * (1 - cover) + body * cover
    picture += rng.normal(0, 1.2, (height, width, 1))  # keeps the smooth sky from banding
    return to_bytes(picture)


def write_clip(path: Path, person: Floats, backdrop: Bytes) -> None:
    """Write the clip: the moving person in front of the still backdrop, with the audio."""
    rng = np.random.default_rng(SEED)
    still = backdrop.astype(np.float32) / 255
    with av.open(str(path), "w", options={"movflags": "+faststart", "video_track_timescale": "30000"}) as out:
        video = out.add_stream("libx264", rate=1 / (FRAME_TICKS * TIME_BASE))
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"crf": "21", "preset": "slow", "threads": "1"}
        context = video.codec_context
        context.time_base = TIME_BASE
        context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        audio = out.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", bit_rate=96000)
        for index in range(FRAMES):
            layer = pose(person, float(index * FRAME_TICKS * TIME_BASE))
            picture = layer[..., :3] + still * (1 - layer[..., 3:])
            picture += rng.normal(0, 1.6 / 255, (HEIGHT, WIDTH, 1))  # a sensor's noise
            frame = av.VideoFrame.from_ndarray(to_bytes(picture * 255), format="rgb24").reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG, dst_color_trc=ColorTrc.BT709,
                dst_color_primaries=ColorPrimaries.BT709,
                interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND, threads=1,
            )  # fmt: skip
            frame.pts, frame.time_base = index * FRAME_TICKS, TIME_BASE
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        block = av.AudioFrame.from_ndarray(make_sound(), format="fltp", layout="stereo")
        block.sample_rate, block.pts, block.time_base = SAMPLE_RATE, 0, Fraction(1, SAMPLE_RATE)
        out.mux(audio.encode(block))
        out.mux(audio.encode(None))


def write_jpeg(path: Path, rgb: Bytes, quality: int) -> None:
    """Write an RGB image as a JPEG file."""
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
    if not cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), settings):
        raise OSError(f"could not write {path}")


def main() -> None:
    """Make all three files, or stop with one sentence that says what is missing."""
    parser = argparse.ArgumentParser(description="Make the sample files beside this script.")
    parser.add_argument("--model", type=Path, default=MODEL, help="the selfie segmentation model (.tflite)")
    model: Path = parser.parse_args().model
    if not model.is_file():
        sys.exit(f"error: the segmentation model {model} is not there; give its place with --model.")
    try:
        import skimage.data  # type: ignore[import-untyped,unused-ignore]
        import sklearn.datasets  # type: ignore[import-untyped,unused-ignore]
    except ImportError as error:
        sys.exit(f"error: {error}; install scikit-image and scikit-learn, which carry the images.")
    try:
        portrait = load_rgb(skimage.data.astronaut())  # type: ignore[no-untyped-call,unused-ignore]
        china = load_rgb(sklearn.datasets.load_sample_image("china.jpg"))
        write_jpeg(HERE / "portrait.jpg", portrait, 92)
        write_jpeg(HERE / "background.jpg", make_background(), 88)
        write_clip(HERE / "clip.mp4", cut_out(portrait, model), china[16 : 16 + HEIGHT, :WIDTH])
    except (OSError, RuntimeError, ValueError, av.FFmpegError) as error:
        sys.exit(f"error: the sample files could not be made: {error}")
    for name in ("portrait.jpg", "clip.mp4", "background.jpg"):
        print(f"{name}: {(HERE / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
