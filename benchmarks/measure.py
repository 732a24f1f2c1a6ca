"""What the benchmarks share: clips to measure with, clocks, taking turns, the command line's common part."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import metadata
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

import cv2  # noqa: E402
import recipe  # noqa: E402

from framechain import Engine, Frame, FramechainError, MPSegmentation, __version__  # noqa: E402
from framechain.frame import StreamInfo  # noqa: E402
from framechain.options import Encoding  # noqa: E402
from framechain.pixels.pyav import av  # noqa: E402
from framechain.sinks.video_file import VideoFile  # noqa: E402
from framechain.sources.video import VideoSource  # noqa: E402

SAMPLE = ROOT / "samples" / "clip.mp4"
PICTURE = str(ROOT / "samples" / "background.jpg")
BACKGROUNDS = ("blur", "picture", "colour")
WIDTHS = {720: 1280, 1080: 1920}
RATE, SAMPLE_RATE = Fraction(30000, 1001), 48000
# Consecutive frames that the stages are tried on one by one: few enough to hold in memory at 1080p.
HELD = 32

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Run:
    """One pass over a clip.

    Attributes:
        frames: How many frames were written.
        seconds: By the wall clock.
        cpu: Seconds of all cores together, of programs that were started too.
        megabytes: The output's size.
    """

    frames: int
    seconds: float
    cpu: float
    megabytes: float

    @property
    def rate(self) -> float:
        """Frames per second."""
        return self.frames / self.seconds

    @property
    def wall_ms(self) -> float:
        """Milliseconds per frame by the wall clock."""
        return 1000 * self.seconds / self.frames

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU time per frame."""
        return 1000 * self.cpu / self.frames


# The clips


def make_clip(path: Path, width: int, height: int, frames: int) -> None:
    """Write the sample clip, enlarged and repeated, as H.264 with AAC sound.

    Args:
        path: The file to write.
        width: Pixels across.
        height: Pixels down.
        frames: How many frames.
    """
    step, sound, samples = 1 / RATE, repeated("audio"), 0
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=RATE, options={"crf": "20"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        audio = out.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        for index, picture in enumerate(islice(repeated("video"), frames)):
            large = picture.reformat(width, height, "yuv420p", interpolation="BICUBIC")
            large.pts, large.time_base, large.pict_type = index, step, 0
            out.mux(video.encode(large))
            while samples < (index + 1) * step * SAMPLE_RATE:
                block = next(sound)
                block.pts, block.time_base = samples, Fraction(1, SAMPLE_RATE)
                samples += block.samples
                out.mux(audio.encode(block))
        out.mux(video.encode(None))
        out.mux(audio.encode(None))


def repeated(kind: str) -> Iterator[Any]:
    """Decode the sample clip's pictures ("video") or sound ("audio") over and over."""
    while True:
        with av.open(str(SAMPLE)) as container:
            yield from container.decode(**{kind: 0})


def clips(options: argparse.Namespace, folder: Path, sizes: Iterable[int] = WIDTHS) -> Iterator[tuple[str, StreamInfo]]:
    """The clips to measure with, made where they are not the user's own.

    Args:
        options: What `common_options` added: clip, size, frames.
        folder: Where to make them.
        sizes: The heights if none is asked for.

    Yields:
        Path and stream.
    """
    for path in options.clip:
        yield described(path)
    for height in options.size or ([] if options.clip else sizes):
        path = folder / f"clip{height}.mp4"
        make_clip(path, WIDTHS[height], height, options.frames)
        yield described(str(path))
        path.unlink()


def described(path: str) -> tuple[str, StreamInfo]:
    """A clip and what is known of it."""
    with VideoSource(path) as source:
        return path, source.info


def held_frames(clip: str, count: int) -> list[Frame]:
    """A clip's first frames in memory, as they come from the decoder."""
    with VideoSource(clip) as source:
        return list(islice(source, count))


# The engine, whole and in part


def segmentation(background: str, quality: str = "fast") -> MPSegmentation:
    """The object that does what `recipe.run` does.

    Args:
        background: "blur", "picture" or "colour".
        quality: As in `MPSegmentation`; "fast" runs the landscape model once for a frame, as the recipe does.

    Returns:
        It.
    """
    behind: dict[str, dict[str, Any]] = {
        "blur": {},
        "picture": {"bg_image": PICTURE},
        "colour": {"bg_color": recipe.COLOUR},
    }
    return MPSegmentation(
        bg_blur_ratio=recipe.KERNEL, threshold=recipe.THRESHOLD, quality=quality, **behind[background]
    )


def run_chain(clip: str, output: str, limit: int, objects: Iterable[Callable[..., Any]]) -> int:
    """Pass a clip's first frames through objects with the engine: H.264 and sound.

    Args:
        clip: The input.
        output: The file to write.
        limit: How many frames to process at most.
        objects: The chain.

    Returns:
        How many frames were written.
    """
    engine = Engine(
        video_path=clip,
        custom_objects=objects,
        output_path=output,
        end_video_frame=limit - 1,
        break_on_end=True,
        progress=False,
    )
    return engine.run().frames_written


def encode(frames: list[Frame], output: str, encoding: Encoding | None = None) -> int:
    """Write frames as the engine does, without sound; how many there were."""
    file = VideoFile(output, frames[0].info.stream, encoding=encoding)
    for frame in frames:
        file.write(frame)
    file.finish(cut_audio=False)
    return len(frames)


# Clocks


def cpu_seconds() -> float:
    """CPU time so far of this process, all threads, and of the ended programs that it started."""
    programs = os.times()
    # Its own count is finer than the hundredths of a second of os.times.
    return time.process_time() + programs.children_user + programs.children_system


def timed(work: Callable[[str], int], output: Path) -> Run:
    """Do work once that writes a file.

    Args:
        work: Given the file's path, returns its number of frames.
        output: The file.

    Returns:
        What it took.
    """
    output.unlink(missing_ok=True)
    started, cpu = time.perf_counter(), cpu_seconds()
    frames = work(str(output))
    return Run(frames, time.perf_counter() - started, cpu_seconds() - cpu, output.stat().st_size / 1e6)


def in_turns(
    works: Mapping[Key, Callable[[], Result]], rounds: int, *, warm_up: bool = True
) -> dict[Key, list[Result]]:
    """Let several kinds of work take turns, so that a machine that slows down slows all of them.

    Args:
        works: By name.
        rounds: How many rounds count.
        warm_up: Whether there is one before them that does not.

    Returns:
        The results of each, in the order of the rounds.
    """
    told: dict[Key, list[Result]] = {name: [] for name in works}
    for _ in range(warm_up + rounds):
        for name, work in works.items():
            told[name].append(work())
    return {name: results[int(warm_up) :] for name, results in told.items()}


def cpu_milliseconds(work: Callable[[], int], rounds: int) -> float:
    """The median CPU time per frame, of all threads together, of work that returns its number of frames."""
    times = []
    for _ in range(1 + rounds):
        started = time.process_time()
        frames = work()
        times.append(1000 * (time.process_time() - started) / frames)
    return median(times[1:])


def each(function: Callable[..., object], *arguments: Iterable[Any]) -> Callable[[], int]:
    """Work that calls a function for every frame."""
    calls = list(zip(*arguments, strict=True))

    def work() -> int:
        for call in calls:
            function(*call)
        return len(calls)

    return work


def python(*arguments: str) -> str:
    """Run this Python once more, on this checkout.

    Args:
        arguments: Its command line.

    Returns:
        What it printed.

    Raises:
        OSError: If it failed: with the last line of its complaint.
    """
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"python {arguments[0]} failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return done.stdout


# The command line


def common_options(parser: argparse.ArgumentParser, *, rounds: int = 5, frames: int = 300) -> None:
    """Add the arguments that the benchmarks with clips have in common.

    Args:
        parser: The command line.
        rounds: The default for --rounds.
        frames: The default for --frames.
    """
    add = parser.add_argument
    add("--rounds", type=at_least(1), default=rounds, help=f"rounds that count (default {rounds}); one before does not")
    add("--frames", type=at_least(2), default=frames, help=f"frames of each clip, at most (default {frames})")
    add("--size", type=int, choices=list(WIDTHS), action="append", help="height of the clip made, repeatable")
    add("--clip", default=[], action="append", metavar="FILE", help="a clip of your own, repeatable; none is made then")


def at_least(least: int) -> Callable[[str], int]:
    """What argparse makes a whole number of, if it is large enough."""

    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}, got {value}")
        return value

    return number


def tell_machine(rounds: int) -> None:
    """Say on what is measured."""
    print(
        f"{cv2.getNumberOfCPUs()} cores, Python {platform.python_version()}, OpenCV {cv2.__version__}, MediaPipe "
        f"{metadata.version('mediapipe')}, PyAV {av.__version__}, framechain {__version__}; rounds: {rounds}\n"
    )


def measured(options: argparse.Namespace, work: Callable[[argparse.Namespace, Path], None]) -> None:
    """Say on what is measured, then measure, with a folder for the files; a failure is one line.

    Args:
        options: The command line.
        work: Given it and the folder.
    """
    tell_machine(options.rounds)
    try:
        with tempfile.TemporaryDirectory() as folder:
            work(options, Path(folder))
    except (FramechainError, OSError, av.FFmpegError) as error:
        sys.exit(f"error: {error}")
