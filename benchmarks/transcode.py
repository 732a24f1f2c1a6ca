"""An empty chain (decode, encode, copy the audio) beside other ways to do the same.

    python benchmarks/transcode.py                                  # 720p and 1080p, realtime and superfast
    python benchmarks/transcode.py --size 1080 --preset superfast --rounds 3
    python benchmarks/transcode.py --clip holiday.mp4               # a clip of your own, all of it

The program `ffmpeg` takes part if it is installed, and so do these packages, which the project does not need:

    pip install moviepy vidgear supervision

All take turns on the same clip, after a round that is not counted. Those that can get exactly the encoder settings of
the engine's preset. OpenCV and supervision write mp4v, which has no such settings; they are compared with the engine's
first preset. Imports are not timed. CPU time is that of all threads and of the programs that were started. Audio is
"copied" if the output has the source's packets, else "encoded" or "lost".
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import logging
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from statistics import median

import clips
import measure

# isort: split
import cv2

from framechain import Engine
from framechain.frame import StreamInfo
from framechain.options import DEFAULT_PRESET, X264_PRESETS, Encoding
from framechain.pixels.pyav import av
from framechain.sinks.files.codecs import make_codec_options

PACKAGES = ("moviepy", "vidgear", "supervision")
MP4V = "mp4v"
CRF = 20


@dataclass(frozen=True)
class Job:
    """A clip, the file to write and the preset."""

    clip: str
    info: StreamInfo
    output: str
    preset: str

    @property
    def x264(self) -> dict[str, str]:
        """The settings that the engine gives x264 for the preset, with FFmpeg's names."""
        return make_codec_options("libx264", Encoding(preset=self.preset, crf=CRF))

    @property
    def arguments(self) -> list[str]:
        """The same as arguments of the program `ffmpeg`."""
        return [part for name, value in self.x264.items() for part in (f"-{name}", value)]

    @property
    def rate(self) -> float:
        """Frames per second."""
        return float(self.info.rate or 30)


# The contestants


def engine(job: Job) -> None:
    """Run an engine without objects."""
    Engine(
        video_path=job.clip, output_path=job.output, encoding=Encoding(preset=job.preset, crf=CRF), progress=False
    ).run()


def ffmpeg(job: Job) -> None:
    """Run the program ffmpeg."""
    quiet = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"]
    subprocess.run(
        [*quiet, "-i", job.clip, "-c:v", "libx264", *job.arguments, "-pix_fmt", "yuv420p", "-c:a", "copy", job.output],
        check=True,
    )


def moviepy(job: Job) -> None:
    """Run VideoFileClip and write_videofile. Audio is encoded to AAC, as not every player takes MP3 in mp4."""
    settings = dict(job.x264)
    preset = settings.pop("preset")
    with importlib.import_module("moviepy").VideoFileClip(job.clip) as clip:
        clip.write_videofile(
            job.output,
            codec="libx264",
            preset=preset,
            ffmpeg_params=[part for name, value in settings.items() for part in (f"-{name}", value)],
            audio_codec="aac",
            temp_audiofile_path=os.path.dirname(job.output),
            logger=None,
        )


def vidgear(job: Job) -> None:
    """Run CamGear and WriteGear, which copies the clip's audio."""
    gears = importlib.import_module("vidgear.gears")
    for name in ("CamGear", "WriteGear", "Helper"):
        logging.getLogger(name).setLevel(logging.ERROR)
    audio = {"-i": job.clip, "-acodec": "copy", "-disable_force_termination": True}
    # WriteGear adds a crf where none is given, which x264 prefers to a constant quantiser; -1 means none.
    settings = {f"-{name}": value for name, value in ({"crf": "-1"} | job.x264).items()}
    source = gears.CamGear(source=job.clip).start()
    writer = gears.WriteGear(
        output=job.output,
        **audio,
        **{"-vcodec": "libx264", "-pix_fmt": "yuv420p", "-input_framerate": job.rate, **settings},
    )
    while (frame := source.read()) is not None:
        writer.write(frame)
    source.stop()
    writer.close()


def opencv(job: Job) -> None:
    """Run a loop of VideoCapture and VideoWriter."""
    capture = cv2.VideoCapture(job.clip)
    size = job.info.width, job.info.height
    writer = cv2.VideoWriter(job.output, cv2.VideoWriter.fourcc(*MP4V), job.rate, size)
    while True:
        found, frame = capture.read()
        if not found:
            break
        writer.write(frame)
    writer.release()
    capture.release()


def supervision(job: Job) -> None:
    """Run process_video, which copies the audio on request."""
    process = importlib.import_module("supervision").process_video
    process(job.clip, job.output, lambda frame, _: frame, preserve_audio=True)


H264: dict[str, Callable[[Job], None]] = {
    "framechain": engine,
    "ffmpeg": ffmpeg,
    "moviepy": moviepy,
    "vidgear": vidgear,
}
OTHER: dict[str, Callable[[Job], None]] = {"cv2 loop": opencv, "supervision": supervision}


def is_installed(name: str) -> bool:
    """Return whether a contestant can take part, and print if not."""
    if name == "ffmpeg" or name in PACKAGES:
        there = shutil.which(name) if name == "ffmpeg" else importlib.util.find_spec(name)
        if there is None:
            print(f"{name} is not installed: left out")
            return False
    return True


def describe_versions(names: list[str]) -> str:
    """Return the versions of what takes part besides the project's dependencies."""
    found = [f"{name} {metadata.version(name)}" for name in names if name in PACKAGES]
    if "ffmpeg" in names:
        words = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout.split()
        found.insert(0, f"ffmpeg {words[2]}")
    return ", ".join(found) or "nothing to compare with"


# The outputs


def read_audio_packets(path: str) -> list[bytes]:
    """Return the packets of a file's audio."""
    with av.open(path) as container:
        if not container.streams.audio:
            return []
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def compare_audio(source: str, output: str) -> str:
    """Return whether a clip's audio was copied, encoded or lost."""
    before, after = read_audio_packets(source), read_audio_packets(output)
    if not before:
        return "none"
    if not after:
        return "lost"
    return "copied" if set(after) <= set(before) else "encoded"


def count_frames(path: str) -> int:
    """Return how many packets of video a file has."""
    with av.open(path) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)


# The table


class Contest:
    """The contestants on one clip."""

    def __init__(self, clip: str, info: StreamInfo, names: list[str], presets: list[str], folder: Path) -> None:
        """Choose who takes part; those that write mp4v ignore the preset and run once."""
        self.clip, self.info, self.presets = clip, info, presets
        self._output = folder / "out.mp4"
        self.rows = [(name, preset) for preset in presets for name in names if name in H264]
        self.rows += [(name, MP4V) for name in names if name in OTHER]
        self.frames: dict[tuple[str, str], int] = {}
        self.audio: dict[tuple[str, str], str] = {}

    def find_rival(self, row: tuple[str, str]) -> tuple[str, str]:
        """Return the engine's row that a row is compared with."""
        return "framechain", self.presets[0] if row[1] == MP4V else row[1]

    def take_turn(self, row: tuple[str, str]) -> measure.Run:
        """Run one contestant; its output is examined once."""

        def work(output: str) -> int:
            (H264 | OTHER)[row[0]](Job(self.clip, self.info, output, self.find_rival(row)[1]))
            return self.info.frame_count or 1

        run = measure.time_run(work, self._output)
        if row not in self.frames:
            self.frames[row] = count_frames(str(self._output))
            self.audio[row] = compare_audio(self.clip, str(self._output))
        return run

    def run(self, rounds: int) -> None:
        """Run all contestants in turn and print the table."""
        runs = measure.take_turns({row: partial(self.take_turn, row) for row in self.rows}, rounds)
        print(
            f"\n{self.info.width}x{self.info.height}, {self.info.frame_count} frames; "
            "ratio: framechain's time over this one's\n"
            "with        settings  |    fps  CPU ms/frame | ratio  (least - most) |     MB frames  audio"
        )
        for row, every in runs.items():
            ratios = [ours.seconds / run.seconds for ours, run in zip(runs[self.find_rival(row)], every, strict=True)]
            print(
                f"{row[0]:11} {row[1]:9} | {median(run.rate for run in every):6.1f} "
                f"{median(run.cpu_ms for run in every):13.1f} | {median(ratios):5.2f}   "
                f"({min(ratios):.2f} - {max(ratios):.2f}) | {every[-1].megabytes:6.2f} {self.frames[row]:6}  "
                f"{self.audio[row]}",
                flush=True,
            )


def compare(options: argparse.Namespace, folder: Path) -> None:
    """Print a table for each clip."""
    presets = list(dict.fromkeys(options.preset or [DEFAULT_PRESET, "superfast"]))
    names = [name for name in (*H264, *OTHER) if is_installed(name)]
    print(f"{describe_versions(names)}; crf, or constant quantiser with {DEFAULT_PRESET}: {CRF}")
    for clip, info in clips.make_clips(options, folder):
        Contest(clip, info, names, presets, folder).run(options.rounds)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description="An empty chain beside other ways to transcode a clip.")
    measure.add_common_options(parser)
    presets = (DEFAULT_PRESET, *X264_PRESETS)
    parser.add_argument("--preset", choices=presets, action="append", help="repeatable (realtime and superfast)")
    measure.run_benchmark(parser.parse_args(), compare)


if __name__ == "__main__":
    main()
