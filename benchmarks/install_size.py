"""Print the installed size of each run-time dependency: the figures of docs/dependencies.md."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

PACKAGES = (
    "opencv-python",
    "opencv-contrib-python",
    "mediapipe",
    "ai-edge-litert",
    "ml_dtypes",
    "flatbuffers",
    "numpy",
    "av",
    "stow",
    "setuptools",
    "tqdm",
    "boto3",
    "botocore",
    "onnxruntime",
    "protobuf",
    "pyvirtualcam",
    "aiohttp",
    "aiortc",
    "aioice",
    "cryptography",
    "pylibsrtp",
    "pyopenssl",
    "google-crc32c",
)


def measure_size(package: str) -> int:
    """Return the size of a package's own files in bytes, without compiled Python files.

    Args:
        package: Its name.

    Raises:
        PackageNotFoundError: If it is not installed.
    """
    files = importlib.metadata.files(package) or []
    paths = [Path(str(file.locate())) for file in files if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.exists())


def main() -> None:
    """Print one line per package."""
    for package in PACKAGES:
        try:
            print(f"{package:24} {measure_size(package) / 1e6:7.1f} MB")
        except importlib.metadata.PackageNotFoundError:
            print(f"{package:24} not installed")


if __name__ == "__main__":
    main()
