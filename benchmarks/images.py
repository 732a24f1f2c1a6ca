"""Reading images: a 12-megapixel file of each format, with `read_image`, OpenCV alone and Pillow alone, in turn.

    python benchmarks/images.py
    python benchmarks/images.py --against ../other-checkout    # also that checkout's read_image, and the ratio to it

Times are the shortest of all rounds, in milliseconds of the processor. What Pillow decodes is converted to BGR
in an array, as `read_image` needs it.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

FORMATS: dict[str, list[int]] = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 92],
    ".png": [cv2.IMWRITE_PNG_COMPRESSION, 4],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 90],
    ".tiff": [],
    ".bmp": [],
    ".jp2": [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 100],
}
# Runs in a process of its own, as the modules of two checkouts cannot be imported side by side.
READ = """
import sys, time
sys.path.insert(0, sys.argv[1])
from framechain.images.codec import read_image
for path in sys.argv[2:]:
    times = []
    for _ in range(3):
        began = time.process_time()
        read_image(path)
        times.append(time.process_time() - began)
    print(min(times))
"""


def make_files(folder: Path, width: int, height: int) -> list[Path]:
    """Write one noisy photo in each format."""
    image = cv2.imread(str(ROOT / "samples" / "portrait.jpg"))
    assert image is not None
    noise = np.random.default_rng(0).integers(0, 12, (height, width, 3), np.uint8)
    photo = cv2.add(cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC), noise)
    paths: list[Path] = []
    for suffix, options in FORMATS.items():
        path = folder / f"photo{suffix}"
        path.write_bytes(cv2.imencode(suffix, photo, options)[1].tobytes())
        paths.append(path)
    return paths


def decode_by_opencv(path: Path) -> None:
    """Decode with OpenCV alone."""
    cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)


def decode_by_pillow(path: Path) -> None:
    """Decode with Pillow alone."""
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2BGR)


def time_shortest(work: Callable[[Path], object], paths: list[Path]) -> list[float]:
    """Return the processor's seconds for each file: the shortest of three."""
    times: list[float] = []
    for path in paths:
        rounds: list[float] = []
        for _ in range(3):
            began = time.process_time()
            work(path)
            rounds.append(time.process_time() - began)
        times.append(min(rounds))
    return times


def time_checkout(folder: str, paths: list[Path]) -> list[float]:
    """Return the processor's seconds that `read_image` of a checkout takes for each file."""
    command = [sys.executable, "-c", READ, folder, *map(str, paths)]
    return [float(line) for line in subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.split()]


def main() -> None:
    """Measure and print a table."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", help="the folder of another checkout, to compare with")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", default="4000x3000", help="WIDTHxHEIGHT (default: 4000x3000)")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    columns = ["read_image", "OpenCV", "Pillow", *(["other", "ratio"] if options.against else [])]
    print("| format |", " | ".join(columns), "|\n|", " | ".join(["---"] * (len(columns) + 1)), "|")
    with tempfile.TemporaryDirectory() as folder:
        paths = make_files(Path(folder), width, height)
        best = [[float("inf")] * len(columns) for _ in paths]
        for _ in range(options.rounds):
            measured = [time_checkout(str(ROOT), paths)]
            measured += [time_shortest(decode_by_opencv, paths), time_shortest(decode_by_pillow, paths)]
            if options.against:
                measured.append(time_checkout(options.against, paths))
            for row, times in zip(best, zip(*measured, strict=True), strict=True):
                row[: len(times)] = map(min, row, times)
    for path, row in zip(paths, best, strict=True):
        cells = [f"{1000 * seconds:.0f}" for seconds in row[: len(measured)]]
        ratio = [f"{row[0] / row[3]:.2f}"] if options.against else []
        print("|", " | ".join([path.suffix, *cells, *ratio]), "|")


if __name__ == "__main__":
    main()
