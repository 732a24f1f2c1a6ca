"""Print what an environment's packages take on the disk: the figures of docs/dependencies.md and docs/install.md.

python benchmarks/install_size.py [FOLDER], where FOLDER is the `site-packages` of another environment.
"""

from __future__ import annotations

import sys
from collections import ChainMap
from importlib.metadata import Distribution, distributions
from pathlib import Path

# What makes environments, which no program of theirs needs.
_TOOLS = "pip", "uv", "wheel"


def measure_files(package: Distribution) -> dict[Path, int]:
    """Return a package's own files and their sizes in bytes, without compiled Python files."""
    paths = [Path(str(file.locate())) for file in package.files or [] if file.suffix != ".pyc"]
    return {path: path.stat().st_size for path in paths if path.exists()}


def main() -> None:
    """Print one line per package, the largest first, and their sum."""
    folder = sys.argv[1:] or [path for path in sys.path if path.endswith("site-packages")]
    files = {one.name: measure_files(one) for one in distributions(path=folder) if one.name not in _TOOLS}
    sizes = {name: sum(found.values()) for name, found in files.items()}
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{name:24} {size / 1e6:7.1f} MB")
    # The OpenCV packages write the same files.
    print(f"{'together':24} {sum(ChainMap(*files.values()).values()) / 1e6:7.1f} MB")


if __name__ == "__main__":
    main()
