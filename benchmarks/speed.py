"""Speed of the engine beside the tutorial's recipe, and of its stages.

    python benchmarks/speed.py                                    # 720p and 1080p, all three backgrounds
    python benchmarks/speed.py --size 720 --only blur --rounds 3
    python benchmarks/speed.py --clip holiday.mp4                 # a clip of your own, at its own size
    python benchmarks/speed.py --clean                            # without a sensor's noise
    python benchmarks/speed.py --decompose                        # CPU time of each stage alone instead

Recipe and engine take turns on the same clip, which has the noise of a camera's sensor, after a round that is not
counted. Both draw the tutorial's `FPSmetric` on each frame. The wall time of a run starts before the files are opened
and the model is loaded, and ends when the output is finished. "Tutorial" is the tutorial's recipe, which makes image
and colour again for each frame; "prepared" makes them once, at the frame's size. The engine's default for videos is
quality "balanced", which runs a larger model and holds the matte steady; "fast" runs the recipe's model, once per
frame. CPU time is that of all threads.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice, product
from pathlib import Path
from statistics import median
from typing import Any

import clips
import measure
import recipe

# isort: split
import cv2

from framechain import FPSmetric, Frame, MPSegmentation
from framechain.compositing.decontamination import decontaminate_planes
from framechain.compositing.over import composite_planes
from framechain.mattes import MediaPipeMatte
from framechain.mattes.selfie.matte import QUALITIES
from framechain.pixels.image import Plane
from framechain.pixels.planes import allocate_frame, get_planes
from framechain.sources.video import VideoSource

TUTORIAL, PREPARED = "tutorial", "prepared"
DEFAULT_QUALITIES = ("balanced", "fast")
STAGES = "decode", "matte", "model", "alpha", "behind", "over", "counter", "encode"


# The engine beside the recipe


def make_contestants(
    clip: str, folder: Path, limit: int, background: str, qualities: Iterable[str]
) -> dict[str, Callable[[], measure.Run]]:
    """Return what takes turns for a background: the recipe's two kinds, and the engine by its quality.

    A blur has nothing to prepare.
    """
    output = folder / "out.mp4"

    def tutorial(path: str, *, prepared: bool = False) -> int:
        counter, image = recipe.FrameCounter(), measure.BACKGROUND_IMAGE
        return recipe.run(clip, path, limit, background=background, image=image, prepared=prepared, counter=counter)

    def engine(path: str, *, quality: str) -> int:
        return measure.run_chain(clip, path, limit, [measure.make_segmentation(background, quality), FPSmetric()])

    works: dict[str, Callable[[str], int]] = {TUTORIAL: tutorial}
    if background != "blur":
        works[PREPARED] = partial(tutorial, prepared=True)
    works |= {quality: partial(engine, quality=quality) for quality in qualities}
    return {name: partial(measure.time_run, work, output) for name, work in works.items()}


def compare(options: argparse.Namespace, folder: Path) -> None:
    """Print the table of recipe and engine; each line as soon as it is measured."""
    print(
        "quality   background     size frames recipe   |   fps, engine  ratio  (least - most) | CPU ms, engine"
        " |  MB, engine"
    )
    qualities = [options.quality] if options.quality else DEFAULT_QUALITIES
    for clip, info in clips.make_clips(options, folder, noisy=not options.clean):
        for background in [options.only] if options.only else measure.BACKGROUNDS:
            runs = measure.take_turns(
                make_contestants(clip, folder, options.frames, background, qualities), options.rounds
            )
            for quality, name in product(qualities, [name for name in runs if name not in qualities]):
                engines, recipes = runs[quality], runs[name]
                ratios = [engine.rate / other.rate for other, engine in zip(recipes, engines, strict=True)]
                counts = "/".join(str(count) for count in sorted({run.frames for run in recipes + engines}))
                print(
                    f"{quality:9} {background:9} {info.width:5}x{info.height:<4} {counts:>5} {name:8}"
                    f" | {median(run.rate for run in recipes):5.1f} {median(run.rate for run in engines):7.1f}"
                    f" {median(ratios):6.2f}   ({min(ratios):.2f} - {max(ratios):.2f})"
                    f" | {median(run.cpu_ms for run in recipes):6.1f} {median(run.cpu_ms for run in engines):7.1f}"
                    f" | {recipes[0].megabytes:4.1f} {engines[0].megabytes:7.1f}",
                    flush=True,
                )


# Where the engine's time goes


def decode(clip: str, limit: int) -> int:
    """Decode a clip to YUV planes, and return the number of frames."""
    with VideoSource(clip) as source:
        return sum(1 for _ in islice(source, limit))


class Clocked:
    """A model with the CPU time of its answers."""

    def __init__(self, model: Callable[..., Any]) -> None:
        """Wrap a model."""
        self._model = model
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Answer as the model does."""
        started = time.process_time()
        answer = self._model(*arguments, **options)
        self.seconds += time.process_time() - started
        return answer


def measure_matte(matte: MediaPipeMatte, frames: list[Frame], rounds: int) -> tuple[float, float, list[Any]]:
    """Return CPU milliseconds per frame of a matte without its models, of the models alone, and the answers."""
    models: list[Any] = [Clocked(matte._frame_model), Clocked(matte._crop_model), Clocked(matte._second_model)]
    matte._frame_model, matte._crop_model, matte._second_model = models
    rest, alone, answers = [], [], []
    for _ in range(1 + rounds):
        matte.reset()
        started, before = time.process_time(), sum(model.seconds for model in models)
        answers = [matte.estimate(frame) for frame in frames]
        total = time.process_time() - started
        inside = sum(model.seconds for model in models) - before
        rest.append(1000 * (total - inside) / len(frames))
        alone.append(1000 * inside / len(frames))
    return median(rest[1:]), median(alone[1:]), answers


def is_decontaminated(replacement: MPSegmentation) -> bool:
    """Return whether the old background's colour is taken out of the edge."""
    return replacement._matte.mixes_edges and not replacement._background.shows_scene


def lay_over(bases: Sequence[Plane], fronts: Sequence[Plane], alphas: Sequence[Plane], *, cleans: bool) -> None:
    """Composite a frame as `BackgroundReplacement` does."""
    if cleans:
        fronts = decontaminate_planes(fronts, alphas)
    composite_planes(bases, fronts, alphas)


def measure_stages(clip: str, background: str, quality: str, folder: Path, rounds: int, limit: int) -> dict[str, float]:
    """Return CPU milliseconds per frame of each stage alone, in the order in which a frame passes them.

    Decoding is measured on the clip, the rest on its first frames in memory: each stage gets the results of the
    stage before it. The encoder gets the finished frames.
    """
    times: dict[str, float] = {}

    def measure_stage(name: str, function: Callable[..., Any], *arguments: Iterable[Any]) -> list[Any]:
        times[name] = measure.measure_cpu_ms(measure.loop_over(function, *arguments), rounds)
        return [function(*call) for call in zip(*arguments, strict=True)]

    times["decode"] = measure.measure_cpu_ms(lambda: decode(clip, limit), rounds)
    frames = clips.read_frames(clip, min(measure.HELD, limit))
    stream = frames[0].info.stream
    results = [allocate_frame(stream.width, stream.height, full_range=stream.colour.full_range) for _ in frames]
    fronts, bases = [get_planes(frame.yuv) for frame in frames], [get_planes(result) for result in results]
    with measure.make_segmentation(background, quality) as replacement:
        replacement.open(stream)
        matte, render = replacement.matte, replacement._background.render
        assert isinstance(matte, MediaPipeMatte)
        times["matte"], times["model"], confidences = measure_matte(matte, frames, rounds)
        shape = partial(replacement._shape.apply, width=stream.width, height=stream.height, subsampled=True)
        alphas = measure_stage("alpha", shape, confidences)

        infos = [frame.info for frame in frames]
        measure_stage("behind", render, bases, fronts, alphas, infos)
        # Decontamination is a part of it, where the scene is not seen behind the person.
        measure_stage("over", partial(lay_over, cleans=is_decontaminated(replacement)), bases, fronts, alphas)
    finished = [frame.with_yuv(result) for frame, result in zip(frames, results, strict=True)]
    measure_stage("counter", FPSmetric().process_frame, finished)
    times["encode"] = measure.measure_cpu_ms(lambda: measure.encode(finished, str(folder / "stage.mp4")), rounds)
    return times


def decompose(options: argparse.Namespace, folder: Path) -> None:
    """Print the stages' CPU time, the lower bound that follows from it, and the engine's time."""
    cores, threads, background = cv2.getNumberOfCPUs(), cv2.getNumThreads(), options.only or "blur"
    quality = options.quality or DEFAULT_QUALITIES[0]
    print(
        f"Background: {background}, quality: {quality}, FPSmetric. Milliseconds per frame. CPU time of the stages\n"
        "alone (matte: preparing the model's input and refining its answer; alpha: shaping; behind: rendering the\n"
        "background; over: compositing; counter: FPSmetric), their sum, and the engine's, which includes start and\n"
        "end; floor = (decode + model + encode) / cores; wall = the engine's wall time.\n\n"
        "     size | " + " ".join(f"{name:>7}" for name in STAGES) + " |   sum engine |  floor   wall  wall/floor"
    )
    for clip, info in clips.make_clips(options, folder, noisy=not options.clean):
        # The engine does so on two cores: more threads of OpenCV would only cost CPU time.
        cv2.setNumThreads(1)
        times = measure_stages(clip, background, quality, folder, options.rounds, options.frames)
        cv2.setNumThreads(threads)
        engine = make_contestants(clip, folder, options.frames, background, [quality])[quality]
        runs = measure.take_turns({quality: engine}, options.rounds)[quality]
        cpu, wall = median(run.cpu_ms for run in runs), median(run.wall_ms for run in runs)
        floor = (times["decode"] + times["model"] + times["encode"]) / cores
        print(
            f"{info.width:4}x{info.height:<4} | "
            + " ".join(f"{times[name]:7.2f}" for name in STAGES)
            + f" | {sum(times.values()):5.1f} {cpu:6.1f} | {floor:6.2f} {wall:6.2f} {wall / floor:11.2f}",
            flush=True,
        )


# The command line


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="The engine's speed beside the tutorial's recipe.")
    measure.add_common_options(parser)
    add = parser.add_argument
    add("--only", choices=measure.BACKGROUNDS, help="one background instead of all three")
    add("--quality", choices=QUALITIES, help="one quality of the engine's matte instead of balanced and fast")
    add("--clean", action="store_true", help="make the clips without a sensor's noise")
    add("--decompose", action="store_true", help="print the CPU time of each stage alone instead")
    return parser.parse_args()


if __name__ == "__main__":
    chosen = parse()
    measure.run_benchmark(chosen, decompose if chosen.decompose else compare)
