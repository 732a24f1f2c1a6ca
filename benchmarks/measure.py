"""What the benchmarks share: clips, clocks, turns, and the common part of the command line."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

import cv2  # noqa: E402
import recipe  # noqa: E402

from framechain import Engine, Frame, FramechainError, MPSegmentation, __version__  # noqa: E402
from framechain.options import Encoding  # noqa: E402
from framechain.pixels.pyav import av  # noqa: E402
from framechain.sinks.files.video_file import VideoFile  # noqa: E402

SAMPLE = ROOT / "samples" / "clip.mp4"
BACKGROUND_IMAGE = str(ROOT / "samples" / "background.jpg")
BACKGROUNDS = ("blur", "image", "colour")
WIDTHS = {720: 1280, 1080: 1920}
# Consecutive frames on which stages are measured: few enough to hold in memory at 1080p.
HELD = 32

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Run:
    """One pass over a clip.

    Attributes:
        frames: How many frames were written.
        seconds: Wall time.
        cpu: CPU seconds of all threads and of programs that were started.
        megabytes: Size of the output.
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
        """Milliseconds of wall time per frame."""
        return 1000 * self.seconds / self.frames

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU time per frame."""
        return 1000 * self.cpu / self.frames


# The engine and its parts


def make_segmentation(background: str, quality: str = "fast") -> MPSegmentation:
    """Return the object that does what `recipe.run` does.

    Args:
        background: "blur", "image" or "colour".
        quality: As in `MPSegmentation`; "fast" runs the landscape model once per frame, as the recipe does.
    """
    arguments: dict[str, dict[str, Any]] = {
        "blur": {},
        "image": {"bg_image": BACKGROUND_IMAGE},
        "colour": {"bg_color": recipe.COLOUR},
    }
    return MPSegmentation(
        bg_blur_ratio=recipe.KERNEL, threshold=recipe.THRESHOLD, quality=quality, **arguments[background]
    )


def run_chain(clip: str, output: str, limit: int, objects: Iterable[Callable[..., Any]]) -> int:
    """Pass a clip's first frames through objects with the engine: H.264 and audio.

    Args:
        clip: The input.
        output: The file to write.
        limit: The largest number of frames.
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
    """Write frames as the engine does, without audio, and return how many there were."""
    file = VideoFile(output, frames[0].info.stream, encoding=encoding)
    for frame in frames:
        file.write(frame)
    file.finish(cut_audio=False)
    return len(frames)


# Clocks


def get_cpu_seconds() -> float:
    """Return the CPU time of this process, all threads, and of the ended programs that it started."""
    programs = os.times()
    # process_time is finer than the hundredths of a second of os.times.
    return time.process_time() + programs.children_user + programs.children_system


def time_run(work: Callable[[str], int], output: Path) -> Run:
    """Measure work that writes a file.

    Args:
        work: Takes the file's path and returns its number of frames.
        output: The file.
    """
    output.unlink(missing_ok=True)
    started, cpu = time.perf_counter(), get_cpu_seconds()
    frames = work(str(output))
    return Run(frames, time.perf_counter() - started, get_cpu_seconds() - cpu, output.stat().st_size / 1e6)


def take_turns(
    works: Mapping[Key, Callable[[], Result]], rounds: int, *, warm_up: bool = True
) -> dict[Key, list[Result]]:
    """Run several works in turn, so that a machine that slows down slows all of them.

    Args:
        works: The works by name.
        rounds: How many rounds count.
        warm_up: Whether a round that does not count comes first.

    Returns:
        The results of each work, in the order of the rounds.
    """
    results: dict[Key, list[Result]] = {name: [] for name in works}
    for _ in range(warm_up + rounds):
        for name, work in works.items():
            results[name].append(work())
    return {name: every[int(warm_up) :] for name, every in results.items()}


def measure_cpu_ms(work: Callable[[], int], rounds: int) -> float:
    """Return the median CPU time per frame, of all threads, of work that returns its number of frames."""
    times = []
    for _ in range(1 + rounds):
        started = time.process_time()
        frames = work()
        times.append(1000 * (time.process_time() - started) / frames)
    return median(times[1:])


def loop_over(function: Callable[..., object], *arguments: Iterable[Any]) -> Callable[[], int]:
    """Return work that calls a function for each frame."""
    calls = list(zip(*arguments, strict=True))

    def work() -> int:
        for call in calls:
            function(*call)
        return len(calls)

    return work


def run_python(*arguments: str) -> str:
    """Run another Python process on this checkout.

    Args:
        arguments: Its command line.

    Returns:
        Its output.

    Raises:
        OSError: If it failed; the message has the last line of its stderr.
    """
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"python {arguments[0]} failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return done.stdout


# The command line


def add_common_options(parser: argparse.ArgumentParser, *, rounds: int = 5, frames: int = 300) -> None:
    """Add the arguments that all benchmarks with clips have.

    Args:
        parser: The command line.
        rounds: The default for --rounds.
        frames: The default for --frames.
    """
    add = parser.add_argument
    add("--rounds", type=parse_at_least(1), default=rounds, help=f"rounds after the warm-up (default {rounds})")
    add("--frames", type=parse_at_least(2), default=frames, help=f"most frames of each clip (default {frames})")
    add("--size", type=int, choices=list(WIDTHS), action="append", help="height of the clip made, repeatable")
    add("--clip", default=[], action="append", metavar="FILE", help="a clip of your own instead, repeatable")


def parse_at_least(least: int) -> Callable[[str], int]:
    """Return a parser of integers for argparse that refuses small ones."""

    def parse(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}, got {value}")
        return value

    return parse


def print_machine(rounds: int) -> None:
    """Print the machine and the versions."""
    print(
        f"{cv2.getNumberOfCPUs()} cores, Python {platform.python_version()}, OpenCV {cv2.__version__}, MediaPipe "
        f"{metadata.version('mediapipe')}, PyAV {av.__version__}, framechain {__version__}; rounds: {rounds}\n"
    )


def run_benchmark(options: argparse.Namespace, work: Callable[[argparse.Namespace, Path], None]) -> None:
    """Print the machine and run a benchmark; a failure is one line.

    Args:
        options: The command line.
        work: Takes the command line and a temporary folder.
    """
    print_machine(options.rounds)
    try:
        with tempfile.TemporaryDirectory() as folder:
            work(options, Path(folder))
    except (FramechainError, OSError, av.FFmpegError) as error:
        sys.exit(f"error: {error}")
