"""What the engine costs besides the work itself: one more object, memory, imports, the command line.

    python benchmarks/overheads.py                        # everything; some minutes
    python benchmarks/overheads.py --only objects start
    python benchmarks/overheads.py --only memory --size 720 --times 4

objects: chains with 0, 1, 5 and 50 objects more that do nothing, on the same frames in memory, without reader and
writer, whose time would drown it; then whole runs of the engine with 0 and 50 of them. CPU time of all threads, medians
over rounds in turn. Of the first callable behind objects that work on planes the conversions to BGR and back, which are
no cost of the object's being there, are told apart.

memory: the most that a process had in memory (peak resident set) while it blurred a clip, and the same clip repeated,
each in a process of its own, by the wall clock besides.

start: the time of `import framechain`, beside that of OpenCV (with NumPy) and NumPy, which it needs, and which of the
large packages it brings in; the time of `python main.py --help` beside that of Python alone. Each in processes of
their own, in turn.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

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
    """A callable that does nothing."""
    return frame


class OnPlanes(FrameObject):
    """An object that does nothing, in YUV as in BGR."""

    def __call__(self, frame: Image) -> Image:
        """Nothing, in BGR."""
        return frame

    def process_frame(self, frame: Frame) -> Frame:
        """Nothing, in YUV."""
        return frame


def chained(objects: list[Callable[..., Any]], frames: list[Frame], repeats: int) -> float:
    """CPU milliseconds per frame of a chain, with what comes out brought to planes for the encoder.

    Args:
        objects: The chain.
        frames: As they come from the decoder; not changed.
        repeats: How often to pass over them.

    Returns:
        Its mean over the frames.
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
"""By name: the objects of a chain, and which one is added to it."""


def chains() -> Chains:
    """The chains that are tried."""
    segmentation, on_planes = measure.segmentation("blur"), OnPlanes()
    return {
        "MPSegmentation, in planes": ([segmentation], on_planes),
        "MPSegmentation, callable": ([segmentation, identity], identity),
        "callable, MPSegmentation": ([identity, segmentation], identity),
        "callables alone": ([identity], identity),
    }


def in_memory(clip: str, limit: int, rounds: int) -> dict[str, dict[int, float]]:
    """CPU milliseconds per frame of each chain, by how many objects were added."""
    frames = measure.held_frames(clip, min(measure.HELD, limit))
    works = {
        (name, count): partial(chained, [*objects, *[more] * count], frames, max(1, limit // len(frames)))
        for name, (objects, more) in chains().items()
        for count in COUNTS
    }
    told: dict[str, dict[int, float]] = {}
    for (name, count), times in measure.in_turns(works, rounds).items():
        told.setdefault(name, {})[count] = median(times)
    return told


def in_runs(clip: str, limit: int, rounds: int, output: Path) -> dict[str, dict[int, float]]:
    """The same of the engine's whole runs, with none and with many added, where the chain stays in one layout."""

    def whole(objects: list[Callable[..., Any]]) -> measure.Run:
        return measure.timed(lambda path: measure.run_chain(clip, path, limit, objects), output)

    told = {}
    for name, (objects, more) in list(chains().items())[:2]:
        works = {count: partial(whole, [*objects, *[more] * count]) for count in (COUNTS[0], COUNTS[-1])}
        runs = measure.in_turns(works, rounds)
        told[name] = {count: median(run.cpu_ms for run in runs[count]) for count in works}
    return told


def tell_objects(options: argparse.Namespace, folder: Path) -> None:
    """Print what objects that do nothing cost."""
    for clip, info in measure.clips(options, folder, sizes=[720]):
        counts = "  ".join(f"{f'+{count}':>7}" for count in COUNTS)
        print(f"{f'CPU ms/frame, {info.width}x{info.height}':36} | {counts} | each of {COUNTS[-1]}")
        for name, times in in_memory(clip, options.frames, options.rounds).items():
            print(_row(name, times), flush=True)
        for name, times in in_runs(clip, options.frames, options.rounds, folder / "out.mp4").items():
            print(_row(f"whole run: {name}", times), flush=True)


def _row(name: str, times: Mapping[int, float]) -> str:
    cells = "  ".join(f"{times[count]:7.3f}" if count in times else " " * 7 for count in COUNTS)
    return f"{name:36} | {cells} | {(times[COUNTS[-1]] - times[COUNTS[0]]) / COUNTS[-1]:7.4f}"


# Memory

# Linux counts what the parent had into a child's ru_maxrss; VmHWM is the child's own.
BLUR_AND_TELL_PEAK = """
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
    """Write a clip several times over into one file, packet by packet.

    Args:
        clip: Starts with a keyframe and refers to nothing outside, as those that are made here.
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
                    # A stream goes on where it ended: its first time stamp may lie below 0.
                    shift = shifts.setdefault(index, ends.get(index, packet.dts) - packet.dts)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    ends[index] = packet.dts + (packet.duration or 1)
                    packet.stream = targets[index]
                    out.mux(packet)


def tell_memory(options: argparse.Namespace, folder: Path) -> None:
    """Print the peak memory for a clip and for the same many times over."""
    many = folder / "many.mp4"
    output = str(folder / "out.mp4")

    def peak(clip: str) -> tuple[int, float, float]:
        frames, megabytes, seconds = measure.python("-c", BLUR_AND_TELL_PEAK, clip, output).split()[-3:]
        return int(frames), float(megabytes), float(seconds)

    print("peak memory      size |  frames     MB  frames/s |  frames     MB  frames/s |  ratio")
    for clip, info in measure.clips(options, folder, sizes=[1080]):
        repeat_clip(clip, many, options.times)
        works = {"once": partial(peak, clip), "many": partial(peak, str(many))}
        told = measure.in_turns(works, options.rounds, warm_up=False)
        cells, peaks = [], []
        for runs in told.values():
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


def tell_start(options: argparse.Namespace) -> None:
    """Print how long imports and the command line's help take."""
    brought: set[str] = set()

    def imported(name: str) -> float:
        seconds, *found = measure.python("-c", TIME_IMPORT, name, ",".join(LARGE)).split()
        if name == "framechain":
            brought.update(found)
        return float(seconds)

    def started(*arguments: str) -> float:
        begun = time.perf_counter()
        measure.python(*arguments)
        return time.perf_counter() - begun

    works: dict[str, Callable[[], float]] = {
        f"import {name}": partial(imported, name) for name in ("framechain", "cv2", "numpy")
    }
    works["python main.py --help"] = partial(started, "main.py", "--help")
    works["python -c pass"] = partial(started, "-c", "pass")
    print("start                   | seconds  (least - most)")
    for name, seconds in measure.in_turns(works, options.rounds).items():
        print(f"{name:23} | {median(seconds):7.3f}  ({min(seconds):.3f} - {max(seconds):.3f})")
    print(f"import framechain brings in {', '.join(sorted(brought)) or 'none'} of {', '.join(LARGE)}", flush=True)


# The command line


def tell(options: argparse.Namespace, folder: Path) -> None:
    """Print the sections asked for."""
    if "objects" in options.only:
        tell_objects(options, folder)
        print()
    if "memory" in options.only:
        tell_memory(options, folder)
        print()
    if "start" in options.only:
        tell_start(options)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description="What the engine costs besides the work itself.")
    measure.common_options(parser)
    add = parser.add_argument
    add("--only", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="SECTION", help=", ".join(SECTIONS))
    times = "how often the clip is repeated for the second peak (default 10)"
    add("--times", type=measure.at_least(2), default=10, help=times)
    measure.measured(parser.parse_args(), tell)


if __name__ == "__main__":
    main()
