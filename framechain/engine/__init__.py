"""The engine: a source, a chain of objects, and a window or a file."""

from .engine import Engine

__all__ = ["Engine"]
