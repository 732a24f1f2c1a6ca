"""`MediaPipeMatte`: people, found by MediaPipe's selfie segmentation models, which ship in this package."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ...basics.arguments import check_number
from ...errors import ArgumentError
from ...frame import Frame, StreamInfo, make_image_info
from ...models.views import BgrView, Crop, View, YuvView, make_full_crop
from ...pixels.image import Image
from ...pixels.lighten import lighten
from ..arrays import Bytes
from ..lone_images import LoneImages
from ..opened import OpenedMatte
from .augmentation import run_model
from .humanseg import HumanSegModel
from .model import GENERAL, LANDSCAPE, SelfieModel
from .people import PersonFilter
from .still import estimate_still
from .stream import StreamMatte

QUALITIES = ("fast", "balanced", "best")
"""The values of `quality`, from the fastest to the finest."""

_MEMORY = 60
_HALVED = "balanced, every second frame"
# What a camera's run chooses between. In a stream "best" costs 4 ms more than "balanced", and is not better.
LEVELS = ("fast", _HALVED, "balanced")


class MediaPipeMatte(OpenedMatte):
    """Alpha of the people in a frame.

    It is made for people within some two metres of the camera. In a stream it finds people down to a quarter of the
    frame's height, and nobody where only one of two networks sees somebody. It finds hands beyond the body's outline
    only sometimes.

    The model sees a small RGB image. The more of its pixels show the person, the finer is the edge; so all qualities
    but "fast" run it a second time, on a crop around the people found first:

    - "fast": one inference on the whole frame, each frame for itself.
    - "balanced": in a stream, a second network says in every 12th frame whether there are people and where. The crop
      follows them, and the matte is held steady in time where nothing moves. For up to two frames between looks of
      the model, its answer is moved along with the image, if little changes.
    - "best": for an image, several crops of several sizes, and test-time augmentation by a horizontal flip (some 30
      inferences), and a second opinion by PP-HumanSeg V2 Lite on what is a person (some 12; not on Macs with Intel,
      where LiteRT is missing); in a stream, "balanced" with the horizontal flip.

    Example:
        >>> import numpy as np
        >>> with MediaPipeMatte(model_selection=1) as matte:
        ...     alpha = matte(np.zeros((90, 160, 3), np.uint8))
        >>> alpha.shape, alpha.dtype
        ((90, 160), dtype('uint8'))
    """

    edge = (0.5, 0.2)
    works_on_yuv = True
    can_prepare = True

    def __init__(self, model_selection: int = 1, *, quality: str | None = None, low_light: float = 0.0) -> None:
        """Choose a model; it is loaded when a stream begins or on first use.

        Args:
            model_selection: The model for whole frames: 0 = general (256x256), 1 = landscape (256x144), which is
                faster. Crops, which are about square, always use the general model.
            quality: "fast", "balanced" or "best"; None for "balanced" in streams and "best" for images. On a camera
                that the machine cannot follow so, None looks at every second frame only, or becomes "fast". A frame
                passed while no stream is open counts as an image.
            low_light: How much the frames that the model sees are lightened, from 0 to 1, as `LowLight` does it; the
                output keeps its light. 0.6 helps at night.

        Raises:
            ArgumentError: If a value is none of these.
        """
        if model_selection not in (GENERAL, LANDSCAPE):
            raise ArgumentError(f"model_selection must be 0 (general) or 1 (landscape), got {model_selection!r}")
        if quality is not None and quality not in QUALITIES:
            raise ArgumentError(f"quality must be {', '.join(map(repr, QUALITIES))} or None, got {quality!r}")
        self.model_selection = model_selection = int(model_selection)
        self.quality = quality
        self.low_light = check_number("low_light", low_light, 0, 1)
        self._level = LEVELS[-1]
        self._frame_model = SelfieModel(model_selection)
        self._crop_model = self._frame_model if model_selection == GENERAL else SelfieModel(GENERAL)
        self._second_model = HumanSegModel()
        self._person_filter = PersonFilter()
        self._kind: str | None = None
        self._lone_images = LoneImages()
        self._stream: StreamMatte | None = None
        # What "fast" found in the last frame, and the image in which: "balanced" goes on from it.
        self._last: tuple[Crop, Bytes, Bytes] | None = None
        # The answer for the frame that is not looked at.
        self._held: Bytes | None = None

    def open(self, stream: StreamInfo) -> None:
        """Load the models, so that the first frame does not wait for them.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        super().open(stream)
        self._kind, self._level = stream.kind, LEVELS[-1]
        self.reset()
        self._frame_model.open()
        if self._get_quality() != "fast":
            self._crop_model.open()
            if (second_model := self._get_second_model()) is not None:
                second_model.open()

    def reset(self) -> None:
        """Forget where people were."""
        self._stream = self._last = self._held = None

    @property
    def levels(self) -> Sequence[str]:  # type: ignore[override]
        """What a camera's run may choose between: nothing if `quality` is given."""
        return LEVELS if self.quality is None and not self._is_still else ()

    def use_level(self, level: str) -> None:
        """Change the quality from the next frame on; the matte goes on from the last one."""
        self._level = level

    @property
    def _is_still(self) -> bool:
        return self._kind in (None, "image")

    def _get_quality(self) -> str:
        return self.quality or ("best" if self._is_still else "fast" if self._level == "fast" else "balanced")

    @property
    def mixes_edges(self) -> bool:  # type: ignore[override]
        """True unless the quality is "fast", which leaves it out."""
        return self._get_quality() != "fast"

    @property
    def memory(self) -> int:  # type: ignore[override]
        """0 for "fast"; otherwise after how many frames the answer is as good as after all (benchmarks/segments.py)."""
        return 0 if self.quality == "fast" else _MEMORY

    def _get_second_model(self) -> HumanSegModel | None:
        # Not before it is needed: finding out imports LiteRT.
        return self._second_model if self._second_model.is_available else None

    def __call__(self, frame: Image) -> NDArray[np.uint8]:
        """Find the people in an image of any size: uint8 (H, W), the confidence. Errors are those of `open`."""
        found = self.estimate(Frame(make_image_info("frame", frame), bgr=frame))
        height, width = frame.shape[:2]
        if found.shape == (height, width):
            return found
        # Resizing bytes takes a fifth of the time of floats, and is finer than the model's accuracy.
        return cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """Find the people in a frame, BGR or YUV, at its size or a smaller one, without a conversion of all of it."""
        if self.low_light:
            frame = frame.change_planes(lambda planes, levels: lighten(planes, levels, self.low_light))
        if not frame.is_yuv:
            return self._estimate_view(BgrView(frame.read_bgr()))
        return self._estimate_view(YuvView(frame.yuv, frame.info.stream.colour))

    def _estimate_view(self, view: View) -> NDArray[np.uint8]:
        self._check_open()
        quality = self._get_quality()
        if quality == "fast":
            rgb = view.crop_rgb(make_full_crop(view), *self._frame_model.size)
            found = run_model(self._frame_model, rgb)
            self._stream, self._last = None, None
            if self.levels:
                full_crop = make_full_crop(view)
                self._last = full_crop, found, view.crop_grey(full_crop, *self._frame_model.size)
            return found
        if quality == "best" and self._is_still:
            if self.quality is None and self._kind is None:
                self._lone_images.note(self.name, (view.width, view.height), view.make_thumbnail())
            models = [self._frame_model]
            if self._frame_model is not self._crop_model:
                models.append(self._crop_model)
            return estimate_still(view, models, self._crop_model, self._person_filter, self._get_second_model())
        held, self._held = self._held, None
        is_halved = self._level == _HALVED and self.quality is None
        if is_halved and held is not None:
            return held
        if self._stream is None:
            second_model, flip = self._get_second_model(), quality == "best"
            self._stream = StreamMatte(
                self._frame_model, self._crop_model, self._person_filter, second_model, flip=flip
            )
            if self._last is not None:
                self._stream.take_over(*self._last)
                self._last = None
        found = self._stream(view)
        self._held = found.copy() if is_halved else None
        return found

    def close(self) -> None:
        """Release the models; they are loaded again on the next use. May be called twice."""
        super().close()
        self._frame_model.close()
        self._crop_model.close()
        self._second_model.close()
        self._kind = None
        self.reset()
