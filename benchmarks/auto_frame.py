"""How smoothly `AutoFrame` moves, and whether faces stay in its shots.

    python benchmarks/auto_frame.py                      # the clips of ../shared that show faces; two minutes
    python benchmarks/auto_frame.py --size 1080 1920 --only mdn volcomix

Printed for each clip:

- jerk: the root mean square of the third difference, from frame to frame, of the middle and the height of the shot, as
  a share of what it is if each frame is cropped by itself: the same composition of the faces that `FaceDetector` finds
  in that frame alone (the last crop stays while it finds none).
- inside: of the faces of benchmarks/faces_truth (CenterFace's, corrected by eye), how many are within the shot as far
  as they are within the frame. Frames with faces that no shot of these proportions can show together are left out.
- the mean height of the shot as a share of the largest one, and the CPU milliseconds for a frame, its detection
  included, with one thread of OpenCV.
"""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import measure

# isort: split
import cv2
import numpy as np
from face_truth import Box, Truth, read_all

from framechain import open_source
from framechain.faces import FaceDetector
from framechain.faces.tiles import make_tiles, make_whole
from framechain.framing import AutoFrame
from framechain.framing.composition import Limits, Shot, compose, find_height, read_subject

SHARED = measure.ROOT.parent / "shared"
# Pixels by which a box of the truth may reach beyond a shot: it is kept to within two pixels.
SLACK = 2.0


@dataclass
class Score:
    """What was seen of one clip."""

    path: list[Shot] = field(default_factory=list)
    alone: list[Shot] = field(default_factory=list)
    inside: int = 0
    faces: int = 0
    outside: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def jerk(self) -> float:
        """The path's, in pixels for each frame."""
        return measure_jerk(self.path)

    @property
    def jerk_alone(self) -> float:
        """That of single crops."""
        return measure_jerk(self.alone)


def measure_jerk(path: list[Shot]) -> float:
    """Return the root mean square of the third difference of a path."""
    return float(np.sqrt((np.diff(np.array(path), n=3, axis=0) ** 2).mean()))


def score_clip(truth: Truth, media: Path, framing: AutoFrame, detector: FaceDetector) -> Score:
    """Frame a clip from its beginning to the end of the excerpt that is judged."""
    score, boxes = Score(), truth.boxes()
    width, height = framing.size or truth.size
    limits = Limits(*truth.size, width / height, framing.face, framing.min_zoom, framing.max_zoom)
    regions = [make_whole(*truth.size), *make_tiles(*truth.size, 1.0)]
    alone = limits.make_widest()
    with open_source(str(media / truth.clip)) as source:
        framing.open(source.info)
        for index, frame in enumerate(itertools.islice(source, truth.first + truth.frames)):
            is_judged = index >= truth.first
            if is_judged and (found := detector.detect(frame, regions)):
                people = [read_subject(face) for face in found]
                alone = compose(people, find_height(people, limits), limits)
            start = time.process_time()
            framing.process_frame(frame)
            score.seconds.append(time.process_time() - start)
            assert framing.region is not None
            left, top, across, down = framing.region
            if is_judged:
                score.path.append(Shot(left + across / 2, top + down / 2, down))
                score.alone.append(alone)
                judge(score, index, boxes[index - truth.first], framing.region, limits)
        framing.close()
    return score


def judge(score: Score, index: int, boxes: list[Box], region: tuple[float, ...], limits: Limits) -> None:
    """Count the faces of a frame that are within its shot."""
    clipped = np.array([(max(0, x), max(0, y), x + w, y + h) for x, y, w, h in boxes]).reshape(-1, 4)
    clipped = np.minimum(clipped, (*(limits.width, limits.height) * 2,))
    if not len(clipped):
        return
    spread = clipped[:, 2:].max(0) - clipped[:, :2].min(0)
    if (spread > (limits.largest * limits.aspect, limits.largest)).any():
        return
    left, top, across, down = region
    shown = (clipped >= (left - SLACK, top - SLACK, -1, -1)) & (
        clipped <= (np.inf, np.inf, left + across + SLACK, top + down + SLACK)
    )
    score.faces += len(clipped)
    score.inside += int(shown.all(axis=1).sum())
    if not shown.all():
        score.outside.append(index)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How smoothly AutoFrame moves, and whether faces stay in its shots.")
    parser.add_argument("media", nargs="?", type=Path, default=SHARED, help="the folder with clips/ and faces/")
    parser.add_argument("--size", nargs=2, type=int, metavar=("WIDTH", "HEIGHT"), help="of the output")
    parser.add_argument("--face", type=float, default=0.22, help="share of the shot's height")
    parser.add_argument("--people", default="group", help="group or one")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="clips whose names have it in them")
    options = parser.parse_args()
    if not options.media.is_dir():
        raise SystemExit(f"auto_frame.py: there is no folder {options.media} with clips/ and faces/")
    cv2.setNumThreads(1)
    detector = FaceDetector(min_score=0.5)
    scores = []
    print(f"{'clip':42} | frames | jerk  | faces inside | height | ms")
    for truth in read_all(options.only):
        if truth.frames < 10:
            continue
        framing = AutoFrame(options.people, size=options.size and tuple(options.size), face=options.face)
        score = score_clip(truth, options.media, framing, detector)
        scores.append((score, truth))
        ratio = f"{score.jerk / score.jerk_alone:.3f}" if score.jerk_alone else "  -  "
        width, height = framing.size or truth.size
        largest = min(truth.size[1], truth.size[0] * height / width)
        share = mean(shot.height for shot in score.path) / largest
        print(f"{truth.name[:42]:42} | {len(score.path):6} | {ratio} | {score.inside:5} of {score.faces:4} | "
              f"{share:6.2f} | {1000 * mean(score.seconds):.1f}  {summarise(score.outside)}", flush=True)  # fmt: skip
    moving = [(score.jerk / truth.size[1], score.jerk_alone / truth.size[1]) for score, truth in scores]
    whole = sum(one for one, _ in moving) / max(1e-9, sum(other for _, other in moving))
    print(
        f"all: jerk {whole:.3f}, {sum(one.inside for one, _ in scores)} of {sum(one.faces for one, _ in scores)} inside"
    )


def summarise(frames: list[int]) -> str:
    """Return frames as ranges: "outside in 3-5, 9"."""
    runs: list[list[int]] = []
    for frame in frames:
        if runs and frame == runs[-1][1] + 1:
            runs[-1][1] = frame
        else:
            runs.append([frame, frame])
    return "outside in " + ", ".join(f"{a}-{b}" if a < b else str(a) for a, b in runs) if runs else ""


if __name__ == "__main__":
    main()
