"""`RunningAverage`: the difference to the average of many frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...basics.arguments import check_count, check_region
from ...errors import ArgumentError
from ...pixels.image import Image
from ..arrays import as_bytes
from ..wall import extend_wall
from .learning import LearningMatte


class RunningAverage(LearningMatte):
    """What differs from the average of the first frames is foreground.

    Use it with a camera that stands still, and stay out of the image until the countdown is over. The average has
    nearly no noise, so it finds smaller differences than `ReferenceFrame`; afterwards it follows slow changes of the
    light. With `roi` you may stay in the image if one plain wall is behind you: only that region is learnt, and the
    wall is continued to where you hide it; everything but the wall is foreground. It fails where the camera moves, a
    lamp is switched on or furniture is moved (press `r`), and where clothes have the colour of the background.

    Example:
        >>> room = np.full((90, 160, 3), 90, np.uint8)
        >>> frame = room.copy()
        >>> frame[30:, 60:100] = 200
        >>> matte = RunningAverage(warm_up=3)
        >>> nobody = max(matte(room).max() for _ in range(3))
        >>> int(nobody), matte.status, *matte(frame)[[60, 10], [80, 10]].tolist()
        (0, None, 255, 0)
    """

    def __init__(
        self,
        warm_up: int = 200,
        *,
        roi: Sequence[int] | None = None,
        threshold: float = 16,
        learning_rate: float = 0.005,
        median: int = 5,
        shadow_threshold: float = 0.5,
        **small: Any,
    ) -> None:
        """Set how the scene is learnt and compared.

        Args:
            warm_up: Number of frames to average before the first answer; at least 1.
            roi: (left, top, right, bottom) in pixels of the frame: a region of plain wall that you keep clear, the
                only one that is learnt. None for the whole frame.
            threshold: Difference in grey levels, 1..255, from which a pixel is foreground.
            learning_rate: Weight of a frame in the average after the warm-up, 0..1, where there is background.
            median: Side of the median filter that removes noise from each frame first: an odd number, 1 = none.
            shadow_threshold: Least brightness of a shadow as a share of the scene's; 1 = no shadow is looked for.
            small: `working_size`, `speck_size` and `hole_size`, as for `SmallMatte`.

        Raises:
            ArgumentError: If a value is out of range.
        """
        self.roi = None if roi is None else check_region("roi", roi)
        self.median = check_count("median", median, 1, odd=True)
        super().__init__(
            warm_up=warm_up, learning_rate=learning_rate, threshold=threshold, shadow_threshold=shadow_threshold,
            **small,
        )  # fmt: skip

    def preprocess(self, small: Image) -> Image:
        """Remove noise."""
        return as_bytes(cv2.medianBlur(small, self.median)) if self.median > 1 else small

    def complete_scene(self, mean: NDArray[np.float32]) -> NDArray[np.float32]:
        """Continue the wall if only a region of it is learnt; an `ArgumentError` says that it is not in the frame."""
        if self.roi is None:
            return mean
        assert self._frame_size is not None
        (width, height), (left, top, right, bottom) = self._frame_size, self.roi
        if right > width or bottom > height:
            raise ArgumentError(f"roi {self.roi} reaches beyond the frame, which is {width}x{height}")
        scale = mean.shape[1] / width
        return extend_wall(mean, (round(left * scale), round(top * scale), round(right * scale), round(bottom * scale)))
