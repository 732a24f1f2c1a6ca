"""Fail closed: a frame of a live stream that cannot be processed is covered, never shown raw.

The object that hides the background covers the frame (`FrameObject.cover`), whichever object of the chain failed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import cv2
import numpy as np

from ..basics.arguments import check_count
from ..chain import Chain
from ..compositing.obscure import obscure
from ..errors import ObjectError
from ..frame import Frame, FrameInfo
from ..options import MAX_FAILURES
from ..pixels.image import Image
from ..results import check_frame

Work = Callable[[], Frame]
"""Makes a frame."""


def _call(work: Work) -> Frame:
    return work()


class FailClosed:
    """A chain for a live stream. If an object hides the background, no failure lets a raw frame through.

    Without such an object there is nothing to hide: errors are raised.

    Attributes:
        covered: How many frames failed.
        size_is_guessed: True if the last frame is a cover before any frame was processed: its size may be wrong, so
            that it can be shown but must not start a file.
    """

    def __init__(
        self, chain: Chain, *, max_failures: int = MAX_FAILURES, call_in_time: Callable[[Work], Frame] | None = None
    ) -> None:
        """Set the limit.

        Args:
            chain: The chain.
            max_failures: How many frames in a row may fail before the run ends with an error.
            call_in_time: Calls a function within the time limit of the objects; None for no limit. A late frame is
                covered as one that fails, and so are the next ones while an object still hangs.

        Raises:
            ArgumentError: If it is not a whole number of at least 1.
        """
        self._chain = chain
        self._call_in_time = call_in_time or _call
        self._max_failures = check_count("max_failures", max_failures, 1)
        self._size: tuple[int, int] | None = None
        self._in_a_row = 0
        self._reason = ""
        self.covered = 0
        self.size_is_guessed = False

    def __call__(self, frame: Frame) -> Frame:
        """Process a frame.

        Args:
            frame: A frame of a live stream.

        Returns:
            The processed frame or its cover, of the size of the frames before it.

        Raises:
            FramechainError: If too many in a row fail, or no object hides the background.
        """
        cover = self._chain.cover
        try:
            processed = self._call_in_time(lambda: self._chain(frame))
        except Exception as error:
            if cover is None:
                raise
            self.covered += 1
            self._in_a_row += 1
            self._reason = self._reason or str(error)
            if self._in_a_row >= self._max_failures:
                raise ObjectError(f"{self._in_a_row} frames in a row could not be processed: {error}") from error
            return self._cover(frame, cover)
        self._in_a_row = 0
        self._size, self.size_is_guessed = processed.size, False
        return processed

    def _cover(self, frame: Frame, cover: Callable[[Image, FrameInfo], Image]) -> Frame:
        self.size_is_guessed = self._size is None
        pixels = obscure(frame.read_bgr())
        if self._size is not None and pixels.shape[1::-1] != self._size:
            pixels = cv2.resize(pixels, self._size).astype(np.uint8, copy=False)
        with contextlib.suppress(Exception):  # If the cover fails too, the blur remains.
            covered = self._call_in_time(lambda: frame.with_bgr(cover(pixels.copy(), frame.info)))
            pixels = check_frame(covered.to_array(), "cover", frame.info, channels=(3, 4))
        covering = frame.with_bgr(pixels)
        covering.matte_alpha = None  # An object may have found it before a later one failed: it shows an outline.
        return covering

    @property
    def problem(self) -> str | None:
        """How many frames were covered and why, as a sentence; None if every frame was processed."""
        if not self.covered:
            return None
        frames = "1 frame" if self.covered == 1 else f"{self.covered} frames"
        return f"{frames} could not be processed and {'was' if self.covered == 1 else 'were'} covered: {self._reason}"
