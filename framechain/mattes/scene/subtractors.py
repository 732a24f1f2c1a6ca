"""OpenCV's background subtractors, which learn the scene but not the people."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...basics.arguments import check_count, check_number
from ...pixels.image import Image, shrink
from ..arrays import Bytes, as_bytes, dilate, resize_bytes
from .learning import LEARNING_PERIOD, LearningMatte

# The subtractors get an image smaller by this factor; the difference to the scene gives the outline at working size.
_DOWNSCALE = 3
# OpenCV's KNN takes a rate of 0 for "learn at once" (opencv/opencv issue 24226), and smaller ones overflow.
_FROZEN_RATE = 1e-7
# A rate at which each of KNN's samples is due at the next call.
_DUE_NOW_RATE = 0.9
# KNN keeps three lists of seven samples for each pixel, for short, middle and long time spans.
_SAMPLES = 21


class Subtractor(LearningMatte):
    """Base of mattes that ask one of OpenCV's subtractors for candidates.

    A subtractor knows several states of each pixel, such as leaf and sky; a known state is not foreground. OpenCV's
    own shadow test (127 in its answers) is not used: it looks at single pixels and takes grey clothes for shadow.
    """

    def __init__(
        self,
        history: int,
        *,
        learning_rate: float = -1,
        warm_up: int = 60,
        threshold: float = 16,
        shadow_threshold: float = 0.5,
        **small: Any,
    ) -> None:
        """Set how the scene is learnt and compared; see `RunningAverage` for what is not said here.

        Args:
            history: Number of frames that what is learnt goes back.
            learning_rate: Weight of a frame, 0..1; negative for 1 / history.
            warm_up: Number of frames to learn from before the first answer; at least 1.
            threshold: Difference to the scene in grey levels, 1..255, that foreground must also have.
            shadow_threshold: Least brightness of a shadow.
            small: As for `SmallMatte`.
        """
        self.history = check_count("history", history, 1)
        rate = check_number("learning_rate", learning_rate, -1, 1)
        self._subtractor: Any = None
        super().__init__(
            learning_rate=1 / self.history if rate < 0 else rate, warm_up=warm_up, threshold=threshold,
            shadow_threshold=shadow_threshold, **small,
        )  # fmt: skip

    def create_subtractor(self) -> Any:
        """Create OpenCV's object."""
        raise NotImplementedError

    def reset_model(self) -> None:
        """Start with a new subtractor."""
        self._subtractor = self.create_subtractor()

    def forget(self) -> None:
        """Start over."""
        super().forget()
        self._subtractor = None

    def find_candidates(self, small: Image) -> Bytes | None:
        """Find the pixels whose state the subtractor does not know."""
        assert self.scene is not None
        normalised = self.exposure.normalise(_downscale(small), _downscale(self.scene))
        found = as_bytes(self._subtractor.apply(normalised, learningRate=_FROZEN_RATE))
        # Dilated, because its pixels are larger: the difference to the scene decides about those on the outline.
        return resize_bytes(dilate(found, 1), *small.shape[1::-1], nearest=True)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_subtractor": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # OpenCV's object can be neither pickled nor copied: the copy learns again.
        self.__dict__.update(state)
        self.forget()


class MOG2(Subtractor):
    """A mixture of Gaussians for each pixel (Zivkovic 2004, 2006), from OpenCV.

    Use it with a camera that stands still in front of a scene that moves: leaves, water, a screen that flickers. Stay
    out of the image until the countdown is over. A chair that was moved stays foreground until you press `r`. It
    fails where the camera moves or a lamp is switched on, and where clothes have the colour of the background.

    Example:
        >>> room = np.full((90, 160, 3), 90, np.uint8)
        >>> frame = room.copy()
        >>> frame[30:, 60:100] = 200
        >>> matte = MOG2(warm_up=30)
        >>> nobody = max(matte(room).max() for _ in range(30))
        >>> int(nobody), *matte(frame)[[60, 10], [80, 10]].tolist()
        (0, 255, 0)
    """

    def __init__(self, history: int = 500, var_threshold: float = 16, **learning: Any) -> None:
        """Set how the scene is learnt and compared.

        Args:
            history: Number of frames that what is learnt goes back.
            var_threshold: Squared distance, in variances, up to which a pixel fits one of its Gaussians.
            learning: `learning_rate` (negative for 1 / history), `warm_up` and so on, as for `RunningAverage`.

        Raises:
            ArgumentError: If a value is out of range.
        """
        self.var_threshold = check_number("var_threshold", var_threshold, 0.1, 1e6)
        super().__init__(history, **learning)

    def create_subtractor(self) -> Any:
        """Create OpenCV's object."""
        return cv2.createBackgroundSubtractorMOG2(self.history, self.var_threshold, detectShadows=False)

    def train(self, image: Image, foreground: Bytes | None) -> None:
        """Train the subtractor, see `LearningMatte.train`."""
        small = _downscale(image)
        if foreground is None:
            self._subtractor.apply(small, learningRate=-1)
        else:
            excluded = resize_bytes(foreground, *small.shape[1::-1], nearest=True)
            self._subtractor.apply(small, knownForegroundMask=excluded, learningRate=self.rate_per_update)


class KNN(Subtractor):
    """The nearest neighbours among samples of each pixel (Zivkovic and van der Heijden 2006), from OpenCV.

    Use it as `MOG2`, where pixels change in ways that no Gaussian describes; it needs a longer history, and fails
    where `MOG2` does.

    Example:
        >>> matte = KNN(warm_up=30)
        >>> nobody = matte(np.full((90, 160, 3), 90, np.uint8))
        >>> int(nobody.max()), matte.status
        (0, 'Taking background, hold still: 29')
    """

    def __init__(self, history: int = 500, dist2_threshold: float = 400, **learning: Any) -> None:
        """Set how the scene is learnt and compared, as for `MOG2`.

        Args:
            history: Number of frames that what is learnt goes back.
            dist2_threshold: Squared distance in grey levels up to which a pixel is like one of its samples.
            learning: As for `MOG2`.
        """
        self.dist2_threshold = check_number("dist2_threshold", dist2_threshold, 0.1, 1e6)
        super().__init__(history, **learning)

    def create_subtractor(self) -> Any:
        """Create OpenCV's object."""
        return cv2.createBackgroundSubtractorKNN(self.history, self.dist2_threshold, detectShadows=False)

    def train(self, image: Image, foreground: Bytes | None) -> None:
        """Train the subtractor, see `LearningMatte.train`."""
        if foreground is None:
            self._subtractor.apply(_downscale(image), learningRate=-1)
        elif self._frame_count % self._sample_period == 0:
            # KNN has no mask of known foreground: there it gets the empty scene.
            assert self.scene is not None
            sample = image.copy()
            cv2.copyTo(self.scene, foreground, sample)
            self._add_sample(sample)

    def complete_scene(self, mean: NDArray[np.float32]) -> NDArray[np.float32]:
        """Stop the subtractor's own learning."""
        self._add_sample(as_bytes(cv2.convertScaleAbs(mean)))
        return mean

    @property
    def _sample_period(self) -> int:
        """The number of frames after which a new sample is due."""
        return max(1, round(1 / (self.learning_rate * _SAMPLES * LEARNING_PERIOD))) * LEARNING_PERIOD

    def _add_sample(self, image: Image) -> None:
        """Add one sample to every pixel, and none in later calls with `_FROZEN_RATE`.

        Each pixel's next sample is due at a random time, whatever the rate then is: a mere query would teach. The
        first call makes all samples due at the next call, after which none is ever due.
        """
        small = _downscale(image)
        self._subtractor.apply(small, learningRate=_DUE_NOW_RATE)
        self._subtractor.apply(small, learningRate=_FROZEN_RATE)


def _downscale(image: Image) -> Image:
    height, width = image.shape[:2]
    return shrink(image, max(1, width // _DOWNSCALE), max(1, height // _DOWNSCALE))
