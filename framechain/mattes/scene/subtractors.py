"""OpenCV's background subtractors, kept from learning the people."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arguments import check_count, check_number
from ...pixels.image import Image, shrink
from ..arrays import Bytes, as_bytes, grown, scaled
from .learning import LEARN_EVERY, LearningMatte

# They look at a picture smaller by this; its outline is found by the difference to the scene, at the size worked at.
_SMALLER = 3
# OpenCV's KNN takes a rate of 0 for "learn at once" (opencv/opencv issue 24226), and smaller ones overflow.
_NEVER = 1e-7
# A rate at which every one of its samples is due at the next call.
_AT_ONCE = 0.9
# It keeps three lists of seven samples of a pixel, of the last, the middle and the long time.
_SAMPLES = 21


class Subtractor(LearningMatte):
    """Base of mattes that ask one of OpenCV's subtractors first.

    A subtractor knows several states of each pixel, such as leaf and sky; what is one of them is not in front. Where it
    says otherwise, the difference to the scene decides on the outline, and the shared test on shadows. OpenCV's own
    such test (127 in its answers) looks at single pixels and takes grey clothes for shadow; it is not used.
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
        """Set how the scene is learnt and compared.

        Args:
            history: How many frames what is learnt goes back.
            learning_rate: What a frame counts, 0..1; negative for 1 / history.
            warm_up: How many frames are learnt before anything is shown; at least 1.
            threshold: Difference in grey levels, 1..255, that what is in front has besides.
            shadow_threshold: Shadows go down to this share of the brightness; 1 = no shadow is looked for.
            small: `working_size`, `speck_size` and `hole_size`, as for `SmallMatte`.

        Raises:
            ArgumentError: If a value is out of range.
        """
        self.history = check_count("history", history, 1)
        rate = check_number("learning_rate", learning_rate, -1, 1)
        self._subtractor: Any = None
        super().__init__(
            learning_rate=1 / self.history if rate < 0 else rate, warm_up=warm_up, threshold=threshold,
            shadow_threshold=shadow_threshold, **small,
        )  # fmt: skip

    def make(self) -> Any:
        """Make OpenCV's object."""
        raise NotImplementedError

    def begin(self) -> None:
        """Start from nothing."""
        self._subtractor = self.make()

    def forget(self) -> None:
        """Start over."""
        super().forget()
        self._subtractor = None

    def confirm(self, small: Image) -> Bytes | None:
        """Ask the subtractor.

        Args:
            small: uint8 (h, w, 3) BGR in the exposure of now.

        Returns:
            uint8 (h, w): 255 where it knows no such state of the pixel.
        """
        assert self.scene is not None
        seen = self.exposure.of_scene(_smaller(small), _smaller(self.scene))
        found = as_bytes(self._subtractor.apply(seen, learningRate=_NEVER))
        # Its pixels are larger: what they have of the person at their rim is for the difference to say.
        return scaled(grown(found, 1), *small.shape[1::-1], hard=True)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_subtractor": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # OpenCV's object can be neither pickled nor copied: the copy learns anew.
        self.__dict__.update(state)
        self.forget()


class MOG2(Subtractor):
    """A mixture of Gaussians for each pixel (Zivkovic 2004, 2006), as OpenCV has it.

    Use it with a camera that stands still where the scene itself is restless: leaves, water, a screen that flickers.
    Stay out of the picture until the countdown is over. Somebody who stands still is not absorbed: near the foreground
    nothing is learnt; for the same reason, a chair that has been moved stays in front until you press `r`. It fails
    where the camera moves or a lamp is switched on, and where clothes are of the colour of what is behind them.

    Example:
        >>> matte = MOG2(warm_up=30)
        >>> room = np.full((90, 160, 3), 90, np.uint8)
        >>> for _ in range(30):
        ...     nobody = matte(room)
        >>> frame = room.copy()
        >>> frame[30:, 60:100] = 200
        >>> alpha = matte(frame)
        >>> int(nobody.max()), int(alpha[60, 80]), int(alpha[10, 10])
        (0, 255, 0)
    """

    def __init__(self, history: int = 500, var_threshold: float = 16, **learning: Any) -> None:
        """Set how the scene is learnt and compared.

        Args:
            history: How many frames what is learnt goes back.
            var_threshold: Squared distance, in variances, up to which a pixel fits one of its Gaussians.
            learning: `learning_rate`, `warm_up`, `threshold` and the rest, as for `Subtractor`.

        Raises:
            ArgumentError: If a value is out of range.
        """
        self.var_threshold = check_number("var_threshold", var_threshold, 0.1, 1e6)
        super().__init__(history, **learning)

    def make(self) -> Any:
        """Make OpenCV's object."""
        return cv2.createBackgroundSubtractorMOG2(self.history, self.var_threshold, detectShadows=False)

    def teach(self, picture: Image, known: Bytes | None) -> None:
        """Let it learn.

        Args:
            picture: uint8 (h, w, 3) BGR in the scene's exposure.
            known: uint8 (h, w): 255 where there is somebody; None while warming up.
        """
        if known is None:
            self._subtractor.apply(_smaller(picture), learningRate=-1)
        else:
            small = _smaller(picture)
            somebody = scaled(known, *small.shape[1::-1], hard=True)
            self._subtractor.apply(small, knownForegroundMask=somebody, learningRate=self.rate)


class KNN(Subtractor):
    """The nearest of a sample of what each pixel has been (Zivkovic and van der Heijden 2006), as OpenCV has it.

    Use it as `MOG2`, where pixels change in ways that no Gaussian describes; it wants a longer history. Stay out of
    the picture until the countdown is over. It fails where `MOG2` does.

    Example:
        >>> matte = KNN(warm_up=30)
        >>> room = np.full((90, 160, 3), 90, np.uint8)
        >>> for _ in range(30):
        ...     nobody = matte(room)
        >>> frame = room.copy()
        >>> frame[30:, 60:100] = 200
        >>> alpha = matte(frame)
        >>> int(nobody.max()), int(alpha[60, 80]), int(alpha[10, 10])
        (0, 255, 0)
    """

    def __init__(self, history: int = 500, dist2_threshold: float = 400, **learning: Any) -> None:
        """Set how the scene is learnt and compared.

        Args:
            history: How many frames what is learnt goes back.
            dist2_threshold: Squared distance in grey levels up to which a pixel is like a sample of it.
            learning: `learning_rate`, `warm_up`, `threshold` and the rest, as for `Subtractor`.

        Raises:
            ArgumentError: If a value is out of range.
        """
        self.dist2_threshold = check_number("dist2_threshold", dist2_threshold, 0.1, 1e6)
        super().__init__(history, **learning)

    def make(self) -> Any:
        """Make OpenCV's object."""
        return cv2.createBackgroundSubtractorKNN(self.history, self.dist2_threshold, detectShadows=False)

    def teach(self, picture: Image, known: Bytes | None) -> None:
        """Let it learn.

        Args:
            picture: uint8 (h, w, 3) BGR in the scene's exposure.
            known: uint8 (h, w): 255 where there is somebody; None while warming up.
        """
        if known is None:
            self._subtractor.apply(_smaller(picture), learningRate=-1)
        elif self._seen % self._interval == 0:
            # It does not spare a known foreground: it is shown the empty scene there.
            assert self.scene is not None
            taught = picture.copy()
            cv2.copyTo(self.scene, known, taught)
            self._push(taught)

    def completed(self, mean: NDArray[np.float32]) -> NDArray[np.float32]:
        """Stop its own learning.

        Args:
            mean: float32 (h, w, 3) BGR.

        Returns:
            The same.
        """
        self._push(as_bytes(cv2.convertScaleAbs(mean)))
        return mean

    @property
    def _interval(self) -> int:
        """After how many frames a new sample is due."""
        return max(1, round(1 / (self.learning_rate * _SAMPLES * LEARN_EVERY))) * LEARN_EVERY

    def _push(self, picture: Image) -> None:
        """Have it take one sample of every pixel, and none at calls with the rate `_NEVER`.

        Each pixel has a random moment at which its next sample is due, whatever the rate then is: asking would teach.
        The first call lets all of them be due at the next one, after which none is due for ever.
        """
        small = _smaller(picture)
        self._subtractor.apply(small, learningRate=_AT_ONCE)
        self._subtractor.apply(small, learningRate=_NEVER)


def _smaller(picture: Image) -> Image:
    height, width = picture.shape[:2]
    return shrink(picture, max(1, width // _SMALLER), max(1, height // _SMALLER))
