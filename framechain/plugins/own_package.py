"""This package, as its installation describes it."""

from __future__ import annotations

import os
from importlib.metadata import Distribution
from typing import Any


class OwnPackage(Distribution):
    """This package, as its installation describes it: the file of entry points is the one that setuptools reads.

    A clone that is not installed has no other description, and one of an older installation lacks what is new.
    """

    def read_text(self, filename: str) -> str | None:
        """Return a file of the description."""
        if filename == "METADATA":
            return "Name: framechain\n"
        if filename != "entry_points.txt":
            return None
        with open(os.path.join(os.path.dirname(__file__), filename), encoding="utf-8") as file:
            return file.read()

    def locate_file(self, path: str | os.PathLike[str]) -> Any:
        """Return the path of a file of the package."""
        return os.path.join(os.path.dirname(__file__), path)
