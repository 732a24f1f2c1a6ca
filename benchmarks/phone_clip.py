"""What tools do to a clip from a phone: stored sideways with a rotation, frames at irregular times, with sound.

    python benchmarks/phone_clip.py

The clip is made here: 120 upright frames of 360x640, stored as 640x360 with the rotation that phones write, 30 frames a
second with every third frame 17 ms late and a pause of half a second, and the sample's sound. Each frame carries its
number as black and white squares, so that the output's frames are known again. Each tool passes the clip through an
empty chain; deface looks for faces and replaces them with "none". These packages take part if they are installed; the
project does not need them:

    pip install moviepy vidgear supervision deface onnxruntime

Printed: the size of the output's frames as a player shows them and whether they are upright, how many of the frames are
there, how many come twice, the largest difference between a frame's time in the source and in the output, and the
sound. Times are those of the frame's first appearance.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import measure
import transcode

# isort: split
import cv2
import numpy as np
from numpy.typing import NDArray

from framechain import open_source
from framechain.options import DEFAULT_PRESET
from framechain.pixels.pyav import av

FRAMES, WIDTH, HEIGHT, RATE = 120, 360, 640, 30
_BITS, _SQUARE = 8, 24
_TICKS = Fraction(1, 600)
# In ticks: every third frame is late by 17 ms, and nothing is recorded for half a second after frame 60.
TIMES = [20 * number + (10 if number % 3 == 2 else 0) + (300 if number > 60 else 0) for number in range(FRAMES)]


def deface(job: transcode.Job) -> None:
    """Run deface's command; it keeps the audio on request."""
    command = [sys.executable, "-m", "deface.deface", job.clip, "--output", job.output]
    subprocess.run([*command, "--replacewith", "none", "--keep-audio"], check=True, capture_output=True)


TOOLS = {name: work for name, work in (transcode.H264 | transcode.OTHER).items() if name != "ffmpeg"} | {
    "deface": deface
}


def draw_number(image: NDArray[np.uint8], number: int) -> None:
    """Draw a number as squares along the top of an upright image: white is 1, the highest bit is on the left."""
    image[: 2 * _SQUARE, : (_BITS + 2) * _SQUARE] = 0
    for bit in range(_BITS):
        if number >> (_BITS - 1 - bit) & 1:
            left = (bit + 1) * _SQUARE
            image[_SQUARE // 2 : _SQUARE * 3 // 2, left : left + _SQUARE] = 255


def read_number(image: NDArray[Any]) -> int | None:
    """Return the number that an upright image of the clip's size carries, or None if the squares are not there."""
    row = image[_SQUARE, :, 1].astype(int)
    levels = [row[(bit + 1) * _SQUARE + _SQUARE // 2] for bit in range(_BITS)]
    if row[_SQUARE // 2] > 64 or any(64 < level < 192 for level in levels):
        return None
    return sum(1 << (_BITS - 1 - bit) for bit, level in enumerate(levels) if level >= 192)


def make_clip(path: Path) -> str:
    """Write the clip and return its path."""
    with av.open(str(measure.SAMPLE)) as source, av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=RATE, options={"crf": "16"})
        context = video.codec_context
        context.width, context.height, context.pix_fmt = HEIGHT, WIDTH, "yuv420p"
        context.time_base = video.time_base = _TICKS
        # A player turns the stored frames by 90 degrees clockwise.
        video.set_display_rotation(-90)
        sound = container.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = sound
                container.mux(packet)
        for number, image in zip(range(FRAMES), _repeat_sample(), strict=False):
            draw_number(image, number)
            stored: Any = cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE)
            frame = av.VideoFrame.from_ndarray(stored, format="bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = TIMES[number], _TICKS
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return str(path)


def _repeat_sample() -> Iterator[NDArray[np.uint8]]:
    """Yield upright cut-outs of the sample clip's frames, over and over."""
    while True:
        with av.open(str(measure.SAMPLE)) as container:
            for frame in container.decode(video=0):
                image = frame.to_ndarray(format="bgr24")
                height, width = image.shape[:2]
                cut = height * WIDTH // HEIGHT
                left = (width - cut) // 2
                yield cv2.resize(image[:, left : left + cut], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def turn_upright(image: NDArray[Any]) -> tuple[str, NDArray[Any]]:
    """Return what an output's image looks like, and the image made upright again."""
    if image.shape[:2] == (HEIGHT, WIDTH):
        return "upright", image
    stretched = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    if read_number(stretched) is not None:
        return "stretched", stretched
    return "sideways", cv2.resize(cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE), (WIDTH, HEIGHT))


def examine(path: str) -> str:
    """Return what became of the clip in an output, as the columns of the table."""
    first: dict[int, Fraction] = {}
    count, look = 0, ""
    with open_source(path) as source:
        size = f"{source.info.width}x{source.info.height}"
        for frame in source:
            look, image = turn_upright(frame.bgr)
            number = read_number(image)
            count += 1
            if number is not None and number < FRAMES:
                first.setdefault(number, frame.info.pts * frame.info.stream.time_base)
    late = max((abs(time - TIMES[number] * _TICKS) for number, time in first.items()), default=Fraction(0))
    return f"{size:8} {look:10} {len(first):4} of {FRAMES} {count - len(first):6} {float(1000 * late):8.0f} ms "


def compare(options: argparse.Namespace, folder: Path) -> None:
    """Print the table."""
    clip = make_clip(folder / "phone.mp4")
    with open_source(clip) as source:
        info = source.info
    names = [name for name in TOOLS if transcode.is_installed(name)]
    if importlib.util.find_spec("deface") is None:
        print("deface is not installed: left out")
        names.remove("deface")
    print(transcode.describe_versions(names))
    print("\nwith        size     looks      frames       twice  time off  sound")
    for name in names:
        output = folder / f"{name.replace(' ', '_')}.mp4"
        TOOLS[name](transcode.Job(clip, info, str(output), DEFAULT_PRESET))
        print(f"{name:11} {examine(str(output))} {transcode.compare_audio(clip, str(output))}", flush=True)


def main() -> None:
    """Parse the command line and compare."""
    parser = argparse.ArgumentParser(description="What tools do to a clip from a phone.")
    options = parser.parse_args()
    options.rounds = 1
    measure.run_benchmark(options, compare)


if __name__ == "__main__":
    main()
