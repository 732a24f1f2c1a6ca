"""Overheads of the engine: one more object, memory, imports, the command line.

    python benchmarks/overheads.py                        # everything; some minutes
    python benchmarks/overheads.py --only objects start
    python benchmarks/overheads.py --only memory --size 720 --times 4

objects: chains with 0, 1, 5 and 50 more objects that do nothing, on the same frames in memory, without reader and
writer, whose time would hide the difference; then whole runs of the engine with 0 and 50 of them. CPU time of all
threads, medians over rounds in turn. The first callable after objects that work on planes costs a conversion to BGR and
back, which is not counted as the object's own cost.

memory: the peak resident set of a process that blurs a clip, and the same clip repeated, each in a process of its own;
and the wall time.

start: the time of `import framechain` beside that of OpenCV (with NumPy) and NumPy, which it needs, and which of the
large packages it imports; the time of `python main.py --help` beside that of Python alone. Each in processes of their
own, in turn.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import clips
import measure

# isort: split
from framechain import Frame, FrameObject
from framechain.chain import Chain
from framechain.pixels.image import Image
from framechain.pixels.pyav import av

SECTIONS = ("objects", "memory", "start")
COUNTS = 0, 1, 5, 50
LARGE = "mediapipe", "av", "stow", "matplotlib"


# One more object


def identity(frame: Image) -> Image:
    """Return the frame."""
    return frame


class OnPlanes(FrameObject):
    """An object that does nothing, in YUV as in BGR."""

    def __call__(self, frame: Image) -> Image:
        """Return the frame, in BGR."""
        return frame

    def process_frame(self, frame: Frame) -> Frame:
        """Return the frame, in YUV."""
        return frame


def measure_chain(objects: list[Callable[..., Any]], frames: list[Frame], repeats: int) -> float:
    """Return CPU milliseconds per frame of a chain, including the conversion to planes for the encoder.

    Args:
        objects: The chain.
        frames: As the decoder gives them; they are not changed.
        repeats: How often all frames are processed.
    """
    chain = Chain(objects)
    chain.open(frames[0].info.stream)
    try:
        started = time.process_time()
        for _ in range(repeats):
            for frame in frames:
                _ = chain(Frame(frame.info, yuv=frame.yuv)).yuv
        return 1000 * (time.process_time() - started) / (repeats * len(frames))
    finally:
        chain.close()


Chains = dict[str, tuple[list[Callable[..., Any]], Callable[..., Any]]]
"""By name: the objects of a chain, and the object that is added to it."""


def make_chains() -> Chains:
    """Return the chains to measure."""
    segmentation, on_planes = measure.make_segmentation("blur"), OnPlanes()
    return {
        "MPSegmentation, in planes": ([segmentation], on_planes),
        "MPSegmentation, callable": ([segmentation, identity], identity),
        "callable, MPSegmentation": ([identity, segmentation], identity),
        "callables alone": ([identity], identity),
    }


def measure_in_memory(clip: str, limit: int, rounds: int) -> dict[str, dict[int, float]]:
    """Return CPU milliseconds per frame of each chain, by the number of objects added."""
    frames = clips.read_frames(clip, min(measure.HELD, limit))
    works = {
        (name, count): partial(measure_chain, [*objects, *[more] * count], frames, max(1, limit // len(frames)))
        for name, (objects, more) in make_chains().items()
        for count in COUNTS
    }
    results: dict[str, dict[int, float]] = {}
    for (name, count), times in measure.take_turns(works, rounds).items():
        results.setdefault(name, {})[count] = median(times)
    return results


def measure_runs(clip: str, limit: int, rounds: int, output: Path) -> dict[str, dict[int, float]]:
    """Return the same for whole runs of the engine, for chains that stay in one layout."""

    def run(objects: list[Callable[..., Any]]) -> measure.Run:
        return measure.time_run(lambda path: measure.run_chain(clip, path, limit, objects), output)

    results = {}
    for name, (objects, more) in list(make_chains().items())[:2]:
        works = {count: partial(run, [*objects, *[more] * count]) for count in (COUNTS[0], COUNTS[-1])}
        runs = measure.take_turns(works, rounds)
        results[name] = {count: median(run.cpu_ms for run in runs[count]) for count in works}
    return results


def print_objects(options: argparse.Namespace, folder: Path) -> None:
    """Print the cost of objects that do nothing."""
    for clip, info in clips.make_clips(options, folder, sizes=[720]):
        counts = "  ".join(f"{f'+{count}':>7}" for count in COUNTS)
        print(f"{f'CPU ms/frame, {info.width}x{info.height}':36} | {counts} | each of {COUNTS[-1]}")
        for name, times in measure_in_memory(clip, options.frames, options.rounds).items():
            print(_format_row(name, times), flush=True)
        for name, times in measure_runs(clip, options.frames, options.rounds, folder / "out.mp4").items():
            print(_format_row(f"whole run: {name}", times), flush=True)


def _format_row(name: str, times: Mapping[int, float]) -> str:
    cells = "  ".join(f"{times[count]:7.3f}" if count in times else " " * 7 for count in COUNTS)
    return f"{name:36} | {cells} | {(times[COUNTS[-1]] - times[COUNTS[0]]) / COUNTS[-1]:7.4f}"


# Memory

# On Linux a child's ru_maxrss includes the parent's peak; VmHWM is the child's own.
BLUR_AND_PRINT_PEAK = """
import sys, time
from framechain import Engine, MPSegmentation
started = time.perf_counter()
engine = Engine(video_path=sys.argv[1], custom_objects=[MPSegmentation()], output_path=sys.argv[2], progress=False)
result = engine.run()
seconds = time.perf_counter() - started
try:
    with open("/proc/self/status") as status:
        kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
except OSError:
    import resource
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
print(result.frames_written, kilobytes / 1024, seconds)
"""


def repeat_clip(clip: str, output: Path, times: int) -> None:
    """Write a clip several times into one file, packet by packet.

    Args:
        clip: A clip that starts with a key frame and has closed GOPs, as the clips that are made here.
        output: The file to write.
        times: How often.
    """
    with av.open(str(output), "w") as out:
        with av.open(clip) as container:
            targets: list[Any] = [out.add_stream_from_template(stream) for stream in container.streams]
        ends: dict[int, int] = {}
        for _ in range(times):
            shifts: dict[int, int] = {}
            with av.open(clip) as container:
                for packet in container.demux():
                    if not packet.size or packet.dts is None or packet.pts is None:
                        continue
                    index = packet.stream_index
                    # A stream continues at its end: its first time stamp may be below 0.
                    shift = shifts.setdefault(index, ends.get(index, packet.dts) - packet.dts)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    ends[index] = packet.dts + (packet.duration or 1)
                    packet.stream = targets[index]
                    out.mux(packet)


def print_memory(options: argparse.Namespace, folder: Path) -> None:
    """Print the peak memory for a clip and for the same clip repeated."""
    many = folder / "many.mp4"
    output = str(folder / "out.mp4")

    def measure_peak(clip: str) -> tuple[int, float, float]:
        frames, megabytes, seconds = measure.run_python("-c", BLUR_AND_PRINT_PEAK, clip, output).split()[-3:]
        return int(frames), float(megabytes), float(seconds)

    print("peak memory      size |  frames     MB  frames/s |  frames     MB  frames/s |  ratio")
    for clip, info in clips.make_clips(options, folder, sizes=[1080]):
        repeat_clip(clip, many, options.times)
        works = {"once": partial(measure_peak, clip), "many": partial(measure_peak, str(many))}
        results = measure.take_turns(works, options.rounds, warm_up=False)
        cells, peaks = [], []
        for runs in results.values():
            frames, megabytes, seconds = runs[0][0], median(run[1] for run in runs), median(run[2] for run in runs)
            cells.append(f"{frames:7} {megabytes:6.0f} {frames / seconds:9.1f}")
            peaks.append(megabytes)
        size = f"{info.width}x{info.height}"
        print(f"{size:>21} | {' | '.join(cells)} | {peaks[1] / peaks[0]:6.3f}", flush=True)
        many.unlink()


# Imports and the command line

TIME_IMPORT = """
import sys, time
started = time.perf_counter()
__import__(sys.argv[1])
print(time.perf_counter() - started, *[name for name in sys.argv[2].split(",") if name in sys.modules])
"""


def print_start(options: argparse.Namespace) -> None:
    """Print the time of imports and of the command line's help."""
    imported: set[str] = set()

    def time_import(name: str) -> float:
        seconds, *found = measure.run_python("-c", TIME_IMPORT, name, ",".join(LARGE)).split()
        if name == "framechain":
            imported.update(found)
        return float(seconds)

    def time_start(*arguments: str) -> float:
        begun = time.perf_counter()
        measure.run_python(*arguments)
        return time.perf_counter() - begun

    works: dict[str, Callable[[], float]] = {
        f"import {name}": partial(time_import, name) for name in ("framechain", "cv2", "numpy")
    }
    works["python main.py --help"] = partial(time_start, "main.py", "--help")
    works["python -c pass"] = partial(time_start, "-c", "pass")
    print("start                   | seconds  (least - most)")
    for name, seconds in measure.take_turns(works, options.rounds).items():
        print(f"{name:23} | {median(seconds):7.3f}  ({min(seconds):.3f} - {max(seconds):.3f})")
    print(f"import framechain brings in {', '.join(sorted(imported)) or 'none'} of {', '.join(LARGE)}", flush=True)


# The command line


def print_sections(options: argparse.Namespace, folder: Path) -> None:
    """Print the chosen sections."""
    if "objects" in options.only:
        print_objects(options, folder)
        print()
    if "memory" in options.only:
        print_memory(options, folder)
        print()
    if "start" in options.only:
        print_start(options)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description="Overheads of the engine.")
    measure.add_common_options(parser)
    add = parser.add_argument
    add("--only", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="SECTION", help=", ".join(SECTIONS))
    times = "how often the clip is repeated for the second peak (default 10)"
    add("--times", type=measure.parse_at_least(2), default=10, help=times)
    measure.run_benchmark(parser.parse_args(), print_sections)


if __name__ == "__main__":
    main()
