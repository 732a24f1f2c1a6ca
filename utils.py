"""The tutorial's import path: `from utils import FPSmetric`."""

from framechain import FPSmetric

__all__ = ["FPSmetric"]
