"""The base of mattes that learn the empty scene during a warm-up, and later from the background."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...basics.arguments import check_count, check_number
from ...pixels.image import Image
from ..arrays import Bytes, as_bytes, dilate, soften_edges
from .difference import DifferenceMatte
from .exposure import Exposure
from .ghosts import GhostDetector

# A camera that was just switched on still adapts its exposure: a change of the gain beyond this logarithm restarts
# the warm-up's average.
_SETTLED = 0.1
# After the warm-up the scene changes so slowly that every eighth frame is enough.
LEARNING_PERIOD = 8
# Frames between two updates of the scene from the average.
_SCENE_PERIOD = 16
# Pixels around a ghost that are learnt with it, because its rim is mixed with the scene.
_GHOST_RIM = 4


class LearningMatte(DifferenceMatte):
    """Base of mattes that learn the empty scene.

    During the warm-up the answer is "no foreground", and `status` reports the frames still to come. Afterwards they
    learn only from background, and nothing near the foreground (selective learning): a person who stands still stays
    foreground for any time. Where somebody has left who was there during the warm-up, the scene is learnt again
    (`GhostDetector`). The key `r` starts over.
    """

    keys = MappingProxyType({"r": "learn the empty scene again"})

    def __init__(self, *, warm_up: int, learning_rate: float, **difference: Any) -> None:
        """Set what all learning mattes share; `difference` is as for `DifferenceMatte`."""
        self.warm_up = check_count("warm_up", warm_up, 1)
        self.learning_rate = check_number("learning_rate", learning_rate, 0, 1)
        super().__init__(**difference)

    def forget(self) -> None:
        """Start over."""
        super().forget()
        self.status = None
        self._frame_count = 0
        self._mean: NDArray[np.float32] | None = None
        self._ghosts = GhostDetector()

    @property
    def rate_per_update(self) -> float:
        """The learning rate for an update of which there is one every `LEARNING_PERIOD` frames."""
        return float(1 - (1 - self.learning_rate) ** LEARNING_PERIOD)

    def preprocess(self, small: Image) -> Image:
        """Prepare an image, uint8 (h, w, 3) BGR, before it is learnt or compared."""
        return small

    def train(self, image: Image, foreground: Bytes | None) -> None:
        """Train a subclass's own model with an image at the scene's exposure.

        Nothing must be learnt where `foreground`, uint8 (h, w), is 255; it is None during the warm-up.
        """

    def complete_scene(self, mean: NDArray[np.float32]) -> NDArray[np.float32]:
        """Make the empty scene, float32 (h, w, 3) BGR, of the warm-up's average."""
        return mean

    def reset_model(self) -> None:
        """Reset a subclass's own model."""

    def find(self, small: Image) -> Bytes | None:
        """Learn from an image, then find its foreground, see `SmallMatte.find`; None during the warm-up."""
        image = self.preprocess(small)
        if self._frame_count < self.warm_up:
            self._warm_up_with(image)
            return None
        self.adapt_exposure(image)
        mask, excluded = self.compare(image)
        self._frame_count += 1
        if self.learning_rate and self._frame_count % LEARNING_PERIOD == 0:
            self._learn_from(image, mask, excluded)
        return soften_edges(mask)

    def _warm_up_with(self, image: Image) -> None:
        if self._mean is None:
            self._restart(image)
        else:
            self.adapt_exposure(image)
            if np.abs(np.log(self.exposure.gain)).max() > _SETTLED:
                self._restart(image)
        assert self._mean is not None
        self._frame_count += 1
        # A plain average over the frames since the last restart.
        self._averaged += 1
        assert self.scene is not None
        normalised = self.exposure.normalise(image, self.scene)
        cv2.accumulateWeighted(normalised, self._mean, 1 / self._averaged)
        self.train(normalised, None)
        is_last = self._frame_count == self.warm_up
        if is_last:
            self._mean = self.complete_scene(self._mean)
        if is_last or self._frame_count % _SCENE_PERIOD == 0:
            self._update_scene()
        remaining = self.warm_up - self._frame_count
        self.status = None if is_last else f"Taking background, hold still: {remaining}"

    def _update_scene(self) -> None:
        assert self._mean is not None
        self.scene = as_bytes(cv2.convertScaleAbs(self._mean))

    def _restart(self, image: Image) -> None:
        self.exposure = Exposure()
        self._mean = image.astype(np.float32)
        self._averaged = 0
        self.scene = image.copy()
        self.reset_model()

    def _learn_from(self, image: Image, mask: Bytes, excluded: Bytes) -> None:
        assert self._mean is not None
        assert self.scene is not None
        normalised = self.exposure.normalise(image, self.scene)
        ghosts = self._ghosts.detect(mask, normalised, self.scene)
        if ghosts.any():
            again = (dilate(ghosts, _GHOST_RIM) & ~(mask & ~ghosts)) > 0
            self._mean[again] = normalised[again]
            excluded = np.where(again, 0, excluded).astype(np.uint8)
            self._update_scene()
        cv2.accumulateWeighted(normalised, self._mean, self.rate_per_update, mask=~excluded)
        self.train(normalised, excluded)
        if self._frame_count % _SCENE_PERIOD == 0:
            self._update_scene()

    def on_key(self, key: str) -> bool:
        """Start over at the key `r`."""
        if key.lower() != "r":
            return False
        self.forget()
        return True
