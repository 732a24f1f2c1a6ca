"""Whether each face is covered in each frame: `framechain anonymize` and FaceBlur against deface, in turn.

    python benchmarks/faces.py                                      # ../shared, without deface
    python benchmarks/faces.py MEDIA --deface ENV                   # beside deface 1.5.0
    python benchmarks/faces.py MEDIA --only mdn asl --sheets out/   # some excerpts; sheets of what stayed uncovered
    python benchmarks/faces.py MEDIA --deface ENV --tables speed    # frames/s alone

ENV is an environment with `pip install deface==1.5.0 onnx onnxruntime` (without onnx it falls back to OpenCV). Each
tool gets the same file: an excerpt (face_truth.py), upright, of constant rate, H.264 at crf 12; images as they are.

uncovered: frames in which the middle of a face's box still shows the source's detail (face_judge.py). in vain: mean per
cent of the frame that is covered outside all faces. frames/s: a whole process, start included, at 1280x720 and in turn;
the ratio is the median of the rounds' ratios, of wall time and of CPU time. live: FaceBlur behind a camera of 30
frames/s at 1280x720; dropped frames in per cent, and CPU ms per frame.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import face_sheets
import face_truth
import measure

# isort: split
import cv2
import numpy as np
from face_judge import Score
from face_truth import Bytes, Truth
from measure import ROOT, Run

from framechain import Engine, Frame, FrameInfo, Source, StreamInfo
from framechain.faces import FaceBlur
from framechain.pixels.pyav import av

VERSION = "1.5.0"
SPEED_CLIP = "clips/liveportrait_s18_720p30_audio.mp4"
LIVE_RATE = 30
# Must: frames with an uncovered face, and how much faster than deface; aim: none, and 15.
_MOST_UNCOVERED, _LEAST_RATIO = 0.001, 8.0
_IMAGES = ".jpg", ".png"
Tool = Callable[[Path, Path], None]


class ToolError(OSError):
    """A tool failed; the message has the last line that it printed."""


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise ToolError(f"{' '.join(command[:3])} ... failed: {lines[-1]}")


def _framechain(*arguments: str) -> None:
    _run([sys.executable, "-c", "import framechain_command as command; command.run()", *arguments])


def anonymize(clip: Path, output: Path) -> None:
    """Run `framechain anonymize` with its defaults."""
    _framechain("anonymize", str(clip), "--output", str(output))


def blur_once(clip: Path, output: Path) -> None:
    """Run FaceBlur in one pass, as it works behind a camera, over each frame of a file."""
    _framechain(str(clip), "--object", "face-blur", "--output", str(output))


def find_deface(environment: Path | None) -> Tool | None:
    """Return deface in an environment, or None, after a sentence, if it is not there."""
    if environment is None:
        print("deface is not compared: give the folder of an environment with deface 1.5.0 by --deface ENV.")
        return None
    python = environment / "bin" / "python"
    asked = [str(python), "-m", "deface.deface", "--version"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        found = ""
    if found != VERSION:
        print(f"deface is not compared: {python} has {found or 'no deface'}, not {VERSION}.")
        return None

    def deface(clip: Path, output: Path) -> None:
        _run([str(python), "-m", "deface.deface", str(clip), "-o", str(output)])

    return deface


# What is judged


def make_excerpt(truth: Truth, media: Path, folder: Path) -> Path:
    """Write the frames of an excerpt as a file that all tools read alike, and return its path."""
    path = media / truth.clip
    if path.suffix in _IMAGES:
        return path
    made = folder / f"{truth.name}.mp4"
    return made if made.exists() else write_clip(made, face_truth.read_frames(path, truth.first, truth.frames))


def write_clip(path: Path, frames: Iterable[Bytes], rate: int = 30) -> Path:
    """Write frames of an even size, BGR, as H.264 that is nearly without loss."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=rate, options={"crf": "12", "preset": "veryfast"})
        video.pix_fmt = "yuv420p"
        for index, image in enumerate(frames):
            if index == 0:
                video.height, video.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


def judge(truth: Truth, clip: Path, output: Path) -> tuple[Score, dict[int, Bytes]]:
    """Compare an output with what its tool was given.

    Args:
        truth: Where the faces are.
        clip: What the tool was given.
        output: What it wrote.

    Returns:
        The score, and the frames of the output with an uncovered face.

    Raises:
        ToolError: If frames are missing.
    """
    score, seen = Score(), {}
    pairs = zip(*(face_truth.read_frames(path, 0, None) for path in (clip, output)), strict=False)
    for (source, result), faces, either in zip(pairs, truth.boxes(), truth.either(), strict=False):
        before = len(score.uncovered)
        score.add(source, result, faces, either)
        if len(score.uncovered) > before:
            seen[score.frames - 1] = result
    written = sum(1 for _ in face_truth.read_frames(output, 0, None))
    if not score.frames == written == truth.frames:
        raise ToolError(f"{output.name}: has {written} frames, not the {truth.frames} that it was made of")
    return score, seen


def write_uncovered(folder: Path, name: str, truth: Truth, score: Score, seen: Mapping[int, Bytes]) -> None:
    """Write sheets of the frames of an output in which a face stayed uncovered."""
    tiles = []
    for index, image in seen.items():
        boxes = [box for at, box, _ in score.uncovered if at == index]
        height, width = truth.size[1], truth.size[0]
        frame = np.asarray(cv2.resize(image, (width, height)), np.uint8)
        tiles.append(face_sheets.draw(frame, boxes, [], f"{truth.first + index}", 450))
    face_sheets.write_tiles(folder, f"{truth.name}_{name}", tiles)


def print_cover(options: argparse.Namespace, tools: Mapping[str, Tool], folder: Path) -> bool:
    """Print uncovered frames and what is covered in vain, per excerpt and in sum; return whether the must is met."""
    heads = " | ".join(f"{name:>11} uncovered  in vain %" for name in tools)
    print(f"{'':32} | frames | {heads}")
    scores: dict[str, list[Score]] = {name: [] for name in tools}
    for truth in face_truth.read_all(options.only):
        clip = make_excerpt(truth, options.media, folder)
        cells = []
        for name, tool in tools.items():
            output = folder / f"{truth.name}_{name}{clip.suffix}"
            if not (options.keep and name == "deface" and output.exists()):
                output.unlink(missing_ok=True)
                tool(clip, output)
            score, seen = judge(truth, clip, output)
            scores[name].append(score)
            cells.append(_format_score([score]))
            if options.sheets is not None:
                write_uncovered(options.sheets, name, truth, score, seen)
            if options.verbose and score.uncovered:
                faces = [f"{truth.first + at} {box} {likeness:.2f}" for at, box, likeness in score.uncovered]
                print(f"  {name}: " + "; ".join(faces))
        print(f"{truth.name[:32]:32} | {truth.frames:6} | {' | '.join(cells)}", flush=True)
    total = sum(score.frames for score in next(iter(scores.values())))
    print(f"{'sum; mean':32} | {total:6} | {' | '.join(map(_format_score, scores.values()))}")
    return _judge_musts(scores)


def _format_score(scores: list[Score]) -> str:
    bad, share = _combine(scores)
    frames = sum(score.frames for score in scores)
    return f"{bad:12} {bad / max(1, frames):7.2%} {100 * share:11.3f}"


def _combine(scores: list[Score]) -> tuple[int, float]:
    """Return the number of frames with an uncovered face and the mean share of a frame that is covered in vain."""
    shares = [share for score in scores for share in score.in_vain]
    return sum(len(score.bad_frames) for score in scores), float(np.mean(shares)) if shares else 0.0


def _judge_musts(scores: Mapping[str, list[Score]]) -> bool:
    if "anonymize" not in scores:
        return True
    bad, share = _combine(scores["anonymize"])
    frames = sum(score.frames for score in scores["anonymize"])
    results = {f"at most {_MOST_UNCOVERED:.1%} uncovered": bad <= _MOST_UNCOVERED * frames}
    if "deface" in scores:
        theirs, their_share = _combine(scores["deface"])
        results["no more uncovered than deface"] = bad <= theirs
        results["no more in vain than deface"] = share <= their_share
    return _print_results(results)


def _print_results(results: Mapping[str, bool]) -> bool:
    print("anonymize: " + "; ".join(f"{what}: {'yes' if met else 'NO'}" for what, met in results.items()) + "\n")
    return all(results.values())


# Speed


def print_speed(options: argparse.Namespace, tools: Mapping[str, Tool], folder: Path) -> bool:
    """Print frames/s at 720p, in turn; return whether the must is met."""
    frames = face_truth.read_frames(options.media / SPEED_CLIP, 0, options.frames)
    clip = write_clip(folder / "speed.mp4", frames)
    count = sum(1 for _ in face_truth.read_frames(clip, 0, None))

    def time_tool(name: str, tool: Tool) -> Callable[[], Run]:
        def work(output: str) -> int:
            tool(clip, Path(output))
            return count

        return lambda: measure.time_run(work, folder / f"{name}_speed.mp4")

    # Whole processes need no round to warm up.
    works = {name: time_tool(name, tool) for name, tool in tools.items()}
    rounds = measure.take_turns(works, options.rounds, warm_up=False)
    print(f"{'':10} | frames/s | CPU ms per frame | times deface: wall |   CPU   ({count} frames)")
    met = True
    for name, runs in rounds.items():
        row = f"{name:10} | {median(run.rate for run in runs):8.1f} | {median(run.cpu_ms for run in runs):16.1f} |"
        if "deface" in rounds:
            pairs = list(zip(runs, rounds["deface"], strict=True))
            ratio = median(theirs.seconds / ours.seconds for ours, theirs in pairs)
            row += f" {ratio:18.1f} | {median(theirs.cpu / ours.cpu for ours, theirs in pairs):7.1f}"
            if name == "anonymize":
                met = _print_results({f"{_LEAST_RATIO:g} times deface's speed": ratio >= _LEAST_RATIO})
        print(row, flush=True)
    return met


class PacedImages(Source):
    """A camera that shows images over and over at its rate, whether or not they are taken."""

    def __init__(self, images: list[Bytes], rate: int, seconds: float) -> None:
        self._images, self._rate, self._count = images, rate, round(rate * seconds)
        self._stopped = False
        height, width = images[0].shape[:2]
        self.info = StreamInfo("paced", "camera", width, height, Fraction(1, 1_000_000), Fraction(rate))

    def __iter__(self) -> Iterator[Frame]:
        began = time.monotonic()
        for index, image in enumerate(islice(cycle(self._images), self._count)):
            time.sleep(max(0.0, began + index / self._rate - time.monotonic()))
            if self._stopped:
                return
            pts = round((time.monotonic() - began) * 1_000_000)
            yield Frame(FrameInfo(index, pts, 0, self.info), bgr=image.copy())

    def stop(self) -> None:
        """End before the next frame."""
        self._stopped = True

    def close(self) -> None:
        """End before the next frame."""
        self.stop()


def print_live(options: argparse.Namespace) -> bool:
    """Print what FaceBlur holds behind a camera; return whether it holds its rate."""
    images = list(face_truth.read_frames(options.media / SPEED_CLIP, 0, 60))
    source = PacedImages(images, LIVE_RATE, options.seconds)
    # The first answer loads the models.
    blur = FaceBlur()
    began, cpu = time.perf_counter(), measure.get_cpu_seconds()
    result = Engine(source=source, custom_objects=[blur], show=False, progress=False, flip_view=False).run()
    seconds, cpu = time.perf_counter() - began, measure.get_cpu_seconds() - cpu
    shown = result.frames_read - result.dropped
    held = result.dropped <= 0.01 * result.frames_read
    print(
        f"live, {LIVE_RATE} frames/s for {options.seconds:g} s: {shown / seconds:.1f} frames/s shown, "
        f"{result.dropped / max(1, result.frames_read):.1%} dropped, "
        f"{1000 * cpu / max(1, shown):.1f} CPU ms per frame; held: {'yes' if held else 'NO'}"
    )
    return held


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Whether each face is covered in each frame.")
    parser.add_argument("media", nargs="?", type=Path, default=ROOT.parent / "shared", help="holds faces/ and clips/")
    parser.add_argument("--deface", type=Path, metavar="ENV", help=f"environment with deface {VERSION}")
    parser.add_argument("--only", nargs="+", default=(), metavar="WORD", help="excerpts whose name has it")
    parser.add_argument("--tools", nargs="+", default=["anonymize", "FaceBlur", "deface"])
    parser.add_argument("--tables", nargs="+", choices=("cover", "speed", "live"), default=["cover", "speed", "live"])
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="folder for sheets of frames with uncovered faces")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep outputs there, and use deface's again")
    parser.add_argument("--verbose", action="store_true", help="print each uncovered face")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long live runs")
    measure.add_common_options(parser, rounds=3, frames=282)
    options = parser.parse_args()
    if not (options.media / "faces").is_dir():
        print(f"Nothing is measured: {options.media} has no faces/; give the folder of media.")
        return
    measure.print_machine(options.rounds)
    tools: dict[str, Tool] = {"anonymize": anonymize, "FaceBlur": blur_once}
    deface = find_deface(options.deface) if "deface" in options.tools else None
    if deface is not None:
        tools["deface"] = deface
    tools = {name: tool for name, tool in tools.items() if name in options.tools}
    met = []
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = options.keep or Path(name)
            folder.mkdir(parents=True, exist_ok=True)
            if "cover" in options.tables:
                met.append(print_cover(options, tools, folder))
            if "speed" in options.tables:
                met.append(print_speed(options, tools, folder))
        if "live" in options.tables:
            met.append(print_live(options))
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
    sys.exit(0 if all(met) else 1)


if __name__ == "__main__":
    main()
