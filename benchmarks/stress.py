"""Long runs: an hour of video and ten minutes of a live source, and what the process holds meanwhile.

    python benchmarks/stress.py                                   # half an hour on two cores
    python benchmarks/stress.py --video 60 --live 10 --quick      # a minute of video, ten seconds live, no model

Prints resident memory, open files and threads ten times per run. After the first tenth, when everything is loaded and
every buffer is in use, memory may grow by `ALLOWED_MEGABYTES` at most. Files and threads must be as many at the end as
before the run. The exit code is 0 if that holds.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

from framechain import (  # noqa: E402
    BackgroundReplacement,
    Engine,
    FPSmetric,
    Frame,
    FrameInfo,
    MPSegmentation,
    RunResult,
    Sink,
    Source,
    StreamInfo,
)
from framechain.backgrounds import Blur  # noqa: E402
from framechain.chain import Chain  # noqa: E402
from framechain.live.outputs import LiveOutputs  # noqa: E402
from framechain.mattes import KNN  # noqa: E402
from framechain.options import LiveTargets  # noqa: E402
from framechain.pixels.pyav import av  # noqa: E402
from framechain.run.run import run  # noqa: E402

CLIP = ROOT / "samples" / "clip.mp4"
WIDTH, HEIGHT, RATE = 160, 90, 25
ALLOWED_MEGABYTES = 24
_SAMPLES = 10
_LIVE_TIME_BASE = Fraction(1, 1_000_000)


class Holdings:
    """Records what the process holds while frames pass: an object for the end of a chain.

    Attributes:
        rows: Of (frame, resident megabytes, open files, threads).
    """

    def __init__(self, frames: int) -> None:
        self._every = max(1, frames // _SAMPLES)
        self._seen = 0
        self.rows: list[tuple[int, float, int, int]] = []

    def __call__(self, frame: Any) -> Any:
        """Record, and return the frame unchanged."""
        self._seen += 1
        if self._seen % self._every == 0:
            self.rows.append((self._seen, *read_holdings()))
        return frame

    @property
    def growth(self) -> float:
        """Growth in megabytes from the first row to the last."""
        return self.rows[-1][1] - self.rows[0][1]


def read_holdings() -> tuple[float, int, int]:
    """Return resident megabytes, open files and threads of this process, from Linux' /proc."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return (
        pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        len(os.listdir("/proc/self/fd")),
        len(os.listdir("/proc/self/task")),
    )


def make_long_clip(path: Path, seconds: int) -> int:
    """Write a long clip with audio, small otherwise, and return its number of frames.

    Ten seconds are encoded, and their packets are written again and again.
    """
    turn = 10
    with av.open(str(CLIP)) as source:
        images = [frame.to_ndarray(format="bgr24") for frame in source.decode(video=0)]
    short = path.with_name("short.mp4")
    with av.open(str(short), "w") as container:
        video: Any = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio: Any = container.add_stream("aac", rate=48000)
        for number in range(turn * RATE):
            image = cv2.resize(images[number % len(images)], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(video.encode(None))
        for number in range(turn * 48000 // 1024):
            silence: Any = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
            silence.rate, silence.pts = 48000, number * 1024
            container.mux(audio.encode(silence))
        container.mux(audio.encode(None))
    with av.open(str(path), "w") as container:
        targets: dict[int, Any] = {}
        for again in range(-(-seconds // turn)):
            with av.open(str(short)) as once:
                targets = targets or {s.index: container.add_stream_from_template(s) for s in once.streams}
                for packet in once.demux():
                    if packet.size and packet.pts is not None and packet.dts is not None:
                        shift = round(again * turn / packet.time_base)
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        packet.stream = targets[packet.stream_index]
                        container.mux(packet)
    return -(-seconds // turn) * turn * RATE


class LiveSource(Source):
    """A synthetic camera with a camera's rate."""

    def __init__(self, seconds: float) -> None:
        self._image = cv2.resize(cv2.VideoCapture(str(CLIP)).read()[1], (WIDTH, HEIGHT))
        self._count = round(seconds * RATE)
        self._stopped = threading.Event()
        self.info = StreamInfo("synthetic", "camera", WIDTH, HEIGHT, _LIVE_TIME_BASE, Fraction(RATE))

    def __iter__(self) -> Iterator[Frame]:
        began = time.monotonic()
        for index in range(self._count):
            if self._stopped.wait(max(0.0, began + index / RATE - time.monotonic())):
                return
            pts = round((time.monotonic() - began) / _LIVE_TIME_BASE)
            yield Frame(
                FrameInfo(index, pts, 0, self.info), bgr=np.roll(self._image, index % WIDTH, axis=1).astype(np.uint8)
            )

    def stop(self) -> None:
        """Wake a thread that waits for the next frame."""
        self._stopped.set()


def make_objects(quick: bool) -> list[Callable[..., Any]]:
    """Return a typical chain; without the model if `quick`."""
    first: Callable[..., Any] = BackgroundReplacement(KNN(warm_up=5), Blur(15)) if quick else MPSegmentation()
    return [first, lambda frame: frame[:, ::-1], FPSmetric()]


def run_video(seconds: int, quick: bool, folder: Path) -> tuple[Holdings, RunResult]:
    """Process a long video.

    Args:
        seconds: The length of the video.
        quick: Whether the model is left out.
        folder: The folder for the files.
    """
    frames = make_long_clip(folder / "long.mp4", seconds)
    holdings = Holdings(frames)
    chain: list[Callable[..., Any]] = [*make_objects(quick), holdings]
    result = Engine(video_path=folder / "long.mp4", custom_objects=chain, progress=False).run()
    with av.open(str(result.output_path)) as container:
        stream = container.streams.video[0]
        assert result.frames_written == stream.frames == frames, "frames are missing"
        assert stream.duration is not None
        assert abs(float(stream.duration * stream.time_base) - frames / RATE) < 0.01, "the output has another length"
    return holdings, result


def run_live(seconds: float, quick: bool, folder: Path) -> tuple[Holdings, RunResult]:
    """Process and record a live source.

    Args:
        seconds: The length of the run.
        quick: Whether the model is left out.
        folder: The folder for the recording.
    """
    source = LiveSource(seconds)
    holdings = Holdings(round(seconds * RATE * 0.9))
    targets = LiveTargets(record=str(folder / "live.mp4"))
    outputs = LiveOutputs(targets, watched=False)

    def open_outputs(source: Source) -> Sink:
        outputs.open(source)
        return outputs

    return holdings, run(Chain([*make_objects(quick), holdings]), lambda: source, [open_outputs], live_outputs=outputs)


def measure_run(name: str, run: Callable[[], tuple[Holdings, RunResult]]) -> bool:
    """Do a run, print what the process held, and return whether it was flat.

    Args:
        name: The run's name.
        run: The run.
    """
    _, files, threads = read_holdings()
    holdings, result = run()
    print(f"{name}: {result.frames_written} frames in {result.seconds:.0f} s, {result.dropped} dropped")
    print("    frame   MB resident   files   threads")
    for frame, megabytes, open_files, running in holdings.rows:
        print(f"{frame:9} {megabytes:13.1f} {open_files:7} {running:9}")
    gc.collect()
    _, files_after, threads_after = read_holdings()
    during = {row[2:] for row in holdings.rows}
    flat = holdings.growth < ALLOWED_MEGABYTES and len(during) <= 2 and files_after <= files
    print(f"    files {files} before and {files_after} after, threads {threads} and {threads_after}")
    print(f"    {'flat' if flat else 'NOT FLAT'}: grown by {holdings.growth:.1f} MB")
    return flat


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line.

    Args:
        arguments: The command line; None for the process's own.

    Returns:
        0 if all runs were flat, 1 if not, 2 without /proc.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--video", type=int, default=3600, metavar="S", help="seconds of video (default: 3600)")
    parser.add_argument("--live", type=float, default=600, metavar="S", help="seconds of a live source (default: 600)")
    parser.add_argument("--quick", action="store_true", help="without MediaPipe's model")
    options = parser.parse_args(arguments)
    if not os.path.exists("/proc/self/statm"):
        print("this needs Linux' /proc", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        # What the first run loads once is no growth.
        run_video(10, options.quick, folder)
        good = []
        if options.video:
            good.append(measure_run("video", lambda: run_video(options.video, options.quick, folder)))
        if options.live:
            good.append(measure_run("live", lambda: run_live(options.live, options.quick, folder)))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
