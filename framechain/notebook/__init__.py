"""Files and runs as HTML for notebooks: pictures, videos, before and after."""

from .view import View

__all__ = ["View"]
