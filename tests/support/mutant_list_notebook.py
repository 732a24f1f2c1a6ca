"""Mistakes in what notebooks show."""

from __future__ import annotations

from support.mutant_list import Mutant

NOTEBOOK_MUTANTS = (
    Mutant(
        "a file's name is markup",
        "markup/elements.py",
        'return html.escape(str(text).encode("utf-8", "replace").decode())',
        "return str(text)",
        "markup/test_elements.py",
    ),
    Mutant(
        "transparent pixels are shown as if they were opaque",
        "markup/pictures.py",
        "return lay_over_checkerboard(to_bgr_image(pixels[..., :3]), alpha)",
        "return to_bgr_image(pixels[..., :3])",
        "markup/test_pictures.py",
    ),
    Mutant(
        "two videos of different length are played in step",
        "markup/comparison.py",
        "abs(before.seconds - after.seconds) <= _SECONDS",
        "True",
        "markup/test_comparison.py",
    ),
    Mutant(
        "each file of an output may be as large as the limit",
        "notebook/allowance.py",
        "self._left -= size",
        "pass",
        "notebook/test_files.py -k limit_counts",
    ),
    Mutant(
        "a link is not quoted",
        "notebook/files.py",
        'return quote(os.fsencode(path.replace(os.sep, "/")))',
        "return path",
        "notebook/test_files.py -k strange_name",
    ),
    Mutant(
        "the preview of a long video never ends",
        "notebook/preview.py",
        "if frame.info.time >= PREVIEW_SECONDS:",
        "if False:",
        "notebook/test_preview.py -k cut",
    ),
    Mutant(
        "a browser is said to play H.264 of every kind of pixels",
        "media/playback.py",
        "if pixels is not None and pixels not in _PIXEL_FORMATS.get(codec, (pixels,)):",
        "if False:",
        "media/test_playback.py",
    ),
)
