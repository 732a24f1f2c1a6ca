"""The tutorial's import path: `from engine import Engine`."""

from framechain import Engine

__all__ = ["Engine"]
