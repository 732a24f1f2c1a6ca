"""How far the alpha of a film that is processed in segments is from that of a run over the whole film.

    python benchmarks/segments.py clip.mp4 other.mp4              # MPSegmentation and the mattes of scenes
    python benchmarks/segments.py clip.mp4 --only MPSegmentation --history 30 60 120
    python benchmarks/segments.py clip.mp4 --images seams         # ten frames around each cut, as PNG
    python benchmarks/segments.py --scene                         # a still camera, a person who walks by, and drift

Both outputs are encoded without loss and decoded again. Differences are in grey levels of 255: the mean of all pixels
of all frames after the first cut, the mean of the worst of these frames, and the largest of a pixel. Under "first" are
the mean of the frames at the cuts, where the warm-up was shortest, and the mean of the worst of them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scenes import make_empty_shots, make_shots, make_view

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

from framechain import BackgroundReplacement, Encoding, Engine, MPSegmentation, read  # noqa: E402
from framechain.backgrounds import Color  # noqa: E402
from framechain.batch.segments.history import find_history  # noqa: E402
from framechain.batch.segments.plan import CannotSplitError  # noqa: E402
from framechain.batch.segments.process import process_in_segments  # noqa: E402
from framechain.mattes import (  # noqa: E402
    KNN,
    MOG2,
    ChromaKey,
    ContourFill,
    OtsuThreshold,
    ReferenceFrame,
    RunningAverage,
)

CLIP = ROOT / "samples" / "clip.mp4"
_SCENE = "scene.mp4"
_SCENE_FRAMES, _EMPTY_FRAMES = 240, 40
_LOSSLESS = Encoding(crf=0)
_AROUND = 5
Frames = NDArray[np.uint8]


def make_cases(clip: str) -> dict[str, Callable[..., Any]]:
    """Return what makes each object, by name; it is given `matte_only`."""

    def replace(matte: Callable[[], Any]) -> Callable[..., Any]:
        return lambda **options: BackgroundReplacement(matte(), Color((0, 255, 0)), **options)

    empty = next(iter(read(clip))).bgr.copy()
    return {
        "MPSegmentation": lambda **options: MPSegmentation(bg_color=(0, 255, 0), **options),
        "MPSegmentation fast": lambda **options: MPSegmentation(bg_color=(0, 255, 0), quality="fast", **options),
        "MPSegmentation best": lambda **options: MPSegmentation(bg_color=(0, 255, 0), quality="best", **options),
        "ChromaKey": replace(ChromaKey),
        "OtsuThreshold": replace(OtsuThreshold),
        "ContourFill": replace(ContourFill),
        "ReferenceFrame(image)": replace(lambda: ReferenceFrame(empty)),
        "ReferenceFrame": replace(ReferenceFrame),
        "RunningAverage": replace(lambda: RunningAverage(60)),
        "MOG2": replace(MOG2),
        "KNN": replace(KNN),
    }


def compare(
    clip: str,
    thing: Callable[..., Any],
    segments: int,
    history: int | None,
    seconds: float,
    images: str | None,
    name: str,
) -> str:
    """Return a row of the table for one object and one clip."""
    options: dict[str, Any] = {"end": seconds, "break_on_end": True, "audio": False, "encoding": _LOSSLESS}
    with tempfile.TemporaryDirectory() as folder:
        whole, joined = os.path.join(folder, "whole.mp4"), os.path.join(folder, "joined.mp4")
        matte = thing(matte_only=True)
        try:
            declared: int | None = find_history([matte])
        except CannotSplitError:
            declared = None
        used = declared if history is None else history
        row = f"{Path(clip).name[:28]:28} {name:22} {'all' if declared is None else declared:>8} "
        if used is None:
            return row + "  not cut"
        Engine(video_path=clip, custom_objects=[thing(matte_only=True)], output_path=whole, **options).run()
        cuts = make_in_segments(clip, matte, joined, segments, used, options)
        expected, found = read_grey(whole), read_grey(joined)
        difference = np.abs(found.astype(np.int16) - expected)
        after = difference[cuts[0] :] if cuts else difference[:0]
        first = [float(difference[cut].mean()) for cut in cuts]
        if images is not None:
            result = os.path.join(folder, "result.mp4")
            make_in_segments(clip, thing(), result, segments, used, {**options, "encoding": Encoding()})
            write_seams(result, cuts, difference, os.path.join(images, f"{Path(clip).stem}_{name}".replace(" ", "_")))
        if not cuts:
            return row + "  too short to be cut"
        worst = max(float(frame.mean()) for frame in after)
        return (
            f"{row}{used:5} {len(cuts):4} {len(after):6} {float(after.mean()):6.2f} {worst:6.2f} {int(after.max()):7} "
            f"{np.mean(first):6.2f} {max(first):6.2f}"
        )


def make_in_segments(
    clip: str, thing: Any, output: str, segments: int, history: int, options: dict[str, Any]
) -> Sequence[int]:
    """Make the output; return the first frame of each segment but the first."""
    cuts: list[int] = []

    def note(function: Callable[[Any], Any], items: Any) -> Any:
        cuts.extend(item.first for item in items)
        return [function(item) for item in items]

    thing.__class__ = type(type(thing).__name__, (type(thing),), {"history": history})
    process_in_segments(clip, [thing], output, segments=segments, map=note, **options)
    return cuts[1:]


def make_scene(path: str) -> None:
    """Write a film of a still camera: an empty view at first, then a person who walks by while the light grows."""
    shots = (
        *make_empty_shots(make_view(), _EMPTY_FRAMES),
        *make_shots(make_view(), _SCENE_FRAMES - _EMPTY_FRAMES, drift=0.15, shadow=0.3),
    )
    images = ((shot.frame, index / 25) for index, shot in enumerate(shots))
    Engine(source=images, output_path=path, encoding=Encoding(crf=12, preset="veryfast")).run()


def read_grey(path: str) -> Frames:
    """Return the frames of a grey film: uint8 (frames, H, W)."""
    return np.stack([frame.bgr[..., 1] for frame in read(path)])


def write_seams(result: str, cuts: Sequence[int], difference: NDArray[np.int16], name: str) -> None:
    """Write the frames around each cut side by side; below each how far its alpha is from that of the whole run."""
    frames = [frame.bgr.copy() for frame in read(result)]
    for cut in cuts:
        indices = range(max(0, cut - _AROUND), min(len(frames), cut + _AROUND))
        columns = []
        for index in indices:
            error = np.clip(difference[index] * 4, 0, 255).astype(np.uint8)
            column = np.vstack([frames[index], cv2.cvtColor(error, cv2.COLOR_GRAY2BGR)])
            column = np.asarray(cv2.resize(column, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
            label = f"{index}{' cut' if index == cut else ''}: {float(difference[index].mean()):.2f}"
            cv2.putText(column, label, (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 255), 1, cv2.LINE_AA)
            columns.append(column)
        rows = [np.hstack(columns[: len(columns) // 2]), np.hstack(columns[len(columns) // 2 : len(columns) // 2 * 2])]
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(f"{name}_{cut}.png", np.vstack(rows))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", default=[str(CLIP)], help="films (default: the sample)")
    parser.add_argument("--segments", type=int, default=4, help="into how many (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1e6, help="how much of each film")
    parser.add_argument("--history", type=int, nargs="*", help="instead of what the objects declare")
    parser.add_argument("--only", nargs="*", help="names of the table's objects")
    parser.add_argument("--images", help="a folder for the frames around each cut")
    parser.add_argument("--scene", action="store_true", help="use a film that is made for it instead")
    options = parser.parse_args(arguments)
    print(f"{'film':28} {'object':22} {'history':>8} {'used':>5} cuts frames   mean  worst largest  first  worst")
    with tempfile.TemporaryDirectory() as folder:
        clips = options.clips
        if options.scene:
            clips = [os.path.join(folder, _SCENE)]
            make_scene(clips[0])
        for clip in clips:
            for name, thing in make_cases(clip).items():
                if options.only is None or name in options.only:
                    for history in options.history or [None]:
                        row = compare(clip, thing, options.segments, history, options.seconds, options.images, name)
                        print(row, flush=True)


if __name__ == "__main__":
    main()
