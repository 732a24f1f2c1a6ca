"""The version, where the build can read it without importing OpenCV."""

__version__ = "0.1.0"
