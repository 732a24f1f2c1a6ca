"""Time and peak memory of the networks that `OnnxMatte` has presets for.

    python benchmarks/onnx_cost.py                          # all families, 1280x720
    python benchmarks/onnx_cost.py --size 3840 2160 --only MODNet "Robust Video Matting"
    python benchmarks/onnx_cost.py --onnx modnet.onnx --preset modnet

It needs the package onnx. The networks have their true layers and sizes, and noise as weights (families.py). Each runs
in a process of its own. The time is the median CPU time of `OnnxMatte` on frames in memory, with one thread. The memory
is the peak of the process, Python and OpenCV included; it is known on Linux only.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from framechain.mattes import OnnxMatte  # noqa: E402
from framechain.mattes.onnx.families import PRESETS  # noqa: E402

SAMPLE = ROOT / "samples" / "portrait.jpg"
TIME_LIMIT = 600


def measure(path: Path, preset: str | None, size: tuple[int, int], frames: int) -> dict[str, float]:
    """Measure a model in this process.

    Args:
        path: The model.
        preset: Its preset; None for none.
        size: Width and height of the frames.
        frames: How many frames are timed, after one that is not counted.

    Returns:
        "load": seconds to load it; "ms": milliseconds per frame; "MB": peak memory.
    """
    cv2.setNumThreads(1)
    image = np.asarray(cv2.resize(np.asarray(cv2.imread(str(SAMPLE))), size), np.uint8)
    matte = OnnxMatte(path, preset=preset, threads=1)
    start = time.process_time()
    matte.open(None)
    load, seconds = time.process_time() - start, []
    for index in range(frames + 1):
        frame = np.roll(image, 4 * index, axis=1)
        start = time.process_time()
        matte(frame)
        seconds.append(time.process_time() - start)
    matte.close()
    return {"load": load, "ms": 1000 * median(seconds[1:]), "MB": _read_peak_memory()}


def _read_peak_memory() -> float:
    """Return the peak memory of this process in MB. ru_maxrss would count the parent's memory as well."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:")), float("nan"))


def measure_apart(name: str, path: Path, preset: str | None, size: tuple[int, int], frames: int) -> str:
    """Measure a model in a process of its own, and return a line of the table."""
    arguments = [str(path), preset or "", *map(str, size), str(frames)]
    done = subprocess.run(
        [sys.executable, __file__, "--measure", *arguments],
        stdout=subprocess.PIPE, text=True, timeout=TIME_LIMIT, check=False,
    )  # fmt: skip
    if done.returncode:
        return f"{name:22} | failed with exit code {done.returncode}"
    found = json.loads(done.stdout)
    return (
        f"{name:22} | {path.stat().st_size / 1e6:7.1f} | {found['load']:6.1f} | {found['ms']:8.0f} | {found['MB']:7.0f}"
    )


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--measure"]:
        file, family, *rest = sys.argv[2:]
        across, down, frames = map(int, rest)
        print(json.dumps(measure(Path(file), family or None, (across, down), frames)))
        return
    import families  # Not above: the package onnx would count as memory of the models.

    parser = argparse.ArgumentParser(description="Time and peak memory of networks.")
    parser.add_argument("--size", nargs=2, type=int, default=(1280, 720), metavar=("W", "H"), help="size of the frames")
    parser.add_argument("--frames", type=int, default=5, help="how many frames are timed (default 5)")
    parser.add_argument("--only", nargs="+", choices=families.FAMILIES, metavar="FAMILY", help="only these families")
    parser.add_argument("--onnx", type=Path, metavar="FILE", help="a model of your own instead")
    parser.add_argument("--preset", choices=PRESETS, help="the preset of your own model")
    options = parser.parse_args()
    size: tuple[int, int] = options.size[0], options.size[1]
    print(f"Python {platform.python_version()}, NumPy {np.__version__}; frames of {size[0]}x{size[1]}\n")
    print(f"{'':22} | file MB | load s | ms/frame | peak MB")
    if options.onnx:
        print(measure_apart(options.onnx.name, options.onnx, options.preset, size, options.frames), flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only or families.FAMILIES:
            preset, write = families.FAMILIES[name]
            path = write(Path(folder) / "model.onnx")
            print(measure_apart(name, path, preset, size, options.frames), flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
