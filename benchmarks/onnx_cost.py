"""What networks cost that `OnnxMatte` has presets for: time, and memory at its peak.

    python benchmarks/onnx_cost.py                          # the families, 1280x720
    python benchmarks/onnx_cost.py --size 3840 2160 --only MODNet "Robust Video Matting"
    python benchmarks/onnx_cost.py --onnx modnet.onnx --preset modnet

Needs the package onnx. The families have their true layers and sizes, and weights that are noise (families.py). Each
runs in a process of its own. Time is that of `OnnxMatte` alone on frames held in memory, the median: CPU time with one
thread, which others on the machine hardly change. Memory is the process's at its peak, Python and OpenCV included;
known on Linux only.
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
    """Run a model in this process.

    Args:
        path: The model.
        preset: Its family.
        size: Width and height of the frames.
        frames: How many to time, after one that is not counted.

    Returns:
        Seconds to load it, milliseconds of a frame, and the peak of memory in MB.
    """
    cv2.setNumThreads(1)
    picture = np.asarray(cv2.resize(np.asarray(cv2.imread(str(SAMPLE))), size), np.uint8)
    matte = OnnxMatte(path, preset=preset, threads=1)
    start = time.process_time()
    matte.open(None)
    load, seconds = time.process_time() - start, []
    for index in range(frames + 1):
        frame = np.roll(picture, 4 * index, axis=1)
        start = time.process_time()
        matte(frame)
        seconds.append(time.process_time() - start)
    matte.close()
    return {"load": load, "ms": 1000 * median(seconds[1:]), "MB": _peak()}


def _peak() -> float:
    """This program's most memory so far in MB; ru_maxrss would count what the one that started it had."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:")), float("nan"))


def row(name: str, path: Path, preset: str | None, size: tuple[int, int], frames: int) -> str:
    """One line of the table, from a process of its own."""
    told = [str(path), preset or "", *map(str, size), str(frames)]
    done = subprocess.run(
        [sys.executable, __file__, "--measure", *told],
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
    import families  # Not above: the package onnx would count as the models' memory.

    parser = argparse.ArgumentParser(description="What networks cost.")
    parser.add_argument("--size", nargs=2, type=int, default=(1280, 720), metavar=("W", "H"), help="of the frames")
    parser.add_argument("--frames", type=int, default=5, help="how many are timed (default 5)")
    parser.add_argument("--only", nargs="+", choices=families.FAMILIES, metavar="FAMILY", help="some of the families")
    parser.add_argument("--onnx", type=Path, metavar="FILE", help="a model of yours instead")
    parser.add_argument("--preset", choices=PRESETS, help="of the model of yours")
    options = parser.parse_args()
    size: tuple[int, int] = options.size[0], options.size[1]
    print(f"Python {platform.python_version()}, NumPy {np.__version__}; frames of {size[0]}x{size[1]}\n")
    print(f"{'':22} | file MB | load s | ms/frame | peak MB")
    if options.onnx:
        print(row(options.onnx.name, options.onnx, options.preset, size, options.frames), flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only or families.FAMILIES:
            preset, write = families.FAMILIES[name]
            path = write(Path(folder) / "model.onnx")
            print(row(name, path, preset, size, options.frames), flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
