"""How a matte treats what is beside a person: somebody else, a dark curtain, a chair's back. The truth is known.

    python benchmarks/neighbours.py                            # scenes made of samples/
    python benchmarks/neighbours.py MEDIA                      # and of the keyed people and photographs of a folder
    python benchmarks/neighbours.py MEDIA --sheets out/        # contact sheets, every 10th frame
    python benchmarks/neighbours.py --pictures docs/quality    # one frame of each scene of samples/
    python benchmarks/neighbours.py --only balanced --scenes "dark curtain"

worst: the lowest IoU of a frame. lost: per cent of the people's pixels that are not found. head: the same of a single
head, in the worst frame (heads of which less than a hundredth of the frame's height squared can be seen do not count).
more: pixels wrongly found, in per cent of the people's. furniture: per cent of the drawn furniture that is taken for a
person. All at one half of alpha.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

# It puts this checkout before whatever is installed.
from neighbour_scenes import FRAMES, SAMPLE_SCENES, Scene, Shot, make_media_scenes

# isort: split
import cv2
import numpy as np
from cutters import SETTINGS, Cutter
from scores import Bytes, Mask, VideoScore

from framechain.pixels.text import draw_caption

BACKGROUND = 96, 140, 60
_SHEET = range(0, FRAMES, 10)
_TILE = 480, 270
_LEAST_HEAD = 0.01


@dataclass
class NeighbourScore:
    """Scores of one clip, one entry for each frame."""

    video: VideoScore = field(default_factory=VideoScore)
    lost: list[float] = field(default_factory=list)
    heads: list[float] = field(default_factory=list)
    more: list[float] = field(default_factory=list)
    furniture: list[float] = field(default_factory=list)

    def add(self, alpha: Bytes, shot: Shot) -> None:
        """Score the next frame: uint8 (H, W), as estimated, and the truth."""
        self.video.add(alpha, shot.alpha)
        found, there = alpha > 127, shot.alpha > 127
        people = max(1, int(np.count_nonzero(there)))
        self.lost.append(100 * np.count_nonzero(there & ~found) / people)
        self.more.append(100 * np.count_nonzero(found & ~there) / people)
        least = _LEAST_HEAD * alpha.shape[0] ** 2
        heads = [head for head in shot.heads if np.count_nonzero(head) > least]
        self.heads.append(max((_share(head & ~found, head) for head in heads), default=0.0))
        if shot.furniture.any():
            self.furniture.append(_share(shot.furniture & found, shot.furniture))

    @property
    def row(self) -> tuple[float, ...]:
        """IoU, boundary IoU, worst IoU, lost, worst head, more, furniture (NaN if there is none), flicker."""
        overlaps = self.video.images.overlaps
        return (
            float(np.mean(overlaps)),
            float(np.mean(self.video.images.boundaries)),
            min(overlaps),
            float(np.mean(self.lost)),
            max(self.heads),
            float(np.mean(self.more)),
            float(np.mean(self.furniture)) if self.furniture else float("nan"),
            self.video.flicker,
        )


def _share(part: Mask, whole: Mask) -> float:
    return 100 * float(np.count_nonzero(part)) / max(1, int(np.count_nonzero(whole)))


def score_scene(cutter: Cutter, shots: Iterable[Shot]) -> tuple[NeighbourScore, list[Bytes]]:
    """Return the scores of a clip, and the composite of every 10th frame."""
    score, tiles = NeighbourScore(), []
    cutter.begin("video")
    for index, shot in enumerate(shots):
        alpha = cutter(shot.frame)
        score.add(alpha, shot)
        if index in _SHEET:
            tiles.append(_compose(shot.frame, alpha))
    return score, tiles


def write_sheet(path: Path, tiles: list[Bytes]) -> None:
    """Write images side by side, four in a row."""
    small = [np.asarray(cv2.resize(tile, _TILE, interpolation=cv2.INTER_AREA), np.uint8) for tile in tiles]
    small += [np.zeros_like(small[0])] * (-len(small) % 4)
    rows = [np.hstack(small[start : start + 4]) for start in range(0, len(small), 4)]
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), np.vstack(rows)):
        raise SystemExit(f"neighbours.py: cannot write {path}")


def print_table(chosen: list[Scene], settings: Iterable[str], sheets: Path | None) -> None:
    """Print a row for each setting and scene, and write the contact sheets."""
    print(f"{'':16} | {'':28} |   IoU | bound. | worst | lost % | head % | more % | furniture % | flicker")
    cutters = {name: SETTINGS[name]() for name in settings}
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in cutters}
    for scene in chosen:
        shots = list(scene.shots())
        for name, cutter in cutters.items():
            score, tiles = score_scene(cutter, shots)
            rows[name].append(score.row)
            print(_format_row(name, scene.name, score.row), flush=True)
            if sheets is not None:
                stem = f"{scene.name}_{name}".replace(" ", "_").replace(",", "").replace("'", "")
                write_sheet(sheets / f"{stem}.png", tiles)
    for name, cutter in cutters.items():
        mean = tuple(np.nanmean(rows[name], axis=0).tolist())
        print(_format_row(name, "mean", mean))
        cutter.close()


def write_pictures(folder: Path, index: int = 40) -> None:
    """Write a frame of each scene of samples/: the frame, the tutorial's recipe and `balanced`, side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    for scene in SAMPLE_SCENES:
        shots = list(scene.shots())[: index + 1]
        tiles = [("frame", shots[-1].frame)]
        for caption, name in (("tutorial's recipe", "tutorial"), ("framechain", "balanced")):
            cutter = SETTINGS[name]()
            cutter.begin("video")
            alpha = [cutter(shot.frame) for shot in shots][-1]
            cutter.close()
            tiles.append((caption, _compose(shots[-1].frame, alpha)))
        shown = []
        for caption, image in tiles:
            small = np.asarray(cv2.resize(image, _TILE, interpolation=cv2.INTER_AREA), np.uint8)
            draw_caption(small, caption)
            shown.append(small)
        path = folder / f"{scene.name.replace(' ', '_').replace(chr(39), '')}.jpg"
        if not cv2.imwrite(str(path), np.hstack(shown), [cv2.IMWRITE_JPEG_QUALITY, 90]):
            raise SystemExit(f"neighbours.py: cannot write {path}")
        print(path)


def _compose(frame: Bytes, alpha: Bytes) -> Bytes:
    share = alpha[..., None] / 255
    return np.rint(frame * share + np.array(BACKGROUND) * (1 - share)).astype(np.uint8)


def _format_row(setting: str, scene: str, row: tuple[float, ...]) -> str:
    overlap, boundary, worst, lost, head, more, furniture, flicker = row
    return (
        f"{setting:16} | {scene:28} | {overlap:5.3f} | {boundary:6.3f} | {worst:5.3f} | {lost:6.2f} | {head:6.1f} |"
        f" {more:6.2f} | {furniture:11.2f} | {flicker:7.2f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How a matte treats what is beside a person.")
    parser.add_argument("media", nargs="?", type=Path, help="holds masks/video/ and backgrounds/")
    parser.add_argument(
        "--only", nargs="+", choices=SETTINGS, default=["tutorial", "fast, landscape", "balanced", "best"]
    )
    parser.add_argument("--scenes", nargs="+", metavar="NAME", help="some of the scenes")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="only write pictures of the scenes of samples/")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="folder for contact sheets")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.pictures is not None:
        write_pictures(options.pictures)
        return
    found = [*SAMPLE_SCENES, *(make_media_scenes(options.media) if options.media else [])]
    unknown = set(options.scenes or ()) - {scene.name for scene in found}
    if unknown:
        names = ", ".join(scene.name for scene in found)
        raise SystemExit(f"neighbours.py: no scene {sorted(unknown)[0]!r}; there are: {names}")
    chosen = [scene for scene in found if not options.scenes or scene.name in options.scenes]
    print_table(chosen, options.only, options.sheets)


if __name__ == "__main__":
    main()
