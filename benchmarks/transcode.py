"""An empty chain (read, write, sound) beside other ways to do the same.

    python benchmarks/transcode.py                                  # 720p and 1080p, realtime and superfast
    python benchmarks/transcode.py --size 1080 --preset superfast --rounds 3
    python benchmarks/transcode.py --clip holiday.mp4               # a clip of your own, all of it

The program `ffmpeg` is used if it is installed, and these if they are there, which the project does not need:

    pip install moviepy vidgear supervision

All take turns on the same clip, after a round that is not counted. Those that can are given the very settings of
the encoder that the engine's preset stands for; OpenCV and supervision write mp4v, which has no such settings and
is compared with the engine's first preset. Imports are not timed. CPU time is that of all threads, and of the
programs that were started. Sound is "copied" if the output has the source's packets, else "encoded" or "lost".
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

import measure

# isort: split
import cv2

from framechain import Engine
from framechain.frame import StreamInfo
from framechain.options import DEFAULT_PRESET, X264_PRESETS, Encoding
from framechain.pixels.pyav import av
from framechain.sinks.codecs import make_codec_options

PACKAGES = ("moviepy", "vidgear", "supervision")
MP4V = "mp4v"
CRF = 20


@dataclass(frozen=True)
class Job:
    """What is to be done: a clip, the file to write, x264's settings as FFmpeg names them."""

    clip: str
    info: StreamInfo
    output: str
    preset: str

    @property
    def x264(self) -> dict[str, str]:
        """The settings that the engine gives x264 for the preset."""
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
    """An engine without objects."""
    Engine(
        video_path=job.clip, output_path=job.output, encoding=Encoding(preset=job.preset, crf=CRF), progress=False
    ).run()


def ffmpeg(job: Job) -> None:
    """The program."""
    quiet = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"]
    subprocess.run(
        [*quiet, "-i", job.clip, "-c:v", "libx264", *job.arguments, "-pix_fmt", "yuv420p", "-c:a", "copy", job.output],
        check=True,
    )


def moviepy(job: Job) -> None:
    """VideoFileClip and write_videofile; sound is encoded to AAC, as MP3 in mp4 is not for everybody."""
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
    """CamGear into WriteGear, which is told to copy the clip's sound."""
    gears = importlib.import_module("vidgear.gears")
    for name in ("CamGear", "WriteGear", "Helper"):
        logging.getLogger(name).setLevel(logging.ERROR)
    sound = {"-i": job.clip, "-acodec": "copy", "-disable_force_termination": True}
    # It adds a crf of its own where none is given, which x264 would prefer to a constant quantiser; -1 is none.
    settings = {f"-{name}": value for name, value in ({"crf": "-1"} | job.x264).items()}
    source = gears.CamGear(source=job.clip).start()
    writer = gears.WriteGear(
        output=job.output,
        **sound,
        **{"-vcodec": "libx264", "-pix_fmt": "yuv420p", "-input_framerate": job.rate, **settings},
    )
    while (frame := source.read()) is not None:
        writer.write(frame)
    source.stop()
    writer.close()


def opencv(job: Job) -> None:
    """A loop of VideoCapture and VideoWriter."""
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
    """process_video, which copies the sound if it is told to."""
    process = importlib.import_module("supervision").process_video
    process(job.clip, job.output, lambda frame, _: frame, preserve_audio=True)


H264: dict[str, Callable[[Job], None]] = {
    "framechain": engine,
    "ffmpeg": ffmpeg,
    "moviepy": moviepy,
    "vidgear": vidgear,
}
OTHER: dict[str, Callable[[Job], None]] = {"cv2 loop": opencv, "supervision": supervision}


def installed(name: str) -> bool:
    """Whether a contestant can take part; says so if not."""
    if name == "ffmpeg" or name in PACKAGES:
        there = shutil.which(name) if name == "ffmpeg" else importlib.util.find_spec(name)
        if there is None:
            print(f"{name} is not installed: left out")
            return False
    return True


def versions(names: list[str]) -> str:
    """What takes part besides what the project depends on."""
    told = [f"{name} {metadata.version(name)}" for name in names if name in PACKAGES]
    if "ffmpeg" in names:
        words = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout.split()
        told.insert(0, f"ffmpeg {words[2]}")
    return ", ".join(told) or "nothing to compare with"


# What came out


def sound_of(path: str) -> list[bytes]:
    """The packets of a file's sound."""
    with av.open(path) as container:
        if not container.streams.audio:
            return []
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def fate_of_sound(source: str, output: str) -> str:
    """What became of a clip's sound."""
    before, after = sound_of(source), sound_of(output)
    if not before:
        return "none"
    if not after:
        return "lost"
    return "copied" if set(after) <= set(before) else "encoded"


def frames_of(path: str) -> int:
    """How many frames a file has, packet by packet."""
    with av.open(path) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)


# The table


class Contest:
    """The contestants' turns on one clip."""

    def __init__(self, clip: str, info: StreamInfo, names: list[str], presets: list[str], folder: Path) -> None:
        """Say who takes part; those of mp4v run under the first preset's rules, which they ignore."""
        self.clip, self.info, self.presets = clip, info, presets
        self._output = folder / "out.mp4"
        self.rows = [(name, preset) for preset in presets for name in names if name in H264]
        self.rows += [(name, MP4V) for name in names if name in OTHER]
        self.frames: dict[tuple[str, str], int] = {}
        self.sound: dict[tuple[str, str], str] = {}

    def rival(self, row: tuple[str, str]) -> tuple[str, str]:
        """The engine's row that another is compared with."""
        return "framechain", self.presets[0] if row[1] == MP4V else row[1]

    def turn(self, row: tuple[str, str]) -> measure.Run:
        """Let one of them run; what came out is looked at once."""

        def work(output: str) -> int:
            (H264 | OTHER)[row[0]](Job(self.clip, self.info, output, self.rival(row)[1]))
            return self.info.frame_count or 1

        run = measure.timed(work, self._output)
        if row not in self.frames:
            self.frames[row] = frames_of(str(self._output))
            self.sound[row] = fate_of_sound(self.clip, str(self._output))
        return run

    def run(self, rounds: int) -> None:
        """Let all of them take turns, and print the table."""
        runs = measure.in_turns({row: partial(self.turn, row) for row in self.rows}, rounds)
        print(
            f"\n{self.info.width}x{self.info.height}, {self.info.frame_count} frames; "
            "ratio: framechain's time over this one's\n"
            "with        settings  |    fps  CPU ms/frame | ratio  (least - most) |     MB frames  sound"
        )
        for row, told in runs.items():
            ratios = [ours.seconds / run.seconds for ours, run in zip(runs[self.rival(row)], told, strict=True)]
            print(
                f"{row[0]:11} {row[1]:9} | {median(run.rate for run in told):6.1f} "
                f"{median(run.cpu_ms for run in told):13.1f} | {median(ratios):5.2f}   "
                f"({min(ratios):.2f} - {max(ratios):.2f}) | {told[-1].megabytes:6.2f} {self.frames[row]:6}  "
                f"{self.sound[row]}",
                flush=True,
            )


def compare(options: argparse.Namespace, folder: Path) -> None:
    """Print a table for every clip."""
    presets = list(dict.fromkeys(options.preset or [DEFAULT_PRESET, "superfast"]))
    names = [name for name in (*H264, *OTHER) if installed(name)]
    print(f"{versions(names)}; crf, or constant quantiser with {DEFAULT_PRESET}: {CRF}")
    for clip, info in measure.clips(options, folder):
        Contest(clip, info, names, presets, folder).run(options.rounds)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description="An empty chain beside other ways to transcode a clip.")
    measure.common_options(parser)
    presets = (DEFAULT_PRESET, *X264_PRESETS)
    parser.add_argument("--preset", choices=presets, action="append", help="repeatable (realtime and superfast)")
    measure.measured(parser.parse_args(), compare)


if __name__ == "__main__":
    main()
