"""The tutorial's import path: `from selfieSegmentation import MPSegmentation`."""

from framechain import MPSegmentation

__all__ = ["MPSegmentation"]
