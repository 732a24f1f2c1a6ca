"""How good the cut-out is: on pictures with masks, on video with true alpha, and beside the tutorial's recipe.

    python benchmarks/quality.py                                # clips made of samples/, and what a frame costs
    python benchmarks/quality.py --masks photos/ selfies/       # folders that hold images/ and masks/
    python benchmarks/quality.py --video clips/                 # *_composite.mp4 with *_alpha.mkv
    python benchmarks/quality.py --steady talk.mp4              # any clip: what blinks
    python benchmarks/quality.py --pictures docs/quality        # crops to look at, from samples/
    python benchmarks/quality.py --pictures out --crops me.jpg:200,0,600,400 talk.mp4@75:0,0,400,400
    python benchmarks/quality.py --onnx modnet.onnx --preset modnet --masks photos/ --time    # a model of yours

IoU and boundary IoU (band: 1 % of the diagonal inside the edge) cut alpha at 0.5; pictures longer than 720 pixels
are scaled to that first; masks may be 0/1 or 0/255. error = mean absolute error of alpha. flicker = 1000 x mean
|change of alpha - change of truth|. ghost = per cent of what people left within the last 5 frames that still is in
front. recovery = frames after a cut or an entrance until IoU is at 95 % of what it settles at. blink = 1000 x mean
|change of alpha|, counted where the picture stands still.
"""

from __future__ import annotations

import os

# Before NumPy is loaded: its linear algebra starts threads of its own.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse  # noqa: E402
import platform  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterable, Iterator, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from statistics import median  # noqa: E402
from typing import Any  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import recipe  # noqa: E402
import sequences  # noqa: E402
from scores import Bytes, PictureScore, Steadiness, VideoScore  # noqa: E402

from framechain import BackgroundReplacement, Frame, FrameInfo, StreamInfo  # noqa: E402
from framechain.backgrounds import Color  # noqa: E402
from framechain.mattes import MediaPipeMatte, OnnxMatte  # noqa: E402
from framechain.mattes.onnx.families import PRESETS  # noqa: E402
from framechain.mattes.selfie.model import SelfieModel  # noqa: E402
from framechain.pixels.colour import ColourSpace  # noqa: E402
from framechain.pixels.convert import convert_to_yuv  # noqa: E402
from framechain.sources.video import VideoSource  # noqa: E402

LONGEST = 720
IMAGES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
GREEN = 0, 255, 0
BT709 = ColourSpace(1, False, 1, 1)
Pair = tuple[Bytes, Bytes]
Setting = Callable[[], "Cutter"]


class Cutter:
    """A way to cut out: frame -> alpha."""

    def __init__(self, matte: MediaPipeMatte | OnnxMatte) -> None:
        """Choose the way of this package.

        Args:
            matte: Its answer becomes an edge as it does in front of a background.
        """
        self.matte = matte
        self._shaped = BackgroundReplacement(matte, Color(GREEN))

    def begin(self, kind: str) -> None:
        """A stream begins.

        Args:
            kind: "image" or "video".
        """
        self._shaped.open(StreamInfo("benchmark", kind, 0, 0))

    def __call__(self, frame: Bytes) -> Bytes:
        """Cut out.

        Args:
            frame: uint8 (H, W, 3) BGR.

        Returns:
            uint8 (H, W).
        """
        return self._shaped.alpha(frame)

    def close(self) -> None:
        """Release the models."""
        self._shaped.close()


class Tutorial(Cutter):
    """The tutorial's way: BGR as it comes from OpenCV, the whole frame, a hard cut."""

    def __init__(self) -> None:
        """Load the model."""
        self._segmenter = recipe._segmenter()

    def begin(self, kind: str) -> None:
        """Every frame is for itself."""

    def __call__(self, frame: Bytes) -> Bytes:
        """Cut out."""
        result = self._segmenter.segment(recipe._image(np.ascontiguousarray(frame)))
        mask = result.confidence_masks[0].numpy_view().reshape(frame.shape[:2])
        return np.where(mask > recipe.THRESHOLD, 255, 0).astype(np.uint8)

    def close(self) -> None:
        """Release the model."""
        self._segmenter.close()


SETTINGS: dict[str, Setting] = {
    "tutorial": Tutorial,
    "fast, landscape": lambda: Cutter(MediaPipeMatte(1, quality="fast")),
    "fast, general": lambda: Cutter(MediaPipeMatte(0, quality="fast")),
    "balanced": lambda: Cutter(MediaPipeMatte(1, quality="balanced")),
    "balanced, general": lambda: Cutter(MediaPipeMatte(0, quality="balanced")),
    "best": lambda: Cutter(MediaPipeMatte(1, quality="best")),
}


# Pictures


def pairs(folder: Path) -> list[tuple[Path, Path]]:
    """The pictures of a folder and their masks, by name.

    Args:
        folder: With images/ and masks/ in it.

    Raises:
        SystemExit: If there are none.
    """
    masks = {path.stem: path for path in sorted((folder / "masks").glob("*"))}
    found = []
    for image in sorted((folder / "images").glob("*")):
        name = image.stem
        mask = masks.get(name) or masks.get(f"{name}_matte") or masks.get(f"{name}_mask")
        if image.suffix.lower() in IMAGES and mask is not None:
            found.append((image, mask))
    if not found:
        raise SystemExit(f"quality.py: no pictures with masks in {folder}: it must hold images/ and masks/")
    return found


def loaded(image: Path, mask: Path) -> Pair:
    """A picture, uint8 (H, W, 3) BGR, and its mask, uint8 (H, W) of 0 and 255, at most LONGEST long."""
    picture, truth = cv2.imread(str(image)), cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    if picture is None or truth is None:
        raise SystemExit(f"quality.py: cannot read {image if picture is None else mask}")
    if truth.max() <= 1:
        truth = truth * 255
    height, width = picture.shape[:2]
    factor = min(1.0, LONGEST / max(height, width))
    size = round(width * factor), round(height * factor)
    return _sized(picture, size), np.where(_sized(truth, size) > 127, 255, 0).astype(np.uint8)


def _sized(picture: Any, size: tuple[int, int]) -> Bytes:
    if picture.shape[1::-1] == size:
        return np.asarray(picture, np.uint8)
    return np.asarray(cv2.resize(np.asarray(picture), size, interpolation=cv2.INTER_AREA), np.uint8)


def measure_pictures(folder: Path, settings: Iterable[str], step: int) -> None:
    """Print the table of one folder of pictures."""
    chosen = pairs(folder)[::step]
    print(f"\n{folder.name}: {len(chosen)} pictures\n")
    print(f"{'':20} |    IoU | median | boundary IoU |  error | under 0.5")
    for name in settings:
        cutter, score = SETTINGS[name](), PictureScore()
        for image, mask in chosen:
            picture, truth = loaded(image, mask)
            cutter.begin("image")
            score.add(cutter(picture), truth)
        cutter.close()
        print(
            f"{name:20} | {np.mean(score.overlaps):6.4f} | {median(score.overlaps):6.4f} | "
            f"{np.mean(score.boundaries):12.4f} | {np.mean(score.errors):6.4f} | {score.failed:9d}",
            flush=True,
        )


# Video


def recorded(composite: Path) -> Iterator[Pair]:
    """The frames of a clip with the alpha beside it: uint8 (H, W, 3) BGR and uint8 (H, W)."""
    alpha = composite.with_name(composite.name.replace("_composite.mp4", "_alpha.mkv"))
    clips = [cv2.VideoCapture(str(path)) for path in (composite, alpha)]
    if not all(clip.isOpened() for clip in clips):
        raise SystemExit(f"quality.py: cannot read {composite} and {alpha}")
    while True:
        (found, frame), (also, truth) = (clip.read() for clip in clips)
        if not found or not also:
            return
        yield np.asarray(frame, np.uint8), np.ascontiguousarray(truth[..., 0], np.uint8)


def score_clip(cutter: Cutter, frames: Iterable[Pair]) -> VideoScore:
    """Show a clip to a cutter and count."""
    score = VideoScore()
    cutter.begin("video")
    for frame, truth in frames:
        score.add(cutter(frame), truth)
    return score


def measure_videos(clips: list[tuple[str, Callable[[], Iterator[Pair]], int | None]], settings: Iterable[str]) -> None:
    """Print the table of some clips.

    Args:
        clips: Name, frames, and the index at which a recovery begins, if any.
        settings: Which rows.
    """
    print(f"\n{'':20} | {'':22} |    IoU | boundary IoU | flicker | ghost % | recovery")
    for name in settings:
        cutter, rows = SETTINGS[name](), []
        for clip, frames, event in clips:
            score = score_clip(cutter, frames())
            pictures = score.pictures
            means = float(np.mean(pictures.overlaps)), float(np.mean(pictures.boundaries))
            rows.append((*means, score.flicker, score.ghosting))
            recovery = "" if event is None else f"{score.recovery(event):8d}"
            print(_video_row(name, clip, rows[-1]) + recovery, flush=True)
        print(_video_row(name, "mean", tuple(np.mean(np.array(rows), axis=0).tolist())), flush=True)
        cutter.close()


def measure_steadiness(clips: Iterable[Path], settings: Iterable[str]) -> None:
    """Print how much blinks in clips of which no truth is known."""
    print(f"\n{'':20} | {'':32} | blink, mean | 99 % of frames | worst frame")
    for name in settings:
        cutter = SETTINGS[name]()
        for clip in clips:
            score = Steadiness()
            cutter.begin("video")
            with VideoSource(str(clip)) as source:
                for frame in source:
                    score.add(frame.read_bgr(), cutter(frame.read_bgr()))
            mean, most, worst = np.mean(score.changes), np.quantile(score.changes, 0.99), max(score.changes)
            print(f"{name:20} | {clip.name[:32]:32} | {mean:11.2f} | {most:14.2f} | {worst:8.2f}", flush=True)
        cutter.close()


def _video_row(name: str, clip: str, row: tuple[float, ...]) -> str:
    return f"{name:20} | {clip:22} | {row[0]:6.4f} | {row[1]:12.4f} | {row[2]:7.2f} | {row[3]:7.1f} | "


# Time


def measure_time(settings: Iterable[str]) -> None:
    """Print what a frame of 1280x720 costs, and what remains over the bare model.

    Args:
        settings: Which rows.
    """
    held = [frame for frame, _ in sequences.SEQUENCES[0].frames()]
    stream = StreamInfo("benchmark", "video", held[0].shape[1], held[0].shape[0], colour=BT709)
    planes = [Frame(FrameInfo(0, 0, 0, stream), yuv=convert_to_yuv(frame, BT709)) for frame in held]
    print(f"\nCPU ms of a frame of {sequences.SIZE[0]}x{sequences.SIZE[1]}, one core; mean over {len(held)} frames\n")
    print(f"{'':20} |  from BGR | from planes")
    rng = np.random.default_rng(1)
    for model, name in ((1, "landscape model"), (0, "general model")):
        bare = MediaPipeMatte(model, quality="fast")._frame_model
        small = rng.integers(0, 256, (bare.size[1], bare.size[0], 3), np.uint8)
        cost = _cost(lambda _, bare=bare, small=small: bare(small), held)
        bare.close()
        print(f"{name + ', bare':20} | {cost:9.2f} | {cost:11.2f}", flush=True)
    for name in settings:
        cutter = SETTINGS[name]()
        cutter.begin("video")
        from_bgr, from_planes = _cost(cutter, held), float("nan")
        if not isinstance(cutter, Tutorial):
            cutter.begin("video")
            matte = cutter.matte
            from_planes = _cost(matte.estimate, planes)
        print(f"{name:20} | {from_bgr:9.2f} | {from_planes:11.2f}", flush=True)
        if name == "balanced" and isinstance(matte := cutter.matte, MediaPipeMatte):
            print(f"{'  from BGR':20} | {_outside_the_models(matte, matte, held)}", flush=True)
            print(f"{'  from planes':20} | {_outside_the_models(matte, matte.estimate, planes)}", flush=True)
        cutter.close()


def _outside_the_models(matte: MediaPipeMatte, work: Callable[..., object], frames: Sequence[Any]) -> str:
    """What a frame costs with the models' answers recorded, and how many whole frames were looked at."""
    stream = StreamInfo("benchmark", "video", 0, 0)
    models = {matte._frame_model, matte._crop_model}
    asks = {model: model.__class__ for model in models}
    answers: list[tuple[bool, Any]] = []

    class Recorded(SelfieModel):
        def __call__(self, rgb: Any) -> Any:
            answers.append((self.is_wide, super().__call__(rgb)))
            return answers[-1][1]

    def run(kind: type[SelfieModel]) -> float:
        for model in models:
            model.__class__ = kind
        matte.open(stream)
        start = time.process_time()
        for frame in frames:
            work(frame)
        return 1000 * (time.process_time() - start) / len(frames)

    run(Recorded)
    costs = []
    for _ in range(3):
        told = iter(list(answers))
        costs.append(run(type("Replayed", (SelfieModel,), {"__call__": lambda _, rgb, told=told: next(told)[1]})))
    for model, kind in asks.items():
        model.__class__ = kind
    return f"{min(costs):.2f} ms outside the models; whole looks: {sum(wide for wide, _ in answers)} of {len(frames)}"


def _cost(work: Callable[..., object], frames: Sequence[Any]) -> float:
    """CPU milliseconds per frame, the mean over a clip after its first frames, the least of three rounds."""
    rounds = []
    for _ in range(3):
        for frame in frames[:5]:
            work(frame)
        start = time.process_time()
        for frame in frames[5:]:
            work(frame)
        rounds.append(1000 * (time.process_time() - start) / (len(frames) - 5))
    return min(rounds)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Quality of the cut-out.")
    parser.add_argument("--masks", nargs="+", type=Path, default=[], metavar="FOLDER", help="with images/ and masks/")
    parser.add_argument("--step", type=int, default=1, metavar="N", help="take every Nth picture only")
    parser.add_argument("--video", type=Path, metavar="FOLDER", help="with *_composite.mp4 and *_alpha.mkv")
    parser.add_argument("--steady", nargs="+", type=Path, default=[], metavar="CLIP", help="any clips: what blinks")
    parser.add_argument(
        "--only", nargs="+", choices=SETTINGS, metavar="SETTING", help="some of: " + "; ".join(SETTINGS)
    )
    parser.add_argument("--onnx", type=Path, metavar="FILE", help="a model of yours; alone, unless --only names more")
    parser.add_argument("--preset", choices=PRESETS, help="of the model of yours")
    parser.add_argument("--time", action="store_true", help="what a frame costs")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write crops, ours beside the recipe's, to here")
    parser.add_argument("--crops", nargs="+", metavar="FILE[@FRAME]:L,T,R,B", help="of what, and which part")
    options = parser.parse_args()
    chosen: list[str] = options.only or ([] if options.onnx else list(SETTINGS))
    if options.onnx:
        chosen.append(options.onnx.stem[:20])
        SETTINGS[chosen[-1]] = lambda: Cutter(OnnxMatte(options.onnx, preset=options.preset, threads=1))
    elif options.preset:
        parser.error("--preset is for a model of yours: add --onnx FILE")
    cv2.setNumThreads(1)
    print(f"Python {platform.python_version()}, OpenCV {cv2.__version__}, NumPy {np.__version__}; one core")
    for folder in options.masks:
        measure_pictures(folder, chosen, options.step)
    if options.video:
        files = sorted(options.video.glob("*_composite.mp4"))
        measure_videos(
            [(file.name[: -len("_composite.mp4")], lambda file=file: recorded(file), None) for file in files],  # type: ignore[misc]
            chosen,
        )
    if options.steady:
        measure_steadiness(options.steady, chosen)
    if options.pictures:
        import crops

        crops.write(options.pictures, options.crops or crops.USUAL)
    if not (options.masks or options.video or options.steady or options.pictures or options.time):
        measure_videos([(clip.name, clip.frames, clip.event) for clip in sequences.SEQUENCES], chosen)
        measure_time(chosen)
    elif options.time:
        measure_time(chosen)


if __name__ == "__main__":
    main()
