"""Fail closed: what cannot be processed on a live stream is covered, never shown as it came.

The object that hides what is behind says how to cover a frame, by a hook `cover(frame, info)`; what comes before and
after it in the chain may fail too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import cv2
import numpy as np

from ..arguments import check_count
from ..chain import Chain
from ..compositing.obscure import obscure
from ..errors import ObjectError
from ..frame import Frame, FrameInfo
from ..options import MAX_FAILURES
from ..pixels.image import Image
from ..results import check_frame


class FailClosed:
    """A chain for a live stream: where an object hides what is behind, no failure lets a raw frame through.

    Without such an object errors are raised as anywhere: there is nothing to hide.

    Attributes:
        covered: How many frames failed.
        guessed: Whether the last frame is a cover of a size that is only guessed, as nothing was processed before
            it: to be looked at, but not to begin a file with.
    """

    def __init__(self, chain: Chain, *, max_failures: int = MAX_FAILURES) -> None:
        """Set when to give up.

        Args:
            chain: The chain.
            max_failures: How many frames in a row may fail before the run ends with an error.

        Raises:
            ArgumentError: If that is no whole number of at least 1.
        """
        self._chain = chain
        self._max_failures = check_count("max_failures", max_failures, 1)
        self._size: tuple[int, int] | None = None
        self._in_a_row = 0
        self._reason = ""
        self.covered = 0
        self.guessed = False

    def __call__(self, frame: Frame) -> Frame:
        """Process a frame.

        Args:
            frame: A frame of a live stream.

        Returns:
            The processed frame, or one that is covered, of the size of those before it.

        Raises:
            FramechainError: If too many in a row fail, or nothing in the chain hides anything.
        """
        cover = self._chain.cover
        try:
            processed = self._chain(frame)
        except Exception as error:
            if cover is None:
                raise
            self.covered += 1
            self._in_a_row += 1
            self._reason = self._reason or str(error)
            if self._in_a_row >= self._max_failures:
                raise ObjectError(f"{self._in_a_row} frames in a row could not be processed: {error}") from error
            return self._covered(frame, cover)
        self._in_a_row = 0
        self._size, self.guessed = processed.size, False
        return processed

    def _covered(self, frame: Frame, cover: Callable[[Image, FrameInfo], Image]) -> Frame:
        self.guessed = self._size is None
        pixels = obscure(frame.read_bgr())
        if self._size is not None and pixels.shape[1::-1] != self._size:
            pixels = cv2.resize(pixels, self._size).astype(np.uint8, copy=False)
        with contextlib.suppress(Exception):  # Whatever fails now, the blur is there.
            pixels = check_frame(cover(pixels.copy(), frame.info), "cover", frame.info, channels=(3, 4))
        return frame.with_bgr(pixels)

    @property
    def problem(self) -> str | None:
        """What a person should know afterwards, as a sentence; None if every frame was processed."""
        if not self.covered:
            return None
        frames = "1 frame" if self.covered == 1 else f"{self.covered} frames"
        return f"{frames} could not be processed and {'was' if self.covered == 1 else 'were'} covered: {self._reason}"
