"""How fast the engine is beside the tutorial's recipe, and where its time goes.

    python benchmarks/speed.py                                    # 720p and 1080p, all three backgrounds
    python benchmarks/speed.py --size 720 --only blur --rounds 3
    python benchmarks/speed.py --clip holiday.mp4                 # a clip of your own, at its own size
    python benchmarks/speed.py --decompose                        # CPU time of each stage alone, instead

Recipe and engine take turns on the same clip, after a round that is not counted. A run is timed by the wall
clock, from before the files are opened and the model is loaded until the output is finished, for both alike.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib import metadata
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

import cv2  # noqa: E402
import recipe  # noqa: E402

from framechain import Engine, Frame, FramechainError, MPSegmentation, __version__  # noqa: E402
from framechain._av import av  # noqa: E402
from framechain.backgrounds import Blur  # noqa: E402
from framechain.compositing import composite  # noqa: E402
from framechain.mattes import MediaPipeMatte  # noqa: E402
from framechain.sinks.video import VideoSink  # noqa: E402
from framechain.sources.video import VideoSource  # noqa: E402
from framechain.stream import StreamInfo  # noqa: E402

SAMPLE = ROOT / "samples" / "clip.mp4"
PICTURE = str(ROOT / "samples" / "background.jpg")
BACKGROUNDS = ("blur", "picture", "colour")
WIDTHS = {720: 1280, 1080: 1920}
RATE, SAMPLE_RATE = Fraction(30000, 1001), 48000
# Consecutive frames that the stages are tried on one by one: few enough to hold in memory at 1080p.
HELD = 32


@dataclass(frozen=True)
class Run:
    """One pass over a clip: how many frames were written, in how long, into how much."""

    frames: int
    seconds: float
    megabytes: float

    @property
    def rate(self) -> float:
        """Frames per second."""
        return self.frames / self.seconds


# The clips


def make_clip(path: Path, width: int, height: int, frames: int) -> None:
    """Write the sample clip, enlarged and repeated, as H.264 with AAC sound."""
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


def clips(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, StreamInfo]]:
    """The clips to measure with, made where they are not the user's own."""
    for path in options.clip:
        yield described(path)
    for height in options.size or ([] if options.clip else list(WIDTHS)):
        path = folder / f"clip{height}.mp4"
        make_clip(path, WIDTHS[height], height, options.frames)
        yield described(str(path))
        path.unlink()


def described(path: str) -> tuple[str, StreamInfo]:
    """A clip and what is known of it."""
    with VideoSource(path) as source:
        return path, source.info


# The engine beside it


def run_engine(clip: str, output: str, limit: int, *, background: str, picture: str) -> int:
    """Process a clip with the engine, H.264 and sound, as `recipe.run` does without; the arguments are the same."""
    behind: dict[str, dict[str, Any]] = {
        "blur": {},
        "picture": {"bg_image": picture},
        "colour": {"bg_color": recipe.COLOUR},
    }
    segmentation = MPSegmentation(bg_blur_ratio=recipe.KERNEL, threshold=recipe.THRESHOLD, **behind[background])
    engine = Engine(
        video_path=clip,
        custom_objects=[segmentation],
        output_path=output,
        end_video_frame=limit - 1,
        break_on_end=True,
        progress=False,
    )
    return engine.run().frames_written


def timed(run: Callable[..., int], clip: str, folder: Path, limit: int, background: str) -> Run:
    """Run once by the wall clock."""
    output = folder / "out.mp4"
    output.unlink(missing_ok=True)
    started = time.perf_counter()
    frames = run(clip, str(output), limit, background=background, picture=PICTURE)
    return Run(frames, time.perf_counter() - started, output.stat().st_size / 1e6)


def compare(options: argparse.Namespace, folder: Path) -> None:
    """Print the table of recipe and engine, a line as soon as it is measured."""
    print("what          size frames |   recipe   engine  ratio  (least - most) |   recipe    engine")
    for clip, info in clips(options, folder):
        for background in [options.only] if options.only else BACKGROUNDS:
            pairs = [
                [timed(run, clip, folder, options.frames, background) for run in (recipe.run, run_engine)]
                for _ in range(1 + options.rounds)
            ][1:]
            recipes, engines = zip(*pairs, strict=True)
            ratios = [engine.rate / tutorial.rate for tutorial, engine in pairs]
            counts = "/".join(str(count) for count in sorted({run.frames for run in recipes + engines}))
            print(
                f"{background:7} {info.width:5}x{info.height:<4} {counts:>6}"
                f" | {median(run.rate for run in recipes):4.0f} fps {median(run.rate for run in engines):4.0f} fps"
                f" {median(ratios):6.2f}   ({min(ratios):.2f} - {max(ratios):.2f})"
                f" | {recipes[0].megabytes:5.1f} MB  {engines[0].megabytes:5.1f} MB",
                flush=True,
            )


# Where the engine's time goes


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


def decode(clip: str, limit: int) -> int:
    """Decode a clip to YUV planes and throw them away."""
    with VideoSource(clip) as source:
        return sum(1 for _ in islice(source, limit))


def encode(frames: list[Frame], output: str) -> int:
    """Write frames with the engine's default codec and preset, without sound."""
    sink = VideoSink(output, frames[0].info.stream)
    for frame in frames:
        sink.write(frame)
    sink.finish(cut_audio=False)
    return len(frames)


def stages(clip: str, folder: Path, rounds: int, limit: int) -> dict[str, float]:
    """CPU milliseconds per frame of each stage alone.

    Decoding is measured over the clip, the rest over its first HELD frames in memory. What is encoded are the
    finished pictures, already converted.
    """
    with VideoSource(clip) as source:
        frames = list(islice(source, min(HELD, limit)))
    pictures = [frame.view() for frame in frames]
    shaped, matte, blur = MPSegmentation(threshold=recipe.THRESHOLD), MediaPipeMatte(1), Blur(recipe.KERNEL)
    with shaped, matte:
        alphas = [shaped.alpha(picture) for picture in pictures]
        told = {
            "decode": cpu_milliseconds(lambda: decode(clip, limit), rounds),
            "convert": cpu_milliseconds(each(lambda frame: frame.with_bgr(frame.view()).yuv, frames), rounds),
            "model": cpu_milliseconds(each(matte, pictures), rounds),
            "blur": cpu_milliseconds(each(blur, pictures, alphas), rounds),
        }
    behind = [blur(picture, alpha) for picture, alpha in zip(pictures, alphas, strict=True)]
    # It writes into the pictures, hence after those that look at them; doing it again costs the same.
    told["composite"] = cpu_milliseconds(each(composite, pictures, behind, alphas), rounds)
    finished = [frame.with_bgr(picture) for frame, picture in zip(frames, pictures, strict=True)]
    each(lambda frame: frame.yuv, finished)()
    told["encode"] = cpu_milliseconds(lambda: encode(finished, str(folder / "stage.mp4")), rounds)
    return told


def decompose(options: argparse.Namespace, folder: Path) -> None:
    """Print the stages' CPU time, the floor that follows from it, and what the engine takes."""
    cores = cv2.getNumberOfCPUs()
    print(
        "Background blur, milliseconds per frame. CPU time of the stages alone (convert: YUV to BGR and back), their\n"
        "sum, and the engine's; floor = (decode + model + encode) / cores; wall = the engine's time by the clock.\n\n"
        "     size |  decode convert   model    blur composite  encode |   sum  engine |  floor    wall  wall/floor"
    )
    for clip, info in clips(options, folder):
        told = stages(clip, folder, options.rounds, options.frames)
        walls = []

        def whole() -> int:
            run = timed(run_engine, clip, folder, options.frames, "blur")  # noqa: B023  (called at once)
            walls.append(1000 / run.rate)  # noqa: B023
            return run.frames

        cpu = cpu_milliseconds(whole, options.rounds)
        floor, wall = (told["decode"] + told["model"] + told["encode"]) / cores, median(walls[1:])
        print(
            f"{info.width:4}x{info.height:<4} | "
            + "{decode:7.2f} {convert:7.2f} {model:7.2f} {blur:7.2f} {composite:9.2f} {encode:7.2f}".format(**told)
            + f" | {sum(told.values()):5.1f} {cpu:7.1f} | {floor:6.2f} {wall:7.2f} {wall / floor:11.2f}",
            flush=True,
        )


# The command line


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="The engine's speed beside the tutorial's recipe.")
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="rounds that count (default 5); one before them does not")
    add("--frames", type=int, default=300, help="frames of each clip, at most (default 300)")
    add("--size", type=int, choices=list(WIDTHS), action="append", help="height of the clip made, repeatable (both)")
    add("--clip", default=[], action="append", metavar="FILE", help="a clip of your own, repeatable; none is made then")
    add("--only", choices=BACKGROUNDS, help="one background instead of all three")
    add("--decompose", action="store_true", help="print instead what each stage alone takes, for blur")
    options = parser.parse_args()
    if options.rounds < 1 or options.frames < 2:
        parser.error("at least 1 round and 2 frames are needed")
    return options


def main() -> None:
    """Say what is measured on what, then measure."""
    options = parse()
    print(
        f"{cv2.getNumberOfCPUs()} cores, Python {platform.python_version()}, OpenCV {cv2.__version__}, MediaPipe "
        f"{metadata.version('mediapipe')}, PyAV {av.__version__}, framechain {__version__}; rounds: {options.rounds}\n"
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            (decompose if options.decompose else compare)(options, Path(folder))
    except (FramechainError, OSError, av.FFmpegError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
