"""A person cut out by MediaPipe's selfie segmentation models, which ship in this package."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...contracts import Matte
from ...errors import ArgumentError
from ...frame import Frame, StreamInfo
from ...pixels.image import Image
from .augmentation import look, still_matte
from .model import GENERAL, LANDSCAPE, SelfieModel
from .people import People
from .stream import StreamMatte
from .views import BgrView, PlanesView, View, whole

if TYPE_CHECKING:
    pass

QUALITIES = ("fast", "balanced", "best")
"""What `quality` may be, from the quickest to the finest."""


class MediaPipeMatte(Matte):
    """Alpha of the people in a frame.

    For people who fill a good part of the frame, within some two metres of the camera. It finds nobody far
    away, and hands that leave the body's outline only sometimes.

    Frames are handed to the model as RGB of the model's own size. What it sees of a person decides how fine the edge
    is; so all qualities but "fast" take a second, closer look where the first one found somebody:

    - "fast": one look at the whole frame, every frame for itself.
    - "balanced": in a stream, the closer look follows the people, and the matte is held steady in time where
      nothing moves.
    - "best": for a lone picture, closer looks from several distances and at the mirror image (some 30 looks); in a
      stream, "balanced" with the mirror image.

    Example:
        >>> import numpy as np
        >>> with MediaPipeMatte(model_selection=1) as matte:
        ...     alpha = matte(np.zeros((90, 160, 3), np.uint8))
        >>> alpha.shape, alpha.dtype
        ((90, 160), dtype('uint8'))
    """

    edge = (0.5, 0.2)
    """Threshold and softness that a `BackgroundReplacement` uses unless it is told others."""

    works_on_yuv = True
    can_prepare = True

    def __init__(self, model_selection: int = 1, *, quality: str | None = None) -> None:
        """Choose a model; it is loaded when a stream begins or on first use.

        Args:
            model_selection: Who looks at whole frames: 0 = general (256x256), 1 = landscape (256 wide, 144 high),
                which is faster. The closer looks, at parts that are as high as wide, are the general model's.
            quality: "fast", "balanced" or "best"; None for "balanced" in streams and "best" for lone pictures. A
                frame given to the object itself, with no stream opened, is taken for a lone picture.

        Raises:
            ArgumentError: If it is none of these.
        """
        if model_selection not in (GENERAL, LANDSCAPE):
            raise ArgumentError(f"model_selection must be 0 (general) or 1 (landscape), got {model_selection!r}")
        if quality is not None and quality not in QUALITIES:
            raise ArgumentError(f"quality must be {', '.join(map(repr, QUALITIES))} or None, got {quality!r}")
        self.model_selection = model_selection
        self.quality = quality
        self._finder = SelfieModel(model_selection)
        self._cutter = self._finder if model_selection == GENERAL else SelfieModel(GENERAL)
        self._people = People()
        self._kind: str | None = None
        self._stream: StreamMatte | None = None

    def open(self, stream: StreamInfo) -> None:
        """Load the models before the first frame waits for them.

        Args:
            stream: A `StreamInfo`: whether it is a lone picture or a stream of frames decides the quality, unless that
                was given.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        self._kind = stream.kind
        self.reset()
        self._finder.open()
        if self._setting != "fast":
            self._cutter.open()

    def reset(self) -> None:
        """Forget where people were."""
        self._stream = None

    @property
    def _setting(self) -> str:
        if self.quality is not None:
            return self.quality
        return "best" if self._kind in (None, "image") else "balanced"

    @property
    def mixes_edges(self) -> bool:  # type: ignore[override]
        """Whether its soft edges are to be cleaned of the old background's colour: in all qualities but "fast"."""
        return self._setting != "fast"

    def __call__(self, frame: Image) -> NDArray[np.uint8]:
        """Find the people in a frame.

        Args:
            frame: uint8 (H, W, 3) BGR of any size.

        Returns:
            uint8 (H, W): the confidence that a pixel belongs to a person, 0..255.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        found = self._found(BgrView(frame))
        height, width = frame.shape[:2]
        if found.shape == (height, width):
            return found
        # Scaled as bytes: a fifth of the time of scaling floats, and finer than the model is sure of.
        scaled = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
        return scaled.astype(np.uint8, copy=False)

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """Find the people in a frame.

        Args:
            frame: BGR or YUV.

        Returns:
            uint8 (h, w), of the picture's size or smaller: the confidence that a pixel belongs to a person, 0..255.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        if not frame.is_yuv:
            return self._found(BgrView(frame.read_bgr()))
        return self._found(PlanesView(frame.yuv, frame.info.stream.colour))

    def _found(self, view: View) -> NDArray[np.uint8]:
        setting = self._setting
        if setting == "fast":
            return look(self._finder, view.rgb(whole(view), *self._finder.size))
        if setting == "best" and self._kind in (None, "image"):
            finders = [self._finder] if self._finder is self._cutter else [self._finder, self._cutter]
            return still_matte(view, finders, self._cutter, self._people)
        if self._stream is None:
            self._stream = StreamMatte(self._finder, self._cutter, self._people, mirrored=setting == "best")
        return self._stream(view)

    def close(self) -> None:
        """Release the models; they are loaded again on the next use. May be called twice."""
        self._finder.close()
        self._cutter.close()
        self._kind = None
        self.reset()

    def __enter__(self) -> MediaPipeMatte:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> MediaPipeMatte:
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin
