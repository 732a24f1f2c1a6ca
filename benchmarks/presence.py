"""Whether people are found where there are some, and nobody where there is nobody.

    python benchmarks/presence.py MEDIA                       # `balanced` and `fast`
    python benchmarks/presence.py MEDIA --only balanced best
    python benchmarks/presence.py                             # without media: samples/ alone, nobody and moments

MEDIA holds backgrounds/ (images and clips without people), and may hold clips/, odd/ and masks/video/ as `ONE_BY_ONE`,
`EMPTY_FILES` and *_composite.mp4 with *_alpha.mkv. Images are shown as a hand-held camera sees them: 24 frames that
sway and have noise.

nobody: per cent of the pixels above one half, the mean, and the worst that lasts for three frames, because two frames
pass unseen. small: IoU of a keyed person of a height, the mean after the first frames. moments: frames from the first
empty one until less than 0.5 % is found, and from the first with the whole person until IoU is 0.8.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import scenes

# isort: split
import cv2
import numpy as np
import sequences
from cutters import SETTINGS, Cutter
from labelled import IMAGES, Pair, find_composites, read_keyed_clip
from numpy.typing import NDArray
from scores import Bytes, compute_iou

SIZE = 640, 360
FRAMES = 24
# Frames of a clip, from the first to before the last, that show nobody: found by comparison with its first frames.
ONE_BY_ONE = "intel_one_by_one_768x432_10fps.mp4"
EMPTY_SPANS = (0, 60), (203, 227), (453, 502), (701, 745), (874, 921), (1204, 1234), (1365, 1391)
EMPTY_FILES = (
    "androidx_black_10s.mp4", "androidx_4k60_rot90.mp4", "androidx_hevc10_editlist_rot90_vfr_audio.mp4",
    "androidx_hevc_hlg_10bit_1080p.mp4", "androidx_vfr_slowmotion_720p.mp4", "androidx_vp9_profile2_10bit.webm",
    "decord_video_180.mov", "moviepy_failing_audio.mp4", "mediabunny_vp8_alpha_faulty.webm",
    "torchcodec_bt709_full_range.mp4", "exifsamples_corrupted.jpg", "imagers_apng_ball.png", "sharp_Landscape_1.jpg",
    "sharp_Portrait_1.jpg", "sharp_alpha-premultiply-1024x768-paper.png",
)  # fmt: skip
HEIGHTS = 1 / 2, 1 / 3, 1 / 4
_LASTS = 3
_SETTLED = 6
_EMPTY, _FOUND = 0.005, 0.8


def fit(image: Bytes) -> Bytes:
    """Return an image whose longer side is at most that of SIZE."""
    factor = min(1.0, SIZE[0] / max(image.shape[:2]))
    size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def film(image: Bytes, count: int = FRAMES) -> Iterator[Bytes]:
    """Show an image, uint8 (H, W, 3), as a hand-held camera sees it: it sways, with noise of two grey levels."""
    rng = np.random.default_rng(1)
    height, width = image.shape[:2]
    for index in range(count):
        x, y = 4 * np.sin(0.35 * index), 3 * np.cos(0.23 * index)
        # A little larger than the frame, so that no border shows.
        matrix = np.array([[1.04, 0, x - 0.02 * width], [0, 1.04, y - 0.02 * height]])
        moved = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        yield np.clip(np.rint(moved + rng.normal(0, 2, moved.shape)), 0, 255).astype(np.uint8)


def read(path: Path, limit: int | None = None) -> Iterator[Bytes]:
    """Yield the frames of a clip."""
    clip, index = cv2.VideoCapture(str(path)), 0
    while index != limit:
        found, frame = clip.read()
        if not found:
            break
        yield fit(np.asarray(frame, np.uint8))
        index += 1
    clip.release()


def find_empty(media: Path | None) -> Iterator[tuple[str, Callable[[], Iterator[Bytes]]]]:
    """Yield the name and the frames of everything that shows nobody."""
    files = [scenes.ROOT / "samples" / "background.jpg"]
    if media is not None:
        files += sorted((media / "backgrounds").glob("*"))
        files += [path for name in EMPTY_FILES if (path := media / "odd" / name).exists()]
    for path in files:
        if path.suffix.lower() in IMAGES:
            image = cv2.imread(str(path))
            assert image is not None, path
            yield path.name, lambda image=image: film(fit(np.asarray(image, np.uint8)))  # type: ignore[misc]
        else:
            yield path.name, lambda path=path: read(path, 60)  # type: ignore[misc]
    yield "the sample clip's view", lambda: film(np.asarray(255 * scenes.make_view(SIZE), np.uint8))


def measure_nobody(cutter: Cutter, frames: Iterable[Bytes]) -> tuple[float, float]:
    """Return per cent of the pixels above one half: the mean, and the worst that lasts for three frames."""
    cutter.begin("video")
    shares = [100 * float((cutter(frame) > 127).mean()) for frame in frames]
    return float(np.mean(shares)), _find_lasting(shares)


def _find_lasting(shares: list[float]) -> float:
    """Return the most that three frames in succession have."""
    return max(min(shares[start : start + _LASTS]) for start in range(max(1, len(shares) - _LASTS + 1)))


def measure_spans(cutter: Cutter, clip: Path) -> tuple[float, float]:
    """Return the same of the frames of a clip in which nobody is left, the others running through as well."""
    cutter.begin("video")
    shares = [100 * float((cutter(frame) > 127).mean()) for frame in read(clip)]
    spans = [shares[first:last] for first, last in EMPTY_SPANS]
    return float(np.mean([share for span in spans for share in span])), max(map(_find_lasting, spans))


def shrink_person(pair: Pair, backdrop: Bytes, height: float) -> Pair:
    """Return a keyed person of this share of the frame's height, at the bottom, over a backdrop."""
    frame, truth = pair
    rows = np.flatnonzero((truth > 127).any(axis=1))
    top = int(rows[0]) if rows.size else 0
    scale = height * backdrop.shape[0] / (frame.shape[0] - top)
    # The foot of the keyed person stands on the frame's bottom, a third from its left.
    matrix = np.array(
        [
            [scale, 0, backdrop.shape[1] / 3 - scale * frame.shape[1] / 2],
            [0, scale, backdrop.shape[0] - scale * frame.shape[0]],
        ]
    )
    return place(frame, truth, backdrop, matrix)


def place(frame: Bytes, truth: Bytes, backdrop: Bytes, matrix: NDArray[np.float64]) -> Pair:
    """Return a person, moved by an affine matrix, over a backdrop, and the true alpha of it."""
    size = backdrop.shape[1], backdrop.shape[0]
    flags = cv2.INTER_AREA if matrix[0, 0] < 1 else cv2.INTER_LINEAR
    scale = float(matrix[0, 0])
    if scale < 1:
        # Averages first: an affine transform alone would skip pixels.
        small = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
        frame, truth = (np.asarray(cv2.resize(one, small, interpolation=flags), np.uint8) for one in (frame, truth))
        matrix = matrix.copy()
        matrix[0, 0] = matrix[1, 1] = 1
    person = cv2.warpAffine(frame, matrix, size, flags=cv2.INTER_LINEAR)
    alpha = np.asarray(cv2.warpAffine(truth, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)
    share = alpha[..., None] / 255
    return np.rint(person * share + backdrop * (1 - share)).astype(np.uint8), alpha


def measure_small(cutter: Cutter, clip: Path, backdrops: Iterable[Bytes], height: float) -> list[float]:
    """Return the IoU of each frame after the first ones, of a keyed person of this share of the frame's height."""
    overlaps = []
    for backdrop in backdrops:
        cutter.begin("video")
        for index, (pair, view) in enumerate(zip(read_keyed_clip(clip), film(backdrop, 3 * FRAMES), strict=False)):
            image, truth = shrink_person(pair, view, height)
            alpha = cutter(image)
            if index >= _SETTLED:
                overlaps.append(compute_iou(alpha > 127, truth > 127))
    return overlaps


def walk(people: list[Pair], backdrop: Bytes) -> Iterator[Pair]:
    """Show a person who leaves to the right within 12 frames, is gone for 24, and comes back within 12."""
    count, height, width = len(people), backdrop.shape[0], backdrop.shape[1]
    for index, view in enumerate(film(backdrop, 72)):
        frame, truth = people[index % count]
        at = float(np.interp(index, [0, 12, 24, 48, 60], [0.5, 0.5, 1.6, 1.6, 0.5]))
        scale = 0.8 * height / frame.shape[0]
        matrix = np.array(
            [[scale, 0, at * width - scale * frame.shape[1] / 2], [0, scale, height - scale * frame.shape[0]]]
        )
        yield place(frame, truth, view, matrix)


def measure_moments(cutter: Cutter, frames: Iterable[Pair]) -> tuple[int, int]:
    """Return how many frames pass until nobody is answered after a person left, and until one who came is found."""
    cutter.begin("video")
    shares, overlaps, there = [], [], []
    for frame, truth in frames:
        found = cutter(frame) > 127
        shares.append(float(found.mean()))
        overlaps.append(compute_iou(found, truth > 127))
        there.append(int((truth > 127).sum()))
    empty = [index for index, area in enumerate(there) if area == 0]
    left, last = empty[0], empty[-1]
    whole = next(index for index in range(last, len(there)) if there[index] > 0.8 * there[-1])
    gone = next((index for index in range(left, last) if shares[index] < _EMPTY), last)
    back = next((index for index in range(whole, len(overlaps)) if overlaps[index] >= _FOUND), len(overlaps))
    return gone - left, back - whole


def make_people(media: Path | None) -> dict[str, list[Pair]]:
    """Return some frames of each keyed person, and of the person in samples/."""
    cut = (255 * scenes.cut_out_person()).round().astype(np.uint8)
    people = {"sample": [(np.ascontiguousarray(cut[..., :3]), np.ascontiguousarray(cut[..., 3]))]}
    for clip in find_composites(media / "masks" / "video") if media is not None else []:
        people[clip.name[: -len("_composite.mp4")]] = list(read_keyed_clip(clip))[:72]
    return people


def print_nobody(name: str, cutter: Cutter, media: Path | None) -> None:
    """Print what is found where there is nobody."""
    results = []
    print(f"\n{name}: nobody\n\n{'':46} | mean % | worst %")
    for title, frames in find_empty(media):
        results.append(measure_nobody(cutter, frames()))
        print(f"{title[:46]:46} | {results[-1][0]:6.2f} | {results[-1][1]:7.2f}", flush=True)
    if media is not None and (clip := media / "clips" / ONE_BY_ONE).exists():
        results.append(measure_spans(cutter, clip))
        print(f"{clip.name:46} | {results[-1][0]:6.2f} | {results[-1][1]:7.2f}", flush=True)
    print(f"{'mean; worst':46} | {np.mean([r[0] for r in results]):6.2f} | {max(r[1] for r in results):7.2f}")


def make_backdrops(media: Path | None) -> list[Bytes]:
    """Return the images of backgrounds/, or the ridges of samples/, of SIZE."""
    images = [cv2.imread(str(path)) for path in sorted((media / "backgrounds").glob("*.jpg"))] if media else []
    if not images:
        return [np.asarray(cv2.resize(255 * sequences._make_ridges(), SIZE), np.uint8)]
    return [
        np.asarray(cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA), np.uint8)
        for image in images
        if image is not None
    ]


def print_small(name: str, cutter: Cutter, media: Path | None) -> None:
    """Print how well small people are found."""
    backdrops = make_backdrops(media)
    print(f"\n{name}: small people\n\n{'':20} | height |    IoU | under 0.5")
    for clip in find_composites(media / "masks" / "video") if media is not None else []:
        for height in HEIGHTS:
            overlaps = measure_small(cutter, clip, backdrops, height)
            low = float(np.mean(np.array(overlaps) < 0.5))
            print(f"{clip.name[:20]:20} | {height:6.2f} | {np.mean(overlaps):6.3f} | {low:9.1%}", flush=True)


def print_moments(name: str, cutter: Cutter, media: Path | None) -> None:
    """Print how soon a person who leaves is gone, and one who comes is found."""
    backdrops = make_backdrops(media)
    print(f"\n{name}: moments\n\n{'':20} | until nobody | until found")
    for title, people in make_people(media).items():
        for number, backdrop in enumerate(backdrops):
            gone, back = measure_moments(cutter, walk(people, backdrop))
            print(f"{title:17} {number:2} | {gone:12} | {back:11}", flush=True)


TABLES: dict[str, Callable[[str, Cutter, Path | None], None]] = {
    "nobody": print_nobody,
    "small": print_small,
    "moments": print_moments,
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Whether people are found, and nobody where there is nobody.")
    parser.add_argument("media", nargs="?", type=Path, help="holds backgrounds/, clips/, odd/, masks/video/")
    parser.add_argument("--only", nargs="+", choices=SETTINGS, default=["fast, landscape", "balanced"])
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for name in options.only:
        cutter = SETTINGS[name]()
        for table in options.tables:
            TABLES[table](name, cutter, options.media)
        cutter.close()


if __name__ == "__main__":
    main()
