"""Quality of the cut-out: on images with masks and on video with true alpha, beside the tutorial's recipe.

    python benchmarks/quality.py                                # clips made of samples/, and what a frame costs
    python benchmarks/quality.py --masks photos/ selfies/       # folders that hold images/ and masks/
    python benchmarks/quality.py --video clips/                 # *_composite.mp4 with *_alpha.mkv
    python benchmarks/quality.py --steady talk.mp4              # any clip: flicker without known truth
    python benchmarks/quality.py --pictures docs/quality        # crops to look at, from samples/
    python benchmarks/quality.py --pictures out --crops me.jpg:200,0,600,400 talk.mp4@75:0,0,400,400
    python benchmarks/quality.py --leaderboard media/           # every setting on every folder of masks and clips in it
    python benchmarks/quality.py --onnx modnet.onnx --preset modnet --masks photos/ --time    # a model of your own

IoU and boundary IoU (band: 1 % of the diagonal inside the edge) threshold alpha at 0.5. Images longer than 720 pixels
are reduced to that first. Masks may be 0/1 or 0/255. error: mean absolute error of alpha. flicker: 1000 x mean |change
of alpha - change of truth|. ghost: per cent of the area that people left within the last 5 frames and that is still
foreground. recovery: frames after a cut or an entrance until IoU reaches 95 % of its later median. blink: 1000 x mean
|change of alpha| where the image does not change. MAD, MSE, gradient error and dtSSD: see paper_scores.py.
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

import crops  # noqa: E402
import cv2  # noqa: E402
import numpy as np  # noqa: E402
import sequences  # noqa: E402
from cutters import SETTINGS, Cutter, TutorialCutter  # noqa: E402
from labelled import Pair, find_composites, find_pairs, find_sets, load_pair, read_keyed_clip  # noqa: E402
from scores import ImageScore, Steadiness, VideoScore  # noqa: E402

from framechain import Frame, FrameInfo, StreamInfo  # noqa: E402
from framechain.mattes import MediaPipeMatte, OnnxMatte  # noqa: E402
from framechain.mattes.onnx.families import PRESETS  # noqa: E402
from framechain.mattes.selfie.model import LANDSCAPE, SelfieModel  # noqa: E402
from framechain.pixels.colour import ColourSpace  # noqa: E402
from framechain.pixels.convert import convert_to_yuv  # noqa: E402
from framechain.sources.video import VideoSource  # noqa: E402

BT709 = ColourSpace(1, False, 1, 1)


# Images


def measure_images(folder: Path, settings: Iterable[str], step: int) -> None:
    """Print the table of one folder of images."""
    chosen = find_pairs(folder)[::step]
    print(f"\n{folder.name}: {len(chosen)} images\n")
    print(f"{'':20} |    IoU | median | boundary IoU |  error |    MAD |    MSE |  grad | under 0.5")
    for name in settings:
        cutter, score = SETTINGS[name](), ImageScore()
        for image, mask in chosen:
            pixels, truth = load_pair(image, mask)
            cutter.begin("image")
            score.add(cutter(pixels), truth)
        cutter.close()
        print(
            f"{name:20} | {np.mean(score.overlaps):6.4f} | {median(score.overlaps):6.4f} | "
            f"{np.mean(score.boundaries):12.4f} | {np.mean(score.errors):6.4f} | {_format_paper(score.paper.means)} | "
            f"{score.failed:9d}",
            flush=True,
        )


# Video


def score_clip(cutter: Cutter, frames: Iterable[Pair]) -> VideoScore:
    """Score a cutter on a clip."""
    score = VideoScore()
    cutter.begin("video")
    for frame, truth in frames:
        score.add(cutter(frame), truth)
    return score


def measure_videos(clips: list[tuple[str, Callable[[], Iterator[Pair]], int | None]], settings: Iterable[str]) -> None:
    """Print the table of some clips.

    Args:
        clips: Name, frames, and the index from which the recovery is counted, if any.
        settings: The rows.
    """
    columns = "   IoU | boundary IoU | flicker | ghost % |    MAD |    MSE |  grad | dtSSD | recovery"
    print(f"\n{'':20} | {'':22} | {columns}")
    for name in settings:
        cutter, rows = SETTINGS[name](), []
        for clip, frames, event in clips:
            score = score_clip(cutter, frames())
            images = score.images
            means = float(np.mean(images.overlaps)), float(np.mean(images.boundaries))
            rows.append((*means, score.flicker, score.ghosting, *images.paper.means))
            recovery = "" if event is None else f"{score.count_recovery_frames(event):8d}"
            print(_format_video_row(name, clip, rows[-1]) + recovery, flush=True)
        print(_format_video_row(name, "mean", tuple(np.mean(np.array(rows), axis=0).tolist())), flush=True)
        cutter.close()


def measure_steadiness(clips: Iterable[Path], settings: Iterable[str]) -> None:
    """Print how much alpha changes in clips whose truth is not known."""
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


def _format_video_row(name: str, clip: str, row: tuple[float, ...]) -> str:
    edges = f"{row[0]:6.4f} | {row[1]:12.4f} | {row[2]:7.2f} | {row[3]:7.1f}"
    return f"{name:20} | {clip:22} | {edges} | {_format_paper(row[4:])} | "


def _format_paper(means: tuple[float, ...]) -> str:
    """Format MAD, MSE, gradient error, and of a video dtSSD."""
    return " | ".join(f"{value:{width}.2f}" for value, width in zip(means, (6, 6, 5, 5), strict=False))


# Time


def measure_time(settings: Iterable[str]) -> None:
    """Print the CPU time of a frame of 1280x720, beside that of the bare models.

    Args:
        settings: The rows.
    """
    held = [frame for frame, _ in sequences.SEQUENCES[0].frames()]
    stream = StreamInfo("benchmark", "video", held[0].shape[1], held[0].shape[0], colour=BT709)
    planes = [Frame(FrameInfo(0, 0, 0, stream), yuv=convert_to_yuv(frame, BT709)) for frame in held]
    print(f"\nCPU ms per frame of {sequences.SIZE[0]}x{sequences.SIZE[1]}, one core; mean over {len(held)} frames\n")
    print(f"{'':20} |  from BGR | from planes")
    rng = np.random.default_rng(1)
    for model, name in ((1, "landscape model"), (0, "general model")):
        bare = MediaPipeMatte(model, quality="fast")._frame_model
        small = rng.integers(0, 256, (bare.size[1], bare.size[0], 3), np.uint8)
        cost = _measure_cost(lambda _, bare=bare, small=small: bare(small), held)
        bare.close()
        print(f"{name + ', bare':20} | {cost:9.2f} | {cost:11.2f}", flush=True)
    for name in settings:
        cutter = SETTINGS[name]()
        cutter.begin("video")
        from_bgr, from_planes = _measure_cost(cutter, held), float("nan")
        if not isinstance(cutter, TutorialCutter):
            cutter.begin("video")
            matte = cutter.matte
            from_planes = _measure_cost(matte.estimate, planes)
        print(f"{name:20} | {from_bgr:9.2f} | {from_planes:11.2f}", flush=True)
        if name == "balanced" and isinstance(matte := cutter.matte, MediaPipeMatte):
            print(f"{'  from BGR':20} | {_measure_outside_the_models(matte, matte, held)}", flush=True)
            print(f"{'  from planes':20} | {_measure_outside_the_models(matte, matte.estimate, planes)}", flush=True)
        cutter.close()


def _measure_outside_the_models(matte: MediaPipeMatte, work: Callable[..., object], frames: Sequence[Any]) -> str:
    """Return the time of a frame outside the models, and how many whole frames the models saw, as text."""
    stream = StreamInfo("benchmark", "video", 0, 0)
    models = {matte._frame_model, matte._crop_model}
    asks = {model: model.__class__ for model in models}
    answers: list[tuple[bool, Any]] = []

    class Recorded(SelfieModel):
        def __call__(self, rgb: Any) -> Any:
            answers.append((self.selection == LANDSCAPE, super().__call__(rgb)))
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
        recorded = iter(list(answers))
        costs.append(
            run(type("Replayed", (SelfieModel,), {"__call__": lambda _, rgb, recorded=recorded: next(recorded)[1]}))
        )
    for model, kind in asks.items():
        model.__class__ = kind
    seen = sum(wide for wide, _ in answers)
    return f"{min(costs):.2f} ms outside the models; whole frames seen: {seen} of {len(frames)}"


def _measure_cost(work: Callable[..., object], frames: Sequence[Any]) -> float:
    """Return CPU milliseconds per frame: the mean over a clip after its first frames, the minimum of three rounds."""
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
    parser.add_argument("--step", type=int, default=1, metavar="N", help="take every Nth image only")
    parser.add_argument("--video", type=Path, metavar="FOLDER", help="with *_composite.mp4 and *_alpha.mkv")
    parser.add_argument("--steady", nargs="+", type=Path, default=[], metavar="CLIP", help="clips without known truth")
    parser.add_argument(
        "--only", nargs="+", choices=SETTINGS, metavar="SETTING", help="some of: " + "; ".join(SETTINGS)
    )
    parser.add_argument(
        "--leaderboard",
        type=Path,
        metavar="FOLDER",
        help="each folder in it as --masks and --video; --onnx is added",
    )
    parser.add_argument("--onnx", type=Path, metavar="FILE", help="a model of your own; alone but for --only")
    parser.add_argument("--preset", choices=PRESETS, help="the preset of your own model")
    parser.add_argument("--time", action="store_true", help="CPU time of a frame")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="folder for crops beside the recipe's")
    parser.add_argument("--crops", nargs="+", metavar="FILE[@FRAME]:L,T,R,B", help="files and regions of --pictures")
    options = parser.parse_args()
    is_alone = options.onnx and not options.leaderboard
    chosen: list[str] = options.only or ([] if is_alone else list(SETTINGS))
    if options.onnx:
        chosen.append(options.onnx.stem[:20])
        SETTINGS[chosen[-1]] = lambda: Cutter(OnnxMatte(options.onnx, preset=options.preset, threads=1))
    elif options.preset:
        parser.error("--preset is for a model of your own: add --onnx FILE")
    cv2.setNumThreads(1)
    print(f"Python {platform.python_version()}, OpenCV {cv2.__version__}, NumPy {np.__version__}; one core")
    mask_folders, clips = options.masks, find_composites(options.video) if options.video else []
    if options.leaderboard:
        more_folders, more_clips = find_sets(options.leaderboard)
        mask_folders, clips = mask_folders + more_folders, clips + more_clips
    for folder in mask_folders:
        measure_images(folder, chosen, options.step)
    if clips:
        measure_videos(
            [(file.name[: -len("_composite.mp4")], lambda file=file: read_keyed_clip(file), None) for file in clips],  # type: ignore[misc]
            chosen,
        )
    if options.steady:
        measure_steadiness(options.steady, chosen)
    if options.pictures:
        crops.write_crops(options.pictures, options.crops or crops.USUAL)
    if not (mask_folders or clips or options.steady or options.pictures or options.time):
        measure_videos([(clip.name, clip.frames, clip.event) for clip in sequences.SEQUENCES], chosen)
        measure_time(chosen)
    elif options.time:
        measure_time(chosen)


if __name__ == "__main__":
    main()
