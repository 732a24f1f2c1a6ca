"""Pixel arrays and YUV pictures: layout, colour, conversion, scaling, text. No files."""
