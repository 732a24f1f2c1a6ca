"""The ways to cut a person out that quality.py and crops.py compare."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import recipe
from scores import Bytes

from framechain import BackgroundReplacement, StreamInfo
from framechain.backgrounds import Color
from framechain.contracts import Matte
from framechain.mattes import MediaPipeMatte
from framechain.mattes.selfie.humanseg import HumanSegModel
from framechain.models.views import BgrView, make_full_crop

GREEN = 0, 255, 0
Setting = Callable[[], "Cutter"]


class Cutter:
    """A way to cut a person out: frame -> alpha."""

    def __init__(self, matte: Matte) -> None:
        """Use a matte of this package.

        Args:
            matte: Its answer is shaped as `BackgroundReplacement` shapes it.
        """
        self.matte = matte
        self._shaped = BackgroundReplacement(matte, Color(GREEN))

    def begin(self, kind: str) -> None:
        """Begin a stream.

        Args:
            kind: "image" or "video".
        """
        self._shaped.open(StreamInfo("benchmark", kind, 0, 0))

    def __call__(self, frame: Bytes) -> Bytes:
        """Return the alpha of a frame.

        Args:
            frame: uint8 (H, W, 3) BGR.

        Returns:
            uint8 (H, W).
        """
        return self._shaped.alpha(frame)

    def close(self) -> None:
        """Release the models."""
        self._shaped.close()


class TutorialCutter(Cutter):
    """The tutorial's way: BGR as OpenCV gives it, the whole frame, a hard threshold."""

    def __init__(self) -> None:
        """Load the model."""
        self._segmenter = recipe.make_segmenter()

    def begin(self, kind: str) -> None:
        """Do nothing: frames are independent."""

    def __call__(self, frame: Bytes) -> Bytes:
        """Return the alpha of a frame."""
        result = self._segmenter.segment(recipe.make_image(np.ascontiguousarray(frame)))
        mask = result.confidence_masks[0].numpy_view().reshape(frame.shape[:2])
        return np.where(mask > recipe.THRESHOLD, 255, 0).astype(np.uint8)

    def close(self) -> None:
        """Release the model."""
        self._segmenter.close()


class HumanSegMatte(Matte):
    """PP-HumanSeg V2 Lite alone, on the whole frame: the network that `best` asks too."""

    edge = (0.4, 0.2)

    def __init__(self) -> None:
        """Load the network on first use."""
        self._model = HumanSegModel()

    def __call__(self, frame: Bytes) -> Bytes:
        """Return the confidence, uint8 (H, W), of a frame, uint8 (H, W, 3) BGR."""
        view = BgrView(frame)
        size = frame.shape[1], frame.shape[0]
        return np.asarray(cv2.resize(self._model(view, make_full_crop(view)), size), np.uint8)

    def close(self) -> None:
        """Release the network."""
        self._model.close()


SETTINGS: dict[str, Setting] = {
    "tutorial": TutorialCutter,
    "fast, landscape": lambda: Cutter(MediaPipeMatte(1, quality="fast")),
    "fast, general": lambda: Cutter(MediaPipeMatte(0, quality="fast")),
    "balanced": lambda: Cutter(MediaPipeMatte(1, quality="balanced")),
    "balanced, general": lambda: Cutter(MediaPipeMatte(0, quality="balanced")),
    "best": lambda: Cutter(MediaPipeMatte(1, quality="best")),
    "PP-HumanSeg": lambda: Cutter(HumanSegMatte()),
}
